"""`cryptodrug explain` on a home made from an archive: every table, the right pages, damage, and help with mistakes."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cryptodrug_assets import contracts
from cryptodrug_assets.capture.archive.warc import segment_path
from cryptodrug_assets.storage.store import TableStore
from cryptodrug_assets_tests.integration.archives import cryptodrug

APRIL = ("--market", "empire", "--month", "2019-04")
# Published tables are explained through the table they come from; a process for each takes minutes.
TABLES = [
    pytest.param(contract.table, marks=[pytest.mark.slow] if contract.table.endswith("_public") else [])
    for contract in contracts.all_contracts()
    if contract.layer == "indicators" and not contract.of_wave
]


def explained(home: Path, *arguments: str) -> list[dict[str, Any]]:
    result = cryptodrug(home, "explain", *arguments, "--json")
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.parametrize("table", TABLES)
def test_every_indicator_table_can_be_explained(archive_home: Path, table: str) -> None:
    store = TableStore(archive_home / "tables")
    if not store.exists("indicators", table):
        pytest.skip(f"{table} is no asset yet")
    result = cryptodrug(archive_home, "explain", table, "--pages", "1")
    if store.read("indicators", table).is_empty():
        assert result.returncode == 2 and f"{table} holds no rows" in result.stderr
        return
    assert result.returncode == 0, result.stderr
    # Two months of a tiny world have no migrants and few who stay: zeros and missing values have nothing behind them.
    nothing = "a true zero" in result.stdout or "missing" in result.stdout
    assert "re-verified" in result.stdout or (
        table.removesuffix("_public") in ("migration", "survival", "shocks") and nothing
    )
    assert "no rule says" not in result.stdout


def test_a_share_is_explained_down_to_its_records(archive_home: Path) -> None:
    """Belgium's share of Empire's transactions: the pages are those that the parsed tables name for these sales."""
    (found,) = explained(archive_home, "shares", *APRIL, "--country", "BE", "--indicator", "SH03", "--pages", "999")
    store = TableStore(archive_home / "tables")
    sales = store.read("clean", "transactions", "empire", "2019-04").filter("is_drug")
    own = sales.filter(pl.col("origins").list.contains("BE"))
    assert own.height > 0
    assert found["counted"]["transactions"] == own.height
    assert found["compared"]["transactions"] == sales.height
    offers = store.read("clean", "listings", "empire", "2019-04")
    named = offers.filter(pl.col("listing_key").is_in(own["listing_key"].to_list()))
    pages = {*own["capture_id"], *named["capture_id"]}
    assert {page["capture_id"] for page in found["captures"]} == pages
    assert found["verified"] == found["pages"] + found["further_pages"] >= len(pages)
    index = store.read("raw", "captures", "empire", "2019-04").filter(pl.col("capture_id").is_in(list(pages)))
    places = {(row["warc_file"], row["warc_offset"], row["payload_digest"]) for row in index.iter_rows(named=True)}
    assert {(p["warc_file"], p["warc_offset"], p["payload_digest"]) for p in found["captures"]} == places


def test_a_page_of_the_next_months_archive_is_read_there(archive_home: Path) -> None:
    store = TableStore(archive_home / "tables")
    before = store.read("clean", "transactions", "empire", "2019-04")
    later = store.read("raw", "captures", "empire", "2019-05").filter(pl.col("page_kind") == "vendor")["capture_id"][0]
    first = pl.int_range(pl.len()) == pl.int_range(pl.len()).filter("is_drug").first()
    moved = before.with_columns(capture_id=pl.when(first).then(pl.lit(later)).otherwise("capture_id"))
    store.commit("clean", "transactions", moved, "empire", "2019-04")
    try:
        (found,) = explained(
            archive_home, "activity", *APRIL, "--country", "W", "--indicator", "LV03", "--pages", "999"
        )
    finally:
        store.commit("clean", "transactions", before, "empire", "2019-04")
    assert found["in_next_months_archive"] == 1
    assert [page["capture_id"] for page in found["captures"] if page["month"] == "2019-05"] == [later]
    assert found["verified"] == found["pages"]


def test_names_may_be_written_as_users_write_them(archive_home: Path) -> None:
    one = explained(archive_home, "shares", *APRIL, "--country", "BE", "--indicator", "SH01")
    assert explained(archive_home, "indicators.shares", *APRIL, "--country", "be", "--indicator", "SH01") == one


def test_a_suppressed_value_is_called_so(archive_home: Path) -> None:
    """Two vendors stand behind Belgium's figures of the tiny world: hidden in the public table, not missing."""
    result = cryptodrug(archive_home, "explain", "shares_public", *APRIL, "--country", "BE", "--indicator", "SH03")
    assert result.returncode == 0, result.stderr
    assert "SH03 empire 2019-04 BE all: suppressed ratio" in result.stdout
    assert "published it would tell of few vendors; the table it comes from has the value" in result.stdout
    assert "missing" not in result.stdout


