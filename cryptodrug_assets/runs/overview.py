"""What there is: the state of each layer, market and month, read from the Dagster instance."""

from typing import Literal

import dagster as dg

from cryptodrug_assets.checks.outcomes import check_outcomes
from cryptodrug_assets.checks.run_failures import RunGraph, last_runs
from cryptodrug_assets.indicators.seen import covered_months
from cryptodrug_assets.layers import MONTHLY_LAYERS
from cryptodrug_assets.observation import observed_cells
from cryptodrug_assets.quality.outcomes import CheckState
from cryptodrug_assets.settings import Settings
from cryptodrug_assets.storage.store import TableStore

State = Literal["ok", "warn", "failed", "held", "running", "partial", "missing", "unobserved"]
MARKS: dict[State, str] = {
    "ok": "ok",
    "warn": "warn",
    "failed": "FAIL",
    "held": "held",
    "running": "run",
    "partial": "part",
    "missing": "-",
    "unobserved": "",
}
_RANK: dict[CheckState, int] = {"ok": 0, "warn": 1, "failed": 2}


def matrix(instance: dg.DagsterInstance) -> dict[tuple[str, str, str], State]:
    """State by (market, layer, month) of every observed cell."""
    from cryptodrug_assets.definitions import defs

    graph = defs.resolve_asset_graph()
    checks = check_states(instance, list(graph.asset_check_keys))
    last = last_runs(instance, RunGraph.of(defs))
    states: dict[tuple[str, str, str], State] = {}
    cells = observed_cells()
    for layer in MONTHLY_LAYERS:
        keys = [key for key in graph.materializable_asset_keys if graph.get(key).group_name == layer]
        made = {key: instance.get_materialized_partitions(key) for key in keys}
        for market, month in cells:
            partition = f"{market}|{month}"
            have = sum(partition in made[key] for key in keys)
            results = {checks.get((key, partition)) for key in keys} - {None}
            state: State = "missing"
            run = last.get((market, month, layer))
            if "failed" in results:
                state = "failed"
            elif run is not None and run.outcome != "made":
                state = run.outcome
            elif have == len(keys):
                state = "warn" if "warn" in results else "ok"
            elif have:
                state = "partial"
            states[market, layer, month] = state
    order = {market: i for i, market in enumerate(dict.fromkeys(market for market, _ in sorted(cells)))}
    return dict(
        sorted(states.items(), key=lambda item: (order[item[0][0]], MONTHLY_LAYERS.index(item[0][1]), item[0][2]))
    )


def check_states(
    instance: dg.DagsterInstance, keys: list[dg.AssetCheckKey]
) -> dict[tuple[dg.AssetKey, str], CheckState]:
    """The worst latest check result per asset and partition."""
    worst: dict[tuple[dg.AssetKey, str], CheckState] = {}
    for outcome in check_outcomes(instance, keys):
        if outcome.partition is None:
            continue
        at = outcome.key.asset_key, outcome.partition
        if _RANK[outcome.state] >= _RANK[worst.get(at, "ok")]:
            worst[at] = outcome.state
    return worst


def coverage_texts(settings: Settings) -> dict[tuple[str, str], str]:
    """The coverage of each cell whose indicators are there, "unknown" where it cannot be known."""
    store = TableStore(settings.tables)
    if not store.exists("indicators", "coverage"):
        return {}
    months = covered_months(store.read("indicators", "coverage", columns=["market", "month", "indicator", "value"]))
    return {
        (market, f"{month:%Y-%m}"): "unknown" if covered is None else percent(covered)
        for market, month, covered in months.iter_rows()
    }


def percent(value: float) -> str:
    """A part in percent, as exact as it is small.

    >>> percent(1.0), percent(0.104), percent(0.00021)
    ('100 %', '10 %', '0.021 %')
    """
    if value >= 0.01:
        return f"{100 * value:.0f} %" if value >= 0.995 or value < 0.985 else f"{100 * value:.1f} %"
    return f"{100 * value:.2g} %"
