"""What changed between two releases: public values by key, and why, in words that tell nothing internal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO

import polars as pl

from cryptodrug_assets.publishing.exchange.structure import DIMENSIONS
from cryptodrug_assets.publishing.releases import Difference, differences
from cryptodrug_assets.publishing.words import LANGUAGES, Words

OBSERVATIONS = "sdmx/observations.csv"
_KEY = [name.upper() for name in DIMENSIONS]
_COMPARED = ("OBS_VALUE", "LOWER_BOUND", "UPPER_BOUND", "OBS_STATUS")
_NUMBERS = (*_COMPARED[:3], "OBS_COUNT", "VENDOR_COUNT")
_Row = tuple[str | None, ...]
_NO_ROW: tuple[_Row | None, bool] = (None, False)
_SHOWN = 20
# Parts of a manifest that are a reason by themselves; of the others only that they changed may be said.
_REASONS = {"code": "code", "contracts": "contracts", "references": "reference tables", "options": "options"}


@dataclass(frozen=True)
class Change:
    """A key that differs: what became of it, its key, both values as they are written (None: no row), and whether
    the earlier release showed a number there: a value, a bound, or how many stand behind it."""

    kind: str
    key: tuple[str, ...]
    before: str | None
    after: str | None
    shown: bool


@dataclass(frozen=True)
class Comparison:
    """All changes of public values between two releases, and the reasons that their manifests give."""

    earlier: str
    later: str
    changes: Sequence[Change]
    reasons: Sequence[str]

    @property
    def told(self) -> list[Change]:
        """Values that are suppressed in the later release and shown in the earlier."""
        return [change for change in self.changes if change.kind == "suppressed" and change.shown]


def compare(earlier: tuple[str, bytes], later: tuple[str, bytes], reasons: Sequence[str] = ()) -> Comparison:
    """The changes between the observations (SDMX-CSV) of two releases, each as (name, bytes)."""
    before, after = (_rows(data) for _, data in (earlier, later))
    changes = []
    for key in sorted(before.keys() | after.keys()):
        (old, shown), (new, _) = (rows.get(key, _NO_ROW) for rows in (before, after))
        if old != new:
            changes.append(Change(_kind(old, new), key, _written(old), _written(new), shown))
    return Comparison(earlier[0], later[0], changes, reasons)


def _rows(data: bytes) -> dict[tuple[str, ...], tuple[_Row | None, bool]]:
    """By key what is compared, and whether any number is shown."""
    frame = pl.read_csv(BytesIO(data), infer_schema=False)
    shown = pl.any_horizontal(pl.col(name).is_not_null() & (pl.col(name) != "NaN") for name in _NUMBERS)
    size = len(_KEY)
    return {
        row[:size]: (row[size:-1], row[-1]) for row in frame.select(*_KEY, *_COMPARED, shown.alias("shown")).iter_rows()
    }


def _kind(old: _Row | None, new: _Row | None) -> str:
    if old is None:
        return "added"
    if new is None:
        return "removed"
    if new[-1] == "Q":
        return "suppressed"
    return "shown" if old[-1] == "Q" else "changed"


def _written(row: _Row | None) -> str | None:
    """The value, else the letter of its status."""
    if row is None:
        return None
    return row[-1] if row[0] in (None, "NaN") else row[0]


def reasons(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    """Why public values may differ, of two manifests: which parts of code, contracts, references and options changed,
    and whether pages were added. Digests and numbers of internal tables are not repeated."""
    found: dict[str, list[str]] = {}
    for item in differences(dict(before), dict(after)):
        found.setdefault(item.part, []).append(_part_of(item))
    lines = [f"{word}: {', '.join(dict.fromkeys(found[part]))}" for part, word in _REASONS.items() if part in found]
    if "archive" in found:
        lines.append(f"data: captured pages of {', '.join(dict.fromkeys(found['archive']))}")
    if not lines and "tables" in found:
        lines.append("data: tables were computed anew")
    return lines


def _part_of(item: Difference) -> str:
    name = item.what.partition(":")[0].removesuffix(".sha256").removesuffix(".version")
    if item.part == "archive":
        return name.partition(".")[0].replace("|", " ")
    return name.removeprefix("content.")


def changes_page(comparison: Comparison | None, reason: str | None) -> str:
    """CHANGES.md in three languages: how many values changed and how, why, and the first of them."""
    parts = []
    for language in LANGUAGES:
        words = Words(language)
        lines = [f"# {words.say('Changes')}", ""]
        if reason:
            lines += [words.say("Reason: {reason}", reason=reason), ""]
        if comparison is None:
            lines += [words.say("This is the first release."), ""]
        else:
            lines += [words.say("Compared with release {name}.", name=comparison.earlier), ""]
            lines += _counts(comparison, words)
        parts.append("\n".join(lines))
    text = "\n".join(parts)
    if comparison is not None:
        text += _listed(comparison)
    return text


def _counts(comparison: Comparison, words: Words) -> list[str]:
    names = {
        "added": words.say("new"), "removed": words.say("no longer there"), "changed": words.say("changed"),
        "suppressed": words.say("now suppressed"), "shown": words.say("now shown"),
    }  # fmt: skip
    counts = {kind: sum(change.kind == kind for change in comparison.changes) for kind in names}
    lines = [f"- {name}: {words.number(counts[kind])}" for kind, name in names.items()]
    if comparison.reasons:
        lines += ["", words.say("What lies behind:"), "", *(f"- {reason}" for reason in comparison.reasons)]
    return [*lines, ""]


def _listed(comparison: Comparison) -> str:
    """The first changes of every kind; none of a value that is suppressed, whose earlier value is not repeated."""
    rows = [change for change in comparison.changes if change.kind == "changed"][:_SHOWN]
    if not rows:
        return ""
    heading = [*_KEY, comparison.earlier, comparison.later]
    lines = ["| " + " | ".join(heading) + " |", "|" + "-|" * len(heading)]
    lines += ["| " + " | ".join([*change.key, change.before or "", change.after or ""]) + " |" for change in rows]
    return "\n" + "\n".join(lines) + "\n"
