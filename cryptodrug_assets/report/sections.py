"""The tables of the report, from the public indicator tables alone. Text and layout are in build.py."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from cryptodrug_assets.observation import market_configs

Public = Mapping[str, pl.DataFrame]
Row = dict[str, Any]
MEASURES = {"SH01": "listings", "SH02": "active vendors", "SH03": "transactions", "SH04": "revenue"}
ALL, WORLD = "all", "W"


@dataclass(frozen=True)
class Table:
    """A titled table; a note says how to read it; columns of words are set flush left."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""
    words: Sequence[int] = (0, 1)


def tables(public: Public, pages: Mapping[str, int], country: str, name: str, *, synthetic: bool) -> Iterator[Table]:
    """Every table of the report that has rows, in order."""
    made = (
        windows_table(public, pages), share_table(public, country, name), month_table(public, country, name),
        class_table(public, country, name), reach_table(public, country), origin_table(public, country, name),
        size_table(public, country, name), concentration_table(public, country), migration_table(public, country, name),
        shock_table(public, country, name), literature_table(public, country, name),
        scorecard_table(public, synthetic=synthetic),
    )  # fmt: skip
    number = 0
    for table in made:
        if table.rows:
            number += 1
            yield replace(table, title=f"Table {number}. {table.title}")


def label(market: str) -> str:
    """The market's name as people know it."""
    return "all three" if market == ALL else market_configs()[market].label


def markets(frame: pl.DataFrame) -> list[str]:
    """Markets of a frame in the order of their configuration, pooled last."""
    present = set(frame["market"])
    return [market for market in (*market_configs(), ALL) if market in present]


def percent(value: float | None) -> str:
    """A share in percent."""
    return "–" if value is None else f"{100 * value:.2f}"


def shown(row: Row | None, form: str = "percent", interval: bool = True) -> str:
    """A value with its interval; – missing, c confidential; ° low coverage."""
    if row is None:
        return "–"
    if row["conf_status"] == "C":
        return "c"
    if row["value"] is None:
        return "–"

    def one(value: float) -> str:
        return {"percent": f"{100 * value:.2f}", "count": f"{value:,.0f}", "euro": f"{value:,.0f}"}.get(
            form, f"{value:.2f}"
        )

    text = one(row["value"])
    # Resampling nothing gives nothing: an interval without width says no more than the value.
    if interval and row["lower"] is not None and row["upper"] is not None and row["lower"] < row["upper"]:
        text += f" ({one(row['lower'])}–{one(row['upper'])})"
    return text + (" °" if row["obs_status"] == "L" else "")


def pick(frame: pl.DataFrame, **where: str) -> Row | None:
    """The last row that has these values, or None."""
    found = frame.filter(*(pl.col(name) == value for name, value in where.items())).sort("month")
    return found.row(-1, named=True) if found.height else None


def windows_table(public: Public, pages: Mapping[str, int]) -> Table:
    rows = []
    for market, config in market_configs().items():
        found = public["coverage"].filter((pl.col("market") == market) & (pl.col("indicator") == "COV01"))["value"]
        if not len(found):
            continue
        low, mean = found.min(), found.mean()
        window = f"{config.window.start} – {config.window.end or 'now'}"
        months = [str(len(found)), f"{pages.get(market, 0):,}"]
        rows.append([config.label, window, *months, percent(low), percent(mean)])  # type: ignore[arg-type]
    note = (
        "Coverage, percent: pages fetched among those the crawl enumerated. Outside its window a market was not"
        " observed, which is neither zero nor missing."
    )
    head = ("market", "window", "months done", "pages", "coverage, lowest", "coverage, mean")
    return Table("Observation windows and coverage", head, rows, note)


def share_table(public: Public, country: str, name: str) -> Table:
    frame = public["shares_window"].filter(pl.col("country") == country)
    rows = []
    for market in markets(frame):
        for code, what in MEASURES.items():
            mean, pooled = (pick(frame, market=market, indicator=f"{code}_{kind}") for kind in ("mean", "pooled"))
            if mean is not None or pooled is not None:
                rows.append([label(market), what, shown(mean), shown(pooled)])
    note = "Mean of the monthly shares, and share of the window's total. Bootstrap over vendors (BCa)."
    return Table(
        f"Share of {name} over the window, percent with 95 % interval",
        ("market", "measure", "mean of months", "pooled"),
        rows,
        note,
    )


def month_table(public: Public, country: str, name: str) -> Table:
    frame = public["shares"].filter((pl.col("country") == country) & (pl.col("drug_class") == ALL))
    rows = []
    for market in markets(frame):
        for month in frame.filter(pl.col("market") == market)["month"].unique().sort():
            own = frame.filter((pl.col("market") == market) & (pl.col("month") == month))
            values = {row["indicator"]: row for row in own.iter_rows(named=True)}
            bound = values.get("SH03_bound")
            highest = "–" if bound is None else "c" if bound["conf_status"] == "C" else percent(bound["upper"])
            rows.append([label(market), f"{month:%Y-%m}", *(shown(values.get(code)) for code in MEASURES), highest])
    note = (
        "– missing (the market shows no exact price of sales) · c confidential: too few vendors stand behind the value,"
        " or it would give such a value away · ° low coverage. Listings, transactions, revenue: bootstrap over vendors."
        " Vendors: Wilson. Last column: transactions, if every unknown origin were the country's."
    )
    return Table(
        f"Share of {name} by month, percent with 95 % interval",
        ("market", "month", *MEASURES.values(), "at most"),
        rows,
        note,
    )


