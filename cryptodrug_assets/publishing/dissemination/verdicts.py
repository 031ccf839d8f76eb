"""The checks of a release's tree, each a verdict with what it found; asked before approval and again on publication."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from zipfile import BadZipFile

import polars as pl

from cryptodrug_assets.publishing.dissemination.changes import OBSERVATIONS
from cryptodrug_assets.publishing.dissemination.leaks import Needles, leaks
from cryptodrug_assets.publishing.dissemination.tree import faults_of_seal
from cryptodrug_assets.publishing.exchange.dcat import dcat_faults
from cryptodrug_assets.publishing.exchange.structure import codes_of
from cryptodrug_assets.publishing.exchange.violations import structure_faults, violations
from cryptodrug_assets.publishing.explorer.data import observations_of
from cryptodrug_assets.publishing.words import LANGUAGES
from cryptodrug_assets.publishing.words.missing import missing

Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Verdict:
    """A check of a release: its name, and what it found, nothing where it passed."""

    check: str
    found: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing was found."""
        return not self.found


def verdicts(files: Files, observed: pl.DataFrame, needles: Needles) -> list[Verdict]:
    """Every check of the tree itself; `observed` is exchange.observations as the tables of record have it."""
    asked: Mapping[str, Callable[[], Sequence[str]]] = {
        "words": _without_words,
        "seal": lambda: faults_of_seal(files),
        "sdmx structure": lambda: structure_faults(files),
        "sdmx data": lambda: violations(files[OBSERVATIONS], codes_of(observed)),
        "formats agree": lambda: formats(files, observed),
        "data package": lambda: _described(files),
        "catalogue": lambda: dcat_faults(files),
        "leak scan": lambda: leaks(files, needles),  # the ZIP archive is made of these and nothing else
    }
    return [verdict(name, ask) for name, ask in asked.items()]


def verdict(check: str, ask: Callable[[], Sequence[str]]) -> Verdict:
    """What a check finds; that it cannot be asked of files that somebody broke is a finding, too."""
    try:
        return Verdict(check, tuple(ask()))
    # XML and Turtle that cannot be read are errors of syntax.
    except (KeyError, ValueError, OSError, SyntaxError, BadZipFile, pl.exceptions.PolarsError) as err:
        return Verdict(check, (f"cannot be checked: {' '.join(str(err).split())[:160]}",))


@lru_cache(maxsize=1)
def _without_words() -> Sequence[str]:
    """Words are those of the program: they do not change while it runs."""
    return missing()


def formats(files: Files, observed: pl.DataFrame) -> list[str]:
    """CSV, Parquet, SDMX-CSV and explorer hold the rows of exchange.observations, each double as it is."""
    found = []
    for (name,), part in observed.partition_by("dataset", as_dict=True).items():
        wanted = part.drop("dataset", "freq")
        parquet = pl.read_parquet(BytesIO(files[f"data/{name}.parquet"]))
        csv = pl.read_csv(BytesIO(files[f"data/{name}.csv"]), schema=parquet.schema)
        found += [
            f"data/{name}.{kind} is not the table of record"
            for kind, frame in (("parquet", parquet), ("csv", csv))
            if not frame.equals(wanted)
        ]
    sdmx = pl.read_csv(BytesIO(files[OBSERVATIONS]), infer_schema=False)
    same = sdmx.select(pl.col(name.upper()).alias(name) for name in observed.columns if name != "dataset")
    same = same.with_columns(
        pl.col(name).cast(dtype) for name, dtype in observed.schema.items() if name != "dataset"
    ).with_columns(pl.col("obs_value").fill_nan(None))
    if not same.equals(observed.drop("dataset")):
        found.append(f"{OBSERVATIONS} is not the table of record")
    wanted = observed.sort(pl.all())
    for name in (f"report/explorer.{language}.html" for language in LANGUAGES):
        if not observations_of(files[name].decode()).select(wanted.columns).equals(wanted):
            found.append(f"{name} is not the table of record")
    return found


def _described(files: Files) -> list[str]:
    """Digests and sizes in datapackage.json are those of the files."""
    found = []
    for resource in json.loads(files["datapackage.json"])["resources"]:
        data = files.get(resource["path"])
        if data is None:
            found.append(f"{resource['path']} is described and no file")
        elif resource["hash"] != f"sha256:{hashlib.sha256(data).hexdigest()}":
            found.append(f"{resource['path']} has another digest than described")
    return found
