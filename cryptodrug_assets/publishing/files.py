"""The report and the quality page: from the tables of record to files in the reports folder."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.observation import UserError
from cryptodrug_assets.publishing.exchange.observations import datasets
from cryptodrug_assets.publishing.extra import require_publish
from cryptodrug_assets.publishing.quality_page import build_quality_page
from cryptodrug_assets.quality.outcomes import Cell, CheckState, Finding, RunFailure
from cryptodrug_assets.storage.home import private_folder, write_atomically
from cryptodrug_assets.storage.store import TableStore

_SUFFIX = "_public"


def publish_report(store: TableStore, folder: Path, *, country: str) -> list[Path]:
    """Write the report in every language, as page and PDF (report.nl.html, report.nl.pdf, …); none about a country of
    which no table tells.

    UserError when there are no observations yet, or the libraries that draw and speak are not installed.
    """
    require_publish()
    from cryptodrug_assets.publishing.pages.files import report_files
    from cryptodrug_assets.publishing.pages.page import tells_of

    observed = observations_there(store)
    if not tells_of(observed, country):
        return []
    made = report_files(observed, public_others(store), country=country, synthetic=is_synthetic(store))
    return write_files(folder, made)


def publish_explorer(store: TableStore, folder: Path, *, country: str) -> list[Path]:
    """Write the explorer in every language (explorer.nl.html, …), which begins with the country.

    UserError when there are no observations yet, or the libraries that speak are not installed.
    """
    require_publish()
    from cryptodrug_assets.publishing.explorer.page import explorer_files
    from cryptodrug_assets.publishing.pages.page import tells_of

    observed = observations_there(store)
    made = explorer_files(observed, country=country, synthetic=is_synthetic(store), report=tells_of(observed, country))
    return write_files(folder, made)


def publish_sdmx(store: TableStore, folder: Path) -> list[Path]:
    """Write structures and data as SDMX into the folder sdmx there; they tell the moment of the table.

    UserError when there are no observations yet, or the libraries that write them are not installed.
    """
    require_publish()
    from cryptodrug_assets.publishing.exchange.observations import made_at
    from cryptodrug_assets.publishing.exchange.sdmx import sdmx_files

    private_folder(folder / "sdmx")
    made = sdmx_files(observations_there(store), prepared=made_at(store), synthetic=is_synthetic(store))
    return sorted(write_files(folder, made))


def write_files(folder: Path, files: Mapping[str, bytes], mode: int = 0o644) -> list[Path]:
    """Write files by name into a folder of the home; unless said otherwise for all to read once they are passed on."""
    private_folder(folder)
    for name, content in files.items():
        write_atomically(folder / name, content, mode)
    return [folder / name for name in files]


def observations_there(store: TableStore) -> pl.DataFrame:
    """exchange.observations; UserError where there are none yet."""
    if not store.exists("exchange", "observations"):
        raise UserError("nothing to publish yet; run `cryptodrug backfill` first")
    return store.read("exchange", "observations")


def public_others(store: TableStore) -> dict[str, pl.DataFrame]:
    """The public tables that are no observations, by their names without `_public`, as far as there are any."""
    names = [
        item.table for item in contracts.all_contracts() if item.layer == "indicators" and item.table.endswith(_SUFFIX)
    ]
    more = [name for name in names if name.removesuffix(_SUFFIX) not in datasets() and store.exists("indicators", name)]
    return {name.removesuffix(_SUFFIX): store.read("indicators", name) for name in more}


def is_synthetic(store: TableStore) -> bool:
    """Whether any page that was captured is."""
    return bool(store.read("raw", "captures", columns=["synthetic"])["synthetic"].any())


def publish_quality_page(
    store: TableStore,
    folder: Path,
    counts: Mapping[Cell, Counter[CheckState]],
    whole: Mapping[str, Counter[CheckState]],
    findings: Sequence[Finding],
    failed: Sequence[RunFailure] = (),
    waived: Sequence[object] = (),
) -> Path:
    """Write quality.html, which is internal; UserError when nothing has run yet."""
    if not counts and not failed:
        raise UserError("no checks have run yet; run `cryptodrug backfill` first")
    html = build_quality_page(
        counts, whole, findings, _there(store, "indicators", "coverage"), contracts.all_contracts(),
        synthetic=store.exists("raw", "captures") and is_synthetic(store), failed=failed, waived=waived,
    )  # fmt: skip
    private_folder(folder)
    write_atomically(folder / "quality.html", html)
    return folder / "quality.html"


def _there(store: TableStore, layer: str, table: str) -> pl.DataFrame:
    """The table, without rows when none was published: the page tells of failures before there is one."""
    return store.read(layer, table) if store.exists(layer, table) else contracts.empty(contracts.load(layer, table))
