"""What most deserves a look by a person: offers and links of vendors by the revenue at stake and the doubt about them.

Reads restricted texts; what it gives stays with whoever runs the platform. A line is in the form of a correction, so
that a person fills in what it is, why, and who decided (corrections.py). Keep out: files, printing (the commands).
"""

from collections.abc import Sequence

import polars as pl

from cryptodrug_assets.cleaning.corrections import COLUMNS, TEXT_OF, Correction, shown, text_digests
from cryptodrug_assets.cleaning.listings import identity
from cryptodrug_assets.cleaning.pseudonyms import Pseudonyms

#: Columns beside those of a correction: why it is asked, what hangs on it, and what a person needs to decide.
CONTEXT = ("why", "doubt", "stake_eur", "title", "category", "ships_from", "ships_to", "description")
_SCHEMA = pl.Schema(
    dict.fromkeys((*COLUMNS, *CONTEXT), pl.String()) | dict.fromkeys(("doubt", "stake_eur"), pl.Float64())
)
_DESCRIPTION = 400
#: How doubtful each sign makes a field: a share of the revenue at stake that may stand in the wrong place.
_SIGNS: dict[str, tuple[tuple[str, float, pl.Expr], ...]] = {
    "drug_class": (
        ("no class", 1.0, pl.col("drug_class").is_null()),
        ("title and category disagree, or one says nothing", 0.5, pl.col("class_review")),
    ),
    "origins": (
        (
            "origin not understood",
            0.8,
            (pl.col("n_origins") == 0) & pl.col("ships_from").is_not_null() & (pl.col("origin_kind") == "unknown"),
        ),
    ),
    "destinations": (
        (
            "destinations not understood",
            0.2,
            (pl.col("ships_to").list.len() > 0) & (pl.col("destination_kind") == "unknown"),
        ),
    ),
    "quantity": (
        ("page and title state different amounts", 0.4, pl.col("quantity_rule") == "unit_conflict"),
        ("amount is a guess", 0.3, pl.col("is_drug") & (pl.col("quantity_confidence") == "low")),
    ),
}


def offers_to_review(
    listings: pl.DataFrame,
    transactions: pl.DataFrame,
    parsed: pl.DataFrame,
    pseudonyms: Pseudonyms,
    corrections: Sequence[Correction] = (),
) -> pl.DataFrame:
    """Doubtful fields of offers of one market, most revenue at doubt first: the columns of a correction, and CONTEXT.

    `listings` and `transactions` are clean tables, `parsed` parsed.listings of the same months. What hangs on an offer
    is what its sales brought, else its number of sales at its price, else its price; holding prices bring nothing. What
    people have corrected is asked again only where its text has changed.
    """
    if listings.is_empty():
        return pl.DataFrame(schema=_SCHEMA)
    market = listings["market"][0]
    texts = _texts(parsed, market, pseudonyms)
    latest = listings.sort("month").unique("listing_key", keep="last", maintain_order=True)
    sales = (
        transactions.filter(pl.col("listing_key").is_not_null())
        .group_by("listing_key")
        .agg(paid=pl.col("price_eur").cast(pl.Float64).sum(), sold=pl.len())
    )
    offers = latest.join(texts, on="listing_key").join(sales, on="listing_key", how="left")
    price = pl.when(~pl.col("is_holding_price")).then(pl.col("price_eur").cast(pl.Float64)).fill_null(0.0)
    offers = offers.with_columns(
        stake_eur=pl.max_horizontal("paid", price * pl.max_horizontal(pl.col("sold"), 1)).fill_null(0.0)
    )
    found = [_doubtful(offers, field, pseudonyms, corrections) for field in TEXT_OF]
    return by_stake(pl.concat(found))


def _texts(parsed: pl.DataFrame, market: str, pseudonyms: Pseudonyms) -> pl.DataFrame:
    """What cleaning took as the text of each offer: the latest, of the offer's own page where there is one."""
    rows = parsed.with_columns(identity=identity(), detail=pl.col("page_kind") == "listing")
    rows = rows.filter(pl.col("identity").is_not_null()).sort("detail", "captured_at", "capture_id", "row")
    texts = rows.group_by("identity", maintain_order=True).agg(
        *(pl.col(name).drop_nulls().last() for name in ("title", "category_path", "ships_from", "description")),
        pl.col("ships_to").filter(pl.col("ships_to").list.len() > 0).last(),
    )
    keys = pseudonyms.column("listing", market + "|" + texts["identity"])
    return texts.with_columns(listing_key=keys).drop("identity")


