"""The data package: three formats hold the same values by key, others' readers accept it, two builds are the same."""

import hashlib
import json
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import polars as pl
import pytest
import yaml

from cryptodrug_assets.errors import UserError
from cryptodrug_assets.publishing.exchange.observations import observations
from cryptodrug_assets.publishing.package.build import data_package
from cryptodrug_assets.publishing.package.tables import package_tables, without_values
from cryptodrug_assets.publishing.package.workbook import HEADER_ROW
from cryptodrug_assets_tests.frames import rows
from cryptodrug_assets_tests.publishing.package.given import facts
from cryptodrug_assets_tests.publishing.public import public_tables, value

STATEMENT = {"statement": "29", "says": "mean 75 euros", "value": 75.0, "indicator": "TS03", "verdict": "reproduced"}
Key = tuple[Any, ...]


def tables() -> Any:
    card = rows("indicators", "study_scorecard_public", STATEMENT | {"market": "empire"}).drop("month", strict=False)
    return package_tables(observations(public_tables()), {"study_scorecard": card})


@pytest.fixture(scope="module")
def package() -> dict[str, bytes]:
    return data_package(tables(), facts())


def written(files: dict[str, bytes], folder: Path) -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def of_workbook(data: bytes, table: str) -> Iterator[dict[str, Any]]:
    sheet = openpyxl.load_workbook(BytesIO(data), data_only=False)[table]
    lines = list(sheet.iter_rows(min_row=HEADER_ROW + 1, values_only=True))
    for line in lines[1:]:
        yield dict(zip(lines[0], line, strict=True))


def test_csv_parquet_and_workbooks_hold_the_same_by_key(package: dict[str, bytes]) -> None:
    for table in (one for one in tables() if one.observations):
        parquet = pl.read_parquet(package[f"data/{table.name}.parquet"])
        csv = pl.read_csv(package[f"data/{table.name}.csv"], schema=parquet.schema)
        assert parquet.equals(table.frame), table.name
        assert csv.equals(parquet), table.name  # every bit of every double
        codes = ["obs_value", "lower_bound", "upper_bound", "obs_status", "coverage", "obs_count"]
        wanted = {row[:6]: row[6:] for row in parquet.select(*table.key, *codes).iter_rows()}
        for language in ("fr",):  # the others differ in their words alone
            found = {
                tuple(row[name] for name in table.key): tuple(row[name] for name in codes)
                for row in of_workbook(package[f"data/cryptodrug.{language}.xlsx"], table.name)
            }
            assert found.keys() == wanted.keys()
            for key, cells in found.items():
                for cell, other in zip(cells, wanted[key], strict=True):
                    # A workbook keeps sixteen digits.
                    assert cell == (pytest.approx(other, rel=1e-15) if isinstance(other, float) else other), key


def test_zero_missing_suppressed_and_low_differ_in_the_workbook(package: dict[str, bytes]) -> None:
    notes = {}
    for row in of_workbook(package["data/cryptodrug.nl.xlsx"], "shares"):
        notes[row["indicator"], row["ref_area"], row["time_period"]] = (row["obs_value"], row["Noot"])
    assert notes["SH01", "NL", "2019-04"] == (None, "[c]")
    assert notes["SH01", "BE", "2019-04"] == (0, "[e]")
    assert notes["SH03", "BE", "2019-05"][1] == "[low]"
    assert notes["SH01_bound", "BE", "2019-04"] == (None, "[x]")


def test_the_workbook_is_in_its_language_and_has_no_formula(package: dict[str, bytes]) -> None:
    book = openpyxl.load_workbook(BytesIO(package["data/cryptodrug.fr.xlsx"]))
    assert book.sheetnames[:3] == ["Couverture", "Contenu", "Notes"]
    assert len(book.sheetnames) == 3 + len(tables())
    assert book.properties.title.startswith("SYNTHETIC")
    labels = {row["Lieu"] for row in of_workbook(package["data/cryptodrug.fr.xlsx"], "shares")}
    assert {"Belgique", "Pays-Bas", "Provenance inconnue"} <= labels
    kinds = {cell.data_type for sheet in book for line in sheet.iter_rows() for cell in line}
    assert "f" not in kinds


def test_text_that_looks_like_a_formula_stays_text_or_is_refused(package: dict[str, bytes]) -> None:
    from cryptodrug_assets.publishing.package.workbook import workbook

    said = STATEMENT | {"market": "empire", "why": "1-2 of =3"}
    card = rows("indicators", "study_scorecard_public", said)
    made = package_tables(observations(public_tables()), {"study_scorecard": card})
    book = openpyxl.load_workbook(BytesIO(workbook(made, facts(), "en")))
    cells = {cell.value: cell.data_type for line in book["study_scorecard"].iter_rows() for cell in line}
    assert cells["1-2 of =3"] == "s"
    card = rows("indicators", "study_scorecard_public", said | {"why": "=cmd()"})
    with pytest.raises(UserError, match=r"study_scorecard\.why begins like a formula in 1 rows"):
        package_tables(observations(public_tables()), {"study_scorecard": card})


