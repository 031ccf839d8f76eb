"""The report and the quality page, from the tables of record to files in the reports folder."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from cryptodrug_assets import contracts
from cryptodrug_assets.observation import UserError
from cryptodrug_assets.report.build import build_report
from cryptodrug_assets.report.quality import Cell, CheckState, Finding, build_quality_page
from cryptodrug_assets.resources.store import TableStore


def publish_report(store: TableStore, folder: Path, *, country: str, name: str = "report.html") -> Path:
    """Write the report about a country; UserError when nothing was made for publication yet."""
    wanted = [c.table for c in contracts.all_contracts() if c.layer == "indicators" and c.table.endswith("_public")]
    if not all(store.exists("indicators", table) for table in wanted):
        raise UserError("nothing to publish yet; run `cryptodrug backfill` first")
    public = {table.removesuffix("_public"): store.read("indicators", table) for table in wanted}
    captures = store.read("raw", "captures")
    done = captures.filter(captures["outcome"] == "done").group_by("market").len()
    pages, synthetic = dict(done.iter_rows()), bool(captures["synthetic"].any())
    return _write(build_report(public, country=country, synthetic=synthetic, pages=pages), folder, name)


def publish_quality_page(
    store: TableStore,
    folder: Path,
    counts: Mapping[Cell, Counter[CheckState]],
    whole: Mapping[str, Counter[CheckState]],
    findings: Sequence[Finding],
) -> Path:
    """Write quality.html, which is internal; UserError when no check has run yet."""
    if not counts:
        raise UserError("no checks have run yet; run `cryptodrug backfill` first")
    html = build_quality_page(
        counts, whole, findings, store.read("indicators", "coverage"), contracts.all_contracts(),
        synthetic=bool(store.read("raw", "captures")["synthetic"].any()),
    )  # fmt: skip
    return _write(html, folder, "quality.html")


def _write(html: str, folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(html, "utf-8")
    return path
