"""Names, keys, titles and texts of the world as canaries: where do they show outside raw, parsed and the archive?"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from cryptodrug_assets import contracts
from cryptodrug_assets.storage.store import TableStore


def canaries(store: TableStore, cells: Sequence[tuple[str, str]]) -> set[bytes]:
    """What vendors are called, their keys, titles and lines of their profiles; short ones may stand anywhere."""
    found: set[str] = set()
    for cell in cells:
        vendors = store.read("parsed", "vendors", *cell)
        found |= set(vendors["vendor_name"].drop_nulls()) | set(vendors["pgp_fingerprint"].drop_nulls())
        found |= set(store.read("parsed", "listings", *cell)["title"].drop_nulls())
        lines = (line for text in vendors["profile_text"].drop_nulls() for line in text.splitlines())
        found |= {line for line in lines if len(line) > 20}
    return {text.encode() for text in found if len(text) > 5}


def looked_at(home: Path, store: TableStore) -> Iterator[tuple[str, bytes]]:
    """Every clean and computed table, and every file of the instance, the warehouse and the reports: name, bytes."""
    for contract in contracts.all_contracts():
        if contract.layer in ("clean", "indicators") and store.exists(contract.layer, contract.table):
            yield contract.name, store.read(contract.layer, contract.table).write_json().encode()
    for path in [*home.glob("dagster/**/*"), home / "warehouse.duckdb", *home.glob("reports/**/*")]:
        if path.is_file():
            yield str(path), path.read_bytes()
