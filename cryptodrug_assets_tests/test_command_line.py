"""The command line as its user meets it: errors in one line, nothing a terminal would obey, interrupts."""

import csv
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from cryptodrug_assets import cli, interrupts

ESCAPE = "\x1b[31mCANARY\x1b]0;pwn\x07\x9b2J"


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int | str | None:
    monkeypatch.setattr(sys, "argv", ["cryptodrug", *arguments])
    with pytest.raises(SystemExit) as end:
        cli.main()
    return end.value.code


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ui", "--port", "99999"], "Invalid value for '--port': Input should be less than or equal to 65535"),
        (["ui", "--port", "-1"], "Invalid value for '--port': Input should be greater than"),
        (
            ["replica", "serve", "--port", "99999"],
            "Invalid value for '--port': Input should be less than or equal to 65535",
        ),
        (["replica", "serve", "--port", "-1"], "Invalid value for '--port': Input should be greater than"),
        (["ui", "--host", "nonsense.invalid"], "--host nonsense.invalid is no address"),
        (["ui", "--host", "192.0.2.1"], "no address of this machine"),
        (["backfill", "--market", ""], "unknown market ''"),
        (["backfill", "--from", ""], "'' is not a month"),
        (["backfill", "--market", ESCAPE], "unknown market '\\x1b[31mCANARY"),
        (["backfill", "--select", ESCAPE], "unknown group '\\x1b[31mCANARY"),
        (["explain", ESCAPE], "no indicator table '\\x1b[31mCANARY"),
        (["explain", "shares", "--month", ""], "'' is not a month"),
        (["parse", "--market", ESCAPE, "x"], "\\x1b[31mCANARY"),
        (["release", "make", ESCAPE], "\\x1b[31mCANARY"),
        (["release", "verify", ESCAPE], "\\x1b[31mCANARY"),
        (["try", "drug", "--market", ESCAPE, "x"], "\\x1b[31mCANARY"),
        (["import-archive", "--market", "dream", "--month", ESCAPE, "x"], "\\x1b[31mCANARY"),
        (["sql", "--format", ESCAPE, "select 1"], "\\x1b[31mCANARY"),
        ([ESCAPE], "\\x1b[31mCANARY"),
        (["backfill", "--market", "x" * 100_000], "characters)"),
    ],
)
def test_wrong_use_is_one_printable_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert run(monkeypatch, *arguments) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and lines[0].startswith("error: ")
    assert said in lines[0]
    assert lines[0].isprintable() and len(lines[0]) < 2_200


def test_a_port_that_is_taken(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert run(monkeypatch, "ui", "--port", str(port)) == 2
    assert f"cannot listen on port {port} of 127.0.0.1" in capsys.readouterr().err


@pytest.fixture
def warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CRYPTODRUG_HOME", str(tmp_path))
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE t (title VARCHAR)")
        connection.execute("INSERT INTO t VALUES (?), ('=cmd|x')", [ESCAPE])
    return path


@pytest.mark.usefixtures("warehouse")
@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_answers_hold_nothing_a_terminal_obeys(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    query = "select title, {'inner': title} as nested, [title] as list from t"
    assert run(monkeypatch, "sql", query, "--format", form) == 0
    out = capsys.readouterr().out
    assert "CANARY" in out
    assert [character for character in out if not character.isprintable() and character != "\n"] == []
    if form == "json":
        assert json.loads(out.splitlines()[0]) == {"title": ESCAPE, "nested": {"inner": ESCAPE}, "list": [ESCAPE]}
    if form == "csv":
        [first, second] = csv.DictReader(io.StringIO(out))
        assert first["title"].startswith("\\x1b[31mCANARY") and second["title"] == "=cmd|x"


@pytest.mark.usefixtures("warehouse")
def test_nested_answers_in_csv_and_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    query = """select {'a': 1, 'b': 'x'} as s, map {'k': 1.5::decimal(9,2)} as m, [[1, 2], [3]] as n,
        [{'a': date '2019-04-01'}] as l, ['a', 'b'] as t, [1, null] as o, 'ab'::blob as b,
        'nan'::double as f, null as z"""
    assert run(monkeypatch, "sql", query, "--format", "csv") == 0
    [row] = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert json.loads(row["s"]) == {"a": 1, "b": "x"}
    assert json.loads(row["m"]) == {"k": "1.50"}
    assert json.loads(row["n"]) == [[1, 2], [3]]
    assert json.loads(row["l"]) == [{"a": "2019-04-01"}]
    assert (row["t"], row["o"], row["b"], row["z"]) == ("a; b", "[1, null]", "6162", "")
    assert run(monkeypatch, "sql", query, "--format", "json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["n"] == [[1, 2], [3]] and found["f"] is None and found["l"] == [{"a": "2019-04-01"}]


@pytest.mark.usefixtures("warehouse")
def test_a_type_that_cannot_be_printed_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "sql", "select interval 1 day as i", "--format", "csv") == 2
    assert "cast it to VARCHAR" in capsys.readouterr().err


# A shell lets what it starts in the background ignore SIGINT, and so all that is started from there.
_HEARD = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_is_one_line_and_130(tmp_path: Path, number: int) -> None:
    """At any moment from the first import on; the replica's server is work without an end."""
    # Watched before it is asked: on a busy machine `main` may not have begun when the signal comes.
    watched = "from cryptodrug_assets import interrupts; interrupts.watch(); "
    code = f"{_HEARD}{watched}from cryptodrug_assets.cli import main; print('on', flush=True); main()"
    for wait in (0.0, 0.6, 3.0):
        command = [sys.executable, "-c", code, "replica", "serve", "--port", "0", "--profile", "tiny"]
        environment = os.environ | {"CRYPTODRUG_HOME": str(tmp_path)}
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        ) as running:
            assert running.stdout is not None
            assert running.stdout.readline() == "on\n"
            time.sleep(wait + 0.05)
            running.send_signal(number)
            _, err = running.communicate(timeout=240)
        assert err.splitlines() == ["interrupted; what was captured is kept: run the same command again to continue"]
        assert running.returncode == 130


def test_an_interrupt_that_a_library_swallows_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interrupts, "_asked", False)
    interrupts.watch()
    assert not interrupts.asked()
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGTERM)
    assert interrupts.asked()


def test_a_command_starts_without_the_heavy_libraries() -> None:
    """Each of them is a second of waiting before a command says the first word."""
    heavy = (
        "dagster",
        "polars",
        "duckdb",
        "deltalake",
        "great_expectations",
        "playwright",
        "altair",
        "scipy",
        "sqlalchemy",
    )
    code = "import sys; import cryptodrug_assets.commands.app; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert [name for name in heavy if name in done.stdout.split()] == []
