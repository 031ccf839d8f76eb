"""Commands that run and show the platform: demo, ui, status, backfill, sql.

They choose cells, draw progress and print results; what a run does is decided by the assets.
"""

import os
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cryptodrug_assets.observation import CONTRACTS_DIR, UserError, market_configs, observed_cells
from cryptodrug_assets.settings import Settings

if TYPE_CHECKING:
    from rich.console import Console

    from cryptodrug_assets.automation.backfill import CellRun

Cell = tuple[str, str]
Market = Annotated[str | None, typer.Option("--market", help="Only this market.")]


class Format(StrEnum):
    """Output of `cryptodrug sql`."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def demo() -> None:
    """The main job on the built-in synthetic markets: capture, parse, clean and measure the study's 19 market-months.

    Real Dagster runs in the instance the UI shows. A second call reuses what is there.
    """
    settings = Settings()
    started = time.monotonic()
    print(f"CRYPTODRUG demo: {len(observed_cells())} market-months of the synthetic '{settings.profile}' world")
    print(f"into {settings.home}/ (CRYPTODRUG_HOME); everything it makes is marked SYNTHETIC\n")
    runs = _run(settings, observed_cells(), select=None, only_missing=True, tag="demo")
    _report_runs(runs)
    print()
    _headline(settings)
    print(f"\nDone in {time.monotonic() - started:.0f} s. What to look at next:")
    print("  make ui                       the Dagster UI: assets, partitions, runs, checks")
    print("  .venv/bin/cryptodrug status   what there is, market by market and month by month")
    print("  .venv/bin/cryptodrug sql \"select * from indicators.shares where country = 'BE'\"")
    print("  .venv/bin/cryptodrug explain shares --market empire --month 2019-10 --country BE")


def backfill(
    market: Market = None,
    first: Annotated[str | None, typer.Option("--from", help="First month, YYYY-MM.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last month, YYYY-MM.")] = None,
    select: Annotated[
        str | None,
        typer.Option(
            "--select",
            help="Only this group: raw, parsed, clean, indicators, reference, across_months, public, publication.",
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
    _report_runs(_run(settings, cells, select=select, only_missing=only_missing, tag=tag))


def status() -> None:
    """Print the matrix of layers, markets and months: what is there and what its checks said."""
    from rich.table import Table

    from cryptodrug_assets.automation.instance import open_instance
    from cryptodrug_assets.automation.overview import MARKS, matrix

    settings = Settings()
    if not settings.dagster_home.exists():
        raise UserError(f"nothing in {settings.home} yet; run `cryptodrug demo` or `cryptodrug backfill` first")
    with open_instance(settings) as instance:
        states = matrix(instance)
    months = sorted({month for _, _, month in states})
    table = Table(title=f"Market-months in {settings.home}", title_justify="left")
    for heading in ("market", "layer", *months):
        table.add_column(heading, justify="left" if heading in ("market", "layer") else "center", no_wrap=True)
    previous = ""
    for market, layer in dict.fromkeys((market, layer) for market, layer, _ in states):
        if previous not in ("", market):
            table.add_section()
        cells = [MARKS[states.get((market, layer, month), "unobserved")] for month in months]
        table.add_row("" if previous == market else market, layer, *cells)
        previous = market
    _console().print(table)
    print("ok = published, checks passed   warn = published with warnings   FAIL = a check or the run failed")
    print("part = some tables only         -    = observed, nothing yet     (empty) = not observed")
    counts = Counter(states.values())
    print(", ".join(f"{n} {state}" for state, n in sorted(counts.items()) if state != "unobserved"))


def sql(
    query: Annotated[str, typer.Argument(help="A read-only query, such as 'select * from indicators.shares'.")],
    output: Annotated[Format, typer.Option("--format", help="How to print the rows.")] = Format.TABLE,
    restricted: Annotated[
        bool, typer.Option("--restricted", help="Ask the restricted file (raw and parsed layers).")
    ] = False,
) -> None:
    """Ask the published warehouse; it can neither be changed nor reach other files."""
    import duckdb
    import polars as pl

    path = Settings().warehouse
    if restricted:
        path = path.with_name("warehouse_restricted.duckdb")
    if not path.exists():
        raise UserError(f"no warehouse at {path.name}; run `cryptodrug backfill --select publication` first")
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            connection.execute(
                "SET TimeZone = 'UTC'; SET enable_external_access = false; SET lock_configuration = true"
            )
            relation = connection.sql(query)
            frame = relation.pl() if relation is not None else pl.DataFrame()
    except duckdb.Error as err:
        raise UserError(f"query refused: {str(err).splitlines()[0]}") from err
    if output is Format.CSV:
        nested = [name for name, dtype in frame.schema.items() if dtype.is_nested()]
        print(frame.with_columns(pl.col(nested).list.join("; ")).write_csv(), end="")
    elif output is Format.JSON:
        print(frame.write_ndjson(), end="")
    else:
        with pl.Config(
            tbl_rows=200, tbl_cols=-1, fmt_str_lengths=60, tbl_width_chars=_width(), tbl_formatting="MARKDOWN"
        ):
            print(frame)


def ui(
    port: Annotated[int, typer.Option("--port", help="Port of the web interface.")] = 3000,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
) -> None:
    """Start the Dagster UI and daemon on this home folder (Ctrl-C stops both)."""
    from cryptodrug_assets.automation.instance import prepare_home

    settings = Settings()
    _require_free(host, port)
    prepare_home(settings)
    os.environ["CRYPTODRUG_HOME"] = str(settings.home.resolve())
    # Started from a script, SIGINT is ignored; dagster maps SIGTERM to it and would then never stop.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    workspace = CONTRACTS_DIR.parent / "workspace.yaml"
    print(f"Dagster UI: http://{host}:{port} (first answer after half a minute)", flush=True)
    dagster = str(Path(sys.executable).with_name("dagster"))
    os.chdir(workspace.parent)
    arguments = [dagster, "dev", "-w", str(workspace), "-h", host, "-p", str(port)]
    os.execv(dagster, arguments)  # noqa: S606 - our own interpreter's script


def print_settings() -> None:
    """Print every setting with its default and meaning, as Markdown."""
    print(
        "# Settings\n\nEnvironment variables, or the same names in lower case without the prefix in `cryptodrug.toml`"
    )
    print("(another path: `CRYPTODRUG_CONFIG`). The environment wins. Made by `make docs`.\n")
    print("| variable | default | meaning |\n|-|-|-|")
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else f"`{field.default}`"
        print(f"| `CRYPTODRUG_{name.upper()}` | {default} | {field.description} |")


def _require_free(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as err:
            raise UserError(f"port {port} on {host} is taken ({err.strerror}); choose another with --port") from err


def _run(
    settings: Settings, cells: Sequence[Cell], *, select: str | None, only_missing: bool, tag: str
) -> "list[CellRun]":
    """Run the cells with a progress display; a replica is started once for all of them."""
    from cryptodrug_assets.automation.backfill import planned, run_cells
    from cryptodrug_assets.automation.instance import open_instance
    from cryptodrug_assets.commands.display import BackfillDisplay
    from cryptodrug_assets.resources.platform import Platform

    _require_browser(settings, cells, select)
    total = len(planned(cells, select))
    with open_instance(settings) as instance, _replica(settings, cells, select), BackfillDisplay(total) as display:
        Platform.progress_hook = display.captured
        try:
            return run_cells(instance, cells, select=select, only_missing=only_missing, tag=tag, on_run=display.changed)
        finally:
            Platform.progress_hook = None


def _captures(settings: Settings, cells: Sequence[Cell], select: str | None) -> set[str]:
    """The kinds of source these cells capture from."""
    if select not in (None, "raw"):
        return set()
    configs = market_configs()
    return {settings.source or configs[market].source for market, _ in cells}


def _require_browser(settings: Settings, cells: Sequence[Cell], select: str | None) -> None:
    """Fail before the first run rather than in each."""
    if _captures(settings, cells, select) & {"live", "replica"}:
        from cryptodrug_assets.capture.browser import find_browser

        find_browser(settings.chromium)


@contextmanager
def _replica(settings: Settings, cells: Sequence[Cell], select: str | None) -> Iterator[None]:
    """One replica for all runs, instead of one per run."""
    if settings.replica_port or "replica" not in _captures(settings, cells, select):
        yield
        return
    from cryptodrug_assets.replica.server import running

    with running(settings.profile, settings.seed) as server:
        os.environ["CRYPTODRUG_REPLICA_PORT"] = str(server.port)
        try:
            yield
        finally:
            del os.environ["CRYPTODRUG_REPLICA_PORT"]


def _report_runs(runs: "list[CellRun]") -> None:
    """One line per failed run, and exit code 1 if there is one."""
    failed = [run for run in runs if not run.success]
    for run in failed:
        print(f"failed: {run.job} {' '.join(run.cell) if run.cell else ''}: {run.error}", file=sys.stderr)
    print(f"{len(runs) - len(failed)} runs succeeded, {len(failed)} failed")
    if failed:
        raise typer.Exit(1)


def _headline(settings: Settings) -> None:
    """The country's share per market and month."""
    import polars as pl
    from rich.table import Table

    from cryptodrug_assets.report.countries import country_name
    from cryptodrug_assets.resources.store import TableStore

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
        table.add_row(name, month, *(_percent(rows.get(f"SH0{i}")) for i in range(1, 5)))
        previous = market
    _console().print(table)
    print("revenue: only where the market shows exact prices of sales (Empire)")


def _percent(row: "dict[str, float | None] | None") -> str:
    if row is None or row["value"] is None:
        return "–"
    text = f"{100 * row['value']:.1f} %"
    if row["lower"] is not None and row["upper"] is not None:
        text += f" ({100 * row['lower']:.1f}–{100 * row['upper']:.1f})"
    return text


def _width() -> int:
    import shutil

    return shutil.get_terminal_size((160, 24)).columns if sys.stdout.isatty() else 400


def _console() -> "Console":
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else 160)