def test_windows_group_their_pages_by_month(archive_home: Path) -> None:
    result = cryptodrug(archive_home, "explain", "shares_window", "--market", "empire", "--indicator", "SH03_mean")
    assert result.returncode == 0, result.stderr
    assert "pages by month: empire 2019-04" in result.stdout
    assert "empire/2019-04/" in result.stdout


def test_a_statement_is_explained_through_its_indicator(archive_home: Path) -> None:
    result = cryptodrug(archive_home, "explain", "study_scorecard", "--statement", "32")
    assert result.returncode == 0, result.stderr
    assert "statement 32 (empire): over 90 % under 200 euros" in result.stdout
    assert "TS01:200 empire" in result.stdout and "re-verified" in result.stdout


@pytest.mark.parametrize("damage", ["byte", "cut", "gone"])
def test_damage_is_named_with_file_and_offset(archive_home: Path, damage: str) -> None:
    (found,) = explained(archive_home, "shares", *APRIL, "--country", "BE", "--indicator", "SH01")
    page = found["captures"][0]
    path = segment_path(archive_home / "archive" / "empire" / "2019-04", page["warc_file"])
    good = path.read_bytes()
    path.chmod(0o640)
    middle = page["warc_offset"] + page["warc_length"] // 2
    try:
        if damage == "byte":
            path.write_bytes(good[:middle] + bytes([good[middle] ^ 0xFF]) + good[middle + 1 :])
        elif damage == "cut":
            path.write_bytes(good[:middle])
        else:
            path.unlink()
        result = cryptodrug(archive_home, "explain", "shares", *APRIL, "--country", "BE", "--indicator", "SH01")
    finally:
        path.write_bytes(good)
        path.chmod(0o440)
    assert result.returncode == 2
    assert page["warc_file"] in result.stderr
    # A missing file or a cut fails at the first record that is read there; a changed byte in the record itself.
    assert f"at {page['warc_offset']}" in result.stderr or damage != "byte"
    assert " at " in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nonsense"], "no indicator table 'nonsense'; there are activity"),
        (["shares", "--market", "silkroad"], "unknown market 'silkroad'"),
        (["shares", "--market", "empire", "--month", "2018-11"], "empire was not observed in 2018-11"),
        (["shares", "--market", "empire", "--month", "2019-06"], "has not been materialised"),
        (["shares", *APRIL, "--country", "XX"], "shares has no country XX for empire 2019-04; there are"),
        (["shares", *APRIL, "--indicator", "SH09"], "shares has no indicator SH09"),
        (["shares", "--market", "all"], "shares has no pooled values"),
        (["trends", "--statement", "9"], "--statement goes with study_scorecard only"),
        (["study_scorecard", "--statement", "99"], "study_scorecard has no statement 99; there are 1, "),
    ],
)
def test_mistakes_are_answered_with_what_there_is(archive_home: Path, arguments: list[str], message: str) -> None:
    result = cryptodrug(archive_home, "explain", *arguments)
    assert result.returncode == 2
    assert message in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_nothing_identifying_is_printed(archive_home: Path) -> None:
    store = TableStore(archive_home / "tables")
    result = cryptodrug(archive_home, "explain", "shares", *APRIL, "--pages", "999")
    text = result.stdout + json.dumps(explained(archive_home, "shares", *APRIL, "--pages", "999"))
    assert "capture " in text
    names = store.read("parsed", "vendors", "empire", "2019-04")["vendor_name"].drop_nulls()
    keys = store.read("clean", "vendors", "empire", "2019-04")["vendor_key"]
    hidden = {*names, *keys, "http://"}
    assert [name for name in hidden if name in text] == []
