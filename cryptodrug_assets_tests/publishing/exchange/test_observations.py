"""exchange.observations: equal to the public tables by separate SQL, row by row; codes and statuses by hand."""

import polars as pl
import pytest

from cryptodrug_assets.errors import UserError
from cryptodrug_assets.publishing.exchange.observations import SOURCES, observations
from cryptodrug_assets_tests.frames import rows
from cryptodrug_assets_tests.publishing.exchange.by_sql import differences
from cryptodrug_assets_tests.publishing.public import HIDDEN, public_tables, value


def made() -> pl.DataFrame:
    return observations(public_tables())


def test_every_public_row_is_there_once_and_as_it_was() -> None:
    public = public_tables()
    assert differences(public, made()) == []
    assert made().height == sum(frame.height for frame in public.values())
    moved = made().with_columns(pl.col("obs_value") * (1 + 1e-15))
    assert differences(public, moved)


@pytest.mark.parametrize(
    ("indicator", "param", "wanted"),
    [
        ("SH03", "_T", [("A", "F"), ("A", "F"), ("U", "F")]),  # L here is U of the standard
        ("SH01", "_T", [("E", "F"), ("Q", "C")]),
        ("SH01_bound", "_T", [("O", "F")]),
        ("LV04", "_T", [("M", "F")]),  # no exact prices on the market: cannot exist
        ("TS01", "200", [("M", "F")]),
        ("GR01", "LV03", [("O", "F")]),
    ],
)
def test_statuses_of_the_standard(indicator: str, param: str, wanted: list[tuple[str, str]]) -> None:
    found = made().filter(pl.col("indicator") == indicator, pl.col("param") == param)
    assert sorted(found.select("obs_status", "conf_status").rows()) == wanted


def test_zero_missing_and_suppressed_are_three_things() -> None:
    zero = made().filter(drug_class="ghb").row(0, named=True)
    assert (zero["obs_value"], zero["obs_status"]) == (0.0, "A")
    suppressed = made().filter(obs_status="Q").row(0, named=True)
    assert [suppressed[name] for name in ("obs_value", "lower_bound", "upper_bound", "obs_count")] == [None] * 4


def test_windows_say_their_period_and_months_do_not() -> None:
    periods = {(row["indicator"], row["market"]): row["ref_period"] for row in made().iter_rows(named=True)}
    assert periods["RT02_WIN", "_T"] == "2019-04-01/2019-05-31"
    assert periods["TS03_q", "empire"] == "2019-04-01/2019-05-31"
    assert periods["GR03", "empire"] == "2019-04-01/2019-05-31"
    assert periods["RT05", "empire"] is None
    assert periods["SH03", "empire"] is None


def test_the_lineage_names_every_column() -> None:
    assert list(SOURCES) == made().columns


def test_an_unknown_code_method_or_status_is_refused() -> None:
    for wrong, what in (
        ({"indicator": "XX99"}, "XX99 is no code of a published table"),
        ({"method": "by feeling"}, "“by feeling” has no code"),
        ({"obs_status": "Z"}, "'Z' is no status"),
    ):
        bad = {"shares": rows("indicators", "shares_public", value("SH03", "BE", 0.5) | wrong)}
        with pytest.raises(UserError, match=what):
            observations(bad)


def test_two_rows_with_one_key_are_refused() -> None:
    twice = value("SH01", "NL", None, obs_status="C")
    bad = {"shares": pl.concat([rows("indicators", "shares_public", twice)] * 2)}
    assert HIDDEN in bad["shares"]["method"].to_list()
    with pytest.raises(UserError, match="have the key of another, such as SH01, _T, empire, 2019-04"):
        observations(bad)
