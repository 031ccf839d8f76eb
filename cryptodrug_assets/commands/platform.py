"""Commands that run and show the platform: demo, status, backfill, settings.

They choose cells, draw progress and print results; what a run does is decided by the assets.
"""

import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cryptodrug_assets.commands.homes import claim_home
from cryptodrug_assets.inert import printable, say
from cryptodrug_assets.installation import IN_CHECKOUT
from cryptodrug_assets.observation import UserError, market_configs, observed_cells
from cryptodrug_assets.settings import Settings

if TYPE_CHECKING:
    from rich.console import Console

    from cryptodrug_assets.runs.backfill import CellRun

Cell = tuple[str, str]
Market = Annotated[str | None, typer.Option("--market", help="Only this market.")]
_DEMO_RELEASE = "demo.1"


def demo(
    profile: Annotated[
        str | None, typer.Option("--profile", help="World: tiny (a minute or two), demo (default) or study.")
    ] = None,
    release: Annotated[bool, typer.Option(help="Draft a release of what was made, too.")] = True,
) -> None:
    """The main job on the built-in synthetic markets: capture, parse, clean and measure all their observed months.

    Real Dagster runs in the instance the UI shows. A second call reuses what is there. A market without a replica takes
    part with the months that were imported.
    """
    from cryptodrug_assets.replica.profiles import profile_named

    settings = Settings() if profile is None else Settings(profile=profile)
    profile_named(settings.profile)
    if profile is not None:
        claim_home(settings, "profile")
    started = time.monotonic()
    cells, left_out = _demo_cells(settings)
    say(f"CRYPTODRUG demo: {len(cells)} market-months of the synthetic '{settings.profile}' world and of imports")
    say(f"into {settings.home}/ (CRYPTODRUG_HOME); everything made from the replica is marked SYNTHETIC")
    for market in dict.fromkeys(market for market, _ in left_out):
        count = sum(name == market for name, _ in left_out)
        months = "1 month" if count == 1 else f"{count} months"
        say(
            f"left out: {months} of {market}, which has no replica and of which nothing was imported"
            f" (cryptodrug import-archive --market {market} --month YYYY-MM PATH)"
        )
    say()
    if not cells:
        raise UserError("no market has a replica, and nothing was imported; see `cryptodrug import-archive --help`")
    bring_in_buyers(settings)
    runs = run(settings, cells, select=None, only_missing=True, tag="demo")
    report_runs(settings, runs)
    compare_buyers(settings)
    say()
    _headline(settings)
    if release:
        _draft_release(settings)
    say(f"\nDone in {time.monotonic() - started:.0f} s. What to look at next:")
    command = ".venv/bin/cryptodrug" if IN_CHECKOUT else "cryptodrug"
    say(f"  {command} ui       the Dagster UI: assets, partitions, runs, checks")
    say(f"  {command} status   what there is, market by market and month by month")
    say(f"  {command} sql \"select * from indicators.shares where country = 'BE'\"")
    market, month = cells[-1]
    say(f"  {command} explain shares --market {market} --month {month} --country {settings.country}")


def _draft_release(settings: Settings) -> None:
    """A release in three languages, as a draft; where none can be made, why."""
    from cryptodrug_assets.commands.dissemination import desk_of
    from cryptodrug_assets.publishing.dissemination import steps

    try:
        desk = desk_of(settings)
        release = steps.draft(desk, _DEMO_RELEASE)
    except UserError as err:
        say(f"no release was drafted: {err}")
        return
    say(f"release {release.name}, a draft in Dutch, French and English: {desk.folders.tree(release)}")


def _demo_cells(settings: Settings) -> tuple[list[Cell], list[Cell]]:
    """The observed cells that can be made without a real site, from the replica or from imports; and the others."""
    from cryptodrug_assets.capture.archive.index import index_rows
    from cryptodrug_assets.replica.profiles import replicated

    configs, made_up = market_configs(), replicated()
    cells: list[Cell] = []
    left_out: list[Cell] = []
    for market, month in observed_cells():
        captured = (settings.source or configs[market].source) == "replica" and market in made_up
        there = captured or bool(index_rows(settings.archive / market / month))
        (cells if there else left_out).append((market, month))
    return cells, left_out


def backfill(
    market: Market = None,
    first: Annotated[str | None, typer.Option("--from", help="First month, YYYY-MM.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last month, YYYY-MM.")] = None,
    select: Annotated[
        str | None,
        typer.Option(
            "--select",
            help="Only this group: raw, parsed, clean, indicators, survey, interviews, reference, across_months,"
            " public, dissemination, triangulation, publication.",
        ),
    ] = None,
    only_missing: Annotated[
        bool, typer.Option("--only-missing", help="Leave cells alone that already have every table.")
    ] = False,
) -> None:
    """Run exactly the observed market-months, a Dagster run per partition, in one process."""
    settings = Settings()
    cells = observed_cells(market, first, last)
    if not cells:
        windows = ", ".join(f"{c.name} {c.window.start}..{c.window.end or 'now'}" for c in market_configs().values())
        raise UserError(f"no observed market-month in that range; the windows are {windows}")
    tag = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    report_runs(settings, run(settings, cells, select=select, only_missing=only_missing, tag=tag))


