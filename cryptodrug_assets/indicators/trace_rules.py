"""The rules of trace.py: for every code, the rows its formula counts and those it divides by.

They are written apart from the formulas on purpose: tests compare what the rules choose with what the formulas made of
it. A code without a rule gets every row of its country and class, and says so.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

import polars as pl

from cryptodrug_assets.indicators.migration import WITHIN, vendor_links
from cryptodrug_assets.indicators.rows import ALL, UNKNOWN, WORLD, drugs, exact_sales
from cryptodrug_assets.indicators.shipping import ANGLO, EU28, EUROPE
from cryptodrug_assets.indicators.trace_target import Behind, Rows, Target
from cryptodrug_assets.indicators.transaction_sizes import WHOLESALE_G, WHOLESALE_USD, in_dollars
from cryptodrug_assets.observation import market_configs

Tables = Mapping[str, pl.DataFrame]
Rule = Callable[[Target, Tables], Behind]
_CLOSING = ("closure_notice", "voluntary_closure", "exit_scam", "law_enforcement")


def rule(target: Target) -> Rule:
    """The rule of a code, by its base or its family."""
    return _RULES.get(target.base) or _RULES.get(target.base.rstrip("0123456789")) or _everything


def _from(country: str) -> pl.Expr:
    if country == WORLD:
        return pl.lit(value=True)
    origins = pl.col("origins")
    return origins.list.len() == 0 if country == UNKNOWN else origins.list.contains(country)


def _class(drug_class: str) -> pl.Expr:
    if drug_class == ALL:
        return pl.lit(value=True)
    return pl.col("drug_class").is_null() if drug_class == "unknown" else pl.col("drug_class") == drug_class


def _measured(target: Target, tables: Tables) -> tuple[str, pl.DataFrame]:
    """The table of the target's measure and its rows that count at all."""
    if target.measure == "R":
        return "transactions", exact_sales(tables)
    if target.measure == "T":
        return "transactions", drugs(tables["transactions"])
    return "listings", drugs(tables["listings"])


def _own(target: Target, frame: pl.DataFrame) -> pl.DataFrame:
    return frame.filter(_from(target.country), _class(target.drug_class))


def _level(target: Target, tables: Tables) -> Behind:
    if "counter" in target.words:
        return _counted_by_market(target, tables)
    name, frame = _measured(target, tables)
    if "observed" in target.words:
        frame = frame.filter(pl.col("status") == "observed")
    return Behind({name: _own(target, frame)})


def _share(target: Target, tables: Tables) -> Behind:
    name, frame = _measured(target, tables)
    return Behind({name: _own(target, frame)}, {name: frame.filter(_class(target.drug_class))})


def _mix(target: Target, tables: Tables) -> Behind:
    """Shares of classes, quotients and likeness: what has a class, of the country and (where compared) of the world."""
    name, frame = _measured(target, tables)
    classed = frame.filter(pl.col("drug_class").is_not_null())
    with_world = target.base in ("DM02", "SP01", "SP02")
    compared = classed if with_world else classed.filter(_from(target.country))
    return Behind({name: _own(target, classed)}, {name: compared})


def _destined(target: Target, tables: Tables) -> Behind:
    name, frame = _measured(target, tables)
    own, to = _own(target, frame), pl.col("destinations").list
    return Behind({name: own.filter(to.len() == 0 if target.parameter == UNKNOWN else to.contains(target.parameter))})


def _shipped(target: Target, tables: Tables) -> Behind:
    """Abroad (RT02) and reach (RT04), of the offers that say where they ship to."""
    own = _own(target, drugs(tables["listings"])).filter(pl.col("destinations").list.len() > 0)
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


def _excluding(target: Target, tables: Tables) -> Behind:
    own = _own(target, drugs(tables["listings"]))
    what = list(ANGLO) if target.parameter == "ANGLO" else [target.parameter]
    named = own.filter(pl.col("excluded").list.set_intersection(pl.lit(what)).list.len() > 0)
    return Behind({"listings": named}, {} if "n" in target.words else {"listings": own})


def _changed(target: Target, tables: Tables) -> Behind:
    """RT05: a share of the month less that of the month before; the code of the share is the parameter."""
    of_share = replace(target, base=target.parameter[:4], parameter=target.parameter.partition(":")[2])
    return rule(of_share)(of_share, tables)


def _several_origins(target: Target, tables: Tables) -> Behind:
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


