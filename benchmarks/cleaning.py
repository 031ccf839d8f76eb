"""Cleaning at size: a million parsed offers and five million feedback rows, beside a bare scan and join."""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import numpy as np
import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.months import month_after, month_start

_MARKET, _MONTHS = "empire", ("2019-04", "2019-05", "2019-06", "2019-07")
_OFFERS, _VENDORS, _SHOWN, _PER_PAGE, _PER_MONTH = 125_000, 2_500, 250, 30, 125
_TITLES, _ROUNDS = 20_000, 3
_PLACES = ["Belgium", "Netherlands", "Germany", "United Kingdom", "United States", "France", "Worldwide"]
_PATHS = [
    ["Drugs & Chemicals", "Stimulants", "Cocaine"], ["Drugs & Chemicals", "Ecstasy", "MDMA"],
    ["Drugs & Chemicals", "Cannabis & Hashish", "Buds & Flowers"], ["Drugs & Chemicals", "Opioids", "Heroin"],
]  # fmt: skip
_NAMES = ["cocaine", "MDMA crystal", "weed haze", "heroin", "speed paste", "ketamine", "LSD", "hash"]
_DAY, _MINUTE = 86_400_000_000, 60_000_000


def _sweeps(month: str) -> list[datetime]:
    end = datetime.combine(month_start(month_after(month)), datetime.min.time(), UTC)
    return [end - timedelta(days=2), end - timedelta(minutes=1)]


