"""`cryptodrug market new, try, enable`: files that work at once, a page that asks for nothing, one-line refusals."""

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml

from cryptodrug_assets.errors import UserError
from cryptodrug_assets.markets import get_market
from cryptodrug_assets.markets.base import ParsedPage, Problem
from cryptodrug_assets.markets.records import LISTING
from cryptodrug_assets.markets.scaffold import scaffold, write_new
from cryptodrug_assets.markets.trial import Tried, fill_rates, trial_page
from cryptodrug_assets_tests.conftest import REPOSITORY
from cryptodrug_assets_tests.markets.trees import run

HOSTILE = b"""<html><head><title>Cryptonia Market - x</title><meta http-equiv=refresh content="0;url=http://evil/">
<link rel=stylesheet href=http://evil/a.css><script>fetch('http://evil/')</script></head><body onload=x()>
<h1>\x1b[31mred \xe2\x80\xae</h1><img src=http://evil/i.png></pre></body></html>"""


class _Tags(HTMLParser):
    """Tags of a page, and the attributes that could ask for something or act."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree to write markets into."""
    folder = tmp_path_factory.mktemp("tree")
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("cryptodrug_assets", "data_contracts"):
        shutil.copytree(REPOSITORY / name, folder / name, ignore=ignored)
    for name in ("dagster.yaml", "workspace.yaml"):
        shutil.copy(REPOSITORY / name, folder)
    return folder


