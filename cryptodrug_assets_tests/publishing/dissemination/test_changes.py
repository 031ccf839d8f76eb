"""What changed between two releases: which suppressed values the earlier one told."""

import polars as pl

from cryptodrug_assets.publishing.dissemination.changes import Comparison, compare
from cryptodrug_assets.publishing.exchange.observations import observations
from cryptodrug_assets.publishing.exchange.sdmx import sdmx_csv
from cryptodrug_assets_tests.publishing.public import public_tables

_NUMBERS = ("obs_value", "lower_bound", "upper_bound", "obs_count", "vendor_count")


def suppressed(indicator: str, **earlier: object) -> Comparison:
    """The comparison of two releases, of which the later suppresses every value of an indicator."""
    before = observations(public_tables())
    chosen = pl.col("indicator") == indicator

    def with_columns(frame: pl.DataFrame, **columns: object) -> pl.DataFrame:
        changed = (pl.lit(to, before.schema[name]) for name, to in columns.items())
        return frame.with_columns(
            pl.when(chosen).then(to).otherwise(pl.col(name)).alias(name)
            for name, to in zip(columns, changed, strict=True)
        )

    before = with_columns(before, **earlier)
    after = with_columns(before, **dict.fromkeys(_NUMBERS), obs_status="Q", conf_status="C")
    return compare(("1", sdmx_csv(before)), ("2", sdmx_csv(after)))


def test_a_value_that_was_shown_is_told() -> None:
    (change,) = suppressed("COV01").told[:1]
    assert (change.kind, change.before, change.after) == ("suppressed", "0.97", "Q")


def test_a_value_that_was_missing_is_not_told() -> None:
    comparison = suppressed("LV04")
    assert [(change.kind, change.before, change.after) for change in comparison.changes] == [("suppressed", "M", "Q")]
    assert comparison.told == []


def test_bounds_and_numbers_behind_a_missing_value_are_told() -> None:
    assert [change.before for change in suppressed("SH01_bound").told] == ["O"]
    assert [change.before for change in suppressed("LV04", vendor_count=2).told] == ["M"]
