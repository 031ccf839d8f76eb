"""indicators.survey_estimates_public and survey_missing_public: what may be published of the survey.

Each question is a count table of its own (cells.py). A routed question is shown only where the answer that leads to
it is. Figures that the study prints itself stay open as long as they are those figures, flagged `quoted`: a printed
percent without count and base, since the study prints no base; a printed count as it is. Intervals, bounds, means and
modes follow from counts and are hidden with them. Of pairs of questions only the direction is said.
"""

import json
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.buyers.disclosure.cells import NOTHING, Shown, shown_cells
from cryptodrug_assets.buyers.survey import routing
from cryptodrug_assets.buyers.survey.grim import Printed
from cryptodrug_assets.buyers.survey.statements import Statements

Row = dict[str, Any]
_HIDDEN = "confidential: of few respondents, or it would tell of few"
_QUOTED = "as the study prints it"
_FROM_COUNTS = ("lower", "upper", "bound_low", "bound_high")
_SIGNIFICANT = 0.05


def public_survey(frames: Mapping[str, pl.DataFrame], statements: Statements) -> dict[str, pl.DataFrame]:
    """Both public tables ("layer.table") from parsed.survey_items and the internal indicator tables of a wave."""
    survey = _Survey(frames, statements)
    rows = [row for row in map(survey.public_row, survey.estimates.iter_rows(named=True)) if row is not None]
    return {
        "indicators.survey_estimates_public": _framed(rows, "survey_estimates_public"),
        "indicators.survey_missing_public": _framed(survey.missing_rows(), "survey_missing_public"),
    }


def _framed(rows: list[Row], table: str) -> pl.DataFrame:
    contract = contracts.load("indicators", table)
    return contracts.conform(pl.DataFrame(rows, schema=contract.polars_schema), contract)


