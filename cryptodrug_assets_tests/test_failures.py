"""What the machine refuses, as the libraries report it, is one line with a way out; a fault of the program is not."""

import errno
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from cryptodrug_assets.failures import in_a_line


def raised(action: object) -> BaseException:
    with pytest.raises(BaseException) as caught:  # noqa: PT011 - whatever the library makes of it
        action()  # type: ignore[operator]
    return caught.value


def test_a_full_disk_below_a_database(tmp_path: Path) -> None:
    """SQLite's own limit of pages is what it says of a full disk."""
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'runs.db'}")
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE t (x)")
        connection.exec_driver_sql("PRAGMA max_page_count = 2")
        error = raised(lambda: connection.exec_driver_sql("INSERT INTO t VALUES (zeroblob(100000))"))
    assert type(error).__module__.startswith("sqlalchemy")
    line = in_a_line(error)
    assert line is not None and line.startswith("the disk is full; free some space") and "\n" not in line


def test_a_full_disk_below_a_file_wherever_it_is_wrapped() -> None:
    def step() -> None:
        try:
            with Path("/dev/full").open("wb", buffering=0) as file:
                file.write(b"x")
        except OSError as err:
            raise RuntimeError("the step failed") from err

    assert "the disk is full" in (in_a_line(raised(step)) or "")
    assert "the disk is full (a/b)" in (in_a_line(OSError(errno.ENOSPC, "voll", "a/b")) or "")


def test_a_damaged_record_of_runs(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    path.write_bytes(b"garbage" * 1000)
    engine = sa.create_engine(f"sqlite:///{path}")
    line = in_a_line(raised(lambda: engine.connect().exec_driver_sql("SELECT * FROM t")))
    assert line is not None and "is damaged" in line and "the tables are not in it" in line


def test_rights_and_memory() -> None:
    assert "look at its rights" in (in_a_line(PermissionError(errno.EACCES, "denied", "x")) or "")
    assert "memory" in (in_a_line(MemoryError()) or "")


@pytest.mark.parametrize(
    "error", [KeyError("x"), ValueError("no such table"), sqlite3.OperationalError('near "SELEC": syntax error'),
              FileNotFoundError(errno.ENOENT, "no", "x")]
)  # fmt: skip
def test_faults_of_the_program_stay_what_they_are(error: Exception) -> None:
    assert in_a_line(error) is None
