"""Copies of the tree with other markets in them, and the command run there in processes of its own."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from cryptodrug_assets_tests.conftest import REPOSITORY

GUIDE = REPOSITORY / "docs" / "add-a-market.md"
_IGNORED = shutil.ignore_patterns("__pycache__")
_WINDOW = re.compile(r"^window:.*$", re.MULTILINE)
# "## 1. What is given: `path`", then the first block of code below it.
_FILE = re.compile(r"^## \d\. [^\n`]*`([^`\n]+)`\n.*?^```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def files_of_the_guide() -> dict[str, str]:
    """Path and content of the files that the guide says to write."""
    return dict(_FILE.findall(GUIDE.read_text("utf-8")))


def copied(folder: Path, windows: Mapping[str, str]) -> Path:
    """The tree with these markets alone, each with this window ("2018-11 2018-12"): a few months instead of all."""
    for name in ("cryptodrug_assets", "data_contracts"):
        shutil.copytree(REPOSITORY / name, folder / name, ignore=_IGNORED)
    for name in ("dagster.yaml", "workspace.yaml"):
        shutil.copy(REPOSITORY / name, folder)
    for path in (folder / "data_contracts" / "markets").glob("*.yaml"):
        if path.stem not in windows:
            path.unlink()
            (folder / "cryptodrug_assets" / "reference" / "categories" / f"{path.stem}.csv").unlink()
            module = folder / "cryptodrug_assets" / "markets" / path.stem
            module.with_suffix(".py").unlink() if module.with_suffix(".py").exists() else shutil.rmtree(module)
            continue
        start, end = windows[path.stem].split()
        text, found = _WINDOW.subn(f"window: {{start: {start}, end: {end}}}", path.read_text("utf-8"))
        assert found == 1
        path.write_text(text, "utf-8")
    return folder


def add_market(tree: Path, files: Mapping[str, str]) -> None:
    """Write files into the tree; none of them may be there."""
    for name, text in files.items():
        path = tree / name
        assert not path.exists()
        path.write_text(text, "utf-8")


def run(
    tree: Path, home: Path, *arguments: str, seconds: float = 1200, **more: str
) -> subprocess.CompletedProcess[str]:
    """`cryptodrug` of that tree on a home, in a process of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CRYPTODRUG_")}
    environment |= {
        "PYTHONPATH": str(tree),
        "CRYPTODRUG_CONFIG": os.devnull,
        "CRYPTODRUG_HOME": str(home),
        "CRYPTODRUG_PROFILE": "tiny",
        "CRYPTODRUG_SEED": "11",
        "CRYPTODRUG_BOOTSTRAP": "50",
        "CRYPTODRUG_ENGINE": "duckdb",
        **more,
    }
    command = [sys.executable, "-c", "from cryptodrug_assets.cli import main; main()", *arguments]
    return subprocess.run(
        command, cwd=tree, env=environment, capture_output=True, text=True, check=False, timeout=seconds
    )