def status() -> None:
    """Print the matrix of layers, markets and months: what is there and what its checks said."""
    from rich.markup import escape
    from rich.table import Table

    from cryptodrug_assets.checks.run_failures import RunGraph, failures
    from cryptodrug_assets.commands.damage import damaged_tables
    from cryptodrug_assets.definitions import defs
    from cryptodrug_assets.layers import MONTHLY_LAYERS
    from cryptodrug_assets.quality.causes import by_cause
    from cryptodrug_assets.quality.waivers import in_force, waivers_file
    from cryptodrug_assets.runs.instance import open_instance
    from cryptodrug_assets.runs.overview import MARKS, coverage_texts, matrix
    from cryptodrug_assets.storage.store import TableStore

    settings = Settings()
    if not settings.dagster_home.exists():
        raise UserError(f"nothing in {settings.home} yet; run `cryptodrug demo` or `cryptodrug backfill` first")
    with open_instance(settings) as instance:
        states = matrix(instance)
        broken = failures(instance, RunGraph.of(defs))
        damaged = damaged_tables(instance, TableStore(settings.tables))
    covered = {} if any(item.table == "coverage" for item in damaged) else coverage_texts(settings)
    months = sorted({month for _, _, month in states})
    table = Table(title=escape(printable(f"Market-months in {settings.home}")), title_justify="left")
    for heading in ("market", "layer", *months):
        table.add_column(heading, justify="left" if heading in ("market", "layer") else "center", no_wrap=True)
    previous = ""
    for market, layer in dict.fromkeys((market, layer) for market, layer, _ in states):
        if previous not in ("", market):
            table.add_section()
        cells = [MARKS[states.get((market, layer, month), "unobserved")] for month in months]
        table.add_row("" if previous == market else market, layer, *cells)
        if layer == MONTHLY_LAYERS[-1]:
            table.add_row("", "coverage", *(covered.get((market, month), "") for month in months))
        previous = market
    _console().print(table)
    say("ok = published, checks passed   warn = published with warnings   FAIL = a check or the run failed")
    say("held = not run or not renewed, because a layer before it failed  run  = under way")
    say("part = some tables only         -    = observed, nothing yet     (empty) = not observed")
    counts = Counter(states.values())
    say(", ".join(f"{n} {state}" for state, n in sorted(counts.items()) if state != "unobserved"))
    for line in by_cause((i.layer, (i.market, i.month) if i.market else None, _short(i.cause)) for i in broken):
        say(f"failed: {line}")
    for waiver in in_force(waivers_file(settings.home)):
        say(f"waived: {waiver.market} {waiver.month} {waiver.rule}: {waiver}")
    for item in damaged:
        say(item.line)
    if damaged:
        say("next: cryptodrug repair makes the damaged tables anew")
        raise typer.Exit(1)


def print_settings() -> None:
    """Print every setting with its default and meaning, as Markdown."""
    from cryptodrug_assets.commands.docs import settings_page

    say(settings_page(), end="")


def _short(text: str, longest: int = 400) -> str:
    """A cause short enough for a list; the quality page has all of it."""
    return text if len(text) <= longest else f"{text[: longest - 1]}… (`cryptodrug quality` says all)"


def run(
    settings: Settings,
    cells: Sequence[Cell],
    *,
    select: str | None,
    only_missing: bool,
    tag: str,
) -> "list[CellRun]":
    """Run the cells with a progress display; a replica is started once for all of them."""
    from cryptodrug_assets.commands.display import BackfillDisplay
    from cryptodrug_assets.resources.platform import Platform
    from cryptodrug_assets.runs.backfill import planned, run_cells
    from cryptodrug_assets.runs.instance import open_instance

    _require_browser(settings, cells, select)
    waves = waves_imported(settings)
    total = len(planned(cells, select, waves=waves))
    with (
        open_instance(settings) as instance,
        _replica(settings, cells, select) as with_replica,
        BackfillDisplay(total) as display,
    ):
        return run_cells(
            instance,
            cells,
            select=select,
            only_missing=only_missing,
            tag=tag,
            on_run=display.changed,
            waves=waves,
            platform=Platform.of(with_replica, progress=display.captured),
        )


def waves_imported(settings: Settings) -> list[str]:
    """The declared waves of which the home keeps a survey or interviews."""
    from cryptodrug_assets.buyers.interviews.tables import waves_with_interviews
    from cryptodrug_assets.buyers.survey.kept_wave import waves_with_survey
    from cryptodrug_assets.buyers.survey.study import studies

    kept = {*waves_with_survey(settings.home), *waves_with_interviews(settings.archive)}
    return [study.wave for study in studies() if study.wave in kept]