def make_tables(folder: Path) -> tuple[int, int]:
    """Parsed listings and feedback of four months with two sweeps each, as Parquet; the numbers of rows."""
    rng = np.random.default_rng(5)
    titles = [f"{rng.integers(1, 200)}g {_NAMES[n % 8]} batch {n}" for n in range(_TITLES)]
    offer = np.arange(_OFFERS)
    begin = datetime(2019, 1, 1, tzinfo=UTC)
    sales = _VENDORS * _PER_MONTH * 7
    at = int(begin.timestamp()) * 10**6 + np.sort(rng.integers(0, 212 * _DAY, sales))
    seller = rng.integers(0, _VENDORS, sales)
    order = np.lexsort((at, seller))
    at, seller = at[order], seller[order]
    bought = seller + _VENDORS * rng.integers(0, _OFFERS // _VENDORS, sales)
    cents = rng.integers(500, 90_000, sales)
    buyer, text = rng.integers(0, 676, sales), rng.integers(0, 40, sales)
    found = [0, 0]
    for month in _MONTHS:
        listings, feedback = [], []
        for turn, moment in enumerate(_sweeps(month)):
            common = {
                "market": pl.lit(_MARKET), "month": pl.lit(month_start(month)), "captured_at": pl.lit(moment),
                "sweep_id": pl.lit(moment.isoformat()), "parser_version": pl.lit("bench"),
            }  # fmt: skip
            frame = pl.DataFrame({"offer": offer}).select(
                capture_id=_captures(rng, _OFFERS), row=pl.lit(0), page_kind=pl.lit("listing"),
                listing_id=pl.col("offer").cast(pl.String), vendor_name=pl.format("v{}", pl.col("offer") % _VENDORS),
                title=pl.Series(titles).gather(offer % _TITLES),
                category_path=pl.Series(_PATHS).gather(offer % len(_PATHS)),
                ships_from=pl.Series(_PLACES).gather(offer % len(_PLACES)),
                ships_to=pl.Series([["Worldwide"], ["Europe"]]).gather(offer % 2),
                price_amount=(5 + pl.col("offer") % 300).cast(pl.Decimal(28, 10)), price_currency=pl.lit("USD"),
                is_sticky=pl.lit(value=False), **common,
            )  # fmt: skip
            listings.append(_shaped(frame, "listings"))
            until = int(moment.timestamp()) * 10**6
            seen = at < until
            first = np.searchsorted(seller, np.arange(_VENDORS))
            count = np.bincount(seller[seen], minlength=_VENDORS)
            place = first[seller] + count[seller] - 1 - np.arange(sales)
            chosen = np.flatnonzero(seen & (place < _SHOWN))
            if turn:
                # One list in fifty lost a row since the first sweep: these go list by list.
                chosen = chosen[~((seller[chosen] % 50 == 0) & (place[chosen] == 100))]
            chosen = chosen[np.lexsort((place[chosen], seller[chosen]))]
            nth = np.arange(len(chosen)) - np.searchsorted(seller[chosen], seller[chosen])
            rows = pl.DataFrame(
                {"who": seller[chosen], "n": nth, "at": at[chosen] // _MINUTE * _MINUTE, "offer": bought[chosen],
                 "cents": cents[chosen], "buyer": buyer[chosen], "text": text[chosen]}
            )  # fmt: skip
            dated = pl.col("at").cast(pl.Datetime("us", "UTC"))
            pages = _captures(rng, _VENDORS * (_SHOWN // _PER_PAGE + 1))
            frame = rows.select(
                capture_id=pages.gather(rows["who"] * (_SHOWN // _PER_PAGE + 1) + rows["n"] // _PER_PAGE),
                row=pl.col("n") % _PER_PAGE,
                page_kind=pl.lit("vendor"), vendor_name=pl.format("v{}", "who"),
                listing_id=pl.col("offer").cast(pl.String),
                position=pl.col("n") % _PER_PAGE + 1, list_offset=pl.col("n") // _PER_PAGE * _PER_PAGE,
                list_name=pl.lit("p_feedback"),
                rating=pl.lit(5.0), comment=pl.format("comment {}", "text"), buyer_masked=pl.format("b***{}", "buyer"),
                price_amount=(pl.col("cents").cast(pl.Decimal(28, 10)) / 100).cast(pl.Decimal(28, 10)),
                price_currency=pl.lit("USD"), price_exact=pl.lit(value=True),
                dated_at=dated, dated_lo=dated, dated_hi=dated + timedelta(minutes=1), **common,
            )  # fmt: skip
            feedback.append(_shaped(frame, "feedback"))
        for number, (name, parts) in enumerate((("listings", listings), ("feedback", feedback))):
            # As the store gives them: by capture, whose names say nothing about time or vendor.
            table = pl.concat(parts).sort(contracts.load("parsed", name).primary_key)
            found[number] += table.height
            table.write_parquet(folder / f"{name}-{month}.parquet")
    return found[0], found[1]


def _captures(rng: np.random.Generator, number: int) -> pl.Series:
    """As many names of captures."""
    return pl.Series([f"{value:016x}" for value in rng.integers(0, 2**63, number).tolist()])


def _shaped(frame: pl.DataFrame, table: str) -> pl.DataFrame:
    schema = contracts.load("parsed", table).polars_schema
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in schema.items()
    )


def bare_polars(folder: Path) -> float:
    """Seconds for: scan both tables, one row per offer, feedback without repetitions, join, count and sum by vendor and
    origin. Bare: it reads the few columns this needs, not all that cleaning does."""
    began = time.process_time()
    for month in _MONTHS:
        offers = (
            pl.scan_parquet(folder / f"listings-{month}.parquet")
            .group_by("listing_id")
            .agg(pl.col("title", "ships_from").last())
        )
        files = [folder / f"feedback-{name}.parquet" for name in (month, month_after(month)) if name in _MONTHS]
        rows = pl.scan_parquet(files).unique(["vendor_name", "buyer_masked", "comment", "dated_at", "listing_id"])
        joined = rows.join(offers, on="listing_id", how="left", suffix="_offer")
        joined.group_by("vendor_name", "ships_from").agg(
            pl.len(), pl.col("price_amount").cast(pl.Float64).sum(), pl.col("title").n_unique()
        ).collect()
    return time.process_time() - began


def bare_duckdb(folder: Path) -> float:
    """The same in DuckDB."""
    import duckdb

    began = time.process_time()
    with duckdb.connect(":memory:") as connection:
        for month in _MONTHS:
            names = [name for name in (month, month_after(month)) if name in _MONTHS]
            files = ", ".join(f"'{folder}/feedback-{name}.parquet'" for name in names)
            connection.sql(
                f"""
                WITH offers AS (
                    SELECT listing_id, last(title) AS title, last(ships_from) AS ships_from
                    FROM '{folder}/listings-{month}.parquet' GROUP BY listing_id
                ), rows AS (
                    SELECT DISTINCT vendor_name, buyer_masked, comment, dated_at, listing_id, price_amount
                    FROM read_parquet([{files}])
                )
                SELECT vendor_name, ships_from, count(*), sum(price_amount), count(DISTINCT title)
                FROM rows LEFT JOIN offers USING (listing_id) GROUP BY ALL
                """
            ).fetchall()
    return time.process_time() - began


def clean_all(folder: Path) -> tuple[float, float, int]:
    """Seconds of cleaning the four months, of them for reading the distinct titles once, and the sales found."""
    from cryptodrug_assets.cleaning.month import NEEDED, NEEDED_NEXT, CleaningOptions, clean_month
    from cryptodrug_assets.cleaning.pseudonyms import Pseudonyms
    from cryptodrug_assets.cleaning.titles.quantities import parse_quantity

    def tables(month: str, needed: Mapping[str, Sequence[str]]) -> dict[str, pl.DataFrame]:
        found = {name: contracts.empty(contracts.load("parsed", name)) for name in ("vendors", "pages")}
        return found | {
            name: pl.read_parquet(folder / f"{name}-{month}.parquet", columns=list(needed[name]))
            for name in ("listings", "feedback")
        }

    pseudonyms = Pseudonyms.load(folder / "keys")
    titles = pl.read_parquet(folder / f"listings-{_MONTHS[0]}.parquet", columns=["title"])["title"].unique()
    began = time.process_time()
    for title in titles:
        parse_quantity(title)
    reading = time.process_time() - began
    sales = 0
    for month in _MONTHS:
        after = tables(month_after(month), NEEDED_NEXT) if month_after(month) in _MONTHS else None
        found = clean_month(
            tables(month, NEEDED), after, market=_MARKET, month=month, pseudonyms=pseudonyms, options=CleaningOptions()
        )
        sales += found["transactions"].height
    return time.process_time() - began, reading, sales


def main() -> None:
    """Each part in a process of its own, so that memory is its own; in turns, for no machine is always equally fast."""
    spent: dict[str, list[float]] = {"polars": [], "duckdb": [], "clean": []}
    with tempfile.TemporaryDirectory() as name:
        _part("make", name)
        for _ in range(_ROUNDS):
            for what, seconds in spent.items():
                found = _part(what, name)
                seconds.append(found[0])
        _, reading, sales, memory = found
    cleaned = median(spent.pop("clean"))
    print(f"cleaned in {cleaned:.1f} s CPU, {reading:.1f} s of them for {_TITLES:,} titles, {sales:,.0f} sales")
    ratios = ", ".join(f"{cleaned / median(bare):.1f} times {what}" for what, bare in spent.items())
    print(f"beside the bare scan, join and aggregate of the same files: {ratios}; memory {memory:.1f} GB")
    print(
        f"medians of {_ROUNDS} turns; the bare queries read 3 columns of offers and 6 of feedback; cleaning 20 and 18"
    )


def _part(what: str, folder: str) -> list[float]:
    command = [sys.executable, "-m", "benchmarks.cleaning", what, folder]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - own module
    print(done.stdout.splitlines()[0])
    return [float(value) for value in done.stdout.splitlines()[-1].split()]


def _run(what: str, folder: Path) -> None:
    if what == "make":
        listings, feedback = make_tables(folder)
        print(f"{listings:,} parsed offers and {feedback:,} feedback rows in four months")
        print(listings, feedback)
        return
    if what == "clean":
        result: tuple[float, ...] = clean_all(folder)
    else:
        result = ((bare_polars if what == "polars" else bare_duckdb)(folder),)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{what}: {result[0]:.1f} s, {memory:.1f} GB")
    print(*result, memory)


if __name__ == "__main__":
    _run(sys.argv[1], Path(sys.argv[2]))
