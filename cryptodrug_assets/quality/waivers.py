"""Waivers: a person lets a blocking rule pass in one market-month, with a reason and a role, never a name.

They stand in waivers.jsonl in the home folder, one line each. Lines are only added, so what was waived and revoked
stays on record. Rules about shape, keys, empty tables and what may be published cannot be waived.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptodrug_assets import contracts
from cryptodrug_assets.contracts import Contract
from cryptodrug_assets.observation import UserError, check_month, require_observed
from cryptodrug_assets.quality.judge import Verdict
from cryptodrug_assets.quality.rules import Rule, RuleResult, rules
from cryptodrug_assets.storage.home import append_line

FILE = "waivers.jsonl"
_CELL = ["market", "month"]
_ROLE = re.compile(r"[a-z][a-z /-]{2,39}")
_LONGEST_REASON = 300


@dataclass(frozen=True)
class Waiver:
    """One entry: the cell, the rule ("layer.table.rule"), why, who by role, and when (UTC)."""

    market: str
    month: str
    rule: str
    reason: str
    role: str
    at: str

    @property
    def layer(self) -> str:
        """The layer whose table the rule judges."""
        return self.rule.split(".")[0]

    def __str__(self) -> str:
        return f"waived on {self.at[:10]} by {self.role}: {self.reason}"


_FIELDS = tuple(Waiver.__dataclass_fields__)


def waivers_file(home: Path) -> Path:
    """Where the waivers of a home folder stand."""
    return home.resolve() / FILE


def add(path: Path, market: str, month: str, rule: str, reason: str, role: str, *, now: datetime) -> Waiver:
    """Record a waiver; UserError when the cell, rule, reason or role cannot be, nothing is written then."""
    require_observed(market, month)
    waiver = Waiver(
        market, check_month(month), _waivable(rule), _reason(reason), _role(role), now.isoformat(timespec="seconds")
    )
    if any(_same(waiver, other) for other in in_force(path)):
        raise UserError(f"{waiver.rule} is waived already in {market} {month}; revoke it first to say another reason")
    _append(path, {"action": "waive", **asdict(waiver)})
    return waiver


def revoke(path: Path, market: str, month: str, rule: str, *, now: datetime) -> Waiver:
    """Record that a waiver ends; UserError when there is none."""
    for waiver in in_force(path):
        if (waiver.market, waiver.month) == (market, month) and rule in (waiver.rule, waiver.rule.split(".")[-1]):
            at = now.isoformat(timespec="seconds")
            _append(path, {"action": "revoke", "market": market, "month": month, "rule": waiver.rule, "at": at})
            return waiver
    raise UserError(f"no waiver of {rule} in {market} {month}; `cryptodrug waive --list` shows those there are")


def in_force(path: Path, market: str | None = None, month: str | None = None) -> list[Waiver]:
    """Waivers that are not revoked, oldest first; of one cell when it is named.

    >>> in_force(Path("no-such-folder") / FILE)
    []
    """
    active: dict[tuple[str, str, str], Waiver] = {}
    for entry in _entries(path):
        key = entry["market"], entry["month"], entry["rule"]
        active.pop(key, None)
        if entry["action"] == "waive":
            active[key] = Waiver(**{name: entry[name] for name in _FIELDS})
    return [w for w in active.values() if market in (None, w.market) and month in (None, w.month)]


def applied(verdicts: Mapping[str, Sequence[Verdict]], waivers: Sequence[Waiver]) -> dict[str, list[Verdict]]:
    """The verdicts of a cell with its waivers on the failures they name; a rule that could not run stays an error."""
    by_rule = {waiver.rule: waiver for waiver in waivers}

    def result(table: str, outcome: RuleResult) -> RuleResult:
        waiver = by_rule.get(f"{table}.{outcome.rule.id}")
        if waiver is None or outcome.passed or outcome.error or not may_be_waived(_contract(table), outcome.rule):
            return outcome
        return replace(outcome, waived=str(waiver))

    return {
        table: [replace(v, results=tuple(result(table, outcome) for outcome in v.results)) for v in items]
        for table, items in verdicts.items()
    }


def command(market: str, month: str, rule: str) -> str:
    """The command that would waive the rule.

    >>> command("dream", "2018-11", "parsed.pages.clock")
    'cryptodrug waive --market dream --month 2018-11 --rule parsed.pages.clock --reason TEXT --role ROLE'
    """
    return f"cryptodrug waive --market {market} --month {month} --rule {rule} --reason TEXT --role ROLE"


def may_be_waived(contract: Contract, rule: Rule) -> bool:
    """Whether a failure of the rule may be let pass by a person."""
    # A table without rows is not a month without offers: nothing seen must not become zero.
    explicit = {item.id for item in contract.quality if not item.metric}
    of_a_cell = contract.partition_by == _CELL and not contract.table.endswith("_public")
    return of_a_cell and rule.blocking and rule.id in explicit


def _waivable(name: str) -> str:
    """The rule's full name from itself or its last part, or UserError saying what can be waived."""
    rules_by_name = {
        f"{contract.name}.{rule.id}": may_be_waived(contract, rule)
        for contract in contracts.all_contracts()
        for rule in rules(contract)
    }
    names = [full for full in rules_by_name if name in (full, full.split(".")[-1])]
    chosen = [full for full in names if rules_by_name[full]]
    if len(chosen) == 1:
        return chosen[0]
    if chosen:
        raise UserError(f"there are several rules '{name}'; name one of {', '.join(chosen)}")
    if names:
        raise UserError(
            f"{names[0]} cannot be waived: it does not block, or it guards the table's shape, its keys, that there are"
            " rows, or what may be published"
        )
    raise UserError(f"there is no rule '{name}'; a failed check names its rules, write them as layer.table.rule")


def _reason(text: str) -> str:
    shown = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if len(shown) < 10:
        raise UserError("a waiver needs a reason that others understand later (--reason, at least ten characters)")
    if len(shown) > _LONGEST_REASON:
        raise UserError(f"the reason is {len(shown)} characters long; put it in {_LONGEST_REASON}")
    return shown


def _role(text: str) -> str:
    role = " ".join(text.casefold().replace("_", " ").split())
    if not _ROLE.fullmatch(role):
        raise UserError("the role is a function such as 'data engineer' (letters, 3 to 40), never a name or address")
    return role


def _same(one: Waiver, other: Waiver) -> bool:
    return (one.market, one.month, one.rule) == (other.market, other.month, other.rule)


def _contract(table: str) -> Contract:
    return contracts.load(*table.split("."))


def _append(path: Path, entry: Mapping[str, Any]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        append_line(path, entry)
    except OSError as err:
        raise UserError(f"the waiver cannot be written to {path}: {err.strerror}; nothing was waived") from err


def _entries(path: Path) -> list[dict[str, Any]]:
    """The lines of the file; UserError for one that cannot be read: a waiver must not be lost in silence."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as err:
        raise UserError(f"{path} cannot be read: {err}; restore it or move it away") from err
    entries = []
    for number, line in enumerate(lines, 1):
        try:
            entry = json.loads(line)
            known = entry["action"] in ("waive", "revoke") and all(
                isinstance(entry[name], str)
                for name in (("market", "month", "rule", "at") if entry["action"] == "revoke" else _FIELDS)
            )
        except (ValueError, KeyError, TypeError):
            known = False
        if not known:
            raise UserError(f"{path}, line {number}, is not a waiver; restore the file or take that line out")
        entries.append(entry)
    return entries


def utc_now() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)
