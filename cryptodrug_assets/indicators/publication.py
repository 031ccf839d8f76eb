"""Public variants of the indicator tables, in which no figure can be traced to few vendors.

A suppressed value is null with status C; zero and missing stay what they are. What is hidden among figures that add up
is decided for all tables at once (suppression.py). Beyond that: numbers of observations and vendors are published for
the world alone; by month there are countries in total and classes of the world, classes of the focus countries per
window; proportions of vendors and concentrations need ten vendors, and three of them on either side; shares of the
largest vendors need three of those; sizes need three vendors on either side of a threshold. Largest transactions,
routes, numbers of vendors with a property and Lorenz points stay internal. Each family states its own rules
(`publish`). Figures the study has published itself stay open as long as they are those figures.
"""

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.indicators.disclosure.context import Disclosure, Published
from cryptodrug_assets.indicators.disclosure.few_vendors import Tables
from cryptodrug_assets.indicators.disclosure.suppression import hidden_cells
from cryptodrug_assets.indicators.family import Family, Publish
from cryptodrug_assets.indicators.registry import families
from cryptodrug_assets.indicators.rows import ALL, WORLD, IndicatorOptions
from cryptodrug_assets.indicators.windows import monthly_contributions

#: What a hidden value takes with it.
HIDDEN_COLUMNS = ("value", "lower", "upper")
_WHY_HIDDEN = "confidential: of few vendors, or it would tell of few"


def public_families(
    tables: Tables, *, options: IndicatorOptions, published: Published
) -> tuple[dict[str, pl.DataFrame], Disclosure]:
    """Every public table of a family, from clean listings, vendors, transactions and all indicator tables (by their
    table name), and what they were judged by. `published`: figures that are open because they were published already.
    """
    given = tables.get("contributions")
    long = monthly_contributions(tables) if given is None else given
    stated = {name: family for name, family in families().items() if name in tables}
    disclosure = Disclosure(
        tables, long, hidden_cells(long, options), families=stated, options=options, published=published
    )
    made = {
        f"{name}_public": _published(family, family.publish, tables[name], disclosure)
        for name, family in stated.items()
        if family.publish is not None
    }
    return made, disclosure


def _published(family: Family, publish: Publish, frame: pl.DataFrame, disclosure: Disclosure) -> pl.DataFrame:
    rows = []
    for given in frame.iter_rows(named=True):
        if not publish.keep(given, disclosure):
            continue
        row = dict(given)
        tells = row["value"] is not None or (publish.missing_tells and row["country"] != WORLD)
        gone = tells and publish.hide(row, disclosure)
        code = family.code(str(row["indicator"]))
        if gone and code is not None and code.comes_and_goes and code.comes_and_goes(disclosure.parsed(row)):
            continue
        if gone:
            row |= dict.fromkeys(HIDDEN_COLUMNS, None) | {"obs_status": "C", "method": _WHY_HIDDEN}
        elif not disclosure.is_listed(row):
            row |= dict.fromkeys(publish.bounds(row, disclosure))
        if row["country"] != WORLD or row["drug_class"] != ALL or gone:
            row |= {"n": None, "n_vendors": None}
        rows.append(row | {"conf_status": "C" if gone else "F"})
    contract = contracts.load("indicators", f"{family.table}_public")
    return contracts.conform(pl.DataFrame(rows, schema=contract.polars_schema), contract)
