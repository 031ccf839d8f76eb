"""Erasure from a real home: every byte of it is searched for what was erased; aggregates and the rest of the evidence
stay."""

import gzip
import re
import shutil
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest
from typer.testing import CliRunner

from cryptodrug_assets import contracts
from cryptodrug_assets.capture.archive import journal
from cryptodrug_assets.capture.archive.verify import verify
from cryptodrug_assets.capture.archive.warc import scan_members
from cryptodrug_assets.cleaning import corrections
from cryptodrug_assets.cleaning.pseudonyms import Pseudonyms
from cryptodrug_assets.commands.app import app
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.replica.archive import write_archive
from cryptodrug_assets.resources.platform import Platform
from cryptodrug_assets.retention import log
from cryptodrug_assets.runs.backfill import run_cells
from cryptodrug_assets.runs.instance import open_instance
from cryptodrug_assets.settings import Settings
from cryptodrug_assets.storage.store import TableStore

CELL = ("dream", "2018-11")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home with one month, from pages to figures, and a warehouse."""
    home = tmp_path_factory.mktemp("made") / "data"
    settings = Settings(home=home, source="archive", engine="duckdb", bootstrap=0, parse_workers=1)
    write_archive("tiny", 7, *CELL, archive_root=settings.archive, hmac_key=b"0" * 32)
    platform = Platform.of(settings)
    patch = pytest.MonkeyPatch()
    with patch.context() as given, open_instance(settings) as instance:
        given.setenv("CRYPTODRUG_HOME", str(home))
        for group in ("raw", "parsed", "clean", "indicators"):
            [run] = run_cells(instance, [CELL], select=group, tag="t", platform=platform, on_run=lambda *_: None)
            assert run.error is None, run.error
    with duckdb.connect() as connection:
        from cryptodrug_assets.storage import warehouse

        warehouse.publish(connection, platform.store, settings.warehouse)
    patch.undo()
    return settings


@pytest.fixture
def home(made: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A copy of it, to erase in."""
    shutil.copytree(made.home, tmp_path / "data")
    monkeypatch.setenv("CRYPTODRUG_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("CRYPTODRUG_SOURCE", "archive")
    return Settings()


def contents(path: Path) -> Iterator[bytes]:
    """The bytes of a file as they are, and unpacked where it is an archive."""
    data = path.read_bytes()
    yield data
    if ".warc.gz" in path.name:
        with path.open("rb") as file:
            yield from (plain for _, _, plain in scan_members(file))
    elif path.suffix == ".wacz":
        with zipfile.ZipFile(path) as bundle:
            for name in bundle.namelist():
                held = bundle.read(name)
                yield gzip.decompress(held) if name.endswith(".gz") else held
    elif path.suffix == ".parquet":
        yield pl.read_parquet(path).write_ndjson().encode()
    elif path.name == "warehouse_restricted.duckdb":
        with duckdb.connect(str(path), read_only=True) as connection:
            for schema, table in connection.sql("select schema_name, table_name from duckdb_tables()").fetchall():
                yield str(connection.sql(f'select * from "{schema}"."{table}"').fetchall()).encode()


def files_with(folder: Path, word: bytes) -> list[str]:
    """Files of the home in which the word stands by itself."""
    pattern = re.compile(rb"(?<![0-9A-Za-z_])" + re.escape(word) + rb"(?![0-9A-Za-z_])", re.IGNORECASE)
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return [
        path.relative_to(folder).as_posix() for path in files if any(pattern.search(part) for part in contents(path))
    ]


def erase(*words: str) -> str:
    result = CliRunner().invoke(app, ["erase", *words, "--why", "request of the data subject", "--yes"])
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output


def aggregates(settings: Settings) -> dict[str, pl.DataFrame]:
    store = TableStore(settings.tables)
    return {table: store.read("indicators", table) for table in ("activity", "shares", "coverage", "drug_mix")}


def test_a_vendor_is_gone_from_every_byte_and_nothing_else_breaks(home: Settings) -> None:
    store = TableStore(home.tables)
    offers = store.read("parsed", "listings", columns=["vendor_name"]).drop_nulls()["vendor_name"]
    name, other = offers.value_counts(sort=True)["vendor_name"].head(2).to_list()
    key = Pseudonyms.load(home.keys).pseudonym("vendor", f"dream|{name}")
    before, figures = store.versions(), aggregates(home)
    assert len(files_with(home.home, name.encode())) >= 5
    erase("--vendor", key)
    assert files_with(home.home, name.encode()) == []
    assert {path for path in files_with(home.home, key.encode()) if not path.startswith("erasures")} == set()
    # What is left of the archive is whole, and the tables say where it lies.
    findings = verify(home.archive, *CELL)
    assert findings.problems == []
    assert findings.pages == store.read("raw", "captures").filter(pl.col("warc_file").is_not_null()).height > 0
    assert store.read("parsed", "listings").filter(pl.col("vendor_name") == other).height > 0
    assert all(frame.equals(figures[table]) for table, frame in aggregates(home).items())
    assert store.versions().keys() == before.keys()
    [_, done] = log.entries(home.home)
    assert (done["what"], done["key"], done["why"]) == ("vendor", key, "request of the data subject")
    assert done["pages"] > 0 and done["rows"] > 0
    # Nobody has that key any more.
    again = CliRunner().invoke(app, ["erase", "--vendor", key, "--why", "x", "--yes"])
    assert "no vendor in the parsed tables has the key" in str(again.exception)


def test_a_month_is_gone_its_figures_stay_and_it_is_not_made_again(home: Settings) -> None:
    store = TableStore(home.tables)
    captures = store.read("raw", "captures", columns=["url", "capture_id"])
    titles = store.read("parsed", "listings", columns=["title"]).drop_nulls()["title"].unique().head(3).to_list()
    figures, facts = aggregates(home), store.facts("parsed", "listings")["dream|2018-11"]
    assert files_with(home.home, titles[0].encode())
    output = erase("--market", "dream", "--month", "2018-11")
    assert f"{captures['url'].len()}" in output
    for word in (*titles, captures["url"].drop_nulls()[0], captures["capture_id"][0]):
        assert files_with(home.home, word.encode()) == []
    assert not (home.archive / "dream" / "2018-11").exists()
    assert all(frame.equals(figures[table]) for table, frame in aggregates(home).items())
    # For whoever decides what is due nothing changed, and by hand it is refused.
    assert store.facts("parsed", "listings")["dream|2018-11"]["content_hash"] == facts["content_hash"]
    platform = Platform.of(home)
    with open_instance(home) as instance:
        [run] = run_cells(instance, [CELL], select="clean", tag="t", platform=platform, on_run=lambda *_: None)
    assert run.error is not None and "dream 2018-11 was erased (parsed, raw; see erasures.jsonl)" in run.error
    # The month before would lose the later feedback that it counted; the one after it reads nothing of it.
    with pytest.raises(UserError, match="dream 2018-10 is not made again"):
        platform.require_kept("dream", "2018-10", also_next=True)
    platform.require_kept("dream", "2018-12", also_next=True)
    assert all(frame.equals(figures[table]) for table, frame in aggregates(home).items())


def test_keys_are_erased_and_pseudonyms_stay(home: Settings) -> None:
    secrets = [path.read_bytes() for path in home.keys.glob("pseudonym-*.key")]
    assert len(secrets) == 6
    erase("--keys")
    held = [path.read_bytes() for path in home.home.rglob("*") if path.is_file()]
    assert not any(secret in data for secret in secrets for data in held)
    assert TableStore(home.tables).read("clean", "vendors").height > 0


def test_what_is_past_its_term_is_erased_and_nothing_else(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRYPTODRUG_KEEP_RAW_MONTHS", "2000")
    assert "nothing is past its term" in erase("--expired")
    monkeypatch.setenv("CRYPTODRUG_KEEP_RAW_MONTHS", "12")
    assert "erasing: dream 2018-11 raw\n" in erase("--expired")
    store = TableStore(home.tables)
    assert store.read("raw", "captures").is_empty()
    assert store.read("parsed", "listings").height > 0
    assert "nothing is past its term" in erase("--expired")


def test_rows_of_a_vendor_go_where_the_pages_are_gone_and_others_stay(home: Settings) -> None:
    """The pages of the month first, then one vendor: the rows of all others are still there."""
    store = TableStore(home.tables)
    offers = store.read("parsed", "listings", columns=["vendor_name"]).drop_nulls()["vendor_name"]
    name = offers.value_counts(sort=True)["vendor_name"][0]
    key = Pseudonyms.load(home.keys).pseudonym("vendor", f"dream|{name}")
    erase("--market", "dream", "--month", "2018-11", "--layer", "raw")
    erase("--vendor", key)
    left = store.read("parsed", "listings")["vendor_name"].drop_nulls()
    assert sorted(left) == sorted(other for other in offers if other != name)


def _row(contract: contracts.Contract) -> dict[str, object]:
    """A row of a table with something in every column that has to have it."""
    made = {pl.String: "x", pl.Date: date(2018, 11, 1), pl.Boolean: True}
    return {
        column.name: (column.enum[0] if column.enum else made.get(dtype.base_type(), ["x"] if dtype == pl.List else 1))
        if column.required
        else None
        for column, dtype in zip(contract.columns, contract.polars_schema.dtypes(), strict=True)
    }


def test_a_link_goes_whichever_side_the_vendor_stands_on(home: Settings) -> None:
    store, contract = TableStore(home.tables), contracts.load("clean", "vendor_links")
    name = store.read("parsed", "listings", columns=["vendor_name"]).drop_nulls()["vendor_name"][0]
    key = Pseudonyms.load(home.keys).pseudonym("vendor", f"dream|{name}")
    blank = _row(contract)
    sides = [("a" * 16, key), (key, "b" * 16), ("c" * 16, "d" * 16)]
    rows = [blank | {"vendor_key": one, "other_vendor_key": other} for one, other in sides]
    store.commit("clean", "vendor_links", pl.DataFrame(rows, schema=contract.polars_schema), metadata={})
    lines = [f"vendor_link,dream,{pair},same_vendor,,yes,seen,researcher,2026-11-29,\n"
             for pair in (f"{key}+{'b' * 16}", f"{'c' * 16}+{'d' * 16}")]  # fmt: skip
    home.corrections_file.write_text(",".join(corrections.COLUMNS) + "\n" + "".join(lines))
    erase("--vendor", key)
    assert store.read("clean", "vendor_links")["vendor_key"].to_list() == ["c" * 16]
    assert home.corrections_file.read_text() == ",".join(corrections.COLUMNS) + "\n" + lines[1]


def test_what_began_and_did_not_end_is_still_past_its_term(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRYPTODRUG_KEEP_RAW_MONTHS", "12")
    entry = {"what": "month", "market": "dream", "month": "2018-11", "layers": ["raw"], "why": "x", "state": "begun"}
    log.note(home.home, entry, datetime.now(UTC))
    assert "erasing: dream 2018-11 raw\n" in erase("--expired")
    assert not (home.archive / "dream" / "2018-11").exists()


def test_tables_of_a_survey_are_no_months(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    store, contract = TableStore(home.tables), contracts.load("raw", "survey_files")
    row = _row(contract) | {"wave": "2019"}
    frame = pl.DataFrame([row], schema=contract.polars_schema)
    store.commit("raw", "survey_files", frame, metadata={}, partition={"wave": "2019"})
    before = store.versions()["raw.survey_files"]
    monkeypatch.setenv("CRYPTODRUG_KEEP_RAW_MONTHS", "12")
    assert "erasing: dream 2018-11 raw\n" in erase("--expired")
    assert store.versions()["raw.survey_files"] == before


def test_nothing_goes_where_a_journal_is_lost(home: Settings) -> None:
    (home.archive / "dream" / "2018-11" / journal.FILE).unlink()
    result = CliRunner().invoke(app, ["erase", "--market", "dream", "--month", "2018-11", "--why", "x", "--yes"])
    assert "the journal of dream 2018-11 is gone" in str(result.exception)
    assert log.entries(home.home) == [] and (home.archive / "dream" / "2018-11").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "say what to erase"),
        (["--market", "dream"], "say what to erase"),
        (["--vendor", "x", "--keys"], "say what to erase"),
        (["--market", "dream", "--month", "2018-11"], "give it with --why"),
        (["--market", "dream", "--month", "2018-11", "--layer", "clean"], "raw or parsed"),
        (["--market", "nowhere", "--month", "2018-11", "--why", "x"], "unknown market 'nowhere'"),
        (["--market", "dream", "--month", "2018-12", "--why", "x", "--yes"], "nothing of dream 2018-12 to erase"),
    ],
)
def test_what_cannot_be_erased_is_said(words: list[str], said: str) -> None:
    result = CliRunner().invoke(app, ["erase", *words])
    assert result.exit_code != 0
    assert said in str(result.exception)


def test_without_yes_it_only_says_what_would_go(home: Settings) -> None:
    result = CliRunner().invoke(app, ["erase", "--market", "dream", "--month", "2018-11", "--why", "x"])
    assert result.output == "would erase: dream 2018-11 raw, parsed\nnothing was erased; add --yes to do it\n"
    assert (home.archive / "dream" / "2018-11").exists()
    assert log.entries(home.home) == []


def test_a_home_is_restored_from_its_two_backups(
    home: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As docs/operate.md tells it: data and keys apart, brought together in another folder."""
    shutil.copytree(home.home, tmp_path / "backup", ignore=shutil.ignore_patterns("keys"))
    shutil.copytree(home.keys, tmp_path / "vault")
    figures = aggregates(home)
    shutil.rmtree(home.home)
    shutil.copytree(tmp_path / "backup", tmp_path / "restored")
    monkeypatch.setenv("CRYPTODRUG_HOME", str(tmp_path / "restored"))
    without = CliRunner().invoke(app, ["keys", "check"])
    assert "restore it from its backup" in str(without.exception)
    shutil.copytree(tmp_path / "vault", tmp_path / "restored" / "keys")
    for command in (["verify"], ["keys", "check"], ["status"]):
        result = CliRunner().invoke(app, command)
        assert result.exit_code == 0, (command, result.output, result.exception)
    assert all(frame.equals(figures[table]) for table, frame in aggregates(Settings()).items())
