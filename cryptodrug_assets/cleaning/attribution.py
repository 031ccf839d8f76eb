"""What a sale is of: class, origins, destinations and drug flag, from the best evidence that was captured.

The evidence in order: the offer as captured in the month; the same offer as captured in the nearest other month; what
all offers of the vendor have in common. Where a market names no offers (Dream), the vendor's offers come first. What
none of these says stays unknown; it is never "not a drug". Method: docs/methods/feedback.md.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

import polars as pl

from cryptodrug_assets.cleaning.corrections import Correction
from cryptodrug_assets.cleaning.listings import offers_of_parsed
from cryptodrug_assets.cleaning.pseudonyms import Pseudonyms
from cryptodrug_assets.observation import FROM_VENDOR, feedback_source

_ATTRIBUTES = ("origins", "destinations", "is_drug", "drug_class")
_NOWHERE = pl.lit([], pl.List(pl.String))
# An offer whose class is undecided says neither that it is a drug nor that it is none.
_DECIDED = pl.when(pl.col("drug_class").is_not_null()).then("is_drug").alias("is_drug")


def attributed(
    sales: pl.DataFrame,
    listings: pl.DataFrame,
    other_months: Iterable[pl.DataFrame],
    *,
    market: str,
    pseudonyms: Pseudonyms,
    corrections: Sequence[Correction] = (),
) -> pl.DataFrame:
    """The sales with listing_key, origins, n_origins, destinations, is_drug, drug_class, attribution and offer_eur.

    `sales` have vendor_key, vendor_name and listing_id; `listings` is clean.listings of the month. `other_months` are
    parsed listings of other months (listings.OFFER_COLUMNS), the nearest month first; they are only asked for
    when the month itself leaves a sale unknown, and only as far back as needed. `corrections` are those by people.
    """
    read = partial(offers_of_parsed, market=market, pseudonyms=pseudonyms, corrections=corrections)
    if feedback_source(market) == FROM_VENDOR:
        sales = _by_vendor(sales, listings, other_months, read)
    else:
        sales = _by_offer(sales, listings, other_months, market, pseudonyms, read)
    unknown = pl.col("attribution") == "none"
    return sales.with_columns(
        origins=pl.coalesce("origins", _NOWHERE),
        destinations=pl.coalesce("destinations", _NOWHERE),
        is_drug=pl.when(~unknown).then("is_drug"),
        drug_class=pl.when(~unknown).then("drug_class"),
    ).with_columns(n_origins=pl.col("origins").list.len().cast(pl.Int64))


def _by_offer(
    sales: pl.DataFrame,
    listings: pl.DataFrame,
    others: Iterable[pl.DataFrame],
    market: str,
    pseudonyms: Pseudonyms,
    read: Callable[[pl.DataFrame | None], pl.DataFrame],
) -> pl.DataFrame:
    """The market says which offer was sold."""
    offers = listings.select(
        "listing_key", "origins", "destinations", _DECIDED, "drug_class", attribution=pl.lit("listing"),
        offer_eur=pl.when(~pl.col("is_holding_price")).then("price_eur"),
    )  # fmt: skip
    sales = sales.with_columns(listing_key=pseudonyms.column("listing", market + "|" + sales["listing_id"]))
    sales = sales.join(offers, on="listing_key", how="left", maintain_order="left")
    missing = sales.filter(pl.col("attribution").is_null())
    if missing.is_empty():
        return sales
    elsewhere = _elsewhere(missing, others, read)
    sales = _fill_unattributed(
        sales, elsewhere.rename({"identity": "listing_id"}).drop("vendor_name"), "listing_id", "other_month"
    )
    names = missing.select("vendor_key", "vendor_name").unique()
    here = listings.join(names, on="vendor_key").select("vendor_name", "listing_key", *_ATTRIBUTES)
    keys = pseudonyms.column("listing", market + "|" + elsewhere["identity"])
    vendor_offers = pl.concat([here, elsewhere.with_columns(listing_key=keys).select(here.columns)])
    sales = _fill_unattributed(
        sales,
        _common_to_vendor(vendor_offers.unique("listing_key", keep="first", maintain_order=True)),
        "vendor_name",
        "vendor",
    )
    return sales.with_columns(attribution=pl.col("attribution").fill_null("none"))


def _elsewhere(
    missing: pl.DataFrame, others: Iterable[pl.DataFrame], read: Callable[[pl.DataFrame | None], pl.DataFrame]
) -> pl.DataFrame:
    """The offers that were sold, and all of the vendors who sold them, as other months know them: the nearest first.

    Reading stops when every sale has its offer; a vendor's offers matter only while one has not.
    """
    wanted = missing["listing_id"].drop_nulls().unique()
    nameless = missing["listing_id"].null_count() > 0
    sellers = missing["vendor_name"].unique()
    offers = [read(None)]
    for month in others:
        rows = month.filter(
            pl.col("listing_id").is_in(wanted.implode()) | pl.col("vendor_name").is_in(sellers.implode())
        )
        offers.append(read(rows))
        wanted = wanted.filter(~wanted.is_in(offers[-1]["identity"].implode()))
        if wanted.is_empty() and not nameless:
            break
    return pl.concat(offers).unique("identity", keep="first", maintain_order=True)


def _common_to_vendor(offers: pl.DataFrame) -> pl.DataFrame:
    """What all offers of a vendor say alike. Not even whether it is a drug: then nothing at all."""
    comparable = offers.with_columns(
        _DECIDED,
        pl.col("origins", "destinations").list.sort(),
        pl.col("origins", "destinations").list.sort().list.join(" ").name.prefix("set_of_"),
    )
    same = [
        pl.when(pl.col(f"set_of_{name}" if name in ("origins", "destinations") else name).n_unique() == 1)
        .then(pl.col(name).first())
        .alias(name)
        for name in _ATTRIBUTES
    ]
    return comparable.group_by("vendor_name").agg(same).filter(pl.col("is_drug").is_not_null())


def _fill_unattributed(sales: pl.DataFrame, evidence: pl.DataFrame, on: str, attribution: str) -> pl.DataFrame:
    """The sales that are still unattributed filled from what is said of their offer or vendor."""
    evidence = evidence.with_columns(found=pl.lit(value=True))
    sales = sales.join(evidence, on=on, how="left", maintain_order="left", suffix="_said")
    take = pl.col("attribution").is_null() & pl.col("found").fill_null(value=False)
    return sales.with_columns(
        *(pl.when(take).then(f"{name}_said").otherwise(name).alias(name) for name in _ATTRIBUTES),
        attribution=pl.when(take).then(pl.lit(attribution)).otherwise("attribution"),
    ).drop(*(f"{name}_said" for name in _ATTRIBUTES), "found")


def _by_vendor(
    sales: pl.DataFrame,
    listings: pl.DataFrame,
    others: Iterable[pl.DataFrame],
    read: Callable[[pl.DataFrame | None], pl.DataFrame],
) -> pl.DataFrame:
    """The market names no offers: a sale is of the vendor's drug offers, of several classes perhaps."""
    profiles_here = _vendor_profiles(listings, "vendor_key")
    sales = sales.join(profiles_here, on="vendor_key", how="left", maintain_order="left").with_columns(
        listing_key=pl.lit(None, pl.String),
        drug_class=pl.lit(None, pl.String),
        attribution=pl.when("known").then(pl.lit("vendor")),
        offer_eur=pl.lit(None, pl.Decimal(18, 2)),
    )  # fmt: skip
    sellers = sales.filter(pl.col("attribution").is_null())["vendor_name"].unique()
    for month in others if sellers.len() else ():
        profiles = _vendor_profiles(read(month.filter(pl.col("vendor_name").is_in(sellers.implode()))), "vendor_name")
        profiles = profiles.with_columns(drug_class=pl.lit(None, pl.String)).drop("known")
        sales = _fill_unattributed(sales, profiles, "vendor_name", "vendor")
        sellers = sellers.filter(~sellers.is_in(profiles["vendor_name"].implode()))
        if sellers.is_empty():
            break
    return sales.with_columns(attribution=pl.col("attribution").fill_null("none")).drop("known")


def _vendor_profiles(offers: pl.DataFrame, vendor: str) -> pl.DataFrame:
    """Of each vendor: origins and destinations of the drug offers; no drug where every offer is known to be none.

    A vendor without a drug offer and with undecided ones is left out.
    """
    places = [
        pl.col(name).filter("is_drug").list.explode(keep_nulls=False, empty_as_null=False).unique().sort()
        for name in ("origins", "destinations")
    ]
    profiles = offers.group_by(vendor).agg(
        *places, is_drug=pl.col("is_drug").any(), undecided=pl.col("drug_class").is_null().any()
    )
    return profiles.filter(pl.col("is_drug") | ~pl.col("undecided")).select(
        vendor, "origins", "destinations", "is_drug", known=pl.lit(value=True)
    )
