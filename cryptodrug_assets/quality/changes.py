"""What changed between two versions of a contract, whom it breaks, and whether the version says so.

A consumer reads the table: it breaks when a column goes, changes type, may now be null or hold new values. A producer
fills it: it breaks when more is demanded of it. Consumers are other people's programs, so what breaks them needs a
major version step; the producers are the assets of this project, released together with the contract: a minor one.
"""

from dataclasses import dataclass, replace
from typing import Literal

from cryptodrug_assets.contracts import Column, Contract

Bump = Literal["none", "patch", "minor", "major"]
_BUMPS: tuple[Bump, ...] = ("none", "patch", "minor", "major")


@dataclass(frozen=True)
class Change:
    """One difference; `consumer` and `producer` say whose work it breaks."""

    table: str
    what: str
    consumer: bool = False
    producer: bool = False

    @property
    def needs(self) -> Bump:
        """The smallest version step that announces the change."""
        return "major" if self.consumer else "minor"


def changes(old: Contract, new: Contract) -> list[Change]:
    """The differences from old to new, columns first, then keys, rules and texts."""
    found: list[Change] = []

    def add(what: str, *, consumer: bool = False, producer: bool = False) -> None:
        found.append(Change(new.name, what, consumer, producer))

    before = {column.name: column for column in old.columns}
    after = {column.name: column for column in new.columns}
    for name in before.keys() - after.keys():
        add(f"column {name} removed", consumer=True, producer=True)
    for name in sorted(after.keys() - before.keys()):
        # conform() demands every column of the contract, so a new one is work for whoever makes the frame.
        add(f"column {name} added", producer=True)
    for name, column in before.items():
        if name in after:
            found += _column_changes(new.name, column, after[name])
    if [name for name in before if name in after] != [name for name in after if name in before]:
        add("order of columns changed", consumer=True)
    if old.primary_key != new.primary_key:
        add(
            f"primary key changed from {', '.join(old.primary_key)} to {', '.join(new.primary_key)}",
            consumer=True,
            producer=True,
        )
    rules_before = {rule.id: rule for rule in old.quality}
    rules_after = {rule.id: rule for rule in new.quality}
    for name in sorted(rules_before.keys() - rules_after.keys()):
        add(f"rule {name} removed", consumer=rules_before[name].severity == "error")
    for name in sorted(rules_after.keys() - rules_before.keys()):
        add(f"rule {name} added", producer=rules_after[name].severity == "error")
    for name in sorted(rules_before.keys() & rules_after.keys()):
        before_rule, after_rule = rules_before[name], rules_after[name]
        if replace(before_rule, description=after_rule.description, remedy=after_rule.remedy) == after_rule:
            if before_rule != after_rule:
                add(f"text of rule {name} changed")
        else:
            add(f"rule {name} changed", producer=rules_after[name].severity == "error")
    texts = ("description", "usage", "limitations", "owner")
    if any(getattr(old, name) != getattr(new, name) for name in texts):
        add("text of the table changed")
    return found


def version_step(old: str, new: str) -> Bump | Literal["back"]:
    """Which part of MAJOR.MINOR.PATCH went up."""
    before, after = [int(part) for part in old.split(".")], [int(part) for part in new.split(".")]
    if after < before:
        return "back"
    for position, step in enumerate(("major", "minor", "patch")):
        if after[position] != before[position]:
            return step  # type: ignore[return-value]
    return "none"


def version_problems(old: Contract, new: Contract, found: list[Change]) -> list[str]:
    """Why the version does not announce the changes; empty when it does."""
    if not found:
        return []
    step = version_step(old.version, new.version)
    if step == "back":
        return [f"{new.name}: version went back from {old.version} to {new.version}"]
    needed = max((change.needs for change in found), key=_BUMPS.index)
    # Wording alone is a patch.
    if all(change.what.startswith(("text", "description")) for change in found):
        needed = "patch"
    if _BUMPS.index(step) < _BUMPS.index(needed):
        return [
            f"{new.name}: {len(found)} changes need a {needed} version step, but it went {old.version} → {new.version}"
        ]
    return []


def _column_changes(table: str, old: Column, new: Column) -> list[Change]:
    found: list[Change] = []
    name = f"column {new.name}"
    if old.physical_type != new.physical_type:
        found.append(Change(table, f"{name}: type {old.physical_type} → {new.physical_type}", True, True))
    if old.required and not new.required:
        found.append(Change(table, f"{name}: may now be null", consumer=True))
    if new.required and not old.required:
        found.append(Change(table, f"{name}: is now required", producer=True))
    if removed := [value for value in old.enum if value not in new.enum and new.enum]:
        found.append(Change(table, f"{name}: values removed: {', '.join(removed)}", producer=True))
    if added := [value for value in new.enum if value not in old.enum and old.enum]:
        found.append(Change(table, f"{name}: values added: {', '.join(added)}", consumer=True))
    if bool(old.enum) != bool(new.enum):
        found.append(
            Change(
                table, f"{name}: list of values {'removed' if old.enum else 'added'}", bool(old.enum), bool(new.enum)
            )
        )
    bounds = ("minimum", "maximum", "exclusive_minimum", "exclusive_maximum", "pattern")
    for bound in bounds:
        before, after = getattr(old, bound), getattr(new, bound)
        if before != after:
            tighter = before is None or (after is not None and _tighter(bound, before, after))
            looser = after is None or (before is not None and not tighter) or bound == "pattern"
            found.append(Change(table, f"{name}: {bound} {before} → {after}", looser and before is not None, tighter))
    if old.classification != new.classification:
        text = f"{name}: classification {old.classification} → {new.classification}"
        found.append(Change(table, text, consumer=new.classification != "public"))
    if old.partitioned != new.partitioned:
        found.append(Change(table, f"{name}: partitioning changed", True, True))
    if old.references != new.references:
        found.append(Change(table, f"{name}: reference changed", producer=new.references is not None))
    if old.description != new.description:
        found.append(Change(table, f"description of {name} changed"))
    return found


def _tighter(bound: str, before: float | str, after: float | str) -> bool:
    if isinstance(before, str) or isinstance(after, str):
        return True
    return after > before if "minimum" in bound else after < before