def class_table(public: Public, country: str, name: str) -> Table:
    frame = public["specialisation_window"].filter(pl.col("drug_class") != ALL)
    rows = []
    for market in markets(frame):
        own = frame.filter((pl.col("market") == market) & (pl.col("country") == country))
        order = own.filter(pl.col("indicator") == "DM01_L").sort("value", descending=True, nulls_last=True)
        for drug in order["drug_class"].to_list():
            where = {"market": market, "drug_class": drug}
            world = pick(frame, country=WORLD, indicator="DM01_L", **where)
            offered = (pl.col("drug_class") == drug) & (pl.col("value").is_null() | (pl.col("value") > 0))
            if own.filter(offered).is_empty():
                continue
            values = [pick(own, indicator=code, **where) for code in ("DM01_L", "SP02_L", "SP04_L", "DM01_T")]
            cells = [
                shown(values[0]),
                shown(world, interval=False),
                shown(values[1], "ratio"),
                shown(values[2], "ratio"),
            ]
            rows.append([label(market), drug.replace("_", " "), *cells, shown(values[3])])
    note = (
        "Share of each class in live offers of the country and of the world; LQ: location quotient, above 1 is more"
        " than the world; CV: coefficient of variation of the monthly share, below 0.25 is stable."
    )
    head = ("market", "class", f"{name}, % of offers", "world, %", "LQ", "CV", f"{name}, % of sales")
    return Table(f"Classes of {name} over the window, and location quotients", head, rows, note)


def reach_table(public: Public, country: str) -> Table:
    frame = public["shipping_window"].filter(pl.col("country") == country)
    codes = {
        "RT02": "vendors that ship abroad", "RT04:domestic": "offers: domestic alone", "RT04:eu": "offers: at most EU",
        "RT04:europe": "offers: at most Europe", "RT04:world": "offers: world",
        "RT03:ANGLO": "vendors: not to US, GB, CA …",
        "RT03:NL": "vendors: not to the Netherlands",
    }  # fmt: skip
    names = markets(frame)
    rows = [
        [what, "%", *(shown(pick(frame, market=market, indicator=code)) for market in names)]
        for code, what in codes.items()
    ]
    note = (
        "What offers say; a destination is offered, not travelled. EU of 28. Proportions need ten vendors, and three on"
        " either side."
    )
    return Table("Reach and exclusions over the window", ("", "", *(label(market) for market in names)), rows, note)


def origin_table(public: Public, country: str, name: str) -> Table:
    frame = public["multi_origin_window"].filter(
        (pl.col("country") == country) & pl.col("indicator").str.starts_with("MO04:")
    )
    rows = []
    for market in markets(frame):
        for row in frame.filter(pl.col("market") == market).sort("indicator").iter_rows(named=True):
            rows.append([label(market), row["indicator"].split(":")[1], shown(row)])
    note = (
        f"Of vendors that shipped from {name} and elsewhere over the window, those with this origin. Clopper–Pearson."
    )
    return Table("Vendors of several origins", ("market", "other origin", "%"), rows, note)


def size_table(public: Public, country: str, name: str) -> Table:
    frame = public["transaction_sizes_window"].filter(pl.col("market") != ALL)
    codes = {
        "TS03": ("mean, €", "ratio"), "TS03_q:50": ("median, €", "ratio"),
        "TS01:100": ("above 100 €, % of sales", "percent"),
        "TS01:200": ("above 200 €, % of sales", "percent"), "TS01:500": ("above 500 €, % of sales", "percent"),
        "TS01:1000": ("above 1,000 €, % of sales", "percent"),
        "TS04:200": ("revenue of sales from 200 €, %", "percent"),
        "TS04_top:10": ("revenue of the largest tenth, %", "percent"),
        "TS05_price": ("from 1,000 $, % of sales", "percent"),
    }  # fmt: skip
    rows = []
    for market in markets(frame):
        for code, (what, form) in codes.items():
            found = [pick(frame, market=market, country=place, indicator=code) for place in (country, WORLD)]
            if any(row is not None and row["value"] is not None for row in found):
                rows.append([label(market), what, *(shown(row, form) for row in found)])
    return Table("Sizes of transactions with exact prices", ("market", "", name, "world"), rows)


