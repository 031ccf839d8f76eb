"""Archives of synthetic worlds through cleaning and indicators: what is said of the whole holds in the whole world, and
what cannot be known is not said. Truth is separate SQL over the worlds' facts."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cryptodrug_assets.cleaning.month import CleaningOptions, clean_month
from cryptodrug_assets.cleaning.pseudonyms import KINDS, Pseudonyms
from cryptodrug_assets.indicators.registry import compute_month
from cryptodrug_assets.indicators.rows import IndicatorOptions
from cryptodrug_assets.months import month_after, month_start
from cryptodrug_assets.observation import is_observed, observed_cells
from cryptodrug_assets.pipeline.worlds import world_indicators
from cryptodrug_assets.publishing.exchange.observations import datasets
from cryptodrug_assets.publishing.words.methods import method_of
from cryptodrug_assets.replica.knowable import knowable
from cryptodrug_assets.replica.partial import PRESETS, Partial, partial_month, preset
from cryptodrug_assets.replica.truth import true_indicators
from cryptodrug_assets.replica.world import make_world
from cryptodrug_assets.study.public_tables import public_tables
from cryptodrug_assets.study.scorecard import LEAST_COVERAGE

OPTIONS = IndicatorOptions(bootstrap=10)
KEYS = Pseudonyms({kind: bytes(32) for kind in KINDS})
CELLS = [("dream", "2019-01"), ("wall_street", "2019-02"), ("empire", "2019-08"), ("dream", "2019-03")]
JUDGED = ("reproduced", "not_reproduced")
NEAR = 1e-6

chances = st.sampled_from([0.0, 0.2, 0.6, 1.0])
kinds = st.builds(
    Partial,
    crawls=st.integers(1, 4),
    categories_missed=st.sampled_from([0.0, 0.3, 1.0]),
    one_category=st.booleans(),
    offers_missed=chances,
    vendors_missed=chances,
    pages_missed=st.sampled_from([0.0, 0.3]),
    walls=st.sampled_from([0.0, 0.3]),
    cut=st.sampled_from([0.0, 0.3]),
    twice=st.sampled_from([0.0, 0.3]),
    most_feedback=st.sampled_from([None, 0, 3, 25]),
    counters=st.booleans(),
    vendor_pages=st.booleans(),
    feedback=st.booleans(),
    ratings=st.booleans(),
    silent=st.sampled_from([(), ("BE",)]),
    clock_days=st.sampled_from([0.0, 0.0, 3.0, 10.0]),
    seed=st.integers(0, 1000),
)


class Found:
    """A market-month of an archive: its clean and indicator tables, the true values and what can be known of them."""

    def __init__(self, profile: str, seed: int, cell: tuple[str, str], kind: Partial) -> None:
        market, month = cell
        after = month_after(month)
        archives = [
            partial_month(profile, seed, market, name, kind) for name in (month, after) if is_observed(market, name)
        ]
        tables = [archive.tables for archive in archives]
        later = tables[1] if len(tables) > 1 else None
        self.clean = clean_month(
            tables[0], later, market=market, month=month, pseudonyms=KEYS, options=CleaningOptions()
        )
        self.tables = compute_month(
            self.clean | {"texts": pl.DataFrame(schema={"capture_id": pl.String, "harm": pl.Boolean})},
            archives[0].captures, tables[0]["pages"], tables[0]["market_counters"],
            market=market, month=month, options=OPTIONS,
        )  # fmt: skip
        self.market, self.first, self.kind = market, month_start(month), kind
        here = (pl.col("market") == market) & (pl.col("month") == self.first)
        whole = truth(profile, seed).filter(here)
        self.truth = {(code, country): v for code, country, v in whole.select("indicator", "country", "value").rows()}
        known = knowable(profile, seed, archives).filter(pl.col("month") == self.first)
        # Where nothing was saved at all, nothing is known.
        self.known = dict.fromkeys([("sales", "W"), ("sales_with_offer", "W"), ("sales_datable", "W")], 0.0)
        self.known |= {(what, country): v for what, country, v in known.select("what", "country", "value").rows()}
        self.sold = sold_about(profile, seed, cell)

    def rows(self, table: str) -> list[dict[str, object]]:
        """Rows over all classes."""
        return list(self.tables[table].filter(pl.col("drug_class") == "all").iter_rows(named=True))


@lru_cache(maxsize=4)
def truth(profile: str, seed: int) -> pl.DataFrame:
    return true_indicators(profile, seed)


@lru_cache(maxsize=16)
def sold_about(profile: str, seed: int, cell: tuple[str, str]) -> int:
    """Sales of any goods in the month and a day around it, which is as exactly as ages are told."""
    market, month = cell
    first, after = (month_start(name) for name in (month, month_after(month)))
    begin = datetime(first.year, first.month, 1, tzinfo=UTC) - timedelta(days=1)
    end = datetime(after.year, after.month, 1, tzinfo=UTC) + timedelta(days=1)
    return sum(begin <= sale.at < end for sale in make_world(profile, seed).markets[market].sales)


def check(found: Found) -> None:
    """Everything that must hold whatever an archive is like."""
    what_was_seen_is_counted(found)
    sales_are_a_lower_bound(found)
    bounds_hold_the_whole_world(found)
    zeros_are_true_or_open(found)
    nothing_unknown_is_called_good(found)


def what_was_seen_is_counted(found: Found) -> None:
    """Offers and vendors are those of the pages that are there, no more and no less."""
    for row in found.rows("activity"):
        what = {"LV01_full": "offers", "LV02": "vendors"}.get(str(row["indicator"]))
        if what is not None and row["value"] is not None:
            assert row["value"] == found.known.get((what, str(row["country"])), 0.0), row
    for what, code in (("offers", "LV01_full"), ("vendors", "LV02")):
        shown = {row["country"]: row["value"] for row in found.rows("activity") if row["indicator"] == code}
        assert all(shown.get(country) == n for (name, country), n in found.known.items() if name == what and n > 0)


def sales_are_a_lower_bound(found: Found) -> None:
    """No sale is counted that no page dates into the month; with right clocks none that was not made."""
    sales = found.clean["transactions"]
    observed = sales.filter(status="observed")
    assert observed.height <= found.known["sales_datable", "W"]
    if found.kind.clock_days == 0:
        assert sales.height <= found.sold
        if found.market == "empire":
            assert observed.height <= found.known["sales", "W"]
            own = observed.filter(attribution="listing").height
            assert own <= found.known["sales_with_offer", "W"]


def bounds_hold_the_whole_world(found: Found) -> None:
    """The level of the whole world is not below the value nor above an upper bound; true shares are within theirs."""
    for row in found.rows("activity"):
        code, country = str(row["indicator"]), str(row["country"])
        true = found.truth.get((code, country), 0.0)
        if code in ("LV01", "LV02") and row["value"] is not None:
            assert row["value"] <= true + NEAR, row
        if row["upper"] is not None:
            assert true <= row["upper"] + NEAR, row  # type: ignore[operator]
    for row in found.rows("shares"):
        code = str(row["indicator"])
        if code in ("SH01_bound", "SH02_bound") and row["coverage"] is not None and row["upper"] is not None:
            true = found.truth.get((code.removesuffix("_bound"), str(row["country"])), 0.0)
            assert row["lower"] - NEAR <= true <= row["upper"] + NEAR, row  # type: ignore[operator]


def zeros_are_true_or_open(found: Found) -> None:
    """A zero is a true one, or it says how much there may have been, or that nobody knows."""
    for row in (*found.rows("activity"), *found.rows("shares")):
        if row["value"] != 0.0:
            continue
        true = found.truth.get((str(row["indicator"]).removesuffix("_observed"), str(row["country"])), 0.0)
        assert true == 0.0 or row["upper"] is None or row["upper"] > 0.0, row  # type: ignore[operator]
        assert true == 0.0 or row["obs_status"] != "A", row


def nothing_unknown_is_called_good(found: Found) -> None:
    for name, frame in found.tables.items():
        good = frame.filter(pl.col("obs_status") == "A")
        if name != "coverage":
            assert not good["coverage"].null_count(), (name, good.filter(pl.col("coverage").is_null()).head(3).rows())
    # Of sales in an import nobody knows how many there were; of no page at all it is plain.
    of_sales = pl.concat([found.tables[name] for name in ("activity", "shares")])
    of_sales = of_sales.filter(pl.col("indicator").str.contains("^(LV|SH)0[34]"))
    assert not of_sales["obs_status"].is_in(["A"]).any()
    assert (of_sales["coverage"].fill_null(0.0) == 0.0).all()


@settings(max_examples=25, deadline=None, derandomize=True)
@given(kind=kinds, cell=st.sampled_from(CELLS), seed=st.sampled_from([3, 5]))
@example(kind=PRESETS["archive"], cell=CELLS[2], seed=3)
@example(kind=PRESETS["no_feedback"], cell=CELLS[0], seed=3)
@example(kind=PRESETS["silent_country"], cell=CELLS[1], seed=3)
@example(kind=Partial(crawls=1, pages_missed=0.3, counters=True, feedback=False, seed=6), cell=CELLS[2], seed=6)
def test_any_archive(kind: Partial, cell: tuple[str, str], seed: int) -> None:
    check(Found("tiny", seed, cell, kind))


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(kind=kinds, cell=st.sampled_from(CELLS), seed=st.integers(1, 6))
def test_very_many_archives(kind: Partial, cell: tuple[str, str], seed: int) -> None:
    check(Found("tiny", seed, cell, kind))


@pytest.mark.parametrize(("name", "cell"), [("one_class", CELLS[0]), ("half_offers", CELLS[2]), ("counted", CELLS[1])])
def test_archives_of_a_larger_world(name: str, cell: tuple[str, str]) -> None:
    """These have the market's own counters, so that there are upper bounds that may be wrong."""
    found = Found("demo", 7, cell, preset(name))
    check(found)
    world = {row["indicator"]: row for row in found.rows("activity") if row["country"] == "W"}
    assert world["LV01"]["upper"] is not None
    assert world["LV03"]["upper"] is None


