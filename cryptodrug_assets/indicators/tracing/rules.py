"""The rules of indicators/trace.py: the rows that a formula counts and those it divides by.

They are written apart from the formulas on purpose: tests compare what the rules choose with what the formulas made of
it. A family names its rule (`Family.rows`, `Code.rows`); nothing here imports a formula.
"""

from dataclasses import replace
from datetime import date

import polars as pl

from cryptodrug_assets.indicators.code import LINK_CLASSES, parse_code
from cryptodrug_assets.indicators.links import WITHIN, vendor_links
from cryptodrug_assets.indicators.places import ANGLO, EU28, EUROPE
from cryptodrug_assets.indicators.rows import ALL, UNKNOWN, WORLD, drugs, exact_sales
from cryptodrug_assets.indicators.tracing.target import Behind, Rows, Tables, Target
from cryptodrug_assets.indicators.wholesale import WHOLESALE_G, WHOLESALE_OFFER_USD, WHOLESALE_USD, in_dollars
from cryptodrug_assets.observation import market_configs

_CLOSING = ("closure_notice", "voluntary_closure", "exit_scam", "law_enforcement")


def _from(country: str) -> pl.Expr:
    if country == WORLD:
        return pl.lit(value=True)
    origins = pl.col("origins")
    return origins.list.len() == 0 if country == UNKNOWN else origins.list.contains(country)


def _class(drug_class: str) -> pl.Expr:
    if drug_class == ALL:
        return pl.lit(value=True)
    return pl.col("drug_class").is_null() if drug_class == "unknown" else pl.col("drug_class") == drug_class


def measured(target: Target, tables: Tables) -> tuple[str, pl.DataFrame]:
    """The table of the target's measure and its rows that count at all."""
    if target.measure == "R":
        return "transactions", exact_sales(tables)
    if target.measure == "T":
        return "transactions", drugs(tables["transactions"])
    return "listings", drugs(tables["listings"])


def of_country(target: Target, frame: pl.DataFrame) -> pl.DataFrame:
    """The rows of the country and class of a value."""
    return frame.filter(_from(target.country), _class(target.drug_class))


def level(target: Target, tables: Tables) -> Behind:
    """Levels, trends and concentration: the rows of the measure in the country and class."""
    if "counter" in target.words:
        return counted_by_market(target, tables)
    name, frame = measured(target, tables)
    if "observed" in target.words:
        frame = frame.filter(pl.col("status") == "observed")
    return Behind({name: of_country(target, frame)})


def share(target: Target, tables: Tables) -> Behind:
    """The country's rows, and those of the whole market."""
    name, frame = measured(target, tables)
    return Behind({name: of_country(target, frame)}, {name: frame.filter(_class(target.drug_class))})


def mix(target: Target, tables: Tables) -> Behind:
    """Shares of classes, quotients and likeness: what has a class, of the country and (where compared) of the world."""
    name, frame = measured(target, tables)
    classed = frame.filter(pl.col("drug_class").is_not_null())
    with_world = target.base in ("DM02", "SP01", "SP02")
    compared = classed if with_world else classed.filter(_from(target.country))
    return Behind({name: of_country(target, classed)}, {name: compared})


def destined(target: Target, tables: Tables) -> Behind:
    """Routes: what ships from the country to the destination."""
    name, frame = measured(target, tables)
    own, to = of_country(target, frame), pl.col("destinations").list
    return Behind({name: own.filter(to.len() == 0 if target.parameter == UNKNOWN else to.contains(target.parameter))})


def shipped(target: Target, tables: Tables) -> Behind:
    """Abroad (RT02) and reach (RT04), of the offers that say where they ship to."""
    own = of_country(target, drugs(tables["listings"])).filter(pl.col("destinations").list.len() > 0)
    beyond, outside, far = (
        pl.col("destinations").list.set_difference(pl.lit(places)).list.len() > 0
        for places in ([target.country], sorted(EU28), sorted(EUROPE))
    )
    reach = {
        "domestic": ~beyond,
        "eu": beyond & ~outside,
        "europe": beyond & outside & ~far,
        "world": beyond & outside & far,
    }
    chosen = own.filter(reach.get(target.parameter, beyond))
    return Behind({"listings": chosen}, {} if "n" in target.words else {"listings": own})


