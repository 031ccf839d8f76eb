"""The tables of the report, from the public indicator tables alone. Text and layout are in report.py."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from cryptodrug_assets.indicators.catalogue import text_of, word
from cryptodrug_assets.indicators.code import LINK_CLASSES, parse_code
from cryptodrug_assets.indicators.seen import covered_months
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
    if market == ALL:
        return "all markets"
    config = market_configs().get(market)
    # The study's statements name its own markets, whether or not they are among those here.
    return config.label if config is not None else market.replace("_", " ").title()


def markets(frame: pl.DataFrame) -> list[str]:
    """Markets of a frame in the order of their configuration, pooled last."""
    present = set(frame["market"])
    return [market for market in (*market_configs(), ALL) if market in present]


def percent(value: float | None) -> str:
    """A share in percent."""
    return "–" if value is None else f"{100 * value:.2f}"


def value_text(row: Row | None, form: str = "percent", interval: bool = True) -> str:
    """A value with its interval, as the report prints it: – missing, c confidential; ° after it: low coverage.

    `row` is a row of an indicator table; `form` is percent, ratio, count or euro.

    >>> row = {"value": 0.0712, "lower": 0.05, "upper": 0.101, "obs_status": "A", "conf_status": "F"}
    >>> value_text(row), value_text(row, interval=False), value_text(None)
    ('7.12 (5.00–10.10)', '7.12', '–')
    """
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
    matching = frame.filter(*(pl.col(name) == value for name, value in where.items())).sort("month")
    return matching.row(-1, named=True) if matching.height else None


def windows_table(public: Public, pages: Mapping[str, int]) -> Table:
    rows = []
    for market, config in market_configs().items():
        months_seen = covered_months(public["coverage"].filter(market=market))
        if months_seen.is_empty():
            continue
        coverage = months_seen["covered"]
        # The least of several of which one is unknown is unknown.
        low, mean = (None, None) if coverage.null_count() else (coverage.min(), coverage.mean())
        window = f"{config.window.start} – {config.window.end or 'now'}"
        months = [str(coverage.len()), f"{pages.get(market, 0):,}"]
        texts = ["unknown" if part is None else percent(part) for part in (low, mean)]  # type: ignore[arg-type]
        rows.append([config.label, window, *months, *texts])
    note = (
        "Coverage, percent: the least of what is known of it: pages fetched among those the crawl found, offers"
        " captured among those the market announces, offers seen among those estimated from several sweeps."
        " Outside its window a market was not observed, which is neither zero nor missing."
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
                rows.append([label(market), what, value_text(mean), value_text(pooled)])
    note = "Mean of the monthly shares, and share of the window's total (of vendors: of its vendor-months)."
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
            of_month = frame.filter((pl.col("market") == market) & (pl.col("month") == month))
            values = {row["indicator"]: row for row in of_month.iter_rows(named=True)}
            bound = values.get("SH03_bound")
            open_bound = bound is None or bound["conf_status"] != "C"
            highest = percent(None if bound is None else bound["upper"]) if open_bound else "c"
            rows.append(
                [label(market), f"{month:%Y-%m}", *(value_text(values.get(code)) for code in MEASURES), highest]
            )
    note = (
        "– missing: it could not be computed, or most of it is unknown · c confidential: too few vendors stand"
        " behind the value, or it would give such a value away · ° coverage low or unknown. Last column:"
        " transactions, if all that is unknown were the country's: origins, regions that contain it, sales without"
        " their offer, missed pages."
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
        of_country = frame.filter((pl.col("market") == market) & (pl.col("country") == country))
        order = of_country.filter(pl.col("indicator") == "DM01_L").sort("value", descending=True, nulls_last=True)
        for drug in order["drug_class"].to_list():
            where = {"market": market, "drug_class": drug}
            world = pick(frame, country=WORLD, indicator="DM01_L", **where)
            offered = (pl.col("drug_class") == drug) & (pl.col("value").is_null() | (pl.col("value") > 0))
            if of_country.filter(offered).is_empty():
                continue
            values = [pick(of_country, indicator=code, **where) for code in ("DM01_L", "SP02_L", "SP04_L", "DM01_T")]
            cells = [
                value_text(values[0]),
                value_text(world, interval=False),
                value_text(values[1], "ratio"),
                value_text(values[2], "ratio"),
            ]
            rows.append([label(market), drug.replace("_", " "), *cells, value_text(values[3])])
    note = (
        "Share of each class in live offers of the country and of the world; LQ: location quotient, above 1 is more"
        " than the world; CV: coefficient of variation of the monthly share, below 0.25 is stable."
    )
    head = ("market", "class", f"{name}, % of offers", "world, %", "LQ", "CV", f"{name}, % of sales")
    return Table(f"Classes of {name} over the window, and location quotients", head, rows, note)


def reach_table(public: Public, country: str) -> Table:
    frame = public["shipping_window"].filter(pl.col("country") == country)
    codes = ("RT02", "RT04:domestic", "RT04:eu", "RT04:europe", "RT04:world", "RT03:ANGLO", "RT03:NL")
    names = markets(frame)
    rows = [
        [
            text_of("shipping_window", code).label,
            "%",
            *(value_text(pick(frame, market=market, indicator=code)) for market in names),
        ]
        for code in codes
    ]
    note = (
        "What offers say; a destination is offered, not travelled. EU of 28. Proportions need ten vendors, and three on"
        " either side."
    )
    return Table("Reach and exclusions over the window", ("", "", *(label(market) for market in names)), rows, note)


def origin_table(public: Public, country: str, name: str) -> Table:
    frame = public["multi_origin_window"].filter(country=country)
    pairs = [code for code in frame["indicator"].unique() if parse_code(code).id == "MO04"]
    frame = frame.filter(pl.col("indicator").is_in(pairs))
    rows = []
    for market in markets(frame):
        for row in frame.filter(pl.col("market") == market).sort("indicator").iter_rows(named=True):
            rows.append([label(market), parse_code(row["indicator"]).parameter, value_text(row)])
    note = (
        f"Of vendors that shipped from {name} and elsewhere over the window, those with this origin. Clopper–Pearson."
    )
    return Table("Vendors of several origins", ("market", "other origin", "%"), rows, note)


def size_table(public: Public, country: str, name: str) -> Table:
    frame = public["transaction_sizes_window"].filter(pl.col("market") != ALL)
    codes = (
        "TS03", "TS03_q:50", "TS01:100", "TS01:200", "TS01:500", "TS01:1000", "TS04:200", "TS04_top:10", "TS05_price",
    )  # fmt: skip
    rows = []
    for market in markets(frame):
        for code in codes:
            text = text_of("transaction_sizes_window", code)
            share = text.unit == "ratio"
            form, what = ("percent", f"{text.label}, %") if share else ("ratio", f"{text.label}, {text.unit}")
            values = [pick(frame, market=market, country=place, indicator=code) for place in (country, WORLD)]
            if any(row is not None and row["value"] is not None for row in values):
                rows.append([label(market), what, *(value_text(row, form) for row in values)])
    return Table("Sizes of transactions with exact prices", ("market", "", name, "world"), rows)


def concentration_table(public: Public, country: str) -> Table:
    frame = public["concentration"]
    codes = {"CN01": "Herfindahl", "CN02": "Gini", "CN03:5": "largest 5 %", "CN03:10": "largest 10 %"}
    rows = []
    for market in markets(frame):
        for measure in ("L", "T", "R"):
            what = word("measures", measure, "en")
            names = [parse_code(code).of_measure(measure) for code in codes]
            values = [pick(frame, market=market, country=WORLD, indicator=name) for name in names]
            if any(row is not None for row in values):
                rows.append([label(market), what, *(value_text(row, "ratio") for row in values)])
    note = "World, last observed month. Share of the largest vendors; vendors resampled."
    return Table("Concentration over vendors", ("market", "of", *codes.values()), rows, note)


def migration_table(public: Public, country: str, name: str) -> Table:
    frame = public["migration"]
    rows = []
    for market in markets(frame):
        of_market = frame.filter(market=market)
        codes = [parse_code(code) for code in of_market["indicator"]]
        for to in sorted({code.parameter for code in codes if code.id == "MG01"}):
            for classes in LINK_CLASSES:
                values = [
                    pick(of_market, country=place, indicator=f"MG01_{classes}:{to}") for place in (country, WORLD)
                ]
                text = word("link_classes", classes, "en")
                rows.append([f"{label(market)} → {label(to)}", text, *(value_text(row, "count") for row in values)])
    note = "Vendors of a closed market seen on another within 60 days, by class of link. No conclusion about persons."
    return Table("Migration after a market closed", ("markets", "link", name, "world"), rows, note)


def shock_table(public: Public, country: str, name: str) -> Table:
    frame = public["shocks"]
    codes = {"SK01_level_T": "sales per day, level after / expected", "SK01_slope_T": "weekly growth after / before",
             "SK02_T": "days to the change point", "SK03_T": "weeks to the level before"}  # fmt: skip
    rows = []
    for market in markets(frame):
        events = sorted({parse_code(code).parameter for code in frame.filter(market=market)["indicator"]})
        for event in events:
            for code, what in codes.items():
                values = [pick(frame, market=market, country=p, indicator=f"{code}:{event}") for p in (country, WORLD)]
                rows.append(
                    [label(market), f"{event.replace('_', ' ')}: {what}", *(value_text(row, "ratio") for row in values)]
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
            [
                row["indicator"].replace("LIT_", "literature: "),
                row["country"],
                value_text(row, form),
                unit,
                row["method"],
            ]
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
    names = [*market_configs(), ALL]
    return int(digits), row["indicator"], names.index(row["market"]) if row["market"] in names else len(names)


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
