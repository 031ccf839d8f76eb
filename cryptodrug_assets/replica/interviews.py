"""Ten made-up interviews that satisfy everything the study printed of its own: SYNTHETIC, the same for the same seed.

What the study says of its interviews (statements 6, 42, 43, 45, 51, 60, 61, 63): ten, all of respondents of the survey,
in three modes; more use ecstasy than cannabis, most use several drugs, nine of ten are not inclined to resell, and so
on. Everything else is invented: wording, counter-cases, what was not asked, where the second coder differs.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

INTERVIEWS = 10
CODERS = ("coder A", "coder B")
MODES = ("encrypted voice",) * 5 + ("encrypted text",) * 3 + ("in person",) * 2
# How often the second coder sees something else than the first: between good and excellent agreement.
_DIFFERS = 0.07


@dataclass(frozen=True)
class Topic:
    """A code of the code book with those of the ten (0 to 9) whose interview bears it.

    `against` bear the code of its counter-case, `not_asked` were not asked about it.
    """

    key: str
    path: tuple[str, ...]
    holders: range
    against_path: tuple[str, ...] = ()
    against: range = range(0)
    not_asked: range = range(0)


_Code = Callable[[tuple[str, ...], str, tuple[int, int]], None]
_USE, _MARKET, _RISK = ("Buyers", "Use"), ("Buyers", "Buying"), ("Buyers", "Risk")
NOT_ASKED = ("Interviewer", "Not asked")
TOPICS = (
    Topic("use_ecstasy", (*_USE, "Substances", "Ecstasy"), range(7)),
    Topic("use_cannabis", (*_USE, "Substances", "Cannabis"), range(5, 10)),
    Topic("polydrug", (*_USE, "Substances", "Several", "Two or more"), range(8)),
    Topic("no_rise_frequency", (*_USE, "Change", "Frequency did not rise"), range(7),
          (*_USE, "Change", "Frequency rose"), range(7, 9)),
    Topic("wider_range", (*_USE, "Change", "Range became wider"), range(2, 9)),
    Topic("not_inclined_to_resell", (*_MARKET, "Purpose", "Not inclined to resell"), range(9),
          (*_MARKET, "Purpose", "Inclined to resell"), range(9, 10)),
    Topic("shares_with_friends", (*_MARKET, "Purpose", "Shares with friends"), range(8)),
    Topic("group_buys", (*_MARKET, "Purpose", "Buys for a group"), range(4, 7)),
    Topic("hard_to_get_offline", (*_MARKET, "Motives", "Hard to get offline"), range(1, 5)),
    Topic("price_mdma", (*_MARKET, "Motives", "Price", "MDMA is cheaper"), range(4), not_asked=range(8, 10)),
    Topic("quality_not_only_purity", (*_MARKET, "Motives", "Quality is more than purity"), range(3, 8)),
    Topic("professional_description", (*_MARKET, "Vendors", "Professional description"), range(2, 5)),
    Topic("vendor_specialisation", (*_MARKET, "Vendors", "Specialised"), range(6, 9)),
    Topic("risk_law_small", (*_RISK, "Police", "Small"), range(8), (*_RISK, "Police", "Large"), range(9, 10)),
    Topic("risk_loss", (*_RISK, "Loss of money"), range(1, 8)),
    Topic("buys_local", (*_RISK, "Buys near home"), range(4, 10), (*_RISK, "Buys from anywhere"), range(4)),
    Topic("opsec_minimum", (*_RISK, "Security", "No more than the market asks"), range(7)),
    Topic("shock_no_effect", (*_MARKET, "Shocks", "No effect"), range(6),
          (*_MARKET, "Shocks", "Bought less"), range(7, 9)),
)  # fmt: skip


@dataclass(frozen=True)
class Passage:
    """A coded passage: code, coder, and its span in code points (end excluded)."""

    path: tuple[str, ...]
    coder: str
    start: int
    end: int


@dataclass(frozen=True)
class SyntheticInterview:
    """One interview: its name, the respondent it is of, how it was held, its transcript (LF), its codings."""

    name: str
    respondent: str
    mode: str
    text: str
    passages: tuple[Passage, ...]


def synthetic_interviews(respondents: Sequence[str], *, seed: int = 20191130) -> tuple[SyntheticInterview, ...]:
    """Ten interviews of the ten respondents, whose order says who bears which codes (TOPICS).

    Names are dealt in another order, so that they do not tell who is who. Raises ValueError for other than ten
    different respondents.
    """
    if len(set(respondents)) != INTERVIEWS or len(respondents) != INTERVIEWS:
        raise ValueError(f"{INTERVIEWS} different respondents are interviewed, not {len(respondents)}")
    rng = random.Random(f"interviews:{seed}")
    modes = list(MODES)
    rng.shuffle(modes)
    order = list(range(INTERVIEWS))
    rng.shuffle(order)
    made = [
        _interview(f"I{number:02d}", person, respondents[person], mode, rng)
        for number, (person, mode) in enumerate(zip(order, modes, strict=True), 1)
    ]
    return tuple(made)


def _interview(name: str, person: int, respondent: str, mode: str, rng: random.Random) -> SyntheticInterview:
    text = f"SYNTHETIC transcript {name} 🔒\n\n"
    passages: list[Passage] = []

    def say(line: str) -> tuple[int, int]:
        nonlocal text
        start = len(text)
        text += line
        span = (start, len(text))
        text += "\n"
        return span

    def code(path: tuple[str, ...], coder: str, span: tuple[int, int]) -> None:
        passages.append(Passage(path, coder, *span))

    for topic in TOPICS:
        words = topic.path[-1].lower()
        if person in topic.not_asked:
            span = say(f"[{words}: no time for it]")
            for coder in CODERS:
                code((*NOT_ASKED, topic.path[-1]), coder, span)
            continue
        asked = say(f"Q: (made up) what about this: {words}? 🙂")
        if person in topic.holders:
            answer = say(f"A: Ja, één keer of meer 👩‍🔬, {words}.")
            code(topic.path, CODERS[0], answer)
        elif person in topic.against:
            answer = say("A: Non, plutôt le contraire, c'est ça…")
            code(topic.against_path, CODERS[0], answer)
        else:
            answer = say("A: Hm. 🤷")
        _second(topic, person, answer, asked, code, rng)
    return SyntheticInterview(name, respondent, mode, text, tuple(passages))


def _second(
    topic: Topic, person: int, answer: tuple[int, int], asked: tuple[int, int], code: _Code, rng: random.Random
) -> None:
    """What the second coder sees: mostly the same; else nothing where there was something, or the other way round."""
    differs = rng.random() < _DIFFERS
    bears = person in topic.holders
    if bears and not differs:
        code(topic.path, CODERS[1], answer)
    elif not bears and differs:
        code(topic.path, CODERS[1], asked)
    elif person in topic.against:
        code(topic.against_path, CODERS[1], answer)