@pytest.mark.slow
@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("cell", CELLS)
def test_every_preset_of_a_larger_world(name: str, cell: tuple[str, str]) -> None:
    check(Found("demo", 11, cell, preset(name, seed=2)))


def test_no_page_that_shows_countable_feedback_is_not_no_sale() -> None:
    """Dream's offers' pages alone: how many sales there were is missing, not zero."""
    found = Found("tiny", 3, CELLS[0], PRESETS["no_vendors"])
    sales = [row for row in found.rows("activity") if str(row["indicator"]).startswith("LV03")]
    assert sales
    assert all(row["value"] is None and row["obs_status"] == "M" for row in sales)


def judged_well(world: dict[str, pl.DataFrame]) -> None:
    """No verdict on less than half of a market; the study's own figures, which are quoted, need no captures."""
    card = world["study_scorecard"].filter(pl.col("verdict").is_in(JUDGED))
    card = card.filter(~pl.col("indicator").str.starts_with("LIT"))
    assert card.filter((pl.col("coverage") < LEAST_COVERAGE).fill_null(value=True)).is_empty()
    for name, frame in world.items():
        if name not in ("coverage", "study_scorecard") and "obs_status" in frame.columns:
            good = frame.filter((pl.col("obs_status") == "A") & pl.col("coverage").is_null())
            assert good.is_empty(), (name, good["indicator"].unique().to_list())


