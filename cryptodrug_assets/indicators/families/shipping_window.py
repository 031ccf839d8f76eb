"""Shipping over a market's window and over all markets (RT02–RT04), and its change from month to month (RT05).

RT02–RT04 as in a month, of all months together: a vendor ships abroad, or excludes a country, when it ever did.
RT05:x change of x (RT02, RT03:NL, RT04:eu …) from the month before, in points of the share, for its own month; the
interval is that of a difference (Zou & Donner 2008) and wide, since the same vendors stand behind both months.
"""

from collections.abc import Iterator

import polars as pl

from cryptodrug_assets.indicators.code import Code, parse_code
from cryptodrug_assets.indicators.disclosure.practice import practice
from cryptodrug_assets.indicators.disclosure.shared_rules import plain
from cryptodrug_assets.indicators.families.shipping import PRACTICE_CODES, only_if_excluded, practice_rows
from cryptodrug_assets.indicators.family import WINDOW, Family, Publish
from cryptodrug_assets.indicators.rows import IndicatorOptions, Row, indicator_frame, row
from cryptodrug_assets.indicators.statistics.intervals import mover
from cryptodrug_assets.indicators.tracing import rules
from cryptodrug_assets.indicators.windows import History, windows
from cryptodrug_assets.months import month_after

_CHANGING = ("RT02", "RT03", "RT04")


def shipping_window(history: History, *, options: IndicatorOptions) -> pl.DataFrame:
    """RT02–RT04 per market and over all, RT05 from history["shipping"] (indicators.shipping of all cells)."""
    rows: list[Row] = []
    for where, clean in windows(history):
        rows += [made | where for made in practice_rows(clean)]
    rows += _changes(history["shipping"])
    return indicator_frame("shipping_window", rows, options=options)


def _changes(monthly: pl.DataFrame) -> Iterator[Row]:
    changing = [code for code in monthly["indicator"].unique().sort() if parse_code(code).id in _CHANGING]
    known = monthly.filter(pl.col("indicator").is_in(changing) & pl.col("value").is_not_null())
    keys = ["market", "indicator", "country"]
    for (market, indicator, country), part in sorted(known.partition_by(*keys, as_dict=True).items()):
        months = {made["month"]: made for made in part.iter_rows(named=True)}
        for month, new in sorted(months.items()):
            old = next((o for m, o in months.items() if month_after(f"{m:%Y-%m}") == f"{month:%Y-%m}"), None)
            if old is None:
                continue
            interval = None
            if old["lower"] is not None and new["lower"] is not None:
                bounds = [(made["value"], made["lower"], made["upper"]) for made in (old, new)]
                interval = mover(bounds[0], bounds[1])
            coverage = [made["coverage"] for made in (old, new) if made["coverage"] is not None]
            yield row(
                f"RT05:{indicator}",
                str(country),
                "difference",
                new["value"] - old["value"],
                method="share less that of the month before; interval of a difference, 95 %",
                interval=interval,
                n=new["n"],
                n_vendors=min(old["n_vendors"], new["n_vendors"]),
                market=market,
                month=month,
                coverage=min(coverage, default=None),
            )


FAMILY = Family(
    table="shipping_window",
    grain="across",
    codes=(
        *PRACTICE_CODES,
        Code(
            "RT05", "difference", parameter="code", comes_and_goes=only_if_excluded, two_months=True, rows=rules.changed
        ),
    ),
    compute=shipping_window,
    rows=rules.shipped,
    reads=(*WINDOW, "indicators/shipping"),
    publish=Publish(keep=plain, hide=practice),
)
