"""Public variants of the indicator tables, in which no figure can be traced to few vendors.

A suppressed value is null with status C; zero and missing stay what they are. What is hidden among figures that add up
is decided for all tables at once (disclosure.py). Beyond that: numbers of observations and vendors are published for
the world alone; by month there are countries in total and classes of the world, classes of the focus countries per
window; proportions of vendors and concentrations need ten vendors, and three of them on either side; shares of the
largest vendors need three of those; sizes need three vendors on either side of a threshold. Largest transactions,
routes, numbers of vendors with a property and Lorenz points stay internal. Figures the study has published itself stay
open as long as they are those figures.
"""

import re
from collections.abc import Callable, Mapping

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.indicators.disclosure import Hidden, hidden_cells
from cryptodrug_assets.indicators.literature import PARTNERS
from cryptodrug_assets.indicators.rows import (
    ALL,
    LEAST_VENDORS,
    MAYBE_NARROW,
    UNKNOWN,
    WORLD,
    IndicatorOptions,
    exact_sales,
)
from cryptodrug_assets.indicators.statements import CHECKS, STUDY_COUNTRY
from cryptodrug_assets.indicators.thin import (
    LEAST_FOR_PROPORTION,
    Row,
    RowKey,
    Tables,
    cells_of_world,
    is_few,
    largest_shown,
    row_key,
    thin_differences,
    thin_proportion,
    thin_rest,
    thin_size_rest,
    thin_sizes,
    vendors_by_reach,
    vendors_of,
)
from cryptodrug_assets.indicators.windows import monthly_contributions

_HIDDEN = ("value", "lower", "upper")
_WHY_HIDDEN = "confidential: of few vendors, or it would tell of few"
# Rows there are only where some vendor does it: that one is there would tell of a hidden value that it is not zero.
_IF_ANY = re.compile(r"(RT03|RT05:RT03):(?!NL$)[A-Z]{2}$|MO04:")
# Tables in which that a country's value is missing says how few offers, vendors or days of sales it has.
_MISSING_TELLS = ("specialisation_window", "shocks")
_INTERNAL = (
    "RT01_L", "RT01_T", "RT03_n", "RT04_n", "TS02", "TS05_mass", "TS05_offer", "MO01", "MO02", "MO03", "MO04_n",
    "CU01_L", "CU01_T",
)  # fmt: skip
# (indicator, country, market) of figures the study has published. They stay open only while they are those figures: the
# same cell of other months or another world is as confidential as any.
PUBLISHED = {
    (check.indicator, check.country, market): (check.low, check.high)
    for check in CHECKS
    if check.indicator in {"TS01:1000", "TS02", "TS03", "TS04:200", "MO04:NL"} and check.country == STUDY_COUNTRY
    for market in check.markets
    if (check.indicator, market) not in {("TS03", ALL), ("MO04:NL", "dream")}
}


def public_tables(tables: Tables, *, options: IndicatorOptions) -> dict[str, pl.DataFrame]:
    """Every public table, from clean listings, vendors, transactions and all indicator tables (by their table name)."""
    given = tables.get("contributions")
    long = monthly_contributions(tables) if given is None else given
    rules = _Rules(tables, long, hidden_cells(long, options), options)
    made = {f"{name}_public": _publish(name, tables[name], keep, hide) for name, (keep, hide) in rules.all().items()}
    return made | {"study_scorecard_public": _scorecard(tables, made)}


Rule = Callable[[Row], bool]


