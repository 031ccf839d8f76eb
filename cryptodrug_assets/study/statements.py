"""The statements of the study that market data can test: what it says, the indicator, and what counts as reproduced.

Verbal quantifiers have fixed meanings: "meer dan de helft" above 50 %, "meerdere" at least 2, "bijna alle" at least
85 %, "zelden" at most 10 %, "bovengemiddeld" a location quotient above 1, "stabiel" a coefficient of variation below
0.25, whole percents ± 0.5 points, "ongeveer 30 %" 27.5–32.5 %, mean euros ± 0.50. scorecard.py tests them.
"""

from dataclasses import dataclass
from math import inf

from cryptodrug_assets.indicators.rows import ALL

ABOVE_ZERO = 5e-324
STUDY_COUNTRY = "BE"
_HALF, _BELOW_HALF = 0.5 + 1e-12, 0.5 - 1e-12
_NEARLY_ALL = 0.85


@dataclass(frozen=True)
class Check:
    """A statement, the rows that test it and the closed range [low, high] in which it counts as reproduced.

    `bound`: column that must lie in the range (an interval that excludes 1 is tested on its `lower`). `reduce`: how
    months become one number: the `last` row, the `min` or `max`, or the number of market-`months` that have a value.
    """

    statement: str
    says: str
    table: str
    indicator: str
    markets: tuple[str, ...]
    low: float = -inf
    high: float = inf
    country: str = STUDY_COUNTRY
    drug_class: str = ALL
    bound: str = "value"
    reduce: str = "last"


_DREAM, _WALL, _EMPIRE, _POOLED = "dream", "wall_street", "empire", "all"
_OLD = (_DREAM, _WALL)
EACH = (_DREAM, _WALL, _EMPIRE)
_SIZES, _WINDOW, _SHIPPING = "transaction_sizes_window", "specialisation_window", "shipping_window"
_SHOCK = "dream_closure_notice"
# Of the study's 19 market-months 16 have an observed month before them; 8 are of the market that shows exact prices.
_MONTHS, _CHANGES, _PRICED = 19, 16, 8


def _grow(
    statement: str, says: str, codes: tuple[str, ...], markets: tuple[str, ...], country: str = STUDY_COUNTRY
) -> list[Check]:
    """Growth is a rising Theil–Sen slope and a positive Kendall τ."""
    names = [f"{part}:{code}" for code in codes for part in ("GR01", "GR01_tau")]
    return [Check(statement, says, "trends", name, markets, ABOVE_ZERO, country=country) for name in names]


