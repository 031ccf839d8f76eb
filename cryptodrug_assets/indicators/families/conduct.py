"""How sales are rated (RD), what prices are stated in (CU) and offers that speak of harm reduction (HR), per origin.

RD01:positive, :neutral, :negative: rated sales by rating (of 5: at least 4, between, at most 2); what buyers dispute is
among the negative. RD02: share of the sales seen in feedback that carry a rating: what sales are counted by.
CU01_L:c, CU01_T:c: live offers, exactly priced sales, with prices in currency c.
HR01: live offers whose text speaks of dosing, testing or risks
(`speaks_of_harm`); a text may also mislead, so it is a count of mentions. No wallet and no person is followed.
Sales and offers with several origins count wholly in each.
"""

import polars as pl

from cryptodrug_assets.indicators.code import Code
from cryptodrug_assets.indicators.disclosure.context import Disclosure
from cryptodrug_assets.indicators.disclosure.few_vendors import LEAST_FOR_PROPORTION, row_key, vendors_of
from cryptodrug_assets.indicators.disclosure.few_vendors import Row as Published
from cryptodrug_assets.indicators.disclosure.shared_rules import plain
from cryptodrug_assets.indicators.family import MONTH, Extract, Family, Publish
from cryptodrug_assets.indicators.rows import (
    WORLD,
    Clean,
    IndicatorOptions,
    Row,
    drugs,
    indicator_frame,
    missing,
    row,
    with_world,
)
from cryptodrug_assets.indicators.statistics.pooled_variance import Pool
from cryptodrug_assets.indicators.tally import NEGATIVE, NEUTRAL, POSITIVE, tallied
from cryptodrug_assets.indicators.tracing import rules

_METHOD = "share of what is counted; 95 % over vendors, variance pooled over the market"
# English, Dutch, French and German; word starts, so that inflected forms are found.
_HARM_WORDS = (
    r"harm reduction", r"(?:start|dose) low", r"go slow", r"(?:do not|don'?t|never) (?:mix|combine|redose)",
    r"(?:reagent|test(?:ing)?) kit", r"test(?:ed)? (?:your|before)", r"drug checking", r"overdos", r"naloxone|narcan",
    r"(?:never|don'?t) use alone", r"first[- ]time users?", r"know your (?:dose|limits)", r"stay hydrated",
    r"risicobeperking", r"begin (?:laag|klein)", r"(?:niet|nooit) (?:mengen|combineren)", r"test je",
    r"beginnende gebruikers?",
    r"r[ée]duction des risques", r"commence[zr]? (?:bas|petit)", r"ne (?:pas m[ée]langer|m[ée]langez pas)", r"testez",
    r"schadensminimierung", r"risikominimierung", r"niedrig (?:anfangen|dosieren)", r"nicht (?:mischen|kombinieren)",
    r"überdosis",
)  # fmt: skip
HARM = r"(?i)(?:^|\W)(?:" + "|".join(_HARM_WORDS) + ")"


def speaks_of_harm(listings: pl.DataFrame) -> pl.DataFrame:
    """capture_id and `harm` (text speaks of harm reduction) of parsed offers; null where a page shows no text."""
    return listings.select("capture_id", harm=pl.col("description").str.contains(HARM)).unique(
        "capture_id", keep="first", maintain_order=True
    )


def conduct(
    clean: Clean, *, market: str, month: str, options: IndicatorOptions, coverage: float | None = None
) -> pl.DataFrame:
    """RD01, RD02, CU01 and HR01 of a market-month; clean["texts"] is what `speaks_of_harm` found."""
    rows = _ratings(clean) + _currencies(clean) + _texts(clean, options)
    return indicator_frame("conduct", rows, market=market, month=month, options=options, coverage=coverage)


