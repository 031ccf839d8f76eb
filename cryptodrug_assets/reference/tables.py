"""The reference tables as frames: rates, taxonomy, category map, place names, events, figures of the literature.

Each comes from its one source, a file of this folder, a market file or a constant; nothing is copied here, and nothing
that computes reads these frames. Types and column order come from the contracts (data_contracts/tables/reference).
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.observation import MARKETS_DIR, market_configs
from cryptodrug_assets.reference import place_names
from cryptodrug_assets.reference.benchmarks import BENCHMARKS
from cryptodrug_assets.reference.category_files import category_rows
from cryptodrug_assets.reference.files import CATEGORIES_DIR, RATES_FILE, TAXONOMY_FILE

LAYER = "reference"
# A class as a whole has no subclass; a key needs a value, and the indicators say it like this, too.
WHOLE_CLASS = "all"


def reference_tables() -> dict[str, pl.DataFrame]:
    """All reference tables by name; UserError naming the file that is missing or does not fit its contract."""
    return {
        "exchange_rates": exchange_rates(),
        "drug_taxonomy": drug_taxonomy(),
        "category_map": category_map(),
        "places": places(),
        "events": events(),
        "benchmarks": benchmarks(),
    }


def exchange_rates(path: Path = RATES_FILE) -> pl.DataFrame:
    """Units of a currency per euro by published day: ECB reference rates.

    >>> exchange_rates().columns
    ['date', 'currency', 'units_per_eur']
    """
    return _from_file("exchange_rates", path)


def drug_taxonomy(path: Path = TAXONOMY_FILE) -> pl.DataFrame:
    """Classes and subclasses with their UNODC group and code; the subclass `all` is the class as a whole.

    >>> "cannabis" in drug_taxonomy()["drug_class"].to_list()
    True
    """
    text = _text("drug_taxonomy", path).with_columns(pl.col("drug_subclass").fill_null(WHOLE_CLASS))
    return _typed("drug_taxonomy", text, path)


def category_map(folder: Path = CATEGORIES_DIR) -> pl.DataFrame:
    """The drug class that a market's category path means."""
    schema = contracts.load(LAYER, "category_map").polars_schema
    return pl.DataFrame(category_rows(folder), schema=schema, orient="row")


def places() -> pl.DataFrame:
    """Names of places and what they mean: a row per name, kind and code (a group of countries has several)."""
    rows = list(_place_rows())
    return pl.DataFrame(rows, schema=contracts.load(LAYER, "places").polars_schema, orient="row")


def events(folder: Path = MARKETS_DIR) -> pl.DataFrame:
    """What happened to the markets, from their files."""
    rows = [
        {"market": market} | event.model_dump()
        for market, config in market_configs(folder).items()
        for event in config.events
    ]
    return pl.DataFrame(rows, schema=contracts.load(LAYER, "events").polars_schema)


def benchmarks() -> pl.DataFrame:
    """Figures of the literature with their source, as the comparison of the indicators quotes them."""
    schema = contracts.load(LAYER, "benchmarks").polars_schema
    return pl.DataFrame([asdict(mark) for mark in BENCHMARKS], schema=schema)


def _place_rows() -> Iterator[tuple[str, str, str]]:
    """(name, kind, code)."""
    kinds: Mapping[str, Mapping[str, str]] = {
        "region": place_names.REGION_ALIASES,
        "country": place_names.COUNTRY_ALIASES,
        "city": place_names.CITIES,
    }
    for kind, table in kinds.items():
        yield from ((name, kind, code) for code, names in table.items() for name in names.split(","))
    for codes, names in place_names.GROUPS.items():
        yield from ((name, "group", code) for name in names.split(",") for code in codes)


def _from_file(table: str, path: Path) -> pl.DataFrame:
    return _typed(table, _text(table, path), path)


def _text(table: str, path: Path) -> pl.DataFrame:
    """The file's rows as texts; its columns are those of the contract."""
    if not path.is_file():
        raise UserError(f"the reference table {path.name} is missing; restore cryptodrug_assets/reference")
    text = pl.read_csv(path, infer_schema=False)
    wanted = contracts.load(LAYER, table).polars_schema.names()
    if text.columns != wanted:
        raise UserError(f"{path.name}: columns are {', '.join(text.columns)}; its contract says {', '.join(wanted)}")
    return text


def _typed(table: str, text: pl.DataFrame, path: Path) -> pl.DataFrame:
    schema = contracts.load(LAYER, table).polars_schema
    casts = [
        pl.col(name).str.to_date("%Y-%m-%d") if dtype == pl.Date() else pl.col(name).cast(dtype)
        for name, dtype in schema.items()
    ]
    try:
        return text.select(casts)
    except pl.exceptions.PolarsError as err:
        raise UserError(f"{path.name} does not fit its contract: {str(err).splitlines()[0]}") from err
