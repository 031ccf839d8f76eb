"""All public tables of a release: those of the families, with what the study has published open, and the scorecard."""

from collections.abc import Mapping

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.indicators.disclosure.context import Disclosure
from cryptodrug_assets.indicators.disclosure.few_vendors import Row, Tables
from cryptodrug_assets.indicators.publication import HIDDEN_COLUMNS, public_families
from cryptodrug_assets.indicators.rows import ALL, WORLD, IndicatorOptions
from cryptodrug_assets.study.statements import CHECKS, STUDY_COUNTRY, Check

# (indicator, country, market) of figures the study has published. They stay open only while they are those figures: the
# same cell of other months or another world is as confidential as any.
PUBLISHED = {
    (check.indicator, check.country, market): (check.low, check.high)
    for check in CHECKS
    if check.indicator in {"TS01:1000", "TS02", "TS03", "TS04:200", "MO04:NL"} and check.country == STUDY_COUNTRY
    for market in check.markets
    if (check.indicator, market) not in {("TS03", ALL), ("MO04:NL", "dream")}
}


def public_tables(tables: Tables, *, options: IndicatorOptions) -> dict[str, pl.DataFrame]:
    """Every public table, from clean listings, vendors, transactions and all indicator tables (by their table name)."""
    public, disclosure = public_families(tables, options=options, published=PUBLISHED)
    return public | {"study_scorecard_public": _scorecard(tables["study_scorecard"], public, disclosure)}


def _scorecard(scorecard: pl.DataFrame, public: Mapping[str, pl.DataFrame], disclosure: Disclosure) -> pl.DataFrame:
    """The scorecard with the values that public tables show as well, the study's own figures, and counts of months.

    A verdict says in which range the value lies, so a hidden value hides it.
    """
    where = {(check.statement, check.indicator): check for check in CHECKS}
    rows = []
    for given in scorecard.iter_rows(named=True):
        row = dict(given)
        if row["value"] is not None and not _is_open(
            row, where[row["statement"], row["indicator"]], public, disclosure
        ):
            row |= dict.fromkeys(HIDDEN_COLUMNS, None) | {"verdict": "confidential"}
            row["why"] = "; ".join(part for part in ("value confidential: few vendors", row["why"]) if part)
        rows.append(row)
    contract = contracts.load("indicators", "study_scorecard_public")
    return contracts.conform(pl.DataFrame(rows, schema=contract.polars_schema), contract)


def _is_open(row: Row, check: Check, public: Mapping[str, pl.DataFrame], disclosure: Disclosure) -> bool:
    """Whether the value of a row is shown elsewhere, or tells of nobody."""
    if check.table == "listings" or check.reduce == "months" or disclosure.is_listed(row):
        return True
    shown = public.get(f"{check.table}_public")
    if shown is None or not (check.reduce == "last" or row["country"] == WORLD):
        return False
    same = shown.filter(
        *(pl.col(name) == row[name] for name in ("indicator", "country", "drug_class")),
        (pl.col("market") == row["market"]) | pl.lit(check.reduce != "last" and row["market"] == ALL),
        pl.col("value").is_not_null(),
    )
    return same.height > 0