def excluding(target: Target, tables: Tables) -> Behind:
    """Exclusions (RT03): offers that name the place, of those that say anything of where they ship to."""
    says = (pl.col("destinations").list.len() > 0) | (pl.col("excluded").list.len() > 0)
    own = of_country(target, drugs(tables["listings"])).filter(says)
    what = list(ANGLO) if target.parameter == "ANGLO" else [target.parameter]
    named = own.filter(pl.col("excluded").list.set_intersection(pl.lit(what)).list.len() > 0)
    return Behind({"listings": named}, {} if "n" in target.words else {"listings": own})


def changed(target: Target, tables: Tables) -> Behind:
    """RT05: a share of the month less that of the month before; the code of the share is the parameter."""
    of = parse_code(target.parameter)
    choose = excluding if of.base == "RT03" else shipped
    return choose(replace(target, base=of.base, words=of.words, parameter=of.parameter), tables)


def several_origins(target: Target, tables: Tables) -> Behind:
    """MO01: vendors with several origins in the month; MO02–MO04: over the months, in turn, moves and pairs."""
    offers = drugs(tables["listings"])
    months = _origins_by_month(offers)
    ever = {vendor: frozenset().union(*seen) for vendor, seen in months.items()}
    if target.country == WORLD:
        own = set(offers["vendor_key"]) if target.base == "MO01" else set(ever)
    else:
        own = {vendor for vendor, origins in ever.items() if target.country in origins}
    several = {vendor for vendor in own if len(ever.get(vendor, ())) > 1}
    chosen, of = several, own
    if target.base == "MO02":
        chosen = {vendor for vendor in own if _disjoint(months[vendor])}
    elif target.base == "MO03":
        chosen = {vendor for vendor in own if _moved(months[vendor], target.country, target.parameter)}
    elif target.base == "MO04" and target.parameter:
        chosen, of = {vendor for vendor in several if target.parameter in ever[vendor]}, several
    return Behind(
        {"listings": offers.filter(pl.col("vendor_key").is_in(list(chosen)))},
        {"listings": offers.filter(pl.col("vendor_key").is_in(list(of)))},
    )


def _origins_by_month(offers: pl.DataFrame) -> dict[str, list[frozenset[str]]]:
    found: dict[str, dict[date, set[str]]] = {}
    for vendor, month, origins in offers.select("vendor_key", "month", "origins").sort("month").iter_rows():
        if origins:
            found.setdefault(vendor, {}).setdefault(month, set()).update(origins)
    return {vendor: [frozenset(origins) for origins in months.values()] for vendor, months in found.items()}


def _disjoint(months: list[frozenset[str]]) -> bool:
    return any(a.isdisjoint(b) for k, a in enumerate(months) for b in months[k + 1 :])


def _moved(months: list[frozenset[str]], origin: str, to: str) -> bool:
    return any(origin in a and to not in a and to in b and origin not in b for a, b in zip(months, months[1:]))  # noqa: B905, RUF007


def sizes(target: Target, tables: Tables) -> Behind:
    """Sizes of sales, and offers of wholesale size."""
    if target.base == "TS05" and "offer" in target.words:
        own = of_country(target, drugs(tables["listings"])).filter(~pl.col("is_holding_price"))
        day = {"euros": pl.col("price_eur").cast(pl.Float64), "dated_at": pl.col("last_seen")}
        offers = in_dollars(own.with_columns(**day)).drop_nulls("dollars")
        large = offers.filter(pl.col("dollars") >= WHOLESALE_OFFER_USD)
        return Behind({"listings": large.select(own.columns)}, {"listings": offers.select(own.columns)})
    sales = of_country(target, exact_sales(tables))
    if target.base == "TS05":
        return _wholesale(target, sales, tables)
    counted = sales
    if target.base == "TS01":
        counted = sales.filter(pl.col("euros") > float(target.parameter))
    elif target.base == "TS02":
        counted = sales.filter(pl.col("euros") == pl.col("euros").max())
    elif target.base == "TS04" and "top" in target.words:
        counted = sales.sort("euros", "transaction_key").tail(max(1, round(sales.height / 10)))
    elif target.base == "TS04":
        counted = sales.filter(pl.col("euros") >= float(target.parameter))
    return Behind({"transactions": counted}, {} if counted is sales else {"transactions": sales})


