"""Where offers ship from and to (RT), and vendors with several origins at once (MO01).

RT01_L:d, RT01_T:d: offers, transactions from the country to destination d (a destination is offered, not travelled).
RT02: vendors of the origin that ship abroad. RT03:x: vendors that exclude x; RT03_n:x their number; x is a country or
`ANGLO` (any of US, GB, CA, AU, NZ, IE). RT04:domestic, :eu, :europe, :world: how far live offers reach
at most; the four sum to one (Europe as markets name it, beyond the Union, is not the world); RT04_n:x their vendors.
MO01: vendors with at least two origins in the month, one of them the country; MO01_share: their share.
Offers whose destination is unknown are in no share.
"""

import polars as pl

from cryptodrug_assets.indicators.intervals import ratio_bootstraps, wilson
from cryptodrug_assets.indicators.rows import (
    UNKNOWN,
    WORLD,
    Clean,
    IndicatorOptions,
    Row,
    add_up,
    by_country,
    drugs,
    indicator_frame,
    row,
    with_world,
)
from cryptodrug_assets.indicators.tally import tallied

ANGLO = ("US", "GB", "CA", "AU", "NZ", "IE")
# The European Union of the whole observation period, the United Kingdom included, and its token as a region.
EU28 = frozenset(
    [
        "AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IT", "LV", "LT", "LU",
        "MT", "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE", "GB", "EU",
    ]
)  # fmt: skip
EUROPE = EU28 | frozenset(
    [
        "AD", "AL", "BA", "BY", "CH", "FO", "GI", "IS", "LI", "MC", "MD", "ME", "MK", "NO", "RS", "RU", "SM", "UA",
        "VA", "XK", "EUROPE",
    ]
)  # fmt: skip
REACH = ("domestic", "eu", "europe", "world")
_WILSON = "proportion of vendors; Wilson 95 %"
_COUNT = "count"


def shipping(
    clean: Clean, *, market: str, month: str, options: IndicatorOptions, coverage: float | None = None
) -> pl.DataFrame:
    """RT01–RT04 of a market-month."""
    rows = shipping_rows(clean, options)
    return indicator_frame("shipping", rows, market=market, month=month, options=options, coverage=coverage)


def multi_origin(
    clean: Clean, *, market: str, month: str, options: IndicatorOptions, coverage: float | None = None
) -> pl.DataFrame:
    """MO01 of a market-month: vendors with several origins at once."""
    vendors = by_country(_origins(clean).with_columns(drug_class=pl.lit("all")))
    several = vendors.with_columns(several=pl.col("n_origins") > 1)
    world = several.unique("vendor_key").with_columns(country=pl.lit(WORLD))
    rows: list[Row] = []
    for country, count, of in (
        pl.concat([several, world])
        .group_by("country")
        .agg(pl.col("several").sum(), pl.len())
        .sort("country")
        .iter_rows()
    ):
        if country == UNKNOWN:
            continue
        known = {"n": of, "n_vendors": of}
        rows.append(row("MO01", country, "vendors", count, method=_COUNT, **known))
        rows.append(
            row("MO01_share", country, "ratio", count / of, method=_WILSON, interval=wilson(count, of), **known)
        )
    return indicator_frame("multi_origin", rows, market=market, month=month, options=options, coverage=coverage)


def shipping_rows(clean: Clean, options: IndicatorOptions) -> list[Row]:
    """The rows of `shipping` without their cell."""
    routes = _routes(_base(_offers(clean), "n"), "L", "listings")
    return routes + _routes(_base(tallied(clean), "n"), "T", "transactions") + practice_rows(clean, options)


def practice_rows(clean: Clean, options: IndicatorOptions) -> list[Row]:
    """RT02–RT04 of the offers in `clean`, of one month or several."""
    offers = _base(_offers(clean), "excluded").filter(pl.col("country") != UNKNOWN)
    return _abroad(offers) + _exclusions(offers) + _reach(offers, options)


def _offers(clean: Clean) -> pl.DataFrame:
    return drugs(clean["listings"]).with_columns(n=pl.lit(1, pl.Int64))


def _base(frame: pl.DataFrame, *more: str) -> pl.DataFrame:
    return with_world(frame.select("vendor_key", "drug_class", "origins", "n_origins", "destinations", *more))


def _origins(clean: Clean) -> pl.DataFrame:
    """vendor_key with the union of the origins of its live drug offers."""
    offers = drugs(clean["listings"]).select("vendor_key", "origins").explode("origins", empty_as_null=True)
    return (
        offers.group_by("vendor_key")
        .agg(origins=pl.col("origins").drop_nulls().unique().sort())
        .with_columns(n_origins=pl.col("origins").list.len())
        .sort("vendor_key")
    )