class _Survey:
    """The questions of a wave with what may be shown of each."""

    def __init__(self, frames: Mapping[str, pl.DataFrame], statements: Statements) -> None:
        self.items = {row["item"]: row for row in frames["parsed.survey_items"].iter_rows(named=True)}
        self.member = {
            (row["item_set"], row["item_option"]): item
            for item, row in self.items.items()
            if row["kind"] == "multi" and row["item_set"] is not None
        }
        self.estimates = frames["indicators.survey_estimates"]
        missing = frames["indicators.survey_missing"]
        self.valid = dict(missing.filter(state="valid").select("item", "n").iter_rows())
        self.everybody = int(missing["n_all"][0])
        self.missing = missing
        self.groups = {
            (group.item, "+".join(map(str, group.codes))): tuple(map(str, group.codes)) for group in statements.groups
        }
        self.printed, self.counted = _printed(statements)
        self.tables: dict[str, Shown] = {}
        for name in dict.fromkeys(self.estimates["item"]):
            self.table(name)
        self.quoted_alone = {name for name in self.tables if self._quoted_alone(name)}

    def set_members(self, name: str) -> list[str]:
        """The items of a set; none where the name is not a set's."""
        return [item for item, row in self.items.items() if row["item_set"] == name]

    def base(self, name: str) -> int | None:
        """Who could answer: everybody, or those whose answers led there; None where their number is hidden."""
        members = self.set_members(name)
        universe = self.items[members[0] if members else name]["universe"]
        if universe is None:
            return self.everybody
        led = sorted(routing.names(universe))
        if len(led) != 1:
            return None
        # The only rule that is understood here; every other hides the question.
        code = universe.partition("==")[2].strip()
        shown = self.answers(led[0])
        return shown.cells.get(code) if shown.complete and universe.count("==") == 1 else None

    def answers(self, item: str) -> Shown:
        """What may be shown of one item, also of an option of a set."""
        one_set = self.items[item]["item_set"]
        if one_set is None:
            return self.table(item)
        rows = self.rows(one_set, "share").filter(option=self.items[item]["item_option"])
        if rows.is_empty() or self.items[item]["kind"] != "multi":
            return NOTHING
        return self.yes_no(one_set, rows.row(0, named=True))

    def yes_no(self, one_set: str, row: Row) -> Shown:
        """What may be shown of one option of a set: ticked, and not ticked."""
        total = self.base(one_set)
        if total is None:
            return NOTHING
        return shown_cells({"1": row["k"], "0": row["n_valid"] - row["k"]}, total, {})

    def rows(self, item: str, statistic: str) -> pl.DataFrame:
        """The estimates of an item."""
        return self.estimates.filter(item=item, statistic=statistic)

    def table(self, name: str) -> Shown:
        """What may be shown of a question with one answer, or of the first places of a ranking."""
        if name in self.tables:
            return self.tables[name]
        self.tables[name] = NOTHING
        members = self.set_members(name)
        if name not in self.items and not members:
            return NOTHING  # two questions beside each other
        groups = {option: codes for (item, option), codes in self.groups.items() if item == name}
        shares = self.rows(name, "share").filter(~pl.col("option").is_in(list(groups)))
        total = self.base(name)
        if total is None or (members and self.items[members[0]]["kind"] == "multi"):
            return NOTHING
        if shares.is_empty():
            # A number: its mean tells of nobody, but how many gave none may be few.
            valid = self.valid.get(name, 0)
            self.tables[name] = shown_cells({"number": valid}, total, {}) if valid else NOTHING
            return self.tables[name]
        counts = dict(shares.select("option", "k").iter_rows())
        self.tables[name] = shown_cells(counts, total, groups)
        return self.tables[name]

    def shown_of(self, row: Row) -> tuple[int | None, Shown]:
        """The count of a row of shares as far as it may be shown, and the table it belongs to."""
        name, option = row["item"], row["option"]
        members = self.set_members(name)
        if members and self.items[members[0]]["kind"] == "multi":
            shown = self.yes_no(name, row)
            return shown.cells.get("1"), shown
        shown = self.table(name)
        if (name, option) in self.groups:
            return shown.groups.get(option), shown
        return shown.cells.get(option), shown

    def key(self, row: Row) -> tuple[str, str]:
        """How statements name the row: item and codes; an option of a set is its item, ticked."""
        named = self.member.get((row["item"], row["option"]))
        return (row["item"], row["option"]) if named is None else (named, "1")

    def quoted(self, row: Row) -> str | None:
        """The percent as printed where this row is what the study prints."""
        text = self.printed.get(self.key(row))
        if text is None or not row["n_valid"] or row["k"] is None:
            return None
        return text if Printed.read(text).prints(Fraction(100 * row["k"], row["n_valid"])) else None

    def _quoted_alone(self, name: str) -> bool:
        """Whether a printed percent stands where its count is hidden: then nothing else of the question is shown."""
        return any(
            self.quoted(row) is not None and self.shown_of(row)[0] is None
            for row in self.rows(name, "share").iter_rows(named=True)
            if self.key(row) not in self.counted
        )

    def public_row(self, row: Row) -> Row | None:
        """The row as it may be published."""
        public = {name: row[name] for name in ("wave", "item", "option", "statistic")} | {
            **dict.fromkeys(("k", "n", "value", *_FROM_COUNTS)),
            **self.words(row),
            "base": "none", "quoted": False, "conf_status": "C", "method": _HIDDEN, "n_all": row["n_all"],
        }  # fmt: skip
        if row["statistic"] == "share":
            return self._share(row, public)
        if row["statistic"] == "at_least":
            return self._at_least(row, public)
        if row["statistic"] == "cross_share":
            counted = self.counted.get((row["item"], row["option"]))
            return public | _open(row, quoted=True) if counted == row["k"] else public
        if row["statistic"] == "paired_difference":
            return self._pair(row, public)
        return self._whole(row, public)

    def _share(self, row: Row, public: Row) -> Row:
        if self.counted.get(self.key(row)) == row["k"]:
            return public | _open(row, quoted=True)
        text = self.quoted(row)
        count, shown = self.shown_of(row)
        if row["item"] in self.quoted_alone:
            found = {"value": int(text) / 100, "quoted": True, "conf_status": "F", "method": _QUOTED} if text else {}
            return public | found
        if count is None:
            return public
        if shown.valid is None:
            # Of everybody: how many answered would tell how few did not.
            total = self.base(row["item"])
            share = {"k": count, "n": total, "value": count / total if total else None, "base": "all asked"}
            return public | share | {"conf_status": "F", "method": "share of all who were asked"}
        opened = _open(row, quoted=text is not None)
        if self.base(row["item"]) != self.everybody:
            opened |= {"bound_low": None, "bound_high": None}
        return public | opened

    def _at_least(self, row: Row, public: Row) -> Row:
        """How many of a set: beside open options alone, or sums would tell of hidden ones."""
        options = self.rows(row["item"], "share").iter_rows(named=True)
        if row["item"] in self.quoted_alone or any(self.yes_no(row["item"], one).cells == {} for one in options):
            return public
        shown = self.yes_no(row["item"], row)
        return public | _open(row, quoted=False) if shown.complete else public

    def _pair(self, row: Row, public: Row) -> Row:
        if row["value"] is None or row["p_value"] is None:
            return public
        word = "more" if row["value"] > 0 else "less" if row["value"] < 0 else "as"
        sure = "p < 0.05" if row["p_value"] < _SIGNIFICANT else "p ≥ 0.05"
        return public | {"conf_status": "F", "method": f"the second {word} often than the first; exact McNemar, {sure}"}

    def _whole(self, row: Row, public: Row) -> Row:
        """A mean, median, mode or score of a whole question."""
        shown = self.table(row["item"])
        number = row["statistic"] in ("mean", "median") and self.rows(row["item"], "share").is_empty()
        if row["item"] in self.quoted_alone or not (shown.complete or (number and shown.valid is not None)):
            return public
        opened = _open(row, quoted=False)
        # More digits than anybody prints would tell of single answers.
        opened["value"] = None if row["value"] is None else round(row["value"], 2)
        return public | opened | {"k": None, "lower": _rounded(row["lower"]), "upper": _rounded(row["upper"])}

    def _base_open(self, question: str, valid: int) -> bool:
        """Whether the number of valid answers to a question may be shown."""
        total = self.base(question)
        if total is None:
            return False
        if question in self.tables and question in self.items:
            return self.table(question).valid is not None
        return shown_cells({"answered": valid}, total, {}).valid is not None

    def words(self, row: Row) -> Row:
        """Question and answer in English."""
        member = self.member.get((row["item"], row["option"]))
        members = self.set_members(row["item"])
        if members:
            item = member or next((name for name in members if self.items[name]["item_option"] == row["option"]), None)
            return {"question": row["item"].replace("_", " "), "answer": None if item is None else self._label(item)}
        if row["item"] not in self.items:
            return {"question": None, "answer": None}
        listed = json.loads(self.items[row["item"]]["code_list"] or "{}")
        codes = [code for code in row["option"].split("+") if code]
        names = [listed.get(code, {}).get("en") or code for code in codes]
        return {"question": self._label(row["item"]), "answer": " or ".join(names) or None}

    def _label(self, item: str) -> str:
        return str(self.items[item]["label_en"] or item)

    def missing_rows(self) -> list[Row]:
        """survey_missing_public: those who answered each item, as far as that tells of few."""
        rows: list[Row] = []
        for row in self.missing.filter(state="valid").sort("position").iter_rows(named=True):
            item = self.items[row["item"]]
            question = item["item_set"] or row["item"]
            hidden = question in self.quoted_alone or not self._base_open(question, row["n"])
            rows.append(
                {
                    "wave": row["wave"], "item": row["item"], "position": row["position"], "block": row["block"],
                    "label_en": item["label_en"], "n_valid": None if hidden else row["n"], "n_all": self.everybody,
                    "routed": item["universe"] is not None, "conf_status": "C" if hidden else "F",
                }
            )  # fmt: skip
        return rows