def _wholesale(target: Target, sales: pl.DataFrame, tables: Tables) -> Behind:
    if "mass" not in target.words:
        large = in_dollars(sales).filter(pl.col("dollars") >= WHOLESALE_USD)
        return Behind({"transactions": large}, {"transactions": sales})
    weighed = (pl.col("quantity_unit") == "g") & (pl.col("quantity_confidence") == "high")
    grams = tables["listings"].select("listing_key", grams=pl.when(weighed).then(pl.col("quantity")))
    least = pl.col("drug_class").replace_strict(WHOLESALE_G, default=None, return_dtype=pl.Float64)
    known = (
        sales.join(grams.unique("listing_key", keep="first", maintain_order=True), on="listing_key", how="left")
        .with_columns(least=least)
        .filter(pl.col("grams").is_not_null() & pl.col("least").is_not_null())
    )
    return Behind({"transactions": known.filter(pl.col("grams") >= pl.col("least"))}, {"transactions": known})


def sold(target: Target, tables: Tables) -> Behind:
    """Daily and weekly series: all drug sales of the market in its window."""
    return Behind({"transactions": of_country(target, drugs(tables["transactions"]))})


def migrated(target: Target, tables: Tables) -> Behind:
    """Vendors of the closed market that are linked to vendors of the other (after the colon), on both markets."""
    vendors = tables["vendors"].filter("is_active")
    here, there = (vendors.filter(pl.col("market") == name) for name in (target.market, target.parameter))
    closed = min(event.date for event in market_configs()[target.market].events if event.type in _CLOSING)
    first = there.group_by("vendor_key").agg(pl.col("month").min())
    new = first.filter(pl.col("month").is_between(closed.replace(day=1), closed + WITHIN)).select("vendor_key")
    came = here.filter(_from(target.country)).select("vendor_key").unique()
    links = vendor_links(tables).filter(
        (pl.col("market") == target.market) & (pl.col("other_market") == target.parameter)
    )
    linked = links.join(came, on="vendor_key", how="semi")
    linked = linked.join(there.select(other_vendor_key="vendor_key").unique(), on="other_vendor_key", how="semi")
    if target.base != "MG02":
        linked = linked.join(new.rename({"vendor_key": "other_vendor_key"}), on="other_vendor_key", how="semi")
    classes = next((word for word in target.words if word in LINK_CLASSES), "ABC")
    linked = linked.filter(pl.col("link_class").is_in(list(classes)))
    left = here.join(linked.select("vendor_key").unique(), on="vendor_key", how="semi")
    right = there.join(linked.select(vendor_key="other_vendor_key").unique(), on="vendor_key", how="semi")
    counted: Rows = {"vendors": pl.concat([left, right])}
    if target.base == "MG03":
        sales = drugs(tables["transactions"]).filter(pl.col("market") == target.parameter)
        counted["transactions"] = sales.join(right.select("vendor_key").unique(), on="vendor_key", how="semi")
    compared: Rows = {}
    if "share" in target.words:
        newcomers = there.filter(_from(target.country)).join(new, on="vendor_key", how="semi")
        compared = {"vendors": there.join(newcomers.select("vendor_key").unique(), on="vendor_key", how="semi")}
    note = "each vendor is counted once on each of the two markets: a pair of linked accounts is two pseudonyms"
    return Behind(counted, compared, note)


def stayed(target: Target, tables: Tables) -> Behind:
    active = tables["vendors"].filter("is_active")
    mine = active.join(active.filter(_from(target.country)), on="vendor_key", how="semi")
    start = active["month"].min()
    spells = mine.group_by("vendor_key").agg(first=pl.col("month").min(), last=pl.col("month").max())
    at = pl.lit(f"{target.month}-01").str.to_date()
    chosen = {"SV02": pl.col("first") == at, "SV03": pl.col("last") == at}.get(target.base, pl.col("first") > start)
    return Behind({"vendors": mine.join(spells.filter(chosen), on="vendor_key", how="semi")})


def compared_with_literature(target: Target, tables: Tables) -> Behind:
    """Figures beside those of the literature: shares, and revenue."""
    if target.base == "CMP01":
        return share(replace(target, measure=target.words[0]), tables)
    exact = exact_sales(tables)
    compared: Rows = {"transactions": exact.filter(_from(target.parameter))} if target.parameter else {}
    return Behind({"transactions": of_country(target, exact)}, compared)