def _run(tree: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return run(tree, tree / "home", *arguments, CRYPTODRUG_SOURCE="archive")


def test_new_try_enable(tree: Path) -> None:
    """The road of the guide: four files whose test passes, a page tried, the market observed; each refused twice."""
    done = _run(tree, "market", "new", "silk_road", "--from", "2018-10", "--to", "2018-11")
    assert done.returncode == 0, done.stderr
    test = tree / "cryptodrug_assets_tests" / "markets" / "test_silk_road.py"
    assert test.exists()
    passed = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", str(test)],
        cwd=tree, env={"PYTHONPATH": str(tree), "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "4 passed" in passed.stdout, passed.stdout + passed.stderr
    lint = _run(tree, "contracts", "lint")
    assert "no problem" in lint.stdout, lint.stdout

    again = _run(tree, "market", "new", "silk_road", "--from", "2018-10")
    assert again.returncode == 2
    assert again.stderr == "error: there is a market 'silk_road' already; choose another name\n"

    page = tree / "page.html"
    page.write_text(re.search(r'PAGE = """(.*?)"""', test.read_text("utf-8"), re.DOTALL)[1], "utf-8")  # type: ignore[index]
    tried = _run(tree, "market", "try", "silk_road", str(page))
    assert tried.returncode == 0, tried.stderr
    assert "<td>listings</td><td>listing</td><td>price_amount</td><td>1 of 1</td>" in Path(
        tried.stdout.strip()
    ).read_text("utf-8")

    # Not observed until it is enabled: no month of it, and a way out for who asks for one.
    refused = _run(tree, "import-archive", "--market", "silk_road", "--month", "2018-10", str(page))
    assert refused.returncode == 2
    assert "cryptodrug market enable silk_road" in refused.stderr
    enabled = _run(tree, "market", "enable", "silk_road")
    assert enabled.returncode == 0, enabled.stderr
    imported = _run(
        tree, "import-archive", "--market", "silk_road", "--month", "2018-10", "--captured-at", "2018-10-30", str(page)
    )
    assert (imported.returncode, "1 pages imported" in imported.stdout) == (0, True), imported.stdout + imported.stderr
    twice = _run(tree, "market", "enable", "silk_road")
    assert (twice.returncode, "observed already" in twice.stderr) == (2, True)
    assert "no problem" in _run(tree, "contracts", "lint").stdout


@pytest.mark.parametrize(("arguments", "said"), [
    (("new", "empire", "--from", "2019-04"), "there is a market 'empire' already"),
    (("new", "apollon", "--from", "2019-04"), "there is a market 'apollon' already"),
    (("new", "tables", "--from", "2019-04"), "cryptodrug_assets/markets/tables.py is there already"),
    (("new", "Bad Name", "--from", "2019-04"), "is no name of a market"),
    (("new", "fine", "--from", "2019-13"), "is no window"),
    (("enable", "nowhere"), "there is no market 'nowhere' to observe"),
    (("try", "nowhere", "x.html"), "unknown market 'nowhere'"),
    (("try", "apollon", "no-such.html"), "no-such.html cannot be read"),
])  # fmt: skip
def test_refusals_in_one_line(tree: Path, arguments: tuple[str, ...], said: str) -> None:
    before = sorted(path for path in tree.rglob("*") if "__pycache__" not in path.parts)
    done = _run(tree, "market", *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert sorted(path for path in tree.rglob("*") if "__pycache__" not in path.parts) == before


def test_all_files_or_none(tmp_path: Path) -> None:
    files = scaffold("agora", "Agora Market", "2018-10", "2018-11")
    (tmp_path / "data_contracts").write_text("a file where a folder belongs")
    with pytest.raises(UserError, match="cannot be written"):
        write_new(tmp_path, files)
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "data_contracts"]


def test_the_scaffold_is_in_house_style(tree: Path) -> None:
    paths = write_new(tree, scaffold("agora", "Agora Market", "2018-10", "2018-11"))
    shutil.copy(REPOSITORY / "pyproject.toml", tree)
    modules = [str(path.relative_to(tree)) for path in paths if path.suffix == ".py"]
    for command in (("check",), ("format", "--check")):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, *modules], cwd=tree, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
    given = yaml.safe_load((tree / "data_contracts/markets/more/agora.yaml").read_text("utf-8"))
    assert given["window"] == {"start": "2018-10", "end": "2018-11"}


# --- what a trial shows ---


def _page(**values: object) -> ParsedPage:
    return ParsedPage("agora", "listing", "1.0.0", listings=[{**LISTING, **values}])  # type: ignore[typeddict-item]


def test_fill_rates() -> None:
    rates = {rate.field: rate for rate in fill_rates([_page(views=0, title="a"), _page(views=0, ships_to=[])])}
    assert (rates["views"].filled, rates["views"].count, rates["views"].all_zero) == (2, 2, True)
    assert (rates["title"].filled, rates["title"].all_zero) == (1, False)
    assert rates["ships_to"].filled == 0
    assert fill_rates([ParsedPage("agora", "home", "1.0.0")]) == []


def test_a_trial_asks_for_nothing_and_obeys_nothing() -> None:
    page = get_market("cryptonia").parse(HOSTILE, url="http://saved.page/", captured_at=None)
    text = trial_page("cryptonia", [Tried("<b>name</b>", HOSTILE, page)])
    tags = _Tags()
    tags.feed(text)
    assert tags.tags <= {"html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "table", "tr", "th", "td",
                         "section", "div", "pre", "details", "summary"}  # fmt: skip
    assert tags.attributes <= {"lang", "charset", "http-equiv", "content", "name", "class"}
    assert "default-src 'none'" in text
    assert "\x1b" not in text and "\u202e" not in text
    assert "&lt;b&gt;name&lt;/b&gt;" in text
    assert text.count('http-equiv="') == 1


def test_a_trial_shows_kinds_problems_and_labels() -> None:
    page = _page(title="5g hash")
    page.problems = [Problem("price_amount", "missing")]
    page.unread_labels = ["Stealth"]
    text = trial_page("agora", [Tried("item.html", b"<body>5g hash<br>Stealth: yes</body>", page)])
    assert "<tr><td>listing</td><td>1</td></tr>" in text
    assert "<tr><td>price_amount: missing</td><td>1</td></tr>" in text
    assert "<tr><td>Stealth</td><td>1</td></tr>" in text
    assert "<td>title</td><td>1 of 1</td><td></td>" in text
    assert "<td>views</td><td>0 of 1</td><td>never</td>" in text
    assert "5g hash\nStealth: yes" in text


def test_a_trial_of_archived_pages(real_pages: Path) -> None:
    market = get_market("cryptonia")
    tried = []
    for path in sorted((real_pages / "cryptonia").glob("*.html")):
        body = path.read_bytes()
        tried.append(Tried(path.name, body, market.parse(body, url="http://saved.page/", captured_at=None)))
    text = trial_page("cryptonia", tried)
    assert "<td>price_unit</td><td>25 of 25</td>" in text
    tags = _Tags()
    tags.feed(text)
    assert not tags.tags & {"a", "img", "script", "link", "iframe", "form", "input", "base", "object"}