def _open(row: Row, *, quoted: bool) -> Row:
    return {
        "k": row["k"], "n": row["n_valid"], "value": row["value"], **{name: row[name] for name in _FROM_COUNTS},
        "base": "valid answers", "quoted": quoted, "conf_status": "F", "method": row["method"],
    }  # fmt: skip


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _printed(statements: Statements) -> tuple[dict[tuple[str, str], str], dict[tuple[str, str], int]]:
    """What the study prints: whole percents by (item, option), and counts of respondents by (item, option)."""
    percents: dict[tuple[str, str], str] = {}
    counts: dict[tuple[str, str], int] = {}
    for statement in statements.statements:
        for test in statement.tests:
            if test.kind == "share" and test.operator == "==" and test.percent.isdigit():
                percents[_row_of(test.item, test.codes)] = test.percent
            if test.kind == "count" and statement.source == "printed":
                names = [f"{item}={'+'.join(map(str, codes))}" for item, codes in test.where.items()]
                if len(names) == 1:
                    ((item, codes),) = test.where.items()
                    counts[_row_of(item, codes)] = test.count
                elif len(names) == 2:
                    counts[names[0], names[1]] = test.count
    return percents, counts


def _row_of(item: str, codes: tuple[int, ...]) -> tuple[str, str]:
    """Item and codes as `_Survey.key` names them."""
    return item, "+".join(map(str, codes))