class _Rules:
    """For each table: which rows are published at all, and which of them without their value."""

    def __init__(self, tables: Tables, long: pl.DataFrame, hidden: Hidden, options: IndicatorOptions) -> None:
        self.tables, self.hidden, self.focus = tables, hidden, options.focus
        self.sizes = thin_sizes(tables)
        self.counts = vendors_by_reach(tables)
        self.thin = thin_differences(long)
        self.priced = set(exact_sales(tables)["market"].unique())
        #: Hidden only because the world, less the countries shown, would tell of few vendors.
        self.rest: set[RowKey] = set()
        for name, hide in (("shipping", self.practice), ("shipping_window", self.practice), ("conduct", self.rated)):
            for cell in cells_of_world(tables[name]):
                self.rest |= thin_rest([row for row in cell if _listed(row) or not hide(row)])
        self.rest |= thin_size_rest(tables, lambda row: _listed(row) or not self.size(row))

    def all(self) -> dict[str, tuple[Rule, Rule]]:
        """Table → (published, hidden)."""

        def total(row: Row) -> bool:
            return row["drug_class"] == ALL

        def worldwide(row: Row) -> bool:
            return row["country"] == WORLD

        def focused(row: Row) -> bool:
            return total(row) and row["country"] in (WORLD, *self.focus)

        def beside_literature(row: Row) -> bool:
            quoted = str(row["indicator"]).startswith("LIT") or row["indicator"] in ("CMP02", "CMP02_cov")
            return focused(row) or (quoted and row["country"] in PARTNERS)

        def coarse(row: Row) -> bool:
            # The bounds of vendors tell how many of a country's also have offers of unknown origin.
            return (total(row) or worldwide(row)) and row["indicator"] != "SH02_bound"

        def everything(_: Row) -> bool:
            return True

        def plain(row: Row) -> bool:
            return _listed(row) or (total(row) and str(row["indicator"]).split(":")[0] not in _INTERNAL)

        return {
            "coverage": (everything, lambda _: False),
            "activity": (coarse, self.level),
            "shares": (coarse, self.level),
            "shares_window": (total, self.window),
            "specialisation_window": (lambda row: row["country"] in (WORLD, *self.focus), self.mix),
            "transaction_sizes_window": (plain, self.size),
            "multi_origin_window": (plain, self.proportion),
            "concentration": (
                lambda row: plain(row) and not str(row["indicator"]).startswith("CN04"),
                self.concentration,
            ),
            "shipping": (plain, self.practice),
            "shipping_window": (plain, self.practice),
            "conduct": (plain, self.rated),
            "trends": (total, self.trend),
            "shocks": (focused, lambda row: not worldwide(row) and vendors_of(row) < LEAST_FOR_PROPORTION),
            "migration": (focused, self.migrated),
            "survival": (worldwide, lambda row: row["unit"] == "vendors" and is_few(int(row["value"] or 0))),
            "literature_comparison": (beside_literature, self.compared),
        }

    def level(self, row: Row) -> bool:
        """Activity and shares by month."""
        code = str(row["indicator"])
        measure, market, month, country = _measure(code), str(row["market"]), row["month"], str(row["country"])
        if (market, month, country, code.replace("SH", "LV")) in self.thin:
            return True
        if country == WORLD:
            drug = str(row["drug_class"])
            of_class = drug != ALL and self.hidden.world_class(measure, market, month, drug)
            return of_class or self.hidden.month(measure, market, month)
        gone = self.hidden.country(measure, market, month, country)
        return gone or (code.endswith("_bound") and self.hidden.country(measure, market, month, UNKNOWN))

    def window(self, row: Row) -> bool:
        """Shares over the window."""
        return self.hidden.window(_measure(str(row["indicator"])), str(row["market"]), str(row["country"]))

    def mix(self, row: Row) -> bool:
        """Classes over the window: what is computed over all classes goes when one of them does."""
        code, market, country = str(row["indicator"]), str(row["market"]), str(row["country"])
        measure, drug = code.rsplit("_", 1)[1], str(row["drug_class"])
        # A quotient is missing of every class where the country's offers are too few.
        if drug == ALL or row["value"] is None:
            return self.hidden.any_class(measure, market, country)
        gone = self.hidden.window_class(measure, market, country, drug)
        if code.startswith("SP02"):
            gone |= self.hidden.window_class(measure, market, WORLD, drug)
        if code.startswith("SP04"):
            gone |= self.hidden.any_month(measure, market, drug, "k")
        return gone

    def size(self, row: Row) -> bool:
        """Sizes of transactions."""
        if _listed(row):
            return False
        code, market, country = str(row["indicator"]), str(row["market"]), str(row["country"])
        # Where one market alone shows exact prices, its sizes are those of all.
        markets = {market, *(self.priced if market == ALL else ())}
        gone = row_key(row) in self.rest or any((place, country, code) in self.sizes for place in markets)
        if country == WORLD:
            return gone
        gone |= vendors_of(row) < (LEAST_FOR_PROPORTION if code.startswith("TS03_q") else LEAST_VENDORS)
        return gone or any(self.hidden.window(measure, place, country) for measure in "TR" for place in markets)

    def proportion(self, row: Row) -> bool:
        """Proportions of vendors: ten of them, and none or at least three on either side."""
        return not _listed(row) and (thin_proportion(row) or self._told_by_all(row, thin_proportion))

    def _told_by_all(self, row: Row, hide: Rule) -> bool:
        """Whether all markets together, less those that are shown, would tell one that is hidden.

        Vendors of several markets are not linked, so those of all are the sum: one hidden market is what remains, of
        several hidden ones their sum remains.
        """
        if row["market"] != ALL:
            return False
        same = [pl.col(name) == row[name] for name in ("indicator", "country", "drug_class")]
        found = [
            part
            for name in ("shipping_window", "multi_origin_window")
            for part in self.tables[name].filter(*same, pl.col("market") != ALL).iter_rows(named=True)
        ]
        rest = [part for part in found if (hide(part) or row_key(part) in self.rest) and not _listed(part)]
        if len(rest) < 2:
            return len(rest) == 1
        vendors = sum(vendors_of(part) for part in rest)
        counted = sum(round(float(part["value"] or 0) * vendors_of(part)) for part in rest)
        return vendors < LEAST_FOR_PROPORTION or is_few(counted) or is_few(vendors - counted)

    def practice(self, row: Row) -> bool:
        """Shipping: proportions of vendors, reach of offers and their changes."""
        code = str(row["indicator"])
        if row_key(row) in self.rest:
            return True
        if code.startswith("RT05:"):
            return vendors_of(row) < LEAST_FOR_PROPORTION or self._changed(row, code.removeprefix("RT05:"))
        if code.startswith("RT04:"):
            return self._thin_reach(row) or self._told_by_all(row, self._thin_reach)
        return self.proportion(row)

    def _thin_reach(self, row: Row) -> bool:
        key = (str(row["market"]), row["month"], str(row["country"]))
        return vendors_of(row) < LEAST_FOR_PROPORTION or any(is_few(n) for n in self.counts.get(key, ()))

    def _changed(self, row: Row, code: str) -> bool:
        """A change tells a hidden month from one that is shown."""
        monthly = self.tables["shipping"].filter(
            (pl.col("market") == row["market"]) & (pl.col("country") == row["country"]) & (pl.col("indicator") == code)
        )
        return any(self.practice(month) for month in monthly.iter_rows(named=True))

    def concentration(self, row: Row) -> bool:
        """Indices of concentration: ten vendors; the largest p percent are at least three."""
        code, vendors = str(row["indicator"]), vendors_of(row)
        if vendors < LEAST_FOR_PROPORTION:
            return True
        country, measure = str(row["country"]), code.split(":", maxsplit=1)[0].rsplit("_", 1)[1]
        few = code.startswith("CN03") and int(code.rsplit(":", 1)[1]) not in largest_shown(vendors)
        gone = country != WORLD and self.hidden.country(measure, str(row["market"]), row["month"], country)
        return few or gone or self.hidden.month(measure, str(row["market"]), row["month"])

    def rated(self, row: Row) -> bool:
        """Ratings and mentions: ten vendors; nothing of a country whose transactions are hidden."""
        if row["country"] == WORLD:
            return self.hidden.month("T", str(row["market"]), row["month"])
        few = vendors_of(row) < LEAST_FOR_PROPORTION or row_key(row) in self.rest
        return few or self.hidden.country("T", str(row["market"]), row["month"], str(row["country"]))

    def trend(self, row: Row) -> bool:
        """A trend or change tells a hidden month from those that are shown."""
        measure = _measure(str(row["indicator"]).split(":")[1])
        country = str(row["country"])
        if country == WORLD:
            return self.hidden.month(measure, str(row["market"]))
        return vendors_of(row) < LEAST_VENDORS or self.hidden.any_month(measure, str(row["market"]), country)

    def migrated(self, row: Row) -> bool:
        """Nested classes of links: the whole, and a part only when what it leaves out is nothing or three."""
        code = str(row["indicator"])
        if row["country"] != WORLD and "share" in code:
            return True
        counts = self.tables["migration"].filter(
            (pl.col("market") == row["market"])
            & (pl.col("country") == row["country"])
            & pl.col("indicator").str.contains(r"^MG01_(A|AB|ABC):")
            & pl.col("indicator").str.ends_with(code.rsplit(":", 1)[1])
        )
        by_class = {
            name.split(":")[0].removeprefix("MG01_"): int(n)
            for name, n in counts.select("indicator", "value").iter_rows()
        }
        if not by_class:
            return True
        a, ab, abc = by_class["A"], by_class["AB"], by_class["ABC"]
        if any(is_few(n) for n in (a, ab - a, abc - ab, ab, abc)):
            return not code.startswith("MG01_ABC") or is_few(abc) or (row["country"] != WORLD and abc < LEAST_VENDORS)
        return False

    def compared(self, row: Row) -> bool:
        """Figures made of shares and revenue over the window."""
        code, country = str(row["indicator"]), str(row["country"])
        if code.startswith("LIT"):
            return False
        if code.startswith("CMP01"):
            return self.hidden.window(code[-1], ALL, country)
        places = [country, *([code.split(":")[1]] if ":" in code else [])]
        return any(self.hidden.window("R", ALL, place) or self.hidden.any_month("R", ALL, place) for place in places)


