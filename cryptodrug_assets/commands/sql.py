"""`cryptodrug sql`: a read-only question to the published warehouse, answered as a table, CSV or JSON lines."""

import json
import math
import shutil
import sys
from datetime import date, time
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cryptodrug_assets.inert import json_inert, printable, say
from cryptodrug_assets.observation import UserError
from cryptodrug_assets.settings import Settings

if TYPE_CHECKING:
    import polars as pl


class Format(StrEnum):
    """Output of `cryptodrug sql`."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def sql(
    query: Annotated[str, typer.Argument(help="A read-only query, such as 'select * from indicators.shares'.")],
    output: Annotated[Format, typer.Option("--format", help="How to print the rows.")] = Format.TABLE,
    restricted: Annotated[
        bool, typer.Option("--restricted", help="Ask the restricted file (raw and parsed layers).")
    ] = False,
) -> None:
    """Ask the published warehouse; it can neither be changed nor reach other files.

    What a terminal would obey is written out, such as \\x1b, in tables and CSV; JSON says every character. A cell of
    CSV may begin with = as the page wrote it: a spreadsheet would compute it.
    """
    frame = _answer(query, restricted=restricted)
    if output is Format.TABLE:
        import polars as pl

        with pl.Config(
            tbl_rows=200, tbl_cols=-1, fmt_str_lengths=60, tbl_width_chars=_width(), tbl_formatting="MARKDOWN"
        ):
            say(_shown(frame))
    elif output is Format.CSV:
        say(_flat(frame).write_csv(), end="")
    else:
        for row in frame.iter_rows(named=True):
            print(json_inert(_json(row)))


def _answer(query: str, *, restricted: bool) -> "pl.DataFrame":
    import duckdb
    import polars as pl

    path = Settings().warehouse
    if restricted:
        path = path.with_name("warehouse_restricted.duckdb")
    if not path.exists():
        raise UserError(f"no warehouse at {path.name}; run `cryptodrug backfill --select publication` first")
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            connection.execute(
                "SET TimeZone = 'UTC'; SET enable_external_access = false; SET lock_configuration = true"
            )
            relation = connection.sql(query)
            frame: pl.DataFrame = relation.pl() if relation is not None else pl.DataFrame()
            return frame
    except duckdb.Error as err:
        raise UserError(f"query refused: {str(err).splitlines()[0]}") from err
    except pl.exceptions.PolarsError as err:
        raise UserError(f"the answer has a type that cannot be printed ({err}); cast it to VARCHAR") from err


def _shown(frame: "pl.DataFrame") -> "pl.DataFrame":
    """The frame with texts written out before the table is drawn, so that its columns stay straight."""
    import polars as pl

    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    clean = frame.with_columns(
        pl.Series(name, [None if text is None else printable(text) for text in frame[name]], pl.String)
        for name in texts
    )
    return clean.rename({name: printable(name) for name in clean.columns if not name.isprintable()})


def _flat(frame: "pl.DataFrame") -> "pl.DataFrame":
    """The frame as CSV can hold it: lists of texts joined by semicolons, anything deeper as JSON."""
    import polars as pl

    columns = []
    for name, dtype in frame.schema.items():
        if dtype == pl.List(pl.String):
            columns.append(frame[name].list.join("; "))
        elif dtype.is_nested() or dtype in (pl.Binary, pl.Object, pl.Duration):
            plain = [_plain(value) for value in frame[name].to_list()]
            values = [value if value is None or isinstance(value, str) else _json(value) for value in plain]
            columns.append(pl.Series(name, values, pl.String))
        else:
            columns.append(frame[name])
    return pl.DataFrame(columns)


def _json(value: object) -> str:
    return json.dumps(_plain(value), ensure_ascii=False)


def _plain(value: Any) -> Any:
    """The value as JSON knows values: times in ISO 8601, decimals and bytes (hex) as text, no NaN."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, bytes):
        return value.hex()
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _width() -> int:
    return shutil.get_terminal_size((160, 24)).columns if sys.stdout.isatty() else 400
