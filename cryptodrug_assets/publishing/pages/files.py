"""The report as files: in every language, as page and PDF."""

from collections.abc import Mapping

import polars as pl

from cryptodrug_assets.publishing.package.facts import Facts
from cryptodrug_assets.publishing.pages.page import build_page, build_report
from cryptodrug_assets.publishing.pages.pdf import build_pdf
from cryptodrug_assets.publishing.words import LANGUAGES


def report_files(
    observed: pl.DataFrame,
    others: Mapping[str, pl.DataFrame] | None = None,
    *,
    country: str,
    synthetic: bool,
    facts: Facts | None = None,
) -> dict[str, bytes]:
    """report.<language>.html and report.<language>.pdf by file name; for the arguments see `build_report`."""
    made = {}
    for language in LANGUAGES:
        report = build_report(observed, others, country=country, language=language, synthetic=synthetic, facts=facts)
        made[f"report.{language}.html"] = build_page(report).encode()
        made[f"report.{language}.pdf"] = build_pdf(report)
    return made
