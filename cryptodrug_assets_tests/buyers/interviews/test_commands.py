"""The commands as their user meets them: what goes into the store, what stays out, one line for what cannot be."""

import stat
import sys
from pathlib import Path

import polars as pl
import pytest

from cryptodrug_assets import cli
from cryptodrug_assets.buyers.interviews.files import read_bytes
from cryptodrug_assets.buyers.interviews.model import Case, Coding, Project, Source
from cryptodrug_assets.buyers.interviews.refi_writer import write_qdpx
from cryptodrug_assets.buyers.interviews.synthetic import synthetic_project
from cryptodrug_assets.replica.interviews import synthetic_interviews
from cryptodrug_assets.storage.store import TableStore

WAVE = "2019"
# Each stands in one kind of text that must not get past the parsed layer.
CANARIES = {
    "transcript": "CANARYTEXT", "case": "CANARYCASE", "source": "CANARYSOURCE", "coder": "CANARYCODER",
    "variable": "CANARYVARIABLE", "code": "CANARYCODE",
}  # fmt: skip


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> int | str | None:
    monkeypatch.setattr(sys, "argv", ["cryptodrug", *map(str, arguments)])
    with pytest.raises(SystemExit) as end:
        cli.main()
    return end.value.code


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CRYPTODRUG_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def synthetic(tmp_path: Path) -> Path:
    path = tmp_path / "interviews.qdpx"
    path.write_bytes(write_qdpx(synthetic_project(synthetic_interviews([f"R{n}" for n in range(10)]))))
    return path


def canary_project() -> Project:
    text = f"Ja. {CANARIES['transcript']} zei hij. Nee."
    codings = (
        Coding(("Top", CANARIES["code"]), CANARIES["coder"], 4, 14),
        Coding(("Use", "Substances", "Ecstasy"), CANARIES["coder"], 15, 18),
    )
    source = Source(CANARIES["source"], text=text, codings=codings)
    case = Case(CANARIES["case"], (CANARIES["source"],), (("where", CANARIES["variable"]),))
    return Project("Real ones", "test", "refi", (CANARIES["coder"],), (), (source,), (case,))


def tables_of(home: Path) -> dict[str, pl.DataFrame]:
    names = [
        "raw.interview_files", "parsed.interview_codings", "clean.interview_codes", "indicators.interview_themes",
        "indicators.coding_agreement",
    ]  # fmt: skip
    store = TableStore(home / "tables")
    return {name: store.read(*name.split(".")) for name in names if store.exists(*name.split("."))}


def test_import_and_agreement(
    home: Path, synthetic: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "interviews", "import", synthetic, "--wave", WAVE) == 0
    said = capsys.readouterr()
    assert said.err == "" and "SYNTHETIC" in said.out and "10 interviews, 2 coders, 18 codes" in said.out
    tables = tables_of(home)
    assert len(tables) == 5 and tables["clean.interview_codes"].height == 10 * 2 * 18
    kept = home / "archive" / str(tables["raw.interview_files"]["stored_at"].item())
    assert kept.read_bytes() == synthetic.read_bytes() and stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert run(monkeypatch, "interviews", "agreement", "--wave", WAVE) == 0
    out = capsys.readouterr().out
    assert "not_inclined_to_resell" in out and "alpha" in out
    # Again the same: nothing changes but the time of the import.
    assert run(monkeypatch, "interviews", "import", synthetic, "--wave", WAVE) == 0
    again = tables_of(home)
    assert all(
        again[name].drop("imported_at", strict=False).equals(tables[name].drop("imported_at", strict=False))
        for name in tables
    )


