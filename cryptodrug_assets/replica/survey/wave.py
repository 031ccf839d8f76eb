"""One explicit set of 99 respondents that satisfies all printed figures; deterministic from a seed.

Exact by construction: each item hands out its quota of answers, under routing, skips and a break-off that only grows.
"""

import csv
import io
import random
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from cryptodrug_assets.replica.survey import quotas
from cryptodrug_assets.replica.survey.questionnaire import Questionnaire, questionnaire
from cryptodrug_assets.replica.survey.quotas import BROKEN_OFF, NO_ANSWER, NOT_SHOWN

SEED = 20191130


@dataclass(frozen=True)
class Wave:
    """The answers: code or number by variable and respondent, missing ones as −9 to −7.

    `reached` is how many blocks each respondent sent off. `interviewees` are the ten who were also interviewed, in an
    order of which the first seven used ecstasy, the last five cannabis and the first eight several drugs.
    """

    questionnaire: Questionnaire
    respondents: tuple[str, ...]
    answers: Mapping[str, Mapping[str, int]]
    reached: Mapping[str, int]
    interviewees: tuple[str, ...]

    def finished(self, respondent: str) -> bool:
        """Whether the respondent sent off the last block."""
        return self.reached[respondent] == len(self.questionnaire.blocks)

    def master_csv(self) -> str:
        """One row a respondent, one column a variable, missing codes −9 no answer, −8 not shown, −7 broken off."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["respondent", "source_kind", *self.questionnaire.variables])
        for who in self.respondents:
            writer.writerow([who, "SYNTHETIC", *(self.answers[name][who] for name in self.questionnaire.variables)])
        return out.getvalue()


def synthetic_wave(seed: int = SEED) -> Wave:
    """The wave of a seed.

    >>> wave = synthetic_wave()
    >>> sum(code >= 0 for code in wave.answers["source"].values())
    66
    """
    return _Dealer(seed).wave()


class _Dealer:
    """Hands out the answers item by item, in the order of the questionnaire."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.form = questionnaire()
        self.people = [f"R{number:03d}" for number in range(1, quotas.RESPONDENTS + 1)]
        self.answers: dict[str, dict[str, int]] = {}
        staying = list(self.people)
        self.rng.shuffle(staying)
        self.block_people = {block: set(staying[:count]) for block, count in quotas.REACH.items()}
        finishers = staying[: min(quotas.REACH.values())]
        chosen = self.rng.sample(finishers, quotas.INTERVIEWS + 8)
        self.interviewees = chosen[: quotas.INTERVIEWS]
        self.customers, self.newcomers = chosen[quotas.INTERVIEWS :][:4], chosen[quotas.INTERVIEWS :][4:]
        self.steady = set(chosen)
        self.appetite = {who: self.rng.gauss(0, 1) for who in self.people}
        self.mood = {who: self.rng.gauss(0, 1) for who in self.people}

    def wave(self) -> Wave:
        """All items dealt."""
        special = {"age_first_use": self._age_first_use, "n_new": self._new_drugs, "range_change": self._range_change,
                   "spend": self._spend, "eval_offline": self._eval_offline, "cheapest": self._cheapest,
                   "rank": self._rankings, "will_again": self._will_again, "elsewhere": self._elsewhere}  # fmt: skip
        for question in self.form.questions:
            name = question.name
            if name in special:
                special[name]()
            elif name in quotas.SETS:
                self._set(name)
            elif name.startswith("freq_") and name != "freq_change":
                self._frequency(name.removeprefix("freq_"))
            else:
                latent = {"orders": self.appetite, "eval_crypto": self.mood}.get(name)
                self._deal(name, quotas.PLAIN[name], latent=latent)
        order = list(self.form.blocks)
        reached = {who: sum(who in self.block_people[block] for block in order) for who in self.people}
        return Wave(self.form, tuple(self.people), self.answers, reached, tuple(self.interviewees))

    def _ask(self, variables: list[str], n: int, eligible: Collection[str] | None = None) -> list[str]:
        """Write why answers are missing, and return the n people who answer."""
        question, _ = self.form.owner(variables[0])
        here = self.block_people[question.block]
        shown = [who for who in self.people if who in here and (eligible is None or who in eligible)]
        skipping = set(self.rng.sample([who for who in shown if who not in self.steady], len(shown) - n))
        for variable in variables:
            self.answers[variable] = {
                who: BROKEN_OFF if who not in here else NOT_SHOWN if who not in shown else NO_ANSWER
                for who in self.people
            }
        return [who for who in shown if who not in skipping]

    def _deal(
        self, name: str, quota: Mapping[int, int], *, eligible: Collection[str] | None = None,
        latent: Mapping[str, float] | None = None, fixed: Mapping[str, int] | None = None,
    ) -> dict[str, int]:  # fmt: skip
        """Ask an item and give each value exactly as often as its quota says; `latent` makes items go together."""
        who = self._ask([name], sum(quota.values()), eligible)
        return self._fill(name, who, quota, latent=latent, fixed=fixed or {})

    def _fill(
        self, name: str, who: Iterable[str], quota: Mapping[int, int], *, fixed: Mapping[str, int],
        latent: Mapping[str, float] | None = None,
    ) -> dict[str, int]:  # fmt: skip
        people = list(who)
        left = dict(quota)
        for value in fixed.values():
            left[value] -= 1
        rest = [one for one in people if one not in fixed]
        bag = [value for value in sorted(left) for _ in range(left[value])]
        if len(bag) != len(rest):
            raise AssertionError(f"{name}: {len(bag)} answers for {len(rest)} people")
        if latent is None:
            self.rng.shuffle(rest)
        else:
            rest.sort(key=lambda one: (latent[one] + self.rng.gauss(0, 0.7), one))
        self.answers[name] |= dict(fixed) | dict(zip(rest, bag, strict=True))
        return {one: self.answers[name][one] for one in people}

    def _set(self, name: str) -> None:
        """A multi-response set: exact counts, and nobody without a tick."""
        base, counts = quotas.SETS[name]
        question = next(one for one in self.form.questions if one.name == name)
        who = self._ask(question.variables, base)
        must: dict[str, list[str]] = {}
        never: dict[str, Collection[str]] = {}
        if name == "use12m":
            talked = self.interviewees
            must = {"mdma": talked[:7], "cannabis": talked[5:], "lsd": talked[:3], "ketamine": talked[3:6]}
            never = {"mdma": talked[7:], "cannabis": talked[:5]}
        if name == "purpose":
            must = {"customers": self.customers, "own": self.customers}
            never = {"customers": [one for one in self.people if one not in self.customers]}
        ticked: dict[str, set[str]] = {}
        for option, count in counts.items():
            forced = must.get(option, [])
            pool = [one for one in who if one not in forced and one not in never.get(option, ())]
            ticked[option] = set(forced) | set(self.rng.sample(pool, count - len(forced)))
        for one in [one for one in who if not any(one in ticked[option] for option in counts)]:
            option = next(o for o in counts if one not in never.get(o, ()) and o != "customers")
            giver = next(
                other
                for other in who
                if other in ticked[option]
                and other not in must.get(option, ())
                and sum(other in ticked[o] for o in counts) > 1
            )
            ticked[option] = ticked[option] - {giver} | {one}
        for option in counts:
            self.answers[f"{name}_{option}"] |= {one: int(one in ticked[option]) for one in who}

    def _with(self, variable: str, code: int) -> set[str]:
        return {who for who, value in self.answers[variable].items() if value == code}

    def _frequency(self, drug: str) -> None:
        users = self._with(f"use12m_{drug}", 1)
        self._deal(f"freq_{drug}", quotas.frequencies(drug, len(users)), eligible=users)

    def _age_first_use(self) -> None:
        """The youngest get the lowest ages of first use, then pairs swap as far as their ages allow."""
        ages, name = self.answers["age"], "age_first_use"
        who = self._ask([name], sum(quotas.AGE_FIRST_USE.values()))
        bag = sorted(value for value, times in quotas.AGE_FIRST_USE.items() for _ in range(times))
        known = {one: ages[one] if ages[one] >= 0 else 120 for one in who}
        firsts = dict(zip(sorted(who, key=lambda one: (known[one], one)), bag, strict=True))
        for _ in range(4000):
            a, b = self.rng.sample(who, 2)
            if firsts[b] <= known[a] and firsts[a] <= known[b]:
                firsts[a], firsts[b] = firsts[b], firsts[a]
        self.answers[name] |= firsts

    def _new_drugs(self) -> None:
        self._deal("n_new", quotas.NEW_DRUGS, latent=self.appetite)

    def _range_change(self) -> None:
        """Wider only for those with a new drug, or who did not say."""
        who = self._ask(["range_change"], sum(quotas.RANGE_CHANGE.values()))
        can = [one for one in who if self.answers["n_new"][one] != 0]
        fixed = dict.fromkeys(self.rng.sample(can, quotas.RANGE_CHANGE[3]), 3)
        self._fill("range_change", who, quotas.RANGE_CHANGE, fixed=fixed)

    def _spend(self) -> None:
        fixed = dict(zip(self.customers, quotas.SPEND_OF_CUSTOMERS, strict=True))
        self._deal("spend", quotas.SPEND, latent=self.appetite, fixed=fixed)

    def _elsewhere(self) -> None:
        self._deal("elsewhere", quotas.PLAIN["elsewhere"], fixed=dict.fromkeys(self.newcomers, 0))

    def _eval_offline(self) -> None:
        self._deal("eval_offline", quotas.EVAL_OFFLINE, eligible=self._with("elsewhere", 1), latent=self.mood)

    def _cheapest(self) -> None:
        self._deal("cheapest", quotas.CHEAPEST, eligible=self._with("stay_price", 1))

    def _rankings(self) -> None:
        question = next(one for one in self.form.questions if one.name == "rank")
        who = self._ask(question.variables, sum(quotas.RANKINGS.values()))
        bag = [order for order, times in quotas.RANKINGS.items() for _ in range(times)]
        self.rng.shuffle(bag)
        for one, order in zip(who, bag, strict=True):
            for option in question.options:
                self.answers[f"rank_{option}"][one] = order.index(option) + 1 if option in order else 0

    def _will_again(self) -> None:
        """Nearly all who bought again say that they will."""
        who = self._ask(["will_again"], sum(quotas.PLAIN["will_again"].values()))
        sure = [one for one in who if self.answers["again"][one] == 1][:30]
        self._fill("will_again", who, quotas.PLAIN["will_again"], fixed=dict.fromkeys(sure, 1))