def _measure(code: str) -> str:
    return {"1": "L", "2": "V", "3": "T", "4": "R"}[code[3]]


def _listed(row: Row) -> bool:
    """Whether the row is a figure that the study has published, to its rounding."""
    low, high = PUBLISHED.get((str(row["indicator"]), str(row["country"]), str(row["market"])), (1.0, 0.0))
    return row["value"] is not None and low <= float(row["value"]) <= high  # type: ignore[arg-type]


def _publish(table: str, frame: pl.DataFrame, keep: Rule, hide: Rule) -> pl.DataFrame:
    rows = []
    for given in frame.iter_rows(named=True):
        if not keep(given):
            continue
        row = dict(given)
        tells = row["value"] is not None or (table in _MISSING_TELLS and row["country"] != WORLD)
        gone = tells and hide(row)
        if gone and _IF_ANY.match(str(row["indicator"])):
            continue
        if gone:
            row |= dict.fromkeys(_HIDDEN, None) | {"obs_status": "C", "method": _WHY_HIDDEN}
        if table != "coverage" and (row["country"] != WORLD or row["drug_class"] != ALL or gone):
            row |= {"n": None, "n_vendors": None, "method": str(row["method"]).removesuffix(MAYBE_NARROW)}
        rows.append(row | {"conf_status": "C" if gone else "F"})
    contract = contracts.load("indicators", f"{table}_public")
    return contracts.conform(pl.DataFrame(rows, schema=contract.polars_schema), contract)


