"""From an estimate back to answers, and from answers to the bytes of the file: recounting, and addresses of rows.

Pure. Counting is written anew here, apart from the formulas of estimates.py, so that one checks the other.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

_ROW = re.compile(rb"<row(?:\s[^>]*)?>")
_NAMES = re.compile(r"^([a-z][a-z0-9_]*)(?:=([0-9+]+))?$")


@dataclass(frozen=True)
class Recount:
    """Counts of an estimate made again from answers: null where this kind of estimate has no such count."""

    k: int | None
    n_valid: int | None

    def differs(self, row: Mapping[str, Any]) -> bool:
        """Whether a count that was made again is not the estimate's."""
        return any(
            mine is not None and mine != row[name] for name, mine in (("k", self.k), ("n_valid", self.n_valid))
        )  # fmt: skip


def items_behind(row: Mapping[str, Any], items: pl.DataFrame) -> list[str]:
    """The items whose answers an estimate rests on, in the order of the questionnaire.

    `row` is one of indicators.survey_estimates, `items` parsed.survey_items of its wave. An option of a set rests on
    that option alone (all options share their base); a whole set, and a count over its options, on all of them.
    """
    wanted: set[str] = set()
    for text in (row["item"], row["option"]):
        match = _NAMES.match(text or "")
        name = match[1] if match else ""
        members = items.filter(pl.col("item_set") == name)
        chosen = members.filter(pl.col("item_option") == row["option"])
        wanted |= set((chosen if chosen.height else members)["item"])
        wanted |= (
            set(items.filter(pl.col("item") == name)["item"]) if "=" in (text or "") or text == row["item"] else set()
        )
    return items.filter(pl.col("item").is_in(wanted)).sort("position")["item"].to_list()


def recount(row: Mapping[str, Any], answers: pl.DataFrame, items: pl.DataFrame) -> Recount:
    """k and N of an estimate counted again from clean.answers of its wave."""
    names = items_behind(row, items)
    rows = answers.filter(pl.col("item").is_in(names), pl.col("state") == "valid")
    if row["statistic"] in ("paired_difference", "cross_share"):
        return _of_two(row, rows)
    if not names:
        return Recount(None, None)
    if len(names) > 1:
        people = rows.group_by("respondent").agg(n=pl.len(), ticked=(pl.col("code") == 1).sum())
        whole = people.filter(pl.col("n") == len(names))
        if row["statistic"] != "at_least":
            return Recount(None, whole.height)
        least = int(row["option"].rsplit(" ", 1)[-1])
        return Recount(whole.filter(pl.col("ticked") >= least).height, whole.height)
    if row["statistic"] == "borda":
        return Recount(None, None)  # of those who ranked all options
    if row["statistic"] == "mode":
        return Recount(rows.group_by("code").len()["len"].max(), rows.height)  # type: ignore[arg-type]
    if row["statistic"] != "share":
        return Recount(None, rows.height)
    of_set = items.filter(pl.col("item") == names[0])["item_set"].item() is not None
    codes = [1] if of_set else [int(code) for code in row["option"].split("+")]
    return Recount(rows.filter(pl.col("code").is_in(codes)).height, rows.height)


def _of_two(row: Mapping[str, Any], rows: pl.DataFrame) -> Recount:
    """Respondents with valid answers to both; of a share within a group, those of the group."""
    (first, of), (second, share) = (_group(row[name]) for name in ("item", "option"))
    one = rows.filter(pl.col("item") == first).select("respondent", of=pl.col("code"))
    both = one.join(rows.filter(pl.col("item") == second).select("respondent", share=pl.col("code")), on="respondent")
    if row["statistic"] == "paired_difference":
        return Recount(None, both.height)
    both = both.filter(pl.col("of").is_in(of))
    return Recount(both.filter(pl.col("share").is_in(share)).height, both.height)


def _group(text: str) -> tuple[str, list[int]]:
    """Item and codes of "spend=6+7"."""
    name, _, codes = text.partition("=")
    return name, [int(code) for code in codes.split("+") if code]


def response_offsets(data: bytes) -> list[int] | None:
    """Where each response begins in a .lsr: bytes from the beginning of the file."""
    begins = data.find(b"<responses>")
    return None if begins < 0 else [match.start() for match in _ROW.finditer(data, begins)]


def line_offsets(data: bytes) -> list[int] | None:
    """Where each row of a CSV begins, its header lines included; None for what is not UTF-8.

    >>> line_offsets(b'id,why\\n1,"two\\nlines"\\n2,x\\n')
    [0, 7, 21]
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    begins: list[int] = []
    read = 0

    def lines() -> Iterator[str]:
        nonlocal read
        for line in text.splitlines(keepends=True):
            read += len(line.encode())
            yield line

    csv.field_size_limit(10_000_000)
    before = 0
    try:
        for _ in csv.reader(lines()):
            begins.append(before)
            before = read
    except csv.Error:
        return None
    return begins
