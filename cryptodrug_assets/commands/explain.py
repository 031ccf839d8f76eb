"""`cryptodrug explain`: from an indicator's value down to the bytes of the pages it rests on.

Chooses the rows of the table that are meant and prints what provenance.py finds behind them.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cryptodrug_assets.commands import explain_survey, explain_text
from cryptodrug_assets.inert import say
from cryptodrug_assets.observation import UserError, check_market, check_month, require_observed
from cryptodrug_assets.settings import Settings

if TYPE_CHECKING:
    import polars as pl

    from cryptodrug_assets.provenance import Provenance

_PAGES, _CHECKED, _IN_FULL = 5, 20_000, 8
# Other countings of the same figure, explained when asked for by their code.
_VARIANTS = "_(full|bound|observed)$"
# Asked for by country unless the user says so: the study's country where it has a row, else the world.


def explain(  # noqa: PLR0917 - options of a command line
    table: Annotated[str, typer.Argument(help="Indicator table, such as shares, trends or study_scorecard.")],
    market: Annotated[str | None, typer.Option("--market", help="Market, or all for pooled values.")] = None,
    month: Annotated[str | None, typer.Option("--month", help="Month, YYYY-MM (of a window: its last).")] = None,
    country: Annotated[
        str | None, typer.Option("--country", help="ISO code, W world, _U unknown (default: BE, else W).")
    ] = None,
    indicator: Annotated[
        str | None, typer.Option("--indicator", help="Code such as SH03, or the beginning of some: TS01.")
    ] = None,
    drug_class: Annotated[
        str | None, typer.Option("--drug-class", help="Class, or all (default: all where there is such a row).")
    ] = None,
    statement: Annotated[
        str | None, typer.Option("--statement", help="Statement of the study (study_scorecard only).")
    ] = None,
    item: Annotated[str | None, typer.Option("--item", help="Item or set (survey_estimates only).")] = None,
    wave: Annotated[str | None, typer.Option("--wave", help="Wave of the survey (survey_estimates only).")] = None,
    pages: Annotated[int, typer.Option("--pages", help="How many captured pages to list per value.", min=0)] = _PAGES,
    check: Annotated[
        int, typer.Option("--check", help="Most pages to re-read per value, evenly spread; 0 re-reads all.", min=0)
    ] = _CHECKED,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per value instead of text.")] = False,
) -> None:
    """Walk from a value to transactions, offers, captures and WARC records, and re-verify every digest.

    Works on every indicator table, by month and across months. Ends with an error that names file and offset when a
    record is damaged, missing or differs from its digest.
    """
    from cryptodrug_assets.provenance import SCORECARD, Provenance, Reader
    from cryptodrug_assets.storage.store import TableStore

    settings = Settings()
    asked = {
        "statement": statement,
        "market": market if market in (None, "all") else check_market(market),
        "month": None if month is None else check_month(month),
        "country": None if country is None else country.upper(),
        "drug_class": drug_class,
        "indicator": indicator,
    }
    table = table.removeprefix("indicators.").removeprefix("indicators/")
    if table == explain_survey.TABLE:
        if given := [name for name, value in asked.items() if value is not None]:
            raise UserError(f"{table} has no {given[0].replace('_', ' ')}; choose by --wave and --item")
        explain_survey.explain_estimates(wave, item, listed=pages, as_json=as_json)
        return
    if item is not None or wave is not None:
        raise UserError(f"--item and --wave go with {explain_survey.TABLE} only")
    if statement is not None and table.removesuffix("_public") != SCORECARD:
        raise UserError(f"--statement goes with {SCORECARD} only")
    provenance = Provenance(TableStore(settings.tables))
    rows, reader = _rows(provenance, _known(table), asked), Reader(settings.archive)
    listed = pages if rows.height <= _IN_FULL or as_json else 0
    for row in rows.iter_rows(named=True):
        if table.removesuffix("_public") == SCORECARD and not as_json:
            explain_text.statement(row)
        shown = 0
        for name, value in (
            provenance.of_statement(row) if table.removesuffix("_public") == SCORECARD else [(table, row)]
        ):
            explained = provenance.explain(name, value)
            tested: dict[str, Any] = {name: row[name] for name in ("statement", "says", "verdict") if name in row}
            explain_text.show(explained, reader, listed=listed, check=check, as_json=as_json, tested=tested)
            shown += 1
        if not shown and not as_json:
            say("  no value was computed, so there is nothing behind it\n")
    if not as_json:
        _waivers(settings, rows)
    if not as_json and rows.height > _IN_FULL:
        say(f"{rows.height} values; --indicator, --market or --month choose fewer and list their pages")


def _waivers(settings: Settings, rows: "pl.DataFrame") -> None:
    """The waivers in force in the markets and months of the rows (pooled values and windows: in any)."""
    from cryptodrug_assets.quality.waivers import in_force, waivers_file

    markets = set(rows["market"]) if "market" in rows.columns else {"all"}
    months = set(rows["month"]) if "month" in rows.columns else {None}
    for waiver in in_force(waivers_file(settings.home)):
        if (waiver.market in markets or "all" in markets) and (waiver.month in months or None in months):
            say(f"waived in {waiver.market} {waiver.month}: {waiver.rule}, {waiver}")


def _known(table: str) -> str:
    """The table's name as the user gave it, or UserError listing those there are."""
    from cryptodrug_assets import contracts

    # Tables of a survey's wave are not made of pages.
    names = [
        contract.table
        for contract in contracts.all_contracts()
        if contract.layer == "indicators" and not contract.of_wave
    ]
    if table not in names:
        raise UserError(f"no indicator table '{table}'; there are {', '.join(names)}")
    return table


