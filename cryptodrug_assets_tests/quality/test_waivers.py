"""Waivers: a failure let pass with reason and role warns and is published, on record wherever one looks."""

import json
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest
from typer.testing import CliRunner

from cryptodrug_assets.commands.app import app
from cryptodrug_assets.observation import UserError
from cryptodrug_assets.quality import waivers
from cryptodrug_assets.settings import Settings
from cryptodrug_assets.storage.store import TableStore
from cryptodrug_assets_tests.checks.published import CELL, TAKEN, asset_over, clean_frames
from cryptodrug_assets_tests.frames import rows

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
# A decision that dropped no row: the blocking rule `reason` of clean.decisions.
BAD = rows("clean", "decisions", {**TAKEN, "decision_id": 0, "n_rows": 0})
RULE = "clean.decisions.reason"
WHY = "the archive's own export counts no rows"


@pytest.fixture
def path() -> Path:
    return waivers.waivers_file(Settings().home)


def _run(tmp_path: Path, frames: dict | None = None) -> dg.ExecuteInProcessResult:  # type: ignore[type-arg]
    asset = asset_over(TableStore(tmp_path / "tables"), frames or clean_frames() | {"decisions": BAD})
    partition = dg.MultiPartitionKey({"market": CELL[0], "month": CELL[1]})
    return dg.materialize([asset], partition_key=partition, raise_on_error=False)


def _why(result: dg.ExecuteInProcessResult) -> str:
    failure = next(event for event in result.all_events if event.is_step_failure)
    return str(failure.step_failure_data.user_failure_data.description)  # type: ignore[union-attr]


def test_a_blocked_month_names_the_command_that_lets_it_pass(tmp_path: Path) -> None:
    text = _why(_run(tmp_path))
    assert f"`cryptodrug waive --market dream --month 2018-11 --rule {RULE} --reason TEXT --role ROLE`" in text


def test_a_waived_failure_warns_and_is_published_with_who_and_why(tmp_path: Path, path: Path) -> None:
    waivers.add(path, *CELL, RULE, WHY, "Data Engineer", now=NOW)
    result = _run(tmp_path)
    assert result.success
    check = next(c for c in result.get_asset_check_evaluations() if not c.passed)
    assert (check.check_name, check.severity) == ("reasons", dg.AssetCheckSeverity.WARN)
    said = f"waived on 2026-11-28 by data engineer: {WHY}"
    assert said in str(check.description)
    assert said in str(check.metadata["waived"].value)
    for made in result.asset_materializations_for_node("clean_tables"):
        assert said in str(made.metadata["waivers"].value)
    import deltalake

    facts = deltalake.DeltaTable(str(tmp_path / "tables" / "clean" / "decisions")).history(1)[0]
    assert json.loads(facts["waivers"])[0]["rule"] == RULE


def test_a_waiver_is_of_one_cell_and_rule_and_ends_when_revoked(tmp_path: Path, path: Path) -> None:
    waivers.add(path, "dream", "2018-12", RULE, WHY, "researcher", now=NOW)
    waivers.add(path, *CELL, "clean.vendors.counters", WHY, "researcher", now=NOW)
    assert not _run(tmp_path).success
    waivers.add(path, *CELL, RULE, WHY, "researcher", now=NOW)
    assert _run(tmp_path).success
    waivers.revoke(path, *CELL, RULE, now=NOW)
    assert not _run(tmp_path).success
    # The record keeps what was.
    assert [json.loads(line)["action"] for line in path.read_text("utf-8").splitlines()] == ["waive"] * 3 + ["revoke"]


def test_what_is_made_of_a_waived_layer_says_so_and_what_it_is_made_of_does_not(tmp_path: Path, path: Path) -> None:
    for rule in ("raw.captures.walls", "indicators.activity.sales"):
        waivers.add(path, *CELL, rule, WHY, "researcher", now=NOW)
    for made in _run(tmp_path, clean_frames()).asset_materializations_for_node("clean_tables"):
        assert "raw.captures.walls" in str(made.metadata["waivers"].value)
        assert "indicators.activity.sales" not in str(made.metadata["waivers"].value)
    assert path.stat().st_mode & 0o077 == 0


def test_a_waiver_does_not_let_a_misfit_or_a_broken_rule_pass(tmp_path: Path, path: Path) -> None:
    waivers.add(path, *CELL, RULE, WHY, "researcher", now=NOW)
    frames = clean_frames() | {"decisions": BAD.drop("rule")}
    assert not _run(tmp_path, frames).success


@pytest.mark.parametrize(
    ("rule", "reason", "role", "says"),
    [
        ("clean.decisions.pk_unique", WHY, "researcher", "cannot be waived"),
        ("clean.decisions.columns", WHY, "researcher", "cannot be waived"),
        ("indicators.activity_public.hidden", WHY, "researcher", "cannot be waived"),
        ("clean.listings.rows", WHY, "researcher", "cannot be waived"),
        ("raw.captures.pages_most", WHY, "researcher", "cannot be waived"),
        ("clean.decisions.no_such", WHY, "researcher", "there is no rule"),
        ("known_page", WHY, "researcher", "there are several rules"),
        (RULE, "ok", "researcher", "needs a reason"),
        (RULE, "x" * 400, "researcher", "400 characters"),
        (RULE, WHY, "j.doe@example.org", "never a name"),
        (RULE, WHY, "", "never a name"),
    ],
)
def test_what_cannot_be_waived_is_told_and_not_written(
    path: Path, rule: str, reason: str, role: str, says: str
) -> None:
    with pytest.raises(UserError, match=says):
        waivers.add(path, *CELL, rule, reason, role, now=NOW)
    assert not path.exists()


def test_a_damaged_record_is_an_error_and_not_no_waiver(path: Path) -> None:
    waivers.add(path, *CELL, RULE, WHY, "researcher", now=NOW)
    path.write_text(path.read_text("utf-8") + '{"action": "waive", "market"\n', "utf-8")
    with pytest.raises(UserError, match="line 2"):
        waivers.in_force(path)


def test_the_command_records_lists_and_revokes() -> None:
    runner = CliRunner()
    cell = ["--market", "dream", "--month", "2018-11"]

    def call(*arguments: str) -> str:
        return runner.invoke(app, ["waive", *arguments], catch_exceptions=False).output

    assert "no waivers" in call("--list")
    made = call(*cell, "--rule", RULE, "--reason", WHY, "--role", "data engineer")
    assert RULE in made and "next: cryptodrug backfill --market dream --from 2018-11 --to 2018-11" in made
    assert f"dream 2018-11 {RULE}: waived on" in call("--list")
    with pytest.raises(UserError, match="waived already"):
        call(*cell, "--rule", RULE, "--reason", WHY, "--role", "data engineer")
    assert "revoked" in call(*cell, "--rule", RULE, "--revoke")
    with pytest.raises(UserError, match="no waiver of"):
        call(*cell, "--rule", RULE, "--revoke")
    with pytest.raises(UserError, match="--reason and --role"):
        call(*cell, "--rule", RULE)
