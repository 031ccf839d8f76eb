"""Ways of writing substances and amounts, from the files beside."""

import csv
from pathlib import Path


def written_substances() -> list[tuple[str, str]]:
    """Some 750 names of substances and goods in four languages, classed by hand after the conventions."""
    with (Path(__file__).parent / "substances.csv").open(encoding="utf-8", newline="") as file:
        return [(row["title"], row["drug_class"]) for row in csv.DictReader(file)]


def written_titles() -> list[dict[str, str]]:
    """Titles made up for every way of writing a quantity, each answer worked out by hand ("?" = not judged)."""
    with (Path(__file__).parent / "titles.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