def test_nothing_to_publish_is_refused() -> None:
    hidden = {"shares": rows("indicators", "shares_public", value("SH03", "BE", None, obs_status="C"))}
    with pytest.raises(UserError, match="every value is missing or confidential"):
        package_tables(observations(hidden), {})
    both = hidden | {"coverage": public_tables()["coverage"]}
    assert without_values(package_tables(observations(both), {})) == ["shares"]


def test_frictionless_accepts_it_and_finds_planted_faults(package: dict[str, bytes], tmp_path: Path) -> None:
    frictionless = pytest.importorskip("frictionless")
    few = {"coverage", "shares"}
    descriptor = json.loads(package["datapackage.json"])
    kept = [r for r in descriptor["resources"] if r["path"].split("/")[1].split(".")[0] in few]
    folder = written(package, tmp_path)

    def report(resources: list[dict[str, Any]]) -> Any:
        text = json.dumps(descriptor | {"resources": resources})
        (folder / "datapackage.json").write_text(text, "utf-8")
        return frictionless.Package(str(folder / "datapackage.json")).validate()

    assert report(kept).valid, report(kept).flatten(["note", "message"])
    stale = json.loads(json.dumps(kept))
    stale[0]["hash"] = f"sha256:{'0' * 64}"
    assert not report(stale).valid
    twice = folder / "data" / "coverage.csv"
    lines = twice.read_text("utf-8").splitlines()
    twice.write_text("\n".join([*lines, lines[-1]]) + "\n", "utf-8")
    assert not report(kept).valid


def test_hashes_and_sizes_are_those_of_the_files(package: dict[str, bytes]) -> None:
    for resource in json.loads(package["datapackage.json"])["resources"]:
        data = package[resource["path"]]
        assert resource["hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
        assert resource.get("bytes", len(data)) == len(data)


def test_the_sql_makes_a_view_of_every_table(
    package: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(written(package, tmp_path))
    connection = duckdb.connect()
    connection.execute(package["data/load.sql"].decode())
    assert connection.sql("SELECT obs_value FROM shares WHERE ref_area = '_U'").fetchall() == [(0.25,)]
    views = connection.sql("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()
    assert {name for (name,) in views} == {table.name for table in tables()} | {"codebook"}
    words = connection.sql("SELECT nl, fr FROM codebook WHERE \"column\" = 'ref_area' AND code = 'BE'").fetchall()
    assert words == [("België", "Belgique")]


def test_every_code_of_every_table_is_in_the_code_book(package: dict[str, bytes]) -> None:
    book = pl.read_csv(package["data/codebook.csv"], infer_schema=False)
    listed = {(row["column"], row["code"]) for row in book.iter_rows(named=True)}
    for table in (one for one in tables() if one.observations):
        for column in ("ref_area", "market", "drug_class", "obs_status", "method", "param", "unit_measure"):
            assert {(column, code) for code in table.frame[column]} <= listed
    assert book.select(pl.col("en", "nl", "fr").null_count()).row(0) == (0, 0, 0)


def test_citation_and_deposits_name_the_release(package: dict[str, bytes]) -> None:
    cff = yaml.safe_load(package["CITATION.cff"])
    assert cff["cff-version"] == "1.2.0" and cff["version"] == "2019-05.1" and cff["type"] == "dataset"
    assert {"message", "title", "authors"} <= cff.keys()
    assert str(cff["date-released"]) == "2019-06-03"
    zenodo = json.loads(package["deposit/zenodo.json"])["metadata"]
    assert zenodo["title"].startswith("SYNTHETIC: ") and zenodo["upload_type"] == "dataset"
    fields = json.loads(package["deposit/dataverse.json"])["datasetVersion"]["metadataBlocks"]["citation"]["fields"]
    assert {"title", "author", "datasetContact", "dsDescription", "subject"} <= {field["typeName"] for field in fields}


def test_two_builds_are_the_same_bytes_and_another_moment_shows(package: dict[str, bytes]) -> None:
    assert data_package(tables(), facts()) == package
    names = zipfile.ZipFile(BytesIO(package["data/cryptodrug.nl.xlsx"])).infolist()
    assert {item.date_time for item in names} == {(1980, 1, 1, 0, 0, 0)}
    assert pl.read_parquet_metadata(package["data/shares.parquet"])["release"] == "2019-05.1"
