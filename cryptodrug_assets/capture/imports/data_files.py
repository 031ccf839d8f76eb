"""Rows of files that others made: CSV, JSON, JSON lines, Parquet and SQLite. Cells as they stand there, nothing read.

A row that is torn is handed over as such. Keep out: what cells mean (markets/data_sets), where rows go (data_sets.py).
"""

import csv
import io
import json
import math
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from cryptodrug_assets.markets.data_sets.mapping import Mapping
from cryptodrug_assets.observation import UserError

_BY_NAME = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".sqlite": "sqlite",
    ".sqlite3": "sqlite",
    ".db": "sqlite",
}
_LONGEST_CELL = 5_000_000
_BATCH = 2_000


class FileRow(NamedTuple):
    """A row: its number from 1, its cells, or why it is torn."""

    row: str
    cells: dict[str, Any]
    torn: str | None = None


def rows_of(path: Path, mapping: Mapping) -> Iterator[FileRow]:
    """The rows of a file in their order, as the mapping says it is written.

    UserError, in one line, when it is of another form, another encoding, or holds no table of that name.
    """
    form = mapping.format or _BY_NAME.get(path.suffix.lower())
    if form is None:
        raise UserError(
            f"{path.name}: its ending says no form; unpack it, or write `format: csv` (json, jsonl, parquet, sqlite)"
            " in the"
            " mapping"
        )
    try:
        rows = {"csv": _csv, "json": _json, "jsonl": _json_lines, "parquet": _parquet, "sqlite": _sqlite}[form](
            path, mapping
        )
        yield from rows if mapping.each is None else _each(rows, mapping.each)
    except OSError as err:
        raise UserError(f"{path.name} cannot be read: {err.strerror}; name a file that you may read") from err


def _text(path: Path, mapping: Mapping) -> str:
    body = path.read_bytes()
    encoding = mapping.encoding
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif encoding == "utf-8":
        encoding = "utf-8-sig"
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as err:
        line = body.count(b"\n", 0, err.start) + 1
        other = "cp1252" if mapping.encoding.startswith("utf") else "utf-8"
        raise UserError(
            f"{path.name} line {line} is not {mapping.encoding}; write `encoding: {other}`, or the one it has, in"
            " the mapping"
        ) from err


def _csv(path: Path, mapping: Mapping) -> Iterator[FileRow]:
    text = _text(path, mapping)
    before = csv.field_size_limit(_LONGEST_CELL)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=mapping.delimiter, strict=True)
        heading = [name.strip() for name in next(reader, [])]
        twice = next((name for name in heading if heading.count(name) > 1), None)
        if not any(heading):
            raise UserError(f"{path.name} holds no heading; its first line names the columns")
        if twice is not None:
            raise UserError(f"{path.name} names the column '{twice}' twice; rename one of them")
        number = 0
        for cells in reader:
            if not cells:
                continue
            number += 1
            torn = None
            if len(cells) != len(heading):
                torn = f"{len(cells)} cells instead of {len(heading)} (line {reader.line_num})"
            yield FileRow(str(number), dict(zip(heading, cells, strict=False)), torn)
    except csv.Error as err:
        raise UserError(
            f"{path.name} line {reader.line_num} is not CSV ({err}); mend the quotes there, or the `delimiter` in"
            " the mapping"
        ) from err
    finally:
        csv.field_size_limit(before)


