"""Disclosure control: public variants of indicator tables, in which no figure can be traced to few vendors.

Rules. Primary: one or two vendors behind a value; transactions or revenue of which the two largest vendors have more
than 85 %. Secondary: what would give a primary cell away through sums (suppression.py), the same pattern for all
measures of a market-month, since shares, levels and counts of one cell tell each other. Coarsening: by month, countries
in total and classes of the world only; classes of the focus countries per window. Numbers of observations and vendors
are published for the world alone. Proportions of vendors need ten of them. Largest transactions, routes, counts of
vendors and Lorenz points stay internal. A suppressed value is null with status C; zero and missing stay what they are.
Figures the study itself has published are on a whitelist.
"""

import numpy as np
import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.indicators.month import contributions
from cryptodrug_assets.indicators.rows import ALL, LEAST_VENDORS, WORLD, Clean, IndicatorOptions
from cryptodrug_assets.indicators.suppression import protect

_DOMINANCE_OF, _DOMINANCE_SHARE = 2, 0.85
_ADDITIVE = ("LV01", "LV03", "LV04")
_LEAST_FOR_PROPORTION = 10
_HIDDEN = ("value", "lower", "upper")
_INTERNAL = ("RT01", "RT03_n", "TS02", "MO01", "MO02", "MO03", "MO04_n", "CN04", "TS05_mass")
_PROPORTIONS = ("RT02", "RT03", "RT04", "MO04", "CN")
# (indicator, country, market) that the study has published.
WHITELIST = frozenset(
    [
        ("TS01:200", "BE", "empire"), ("TS01:1000", "BE", "empire"), ("TS02", "BE", "empire"), ("TS03", "BE", "empire"),
        ("TS04:200", "BE", "empire"), ("MO04:NL", "BE", "wall_street"),
    ]
)  # fmt: skip


def dominated(clean: Clean) -> pl.DataFrame:
    """country, drug_class of a market-month in which two vendors have over 85 % of transactions or of revenue."""
    long = contributions(dict(clean)).filter(pl.col("indicator").is_in(["LV03", "LV04"]))
    cell = ["indicator", "country", "drug_class"]
    ranked = long.sort("value", descending=True).group_by(cell, maintain_order=True)
    parts = ranked.agg(largest=pl.col("value").head(_DOMINANCE_OF).sum(), total=pl.col("value").sum())
    return (
        parts.filter((pl.col("total") > 0) & (pl.col("largest") > _DOMINANCE_SHARE * pl.col("total")))
        .select("country", "drug_class")
        .unique()
        .sort("country", "drug_class")
    )


def public_month(
    activity: pl.DataFrame, shares: pl.DataFrame, clean: Clean, *, options: IndicatorOptions
) -> dict[str, pl.DataFrame]:
    """activity_public and shares_public of one market-month."""
    coarse = (pl.col("drug_class") == ALL) | (pl.col("country") == WORLD)
    levels = activity.filter(coarse)
    few = levels.filter(pl.col("n_vendors").is_between(1, LEAST_VENDORS - 1)).select("country", "drug_class")
    primary = pl.concat([few, dominated(clean)]).unique()
    hidden = pl.concat(
        [
            _secondary(levels.filter(pl.col("drug_class") == ALL), primary, "country", WORLD, options),
            _secondary(levels.filter(pl.col("country") == WORLD), primary, "drug_class", ALL, options),
        ]
    )
    return {
        "activity_public": _publish("activity_public", levels, hidden),
        "shares_public": _publish("shares_public", shares.filter(coarse), hidden),
    }


def public_shares_window(frame: pl.DataFrame, shares_public: pl.DataFrame) -> pl.DataFrame:
    """shares_window_public, given the public shares of all months.

    A mean over months gives the one month away that is hidden; so a country with exactly one hidden month is hidden
    in the window too. The means of a market sum to one over the countries, which secondary suppression allows for.
    """
    months = shares_public.filter((pl.col("drug_class") == ALL) & (pl.col("conf_status") == "C"))
    months = months.select("market", "country", "month").unique()
    both = pl.concat([months, months.with_columns(market=pl.lit(ALL))])
    single = both.group_by("market", "country").len().filter(pl.col("len") == 1).select("market", "country")
    few = frame.filter(pl.col("n_vendors").is_between(1, LEAST_VENDORS - 1)).select("market", "country")
    primary = pl.concat([single, few]).unique()
    parts = []
    for (market,), part in sorted(frame.partition_by("market", as_dict=True).items()):
        countries = part["country"].unique().sort().to_list()
        sensitive = set(primary.filter(pl.col("market") == market)["country"])
        mask = np.array([[country in sensitive] for country in [*countries, WORLD]])
        start = mask
        for _, values in sorted(part.partition_by("indicator", as_dict=True).items()):
            given = dict(values.select("country", "value").iter_rows())
            start = start | _vector([given.get(country) for country in countries], mask, start)
        out = [country for country, gone in zip(countries, start[:, 0], strict=False) if gone]
        parts.append(
            pl.DataFrame({"market": market, "country": out}, schema={"market": pl.String, "country": pl.String})
        )
    hidden = pl.concat(parts).with_columns(drug_class=pl.lit(ALL))
    return _publish("shares_window_public", frame, hidden, ["market", "country", "drug_class"])


