"""Damaged tables of a home: found by looking at logs and files, and at what the runs say was once made."""

from dataclasses import dataclass

import dagster as dg

from cryptodrug_assets import contracts
from cryptodrug_assets.runs.instance import open_instance
from cryptodrug_assets.settings import Settings
from cryptodrug_assets.storage.store import TableStore


@dataclass(frozen=True)
class Damage:
    """A table that is not as it was written: why, its asset group, and the market-months to make anew."""

    layer: str
    table: str
    group: str
    why: str
    cells: tuple[tuple[str, str], ...]
    lost_only: bool

    @property
    def line(self) -> str:
        """What is wrong, in a line."""
        return f"damaged: {self.layer}/{self.table}: {self.why}"


def find_damage(settings: Settings) -> list[Damage]:
    """The damaged tables, in the order data flows."""
    with open_instance(settings) as instance:
        return damaged_tables(instance, TableStore(settings.tables))


def damaged_tables(instance: dg.DagsterInstance, store: TableStore) -> list[Damage]:
    """Tables whose log or files are damaged, and those that lack market-months which runs have written."""
    from cryptodrug_assets.definitions import defs

    graph = defs.resolve_asset_graph()
    damaged = []
    for contract in contracts.all_contracts():
        key = dg.AssetKey([contract.layer, contract.table])
        if not graph.has(key):
            continue
        partitioned = graph.get(key).partitions_def is not None
        written = sorted(instance.get_materialized_partitions(key)) if partitioned else []
        cells = tuple((market, month) for market, _, month in (part.partition("|") for part in written))
        why = store.damage(contract.layer, contract.table)
        lost: tuple[tuple[str, str], ...] = ()
        if why is None:
            if contract.of_wave:
                at = (
                    (cell, store.exists(contract.layer, contract.table, partition={"wave": cell[0]})) for cell in cells
                )
                lost = tuple(cell for cell, there in at if not there)
            else:
                committed = store.committed(contract.layer, contract.table, cells)
                lost = tuple(cell for cell in cells if cell not in committed)
            if not lost:
                continue
            what = "waves" if contract.of_wave else "market-months"
            why = f"{len(lost)} {what} that runs have written are not in it, such as {' '.join(lost[0])}"
        group = graph.get(key).group_name
        damaged.append(Damage(contract.layer, contract.table, group, why, lost or cells, lost_only=bool(lost)))
    return damaged