def _doubtful(
    offers: pl.DataFrame, field: str, pseudonyms: Pseudonyms, corrections: Sequence[Correction]
) -> pl.DataFrame:
    signs = _SIGNS[field]
    why, doubt = pl.lit(None, pl.String), pl.lit(0.0)
    for text, weight, sign in reversed(signs):
        why, doubt = pl.when(sign).then(pl.lit(text)).otherwise(why), pl.when(sign).then(weight).otherwise(doubt)
    rows = offers.with_columns(
        of_text=text_digests(offers, TEXT_OF[field], pseudonyms), was=shown(field), why=why, doubt=doubt
    )
    said = [(one.key, one.of_text) for one in corrections if one.what == "listing" and one.field == field]
    table = pl.DataFrame(said, schema={"listing_key": pl.String, "seen_text": pl.String}, orient="row")
    rows = rows.join(table, on="listing_key", how="left")
    other_text = (pl.col("seen_text") != pl.col("of_text")).fill_null(value=False)
    rows = rows.with_columns(
        why=pl.when(other_text).then(pl.lit("its text has changed since it was corrected")).otherwise("why"),
        doubt=pl.when(other_text).then(1.0).otherwise("doubt"),
    ).filter(other_text | (pl.col("seen_text").is_null() & (pl.col("doubt") > 0)))
    empty = pl.lit("")
    return rows.select(
        what=pl.lit("listing"),
        market="market",
        key="listing_key",
        field=pl.lit(field),
        was="was",
        **{"is": empty},
        reason=empty,
        role=empty,
        date=empty,
        of_text="of_text",
        why="why",
        doubt="doubt",
        stake_eur=pl.col("stake_eur").round(2),
        title="title",
        category=pl.col("category_path").list.join(" / "),
        ships_from="ships_from",
        ships_to=pl.col("ships_to").list.join(", "),
        description=pl.col("description").str.slice(0, _DESCRIPTION).str.replace_all(r"\s+", " "),
    ).cast(_SCHEMA)


def links_to_review(
    links: pl.DataFrame, transactions: pl.DataFrame, corrections: Sequence[Correction] = ()
) -> pl.DataFrame:
    """Links of vendors that are not certain, by what both sold: as offers_to_review."""
    said = {one.key for one in corrections if one.what == "vendor_link"}
    sold = transactions.group_by("vendor_key").agg(eur=pl.col("price_eur").cast(pl.Float64).sum())
    pairs = links.filter(pl.col("link_class") != "A").with_columns(
        key=pl.concat_str("vendor_key", "other_vendor_key", separator="+")
    )
    pairs = pairs.filter(~pl.col("key").is_in(list(said)))
    pairs = pairs.join(sold, on="vendor_key", how="left").join(
        sold, left_on="other_vendor_key", right_on="vendor_key", how="left", suffix="_other"
    )
    probability = pl.col("probability")
    empty, nothing = pl.lit(""), pl.lit(None, pl.String)
    return by_stake(
        pairs.select(
            what=pl.lit("vendor_link"),
            market="market",
            key="key",
            field=pl.lit("same_vendor"),
            was="link_class",
            **{"is": empty},
            reason=empty,
            role=empty,
            date=empty,
            of_text=empty,
            why=pl.concat_str(pl.lit("linked by "), pl.col("evidence").list.join(", ")),
            # Nothing is as doubtful as a half.
            doubt=4 * probability * (1 - probability),
            stake_eur=(pl.col("eur").fill_null(0.0) + pl.col("eur_other").fill_null(0.0)).round(2),
            title=nothing,
            category=nothing,
            ships_from=nothing,
            ships_to=nothing,
            description=nothing,
        ).cast(_SCHEMA)
    )


def by_stake(rows: pl.DataFrame) -> pl.DataFrame:
    """Lines to review, most revenue in doubt first."""
    weight = (pl.col("stake_eur") * pl.col("doubt")).neg()
    return rows.sort(weight, pl.col("doubt").neg(), "key", "field")
