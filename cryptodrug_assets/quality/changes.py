"""What changed between two versions of a contract, whom it breaks, and whether the version says so.

A consumer reads the table: it breaks when a column goes, changes type, may now be null or hold new values. A producer
fills it: it breaks when more is demanded of it. Consumers are other people's programs, so what breaks them needs a
major version step; the producers are the assets of this project, released together with the contract: a minor one.
"""

from dataclasses import dataclass, replace
from typing import Literal

from cryptodrug_assets.contracts import Column, Contract, QualityRule

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
    """The differences from old to new, columns first, then keys, rules and texts.

    >>> from dataclasses import replace
    >>> from cryptodrug_assets.contracts import load
    >>> old = load("clean", "vendors")
    >>> [change.what for change in changes(old, replace(old, columns=old.columns[:-1]))]
    ['column capture_id removed']
    """
    differences: list[Change] = []

    def add(what: str, *, consumer: bool = False, producer: bool = False) -> None:
        differences.append(Change(new.name, what, consumer, producer))

    before = {column.name: column for column in old.columns}
    after = {column.name: column for column in new.columns}
    for name in before.keys() - after.keys():
        add(f"column {name} removed", consumer=True, producer=True)
    for name in sorted(after.keys() - before.keys()):
        # conform() demands every column of the contract, so a new one is work for whoever makes the frame.
        add(f"column {name} added", producer=True)
    for name, column in before.items():
        if name in after:
            differences += _column_changes(new.name, column, after[name])
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
        if _same_demand(before_rule, after_rule):
            if before_rule != after_rule:
                add(f"text of rule {name} changed")
        else:
            add(f"rule {name} changed", producer=rules_after[name].severity == "error")
    texts = ("description", "usage", "limitations", "owner")
    if any(getattr(old, name) != getattr(new, name) for name in texts):
        add("text of the table changed")
    return differences


def version_step(old: str, new: str) -> Bump | Literal["back"]:
    """Which part of MAJOR.MINOR.PATCH went up.

    >>> version_step("1.2.0", "1.3.0"), version_step("1.2.0", "2.0.0"), version_step("1.2.0", "1.1.9")
    ('minor', 'major', 'back')
    """
    before, after = [int(part) for part in old.split(".")], [int(part) for part in new.split(".")]
    if after < before:
        return "back"
    for position, step in enumerate(("major", "minor", "patch")):
        if after[position] != before[position]:
            return step  # type: ignore[return-value]
    return "none"


def version_problems(old: Contract, new: Contract, differences: list[Change]) -> list[str]:
    """Why the version does not announce the changes; empty when it does."""
    if not differences:
        return []
    step = version_step(old.version, new.version)
    if step == "back":
        return [f"{new.name}: version went back from {old.version} to {new.version}"]
    needed = max((change.needs for change in differences), key=_BUMPS.index)
    # Wording alone is a patch.
    if all(change.what.startswith(("text", "description")) for change in differences):
        needed = "patch"
    if _BUMPS.index(step) < _BUMPS.index(needed):
        return [
            f"{new.name}: {len(differences)} changes need a {needed} version step,"
            f" but it went {old.version} → {new.version}"
        ]
    return []


def _same_demand(old: QualityRule, new: QualityRule) -> bool:
    """Whether the rules differ in their words alone."""
    return replace(old, description=new.description, remedy=new.remedy, found=new.found) == new


def _column_changes(table: str, old: Column, new: Column) -> list[Change]:
    differences: list[Change] = []
    name = f"column {new.name}"
    if old.physical_type != new.physical_type:
        differences.append(Change(table, f"{name}: type {old.physical_type} → {new.physical_type}", True, True))
    if old.required and not new.required:
        differences.append(Change(table, f"{name}: may now be null", consumer=True))
    if new.required and not old.required:
        differences.append(Change(table, f"{name}: is now required", producer=True))
    if removed := [value for value in old.enum if value not in new.enum and new.enum]:
        differences.append(Change(table, f"{name}: values removed: {', '.join(removed)}", producer=True))
    if added := [value for value in new.enum if value not in old.enum and old.enum]:
        differences.append(Change(table, f"{name}: values added: {', '.join(added)}", consumer=True))
    if bool(old.enum) != bool(new.enum):
        differences.append(
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
            differences.append(
                Change(table, f"{name}: {bound} {before} → {after}", looser and before is not None, tighter)
            )
    if old.classification != new.classification:
        text = f"{name}: classification {old.classification} → {new.classification}"
        differences.append(Change(table, text, consumer=new.classification != "public"))
    if old.partitioned != new.partitioned:
        differences.append(Change(table, f"{name}: partitioning changed", True, True))
    if old.references != new.references:
        differences.append(Change(table, f"{name}: reference changed", producer=new.references is not None))
    if old.description != new.description:
        differences.append(Change(table, f"description of {name} changed"))
    return differences


def _tighter(bound: str, before: float | str, after: float | str) -> bool:
    if isinstance(before, str) or isinstance(after, str):
        return True
    return after > before if "minimum" in bound else after < before