def concentration_table(public: Public, country: str) -> Table:
    frame = public["concentration"]
    codes = {"CN01": "Herfindahl", "CN02": "Gini", "CN03:5": "largest 5 %", "CN03:10": "largest 10 %"}
    rows = []
    for market in markets(frame):
        for measure, what in (("L", "offers"), ("T", "transactions"), ("R", "revenue")):
            names = [code.replace(":", f"_{measure}:") if ":" in code else f"{code}_{measure}" for code in codes]
            found = [pick(frame, market=market, country=WORLD, indicator=name) for name in names]
            if any(row is not None for row in found):
                rows.append([label(market), what, *(shown(row, "ratio") for row in found)])
    note = "World, last observed month. Share of the largest vendors; bootstrap over vendors."
    return Table("Concentration over vendors", ("market", "of", *codes.values()), rows, note)


def migration_table(public: Public, country: str, name: str) -> Table:
    frame = public["migration"]
    rows = []
    for market in markets(frame):
        own = frame.filter((pl.col("market") == market) & pl.col("indicator").str.starts_with("MG01_A"))
        for to in sorted({code.split(":")[1] for code in own["indicator"]}):
            for classes in ("A", "AB", "ABC"):
                found = [pick(own, country=place, indicator=f"MG01_{classes}:{to}") for place in (country, WORLD)]
                text = {"A": "near-certain", "AB": "or probable", "ABC": "or possible"}[classes]
                rows.append([f"{label(market)} → {label(to)}", text, *(shown(row, "count") for row in found)])
    note = "Vendors of a closed market seen on another within 60 days, by class of link. No conclusion about persons."
    return Table("Migration after a market closed", ("markets", "link", name, "world"), rows, note)


def shock_table(public: Public, country: str, name: str) -> Table:
    frame = public["shocks"]
    codes = {"SK01_level_T": "sales per day, level after / expected", "SK01_slope_T": "weekly growth after / before",
             "SK02_T": "days to the change point", "SK03_T": "weeks to the level before"}  # fmt: skip
    rows = []
    for market in markets(frame):
        events = sorted({code.split(":")[1] for code in frame.filter(pl.col("market") == market)["indicator"]})
        for event in events:
            for code, what in codes.items():
                found = [pick(frame, market=market, country=p, indicator=f"{code}:{event}") for p in (country, WORLD)]
                rows.append(
                    [label(market), f"{event.replace('_', ' ')}: {what}", *(shown(row, "ratio") for row in found)]
                )
    return Table(
        "Events",
        ("market", "", name, "world"),
        rows,
        "Negative binomial regression on days; PELT on the detrended logarithm.",
    )


def literature_table(public: Public, country: str, name: str) -> Table:
    frame = public["literature_comparison"]
    rows = []
    for row in frame.filter(pl.col("country").is_in([country, WORLD, "GB", "NL"])).iter_rows(named=True):
        form = "percent" if row["unit"] == "ratio" else "euro"
        unit = "%" if row["unit"] == "ratio" else "€ a year"
        rows.append(
            [row["indicator"].replace("LIT_", "literature: "), row["country"], shown(row, form), unit, row["method"]]
        )
    note = f"{name} beside figures of the literature: other markets, years and bases, a band and not a target."
    return Table("Literature", ("figure", "country", "value", "", "how"), rows, note, words=(0, 1, 3, 4))


def scorecard_table(public: Public, *, synthetic: bool) -> Table:
    frame = public["study_scorecard"]
    rows = []
    for row in sorted(frame.iter_rows(named=True), key=statement_order):
        value = "c" if row["verdict"] == "confidential" else number_text(row["value"])
        verdict = row["verdict"].replace("_", " ")
        figure = row["indicator"] + (f" {row['drug_class']}" if row["drug_class"] != ALL else "")
        rows.append([row["statement"], row["says"], label(row["market"]), figure, range_text(row), value, verdict])
    note = "What the study found, the range that counts as reproduced, and the value here (c confidential)."
    if synthetic:
        note += (
            " This world is made up and need not agree with the study; the one that is made to agree is the study"
            " world, whose scorecard is in the documentation."
        )
    head = ("no.", "statement", "market", "indicator", "expected", "value", "verdict")
    return Table("The study's statements", head, rows, note, words=(0, 1, 2, 3, 6))


def statement_order(row: Row) -> tuple[int, str, int]:
    """Rows of the scorecard in the order of the study's statements."""
    digits = "".join(c for c in row["statement"] if c.isdigit())
    return int(digits), row["indicator"], [*market_configs(), ALL].index(row["market"])


def number_text(value: float | None) -> str:
    """Four digits of a number."""
    return "–" if value is None else f"{value:.4g}"


def range_text(row: Row) -> str:
    """The range that counts as reproduced, as a reader would write it."""
    low, high = row["expected_low"], row["expected_high"]
    above_zero = low is not None and 0 < low < 1e-300
    if low is not None and low == high:
        return number_text(low)
    if above_zero:
        return "> 0" if high is None else f"above 0, to {number_text(high)}"
    if low is not None and high is not None:
        return f"< {number_text(high)}" if low == 0 else f"{number_text(low)} – {number_text(high)}"
    return f"≤ {number_text(high)}" if high is not None else f"≥ {number_text(low)}"