CHECKS: tuple[Check, ...] = (
    Check(
        "1", "drugs are a large part of what is offered", "listings", "drug listings / listings", EACH, _HALF, 1, "W",
    ),
    Check(
        "4", "three markets scraped, November 2018 to November 2019", "coverage", "COV01", (_POOLED,), _MONTHS, _MONTHS,
        "W", reduce="months",
    ),
    Check(
        "8", "cryptomarkets under 1 % of world drug turnover", "literature_comparison", "LIT_CRYPTO_SHARE", (_POOLED,),
        0, 0.01 - 1e-12, "W",
    ),
    *_grow("9", "Belgian listings, vendors, transactions grow on Dream, Wall Street", ("LV01", "LV02", "LV03"), _OLD),
    *_grow("10", "Belgian revenue grows cautiously on Empire", ("LV04",), (_EMPIRE,)),
    *(
        Check("11", "on average under 1 % of world supply", "shares_window", f"{code}_mean", markets, 0, 0.01 - 1e-12)
        for code, markets in (("SH01", EACH), ("SH02", EACH), ("SH03", EACH), ("SH04", (_EMPIRE,)))
    ),
    *(
        Check("12", "literature: 0.4 to about 1.3 %", "literature_comparison", f"CMP01_{x}", (_POOLED,), 0.004, 0.013)
        for x in "LVT"
    ),
    *(
        Check(
            "13", f"Belgium sells less than {name}", "literature_comparison", f"CMP02:{code}", (_POOLED,), ABOVE_ZERO,
            1 - 1e-12,
        )
        for code, name in (("GB", "the United Kingdom"), ("NL", "the Netherlands"))
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
    Check("16", "like the world's mix (cosine at least 0.8)", _WINDOW, "DM02_T", (_EMPIRE,), 0.8, 1 + 1e-12),
    Check("18", "Belgian vendors generally ship abroad", _SHIPPING, "RT02", _OLD, _HALF),
    Check("19", "several exclude Anglo-Saxon countries", _SHIPPING, "RT03_n:ANGLO", (_POOLED,), 2),
    Check("19", "several exclude the Netherlands", _SHIPPING, "RT03_n:NL", (_POOLED,), 2),
    Check("20", "several ship from different places at once", "multi_origin", "MO01", (_POOLED,), 2, reduce="max"),
    Check("20", "several ship from different places in turn", "multi_origin_window", "MO02", (_POOLED,), 2),
    Check(
        "21", "repeated moves from the Netherlands to Belgium", "multi_origin_window", "MO03:BE", (_POOLED,), 2,
        country="NL",
    ),
    Check("21", "also from Belgium to Germany", "multi_origin_window", "MO03:DE", (_POOLED,), 1),
    Check(
        "22", "regional rather than global: not nearly all offers reach the world", _SHIPPING, "RT04:world", (_POOLED,),
        0, _NEARLY_ALL - 1e-12,
    ),
    Check(
        "23", "of vendors with several origins 45 % also the Netherlands", "multi_origin_window", "MO04:NL", (_WALL,),
        0.445, 0.455,
    ),
    Check("24", "on Dream nearly all of them", "multi_origin_window", "MO04:NL", (_DREAM,), _NEARLY_ALL),
    Check("26", "most transactions are small", _SIZES, "TS01:200", (_EMPIRE,), 0, _BELOW_HALF, "W"),
    Check("27", "Belgium rarely sells large quantities", _SIZES, "TS05_price", (_EMPIRE,), 0, 0.10),
    Check("28", "highest Belgian transaction 973 euros", _SIZES, "TS02", (_EMPIRE,), 972.5, 973.5),
    Check("29", "mean 75 euros", _SIZES, "TS03", (_EMPIRE, _POOLED), 74.5, 75.5),
    Check("30", "about 30 % of revenue from larger transactions", _SIZES, "TS04:200", (_EMPIRE,), 0.275, 0.325),
    Check("31", "none above 1,000 euros", _SIZES, "TS01:1000", (_EMPIRE,), 0, 0),
    Check("32", "over 90 % under 200 euros", _SIZES, "TS01:200", (_EMPIRE,), 0, 0.10 - 1e-12),
    Check("33", "the gap a shock leaves is filled again", "shocks", f"SK03_T:{_SHOCK}", (_WALL,), 0, country="W"),
    Check(
        "34", "after Dream's closing Wall Street suddenly grew faster", "shocks", f"SK01_level_T:{_SHOCK}", (_WALL,),
        1 + 1e-12, bound="lower",
    ),
    Check("34", "and the change is there (within a week)", "shocks", f"SK02_T:{_SHOCK}", (_WALL,), -7, 7),
    Check("35", "some Wall Street vendors possibly from Dream", "migration", "MG01_ABC:wall_street", (_DREAM,), 2),
    Check(
        "62a", "buyers leave reviews: sales carry a rating", "conduct", "RD02", EACH, _NEARLY_ALL, 1, "W", reduce="min",
    ),
    *_grow("66", "markets keep growing", ("LV03",), EACH, "W"),
    *(
        Check("72", f"shipping is followed by month: {what}", table, code, (_POOLED,), months, months, reduce="months")
        for what, table, code, months in (
            ("abroad", "shipping", "RT02", _MONTHS),
            ("reach", "shipping", "RT04:eu", _MONTHS),
            ("exclusions", "shipping", "RT03:NL", _MONTHS),
            ("changes", _SHIPPING, "RT05:RT02", _CHANGES),
        )
    ),
    *(
        Check(number, says, table, code, (_POOLED,), months, months, "W", reduce="months")
        for number, says, table, code, months in (
            ("74", "trust: ratings by month", "conduct", "RD01:negative", _MONTHS),
            ("75", "money: revenue by month", "activity", "LV04", _PRICED),
            ("76", "harm reduction: share of offers by month", "conduct", "HR01", _MONTHS),
        )
    ),
)  # fmt: skip

# What the published text leaves open or contradicts, as far as it concerns supply.
NOTES = {
    "8": "its range divides turnover of one year in dollars by two estimates for other years",
    "9": "the study speaks of November 2018 to 2019, but these markets were observed for 5 and 6 months",
    "11": "the study does not say whether it means the mean of months or the whole window; both are in shares_window",
    "12": "the study pools transactions, listings and vendors of other markets and years",
    "13": "of the literature Belgium has 3.5 % of the United Kingdom's and 9.7 % of the Netherlands' revenue, of other"
    " markets; the order is what is tested",
    "16": "the study ranks classes without saying by what; here by transactions",
    "22": "no figure in the study",
    "23": "45 % needs 11, 20, 22, 29, 31 or more vendors; the study does not give their number",
    "29": "the study does not say whether the mean is of Empire or of all markets: both are tested",
    "30": "the study does not say from which size a transaction is larger: 200 euros fits 29 and 32; 100 and 500 are in"
    " transaction_sizes_window",
    "34": "by days of sales; offers are seen once a month and cannot show it",
    "35": "the study draws no conclusion; its section A speaks of buyers where it means vendors",
    "62a": "feedback is what sales are counted by: a lower bound of them",
    "72": "a task, not a finding: there is a value for every month",
    "74": "a task, not a finding: there is a value for every month",
    "75": "a task, not a finding: there is a value for every month of the market that shows exact prices",
    "76": "a task, not a finding: there is a value for every month",
}
