"""The first leg: frames judged by their contracts, with the waivers that people gave. Nothing is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.checks.context import cell_context
from cryptodrug_assets.layers import MONTHLY_LAYERS
from cryptodrug_assets.quality import waivers
from cryptodrug_assets.quality.judge import Verdict, judge
from cryptodrug_assets.quality.waivers import Waiver
from cryptodrug_assets.settings import Settings
from cryptodrug_assets.storage.store import TableStore


@dataclass(frozen=True)
class Audit:
    """What was found: `verdicts` by table of the layer, and the waivers in force for the market-month."""

    layer: str
    market: str | None
    month: str | None
    verdicts: Mapping[str, Sequence[Verdict]]
    waived: Sequence[Waiver] = ()

    @property
    def blocking(self) -> list[Verdict]:
        """The verdicts that keep the layer from being published."""
        return [verdict for verdicts in self.verdicts.values() for verdict in verdicts if verdict.blocks]

    @property
    def waivers_behind(self) -> list[Waiver]:
        """The waivers that stand behind what the layer publishes: its own and those of the layers it is made of."""
        behind = (
            MONTHLY_LAYERS[: MONTHLY_LAYERS.index(self.layer) + 1] if self.layer in MONTHLY_LAYERS else MONTHLY_LAYERS
        )
        return [waiver for waiver in self.waived if waiver.layer in behind]


def audit(
    layer: str,
    frames: Mapping[str, pl.DataFrame],
    market: str | None,
    month: str | None,
    *,
    judged: Sequence[str],
    store: TableStore,
    settings: Settings,
    extra: Mapping[str, pl.DataFrame] | None = None,
) -> Audit:
    """Judge the tables `judged` of a layer's frames in a market-month (None: across months).

    `extra` are frames of other tables ("layer.table") that the rules may ask; what is not brought comes from the store.
    """
    others = {f"{layer}.{table}": frame for table, frame in frames.items()} | dict(extra or {})
    # What the caller brings comes first: it belongs to the frames that are judged.
    others = (
        cell_context(store, [contracts.load(layer, table) for table in judged], market, month, others.keys()) | others
    )
    waived = waivers.in_force(waivers.waivers_file(settings.home), market, month)
    verdicts = waivers.applied(
        judge({f"{layer}.{table}": frames[table] for table in judged}, others, settings.engine),
        waived if market and month else [],
    )
    return Audit(layer, market, month, {table: verdicts[f"{layer}.{table}"] for table in judged}, waived)
