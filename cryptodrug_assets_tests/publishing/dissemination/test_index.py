"""The page of a release: in every language, a link to every file, told to engines that look for data."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from lxml import html as lxml_html

from cryptodrug_assets.publishing.dissemination.index import index_page
from cryptodrug_assets_tests.publishing.package.given import facts

FILES = {
    "README.md": b"x", "SHA256SUMS": b"", "release.json": b"{}", "report/report.nl.html": b"x" * 3000,
    "report/explorer.nl.html": b"x", "data/shares.csv": b"x", "data/codebook.csv": b"x", "sdmx/structure.xml": b"x",
    "data/cryptodrug.nl.xlsx": b"x", "data/load.sql": b"x",
}  # fmt: skip


def page(**more: Any) -> str:
    return index_page(
        FILES, facts(**({"name": "2019-05.2"} | more)), without_size=("SHA256SUMS", "release.json")
    ).decode()


def test_every_language_links_every_file_and_says_what_it_is() -> None:
    tree = lxml_html.fromstring(page())
    told = {}
    for section in tree.xpath("//section"):
        rows = [[cell.text_content() for cell in row] for row in section.xpath(".//tbody/tr")]
        told[section.get("lang")] = {name: (text, size) for name, text, size in rows}
        assert set(section.xpath(".//tbody//a/@href")) == FILES.keys()
    assert told["nl"]["data/shares.csv"] == ("Aandelen per land en maand", "1 KiB")
    assert told["fr"]["report/report.nl.html"] == ("Rapport", "3 KiB")
    # Their bytes change with the state of the release, and this page's do not.
    assert told["en"]["SHA256SUMS"] == ("Digests of all files", "") and told["en"]["release.json"][1] == ""
    dutch = tree.xpath("//section[@lang='nl']")[0].text_content()
    assert "Release 2019-05.2; april 2019 tot mei 2019; Dream Market, Empire Market." in dutch and "SYNTHETIC" in dutch


def test_band_and_correction_are_said_where_there_are_any() -> None:
    plain, marked = page(), page(embargo=True, supersedes="2019-05.1", reason="<a rate> was wrong")
    assert "EMBARGO" not in plain and "2019-05.1" not in plain
    assert len(re.findall(r'<p class="embargo"', marked)) == 3
    assert "Verbetert release 2019-05.1: &lt;a rate&gt; was wrong" in marked


def test_engines_that_look_for_data_read_what_it_is() -> None:
    (text,) = lxml_html.fromstring(page()).xpath("//script[@type='application/ld+json']/text()")
    told = json.loads(text)
    assert (told["@type"], told["version"], told["temporalCoverage"]) == ("Dataset", "2019-05.2", "2019-04/2019-05")
    assert told["name"].startswith("SYNTHETIC: ") and told["license"].startswith("https://creativecommons.org/")
    files = {file["contentUrl"].rpartition("/2019-05.2/")[2]: file["encodingFormat"] for file in told["distribution"]}
    assert files == {
        "data/shares.csv": "text/csv", "data/codebook.csv": "text/csv",
        "data/cryptodrug.nl.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }  # fmt: skip


@pytest.mark.browser
def test_it_is_accessible(tmp_path: Path, chromium: Path) -> None:
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    path = tmp_path / "index.html"
    path.write_text(re.sub(r"<meta http-equiv=\"Content-Security-Policy\"[^>]*>", "", page(embargo=True)), "utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        shown = browser.new_page(viewport={"width": 320, "height": 900})
        shown.goto(path.as_uri())
        shown.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert shown.evaluate("document.documentElement.scrollWidth") <= 320
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        found = Axe().run(shown, options={"runOnly": {"type": "tag", "values": tags}})
        browser.close()
    assert found.violations_count == 0, found.generate_report()
