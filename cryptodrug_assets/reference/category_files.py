"""What the categories of the markets mean: a CSV per market (docs/decisions/0030-market-files.md)."""

import csv
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from cryptodrug_assets.errors import UserError
from cryptodrug_assets.observation import MARKETS, file_text
from cryptodrug_assets.reference.files import CATEGORIES_DIR, TAXONOMY_FILE

COLUMNS = ("path", "valid_from", "drug_class", "drug_subclass")


class CategoryRow(NamedTuple):
    """A category of a market: its path from root to leaf, since when it is known, the class and subclass it means."""

    market: str
    path: str
    valid_from: date
    drug_class: str
    drug_subclass: str | None


@lru_cache(maxsize=4)
def category_rows(folder: Path = CATEGORIES_DIR) -> tuple[CategoryRow, ...]:
    """The categories of all markets, by the market's name and then as written.

    UserError naming file and line for a file that is not there, has other columns, no rows, a class that does not
    exist or a path that comes twice.
    """
    return tuple(row for market in sorted(MARKETS) for row in market_categories(market, folder))


def market_categories(market: str, folder: Path = CATEGORIES_DIR) -> list[CategoryRow]:
    """One market's categories; UserError as `category_rows`.

    >>> market_categories("empire")[0].drug_class
    'not_a_drug'
    """
    path = folder / f"{market}.csv"
    place = f"reference/categories/{path.name}"
    if not path.exists():
        raise UserError(f"{place} is not there; write the market's categories into it ({','.join(COLUMNS)})")
    rows = list(_rows(market, file_text(path, place), place))
    if not rows:
        raise UserError(f"{place} holds no category; write at least the root of the drugs")
    return rows


def _rows(market: str, text: str, place: str) -> Iterator[CategoryRow]:
    reader = csv.reader(text.splitlines(), strict=True)
    classes = _classes()
    seen: set[str] = set()
    try:
        heading = next(reader, [])
        if tuple(heading) != COLUMNS:
            raise UserError(f"{place}: the first line is {','.join(heading) or 'empty'}; write {','.join(COLUMNS)}")
        for cells in reader:
            here = f"{place} line {reader.line_num}"
            if len(cells) != len(COLUMNS):
                raise UserError(f"{here}: {len(cells)} values; write {len(COLUMNS)} ({','.join(COLUMNS)})")
            row = CategoryRow(market, cells[0], _day(cells[1], here), cells[2], cells[3] or None)
            _check(row, classes, here)
            if row.path.lower() in seen:
                raise UserError(f"{here}: the path {row.path} comes twice; keep one of them")
            seen.add(row.path.lower())
            yield row
    except csv.Error as err:
        raise UserError(f"{place} line {reader.line_num} is not CSV: {err}") from err


def _check(row: CategoryRow, classes: dict[str, set[str]], here: str) -> None:
    if not row.path or any(part != part.strip() or not part for part in row.path.split(" / ")):
        raise UserError(f"{here}: '{row.path}' is no path; write it from root to leaf, parted by ' / '")
    if row.drug_class not in classes:
        raise UserError(f"{here}: no class '{row.drug_class}'; there are {', '.join(classes)}")
    if row.drug_subclass is not None and row.drug_subclass not in classes[row.drug_class]:
        known = ", ".join(sorted(classes[row.drug_class])) or "none"
        raise UserError(f"{here}: no subclass '{row.drug_subclass}' of {row.drug_class}; there are: {known}")


def _day(text: str, here: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as err:
        raise UserError(f"{here}: '{text}' is not a day; write it as YYYY-MM-DD") from err


@lru_cache(maxsize=1)
def _classes() -> dict[str, set[str]]:
    """Subclasses by class, as the taxonomy has them."""
    if not TAXONOMY_FILE.is_file():
        raise UserError(f"the drug taxonomy {TAXONOMY_FILE.name} is missing; restore cryptodrug_assets/reference")
    classes: dict[str, set[str]] = {}
    with TAXONOMY_FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            subclasses = classes.setdefault(row["drug_class"], set())
            if row["drug_subclass"]:
                subclasses.add(row["drug_subclass"])
    return classes
