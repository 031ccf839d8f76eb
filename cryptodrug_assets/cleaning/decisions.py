"""The log of what cleaning dropped, altered, merged or flagged, and the step that fits frames to their contract."""

from datetime import date

import polars as pl

from cryptodrug_assets import contracts

MANY = "*"
# Rows as they are collected: the month and their number come at the end.
_SCHEMA = {
    name: dtype
    for name, dtype in contracts.load("clean", "decisions").polars_schema.items()
    if name not in ("market", "month", "decision_id")
}


class Decisions:
    """Collects decisions in the order they are taken."""

    def __init__(self) -> None:
        self._frames: list[pl.DataFrame] = []

    def mass(self, table: str, action: str, rule: str, n_rows: int, after: str | None = None) -> None:
        """A rule applied to many rows at once; nothing is noted for none."""
        if n_rows:
            row = (table, MANY, action, rule, None, after, n_rows, None)
            self._frames.append(pl.DataFrame([row], schema=_SCHEMA, orient="row"))

    def captures(self, table: str, action: str, rule: str, frame: pl.DataFrame) -> None:
        """Rows of the frame concerned by a rule: one decision per capture they stood on, with their number."""
        if frame.height:
            counts = frame.group_by("capture_id").agg(n_rows=pl.len().cast(pl.Int64)).sort("capture_id")
            nothing = pl.lit(None, pl.String)
            self._frames.append(
                counts.select(
                    table_name=pl.lit(table), subject_key=pl.lit(MANY), action=pl.lit(action), rule=pl.lit(rule),
                    before=nothing, after=nothing, n_rows="n_rows", capture_id="capture_id",
                )
            )  # fmt: skip

    def rows(
        self,
        table: str,
        action: str,
        rule: str,
        frame: pl.DataFrame,
        subject: str,
        before: pl.Expr | None = None,
        after: pl.Expr | None = None,
    ) -> None:
        """One decision per row of the frame, whose `subject` column holds the key of the row concerned."""
        nothing = pl.lit(None, pl.String)
        capture = pl.col("capture_id") if "capture_id" in frame.columns else nothing
        self._frames.append(
            frame.select(
                table_name=pl.lit(table),
                subject_key=pl.col(subject),
                action=pl.lit(action),
                rule=pl.lit(rule),
                before=nothing if before is None else before.cast(pl.String),
                after=nothing if after is None else after.cast(pl.String),
                n_rows=pl.lit(1, pl.Int64),
                capture_id=capture,
            )
        )

    def frame(self, market: str, month: date) -> pl.DataFrame:
        """clean.decisions, numbered from 0 in the order taken."""
        taken = pl.concat([pl.DataFrame(schema=_SCHEMA), *self._frames])
        return to_contract(taken.with_row_index("decision_id"), "decisions", market, month)


def to_contract(frame: pl.DataFrame, table: str, market: str, month: date) -> pl.DataFrame:
    """The frame with the columns, order and types of its clean contract."""
    schema = contracts.load("clean", table).polars_schema
    frame = frame.with_columns(market=pl.lit(market), month=pl.lit(month, pl.Date))
    return frame.select(pl.col(name).cast(dtype) for name, dtype in schema.items())


def map_distinct(frame: pl.DataFrame, keys: list[str], values: pl.DataFrame) -> pl.DataFrame:
    """Join what was worked out once per distinct key; null keys match null keys.

    >>> frame = pl.DataFrame({"unit": ["g", None, "g"]})
    >>> known = pl.DataFrame({"unit": ["g", None], "name": ["gram", "none"]})
    >>> map_distinct(frame, ["unit"], known)["name"].to_list()
    ['gram', 'none', 'gram']
    """
    return frame.join(values, on=keys, how="left", nulls_equal=True, maintain_order="left")


def in_order(first: str, *rest: str) -> pl.Expr:
    """Whether rows are sorted by the columns; looking is cheaper than sorting once more.

    >>> pl.DataFrame({"a": [1, 1, 2], "b": [2, 3, 1]}).select(in_order("a", "b")).item()
    True
    """
    return _follows(first, *rest).fill_null(value=True).all()


def _follows(first: str, *rest: str) -> pl.Expr:
    before, here = pl.col(first).shift(1), pl.col(first)
    return (before < here) | ((before == here) & _follows(*rest)) if rest else before <= here
