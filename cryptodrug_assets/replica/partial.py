"""A synthetic month as an imported archive of it would be: wrong the way archives are, and a log of what is wrong.

Archives are partial and lopsided: several crawls, each of which saw only what there was then; classes, offers and
vendors that nobody saved; lists cut short; login pages among the pages; capture dates off by days. Each preset is a
kind of archive. What of the world's truth can still be known is in knowable.py; damage of another kind in dirt.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

import numpy as np
import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.capture.imports.sweeps import Imported, sweep_names
from cryptodrug_assets.months import month_start
from cryptodrug_assets.observation import FROM_LISTING, UserError, feedback_source, market_configs
from cryptodrug_assets.replica import vocabulary as words
from cryptodrug_assets.replica.captures import capture_index
from cryptodrug_assets.replica.profiles import market_number
from cryptodrug_assets.replica.tables import TABLES, month_end, parsed_crawl, parsed_month

_OF_PAGES = ("listings", "vendors", "feedback", "rejects")
# By so much a page's own clock may differ from the time that is claimed; beyond it the page's own clock counts.
_OWN_CLOCK = timedelta(hours=26)
_WALLS = ("login", "challenge")
_CATEGORY_DEPTH = 2


@dataclass(frozen=True)
class Partial:
    """What an archive lacks. Chances are of whole categories (in all months), of an offer's or a vendor's pages in a
    month, of single pages; `walls`, `cut` and `twice` are shares of the pages.

    `crawls` in a month; `one_category`: the archive is of one category's offers; `most_feedback`: rows that a list
    shows; `counters`: whether pages with the market's own counters were saved, which count all of the market;
    `vendor_pages`, `feedback` and `ratings`: whether there are any; `silent`: countries from which no sale was saved;
    `clock_days`: how far the dates of crawls may be off. `about` says so in words.
    """

    about: str = ""
    crawls: int = 3
    categories_missed: float = 0.0
    one_category: bool = False
    offers_missed: float = 0.0
    vendors_missed: float = 0.0
    pages_missed: float = 0.0
    walls: float = 0.0
    cut: float = 0.0
    twice: float = 0.0
    most_feedback: int | None = None
    counters: bool = False
    vendor_pages: bool = True
    feedback: bool = True
    ratings: bool = True
    silent: tuple[str, ...] = ()
    clock_days: float = 0.0
    seed: int = 0


PRESETS: dict[str, Partial] = {
    "archive": Partial(
        "a bit of all: three crawls, categories, offers and vendors left out, lists cut short, login pages, dates off",
        crawls=3, categories_missed=0.15, offers_missed=0.3, vendors_missed=0.2, pages_missed=0.2, walls=0.04,
        cut=0.03, twice=0.03, most_feedback=40, clock_days=2.0,
    ),
    "counted": Partial(
        "categories, offers and vendors left out, with the market's own counters",
        crawls=2, categories_missed=0.15, offers_missed=0.2, vendors_missed=0.1, counters=True,
    ),
    "one_class": Partial("one category alone, with the counters of all", crawls=2, one_category=True, counters=True),
    "half_offers": Partial(
        "one crawl, half of the offers at random, with counters", crawls=1, offers_missed=0.5, counters=True
    ),
    "no_vendors": Partial("no vendor's page", crawls=2, vendor_pages=False),
    "no_feedback": Partial("no page that shows feedback", crawls=2, feedback=False),
    "quiet": Partial("every list of feedback is empty", crawls=2, most_feedback=0),
    "silent_country": Partial(
        "all offers, with counters, but no feedback of Belgian vendors", crawls=2, silent=("BE",), counters=True
    ),
    "no_ratings": Partial("feedback without ratings, a fifth of the offers missing", crawls=2, ratings=False,
                          offers_missed=0.2),
    "two_crawls": Partial("two whole crawls, without counters", crawls=2),
    "wrong_clocks": Partial("four crawls with dates up to ten days off", crawls=4, clock_days=10.0, most_feedback=60),
}  # fmt: skip


@dataclass(frozen=True)
class Archive:
    """The parsed tables and raw.captures of a month's archive, and what is known of how it came to be.

    `crawls`: crawl, moment (true), claimed. `log`: crawl, what, table, capture_id, row; null rows are whole pages.
    `pages`: the pages that are there: crawl, moment, claimed, capture_id, page_kind, listing_id (offer read from it),
    and of a list of feedback on it vendor_name, list_listing, list_name and the places first to last.
    """

    market: str
    month: str
    tables: dict[str, pl.DataFrame]
    captures: pl.DataFrame
    crawls: pl.DataFrame
    log: pl.DataFrame
    pages: pl.DataFrame


def preset(name: str, *, seed: int = 0) -> Partial:
    """The preset with a seed of its own; UserError names those there are."""
    if name not in PRESETS:
        raise UserError(f"no archive '{name}'; there are {', '.join(PRESETS)}")
    return replace(PRESETS[name], seed=seed)


def partial_month(profile: str, seed: int, market: str, month: str, partial: Partial | None = None) -> Archive:
    """What an archive with these flaws holds of the month."""
    return _Month(profile, seed, market, month, partial or PRESETS["archive"]).archive()


@dataclass
class _Crawl:
    """A crawl in the making: its tables, and what befell its rows."""

    number: int
    moment: datetime
    claimed: datetime
    tables: dict[str, pl.DataFrame]
    log: list[pl.DataFrame] = field(default_factory=list)

    def note(self, what: str, table: str, rows: pl.DataFrame) -> None:
        row = pl.col("row") if "row" in rows.columns else pl.lit(None, pl.Int64)
        told = rows.select(what=pl.lit(what), table=pl.lit(table), capture_id="capture_id", row=row)
        self.log.append(told.with_columns(crawl=pl.lit(self.number)))

    def drop_pages(self, what: str, gone: pl.DataFrame) -> None:
        """Leave out pages (capture_id) with all that they show."""
        for name in ("pages", *_OF_PAGES):
            self.note(what, name, self.tables[name].join(gone, on="capture_id", how="semi"))
            self.tables[name] = self.tables[name].join(gone, on="capture_id", how="anti")

    def drop_rows(self, what: str, table: str, gone: pl.Expr) -> None:
        rows = self.tables[table]
        self.note(what, table, rows.filter(gone))
        self.tables[table] = rows.filter(~gone)


class _Month:
    def __init__(self, profile: str, seed: int, market: str, month: str, flaws: Partial) -> None:
        self.profile, self.seed, self.market, self.month, self.flaws = profile, seed, market, month, flaws
        parsed_month(profile, seed, market, month)  # refuses a month the market was not observed in
        place = market_number(market)
        self.rng = np.random.default_rng([flaws.seed, seed, place, int(month.replace("-", ""))])
        # Nobody saved these categories, in whatever month.
        self.of_all_months = np.random.default_rng([flaws.seed, seed, place])

    def archive(self) -> Archive:
        crawls = [self._crawl(number, *times) for number, times in enumerate(self._times())]
        offers = pl.concat([crawl.tables["listings"] for crawl in crawls]).unique("listing_id").sort("listing_id")
        sellers = pl.concat([crawl.tables["vendors"] for crawl in crawls]).unique("vendor_name").sort("vendor_name")
        fates = self._offers(offers), self._chosen(sellers["vendor_name"], self.flaws.vendors_missed), sellers
        silent = offers.filter(pl.col("listing_id").is_in(self._silent(offers).implode()))
        for crawl in crawls:
            self._leave_out(crawl, *fates)
            self._spoil(crawl, silent)
            self._copy(crawl)
            self._put_up_walls(crawl)
        return self._joined(crawls)

    def _times(self) -> list[tuple[datetime, datetime]]:
        """Of each crawl the moment it was made, and the one that is claimed for it, which lies in the month as well."""
        first, last = month_start(self.month), month_end(self.month)
        begin = datetime(first.year, first.month, first.day, tzinfo=UTC)
        minutes = int((last - begin) / timedelta(minutes=1))
        # Drawn from the second quarter on: of a crawl on the first day there is nothing to see.
        drawn = np.sort(self.rng.integers(minutes // 4, minutes + 1, self.flaws.crawls))
        times = []
        for moment in (begin + timedelta(minutes=int(minute)) for minute in drawn):
            off = timedelta(days=float(self.rng.uniform(-self.flaws.clock_days, self.flaws.clock_days)))
            if market_configs()[self.market].clock == "footer" and abs(off) > _OWN_CLOCK:
                off = timedelta(0)
            claimed = min(max(moment + off, begin), last).replace(second=0, microsecond=0)
            times.append((moment, claimed))
        return times

    def _crawl(self, number: int, moment: datetime, claimed: datetime) -> _Crawl:
        made = parsed_crawl(self.profile, self.seed, self.market, self.month, moment, claimed)
        tables = {name: _of_crawl(made[name], number) for name in TABLES}
        homes = tables["market_counters"].select("capture_id").unique()
        home = tables["pages"].head(homes.height).with_columns(
            capture_id=homes["capture_id"], page_kind=pl.lit("home"),
            **{name: pl.lit(0, pl.Int64) for name in ("n_listings", "n_vendors", "n_feedback")},
        )  # fmt: skip
        tables["pages"] = pl.concat([tables["pages"], home])
        return _Crawl(number, moment, claimed, tables)

    def _chosen(self, names: pl.Series, chance: float) -> pl.Series:
        return names.filter(pl.Series(self.rng.random(len(names)) < chance, dtype=pl.Boolean))

    def _offers(self, offers: pl.DataFrame) -> Mapping[str, pl.Series]:
        """Why offers are nowhere in the archive, and which."""
        category = pl.col("category_path").list.head(_CATEGORY_DEPTH).list.join("/")
        named = offers.select("listing_id", category=category)
        every = named["category"].unique().sort()
        if self.flaws.one_category:
            sizes = named.filter(~pl.Series(_other_goods(offers))).group_by("category").len().sort("category")
            kept = sizes["category"][int(self.of_all_months.integers(sizes.height))] if sizes.height else ""
            left = every.filter(every != kept)
        else:
            # A number for each category, whichever others the month has.
            left = every.filter(
                pl.Series([self._of_name(name) < self.flaws.categories_missed for name in every], dtype=pl.Boolean)
            )
        return {
            "category_left_out": named.filter(pl.col("category").is_in(left.implode()))["listing_id"],
            "offer_missed": self._chosen(named["listing_id"], self.flaws.offers_missed),
        }

    def _of_name(self, name: str) -> float:
        """A number from 0 to 1 that belongs to a name in this archive."""
        text = f"{self.flaws.seed}|{self.seed}|{self.market}|{name}"
        return int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) / 2**64

    def _silent(self, offers: pl.DataFrame) -> pl.Series:
        """Offers of vendors that have one from a silent country."""
        places = [words.NAMES[code] for code in self.flaws.silent]
        sellers = offers.filter(pl.col("ships_from").is_in(places))["vendor_name"].unique()
        return offers.filter(pl.col("vendor_name").is_in(sellers.implode()))["listing_id"]

    def _leave_out(
        self, crawl: _Crawl, offers: Mapping[str, pl.Series], missed: pl.Series, sellers: pl.DataFrame
    ) -> None:
        """Pages that are not there."""
        if not self.flaws.counters:
            crawl.drop_rows("counters_missed", "market_counters", pl.lit(value=True))
            crawl.drop_rows("counters_missed", "pages", pl.col("page_kind") == "home")
        for what, names in offers.items():
            shown = crawl.tables["listings"].filter(pl.col("listing_id").is_in(names.implode()))
            crawl.drop_pages(what, shown.select("capture_id").unique())
        names = missed if self.flaws.vendor_pages else sellers["vendor_name"]
        of_vendors = [
            crawl.tables[name].filter(page_kind="vendor").select("capture_id", "vendor_name")
            for name in ("vendors", "feedback")
        ]
        told = pl.concat(of_vendors).filter(pl.col("vendor_name").is_in(names.implode()))
        crawl.drop_pages("vendor_missed", told.select("capture_id").unique())
        if not self.flaws.feedback:
            with_rows = crawl.tables["feedback"].select("capture_id").unique()
            # Who saved no feedback saved no page that may have it, empty lists included.
            kind = "listing" if feedback_source(self.market) == FROM_LISTING else "vendor"
            empty = crawl.tables["pages"].filter(page_kind=kind).select("capture_id")
            crawl.drop_pages("feedback_missed", pl.concat([with_rows, empty]).unique())
        pages = crawl.tables["pages"].filter(pl.col("page_kind") != "home").sort("capture_id")
        gone = pl.Series(self.rng.random(pages.height) < self.flaws.pages_missed, dtype=pl.Boolean)
        crawl.drop_pages("page_missed", pages.filter(gone).select("capture_id"))

    def _spoil(self, crawl: _Crawl, silent: pl.DataFrame) -> None:
        """Pages that do not hold what they should."""
        place = pl.col("list_offset") + pl.col("position")
        if self.flaws.silent:
            of_silent = pl.col("vendor_name").is_in(silent["vendor_name"].unique().implode())
            crawl.drop_rows("silent", "feedback", of_silent)
        if self.flaws.most_feedback is not None:
            crawl.drop_rows("list_cut", "feedback", place > self.flaws.most_feedback)
        pages = crawl.tables["pages"].filter(pl.col("page_kind") != "home").sort("capture_id")
        chosen = pl.Series(self.rng.random(pages.height) < self.flaws.cut, dtype=pl.Boolean)
        keeps = self.rng.integers(0, 30, pages.height)
        cut = pages.select("capture_id", keeps=pl.Series(keeps, dtype=pl.Int64)).filter(chosen)
        self._cut(crawl, cut)
        if not self.flaws.ratings:
            crawl.note("rating_absent", "feedback", crawl.tables["feedback"])
            crawl.tables["feedback"] = crawl.tables["feedback"].with_columns(rating=pl.lit(None, pl.Float64))

    def _cut(self, crawl: _Crawl, cut: pl.DataFrame) -> None:
        """Of a page whose end was lost some rows of feedback remain, and of an offer its head."""
        of_page = pl.col("capture_id").replace_strict(cut["capture_id"], cut["keeps"], default=None)
        beyond = (pl.col("position") > of_page).fill_null(value=False)
        crawl.drop_rows("page_cut", "feedback", beyond)
        is_cut = pl.col("capture_id").is_in(cut["capture_id"].implode())
        crawl.note("page_cut", "listings", crawl.tables["listings"].filter(is_cut))
        crawl.note("page_cut", "pages", crawl.tables["pages"].filter(is_cut))
        tail = ("description", "shipping_options", "bulk_prices")
        crawl.tables["listings"] = crawl.tables["listings"].with_columns(
            pl.when(~is_cut).then(name).alias(name) for name in tail
        )
        crawl.tables["pages"] = crawl.tables["pages"].with_columns(
            n_problems=pl.when(is_cut).then(1).otherwise("n_problems").cast(pl.Int64)
        )

    def _copy(self, crawl: _Crawl) -> None:
        """The same page saved twice, minutes apart."""
        pages = crawl.tables["pages"].filter(pl.col("page_kind") != "home").sort("capture_id")
        chosen = pl.Series(self.rng.random(pages.height) < self.flaws.twice, dtype=pl.Boolean)
        again = pages.filter(chosen).select("capture_id")
        for name in ("pages", *_OF_PAGES):
            copies = crawl.tables[name].join(again, on="capture_id", how="semi")
            copies = copies.with_columns(capture_id=pl.col("capture_id").str.reverse())
            crawl.note("page_twice", name, copies)
            crawl.tables[name] = pl.concat([crawl.tables[name], copies])

    def _put_up_walls(self, crawl: _Crawl) -> None:
        """Login pages and challenges that were saved in place of pages."""
        pages = crawl.tables["pages"]
        number = int(self.rng.binomial(pages.height, self.flaws.walls))
        made = pages.clear()
        for place in range(number):
            one = pages.head(1).with_columns(
                capture_id=pl.lit(_identity(f"wall {place}", self.market, self.month, crawl.number)),
                page_kind=pl.lit(_WALLS[place % len(_WALLS)]),
                **{name: pl.lit(0, pl.Int64) for name in ("n_listings", "n_vendors", "n_feedback", "n_counters")},
            )
            made = pl.concat([made, one])
        crawl.note("wall", "pages", made)
        crawl.tables["pages"] = pl.concat([pages, made])

    def _joined(self, crawls: list[_Crawl]) -> Archive:
        tables = {name: pl.concat([crawl.tables[name] for crawl in crawls]) for name in TABLES}
        counts = tables["feedback"].group_by("capture_id").agg(shown=pl.len().cast(pl.Int64))
        tables["pages"] = (
            tables["pages"]
            .join(counts, on="capture_id", how="left", maintain_order="left")
            .with_columns(n_feedback=pl.col("shown").fill_null(0))
            .drop("shown")
        )
        subjects = _subjects(tables)
        sweeps = sweep_names(
            Imported(capture, at, subjects.get(capture))
            for capture, at in tables["pages"].select("capture_id", "captured_at").iter_rows()
        )
        names = pl.DataFrame({"capture_id": list(sweeps), "sweep": list(sweeps.values())}, schema_overrides=_TEXT)
        for name in TABLES:
            placed = tables[name].join(names, on="capture_id", how="left", maintain_order="left")
            placed = placed.with_columns(sweep_id=pl.coalesce("sweep", "sweep_id")).drop("sweep")
            tables[name] = contracts.conform(placed, contracts.load("parsed", name))
        contract = contracts.load("raw", "captures")
        captures = capture_index(tables["pages"]).with_columns(mode=pl.lit("import"), source=pl.lit("archive"))
        times = [{"crawl": crawl.number, "moment": crawl.moment, "claimed": crawl.claimed} for crawl in crawls]
        log = pl.concat([entry for crawl in crawls for entry in crawl.log])
        return Archive(
            self.market, self.month, tables, contracts.conform(captures, contract), pl.DataFrame(times),
            log.sort("crawl", "what", "table", "capture_id", "row"), _held(crawls),
        )  # fmt: skip


_TEXT: Any = {"capture_id": pl.String, "sweep": pl.String}


def _identity(*parts: object) -> str:
    return blake2b("|".join(map(str, parts)).encode(), digest_size=8).hexdigest()


def _of_crawl(frame: pl.DataFrame, number: int) -> pl.DataFrame:
    """The same page of another crawl is another capture."""
    captures = frame["capture_id"].unique().to_list()
    names = {capture: _identity(capture, number) for capture in captures}
    return frame.with_columns(pl.col("capture_id").replace_strict(names, return_dtype=pl.String)) if names else frame


def _other_goods(offers: pl.DataFrame) -> list[bool]:
    """Which offers are in a category of goods that are no drugs."""
    return [not path[0].startswith("Drugs") for path in offers["category_path"]]


def _subjects(tables: Mapping[str, pl.DataFrame]) -> dict[str, str]:
    """The offer or vendor that a page shows, by capture id, as an importer tells them."""
    offers = tables["listings"].select("capture_id", subject=pl.format("offer {}", "listing_id"))
    vendors = tables["vendors"].select("capture_id", subject=pl.format("vendor {}", "vendor_name"))
    return dict(pl.concat([offers, vendors]).iter_rows())


def _held(crawls: list[_Crawl]) -> pl.DataFrame:
    """The pages that are there, with the offer and the part of a list on each."""
    held = []
    for crawl in crawls:
        on_listing = pl.col("page_kind") == "listing"
        lists = (
            crawl.tables["feedback"]
            .with_columns(place=pl.col("list_offset") + pl.col("position") - 1)
            .group_by("capture_id")
            .agg(
                pl.col("vendor_name", "list_name").first(),
                list_listing=pl.when(on_listing).then("listing_id").first(),
                first=pl.col("place").min(),
                last=pl.col("place").max(),
            )
        )
        offers = crawl.tables["listings"].select("capture_id", "listing_id")
        pages = crawl.tables["pages"].select("capture_id", "page_kind").join(offers, on="capture_id", how="left")
        times = {"crawl": crawl.number, "moment": crawl.moment, "claimed": crawl.claimed}
        joined = pages.join(lists, on="capture_id", how="left")
        held.append(joined.with_columns(**{name: pl.lit(value) for name, value in times.items()}))
    return pl.concat(held)