def _routes(frame: pl.DataFrame, measure: str, unit: str) -> list[Row]:
    """Counts per origin and destination; an offer to n destinations counts in each (it is offered there)."""
    pairs = frame.filter(pl.col("country") != WORLD).explode("destinations", empty_as_null=True)
    pairs = pairs.with_columns(pl.col("destinations").fill_null(UNKNOWN), weight=pl.col("weight") * pl.col("n"))
    counted = add_up(
        pairs.sort("weight"), ["country", "destinations"], "weight", n=pl.col("n").sum(),
        n_vendors=pl.col("vendor_key").n_unique(),
    )  # fmt: skip
    return [
        row(f"RT01_{measure}:{to}", country, unit, weight, method=_COUNT, n=n, n_vendors=vendors)
        for country, to, weight, n, vendors in counted.iter_rows()
    ]


def _abroad(offers: pl.DataFrame) -> list[Row]:
    """A vendor ships abroad when any of its offers from the country names a destination other than the country."""
    known = offers.filter((pl.col("destinations").list.len() > 0) & (pl.col("country") != WORLD))
    beyond = pl.col("destinations").list.set_difference(pl.concat_list("country")).list.len() > 0
    vendors = known.group_by("country", "vendor_key").agg(abroad=beyond.any())
    counted = vendors.group_by("country").agg(pl.col("abroad").sum(), pl.len()).sort("country")
    return [
        row("RT02", country, "ratio", x / n, method=_WILSON, interval=wilson(x, n), n=n, n_vendors=n)
        for country, x, n in counted.iter_rows()
    ]


def _exclusions(offers: pl.DataFrame) -> list[Row]:
    vendors = offers.group_by("country", "vendor_key").agg(
        excluded=pl.col("excluded").explode(empty_as_null=True).drop_nulls().unique()
    )
    anglo = pl.when(pl.col("excluded").list.set_intersection(pl.lit(list(ANGLO))).list.len() > 0).then(pl.lit("ANGLO"))
    totals = dict(vendors.group_by("country").len().iter_rows())
    seen = pl.concat(
        [
            vendors.select("country", "vendor_key", what=pl.col("excluded")).explode("what", empty_as_null=True),
            vendors.select("country", "vendor_key", what=anglo),
        ]
    ).drop_nulls("what")
    counted = dict.fromkeys(((c, x) for c in totals for x in ("ANGLO", "NL")), 0)
    counted |= {(c, x): n for c, x, n in seen.group_by("country", "what").len().iter_rows()}
    rows: list[Row] = []
    for (country, what), x in sorted(counted.items()):
        n = totals[country]
        known = {"n": n, "n_vendors": n}
        rows.append(row(f"RT03:{what}", country, "ratio", x / n, method=_WILSON, interval=wilson(x, n), **known))
        rows.append(row(f"RT03_n:{what}", country, "vendors", x, method=_COUNT, n=n, n_vendors=x))
    return rows


def _reach(offers: pl.DataFrame, options: IndicatorOptions) -> list[Row]:
    known = offers.filter((pl.col("destinations").list.len() > 0) & (pl.col("country") != WORLD))
    home = pl.col("destinations").list.set_difference(pl.concat_list("country")).list.len() == 0
    union, europe = (
        pl.col("destinations").list.set_difference(pl.lit(sorted(places))).list.len() == 0 for places in (EU28, EUROPE)
    )
    within = pl.when(home).then(pl.lit("domestic")).when(union).then(pl.lit("eu"))
    reach = within.when(europe).then(pl.lit("europe")).otherwise(pl.lit("world"))
    parts = [(pl.col("weight") * (reach == name)).alias(name) for name in REACH]
    counted = add_up(
        known.with_columns(*parts, *((reach == name).alias(f"any_{name}") for name in REACH)).sort("weight"),
        ["country", "vendor_key"],
        *REACH,
        "weight",
        n=pl.len(),
        **{f"any_{name}": pl.col(f"any_{name}").any() for name in REACH},
    )
    rows: list[Row] = []
    for (country,), part in sorted(counted.partition_by("country", as_dict=True).items()):
        total = part["weight"].to_numpy()
        owns = [part[name].to_numpy() for name in REACH]
        pairs = [(own, total) for own in owns]
        intervals = ratio_bootstraps(pairs, replicates=options.bootstrap, seed=options.seed)
        for name, own, interval in zip(REACH, owns, intervals, strict=True):
            rows.append(
                row(
                    f"RT04:{name}",
                    str(country),
                    "ratio",
                    own.sum() / total.sum(),
                    method="share of live offers; vendor-cluster bootstrap, 95 % BCa",
                    interval=interval,
                    n=int(part["n"].sum()),
                    n_vendors=part.height,
                )
            )
            count = int(part[f"any_{name}"].sum())
            rows.append(row(f"RT04_n:{name}", str(country), "vendors", count, method=_COUNT, n_vendors=count))
    return rows
