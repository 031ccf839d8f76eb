"""clean.vendor_links and its public totals: which accounts are one vendor, within a market and across markets.

Reads restricted names, keys, texts and badges; returns pseudonyms and kinds of evidence. Within a market: accounts that
changed their name (the market's own vendor id, or one key shown by one name after the other). Across markets:
linkage.py. Sources, figures and limits: docs/methods/vendor-linkage.md.
"""

import json
from collections.abc import Collection, Sequence
from itertools import combinations

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.cleaning.corrections import Correction, with_corrected_links
from cryptodrug_assets.cleaning.pseudonyms import Pseudonyms
from cryptodrug_assets.cleaning.titles.drugs import CLASSES
from cryptodrug_assets.cleaning.vendors.linkage import LINK_COLUMNS, LinkOptions, link_vendors, totals
from cryptodrug_assets.observation import market_configs

# Public totals never let a count of one or two vendors be worked out.
_LEAST = 3
_SUMS = ("A", "A+B", "A+B+C")
PARSED_COLUMNS = (
    "market", "month", "captured_at", "vendor_name", "vendor_id", "pgp_fingerprint", "profile_text", "external_ratings",
)  # fmt: skip
CLEAN_COLUMNS = ("market", "month", "vendor_key", "origins", "drug_classes")


def vendor_links(
    parsed: pl.DataFrame,
    clean: pl.DataFrame,
    *,
    pseudonyms: Pseudonyms,
    options: LinkOptions | None = None,
    partial: Collection[str] = (),
    corrections: Sequence[Correction] = (),
) -> dict[str, pl.DataFrame]:
    """clean.vendor_links and clean.vendor_link_totals from parsed.vendors and clean.vendors of all months.

    One row per pair, the older market (or, within a market, the older name) on the left; `month` is the latest month in
    which both had been seen. A vendor known from offers alone has no page, and enters with nothing but a name when one
    of its pages names it. `partial`: markets of which nobody knows how much was captured; that a vendor offers one
    class in a part of a market says nothing against it being one that offers others elsewhere. `corrections` are those
    by people.
    """
    accounts = _accounts(parsed.select(PARSED_COLUMNS), clean.select(CLEAN_COLUMNS), pseudonyms)
    in_part = pl.col("market").is_in(list(partial))
    accounts = accounts.with_columns(categories=pl.when(~in_part).then("categories"))
    renamed = with_corrected_links(_renames(accounts), corrections)
    current = accounts.join(renamed, left_on="vendor_key", right_on="left", how="anti", maintain_order="left")
    parts = [_dressed(renamed, "rename", accounts)]
    sums = []
    markets = [market for market in market_configs() if market in set(accounts["market"])]
    for first, second in combinations(markets, 2):
        one, other = (current.filter(pl.col("market") == market) for market in (first, second))
        links = with_corrected_links(link_vendors(one, other, options, _attested(one, other)), corrections)
        parts.append(_dressed(links, "across", accounts))
        sums.append(_totals(first, second, one, other, links))
    schema = contracts.load("clean", "vendor_link_totals").polars_schema
    public = pl.DataFrame(sums, schema=schema, orient="row") if sums else pl.DataFrame(schema=schema)
    return {"vendor_links": pl.concat(parts), "vendor_link_totals": public}


def _accounts(parsed: pl.DataFrame, clean: pl.DataFrame, pseudonyms: Pseudonyms) -> pl.DataFrame:
    """One row per market and name: what linkage compares, account id, badges, first and last time seen."""
    rows = parsed.sort("market", "vendor_name", "captured_at", maintain_order=True)
    seen = rows.group_by("market", "vendor_name", maintain_order=True).agg(
        *(pl.col(name).drop_nulls().last() for name in ("vendor_id", "pgp_fingerprint", "profile_text")),
        pl.col("external_ratings").drop_nulls().unique().sort(),
        first_seen=pl.col("captured_at").min(),
        last_seen=pl.col("captured_at").max(),
        last_month=pl.col("month").max(),
    )
    names = seen.select(text=pl.concat_str("market", "vendor_name", separator="|"))["text"]
    offered = clean.group_by("market", "vendor_key").agg(
        classes=pl.col("drug_classes").explode(empty_as_null=True).drop_nulls().unique(),
        # The origin named in most months; of equals the first by name.
        country=pl.col("origins").explode(empty_as_null=True).drop_nulls().sort().mode(maintain_order=True).first(),
    )
    bits = {name: 1 << place for place, name in enumerate(CLASSES)}
    seen = seen.with_columns(vendor_key=pseudonyms.column("vendor", names)).join(
        offered, on=["market", "vendor_key"], how="left", maintain_order="left"
    )
    return seen.select(
        "market", "vendor_key", "vendor_id", "first_seen", "last_seen", "last_month", "profile_text", "country",
        alias="vendor_name",
        fingerprint=pl.col("pgp_fingerprint").str.to_uppercase().str.replace_all(r"\s", ""),
        categories=pl.col("classes").list.eval(pl.element().replace_strict(bits, default=0)).list.sum().cast(pl.Int64),
        badges=pl.Series([_badges(texts) for texts in seen["external_ratings"]], dtype=pl.List(pl.String)),
    )  # fmt: skip