def _ratings(clean: Clean) -> list[Row]:
    observed = tallied(clean).filter(pl.col("status") == "observed")
    sales = with_world(observed.select("vendor_key", "rated", "n", "origins", "n_origins", "drug_class"))
    rated = sales.filter(pl.col("rated").is_not_null())
    rows = _shares(sales, {"RD02": pl.col("rated").is_not_null()})
    kinds = (POSITIVE, NEUTRAL, NEGATIVE)
    return rows + _shares(rated, {f"RD01:{name}": pl.col("rated") == name for name in kinds})


def _currencies(clean: Clean) -> list[Row]:
    rows: list[Row] = []
    for suffix, frame in (("L", _each_once(clean["listings"])), ("T", tallied(clean).filter("exact"))):
        priced = frame.filter(pl.col("price_currency").is_not_null())
        if priced.is_empty():
            continue
        placed = with_world(priced.select("vendor_key", "price_currency", "n", "origins", "n_origins", "drug_class"))
        names = priced["price_currency"].unique().sort().to_list()
        rows += _shares(placed, {f"CU01_{suffix}:{name}": pl.col("price_currency") == name for name in names})
    return rows


def _texts(clean: Clean, options: IndicatorOptions) -> list[Row]:
    found = clean.get("texts")
    offers = _each_once(clean["listings"])
    read = offers.join(found, on="capture_id").drop_nulls("harm") if found is not None else offers.clear()
    if read.is_empty():
        why = "no text of an offer"
        return [missing("HR01", country, "ratio", why) for country in ("W", *options.focus)]
    placed = with_world(read.select("vendor_key", "harm", "n", "origins", "n_origins", "drug_class"))
    return _shares(placed, {"HR01": pl.col("harm")})


def _each_once(listings: pl.DataFrame) -> pl.DataFrame:
    return drugs(listings).with_columns(n=pl.lit(1, pl.Int64))


def _shares(frame: pl.DataFrame, what: dict[str, pl.Expr]) -> list[Row]:
    """Share of what each country counts (`n`) in which an expression holds."""
    counted = (
        frame.group_by("country", "vendor_key")
        .agg(
            *((of * pl.col("n")).sum().cast(pl.Float64).alias(name) for name, of in what.items()),
            _all=pl.col("n").sum().cast(pl.Float64),
        )
        .sort("country", "vendor_key")
    )
    whole = counted.filter(country=WORLD)
    pools = {name: Pool.of(whole[name].to_numpy(), whole["_all"].to_numpy()) for name in what}
    rows: list[Row] = []
    for (country,), part in counted.partition_by("country", as_dict=True, maintain_order=True).items():
        total = part["_all"].to_numpy()
        known: Row = {"n": int(total.sum()), "n_vendors": part.height}
        for name, pool in pools.items():
            own = part[name].to_numpy()
            value = float(own.sum() / total.sum())
            rows.append(
                row(name, str(country), "ratio", value, method=_METHOD, interval=pool.share(own, total), **known)
            )
    return rows


def _hide(row: Published, disclosure: Disclosure) -> bool:
    """Ratings and mentions: ten vendors; nothing of a country whose transactions are hidden."""
    market, month, country = str(row["market"]), row["month"], str(row["country"])
    if country == WORLD:
        return disclosure.hidden.month("T", market, month)
    few = vendors_of(row) < LEAST_FOR_PROPORTION or row_key(row) in disclosure.rest
    return few or disclosure.hidden.country("T", market, month, country)


FAMILY = Family(
    table="conduct",
    grain="month",
    codes=(
        Code("RD01", "ratio", measure="T", parameter="rating"),
        Code("RD02", "ratio", measure="T"),
        Code("CU01", "ratio", measures="LT", parameter="currency", internal=True),
        Code("HR01", "ratio"),
    ),
    compute=conduct,
    rows=rules.conduct,
    reads=(*MONTH, "parsed/listings"),
    columns={"listings": ("price_currency", "capture_id"), "transactions": ("rating", "price_currency", "status")},
    extracts=(Extract("texts", "listings", ("capture_id", "description"), speaks_of_harm),),
    publish=Publish(keep=plain, hide=_hide),
)
