"""What a release is scanned for, from the restricted tables: names, keys, pseudonyms, paths, suppressed values."""

from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.contracts import TABLES_DIR
from cryptodrug_assets.indicators.registry import families
from cryptodrug_assets.languages import TRANSLATED
from cryptodrug_assets.publishing.dissemination.leaks import Needles, words_of
from cryptodrug_assets.publishing.words import labels, methods, sentences
from cryptodrug_assets.storage.store import TableStore

#: Columns of the restricted tables that hold names, and those that hold keys and pseudonyms.
NAMES = (("parsed", "vendors", "vendor_name"), ("parsed", "listings", "vendor_name"))
KEYS = (
    ("parsed", "vendors", "pgp_fingerprint"), ("clean", "vendors", "vendor_key"), ("clean", "listings", "listing_key"),
)  # fmt: skip
# A shorter name is a word or a number in any text.
_LEAST_NAME = 5
_LEAST_KEY = 12


def needles_of(store: TableStore, home: Path, own_words: frozenset[str]) -> Needles:
    """What the tables of a home must not tell; `own_words` are those of the release's own texts, which a vendor may
    have taken for a name."""
    names = {name.casefold() for name in _column(store, NAMES) if len(name) >= _LEAST_NAME}
    keys = {key for key in _column(store, KEYS) if len(key) >= _LEAST_KEY}
    return Needles(
        names=frozenset(names - own_words),
        texts=frozenset(keys | {str(home.resolve())}),
        hidden=frozenset(_internal(store)),
        shown=frozenset(_shown(store)),
    )


def own_words() -> frozenset[str]:
    """Every word of the texts that releases are written with, in lower case."""
    texts = [str(labels.document()), " ".join(labels.country_codes()), " ".join(labels.markets().values())]
    texts += [" ".join(method.sentences.values()) for method in methods.methods().values()]
    for language in TRANSLATED:
        texts += [f"{message.id} {message.string}" for message in sentences.catalogue(language)]
    texts += _data_files()
    return frozenset(word for text in texts for word in words_of(text.casefold()))


def _data_files() -> Iterator[str]:
    """Metadata of indicators, the glossary, contracts: whose texts go into code books."""
    from cryptodrug_assets.publishing.glossary import GLOSSARY_FILE
    from cryptodrug_assets.publishing.package.facts import PUBLISHER_FILE

    for entry in files("cryptodrug_assets.indicators").joinpath("metadata").iterdir():
        yield entry.read_text("utf-8")
    for path in (GLOSSARY_FILE, PUBLISHER_FILE, *sorted(TABLES_DIR.glob("*/*.yaml"))):
        yield path.read_text("utf-8")


def _column(store: TableStore, columns: tuple[tuple[str, str, str], ...]) -> set[str]:
    found: set[str] = set()
    for layer, table, column in columns:
        if store.exists(layer, table):
            found |= set(store.read(layer, table, columns=[column])[column].drop_nulls().unique())
    return found


def _internal(store: TableStore) -> list[float]:
    """Values and bounds of the internal tables of indicators."""
    return _numbers(store, dict.fromkeys(families(), ("value", "lower", "upper")))


def _shown(store: TableStore) -> list[float]:
    """Every number of every public table: coverage and what the study expects, too."""
    public = [item for item in contracts.all_contracts() if item.table.endswith("_public")]
    columns = {
        item.table: tuple(name for name, dtype in item.polars_schema.items() if dtype == pl.Float64) for item in public
    }
    return _numbers(store, columns)


def _numbers(store: TableStore, columns: Mapping[str, tuple[str, ...]]) -> list[float]:
    parts: list[pl.Series] = []
    for table, names in columns.items():
        if names and store.exists("indicators", table):
            frame = store.read("indicators", table, columns=names)
            parts += [frame[name].drop_nulls() for name in names]
    return pl.concat([part.alias("number") for part in parts]).unique().to_list() if parts else []
