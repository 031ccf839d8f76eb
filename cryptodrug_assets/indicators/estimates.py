"""Levels and shares of a month as one frame: value, world, unknown and the interval of the share, per cell.

What the families `activity` and `shares` both rest on, and when nothing counted is no zero. No row of a table is made
here.
"""

import numpy as np
import polars as pl

from cryptodrug_assets.indicators.code import OF_SALES, level_code, levels, parse_code
from cryptodrug_assets.indicators.contributions import contributions_of
from cryptodrug_assets.indicators.rows import (
    ALL,
    UNKNOWN,
    WORLD,
    Clean,
    IndicatorOptions,
    Row,
    add_up,
    drugs,
)
from cryptodrug_assets.indicators.seen import Seen, seen
from cryptodrug_assets.indicators.statistics.pooled_variance import inequality, share_of_market
from cryptodrug_assets.indicators.statistics.unseen_bounds import Unseen

LEVELS = levels()
_EUROS = [level_code("R"), f"{level_code('R')}_full"]
# Always stated for the world, so that nothing at all is a zero and not an absence.
_STATED = ("LV01", "LV01_full", "LV02", "LV03", "LV03_full")
UNATTRIBUTED = "of no sale is it known that it is of a drug, of some it is unknown"


def what_was_seen(clean: Clean) -> Seen:
    """What the month's captures allow to say, from its table of coverage."""
    return seen(clean["coverage"].iter_rows(named=True), clean["captures"], clean["listings"].height)


def estimates_of(clean: Clean, options: IndicatorOptions) -> pl.DataFrame:
    """The estimates of a market-month, taken from `clean` where a caller has them already."""
    given = clean.get("estimates")
    return estimates(clean, options) if given is None else given


def estimates(clean: Clean, options: IndicatorOptions) -> pl.DataFrame:
    """Value, share and intervals per cell."""
    long = contributions_of(clean)
    cells = (
        add_up(
            long,
            ["indicator", "country", "drug_class"],
            "value",
            n=pl.col("n").sum(),
            n_vendors=pl.col("vendor_key").n_unique(),
        )
        .pipe(_with_stated)
        .pipe(_with_focus, options.focus)
        .sort("indicator", "drug_class", "country")
    )
    of = ["indicator", "drug_class"]
    world = cells.filter(country=WORLD).select(*of, world="value")
    unknown = cells.filter(country=UNKNOWN).select(*of, unknown="value")
    cells = cells.join(world, on=of, how="left", maintain_order="left")
    cells = cells.join(unknown, on=of, how="left", maintain_order="left").with_columns(pl.col("unknown").fill_null(0.0))
    cells = _with_intervals(long, cells)
    # Sums of cents are exact; euros are them divided once.
    euros = pl.col("indicator").is_in(_EUROS)
    return cells.with_columns(
        pl.when(euros).then(pl.col(name) / 100).otherwise(pl.col(name)).alias(name) for name in ("value", "world")
    )


def _with_intervals(long: pl.DataFrame, cells: pl.DataFrame) -> pl.DataFrame:
    """Add `low` and `high`: 95 % bounds of each cell's share in its world."""
    keys = ["indicator", "country", "drug_class"]
    squares = long.group_by(keys).agg(squares=(pl.col("value") ** 2).sort().sum())
    active = cells.filter(indicator="LV02").select("country", "drug_class", active="n_vendors")
    of_world = cells.filter(country=WORLD).select("indicator", "drug_class", world_vendors="n_vendors")
    cells = (
        cells.join(squares, on=keys, how="left", maintain_order="left")
        .join(active, on=["country", "drug_class"], how="left", maintain_order="left")
        .join(of_world, on=["indicator", "drug_class"], how="left", maintain_order="left")
    )
    parts = []
    whole = long.filter(country=WORLD, drug_class=ALL)
    for (indicator,), part in cells.partition_by("indicator", as_dict=True, maintain_order=True).items():
        sizes = whole.filter(indicator=indicator)["value"].sort().to_numpy()
        # How many vendors stand behind sales is told by how many have offers: the published number says no more.
        behind = part.select(pl.coalesce(pl.col("active"), "n_vendors").clip(1)).to_series().to_numpy()
        with np.errstate(divide="ignore", invalid="ignore"):
            share = (part["value"] / part["world"]).fill_null(np.nan).to_numpy()
            own = behind * part["squares"].fill_null(np.nan).to_numpy() / part["value"].to_numpy() ** 2
        low, high = share_of_market(
            share, behind, own, market_vendors=len(sizes), market_inequality=inequality(sizes),
            whole_vendors=part["world_vendors"].fill_null(0).to_numpy(),
        )  # fmt: skip
        parts.append(part.with_columns(low=pl.Series(low), high=pl.Series(high)))
    return pl.concat(parts)


def _with_stated(cells: pl.DataFrame) -> pl.DataFrame:
    """Add a world of zero where nothing was counted."""
    stated = pl.DataFrame({"indicator": list(_STATED), "country": WORLD, "drug_class": ALL})
    absent = stated.join(cells, on=["indicator", "country", "drug_class"], how="anti")
    return pl.concat([cells, _zeros(absent).select(cells.columns)], how="vertical_relaxed")


def _zeros(keys: pl.DataFrame) -> pl.DataFrame:
    return keys.with_columns(value=pl.lit(0.0), n=pl.lit(0, pl.Int64), n_vendors=pl.lit(0, pl.UInt32))


def _with_focus(cells: pl.DataFrame, focus: tuple[str, ...]) -> pl.DataFrame:
    """Add zero rows for the countries that are always stated: zero is a result, not an absence."""
    present = cells.filter(pl.col("country") == WORLD).select("indicator", "drug_class")
    wanted = present.join(pl.DataFrame({"country": list(focus)}), how="cross")
    absent = wanted.join(cells, on=["indicator", "country", "drug_class"], how="anti")
    return pl.concat([cells, _zeros(absent).select(cells.columns)], how="vertical_relaxed")


def why_unknown(code: str, value: float, unseen: Unseen, what: Seen) -> str | None:
    """Why nothing counted is not a zero; None where it is one, or something was counted."""
    if value > 0:
        return None
    of_sales = parse_code(code).measure in OF_SALES
    if not of_sales and not what.shows_offers:
        return "no page that shows offers was captured"
    if of_sales:
        if not what.shows_feedback:
            return "no page that shows feedback was captured"
        if unseen.unattributed:
            return UNATTRIBUTED
    return None


def missing_revenue(clean: Clean, rows: list[Row], code: str, unit: str) -> list[Row]:
    """Rows of `code` that say why there is none: where no price of a sale is exact revenue is missing, and not zero."""
    if any(parse_code(row["indicator"]).measure == "R" for row in rows):
        return []
    countries = sorted({row["country"] for row in rows if row["drug_class"] == ALL})
    why = no_revenue(clean["transactions"])
    return [
        {
            "indicator": code,
            "country": country,
            "drug_class": ALL,
            "unit": unit,
            "value": None,
            "n_vendors": None,
            "method": f"not computable: {why}",
        }
        for country in countries
    ]


def no_revenue(transactions: pl.DataFrame) -> str:
    """Why there is no revenue: what is true of the sales there are."""
    if transactions.is_empty():
        return "no sale was captured"
    sources = set(transactions["price_source"])
    if "exact" not in sources:
        return "prices beside sales are rounded" if "rounded" in sources else "no price is shown beside a sale"
    if drugs(transactions).is_empty():
        return "prices are exact, but of no sale is it known that it is of a drug"
    return "no exact price of a drug sale could be converted to euros"
