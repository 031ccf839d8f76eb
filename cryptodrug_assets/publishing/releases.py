"""A release: a manifest that names everything the tables were made of and what they hold, and the check against it.

Code by content, contracts, reference tables, market files, archive segments, options, and per table its version and the
content hash of every partition. Two states with the same manifest hold the same rows. No data is copied: versions stay
readable because the store never cleans up. Nothing that is neither synthetic nor licensed can be released.

A manifest is internal: with the hash of a table that has a single hidden value, guesses at the value can be tested.
Those who hold the archive may have it; in public a release is cited by the digest of its manifest.
"""

import hashlib
import json
import platform
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import Any

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.cleaning.options import CleaningOptions
from cryptodrug_assets.indicators.disclosure.across_releases import told_beside
from cryptodrug_assets.indicators.disclosure.linked_sums import Cell
from cryptodrug_assets.indicators.disclosure.suppression import Hidden, hidden_cells
from cryptodrug_assets.indicators.rows import IndicatorOptions
from cryptodrug_assets.indicators.windows import monthly_contributions
from cryptodrug_assets.observation import CONTRACTS_DIR, UserError
from cryptodrug_assets.settings import Settings
from cryptodrug_assets.storage.store import TableStore, content_hash
from cryptodrug_assets.versions import PACKAGE, content_of, file_hash, package_version

Manifest = dict[str, Any]
FORMAT = 1
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_UNLICENSED = ("", "not stated", "unknown", "none")
_CODE = (
    "capture", "markets", "cleaning", "indicators", "study", "pipeline", "quality", "reference", "checks", "publishing",
    "assets", "storage",
)  # fmt: skip
_LIBRARIES = ("polars", "duckdb", "numpy", "scipy", "statsmodels", "ruptures", "selectolax", "deltalake")


@dataclass(frozen=True)
class Difference:
    """Something that is not as the manifest says: which part, and what."""

    part: str
    what: str


def make_manifest(
    name: str,
    settings: Settings,
    cleaning: CleaningOptions,
    options: IndicatorOptions,
    *,
    made_at: datetime | None = None,
) -> Manifest:
    """The manifest of the present state, made now or at the moment given.

    Raises UserError when there is nothing to release, or when captures that are not synthetic state no licence.
    """
    if not _NAME.fullmatch(name):
        raise UserError(f"'{name}' is no name for a release; use letters, digits, dots, dashes, such as 2019-11.1")
    store = TableStore(settings.tables)
    if not store.exists("indicators", "shares"):
        raise UserError("no indicators to release yet; run `cryptodrug backfill` first")
    sources = licences(store)
    return {
        "format": FORMAT,
        "release": name,
        "audience": "internal: for those who hold the archive, not for publication",
        "made_at": (made_at or datetime.now(UTC)).isoformat(timespec="seconds"),
        "mark": "SYNTHETIC" if any(source["synthetic"] for source in sources) else None,
        "sources": sources,
    } | present_state(settings, store, cleaning, options)


def present_state(
    settings: Settings, store: TableStore, cleaning: CleaningOptions, options: IndicatorOptions
) -> Manifest:
    """The parts of a manifest that describe the state: code, contracts, references, options, archive and tables."""
    return {
        "code": {
            "version": package_version(),
            "content": {part: content_of(part) for part in _CODE},
            "python": platform.python_version(),
            "libraries": {name: metadata.version(name) for name in _LIBRARIES},
        },
        "contracts": {
            item.name: {
                "version": item.version,
                "sha256": file_hash(CONTRACTS_DIR / "tables" / item.layer / f"{item.table}.odcs.yaml"),
            }
            for item in contracts.all_contracts()
        },
        "references": {
            path.name: file_hash(path)
            for path in sorted([*(PACKAGE / "reference").rglob("*.csv"), *(CONTRACTS_DIR / "markets").glob("*.yaml")])
        },
        "options": {"cleaning": _plain(cleaning), "indicators": _plain(options), "seed": settings.seed,
                    "profile": settings.profile},
        "archive": archive_digests(settings.archive),
        "tables": table_contents(store),
    }  # fmt: skip


def licences(store: TableStore) -> list[dict[str, Any]]:
    """Where the captures come from: market, whether synthetic, licence and number of pages.

    Raises UserError naming the first market and month whose captures are not synthetic and state no licence.
    """
    captures = store.read("raw", "captures").filter(pl.col("outcome") == "done")
    licence = pl.col("provenance").str.json_path_match("$.licence").str.strip_chars()
    captured = captures.with_columns(licence=licence.fill_null(""))
    bad = captured.filter(~pl.col("synthetic") & pl.col("licence").str.to_lowercase().is_in(_UNLICENSED))
    if bad.height:
        market, month = bad.select("market", "month").row(0)
        raise UserError(
            f"{bad.height:,} pages are neither synthetic nor licensed, such as those of {market} {month:%Y-%m}: they"
            " cannot be released; import them with their licence (`cryptodrug import-archive --licence`)"
        )
    counted = (
        captured.group_by("market", "synthetic", "licence").agg(pages=pl.len()).sort("market", "synthetic", "licence")
    )
    return [dict(row) | {"licence": row["licence"] or None} for row in counted.iter_rows(named=True)]


def archive_digests(root: Path) -> dict[str, dict[str, str]]:
    """sha256 of every segment by "market|month" and file; an open segment counts as the bytes it has."""
    digests: dict[str, dict[str, str]] = {}
    for path in sorted(root.glob("*/*/[0-9]*.warc.gz*")):
        cell = f"{path.parent.parent.name}|{path.parent.name}"
        digests.setdefault(cell, {})[path.name] = file_hash(path)
    return digests


