"""Which keys the tables were made with, and whether these are the keys at hand.

Pseudonyms of an entity are the same in all months only while the key is the same. If a lost key were replaced silently,
every vendor would become another one. So each commit of a clean table carries fingerprints of the keys, and other keys
are refused until the operator gives the old ones up (`cryptodrug keys renew`) and makes all months again.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from cryptodrug_assets.cleaning.pseudonyms import KINDS, Pseudonyms, fact_name, key_path
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.storage.store import TableStore

# Committed together month by month, and what follows vendors across months.
_TABLES = ("vendors", "listings", "transactions", "decisions", "vendor_links", "listing_history")
_MONTHLY = ("vendors", "listings", "transactions")
RENEWAL = "renewal.json"
# By kind and fingerprint: the partitions that were made with it.
PartitionsByKey = Mapping[str, Mapping[str, list[str]]]


def pseudonyms_of(keys: Path, store: TableStore) -> Pseudonyms:
    """The pseudonyms of a home; new keys are made only where no table was made with others. UserError otherwise."""
    partitions, unmarked = partitions_by_key(store)
    for kind in KINDS:
        # Tables of earlier versions say nothing of their keys, but had some.
        if not key_path(keys, kind).exists() and (partitions.get(kind) or (unmarked and not partitions)):
            raise UserError(
                f"keys/{key_path(keys, kind).name} is gone, and {_months(partitions.get(kind), unmarked)} made with it;"
                f" restore it from its backup (mode 600), or, if there is none, {_GIVE_UP}"
            )
    pseudonyms = Pseudonyms.load(keys)
    former = _former_marks(keys)
    for kind, mark in pseudonyms.fingerprints().items():
        others = {other: cells for other, cells in partitions.get(kind, {}).items() if other not in (mark, *former)}
        if others:
            raise UserError(
                f"keys/{key_path(keys, kind).name} is not the key with which {_months(others, [])} made; restore that"
                f" one from its backup (mode 600), or, if there is none, {_GIVE_UP}"
            )
    return pseudonyms


def require_one_key(store: TableStore) -> None:
    """UserError while some months were made with other keys than the rest: nothing can be followed across them."""
    partitions, _ = partitions_by_key(store, _MONTHLY)
    for kind, marks in partitions.items():
        if len(marks) > 1:
            fewest = min(marks.values(), key=len)
            raise UserError(
                f"some months were cleaned with another {kind} key than the rest, such as"
                f" {fewest[0].replace('|', ' ')}: vendors cannot be followed; run"
                " `cryptodrug backfill --select clean` to make all months anew"
            )


def partitions_by_key(store: TableStore, tables: tuple[str, ...] = _TABLES) -> tuple[PartitionsByKey, list[str]]:
    """Partitions by kind and fingerprint of the key they were made with; and those that say nothing of keys."""
    partitions: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    unmarked: list[str] = []
    for table in tables:
        for partition, facts in store.facts("clean", table).items():
            marks_here = {kind: facts[fact_name(kind)] for kind in KINDS if fact_name(kind) in facts}
            if not marks_here and partition not in unmarked:
                unmarked.append(partition)
            for kind, mark in marks_here.items():
                if partition not in partitions[kind][mark]:
                    partitions[kind][mark].append(partition)
    return {kind: dict(marks) for kind, marks in partitions.items()}, unmarked


def renew_keys(keys: Path, store: TableStore, stamp: str) -> tuple[list[str], list[str]]:
    """Move the keys there are aside, make new ones and accept that tables were made with others.

    Returns the names of the files moved, and the market-months that have to be made anew.
    """
    by_key, unmarked = partitions_by_key(store)
    former = sorted({mark for marks in by_key.values() for mark in marks} | set(_former_marks(keys)))
    keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    (keys / RENEWAL).write_text(json.dumps({"former": former, "at": stamp}) + "\n", "utf-8")
    (keys / RENEWAL).chmod(0o600)
    moved = []
    for path in (key_path(keys, kind) for kind in KINDS):
        if path.exists():
            aside = keys / f"former-{stamp}"
            aside.mkdir(mode=0o700, exist_ok=True)
            path.rename(aside / path.name)
            moved.append(path.name)
    Pseudonyms.load(keys)
    partitions = {cell for marks in by_key.values() for cells in marks.values() for cell in cells} | set(unmarked)
    return moved, sorted(partitions - {"*"})


def _former_marks(keys: Path) -> list[str]:
    path = keys / RENEWAL
    if not path.exists():
        return []
    try:
        return [str(mark) for mark in json.loads(path.read_text("utf-8"))["former"]]
    except (ValueError, KeyError, TypeError) as err:
        raise UserError(f"keys/{RENEWAL} cannot be read; restore it, or run `cryptodrug keys renew` again") from err


_GIVE_UP = "`cryptodrug keys renew` gives it up (pseudonyms change, all months are made anew)"


def _months(marks: Mapping[str, list[str]] | None, unmarked: list[str]) -> str:
    cells = sorted({cell for partitions in (marks or {}).values() for cell in partitions} | set(unmarked)) or ["*"]
    shown = [cell.replace("|", " ") for cell in cells if cell != "*"] or ["tables across months"]
    return f"{shown[0]} was" if len(shown) == 1 else f"{len(shown)} market-months ({shown[0]} …) were"
