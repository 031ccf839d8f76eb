"""An attacker who knows the public tables and the rules: no cell of 1 to 4 persons can be worked out.

The attacker enumerates all count tables that agree with what is published and with the rule that hid the rest.
"""

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence

import polars as pl
import pytest

from cryptodrug_assets.buyers.disclosure.cells import LEAST_BASE, MISSING, Shown, is_small, shown_cells
from cryptodrug_assets.buyers.disclosure.survey import public_survey
from cryptodrug_assets.buyers.survey import instrument, statements
from cryptodrug_assets.buyers.survey.formats.door import File
from cryptodrug_assets.buyers.survey.tables import wave_tables
from cryptodrug_assets.replica.survey.files import EXPORTS
from cryptodrug_assets.replica.survey.wave import synthetic_wave

WAVE = "2019"


def consistent(
    shown: Shown, names: Sequence[str], total: int, groups: Mapping[str, Sequence[str]]
) -> Iterator[dict[str, int]]:
    """Every count table that agrees with the published numbers, the missing answers included."""
    free = [name for name in names if name not in shown.cells]
    known = sum(shown.cells.values())
    for values in itertools.product(range(total - known + 1), repeat=len(free)):
        counts = dict(shown.cells) | dict(zip(free, values, strict=True))
        missing = total - sum(counts.values())
        if missing < 0 or (shown.valid is not None and sum(counts.values()) != shown.valid):
            continue
        if all(sum(counts[cell] for cell in groups[name]) == value for name, value in shown.groups.items()):
            yield counts | {MISSING: missing}


def possible(
    counts: Mapping[str, int], total: int, groups: Mapping[str, Sequence[str]], *, knows_rule: bool
) -> dict[str, set[int]]:
    """The values that each cell may have for the attacker; one who knows the rule tries it on every candidate."""
    shown = shown_cells(counts, total, groups)
    values: dict[str, set[int]] = {name: set() for name in (*counts, MISSING)}
    for candidate in consistent(shown, list(counts), total, groups):
        own = {name: candidate[name] for name in counts}
        if knows_rule and shown_cells(own, total, groups) != shown:
            continue
        for name, value in candidate.items():
            values[name].add(value)
    return values


def pinned(counts: Mapping[str, int], total: int, groups: Mapping[str, Sequence[str]]) -> list[str]:
    """The small cells that the attacker knows for certain."""
    cells = {**counts, MISSING: total - sum(counts.values())}
    values = possible(counts, total, groups, knows_rule=True)
    assert all(cells[name] in found for name, found in values.items()), "the truth must agree with what is published"
    return [name for name, count in cells.items() if is_small(count) and len(values[name]) == 1]


def test_a_cell_that_is_the_rest_is_found_by_this_attack() -> None:
    # The attack is able to succeed: with base and other cells open, one hidden cell is their difference.
    open_table = Shown({"1": 10, "2": 12}, {}, 25, _all=False)
    found = {candidate["3"] for candidate in consistent(open_table, ["1", "2", "3"], 30, {})}
    assert found == {3}


@pytest.mark.parametrize(
    ("counts", "total", "groups"),
    [
        ({"1": 14, "2": 2}, 22, {}),  # yes and no: the complement is the same cell
        ({"1": 12, "2": 3, "3": 9}, 30, {}),
        ({"1": 4, "2": 4, "3": 4}, 20, {}),  # all at their most: their sum gives each of them
        ({"1": 18}, 20, {}),  # few without an answer
        ({"1": 9, "2": 7, "3": 2}, 20, {"1+2": ("1", "2")}),  # the rest of a group is the cell
        ({"1": 9, "2": 3, "3": 6, "4": 1}, 24, {"1+2": ("1", "2"), "2+3": ("2", "3")}),
        ({"1": 3, "2": 9, "3": 2}, 14, {"1+2": ("1", "2")}),
    ],
)
def test_known_traps(counts: dict[str, int], total: int, groups: dict[str, tuple[str, ...]]) -> None:
    assert pinned(counts, total, groups) == []


def test_small_tables_at_random() -> None:
    rng = random.Random(7)
    hidden = 0
    for _ in range(250):
        names = [str(code) for code in range(1, rng.randint(2, 4) + 1)]
        counts = {name: rng.choice([0, 1, 2, 3, 4, 5, 6, 8]) for name in names}
        total = sum(counts.values()) + rng.choice([0, 0, 1, 3, 6])
        groups = {}
        if len(names) > 2:
            members = tuple(sorted(rng.sample(names, 2)))
            groups = {"+".join(members): members}
        assert pinned(counts, total, groups) == [], (counts, total, groups)
        hidden += len(shown_cells(counts, total, groups).cells) < len(counts)
    assert hidden > 50


@pytest.fixture(scope="module")
def frames() -> dict[str, pl.DataFrame]:
    """All tables of the synthetic wave, without the bootstrap."""
    files = [File(name, data) for name, data in EXPORTS["limesurvey_lsa"](synthetic_wave()).items()]
    declared = statements.of_wave(WAVE)
    made = wave_tables(files, instrument.for_wave(WAVE), declared, lambda who: who, replicates=0).frames
    return made | public_survey(made, declared)


