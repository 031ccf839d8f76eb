"""`cryptodrug explain`: from an indicator's value down to the bytes of the pages it rests on."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cryptodrug_assets.observation import UserError, check_market, check_month, require_observed
from cryptodrug_assets.settings import Settings

if TYPE_CHECKING:
    import polars as pl

_SHOWN = 5


class Table(StrEnum):
    """Indicator tables that can be explained."""

    ACTIVITY = "activity"
    SHARES = "shares"


def explain(
    table: Annotated[Table, typer.Argument(help="Indicator table.")],
    market: Annotated[str, typer.Option("--market", help="Market.")],
    month: Annotated[str, typer.Option("--month", help="Month, YYYY-MM.")],
    country: Annotated[str, typer.Option("--country", help="ISO code, W for the world, _U for unknown.")] = "BE",
    indicator: Annotated[
        str | None, typer.Option("--indicator", help="Code such as SH03 (default: all four measures).")
    ] = None,
    drug_class: Annotated[str, typer.Option("--drug-class", help="Class, or all.")] = "all",
    pages: Annotated[int, typer.Option("--pages", help="How many captured pages to list per value.")] = _SHOWN,
) -> None:
    """Walk from a value to transactions, offers, captures and WARC records, and re-verify every digest."""
    from cryptodrug_assets.indicators.trace import rows_behind
    from cryptodrug_assets.resources.store import TableStore

    market, month = check_market(market), check_month(month)
    require_observed(market, month)
    settings = Settings()
    store = TableStore(settings.tables)
    frame = store.read("indicators", table.value, market, month)
    wanted = frame.filter((frame["country"] == country) & (frame["drug_class"] == drug_class)).sort("indicator")
    if indicator is not None:
        wanted = wanted.filter(wanted["indicator"] == indicator)
    else:
        wanted = wanted.filter(~wanted["indicator"].str.ends_with("_full"))
    if wanted.is_empty():
        raise UserError(
            f"no {indicator or table.value} of {country} in {market} {month} for class {drug_class};"
            f' see cryptodrug sql "select distinct indicator, country from indicators.{table.value}"'
        )
    clean = {name: store.read("clean", name, market, month) for name in ("listings", "transactions")}
    captures = store.read("raw", "captures", market, month)
    for row in wanted.iter_rows(named=True):
        behind = rows_behind(row["indicator"], country, drug_class, clean)
        _print_value(row, market, month)
        if behind is None:
            print("  no rows: the market shows no exact price of sales, so this is missing, not zero\n")
            continue
        kinds = ", ".join(f"{count} {name}" for name, count in behind.counts.items())
        print(f"  made of {kinds}, seen on {behind.capture_ids.n_unique()} captured pages")
        _print_pages(settings, captures, behind.capture_ids, market, month, pages)
        print()


def _print_value(row: dict[str, object], market: str, month: str) -> None:
    value = "missing" if row["value"] is None else f"{row['value']:.6g}"
    interval = "" if row["lower"] is None else f" [{row['lower']:.6g}, {row['upper']:.6g}]"
    print(f"{row['indicator']} {market} {month} {row['country']} {row['drug_class']}: {value}{interval} {row['unit']}")
    print(f"  {row['method']}; coverage {row['coverage']}, status {row['obs_status']}/{row['conf_status']}")


def _print_pages(
    settings: Settings, captures: "pl.DataFrame", capture_ids: "pl.Series", market: str, month: str, shown: int
) -> None:
    """The pages, each read from the archive again; a capture of the next month's archive is named as such."""
    from cryptodrug_assets.capture.archive import read_payload

    found = captures.filter(captures["capture_id"].is_in(capture_ids.unique().to_list())).sort("capture_id")
    verified = 0
    folder = settings.archive / market / month
    for number, page in enumerate(found.iter_rows(named=True)):
        place = (page["warc_file"], page["warc_offset"], page["warc_length"], page["payload_digest"])
        read_payload(folder, *place)
        verified += 1
        if number < shown:
            print(
                f"  capture {page['capture_id']} {page['page_kind']:<13} {place[0]} @{place[1]}+{place[2]} {place[3]}"
            )
    if found.height > shown:
        print(f"  … and {found.height - shown} more (--pages)")
    elsewhere = capture_ids.n_unique() - found.height
    note = f"; {elsewhere} lie in the next month's archive" if elsewhere else ""
    print(f"  digests of {verified} pages re-verified{note}")
