"""The study scorecard: every statement of the study that market data can test, beside the value computed here.

One row per statement, market and indicator: what the study says, the range that counts as reproduced, the computed
value with its interval, and the verdict: reproduced, not_reproduced or not_computable with the reason. Verbal
quantifiers have fixed meanings: "meer dan de helft" above 50 %, "meerdere" at least 2, "bijna alle" at least 85 %,
"zelden" at most 10 %, "bovengemiddeld" a location quotient above 1, "stabiel" a coefficient of variation below 0.25,
whole percents ± 0.5 points, "ongeveer 30 %" 27.5–32.5 %, mean euros ± 0.50. The study's word is quoted as it is, also
where it contradicts itself; on real data the verdict is simply reported.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import inf

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.indicators.rows import ALL, Row
from cryptodrug_assets.observation import observed_cells

_ABOVE_ZERO = 5e-324
_HALF, _BELOW_HALF = 0.5 + 1e-12, 0.5 - 1e-12


@dataclass(frozen=True)
class Check:
    """A statement, the rows that test it and the closed range [low, high] in which it counts as reproduced.

    `bound`: column that must lie in the range (an interval that excludes 1 is tested on its `lower`). `reduce`: how the
    months of a monthly table become one number.
    """

    statement: str
    says: str
    table: str
    indicator: str
    markets: tuple[str, ...]
    low: float = -inf
    high: float = inf
    country: str = "BE"
    drug_class: str = ALL
    bound: str = "value"
    reduce: str = "last"


_DREAM, _WALL, _EMPIRE, _POOLED = "dream", "wall_street", "empire", "all"
_OLD = (_DREAM, _WALL)
_EACH = (_DREAM, _WALL, _EMPIRE)
_SIZES, _WINDOW = "transaction_sizes_window", "specialisation_window"

CHECKS: tuple[Check, ...] = (
    Check(
        "8",
        "cryptomarkets under 1 % of world drug turnover",
        "literature_comparison",
        "LIT_CRYPTO_SHARE",
        (_POOLED,),
        0,
        0.01,
        "W",
    ),
    *(
        Check("9", f"Belgian {x} grow on Dream and Wall Street", "trends", f"GR01:{code}", _OLD, _ABOVE_ZERO)
        for code, x in (("LV01", "listings"), ("LV02", "vendors"), ("LV03", "transactions"))
    ),
    Check("10", "Belgian revenue grows cautiously on Empire", "trends", "GR01:LV04", (_EMPIRE,), _ABOVE_ZERO),
    *(
        Check("11", "on average under 1 % of world supply", "shares_window", f"{code}_mean", markets, 0, 0.01 - 1e-12)
        for code, markets in (("SH01", _EACH), ("SH02", _EACH), ("SH03", _EACH), ("SH04", (_EMPIRE,)))
    ),
    *(
        Check("12", "literature: 0.4 to about 1.3 %", "literature_comparison", f"CMP01_{x}", (_POOLED,), 0.004, 0.013)
        for x in "LVT"
    ),
    Check("14", "not specialised: ketamine to cannabis", _WINDOW, "SP01_L", _OLD, 0.8),
    *(
        Check("15", f"{drug} above average", _WINDOW, "SP02_L", _OLD, 1 + 1e-12, drug_class=drug)
        for drug in ("mdma", "amphetamine")
    ),
    *(
        Check("15", f"{drug} stable", _WINDOW, "SP04_L", _OLD, 0, 0.25 - 1e-12, drug_class=drug)
        for drug in ("mdma", "amphetamine")
    ),
    *(
        Check("16", f"{drug} among the first two", _WINDOW, "rank of DM01_T", (_EMPIRE,), 1, 2, drug_class=drug)
        for drug in ("cannabis", "cocaine")
    ),
    *(
        Check("16", f"then {drug}", _WINDOW, "rank of DM01_T", (_EMPIRE,), 3, 4, drug_class=drug)
        for drug in ("heroin", "mdma")
    ),
    Check("18", "Belgian vendors generally ship abroad", "shipping", "RT02", _OLD, _HALF, reduce="mean"),
    Check("19", "several exclude Anglo-Saxon countries", "shipping", "RT03_n:ANGLO", _OLD, 2, reduce="max"),
    Check("19", "several exclude the Netherlands", "shipping", "RT03_n:NL", _OLD, 2, reduce="max"),
    Check("20", "several ship from different places at once", "multi_origin", "MO01", (_POOLED,), 2, reduce="max"),
    Check("20", "several ship from different places in turn", "multi_origin_window", "MO02", (_POOLED,), 2),
    Check(
        "21",
        "repeated moves from the Netherlands to Belgium",
        "multi_origin_window",
        "MO03:BE",
        (_POOLED,),
        2,
        country="NL",
    ),
    Check("21", "also from Belgium to Germany", "multi_origin_window", "MO03:DE", (_POOLED,), 1),
    Check(
        "23",
        "of vendors with several origins 45 % also the Netherlands",
        "multi_origin_window",
        "MO04:NL",
        (_WALL,),
        0.445,
        0.455,
    ),
    Check("24", "on Dream nearly all of them", "multi_origin_window", "MO04:NL", (_DREAM,), 0.85),
    Check("26", "most transactions are small", _SIZES, "TS01:200", (_EMPIRE,), 0, _BELOW_HALF, "W"),
    Check("27", "Belgium rarely sells large quantities", _SIZES, "TS05_price", (_EMPIRE,), 0, 0.10),
    Check("28", "highest Belgian transaction 973 euros", _SIZES, "TS02", (_EMPIRE,), 972.5, 973.5),
    Check("29", "mean 75 euros", _SIZES, "TS03", (_EMPIRE, _POOLED), 74.5, 75.5),
    Check("30", "about 30 % of revenue from larger transactions", _SIZES, "TS04:200", (_EMPIRE,), 0.275, 0.325),
    Check("31", "none above 1,000 euros", _SIZES, "TS01:1000", (_EMPIRE,), 0, 0),
    Check("32", "over 90 % under 200 euros", _SIZES, "TS01:200", (_EMPIRE,), 0, 0.10 - 1e-12),
    Check(
        "34",
        "after Dream's closing Wall Street suddenly grew faster",
        "shocks",
        "SK01_level_T:dream_closure_notice",
        (_WALL,),
        1 + 1e-12,
        bound="lower",
    ),
    Check("35", "some Wall Street vendors possibly from Dream", "migration", "MG01_ABC:wall_street", (_DREAM,), 2),
)

INCONSISTENT = {
    "29": "the study does not say whether the mean is of Empire or of all markets: both are tested",
    "30": "the study does not say from which size a transaction is larger: 200 euros fits 29 and 32; 100 and 500 are in"
    " transaction_sizes_window",
    "9": "the study speaks of November 2018 to 2019, but these markets were observed for 5 and 6 months",
    "12": "the study pools transactions, listings and vendors of other markets and years",
}


def study_scorecard(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """The scorecard from the indicator tables of all cells and clean `listings` (both by their table name)."""
    rows = [*_cells(tables), *_drug_share(tables)]
    for check in CHECKS:
        for market in check.markets:
            rows.append(_row(check, market, *_computed(check, market, tables)))
    contract = contracts.load("indicators", "study_scorecard")
    return contracts.conform(pl.DataFrame(rows, schema=contract.polars_schema), contract)


def _row(check: Check, market: str, found: Row | None, why: str) -> Row:
    tested = None if found is None else found[check.bound]
    if tested is None:
        verdict = "not_computable"
    else:
        verdict = "reproduced" if check.low <= tested <= check.high else "not_reproduced"
    note = INCONSISTENT.get(check.statement)
    return {
        "statement": check.statement,
        "market": market,
        "indicator": check.indicator,
        "country": check.country,
        "drug_class": check.drug_class,
        "says": check.says,
        "expected_low": None if check.low == -inf else check.low,
        "expected_high": None if check.high == inf else check.high,
        "value": None if found is None else found["value"],
        "lower": None if found is None else found["lower"],
        "upper": None if found is None else found["upper"],
        "coverage": None if found is None else found["coverage"],
        "verdict": verdict,
        "why": "; ".join(part for part in (why, note) if part) or None,
    }


def _computed(check: Check, market: str, tables: Mapping[str, pl.DataFrame]) -> tuple[Row | None, str]:
    """The row that tests the statement (months reduced to one), and why there is none or what to know of it."""
    if check.table not in tables:
        return None, f"indicators.{check.table} has not been computed"
    code = check.indicator.removeprefix("rank of ")
    monthly = market == ALL and check.reduce != "last"
    rows = tables[check.table].filter(
        (pl.col("indicator") == code)
        & (pl.col("country") == check.country)
        & ((pl.col("market") == market) | pl.lit(monthly))
    )
    if check.indicator != code:
        return _rank(rows, check.drug_class)
    rows = rows.filter(pl.col("drug_class") == check.drug_class)
    known = rows.filter(pl.col("value").is_not_null()).sort("month")
    if known.is_empty():
        return None, (rows["method"][0] if rows.height else "no such value: nothing observed of it")
    if check.reduce == "mean":
        months = {name: known[name].mean() for name in ("value", "coverage")}
        return {"lower": None, "upper": None} | months, f"mean of {known.height} months"
    if check.reduce == "max":
        return known.sort("value", descending=True, maintain_order=True).row(0, named=True), "highest month"
    return known.row(-1, named=True), ""


def _rank(rows: pl.DataFrame, drug_class: str) -> tuple[Row | None, str]:
    """Rank of a class by its share, 1 the largest; equal shares take the better rank."""
    own = rows.filter((pl.col("drug_class") == drug_class) & pl.col("value").is_not_null())
    if own.is_empty():
        return None, "no sales of that class"
    rank = rows.filter(pl.col("value") > own["value"].item()).height + 1
    return {"value": float(rank), "lower": None, "upper": None, "coverage": own["coverage"].item()}, "rank by share"


def _cells(tables: Mapping[str, pl.DataFrame]) -> Iterator[Row]:
    """Statement 4: every market-month of the study was scraped."""
    wanted = len(observed_cells())
    check = Check(
        "4", "three markets scraped, November 2018 to November 2019", "coverage", "COV01", (ALL,), wanted, wanted, "W"
    )
    if "coverage" not in tables:
        yield _row(check, ALL, None, "indicators.coverage has not been computed")
        return
    fetched = tables["coverage"].filter(pl.col("indicator") == "COV01")
    found: Row = {"value": float(fetched.height), "lower": None, "upper": None, "coverage": fetched["value"].min()}
    yield _row(check, ALL, found, "market-months with captures; coverage is the lowest of them")


def _drug_share(tables: Mapping[str, pl.DataFrame]) -> Iterator[Row]:
    """Statement 1: drugs are most of what is offered; the lowest month of each market."""
    for market in _EACH:
        check = Check(
            "1",
            "drugs are a large part of what is offered",
            "listings",
            "drug listings / listings",
            (market,),
            _HALF,
            1,
            "W",
        )
        offers = tables["listings"].filter(pl.col("market") == market) if "listings" in tables else None
        if offers is None or offers.is_empty():
            yield _row(check, market, None, "no offers of the market")
            continue
        lowest = offers.group_by("month").agg(pl.col("is_drug").mean())["is_drug"].min()
        yield _row(check, market, {"value": lowest, "lower": None, "upper": None, "coverage": None}, "lowest month")
