"""The warehouse: contract tables and comments, layers apart, swapped in under open readers."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pytest

from cryptodrug_assets import contracts
from cryptodrug_assets.observation import UserError
from cryptodrug_assets.storage.store import TableStore
from cryptodrug_assets.storage.warehouse import publish
from cryptodrug_assets_tests.frames import rows


@pytest.fixture
def store(tmp_path: Path) -> TableStore:
    store = TableStore(tmp_path / "tables")
    for month in (date(2018, 11, 1), date(2018, 12, 1)):
        frame = rows("clean", "vendors", {"vendor_key": "a", "month": month, "origins": ["BE"]}, {"month": month})
        store.commit("clean", "vendors", frame, "dream", month.strftime("%Y-%m"))
    store.commit("clean", "decisions", contracts.empty(contracts.load("clean", "decisions")), "dream", "2018-11")
    store.commit("parsed", "vendors", rows("parsed", "vendors", {"vendor_name": "somebody"}), "dream", "2018-11")
    return store


def published(store: TableStore, path: Path) -> dict[str, int]:
    with duckdb.connect(":memory:") as connection:
        return publish(connection, store, path)


def test_tables_types_and_comments_come_from_the_contracts(store: TableStore, tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    assert published(store, path) == {"clean.decisions": 0, "clean.vendors": 4, "parsed.vendors": 1}
    with duckdb.connect(str(path), read_only=True) as connection:
        contract = contracts.load("clean", "vendors")
        columns = connection.execute(
            "select column_name, comment from duckdb_columns() where schema_name = 'clean' and table_name = 'vendors'"
            " order by column_index"
        ).fetchall()
        assert columns == [(column.name, column.description) for column in contract.columns]
        assert connection.sql("from clean.vendors order by month, vendor_key").pl()["origins"].to_list()[1] == ["BE"]
        text = connection.execute("select comment from duckdb_tables() where table_name = 'vendors'").fetchone()
        assert text is not None
        assert contract.description in text[0]


def test_restricted_layers_go_to_a_file_of_the_owner_alone(store: TableStore, tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    published(store, path)
    restricted = tmp_path / "warehouse_restricted.duckdb"
    assert restricted.stat().st_mode & 0o777 == 0o600
    assert b"somebody" not in path.read_bytes()
    with duckdb.connect(str(restricted), read_only=True) as connection:
        assert connection.execute("select vendor_name from parsed.vendors").fetchone() == ("somebody",)


def test_a_reader_keeps_the_old_file_and_a_new_one_sees_the_new(store: TableStore, tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    published(store, path)
    code = (
        "import duckdb, sys\n"
        "with duckdb.connect(sys.argv[1], read_only=True) as c:\n"
        "    print(c.execute('select count(*) from clean.vendors').fetchone()[0], flush=True)\n"
        "    sys.stdin.readline()\n"
        "    print(c.execute('select count(*) from clean.vendors').fetchone()[0], flush=True)\n"
    )
    reader = subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert reader.stdout is not None
    assert reader.stdout.readline() == "4\n"
    store.commit("clean", "vendors", rows("clean", "vendors", {}), "dream", "2018-11")
    assert published(store, path)["clean.vendors"] == 3
    assert reader.communicate("\n", timeout=30)[0] == "4\n"
    with duckdb.connect(str(path), read_only=True) as connection:
        assert connection.execute("select count(*) from clean.vendors").fetchone() == (3,)


def test_a_failed_publication_leaves_the_old_file_and_no_rubbish(
    store: TableStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "warehouse.duckdb"
    published(store, path)
    before = path.read_bytes()

    def fail(*_: object, **__: object) -> None:
        raise UserError("no")

    monkeypatch.setattr(TableStore, "read", fail)
    with pytest.raises(UserError, match="no"):
        published(store, path)
    assert path.read_bytes() == before
    names = {file.name for file in tmp_path.iterdir()}
    assert names == {"tables", "warehouse.duckdb", "warehouse_restricted.duckdb"}


def test_publishing_nothing_gives_an_empty_warehouse(tmp_path: Path) -> None:
    assert published(TableStore(tmp_path / "tables"), tmp_path / "warehouse.duckdb") == {}
    assert (tmp_path / "warehouse.duckdb").is_file()


def test_what_may_be_published_stands_in_a_schema_of_its_own(store: TableStore, tmp_path: Path) -> None:
    """A view by the plain name, which still works after the file was renamed into place."""
    frame = rows("indicators", "shares_public", {"indicator": "SH01", "country": "BE", "value": 0.25})
    store.commit("indicators", "shares_public", frame)
    path = tmp_path / "warehouse.duckdb"
    published(store, path)
    with duckdb.connect(str(path), read_only=True) as connection:
        assert connection.execute("select value from public.shares").fetchall() == [(0.25,)]
        text = connection.execute("select comment from duckdb_views() where schema_name = 'public'").fetchone()
        assert text is not None
        assert "For publication" in text[0]