def test_no_number_of_few_stands_in_the_public_tables(frames: dict[str, pl.DataFrame]) -> None:
    shares = frames["indicators.survey_estimates_public"].filter(~pl.col("quoted"))
    few = pl.col("k").is_between(1, 4) | (pl.col("n") - pl.col("k")).is_between(1, 4) | (pl.col("n") < LEAST_BASE)
    assert shares.filter(few).is_empty()
    hidden = frames["indicators.survey_estimates_public"].filter(conf_status="C")
    assert (
        hidden.select("k", "n", "value", "lower", "upper", "bound_low", "bound_high").null_count().sum_horizontal()[0]
        == 7 * hidden.height
    )


def test_nothing_between_the_public_tables_gives_a_base_away(frames: dict[str, pl.DataFrame]) -> None:
    estimates, missing = frames["indicators.survey_estimates_public"], frames["indicators.survey_missing_public"]
    bases = dict(missing.select("item", "n_valid").iter_rows())
    for row in estimates.filter(base="valid answers").iter_rows(named=True):
        if row["item"] in bases:
            assert bases[row["item"]] == row["n"], row
    # A printed percent of a hidden count stands alone: a base beside it would give the count.
    alone = estimates.filter(pl.col("quoted") & pl.col("k").is_null())
    assert set(alone["item"]) == {"source", "gender", "eval_offline"}
    for item in alone["item"].unique():
        assert estimates.filter(item=item)["n"].null_count() == estimates.filter(item=item).height
        assert bases[item] is None


def test_every_question_of_the_wave_withstands_the_attack(frames: dict[str, pl.DataFrame]) -> None:
    """All tables that agree with the published figures of a question, its groups and its base."""
    internal, public = frames["indicators.survey_estimates"], frames["indicators.survey_estimates_public"]
    everybody = 99
    attacked = 0
    for item in internal.filter(statistic="share")["item"].unique().sort():
        truth = internal.filter((pl.col("item") == item) & (pl.col("statistic") == "share"))
        codes = [option for option in truth["option"] if "+" not in option]
        if item in ("purpose", "reason", "stay", "use12m"):
            continue  # options that may be ticked together: see the next test
        known = {row["option"]: row for row in public.filter(item=item, statistic="share").iter_rows(named=True)}
        if any(row["quoted"] and row["k"] is None for row in known.values()):
            continue  # printed percents without any base
        counts = {option: known[option]["k"] for option in codes}
        free = [option for option, k in counts.items() if k is None]
        base = next((row["n"] for row in known.values() if row["base"] == "valid answers"), None)
        sums = {name: row["k"] for name, row in known.items() if "+" in name and row["k"] is not None}
        small = dict(truth.filter(pl.col("k").is_between(1, 4)).select("option", "k").iter_rows())
        if not free or not small or base is None:
            continue
        attacked += 1
        rest = base - sum(k for k in counts.values() if k is not None)
        possible_values: dict[str, set[int]] = {option: set() for option in free}
        for values in itertools.product(range(min(rest, 12) + 1), repeat=len(free) - 1):
            last = rest - sum(values)
            candidate = {**counts, **dict(zip(free, (*values, last), strict=True))}
            if last < 0 or any(sum(candidate[code] for code in name.split("+")) != k for name, k in sums.items()):
                continue
            for option in free:
                possible_values[option].add(candidate[option])
        for option in small:
            assert option not in possible_values or len(possible_values[option]) > 1, (item, option)
    assert attacked >= 8
    assert everybody == int(internal["n_all"][0])


def test_an_option_of_a_set_and_its_complement_are_hidden_together(frames: dict[str, pl.DataFrame]) -> None:
    public = frames["indicators.survey_estimates_public"].filter(statistic="share")
    rows = {(row["item"], row["option"]): row for row in public.iter_rows(named=True)}
    assert rows["purpose", "own"]["k"] is None  # 66 of 68: two did not
    assert rows["use12m", "heroin"]["k"] is None  # one did
    assert (
        rows["purpose", "customers"]["k"] == 4 and rows["purpose", "customers"]["quoted"]
    )  # the study prints the four
    # Nobody can be asked further of a hidden answer in public.
    assert public.filter(item="freq_heroin")["k"].null_count() == public.filter(item="freq_heroin").height


def test_a_figure_that_is_not_the_printed_one_is_not_open(frames: dict[str, pl.DataFrame]) -> None:
    changed = frames["indicators.survey_estimates"].with_columns(
        k=pl.when((pl.col("item") == "purpose") & (pl.col("option") == "customers")).then(3).otherwise(pl.col("k"))
    )
    public = public_survey(frames | {"indicators.survey_estimates": changed}, statements.of_wave(WAVE))
    row = public["indicators.survey_estimates_public"].filter(item="purpose", option="customers").row(0, named=True)
    assert row["conf_status"] == "C" and row["k"] is None and not row["quoted"]