def _rows(provenance: "Provenance", table: str, asked: dict[str, str | None]) -> "pl.DataFrame":
    """The rows meant; each option that leaves none is named with what there is instead."""
    import polars as pl

    from cryptodrug_assets import contracts

    market, month = asked["market"], asked["month"]
    if contracts.load("indicators", table).partitioned:
        if market == "all":
            raise UserError(f"{table} has no pooled values; give one of the markets, or explain {table}_window")
        if market and month:
            require_observed(market, month)
        # Public tables are made of all months together.
        whole = table.endswith("_public")
        frame = provenance.store.read("indicators", table, *((None, None) if whole else (market, month)))
    else:
        frame = provenance.store.read("indicators", table)
    if frame.is_empty():
        raise UserError(f"{table} holds no rows: nothing of what it needs was observed in the months there are")
    if "month" in frame.columns:
        frame = frame.with_columns(pl.col("month").dt.strftime("%Y-%m"))
    for name, value in asked.items():
        if name not in frame.columns:
            if value is not None and name != "statement":
                raise UserError(f"{table} has no {name.replace('_', ' ')}s")
            continue
        wanted = _default(name, frame, table) if value is None else value
        if wanted is None:
            continue
        chosen = frame.filter(pl.col(name) == wanted)
        if chosen.is_empty() and name == "indicator":
            chosen = frame.filter(pl.col(name).str.contains(f"^{_literal(wanted)}([_:].*)?$"))
        if chosen.is_empty():
            where = " ".join(str(v) for k, v in asked.items() if v is not None and k != name)
            raise UserError(
                f"{table} has no {name.replace('_', ' ')} {wanted}{f' for {where}' if where else ''}; there are"
                f" {_listed(frame[name].unique().sort().to_list())}"
            )
        frame = chosen
    variants = pl.col("indicator").str.contains(_VARIANTS)
    if asked["indicator"] is None and not frame.select(variants.all()).item():
        frame = frame.filter(~variants)
    return frame


def _default(name: str, frame: "pl.DataFrame", table: str) -> str | None:
    from cryptodrug_assets.provenance import SCORECARD

    if table.removesuffix("_public") == SCORECARD:
        return None
    there = set(frame[name])
    if name == "country":
        return next((code for code in (Settings().country, "W") if code in there), None)
    return "all" if name == "drug_class" and "all" in there else None


def _literal(text: str) -> str:
    import re

    return re.escape(text)


def _listed(values: Sequence[Any], most: int = 40) -> str:
    texts = [str(value) for value in values]
    return ", ".join(texts[:most]) + (f" and {len(texts) - most} more" if len(texts) > most else "")
