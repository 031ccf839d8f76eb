"""Where offers ship from and to (RT), and vendors with several origins at once (MO01).

RT01_L:d, RT01_T:d: offers, transactions from the country to destination d (a destination is offered, not travelled).
RT02: vendors of the origin that ship abroad. RT03:x: vendors that exclude x; RT03_n:x their number; x is a country or
`ANGLO` (any of US, GB, CA, AU, NZ, IE). RT04:domestic, :eu, :europe, :world: how far live offers reach
at most; the four sum to one (Europe as markets name it, beyond the Union, is not the world); RT04_n:x their vendors.
MO01: vendors with at least two origins in the month, one of them the country; MO01_share: their share.
Offers whose destination is unknown are in no share.
"""

import polars as pl

from cryptodrug_assets.indicators.code import BY_MEASURE, Code, ParsedCode
from cryptodrug_assets.indicators.disclosure.practice import practice
from cryptodrug_assets.indicators.disclosure.shared_rules import plain
from cryptodrug_assets.indicators.family import Family, Lead, Publish
from cryptodrug_assets.indicators.places import ANGLO, EU28, EUROPE, REACH
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
from cryptodrug_assets.indicators.statistics.intervals import wilson
from cryptodrug_assets.indicators.statistics.pooled_variance import Pool
from cryptodrug_assets.indicators.tally import tallied
from cryptodrug_assets.indicators.tracing import rules

_WILSON = "proportion of vendors; Wilson 95 %"
_COUNT = "count"


def shipping(
    clean: Clean, *, market: str, month: str, options: IndicatorOptions, coverage: float | None = None
) -> pl.DataFrame:
    """RT01–RT04 of a market-month."""
    rows = shipping_rows(clean)
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


def shipping_rows(clean: Clean) -> list[Row]:
    """The rows of `shipping` without their cell."""
    routes = _routes(_base(_offers(clean), "n"), "L", "listings")
    return routes + _routes(_base(tallied(clean), "n"), "T", "transactions") + practice_rows(clean)


def practice_rows(clean: Clean) -> list[Row]:
    """RT02–RT04 of the offers in `clean`, of one month or several."""
    offers = _base(_offers(clean), "excluded").filter(pl.col("country") != UNKNOWN)
    return _abroad(offers) + _exclusions(offers) + _reach(offers)


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
    # Who says neither where to nor where not to is in no share.
    says = offers.filter((pl.col("destinations").list.len() > 0) | (pl.col("excluded").list.len() > 0))
    vendors = says.group_by("country", "vendor_key").agg(
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


def _reach(offers: pl.DataFrame) -> list[Row]:
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
    # Every vendor of the market once, whatever its origins.
    each = add_up(counted, ["vendor_key"], *REACH, "weight")
    pools = {name: Pool.of(each[name].to_numpy(), each["weight"].to_numpy()) for name in REACH}
    rows: list[Row] = []
    for (country,), part in sorted(counted.partition_by("country", as_dict=True).items()):
        total = part["weight"].to_numpy()
        for name in REACH:
            own = part[name].to_numpy()
            rows.append(
                row(
                    f"RT04:{name}",
                    str(country),
                    "ratio",
                    own.sum() / total.sum(),
                    method="share of live offers; 95 % over vendors, variance pooled over the market",
                    interval=pools[name].share(own, total),
                    n=int(part["n"].sum()),
                    n_vendors=part.height,
                )
            )
            count = int(part[f"any_{name}"].sum())
            rows.append(row(f"RT04_n:{name}", str(country), "vendors", count, method=_COUNT, n_vendors=count))
    return rows


def only_if_excluded(code: ParsedCode) -> bool:
    """Whether there is a row of the exclusion only where a vendor excludes the country; NL is always stated."""
    of = code.of or code
    return of.id == "RT03" and len(of.parameter) == 2 and of.parameter != "NL"


PRACTICE_CODES = (
    Code("RT02", "ratio", of_vendors=True, rows=rules.shipped),
    Code("RT03", "ratio", parameter="country", comes_and_goes=only_if_excluded, of_vendors=True, rows=rules.excluding),
    Code("RT03_n", "vendors", parameter="country", internal=True, rows=rules.excluding),
    Code("RT04", "ratio", parameter="reach", rows=rules.shipped),
    Code("RT04_n", "vendors", parameter="reach", internal=True, rows=rules.shipped),
)
FAMILIES = (
    Family(
        table="shipping",
        grain="month",
        codes=(
            Code("RT01", BY_MEASURE, measures="LT", parameter="country", internal=True, rows=rules.destined),
            *PRACTICE_CODES,
        ),
        compute=shipping,
        rows=rules.shipped,
        columns={"listings": ("excluded",)},
        publish=Publish(keep=plain, hide=practice),
        lead=Lead("RT04:domestic"),
    ),
    Family(
        table="multi_origin",
        grain="month",
        codes=(Code("MO01", "vendors", internal=True), Code("MO01_share", "ratio", of_vendors=True)),
        compute=multi_origin,
        rows=rules.several_origins,
        lead=Lead("MO01_share"),
    ),
)