def bring_in_buyers(settings: Settings) -> None:
    """Keep the files of the synthetic wave of buyers, unless somebody imported the wave."""
    from cryptodrug_assets.buyers.synthetic import WAVE, bring_in

    if bring_in(settings.home, settings.archive):
        say(f"wave {WAVE}: 99 made-up respondents (.lsa) and 10 made-up interviews (.qdpx), marked SYNTHETIC")


def compare_buyers(settings: Settings) -> None:
    """The synthetic wave as another platform writes it, through its importer, beside the stored one.

    Nothing where somebody imported a wave of their own; exit code 1 where the two differ.
    """
    from cryptodrug_assets.buyers import synthetic
    from cryptodrug_assets.buyers.survey.formats.door import MOST_MB
    from cryptodrug_assets.buyers.survey.instrument import for_wave
    from cryptodrug_assets.commands.compare import compared

    if not synthetic.is_brought_in(settings.home):
        return
    files = synthetic.survey_files(synthetic.OTHER_EXPORT)
    if compared(settings, synthetic.WAVE, files, for_wave(synthetic.WAVE), MOST_MB).different:
        raise typer.Exit(1)


def _captures(settings: Settings, cells: Sequence[Cell], select: str | None) -> set[str]:
    """The kinds of source these cells capture from."""
    if select not in (None, "raw"):
        return set()
    configs = market_configs()
    return {settings.source or configs[market].source for market, _ in cells}


def _require_browser(settings: Settings, cells: Sequence[Cell], select: str | None) -> None:
    """Fail before the first run rather than in each."""
    if _captures(settings, cells, select) & {"live", "replica"}:
        from cryptodrug_assets.capture.browser.launch import find_browser

        find_browser(settings.chromium)


@contextmanager
def _replica(settings: Settings, cells: Sequence[Cell], select: str | None) -> Iterator[Settings]:
    """The settings with one replica for all runs, instead of one per run."""
    if settings.replica_port or "replica" not in _captures(settings, cells, select):
        yield settings
        return
    from cryptodrug_assets.replica.server import running

    with running(settings.profile, settings.seed) as server:
        yield settings.model_copy(update={"replica_port": server.port})


def report_runs(settings: Settings, runs: "list[CellRun]") -> None:
    """One line per cause of failure; when there is one, the quality page as it now is, and exit code 1."""
    from cryptodrug_assets.commands.report import write_quality_page
    from cryptodrug_assets.runs.backfill import grouped

    for line in grouped(runs):
        say(line, file=sys.stderr)
    counts = Counter("not run" if run.not_run else "succeeded" if run.success else "failed" for run in runs)
    left = f", {counts['not run']} not run" if counts["not run"] else ""
    say(f"{counts['succeeded']} runs succeeded, {counts['failed']} failed{left}")
    if counts["failed"]:
        # The run that publishes writes the page, too, but may have been among those that did not come that far.
        say(f"what failed and why: {write_quality_page(settings)}")
        raise typer.Exit(1)


def _headline(settings: Settings) -> None:
    """The country's share per market and month."""
    import polars as pl
    from rich.table import Table

    from cryptodrug_assets.indicators.code import MEASURES, share_code
    from cryptodrug_assets.publishing.countries import country_name
    from cryptodrug_assets.storage.store import TableStore

    store = TableStore(settings.tables)
    title = f"Share of {country_name(settings.country)} in each market (95 % interval), SYNTHETIC demo world"
    table = Table(title=title, title_justify="left")
    for heading in ("market", "month", "listings", "vendors", "transactions", "revenue"):
        table.add_column(heading, justify="left" if heading in ("market", "month") else "right", no_wrap=True)
    previous = ""
    for market, month in sorted(observed_cells()):
        if not store.exists("indicators", "shares", market, month):
            continue
        frame = store.read("indicators", "shares", market, month).filter(
            (pl.col("country") == settings.country) & (pl.col("drug_class") == "all")
        )
        rows = {row["indicator"]: row for row in frame.iter_rows(named=True)}
        if previous not in ("", market):
            table.add_section()
        name = "" if previous == market else market
        table.add_row(name, month, *(_percent(rows.get(share_code(measure))) for measure in MEASURES))
        previous = market
    _console().print(table)
    say("revenue: only where the market shows exact prices of sales")


def _percent(row: "dict[str, float | None] | None") -> str:
    if row is None or row["value"] is None:
        return "–"
    text = f"{100 * row['value']:.1f} %"
    if row["lower"] is not None and row["upper"] is not None:
        text += f" ({100 * row['lower']:.1f}–{100 * row['upper']:.1f})"
    return text


def _console() -> "Console":
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else 160)
