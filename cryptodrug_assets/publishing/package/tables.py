"""The tables of a data package: slices of exchange.observations, and the public tables that are no observations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.contracts import Column
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.publishing.exchange.observations import LAYER, TABLE
from cryptodrug_assets.publishing.package.facts import Facts

# Said by the name of the file, and the same in every row.
_LEFT_OUT = ("dataset", "freq")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Table:
    """A table of the package: its name, rows, columns by their contract, and primary key."""

    name: str
    frame: pl.DataFrame
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    observations: bool

    @property
    def values(self) -> int:
        """How many values it shows; of a table of words its rows."""
        return self.frame["obs_value"].drop_nulls().len() if self.observations else self.frame.height


def package_tables(observed: pl.DataFrame, others: Mapping[str, pl.DataFrame]) -> list[Table]:
    """The tables with any row, by name: those of exchange.observations, and `others` by the name of their public table
    without `_public`.

    Raises UserError where no table shows a value, and where a text would be read as a formula.
    """
    contract = contracts.load(LAYER, TABLE)
    columns = tuple(column for column in contract.columns if column.name not in _LEFT_OUT)
    key = tuple(name for name in contract.primary_key if name not in _LEFT_OUT)
    names = [column.name for column in columns]
    made = [
        Table(str(name), part.select(names), columns, key, observations=True)
        for (name,), part in sorted(observed.partition_by("dataset", as_dict=True).items())
    ]
    for name, frame in sorted(others.items()):
        of_words = contracts.load("indicators", f"{name}_public")
        if frame.height:
            made.append(Table(name, frame, of_words.columns, tuple(of_words.primary_key), observations=False))
    if not any(table.values for table in made if table.observations):
        raise UserError(
            "nothing can be published: every value is missing or confidential; observe more months or vendors, and run"
            " `cryptodrug backfill --select publication`"
        )
    for table in made:
        _refuse_formulas(table)
    return sorted(made, key=lambda table: (not table.observations, table.name))


def _refuse_formulas(table: Table) -> None:
    """A program for spreadsheets would compute such a cell of a CSV."""
    for name, dtype in table.frame.schema.items():
        if dtype != pl.String:
            continue
        starts = pl.any_horizontal(pl.col(name).str.starts_with(start) for start in _FORMULA)
        if (bad := table.frame.filter(starts)).height:
            raise UserError(
                f"{table.name}.{name} begins like a formula in {bad.height} rows ({bad[name][0][:20]!r}); change the"
                " text at its source"
            )


def csv_bytes(frame: pl.DataFrame) -> bytes:
    """CSV in UTF-8: comma, line feed, decimal point, doubles with every bit, null as nothing.

    >>> csv_bytes(pl.DataFrame({"a": [0.1 + 0.2, None], "b": ["x,y", "z"]})).decode().splitlines()
    ['a,b', '0.30000000000000004,"x,y"', ',z']
    """
    return frame.write_csv().encode()


def parquet_bytes(table: Table, facts: Facts) -> bytes:
    """Parquet with title, release and licence in its metadata; no path, no program, the same bytes each time."""
    metadata = {
        "title": f"{facts.title('en')}: {table.name}",
        "release": facts.name,
        "licence": facts.publisher.licence.uri,
        "publisher": facts.publisher.name["en"],
    }
    out = BytesIO()
    table.frame.write_parquet(out, compression="zstd", statistics=True, metadata=metadata)
    return out.getvalue()


def without_values(tables: Sequence[Table]) -> list[str]:
    """Names of the tables that show no value at all."""
    return [table.name for table in tables if not table.values]
