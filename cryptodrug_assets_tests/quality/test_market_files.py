"""Market files: what is wrong is named in one line, in the library and on the command line."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cryptodrug_assets import contracts
from cryptodrug_assets.checks.lint import lint_file
from cryptodrug_assets.observation import CONTRACTS_DIR, UserError, market_configs

GOOD = (CONTRACTS_DIR / "markets" / "dream.yaml").read_text("utf-8")
BAD = [
    ("clock: none", "clok: none", "unknown key clok"),
    ("start: 2018-11", "start: 2018-13", "window.start: '2018-13' is not a month"),
    ("start: 2018-11", "start: 18-11", "window.start: '18-11' is not a month"),
    ("start: 2018-11", "start: 2019-11", "the window ends (2019-03) before it starts (2019-11)"),
    ("start: 2018-11, ", "", "window.start is not set"),
    ("min: 20,", "min: 3000000,", "min 3000000 is above max 2000000"),
    ("min: 20,", "min: few,", "expected.pages.min"),
    ("pages: {", "pags: {", "expected.pags"),
    ("precision: day", "precision: hour", "events.0.precision"),
    ("date: 2019-03-26", "date: 2019-02-31", "not YAML"),
    ("name: dream", "name: drean", "drean is not the file's name"),
    ("source: replica", "source: internet", "source: Input should be 'live', 'archive', 'replica' or 'table'"),
    ("mode: nav", "mode: fast", "capture.mode"),
    (
        "feedback_source: vendor ",
        "feedback_source: vendors ",
        "feedback_source: Input should be 'vendor', 'listing' or 'vendor_else_listing'",
    ),
    (
        "feedback_source: vendor ",
        "# ",
        "feedback_source is not set; set it to one of vendor, listing, vendor_else_listing (docs/add-a-market.md)",
    ),
    ("concurrency: 2", "concurrency: 900", "capture.concurrency"),
    ("label: Dream Market", "label: [", "not YAML"),
    ("delay_ms: [0, 0]", "delay_ms: [-5, 10]", "capture.delay_ms.0"),
    ("delay_ms: [0, 0]", "delay_ms: [20, 10]", "the longest delay (10) is shorter"),
    ("concurrency: 2", "concurrency: 2\n  max_pages: -1", "capture.max_pages"),
    ("concurrency: 2", "concurrency: 2\n  render_sample: .nan", "capture.render_sample"),
    (
        "label: Dream Market",
        "label: Dream Market\nlive: {base_url: 'javascript:alert(1)'}",
        "live: base_url is no address",
    ),
    ("label: Dream", "live: {base_url: 'file:///etc'}\nlabel: Dream", "live: base_url is no address"),
    (
        "label: Dream Market",
        "label: Dream Market\nlive: {base_url: 'http://u:p@a.onion'}",
        "live: base_url is no address",
    ),
]


@pytest.mark.parametrize(("old", "new", "message"), BAD, ids=[row[1] or row[0] for row in BAD])
def test_a_bad_market_file_is_one_clear_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in GOOD
    (tmp_path / "dream.yaml").write_text(GOOD.replace(old, new, 1), "utf-8")
    with pytest.raises(UserError) as caught:
        market_configs(tmp_path)
    text = str(caught.value)
    assert message in text
    assert text.startswith("markets/dream.yaml ") and "\n" not in text


def spoil_folder(path: Path) -> None:
    path.mkdir()


def spoil_link(path: Path) -> None:
    path.symlink_to("nowhere.yaml")


def spoil_bytes(path: Path) -> None:
    path.write_bytes(GOOD.encode("utf-16"))


SPOILT = [(spoil_folder, "cannot be read: Is a directory"), (spoil_link, "link to a file that is not there"),
          (spoil_bytes, "is not UTF-8")]  # fmt: skip


@pytest.mark.parametrize(("spoil", "message"), SPOILT)
def test_no_file_in_a_market_files_place(tmp_path: Path, spoil: Callable[[Path], None], message: str) -> None:
    spoil(tmp_path / "dream.yaml")
    with pytest.raises(UserError, match=rf"^markets/dream\.yaml .*{message}"):
        market_configs(tmp_path)


@pytest.mark.parametrize(("spoil", "message"), SPOILT)
def test_no_file_in_a_contracts_place(tmp_path: Path, spoil: Callable[[Path], None], message: str) -> None:
    folder = tmp_path / "clean"
    folder.mkdir()
    spoil(folder / "odd.odcs.yaml")
    with pytest.raises(UserError, match=rf"^clean/odd\.odcs\.yaml .*{message}"):
        contracts.load_file(folder / "odd.odcs.yaml")
    assert len(lint_file(folder / "odd.odcs.yaml")) == 1


def test_on_the_command_line_too(tmp_path: Path) -> None:
    """The files are read when the package is imported; even then it is one line and no traceback."""
    shutil.copytree(CONTRACTS_DIR, tmp_path / "data_contracts")
    shutil.copytree(CONTRACTS_DIR.parent / "cryptodrug_assets", tmp_path / "cryptodrug_assets")
    bad = tmp_path / "data_contracts" / "markets" / "dream.yaml"
    bad.write_text(GOOD.replace("clock: none", "clok: none", 1), "utf-8")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from cryptodrug_assets.cli import main; main()"
    result = subprocess.run([sys.executable, "-c", code, "status"], capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert result.stderr == "error: markets/dream.yaml is not valid: unknown key clok (and 1 more)\n"
