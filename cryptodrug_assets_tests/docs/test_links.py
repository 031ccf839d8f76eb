"""Every link, anchor and path in the documentation leads somewhere, in the sources and in the site made of them."""

import importlib.util
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from markdown.extensions.toc import slugify

REPOSITORY = Path(__file__).resolve().parents[2]
PAGES = sorted(
    [*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md"), *REPOSITORY.glob("cryptodrug_assets/**/*.md")]
)
ROOTS = ("cryptodrug_assets", "cryptodrug_assets_tests", "data_contracts", "docs", "scripts", "benchmarks")
_CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_PATH = re.compile(r"(?:[\w.-]+/)*[\w.-]+\.(?:py|csv|ya?ml|sql|md|svg|sh|lock)|(?:[\w.-]+/)+")
# Made by running, in the home or the working folder.
MADE = {"cryptodrug.toml", "corrections.csv", "old_agora.csv", "reports/health.md", "rates/ecb.csv"} | {
    f"{name}/"
    for name in ("data", "archive", "tables", "reports", "releases", "dagster", "damaged", "keys", "site", "data-study")
}
# The market that the guide adds, and a test with it.
MADE |= {
    "data_contracts/markets/agora.yaml",
    "cryptodrug_assets/markets/agora.py",
    "cryptodrug_assets/reference/categories/agora.csv",
}
# Files of a release.
MADE |= {
    "CRYPTODRUG_HOME/dissemination/public/", "CHANGES.md", "data/codebook.csv", "data/load.sql", "sdmx/", "dcat/",
    "deposit/", "examples/", "drafts/", "finals/",
}  # fmt: skip
# Bulletins in a home.
MADE |= {
    "reports/bulletin/", "CRYPTODRUG_HOME/reports/bulletin/", "restricted/bulletin/", "restricted/bulletin/sent.jsonl",
    "2019-11.json", "2019-11.csv",
}  # fmt: skip
# Named because they are gone, or as names nobody should choose.
FORMER = {"report/", "resources/store.py", "warehouse.py", "lineage/", "holding.py", "estimates.py"}

# Names of before decision 0029 in docstrings; a name that is gone may be taken off here.
STALE = {"unseen.py", "pooled.py", "disclosure.py", "linked.py", "trace_rules.py", "taint.py"}


def anchors_of(page: Path) -> set[str]:
    """The anchors of a page's headings, as the site makes them."""
    headings = re.findall(r"^#+ +(.+?)\s*$", _CODE.sub("", page.read_text("utf-8")), re.MULTILINE)
    slugs = {slugify(re.sub(r"\[([^\]]*)\]\([^)]*\)|[`*]", r"\1", heading), "-") for heading in headings}
    return slugs | set(re.findall(r'<a id="([^"]+)"', page.read_text("utf-8")))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_links_resolve(page: Path) -> None:
    text = re.sub(r"`[^`\n]*`", "", _CODE.sub("", page.read_text("utf-8")))
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        parts = urlsplit(link)
        if parts.scheme:
            continue
        target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
        if not target.exists() or (
            parts.fragment and target.suffix == ".md" and parts.fragment not in anchors_of(target)
        ):
            broken.append(link)
    assert broken == []


def _names() -> set[str]:
    return {path.name for root in ROOTS for path in (REPOSITORY / root).rglob("*")} | {
        path.name for path in REPOSITORY.iterdir()
    }


@pytest.mark.parametrize(
    "page",
    # Decisions up to 0028 use the names of their time (docs/decisions/README.md).
    [page for page in PAGES if page.parent.name != "decisions" or "0028z" < page.name < "README"],
    ids=lambda page: str(page.relative_to(REPOSITORY)),
)
def test_quoted_paths_exist(page: Path) -> None:
    names = _names()
    package = REPOSITORY / "cryptodrug_assets"
    missing = []
    for code in re.findall(r"`([^`\n]+)`", _CODE.sub("", page.read_text("utf-8"))):
        if not _PATH.fullmatch(code) or code in MADE | FORMER:
            continue
        places = (REPOSITORY / code, package / code, page.parent / code)
        alone = "/" not in code.rstrip("/") and code.strip("/") in names
        if not alone and not any(place.exists() for place in places):
            missing.append(code)
    assert missing == []


def test_files_named_in_docstrings_exist() -> None:
    names = _names() | STALE | {"first_steps.py"}  # of a release
    missing = [
        f"{path.name}: {name}"
        for path in (REPOSITORY / "cryptodrug_assets").rglob("*.py")
        for name in re.findall(r"\b[A-Za-z_]+\.py\b", path.read_text("utf-8"))
        if name not in names
    ]
    assert missing == []


class _Links(HTMLParser):
    """What a page of the site asks for (`src`, style sheets), where it leads, and its anchors."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.leads: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if "src" in given:
            self.loads.append(given["src"])
        if "href" in given:
            (self.loads if tag == "link" else self.leads).append(given["href"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if importlib.util.find_spec("material") is None:
        pytest.skip("mkdocs-material is not installed")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    quiet = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    run = subprocess.run(command, cwd=REPOSITORY, env=quiet, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return folder


def test_site_asks_nothing_of_the_network_and_leads_nowhere_wrong(site: Path) -> None:
    # parsed-pages.html shows synthetic pages, whose own links are text of the page.
    pages = {page: _Links(page.read_text("utf-8")) for page in site.rglob("*.html") if page.name != "parsed-pages.html"}
    assert len(pages) > 20
    wrong = []
    for page, links in pages.items():
        wrong += [f"{page.name} loads {address}" for address in links.loads if urlsplit(address).netloc]
        for address in links.leads:
            parts = urlsplit(address)
            if parts.scheme or parts.netloc or page.name == "404.html":
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            if not target.exists():
                wrong.append(f"{page.name} leads to {address}")
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].anchors:
                wrong.append(f"{page.name} leads to {address}: no such anchor")
    assert wrong == []