def table_contents(store: TableStore) -> dict[str, Any]:
    """Version, contract, rows and content hash per table and partition ("*" for a table without partitions)."""
    versions = store.versions()
    contents: dict[str, Any] = {}
    for contract in contracts.all_contracts():
        if not store.exists(contract.layer, contract.table):
            continue
        try:
            frame = store.read(contract.layer, contract.table)
        except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as err:
            raise UserError(f"{contract.name} cannot be read, its files are damaged or gone: {_line(err)}") from err
        parts = sorted(_parts(contract, frame).items())
        contents[contract.name] = {
            "version": versions[contract.name],
            "contract": contract.version,
            "partitions": {cell: {"rows": part.height, "content_hash": content_hash(part)} for cell, part in parts},
        }
    return contents


def _parts(contract: contracts.Contract, frame: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The partitions of a table by name: "market|month", the wave of a survey, or "*" for a table without any."""
    if not contract.partitioned:
        return {"*": frame}
    if contract.of_wave:
        return {str(wave): part for (wave,), part in frame.partition_by("wave", as_dict=True).items()}
    cells = frame.partition_by("market", "month", as_dict=True)
    return {f"{market}|{month:%Y-%m}": part for (market, month), part in cells.items()}


def differences(manifest: Manifest, state: Manifest, *, contents_only: bool = False) -> list[Difference]:
    """What in the present state is not as the manifest says; tables and archive alone with `contents_only`.

    Numbers of table versions are no difference: they say where the rows are kept, not what they are.
    """
    found: list[Difference] = []
    parts = (
        ("archive", "tables") if contents_only else ("code", "contracts", "references", "options", "archive", "tables")
    )
    for part in parts:
        before, after = (_flat(found_in.get(part, {})) for found_in in (manifest, state))
        for key in sorted(before.keys() | after.keys()):
            if key.endswith(".version") and part == "tables":
                continue
            if before.get(key) != after.get(key):
                found.append(Difference(part, f"{key}: {_short(before.get(key))}, now {_short(after.get(key))}"))
    return found


def unreadable(manifest: Manifest, store: TableStore) -> list[Difference]:
    """Tables whose released version can no longer be read, or holds other rows than the manifest says."""
    found: list[Difference] = []
    for name, table in manifest["tables"].items():
        layer, _, short = name.partition(".")
        try:
            frame = store.read(layer, short, version=table["version"])
        except (Exception, pl.exceptions.PanicException) as err:  # noqa: BLE001 - whatever makes it unreadable is the finding
            found.append(Difference("versions", f"{name} version {table['version']} cannot be read: {_line(err)}"))
            continue
        parts = _parts(contracts.load(layer, short), frame)
        for cell, part in table["partitions"].items():
            chosen = parts.get(cell, frame.clear())
            if content_hash(chosen) != part["content_hash"]:
                found.append(Difference("versions", f"{name} version {table['version']}, {cell}: holds other rows"))
    return found


@dataclass(frozen=True)
class Suppressed:
    """What the present public tables hide; worked out when it is first asked for, and once."""

    store: TableStore
    options: IndicatorOptions

    @cached_property
    def contributions(self) -> pl.DataFrame:
        """What each vendor adds to each cell."""
        tables = ("listings", "vendors", "transactions")
        return monthly_contributions({name: self.store.read("clean", name) for name in tables})

    @cached_property
    def cells(self) -> Hidden:
        """The hidden cells by measure."""
        return hidden_cells(self.contributions, self.options)

    def told_by(self, manifest: Manifest) -> dict[str, list[Cell]]:
        """By measure the hidden cells that the public tables of an earlier release give away."""
        needed = ("activity_public", "shares_window_public", "specialisation_window_public")
        versions = [manifest["tables"].get(f"indicators.{name}", {}).get("version") for name in needed]
        if None in versions:
            return {}
        earlier = {
            name: self.store.read("indicators", name, version=version)
            for name, version in zip(needed, versions, strict=True)
        }
        return told_beside(self.contributions, self.cells, earlier, self.options)


def manifest_text(manifest: Manifest) -> str:
    """A manifest as its file holds it: a release is cited by the sha256 of this."""
    return json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"


def read_manifest(path: Path) -> Manifest:
    """A manifest file; UserError when there is none or it is not one."""
    try:
        manifest = json.loads(path.read_text("utf-8"))
    except OSError as err:
        raise UserError(
            f"no release {path.stem}: {err.strerror}; `cryptodrug release list` shows those there are"
        ) from err
    except ValueError as err:
        raise UserError(f"{path.name} is not a release manifest: {err}") from err
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise UserError(f"{path.name} is not a release manifest of format {FORMAT}")
    return manifest


def _plain(options: CleaningOptions | IndicatorOptions) -> dict[str, Any]:
    return {name: _stated(value) for name, value in asdict(options).items()}


def _stated(value: object) -> object:
    """An option in a manifest: of a file its name and contents, wherever it lies."""
    if isinstance(value, Path) and value.is_file():
        return f"{value.name} {hashlib.sha256(value.read_bytes()).hexdigest()}"
    return value if isinstance(value, int | float | bool) else str(value)


def _flat(value: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    return dict(_pairs(value, prefix))


def _pairs(value: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, inner in value.items():
        name = f"{prefix}.{key}" if prefix else key
        if isinstance(inner, Mapping):
            yield from _pairs(inner, name)
        else:
            yield name, inner


def _short(value: object) -> str:
    return "absent" if value is None else str(value)[:16]


def _line(err: BaseException) -> str:
    return " ".join(str(err).split())[:120]