def _badges(texts: Sequence[str]) -> list[str]:
    """Markets (our names) whose ratings a market has verified and shows."""
    shown = {_market(str(rating["market"])) for text in texts for rating in json.loads(text) if rating.get("market")}
    return sorted(name for name in shown if name is not None)


def _market(text: str) -> str | None:
    """Our name of a market that a page names in its own way: "Dream Market", "WallStreet", "dream"."""

    def bare(name: str) -> str:
        return "".join(letter for letter in name.casefold() if letter.isalnum()).removesuffix("market")

    for name, config in market_configs().items():
        if bare(text) in (bare(name), bare(config.label)):
            return name
    return None


def _attested(left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """Pairs of one name of which either side wears the other market's badge. The badge does not say which account it
    stands for; names are unique on a market, so the bearer of the same name is who the market has verified."""
    handle = pl.col("alias").str.strip_chars().str.to_lowercase()
    sides = [
        side.with_columns(handle=handle).filter(pl.len().over("handle") == 1).select(
            "market", "handle", "vendor_key", "badges"
        )
        for side in (left, right)
    ]  # fmt: skip
    both = sides[0].join(sides[1], on="handle", suffix="_other")
    worn = pl.col("badges").list.contains(pl.col("market_other")) | pl.col("badges_other").list.contains(
        pl.col("market")
    )
    return both.filter(worn.fill_null(value=False)).select(left="vendor_key", right="vendor_key_other")


def _renames(accounts: pl.DataFrame) -> pl.DataFrame:
    """Links from an older name to the next one of the same account, as linkage.py gives them, class A.

    The market's own vendor id decides; without one, a key that names showed one after the other, never at once: two
    names with one key at the same time may be two accounts of a vendor, or a copied key.
    """
    columns = ["market", "vendor_key", "vendor_id", "fingerprint", "first_seen", "last_seen"]
    found = []
    for mark, evidence in (("vendor_id", "account"), ("fingerprint", "key")):
        rows = (
            accounts.filter(pl.col(mark).is_not_null()).select(columns).sort("market", mark, "first_seen", "last_seen")
        )
        rows = rows.with_columns(
            pl.col("vendor_key", "first_seen", "vendor_id", "fingerprint")
            .shift(-1)
            .over("market", mark)
            .name.suffix("_next")
        ).filter(pl.col("vendor_key_next").is_not_null())
        if mark == "fingerprint":
            apart = (pl.col("last_seen") < pl.col("first_seen_next")).all().over("market", mark)
            other_id = (pl.col("vendor_id") != pl.col("vendor_id_next")).fill_null(value=False)
            rows = rows.filter(apart & ~other_id)
        found.append(
            rows.select(
                left="vendor_key", right="vendor_key_next", link_class=pl.lit("A"), probability=pl.lit(1.0),
                evidence=pl.concat_list(pl.lit(evidence)), same_name=pl.lit(value=False),
                key_conflict=(pl.col("fingerprint") != pl.col("fingerprint_next")).fill_null(value=False),
                possible_imitation=pl.lit(value=False),
            )
        )  # fmt: skip
    return pl.concat(found).unique("left", keep="first", maintain_order=True).select(LINK_COLUMNS)


def _dressed(links: pl.DataFrame, kind: str, accounts: pl.DataFrame) -> pl.DataFrame:
    """Links with markets, kind and month, in the form of the contract."""
    last_months = accounts.select("vendor_key", "market", "last_month")
    schema = contracts.load("clean", "vendor_links").polars_schema
    return (
        links.join(last_months, left_on="left", right_on="vendor_key", maintain_order="left")
        .join(last_months, left_on="right", right_on="vendor_key", suffix="_right", maintain_order="left")
        .with_columns(
            vendor_key="left", other_market="market_right", other_vendor_key="right", kind=pl.lit(kind),
            month=pl.max_horizontal("last_month", "last_month_right"),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in schema.items())
    )  # fmt: skip


def _totals(first: str, second: str, one: pl.DataFrame, other: pl.DataFrame, links: pl.DataFrame) -> dict[str, object]:
    """The public row of a pair of markets. A total from which one or two vendors could be worked out is left out."""
    found = totals(links)
    row: dict[str, object] = {
        "market": first,
        "other_market": second,
        "month": max(one["last_month"].max(), other["last_month"].max()),  # type: ignore[type-var]
        "vendors": one.height,
        "other_vendors": other.height,
    }
    shown = 0
    hidden = False
    for name, column in zip(_SUMS, ("linked_a", "linked_ab", "linked_abc"), strict=True):
        step = int(found[name]) - shown
        row[column] = None if 0 < step < _LEAST else int(found[name])
        hidden = hidden or row[column] is None
        shown = shown if row[column] is None else int(found[name])
    row["expected"] = None if hidden else round(found["sum_p"])
    row["conf_status"] = "C" if hidden else "F"
    return row