def test_waves_stand_beside_each_other_and_files_are_replaced_only_when_asked(
    home: Path, synthetic: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.qdpx"
    other.write_bytes(write_qdpx(synthetic_project(synthetic_interviews([f"R{n}" for n in range(10)], seed=2))))
    assert run(monkeypatch, "interviews", "import", synthetic, "--wave", WAVE) == 0
    assert run(monkeypatch, "interviews", "import", synthetic, "--wave", "second") == 0
    before = tables_of(home)
    assert before["clean.interview_codes"]["wave"].n_unique() == 2
    by_wave = before["clean.interview_codes"].group_by("wave").agg(pl.col("interview_key").unique())
    assert not set(by_wave["interview_key"][0]) & set(by_wave["interview_key"][1]), "pseudonyms are of one wave"
    capsys.readouterr()
    assert run(monkeypatch, "interviews", "import", other, "--wave", WAVE) == 2
    assert "--replace" in capsys.readouterr().err
    assert all(frame.equals(before[name]) for name, frame in tables_of(home).items())
    assert run(monkeypatch, "interviews", "import", other, "--wave", WAVE, "--replace") == 0
    after = tables_of(home)
    assert set(after["raw.interview_files"].filter(wave=WAVE)["file_name"]) == {"other.qdpx"}
    assert (
        after["clean.interview_codes"]
        .filter(wave="second")
        .equals(before["clean.interview_codes"].filter(wave="second"))
    )


def test_nothing_that_was_said_or_named_gets_past_the_parsed_layer(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "real.qdpx"
    path.write_bytes(write_qdpx(canary_project()))
    assert run(monkeypatch, "interviews", "import", path, "--wave", WAVE) == 0
    said = capsys.readouterr().out
    tables = tables_of(home)
    assert CANARIES["transcript"] in tables["parsed.interview_codings"].write_csv(), "the canary sings where it may"
    for name in ("clean.interview_codes", "indicators.interview_themes", "indicators.coding_agreement"):
        text = tables[name].write_csv() + str(TableStore(home / "tables").facts(*name.split(".")))
        assert not [kind for kind, word in CANARIES.items() if word in text], name
    assert [kind for kind, word in CANARIES.items() if word in said] == ["code"], "to be declared"
    out = tmp_path / "out.qdpx"
    assert run(monkeypatch, "export", "qdpx", "--wave", WAVE, "--out", out) == 0
    project = read_bytes(out.read_bytes(), "out.qdpx").project
    assert not [kind for kind, word in CANARIES.items() if word in repr(project)]
    assert {coding.code[0] for _, _, coding in project.codings()} <= set(tables["clean.interview_codes"]["code"])
    assert len(list(project.codings())) == 2 and all(source.text is not None for source in project.sources)
    for path in sorted((home / "tables").glob("clean/**/*")) + sorted((home / "tables").glob("indicators/**/*")):
        if path.is_file():
            data = path.read_bytes()
            assert not [kind for kind, word in CANARIES.items() if word.encode() in data], path


def test_transcripts_are_exported_into_the_home_alone(
    home: Path, synthetic: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "interviews", "import", synthetic, "--wave", WAVE) == 0
    outside = tmp_path / "leak.qdpx"
    assert run(monkeypatch, "export", "qdpx", "--wave", WAVE, "--out", outside, "--with-transcripts") == 2
    assert "restricted zone" in capsys.readouterr().err and not outside.exists()
    inside = home / "archive" / "whole.qdpx"
    assert run(monkeypatch, "export", "qdpx", "--wave", WAVE, "--out", inside, "--with-transcripts") == 0
    assert stat.S_IMODE(inside.stat().st_mode) == 0o600
    back, given = (read_bytes(path.read_bytes(), "x.qdpx").project for path in (inside, synthetic))
    assert sorted(map(repr, (source.passage(coding) for _, source, coding in back.codings()))) == sorted(
        map(repr, (source.passage(coding) for _, source, coding in given.codings()))
    )
    assert run(monkeypatch, "export", "qdpx", "--wave", WAVE, "--out", inside, "--with-transcripts") == 2
    assert "exists" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["interviews", "import", "missing.qdpx", "--wave", WAVE], "cannot be read"),
        (["interviews", "import", "FILE", "--wave", "No Wave!"], "no name of a wave"),
        (["interviews", "agreement", "--wave", WAVE], "has no interviews"),
        (["export", "qdpx", "--wave", WAVE, "--out", "x.qdpx"], "has no interviews"),
        (["interviews", "import", "--wave", WAVE], "Missing argument"),
    ],
)
def test_wrong_use_is_one_line(
    home: Path, synthetic: Path, arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    assert run(monkeypatch, *(synthetic if item == "FILE" else item for item in arguments)) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ") and said in line
    assert not (home / "tables").exists() or not any((home / "tables").rglob("*.parquet"))


def test_a_dry_run_writes_nothing(home: Path, synthetic: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, "interviews", "import", synthetic, "--wave", WAVE, "--dry-run") == 0
    assert not home.exists()


def test_a_bad_file_among_good_ones_leaves_all_out(
    home: Path, synthetic: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = tmp_path / "bad.qdpx"
    bad.write_bytes(synthetic.read_bytes()[:3000])
    assert run(monkeypatch, "interviews", "import", synthetic, bad, "--wave", WAVE) == 2
    assert not home.exists()


def test_bytes_that_changed_in_the_archive_are_noticed(
    home: Path, synthetic: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "interviews", "import", synthetic, "--wave", WAVE) == 0
    (kept,) = (path for path in (home / "archive" / "interviews" / WAVE).iterdir() if path.suffix != ".json")
    kept.write_bytes(write_qdpx(canary_project()))
    out = home / "archive" / "x.qdpx"
    assert run(monkeypatch, "export", "qdpx", "--wave", WAVE, "--out", out, "--with-transcripts") == 2
    assert "not as it was" in capsys.readouterr().err and not out.exists()