@pytest.mark.timeout(600)
def test_an_archive_of_all_months_through_every_indicator() -> None:
    """All market-months, all tables and their public forms; of an archive without counters nothing is judged."""
    world = world_indicators("demo", 7, 10, PRESETS["archive"])
    public = public_tables(world, options=OPTIONS)
    judged_well(world)
    assert set(world["study_scorecard"].filter(pl.col("verdict").is_in(JUDGED))["indicator"].str.head(3)) <= {"LIT"}
    assert world["transactions"].filter(pl.col("is_drug").is_null()).height > 0
    assert public["activity_public"].filter(indicator="LV01", country="W", drug_class="all").height == len(
        observed_cells()
    )


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_through_every_indicator(name: str) -> None:
    world = world_indicators("tiny", 3, 10, PRESETS[name])
    public_tables(world, options=OPTIONS)
    judged_well(world)
    methods = {text for table in datasets() if table in world for text in world[table]["method"].unique()}
    assert all(method_of(text).code for text in methods)


@pytest.mark.parametrize(
    ("profile", "market"),
    [("tiny", "dream"), ("tiny", "wall_street"), pytest.param("demo", "wall_street", marks=pytest.mark.slow)],
)
@pytest.mark.parametrize("seed", [0, 1])
def test_wrong_clocks_move_sales_between_months_and_make_none(profile: str, market: str, seed: int) -> None:
    """Four crawls a month, dated up to ten days off: over all months no more are counted than some page shows, but for
    those at the turn of a month, whose age in days leaves open of which one they are."""
    archives = [
        partial_month(profile, 7, market, month, preset("wrong_clocks", seed=seed))
        for name, month in observed_cells()
        if name == market
    ]
    counted = 0
    for archive, later in zip(archives, [*archives[1:], None], strict=True):
        clean = clean_month(
            archive.tables, later.tables if later else None, market=market, month=archive.month, pseudonyms=KEYS,
            options=CleaningOptions(),
        )  # fmt: skip
        counted += clean["transactions"].filter(status="observed").height
    shown = float(knowable(profile, 7, archives).filter(what="sales", country="W")["value"].sum())
    assert 0.95 * shown <= counted <= shown + max(2, 0.005 * shown)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_an_archive_of_the_full_size_is_known_to_the_sale() -> None:
    """Empire tells dates to the minute and offers by id: of 50,000 saved pages every visible sale is counted once, with
    its offer where that was saved; what is imputed besides stays below the sales there were."""
    cell = ("empire", "2019-10")
    archive = partial_month("study", 1, *cell, PRESETS["archive"])
    known = knowable("study", 1, [archive]).filter(country="W")
    visible = dict(known.select("what", "value").iter_rows())
    clean = clean_month(archive.tables, None, market=cell[0], month=cell[1], pseudonyms=KEYS, options=CleaningOptions())
    sales = clean["transactions"]
    observed = sales.filter(status="observed")
    assert observed.height == visible["sales"] > 30_000
    assert observed.filter(attribution="listing").height == visible["sales_with_offer"]
    assert clean["listings"].filter("is_drug").height == visible["offers"]
    assert sales.height <= sold_about("study", 1, cell)