def _scorecard(tables: Tables, public: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """The scorecard with the values that public tables show as well, the study's own figures, and counts of months.

    A verdict says in which range the value lies, so a hidden value hides it.
    """
    where = {(check.statement, check.indicator): check for check in CHECKS}
    rows = []
    for given in tables["study_scorecard"].iter_rows(named=True):
        row = dict(given)
        check = where[row["statement"], row["indicator"]]
        shown = public.get(f"{check.table}_public")
        same = None
        if shown is not None:
            same = shown.filter(
                *(pl.col(name) == row[name] for name in ("indicator", "country", "drug_class")),
                (pl.col("market") == row["market"]) | pl.lit(check.reduce != "last" and row["market"] == ALL),
                pl.col("value").is_not_null(),
            )
        open_value = check.table == "listings" or check.reduce == "months" or _listed(row)
        open_value |= same is not None and same.height > 0 and (check.reduce == "last" or row["country"] == WORLD)
        if not open_value and row["value"] is not None:
            row |= dict.fromkeys(_HIDDEN, None) | {"verdict": "confidential"}
            row["why"] = "; ".join(part for part in ("value confidential: few vendors", row["why"]) if part)
        rows.append(row)
    contract = contracts.load("indicators", "study_scorecard_public")
    return contracts.conform(pl.DataFrame(rows, schema=contract.polars_schema), contract)