def public_specialisation_window(frame: pl.DataFrame, *, options: IndicatorOptions) -> pl.DataFrame:
    """specialisation_window_public: the world and the focus countries, by class over the window.

    A hidden class is also left out of location quotients and stabilities; and what is computed over all classes
    (concentration, likeness) is hidden when any class is, or it could be solved for it.
    """
    frame = frame.filter(pl.col("country").is_in([WORLD, *options.focus]))
    keys = ["market", "country", "drug_class"]
    hidden = []
    for (market, country), part in sorted(frame.partition_by("market", "country", as_dict=True).items()):
        mixes = part.filter(pl.col("indicator").str.starts_with("DM01"))
        classes = mixes["drug_class"].unique().sort().to_list()
        few = mixes.filter(pl.col("n_vendors").is_between(1, LEAST_VENDORS - 1))["drug_class"].unique().to_list()
        mask = np.array([[drug in few] for drug in [*classes, ALL]])
        start = mask
        for _, values in sorted(mixes.partition_by("indicator", as_dict=True).items()):
            given = dict(values.select("drug_class", "value").iter_rows())
            start = start | _vector([given.get(drug) for drug in classes], mask, start)
        out = [drug for drug, gone in zip(classes, start[:, 0], strict=False) if gone]
        hidden += [(market, country, drug) for drug in (*out, *([ALL] if out else []))]
    table = pl.DataFrame(hidden, schema=dict.fromkeys(keys, pl.String), orient="row")
    return _publish("specialisation_window_public", frame, table, keys)


def public_plain(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Public variant of a table whose values do not add up to one another.

    Values of few vendors and, for proportions of vendors and concentration, of fewer than ten are suppressed; the
    internal indicators are left out, unless the study has published the figure.
    """
    name = f"{table}_public"
    listed = pl.struct("indicator", "country", "market").is_in(
        [{"indicator": i, "country": c, "market": m} for i, c, m in sorted(WHITELIST)]
    )
    kinds = "|".join
    frame = frame.filter(
        listed | (~pl.col("indicator").str.contains(f"^({kinds(_INTERNAL)})(_|:|$)") & (pl.col("drug_class") == ALL))
    )
    proportion = pl.col("indicator").str.contains(f"^({kinds(_PROPORTIONS)})")
    least = pl.when(proportion).then(_LEAST_FOR_PROPORTION).otherwise(LEAST_VENDORS)
    # Unknown numbers of vendors count as too few.
    few = pl.col("n_vendors").fill_null(0) < least
    gone = frame.filter(few & ~listed & pl.col("value").is_not_null() & (pl.col("country") != WORLD))
    keys = ["market", "month", "indicator", "country", "drug_class"]
    return _publish(name, frame, gone.select(keys), keys)


def _secondary(
    levels: pl.DataFrame, primary: pl.DataFrame, axis: str, total: str, options: IndicatorOptions
) -> pl.DataFrame:
    """country, drug_class of all hidden cells along one axis whose cells add up to `total`."""
    names = sorted(set(levels[axis]) - {total})
    other = "drug_class" if axis == "country" else "country"
    sensitive = set(primary.filter(pl.col(other) == (ALL if axis == "country" else WORLD))[axis])
    mask = np.array([[name in sensitive] for name in [*names, total]])
    keep = np.array([[name in options.focus] for name in [*names, total]])
    start = mask
    for indicator in _ADDITIVE:
        rows = levels.filter((pl.col("indicator") == indicator) & pl.col("value").is_not_null())
        given = dict(rows.select(axis, "value").iter_rows())
        if given:
            start = start | _vector([given.get(name) for name in names], mask, start, keep)
    out = [name for name, gone in zip(names, start[:, 0], strict=False) if gone]
    fixed = ALL if axis == "country" else WORLD
    return pl.DataFrame({axis: out, other: [fixed] * len(out)}, schema={axis: pl.String, other: pl.String}).select(
        "country", "drug_class"
    )


def _vector(
    values: list[float | None], primary: np.ndarray, start: np.ndarray, keep: np.ndarray | None = None
) -> np.ndarray:
    """Suppression of a list of values that add up to a published total; where a value is absent it is zero.

    A sensitive cell of zero in this measure is no secret here and needs no protection by others.
    """
    cells = np.array([[value or 0.0] for value in values])
    cells = np.vstack([cells, cells.sum(axis=0)])
    needed = primary & (cells > 0)
    if not needed[:-1].any():
        return start
    everything = np.ones_like(start)
    everything[-1] = False
    try:
        return protect(cells, needed, keep=keep, start=start)
    except ValueError:
        # Nothing left to hide behind: only the total is published.
        return everything


def _publish(table: str, frame: pl.DataFrame, hidden: pl.DataFrame, keys: list[str] | None = None) -> pl.DataFrame:
    on = keys or ["country", "drug_class"]
    marked = frame.join(hidden.unique().with_columns(gone=pl.lit(value=True)), on=on, how="left", maintain_order="left")
    gone = pl.col("gone").fill_null(value=False) & pl.col("value").is_not_null()
    world = pl.col("country") == WORLD
    marked = marked.with_columns(
        *(pl.when(~gone).then(pl.col(name)).alias(name) for name in _HIDDEN),
        *(
            pl.when(world & ~gone & (pl.col("drug_class") == ALL)).then(pl.col(name)).alias(name)
            for name in ("n", "n_vendors")
        ),
        obs_status=pl.when(gone).then(pl.lit("C")).otherwise("obs_status"),
        conf_status=pl.when(gone).then(pl.lit("C")).otherwise(pl.lit("F")),
    )
    contract = contracts.load("indicators", table)
    return contracts.conform(marked.select(list(contract.polars_schema)), contract)
