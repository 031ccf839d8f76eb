"""`exchange.observations`: every row of the public indicator tables, in one shape and with the codes of SDMX.

The rows of other public tables are comparisons, wordings or answers of persons, without market and month; they are
published as they are (decision 0039).
"""

import calendar
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.indicators.registry import families
from cryptodrug_assets.publishing.exchange import codes
from cryptodrug_assets.publishing.words.methods import method_of
from cryptodrug_assets.storage.store import TableStore

LAYER, TABLE = "exchange", "observations"
_KEY = ("freq", "ref_area", "market", "indicator", "param", "drug_class", "time_period")
_WINDOW = re.compile(r".*, (\d{4}-\d{2}) to (\d{4}-\d{2})\b.*")
# Changes from month to month stand in the table of windows.
_OF_MONTHS = ("RT05",)
#: The columns of a public table that each column here is made of: for the lineage.
SOURCES: Mapping[str, tuple[str, ...]] = {
    "dataset": (), "freq": (), "ref_area": ("country",), "market": ("market",), "indicator": ("indicator",),
    "param": ("indicator",), "drug_class": ("drug_class",), "time_period": ("month",),
    "ref_period": ("indicator", "market", "method", "month"), "unit_measure": ("unit",), "obs_value": ("value",),
    "lower_bound": ("lower",), "upper_bound": ("upper",), "obs_status": ("method", "obs_status"),
    "conf_status": ("obs_status",), "coverage": ("coverage",), "obs_count": ("n",), "vendor_count": ("n_vendors",),
    "method": ("method",),
}  # fmt: skip


def datasets() -> list[str]:
    """The tables whose public rows become observations, by their names without `_public`."""
    return [name for name, family in families().items() if family.publish is not None]


def observations(public: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """exchange.observations of the public tables, by their names without `_public`; those not there are left out.

    Raises UserError for an indicator, status or method without a code, and where two rows would get the same codes.
    """
    started = _first_months(public)
    parts = [_rows(name, public[name], started) for name in datasets() if name in public]
    contract = contracts.load(LAYER, TABLE)
    frame = contracts.conform(pl.concat([contracts.empty(contract), *parts]), contract)
    twice = frame.filter(pl.struct(_KEY).is_duplicated())
    if twice.height:
        where = ", ".join(str(twice[name][0]) for name in ("indicator", "param", "market", "time_period"))
        raise UserError(
            f"{twice.height} public rows have the key of another, such as {where}; give one of the indicators another"
            " code in its family"
        )
    return frame


def made_at(store: TableStore) -> datetime:
    """When exchange.observations was committed (UTC): files tell of that moment, however often they are made."""
    committed = int(store.facts(LAYER, TABLE)["*"]["timestamp"])
    return datetime.fromtimestamp(committed // 1000, UTC)


def _rows(name: str, frame: pl.DataFrame, started: Mapping[str, date]) -> pl.DataFrame:
    """The rows of one table, key by key: there are few texts, and each is looked up once."""
    codings: dict[str, dict[str, Any]] = {
        text: dict(zip(("indicator", "param"), codes.indicator(name, text), strict=True))
        for text in frame["indicator"].unique()
    }
    methods = {text: method_of(text) for text in frame["method"].unique()}
    statuses = {
        (status, text): codes.obs_status(status, cannot_exist=methods[text].cannot_exist)
        for status, text in frame.select("obs_status", "method").unique().iter_rows()
    }
    filled = [
        {
            "dataset": name,
            "freq": "M",
            "ref_area": codes.ref_area(row["country"]),
            "market": codes.market(row["market"]),
            **codings[row["indicator"]],
            "drug_class": codes.drug_class(row["drug_class"]),
            "time_period": f"{row['month']:%Y-%m}",
            "ref_period": _period(name, row, started),
            "unit_measure": codes.unit_measure(row["unit"]),
            "obs_value": row["value"],
            "lower_bound": row["lower"],
            "upper_bound": row["upper"],
            "obs_status": statuses[row["obs_status"], row["method"]][0],
            "conf_status": statuses[row["obs_status"], row["method"]][1],
            "coverage": row["coverage"],
            # Of a suppressed value the world's numbers are gone, too.
            "obs_count": row["n"],
            "vendor_count": row["n_vendors"],
            "method": methods[row["method"]].code,
        }
        for row in frame.iter_rows(named=True)
    ]
    return pl.DataFrame(filled, schema=contracts.load(LAYER, TABLE).polars_schema)


def _period(name: str, row: Mapping[str, Any], started: Mapping[str, date]) -> str | None:
    """The window of a value that is over one: what its method says, else the market's observed months."""
    if found := _WINDOW.match(row["method"]):
        first, last = found.groups()
        return f"{first}-01/{_last_day(date.fromisoformat(f'{last}-01'))}"
    if not name.endswith("_window") or row["indicator"].startswith(_OF_MONTHS) or row["market"] not in started:
        return None
    return f"{started[row['market']]}/{_last_day(row['month'])}"


def _first_months(public: Mapping[str, pl.DataFrame]) -> dict[str, date]:
    """The first month of each market that something was observed of, and of all of them."""
    if "coverage" not in public or public["coverage"].is_empty():
        return {}
    first = dict(public["coverage"].group_by("market").agg(pl.col("month").min()).iter_rows())
    return first | {"all": min(first.values())}


def _last_day(month: date) -> date:
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])
