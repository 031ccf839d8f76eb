"""`cryptodrug triangulate` on the synthetic wave: known counts, what is missing is named, nothing else is touched."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from cryptodrug_assets import contracts
from cryptodrug_assets.storage.store import TableStore
from cryptodrug_assets_tests.buyers.survey.kit import run


def _joint(home: Path) -> dict[str, dict[str, object]]:
    frame = TableStore(home / "tables").read("indicators", "joint_display")
    return {row["proposition"]: row for row in frame.iter_rows(named=True)}


def test_counts_and_verdicts(
    wave_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "triangulate", "--wave", "2019") == 0
    said = capsys.readouterr().out
    rows = _joint(wave_home)
    # The study prints 60 % of 62, 4 of 68 and 9 of 10.
    assert (rows["range_draws_buyers"]["survey_k"], rows["range_draws_buyers"]["survey_n"]) == (37, 62)
    assert rows["range_draws_buyers"]["verdict"] == "partial"
    resale = rows["not_bought_to_sell"]
    assert (resale["survey_k"], resale["survey_n"], resale["interviews_k"]) == (4, 68, 9)
    assert resale["verdict"] == "complements"
    assert rows["ecstasy_is_the_main_drug"]["verdict"] == "contradicts"
    assert all(row["synthetic"] and row["market_verdict"] == "silent" for row in rows.values())
    assert said.startswith("SYNTHETIC")
    assert "37 of 62 [0.47, 0.71]" in said
    assert "missing: indicators.shipping_window; run `cryptodrug backfill`" in said


def test_a_market_speaks_when_it_is_there(
    wave_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    contract = contracts.load("indicators", "shipping_window")
    row = dict.fromkeys(contract.polars_schema) | {
        "market": "all", "month": date(2019, 11, 1), "indicator": "RT04:world", "country": "BE", "drug_class": "all",
        "value": 0.9, "lower": 0.88, "upper": 0.92, "method": "made up", "unit": "share", "n": 100, "n_vendors": 10,
    }  # fmt: skip
    frame = pl.DataFrame([row], schema=contract.polars_schema)
    read = TableStore.read

    def held(store: TableStore, layer: str, table: str, *args: object, **options: object) -> pl.DataFrame:
        return frame if table == "shipping_window" else read(store, layer, table, *args, **options)  # type: ignore[arg-type]

    exists = TableStore.exists
    monkeypatch.setattr(TableStore, "read", held)
    monkeypatch.setattr(
        TableStore, "exists", lambda store, *name, **more: name[1] == "shipping_window" or exists(store, *name, **more)
    )
    assert run(monkeypatch, "triangulate", "--wave", "2019") == 0
    # The rule wants it below 0.85; the survey supports: two sides.
    assert _joint(wave_home)["buys_near_home"]["verdict"] == "contradicts"
    assert "RT04:world 0.9 [0.88, 0.92]; 2019-11" in capsys.readouterr().out


def test_without_interviews_their_strand_is_silent_and_named(
    wave_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = TableStore(wave_home / "tables")
    store.commit("indicators", "interview_themes", store.read("indicators", "interview_themes").clear())
    assert run(monkeypatch, "triangulate", "--wave", "2019") == 0
    assert {row["interviews_verdict"] for row in _joint(wave_home).values()} == {"silent"}
    said = capsys.readouterr().out
    assert "missing: indicators.interview_themes; run `cryptodrug interviews import FILE --wave 2019`" in said


def test_a_dry_run_writes_nothing(
    wave_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "triangulate", "--wave", "2019", "--dry-run") == 0
    assert capsys.readouterr().out.rstrip().endswith("dry run: nothing was written")
    assert not TableStore(wave_home / "tables").exists("indicators", "joint_display")


@pytest.mark.parametrize(
    ("wave", "text"), [("2019", "neither survey nor interviews"), ("1999", "no propositions are declared")]
)
def test_nothing_to_put_together(
    wave: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CRYPTODRUG_HOME", str(tmp_path / "empty"))
    assert run(monkeypatch, "triangulate", "--wave", wave) == 2
    assert text in capsys.readouterr().err
    assert not (tmp_path / "empty" / "tables").exists()
