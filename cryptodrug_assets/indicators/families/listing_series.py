"""Distinct drug listings by week (LS), by the rule of the Australian monitor, so that they compare with its bulletins.

LS01:w distinct listings in the week w (ISO week): captured listings of equal title, vendor, quantity and market count
once. Titles are equal when their letters and numbers are, whatever the case and the decoration; of equal listings the
one captured last says origin and class. A listing with n origins counts 1/n in each. LS02:w listings beyond the first
of equal ones. LS03 weeks of the month with a whole capture.

A sweep counts in the week in which it began. Partial captures are dropped, as the monitor drops partial crawls: a sweep
of which less than the least coverage was fetched, and an import, of which nobody knows. A week without a whole sweep is
missing, never zero. A week that two months share has a row in each, of the sweeps of that month: they do not add up.
The bulletins take weekly crawls of markets of at least 100 drug listings, in English (Drug Trends, National Drug and
Alcohol Research Centre, UNSW Sydney); that choice is left to the reader.
"""

from collections.abc import Iterator
from datetime import date, timedelta

import polars as pl

from cryptodrug_assets.cleaning.listings import OFFER_COLUMNS, identity, offers_of_parsed, plain_title
from cryptodrug_assets.cleaning.titles.quantities import parse_quantity
from cryptodrug_assets.indicators.code import Code
from cryptodrug_assets.indicators.disclosure.context import Disclosure
from cryptodrug_assets.indicators.disclosure.few_vendors import Row as Published
from cryptodrug_assets.indicators.disclosure.few_vendors import is_few, vendors_of
from cryptodrug_assets.indicators.family import MONTH, Extract, Family, Lead, Publish
from cryptodrug_assets.indicators.rows import (
    ALL,
    WORLD,
    Clean,
    IndicatorOptions,
    Row,
    add_up,
    drugs,
    indicator_frame,
    missing,
    row,
    with_world,
)
from cryptodrug_assets.indicators.tracing import rules
from cryptodrug_assets.indicators.tracing.target import Behind, Tables, Target

_METHOD = (
    "count of distinct title, vendor and quantity in whole sweeps begun in the week; an offer of n origins 1/n each"
)
_WEEK = "%G-W%V"
_NEEDED = ("market", "sweep_id", *OFFER_COLUMNS)
SIGHTINGS: dict[str, pl.DataType | type[pl.DataType]] = {
    "sweep_id": pl.String, "week": pl.String, "listing": pl.UInt32, "vendor": pl.UInt32, "copies": pl.UInt32,
    "is_drug": pl.Boolean, "drug_class": pl.String, "origins": pl.List(pl.String), "n_origins": pl.UInt32,
}  # fmt: skip


def sightings(listings: pl.DataFrame) -> pl.DataFrame:
    """Distinct listings of each sweep, from parsed.listings of a month, without a word of them: sweep_id, the week in
    which it began, `listing` and `vendor` as numbers of this month alone, `copies` (equal listings, itself included),
    is_drug, drug_class, origins, n_origins. Listings without title or vendor are left out.
    """
    known = listings.filter(pl.col("title").is_not_null() & pl.col("vendor_name").is_not_null())
    if known.is_empty():
        return pl.DataFrame(schema=SIGHTINGS)
    began = pl.col("captured_at").min().over("sweep_id").dt.strftime(_WEEK)
    rows = known.select(
        "sweep_id", "captured_at", "capture_id", "row", "vendor_name", "title", identity=identity(),
        wording=plain_title("title"), week=began,
    )  # fmt: skip
    rows = rows.join(_quantities(rows), on=["vendor_name", "title"], how="left", maintain_order="left")
    offers = offers_of_parsed(known, str(known["market"][0])).drop("vendor_name", "destinations")
    rows = rows.join(offers, on="identity", how="left", maintain_order="left")
    key = ("vendor_name", "wording", "amount", "unit")
    rows = rows.with_columns(
        listing=pl.struct(key).rank("dense"),
        vendor=pl.col("vendor_name").rank("dense"),
        n_origins=pl.col("origins").list.len(),
    )
    last = rows.sort("captured_at", "capture_id", "row").group_by("sweep_id", "week", "listing")
    counted = last.agg(
        pl.col("vendor", "is_drug", "drug_class", "origins", "n_origins").last(), copies=pl.col("identity").n_unique()
    )
    return counted.select(pl.col(name).cast(dtype) for name, dtype in SIGHTINGS.items()).sort("sweep_id", "listing")