def _json(path: Path, mapping: Mapping) -> Iterator[FileRow]:
    try:
        found = json.loads(_text(path, mapping), parse_constant=lambda _: None)
    except (ValueError, RecursionError) as err:
        raise UserError(
            f"{path.name} is not JSON ({err}); write `format: jsonl` in the mapping if each line is a row of its own"
        ) from err
    for part in (mapping.table or "").split(".") if mapping.table else ():
        if not isinstance(found, dict) or part not in found:
            raise UserError(f"{path.name} holds no '{mapping.table}'; `table` in the mapping leads to the list of rows")
        found = found[part]
    if isinstance(found, dict) and mapping.table is None:
        lists = [name for name, value in found.items() if isinstance(value, list)]
        raise UserError(
            f"{path.name} is no list of rows; name the list with `table` in the mapping (there are:"
            f" {', '.join(lists) or 'none'})"
        )
    if not isinstance(found, list):
        raise UserError(f"{path.name}: '{mapping.table}' is no list of rows; `table` in the mapping leads to one")
    for number, cells in enumerate(found, start=1):
        torn = None if isinstance(cells, dict) else "no object of named values"
        yield FileRow(str(number), _plain(cells) if torn is None else {}, torn)


def _json_lines(path: Path, mapping: Mapping) -> Iterator[FileRow]:
    for number, line in enumerate(_text(path, mapping).split("\n"), start=1):
        if not line.strip():
            continue
        torn = None
        try:
            cells = json.loads(line, parse_constant=lambda _: None)
        except (ValueError, RecursionError):
            cells, torn = {}, f"no JSON (line {number})"
        if torn is None and not isinstance(cells, dict):
            cells, torn = {}, "no object of named values"
        yield FileRow(str(number), _plain(cells), torn)


def _parquet(path: Path, mapping: Mapping) -> Iterator[FileRow]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            number = 0
            for batch in file.iter_batches(batch_size=_BATCH):
                for cells in batch.to_pylist():
                    number += 1
                    yield FileRow(str(number), {name: _plain(value) for name, value in cells.items()})
    except pa.ArrowException as err:
        raise UserError(f"{path.name} is not Parquet ({_line(err)}); see `format` in the mapping") from err


def _sqlite(path: Path, mapping: Mapping) -> Iterator[FileRow]:
    if not path.is_file():
        raise FileNotFoundError(2, "No such file", str(path))
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    connection.text_factory = lambda body: body.decode(mapping.encoding)
    try:
        names = [
            name
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER"
                " BY name"
            )
        ]
        table = mapping.table or (names[0] if len(names) == 1 else None)
        if table is None or table not in names:
            said = f"holds no table '{table}'" if table else "holds several tables"
            raise UserError(f"{path.name} {said}; write `table` in the mapping, one of: {', '.join(names) or 'none'}")
        quoted = '"' + table.replace('"', '""') + '"'
        cursor = connection.execute(f"SELECT * FROM {quoted}")
        heading = [entry[0] for entry in cursor.description]
        for number, cells in enumerate(cursor, start=1):
            yield FileRow(str(number), {name: _plain(value) for name, value in zip(heading, cells, strict=True)})
    except sqlite3.DatabaseError as err:
        raise UserError(
            f"{path.name} is no SQLite database that can be read ({_line(err)}); see `format` in the mapping"
        ) from err
    except UnicodeDecodeError as err:
        raise UserError(
            f"{path.name} holds text that is not {mapping.encoding}; write its `encoding` in the mapping"
        ) from err
    finally:
        connection.close()


def _each(rows: Iterable[FileRow], name: str) -> Iterator[FileRow]:
    """A row for each element of a list in a row: an offer's reviews, say. Its number is that of both: 17.3."""
    for row in rows:
        if row.torn is not None:
            yield row
            continue
        items = row.cells.get(name)
        rest = {key: value for key, value in row.cells.items() if key != name}
        for number, item in enumerate(items if isinstance(items, list) else [], start=1):
            yield FileRow(f"{row.row}.{number}", {**rest, name: item})


def _plain(value: Any) -> Any:
    """A cell in the form of JSON: times as ISO 8601, numbers that are none as null, halves of letters as U+FFFD."""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {_letters(str(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, (int, bool)):
        return value
    return _letters(value if isinstance(value, str) else str(value))


def _letters(text: str) -> str:
    # JSON may spell half of a pair of surrogates, which no encoding can keep.
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _line(err: Exception) -> str:
    return " ".join(str(err).split())[:160]