def _sizes(target: Target, tables: Tables) -> Behind:
    if target.base == "TS05" and "offer" in target.words:
        priced = (pl.col("price_currency") == "USD") & ~pl.col("is_holding_price")
        offers = _own(target, drugs(tables["listings"])).filter(priced)
        return Behind({"listings": offers.filter(pl.col("price_amount") >= 500)}, {"listings": offers})
    sales = _own(target, exact_sales(tables))
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


def _sold(target: Target, tables: Tables) -> Behind:
    """Daily and weekly series: all drug sales of the market in its window."""
    return Behind({"transactions": _own(target, drugs(tables["transactions"]))})


def _migrated(target: Target, tables: Tables) -> Behind:
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
    classes = next((word for word in target.words if word in ("A", "AB", "ABC")), "ABC")
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


def _stayed(target: Target, tables: Tables) -> Behind:
    active = tables["vendors"].filter("is_active")
    mine = active.join(active.filter(_from(target.country)), on="vendor_key", how="semi")
    start = active["month"].min()
    spells = mine.group_by("vendor_key").agg(first=pl.col("month").min(), last=pl.col("month").max())
    at = pl.lit(f"{target.month}-01").str.to_date()
    chosen = {"SV02": pl.col("first") == at, "SV03": pl.col("last") == at}.get(target.base, pl.col("first") > start)
    return Behind({"vendors": mine.join(spells.filter(chosen), on="vendor_key", how="semi")})


def _compared_with_literature(target: Target, tables: Tables) -> Behind:
    if target.base == "CMP01":
        return _share(replace(target, measure=target.words[0]), tables)
    exact = exact_sales(tables)
    compared: Rows = {"transactions": exact.filter(_from(target.parameter))} if target.parameter else {}
    return Behind({"transactions": _own(target, exact)}, compared)


def _quoted(target: Target, tables: Tables) -> Behind:
    return Behind(note="a figure of the literature, quoted with its source: nothing was captured for it")


def _counted_by_market(target: Target, tables: Tables) -> Behind:
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


def _conduct(target: Target, tables: Tables) -> Behind:
    """Ratings (RD) of drug sales, currencies (CU) of offers and sales, offers that speak of harm reduction (HR)."""
    if target.base == "HR01":
        read = _own(target, drugs(tables["listings"])).join(tables["texts"], on="capture_id").drop_nulls("harm")
        return Behind({"listings": read.filter("harm").drop("harm")}, {"listings": read.drop("harm")})
    if target.base == "CU01":
        name, frame = _measured(replace(target, measure="R" if target.measure == "T" else "L"), tables)
        priced = _own(target, frame).filter(pl.col("price_currency").is_not_null())
        return Behind({name: priced.filter(pl.col("price_currency") == target.parameter)}, {name: priced})
    seen = drugs(tables["transactions"]).filter(pl.col("status") == "observed")
    sales, stars = _own(target, seen), pl.col("rating")
    rated = sales.filter(stars.is_not_null())
    if target.base == "RD02":
        return Behind({"transactions": rated}, {"transactions": sales})
    kinds = {"positive": stars >= 4, "negative": stars <= 2, "neutral": (stars < 4) & (stars > 2)}
    return Behind({"transactions": rated.filter(kinds[target.parameter])}, {"transactions": rated})


def _covered(target: Target, tables: Tables) -> Behind:
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


def _drug_offers(target: Target, tables: Tables) -> Behind:
    """The scorecard's own share: drug offers among all offers."""
    offers = tables["listings"]
    return Behind({"listings": drugs(offers)}, {"listings": offers})


def _everything(target: Target, tables: Tables) -> Behind:
    frames = {name: drugs(tables[name]) for name in ("listings", "transactions")}
    note = f"no rule says which rows {target.indicator} counts: these are all of its country and class"
    return Behind({name: _own(target, frame) for name, frame in frames.items()}, frames, note)


_RULES: dict[str, Rule] = {
    "LV": _level,
    "SH": _share,
    "GR": _level,
    "CN": _level,
    "DM": _mix,
    "SP": _mix,
    "RT01": _destined,
    "RT02": _shipped,
    "RT03": _excluding,
    "RT04": _shipped,
    "RT05": _changed,
    "MO": _several_origins,
    "TS": _sizes,
    "SK": _sold,
    "MG": _migrated,
    "SV": _stayed,
    "CMP": _compared_with_literature,
    "LIT": _quoted,
    "COV": _covered,
    "COV04": _counted_by_market,
    "RD": _conduct,
    "CU": _conduct,
    "HR": _conduct,
    "drug listings / listings": _drug_offers,
}