def _quantities(rows: pl.DataFrame) -> pl.DataFrame:
    """vendor_name, title and, where titles of a vendor are worded alike but written differently, the quantity read from
    each: there alone it can tell them apart."""
    titles = rows.select("vendor_name", "wording", "title").unique().sort("vendor_name", "title")
    several = titles.filter(pl.len().over("vendor_name", "wording") > 1)
    read = [parse_quantity(title) for title in several["title"]]
    return several.select("vendor_name", "title").with_columns(
        amount=pl.Series([quantity.amount for quantity in read], dtype=pl.Float64),
        unit=pl.Series([quantity.unit for quantity in read], dtype=pl.String),
    )


def fetched(captures: pl.DataFrame) -> dict[str | None, float | None]:
    """Sweep → share of its pages that was fetched; None where that is unknown, as of imports. An index that names no
    sweep is one sweep, of the key None."""
    wanted = captures.filter(pl.col("outcome") != "out_of_scope")
    by_sweep = wanted.group_by("sweep_id").agg(
        done=(pl.col("outcome") == "done").mean(), imported=(pl.col("mode") == "import").any()
    )
    return {sweep: None if imported else done for sweep, done, imported in by_sweep.sort("sweep_id").iter_rows()}


def listing_series(
    clean: Clean, *, market: str, month: str, options: IndicatorOptions, coverage: float | None = None
) -> pl.DataFrame:
    """LS01–LS03 of a market-month; clean["sightings"] is what `sightings` made of its parsed listings, and
    clean["captures"] its index of captures."""
    seen = clean.get("sightings")
    if seen is None:
        rows = [missing("LS03", WORLD, "weeks", "no parsed listing was read")]
    else:
        rows = list(_weeks(seen, clean["captures"], options))
    return indicator_frame("listing_series", rows, market=market, month=month, options=options, coverage=coverage)


def _weeks(seen: pl.DataFrame, captures: pl.DataFrame, options: IndicatorOptions) -> Iterator[Row]:
    shares = fetched(captures)
    # Sweeps that showed no listing at all have a week, too, as far as the index says when they were.
    begun = captures.group_by("sweep_id").agg(pl.col("captured_at").min()).drop_nulls()
    weeks: dict[str, set[str | None]] = {}
    for sweep, at in begun.iter_rows():
        weeks.setdefault(at.strftime(_WEEK), set()).add(sweep)
    for sweep, week in seen.select("sweep_id", "week").unique().iter_rows():
        if not any(sweep in sweeps for sweeps in weeks.values()):
            weeks.setdefault(week, set()).add(sweep)
    whole = 0
    for week, sweeps in sorted(weeks.items()):
        of_sweeps = {sweep: shares.get(sweep, shares.get(None)) for sweep in sweeps}
        known = {sweep: share for sweep, share in of_sweeps.items() if share is not None}
        enough = {sweep: share for sweep, share in known.items() if share >= options.min_coverage}
        if enough:
            whole += 1
            inside = seen.filter(pl.col("sweep_id").is_in(list(enough), nulls_equal=True))
            yield from _week(inside, week, min(enough.values()), options)
            continue
        why = "captures of unknown coverage"
        if known:
            why = f"partial captures alone, at most {max(known.values()):.0%} of the pages"
        for country in (WORLD, *options.focus):
            yield missing(f"LS01:{week}", country, "listings", why)
    method = f"weeks with a whole capture, of {len(weeks)} with any"
    yield row("LS03", WORLD, "weeks", whole, method=method, n=len(weeks))