def quoted(target: Target, tables: Tables) -> Behind:
    """Figures of the literature."""
    return Behind(note="a figure of the literature, quoted with its source: nothing was captured for it")


def counted_by_market(target: Target, tables: Tables) -> Behind:
    """Sales by the vendors' own counters (of the month and the one before), and feedback of the same vendors."""
    vendors = tables["vendors"].filter(pl.col("sales_lo").is_not_null())
    at = pl.lit(f"{target.month}-01").str.to_date()
    before = vendors.filter(pl.col("month") < at).select("vendor_key")
    new = vendors.filter(pl.col("month") == at, _from(target.country))
    known = new.join(before, on="vendor_key", how="semi")
    joined = new.join(before, on="vendor_key", how="anti").filter(pl.col("member_since") >= at)
    chosen = pl.concat([known, joined])
    both = vendors.join(chosen.select("vendor_key"), on="vendor_key", how="semi")
    if target.base != "COV04":
        return Behind({"vendors": both})
    sales = tables["transactions"].filter(pl.col("month") == at)
    return Behind(
        {"transactions": sales.join(chosen.select("vendor_key"), on="vendor_key", how="semi")}, {"vendors": both}
    )


def conduct(target: Target, tables: Tables) -> Behind:
    """Ratings (RD) of drug sales, currencies (CU) of offers and sales, offers that speak of harm reduction (HR)."""
    if target.base == "HR01":
        read = of_country(target, drugs(tables["listings"])).join(tables["texts"], on="capture_id").drop_nulls("harm")
        return Behind({"listings": read.filter("harm").drop("harm")}, {"listings": read.drop("harm")})
    if target.base == "CU01":
        name, frame = measured(replace(target, measure="R" if target.measure == "T" else "L"), tables)
        priced = of_country(target, frame).filter(pl.col("price_currency").is_not_null())
        return Behind({name: priced.filter(pl.col("price_currency") == target.parameter)}, {name: priced})
    seen = drugs(tables["transactions"]).filter(pl.col("status") == "observed")
    sales, stars = of_country(target, seen), pl.col("rating")
    rated = sales.filter(stars.is_not_null())
    if target.base == "RD02":
        return Behind({"transactions": rated}, {"transactions": sales})
    kinds = {"positive": stars >= 4, "negative": stars <= 2, "neutral": (stars < 4) & (stars > 2)}
    return Behind({"transactions": rated.filter(kinds[target.parameter])}, {"transactions": rated})


def covered(target: Target, tables: Tables) -> Behind:
    """Pages, offers and sales that coverage is made of."""
    pages = tables["captures"]
    if target.base == "COV01" and "counter" in target.words:
        roots = (pl.col("counter") == "category_listings") & (pl.col("depth") == 0)
        return Behind({"listings": tables["listings"]}, {"market_counters": tables["market_counters"].filter(roots)})
    if target.base == "COV01":
        wanted = pages.filter(pl.col("outcome") != "out_of_scope")
        return Behind({"captures": wanted.filter(pl.col("outcome") == "done")}, {"captures": wanted})
    if target.base == "COV02":
        offers = pages.filter((pl.col("page_kind") == "listing") & (pl.col("outcome") == "done"))
        last = offers["sweep_id"].unique().sort().to_list()[-2:]
        return Behind({"captures": offers.filter(pl.col("sweep_id").is_in(last))})
    sales = tables["transactions"]
    return Behind({"transactions": sales.filter(~pl.col("gap"))}, {"transactions": sales})


def drug_offers(target: Target, tables: Tables) -> Behind:
    """The scorecard's own share: drug offers among all offers."""
    offers = tables["listings"]
    return Behind({"listings": drugs(offers)}, {"listings": offers})


def everything(target: Target, tables: Tables) -> Behind:
    """Where no rule says more: every row of the country and class."""
    frames = {name: drugs(tables[name]) for name in ("listings", "transactions")}
    note = f"no rule says which rows {target.indicator} counts: these are all of its country and class"
    return Behind({name: of_country(target, frame) for name, frame in frames.items()}, frames, note)
