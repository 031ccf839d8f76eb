"""Bulletins of a home: where each edition goes, who may read it, what is noted; command, asset and release."""

import hashlib
import json
import shutil
import stat
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest
from typer.testing import CliRunner

from cryptodrug_assets.commands.app import app
from cryptodrug_assets.definitions import definitions_on
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.publishing.bulletin import sending
from cryptodrug_assets.publishing.bulletin.content import AMBER
from cryptodrug_assets.publishing.dissemination.tree import PAGES, Material
from cryptodrug_assets.publishing.package.facts import Facts, publisher
from cryptodrug_assets.resources.platform import Platform
from cryptodrug_assets.settings import Settings
from cryptodrug_assets_tests.publishing.bulletin.world import observed
from cryptodrug_assets_tests.publishing.dissemination.homes import captured, desk, opened

CLOCK = datetime(2019, 6, 3, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def made_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("bulletins") / "home"
    desk(home)
    return home


@pytest.fixture
def home(made_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(made_home, tmp_path / "home")
    monkeypatch.setenv("CRYPTODRUG_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_edition_for_all_goes_into_the_reports(home: Path) -> None:
    printed = CliRunner().invoke(app, ["bulletin", "2019-04", "--language", "nl"])
    assert printed.exit_code == 0, printed.output
    there = {path.name: mode(path) for path in (home / "reports" / "bulletin").iterdir()}
    assert there == dict.fromkeys(["2019-04.nl.pdf", "2019-04.csv", "2019-04.json"], 0o644)
    assert not (home / "restricted").exists()


def test_the_restricted_edition_is_for_its_owner_alone_and_noted(home: Path) -> None:
    for to in ("Post Ltd", "Customs & Co"):
        printed = CliRunner().invoke(app, ["bulletin", "2019-04", "--edition", "amber", "--to", to, "--language", "fr"])
        assert printed.exit_code == 0, printed.output
    root = home / "restricted"
    for folder in (root, root / "bulletin", root / "bulletin" / "post-ltd", root / "bulletin" / "customs-co"):
        assert mode(folder) == 0o700
    names = {"2019-04.amber.fr.pdf", "2019-04.amber.csv", "2019-04.amber.json"}
    paths = {path.name: path for path in (root / "bulletin" / "post-ltd").iterdir()}
    assert set(paths) == names and {mode(path) for path in paths.values()} == {0o600}
    first, second = (json.loads(line) for line in (root / "bulletin" / "sent.jsonl").read_text("utf-8").splitlines())
    assert (first["to"], second["to"], first["edition"], first["month"]) == (
        "Post Ltd", "Customs & Co", "TLP:AMBER", "2019-04",
    )  # fmt: skip
    assert first["sha256"] == {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in paths.items()}
    assert datetime.fromisoformat(first["at"]).tzinfo is not None
    assert mode(root / "bulletin" / "sent.jsonl") == 0o600
    assert not (home / "reports").exists()


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (["2019-04", "--edition", "amber"], "TLP:AMBER is for a named organisation; give it with --to"),
        (["2019-04", "--edition", "amber", "--to", " "], "TLP:AMBER is for a named organisation; give it with --to"),
        (["2019-04", "--edition", "amber", "--to", "&&"], "is no name of an organisation; write it with letters"),
        (["2019-04", "--to", "Post Ltd"], "TLP:CLEAR is for all; leave out --to"),
        (["2019-04", "--edition", "red"], "'red' is no edition; choose clear or amber"),
        (["2019-04", "--language", "de"], "'de' is no language of bulletins; choose en, nl, fr"),
        (["2019-02"], "2019-02 has no public values; there are values of 2019-04 to 2019-05"),
        (["2019-4x"], "'2019-4x' is not a month"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(home: Path, given: list[str], why: str) -> None:
    result = CliRunner().invoke(app, ["bulletin", *given])
    assert result.exit_code != 0 and why in str(result.exception)
    assert isinstance(result.exception, UserError) and "\n" not in str(result.exception)
    assert not (home / "restricted").exists() and not (home / "reports").exists()


def test_nothing_real_is_sent_while_nobody_publishes(home: Path) -> None:
    captured(opened(home), synthetic=False)
    store = opened(home).store
    made = sending.make_bulletin(store, "2019-04", country="BE", min_coverage=0.9, edition=AMBER, audience="Post Ltd")
    assert not made.synthetic
    with pytest.raises(UserError, match="still names example.org"):
        sending.write_restricted(made, home, ["nl"], clock=CLOCK)
    assert not (home / "restricted").exists()


def test_the_asset_makes_the_month_and_shows_it(home: Path) -> None:
    platform = Platform.of(Settings(home=home))
    definitions = definitions_on(dg.ResourceDefinition.hardcoded_resource(platform))
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    with dg.DagsterInstance.ephemeral() as instance:
        job = definitions.resolve_job_def("bulletin")
        result = job.execute_in_process(instance=instance, partition_key="2019-05", run_config=quiet)
    (made,) = result.asset_materializations_for_node("publication__bulletin")
    assert made.partition == "2019-05"
    preview = made.metadata["preview"].value
    assert "# Shipping bulletin no. 7: May 2019" in str(preview) and "TLP:CLEAR" in str(preview)
    assert sorted(path.name for path in (home / "reports" / "bulletin").iterdir()) == [
        "2019-05.csv", "2019-05.en.pdf", "2019-05.fr.pdf", "2019-05.json", "2019-05.nl.pdf",
    ]  # fmt: skip


def test_a_release_holds_the_bulletin_of_its_last_month() -> None:
    facts = Facts("2019-05.1", CLOCK, True, publisher(), "2019-04", "2019-05", ("empire",))
    (part,) = (part for part in PAGES if part.__name__ == "_bulletin")
    made = part(Material(observed(), {}, (), facts))
    assert list(made) == [f"bulletin/2019-05.{end}" for end in ("en.pdf", "nl.pdf", "fr.pdf", "csv", "json")]
    assert json.loads(made["bulletin/2019-05.json"])["issued"] == "2019-06-03"
    # Of June nothing but its coverage is known.
    later = Facts("2019-06.1", CLOCK, True, publisher(), "2019-04", "2019-06", ("empire",))
    assert part(Material(observed(), {}, (), later)) == {}