def _week(seen: pl.DataFrame, week: str, fetched_least: float, options: IndicatorOptions) -> Iterator[Row]:
    """The rows of a week, from the sightings in its whole sweeps: a listing seen in several counts once."""
    distinct = drugs(seen.sort("sweep_id", "listing").unique("listing", keep="last", maintain_order=True))
    placed = with_world(distinct)
    both = pl.concat([placed, placed.with_columns(drug_class=pl.lit(ALL))])
    repeated = pl.col("copies") > 1
    counted = add_up(
        both, ["country", "drug_class"], "weight", n=pl.len(), vendors=pl.col("vendor").n_unique(),
        copies=(pl.col("copies") - 1).sum(), repeating=pl.col("vendor").filter(repeated).n_unique(),
    )  # fmt: skip
    rows = {(country, drug): rest for country, drug, *rest in counted.iter_rows()}
    stated = [(WORLD, ALL), *((country, ALL) for country in options.focus)]
    for (country, drug), (value, n, vendors, copies, repeating) in sorted(
        ({key: [0.0, 0, 0, 0, 0] for key in stated} | rows).items()
    ):
        where = {"drug_class": drug, "coverage": fetched_least}
        yield row(f"LS01:{week}", country, "listings", value, method=_METHOD, n=n, n_vendors=vendors, **where)
        yield row(f"LS02:{week}", country, "listings", copies, method="count", n=n, n_vendors=repeating, **where)


def in_week(target: Target, tables: Tables) -> Behind:
    """Drug offers of the country and class that were seen from the first to the last day of the week, or around it."""
    if not target.parameter:
        return Behind(note="a count of the sweeps in the index of captures: no offer stands behind it")
    monday = pl.lit(date.fromisoformat(f"{target.parameter}-1"))
    offers = rules.of_country(target, drugs(tables["listings"]))
    first, last = pl.col("first_seen").dt.date(), pl.col("last_seen").dt.date()
    # A sweep that began on the last day of the week may have shown the offer some days after.
    during = (first < monday + timedelta(14)) & (last >= monday)
    note = "equal offers count once; these are all that were seen then, whole and partial sweeps alike"
    return Behind({"listings": offers.filter(during.fill_null(value=True))}, note=note)


def _keep(shown: Published, disclosure: Disclosure) -> bool:
    """Countries over all classes, and classes of the world."""
    code = disclosure.code_of(shown)
    internal = code is not None and code.internal
    return not internal and (shown["drug_class"] == ALL or shown["country"] == WORLD)


def _hide(shown: Published, disclosure: Disclosure) -> bool:
    """Few vendors; copies of few vendors, which the month's offers less these would tell; classes that others tell."""
    week = disclosure.parsed(shown).parameter
    if not week:
        return False
    copies = _copies(shown, week, disclosure)
    if is_few(copies) or disclosure.is_of_few(shown):
        return True
    return shown["drug_class"] != ALL and (_few_of_class(shown, disclosure) or _told_by_classes(shown, disclosure))


def _copies(shown: Published, week: str, disclosure: Disclosure) -> int:
    """Vendors with equal offers among those of the row."""
    same = {name: shown[name] for name in ("market", "month", "country", "drug_class")}
    found = disclosure.tables["listing_series"].filter(indicator=f"LS02:{week}", **same)
    return int(found["n_vendors"].item()) if found.height else 0


def _few_of_class(shown: Published, disclosure: Disclosure) -> bool:
    drug, market = str(shown["drug_class"]), str(shown["market"])
    return is_few(vendors_of(shown)) or disclosure.hidden.world_class("L", market, shown["month"], drug)


def _told_by_classes(shown: Published, disclosure: Disclosure) -> bool:
    """Whether the world, less its other classes, would tell a class of few: then no class of the week is shown. Two
    hidden ones are needed, one of them of three vendors."""
    cell = {name: shown[name] for name in ("market", "month", "indicator")} | {"country": WORLD}
    classes = disclosure.tables["listing_series"].filter(pl.col("drug_class") != ALL, **cell)
    hidden = [part for part in classes.iter_rows(named=True) if _few_of_class(part, disclosure)]
    return bool(hidden) and (len(hidden) < 2 or all(is_few(vendors_of(part)) for part in hidden))


FAMILY = Family(
    table="listing_series",
    grain="month",
    codes=(
        Code("LS01", "listings", measure="L", parameter="week", rows=in_week),
        Code("LS02", "listings", measure="L", parameter="week", internal=True, rows=in_week),
        Code("LS03", "weeks", rows=in_week),
    ),
    compute=listing_series,
    rows=in_week,
    reads=(*MONTH, "parsed/listings"),
    columns={"listings": ("first_seen", "last_seen")},
    extracts=(Extract("sightings", "listings", _NEEDED, sightings),),
    publish=Publish(keep=_keep, hide=_hide),
    lead=Lead("LS01"),
)
