"""What a bulletin holds: its values by hand, no more than what is public, changes by their intervals, bad input."""

import pytest

from cryptodrug_assets.errors import UserError
from cryptodrug_assets.publishing.bulletin.content import AMBER, CLEAR, Line, Value, build_bulletin
from cryptodrug_assets_tests.publishing.bulletin.world import ISSUED, amber, clear, observed


def line(change: Value) -> Line:
    return Line("abroad", "empire", "BE", "RT02", "_T", "_T", "2019-05", Value(0.5), Value(0.4), change)


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [
        (0.02, 0.23, "clear"), (-0.3, -0.1, "clear"), (-0.2, 0.1, "noise"), (0.0, 0.1, "noise"), (-0.1, 0.0, "noise"),
        (None, None, "unknown"),
    ],
)  # fmt: skip
def test_a_change_is_clear_where_its_interval_leaves_out_zero(low: float | None, high: float | None, word: str) -> None:
    assert line(Value(0.05, low, high, "A")).moved == word


def test_the_lines_are_those_of_the_month_and_the_one_before() -> None:
    made = clear()
    assert (made.month, made.number, made.markets) == ("2019-05", 7, ("empire",))  # November 2018 is number 1
    (belgium,) = made.of("abroad", origin="BE")
    assert belgium.now == Value(0.625, 0.5, 0.75, "A") and belgium.before == Value(0.5, 0.4, 0.6, "A")
    assert (belgium.change, belgium.moved) == (Value(0.125, 0.02, 0.23, "A"), "clear")
    assert [one.origin for one in made.of("abroad")] == ["BE", "NL", "DE", "FR", "GB", "PL", "AU"]
    told = {one.origin: one.now.status for one in made.of("abroad")}
    assert told == {"BE": "A", "NL": "Q", "DE": None, "FR": None, "GB": None, "PL": "A", "AU": "A"}
    (union,) = made.of("reach", origin="BE", param="eu")
    assert (union.now.status, union.before, union.moved) == ("U", Value(), "noise")
    happened = [(one.market, one.kind, str(one.date)) for one in made.happenings]
    assert happened == [("wall_street", "law_enforcement", "2019-05-03")]
    assert (made.first_observed, made.last_observed) == ((), ())


def test_the_first_and_last_month_of_a_market_are_told() -> None:
    made = build_bulletin(observed(), "2019-04", issued=ISSUED, country="BE", synthetic=True)
    assert made.first_observed == ("empire",) and "empire" not in made.last_observed


def test_the_edition_for_all_holds_public_cells_alone() -> None:
    shown = {
        (row["market"], row["ref_area"], row["indicator"], row["param"], row["drug_class"], row["time_period"]): (
            row["obs_value"], row["lower_bound"], row["upper_bound"]
        )
        for row in observed().iter_rows(named=True)
    }  # fmt: skip
    lines = [one for one in clear().lines if one.now.value is not None]
    assert len(lines) == 9
    for one in lines:
        place = one.market, one.origin, one.indicator, one.param, one.drug_class, one.period
        assert (one.now.value, one.now.lower, one.now.upper) == shown[place]
    assert {one.indicator for one in clear().lines} == {"COV01", "RT02", "RT04", "DM01_L"}


def test_exclusions_and_zones_are_in_the_restricted_edition_alone() -> None:
    assert not clear().of("exclusions") and not clear().of("zones")
    told = {(one.origin, one.param): one.now for one in amber().of("exclusions") if one.now.value is not None}
    assert told == {("BE", "NL"): Value(0.25, 0.1, 0.4, "A"), ("W0", "AU"): Value(0.15, 0.1, 0.2, "A")}
    assert [one.now.value for one in amber().of("zones")] == [None, None, None, 0.375]


@pytest.mark.parametrize(
    ("month", "why"),
    [
        ("May", "'May' is not a month; write it as YYYY-MM"),
        ("2030-01", "2030-01 was not observed; there are values of 2019-04 to 2019-06"),
        ("2019-03", "2019-03 has no public values; there are values of 2019-04 to 2019-06"),
        ("2019-06", "no value of 2019-06 is public, so there is no bulletin of it"),
    ],
)
def test_a_month_without_public_values_has_no_bulletin(month: str, why: str) -> None:
    with pytest.raises(UserError, match=why):
        build_bulletin(observed(), month, issued=ISSUED, country="BE", synthetic=True)


def test_editions_and_audiences_go_together() -> None:
    given = {"issued": ISSUED, "country": "BE", "synthetic": True}
    for audience in (None, "", "  "):
        with pytest.raises(UserError, match="TLP:AMBER is for a named organisation; give it with --to"):
            build_bulletin(observed(), "2019-05", edition=AMBER, audience=audience, **given)  # type: ignore[arg-type]
    with pytest.raises(UserError, match="TLP:CLEAR is for all"):
        build_bulletin(observed(), "2019-05", edition=CLEAR, more=amber().of("zones"), **given)  # type: ignore[arg-type]
