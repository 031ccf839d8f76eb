"""Which output columns depend on which input columns, found by disturbing one input column at a time.

`depends_on` runs a function on its recorded inputs, then again with one column changed, and sees what is different.
Sound as far as the sample goes: what is reported does depend (the run shows it); a dependency that no row of the sample
excites is missed. A column the function never asks for is recognised by taking it away: exact, and it saves runs.

What counts as different. With the same number of rows: the values of a column as a multiset, so that mere relabelling
of keys does not make everything depend on an identifier. With another number of rows: values of rows with the same key;
and key columns whose set of values changed. That rows are chosen by a column shows in the columns it changes, not in
all of them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice

import polars as pl

from cryptodrug_assets.errors import UserError

Frames = Mapping[str, pl.DataFrame]
Function = Callable[[Frames], Frames]
# (input table, input column)
Source = tuple[str, str]
_EXPECTED = (
    pl.exceptions.PolarsError, ArithmeticError, AttributeError, IndexError, KeyError, TypeError, UserError, ValueError,
)  # fmt: skip


def depends_on(
    function: Function,
    inputs: Frames,
    keys: Mapping[str, Sequence[str]],
    skip: Sequence[str] = (),
    *,
    probe: bool = True,
    most: int | None = None,
) -> dict[str, dict[str, set[Source]]]:
    """By output table and column, the input columns they depend on.

    `keys` are the primary keys of the output tables; columns named in `skip` are not disturbed. With `probe`, columns
    the function never asks for are found first; `most` limits the disturbances of a column. The function must be
    deterministic. It may refuse disturbed input by an exception, which says nothing; the others of a column still do.
    """
    base = function(inputs)
    found: dict[str, dict[str, set[Source]]] = {
        table: {column: set() for column in frame.columns} for table, frame in base.items()
    }
    for table, frame in inputs.items():
        columns = [name for name in frame.columns if name not in skip]
        for column in _asked(function, inputs, table, columns) if probe else columns:
            for changed in islice(disturbed(frame[column]), most):
                try:
                    made = function({**inputs, table: frame.with_columns(changed)})
                except _EXPECTED:
                    continue
                for name, before in base.items():
                    for affected in differing(before, made[name], keys[name]):
                        found[name][affected].add((table, column))
    return found


def _asked(function: Function, inputs: Frames, table: str, columns: Sequence[str]) -> list[str]:
    """The columns without which the function fails, found by halving."""
    if not columns:
        return []
    try:
        function({**inputs, table: inputs[table].drop(columns)})
    except _EXPECTED:
        if len(columns) == 1:
            return list(columns)
        middle = len(columns) // 2
        halves = (columns[:middle], columns[middle:])
        return [name for half in halves for name in _asked(function, inputs, table, half)]
    return []


def disturbed(values: pl.Series) -> Iterator[pl.Series]:
    """The column with other values of its kind: all alike, each replaced by another of the column, none, and moved."""
    known = values.drop_nulls()
    dtype, name = values.dtype, values.name
    if known.is_empty():
        return
    distinct = known.unique().sort() if not dtype.is_nested() else known.unique(maintain_order=True)
    if not dtype.is_nested():
        commonest = known.mode(maintain_order=False).sort()[0]
        yield pl.Series(name, [commonest], dtype).extend_constant(commonest, len(values) - 1)
    if dtype == pl.Boolean:
        yield (~values).alias(name)
    elif dtype.is_numeric():
        yield (values.cast(pl.Float64) * 3 + 1).cast(dtype, strict=False).alias(name)
    elif dtype == pl.Date or isinstance(dtype, pl.Datetime):
        yield values.dt.offset_by("9d").alias(name)
    elif dtype == pl.String:
        yield (values + "~").alias(name)
        if len(distinct) > 1:
            following = distinct.gather([*range(1, len(distinct)), 0])
            yield values.replace_strict(distinct, following, return_dtype=dtype, default=None).alias(name)
    elif dtype.is_nested():
        yield pl.Series(name, [distinct[-1].to_list()] * len(values), dtype)
        yield values.shift(1).fill_null(pl.lit([], dtype)).alias(name)
        yield pl.Series(name, [[]] * len(values), dtype)
    yield pl.Series(name, [None] * len(values), dtype)


def differing(before: pl.DataFrame, after: pl.DataFrame, key: Sequence[str]) -> list[str]:
    """Columns in which two versions of a table differ, in the sense of this module."""
    if before.height == after.height:
        return [name for name in before.columns if not _sorted(before[name]).equals(_sorted(after[name]))]
    changed = [name for name in key if set(before[name].unique()) != set(after[name].unique())]
    others = [name for name in before.columns if name not in key]
    both = before.join(after, on=list(key), how="inner", suffix="_after", nulls_equal=True)
    return changed + [name for name in others if not both[name].equals(both[f"{name}_after"].alias(name))]


def _sorted(values: pl.Series) -> pl.Series:
    if values.dtype.is_nested():
        values = values.list.eval(pl.element().cast(pl.String)).list.join("\x1f").alias(values.name)
    return values.sort(nulls_last=True)
