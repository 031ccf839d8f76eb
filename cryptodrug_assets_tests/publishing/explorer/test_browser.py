"""The explorer in a browser, from a file: choices, line, table and download agree, nothing is asked of anybody."""

import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from cryptodrug_assets.publishing.explorer.page import explorer_files
from cryptodrug_assets_tests.publishing.pages.world import observed

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
_POLICY = re.compile(r"<meta http-equiv=\"Content-Security-Policy\"[^>]*>")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("explorer")
    for name, content in explorer_files(observed(), country="BE", synthetic=True).items():
        (home / name).write_bytes(content)
        (home / f"judged.{name}").write_text(_POLICY.sub("", content.decode()), "utf-8")
    return home


@pytest.fixture(scope="module")
def browser(chromium: Path) -> "Iterator[Browser]":
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def shown(browser: "Browser", folder: Path, asked: list[str]) -> "Iterator[Page]":
    """The Dutch page; what it asks for and what it complains of is in `asked`."""
    page = browser.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: asked.append(message.text))
    page.on("pageerror", lambda error: asked.append(str(error)))
    page.goto((folder / "explorer.nl.html").as_uri())
    page.wait_for_selector("#body tr")
    yield page
    page.close()


def table(page: "Page") -> list[list[str]]:
    return [row.locator("th, td").all_text_contents() for row in page.locator("#body tr").all()]


def downloaded(page: "Page") -> tuple[str, pl.DataFrame]:
    with page.expect_download() as waited:
        page.click("#download")
    text = waited.value.path().read_text("utf-8")
    return waited.value.suggested_filename, pl.read_csv(StringIO(text), schema=observed().schema)


def test_the_table_says_the_values_and_the_file_has_every_digit(shown: "Page", asked: list[str]) -> None:
    shown.select_option("#indicator", "SH03")
    shown.select_option("#market", "empire")
    assert [row[:6] for row in table(shown)] == [
        ["apr 2019", "33,3%", "10,0%", "50,0%", "Normale waarde", "97,0%"],
        ["mei 2019", "30,0%", "30,0%", "40,0%", "Lage betrouwbaarheid", "50,0%"],
    ]
    name, frame = downloaded(shown)
    assert name == "SYNTHETIC_cryptodrug_SH03__T_empire__T_BE.csv"
    wanted = observed().filter(indicator="SH03", market="empire", ref_area="BE", drug_class="_T").sort("time_period")
    assert wanted.height == 2 and frame.equals(wanted)
    assert shown.locator("#chart svg polygon").count() == 1 and shown.locator("#chart circle.low").count() == 1
    assert asked == [shown.url]


def test_what_is_suppressed_is_said_and_gaps_stay_gaps(shown: "Page") -> None:
    shown.select_option("#indicator", "SH01")
    shown.select_option("#ref_area", "NL")
    assert table(shown)[0][:5] == ["apr 2019", "–", "–", "–", "Ontbrekende waarde; onderdrukt"]
    assert shown.text_content("#summary") == "Maanden met een waarde: 0. Ontbrekend: 0. Onderdrukt: 1."
    assert shown.is_visible("#confidential") and shown.locator("#chart text.none").text_content() == "c"
    assert shown.locator("#chart polyline, #chart circle").count() == 0
    shown.select_option("#ref_area", "BE")
    assert table(shown)[0][1] == "0,00%" and not shown.is_visible("#confidential")  # zero is a value


def test_every_series_of_every_choice_is_the_table_of_record(shown: "Page") -> None:
    """Each choice that the page offers, one after the other: together they are all observations, each once."""
    walk = """() => {
      const rows = [], ids = ["indicator", "param", "market", "drug_class", "ref_area"];
      const visit = (place) => {
        if (place === ids.length) { rows.push(csv(shown)); return; }
        for (const option of [...document.getElementById(ids[place]).options].map((one) => one.value)) {
          const select = document.getElementById(ids[place]);
          select.value = option;
          select.dispatchEvent(new Event("change"));
          visit(place + 1);
        }
      };
      visit(0);
      return rows;
    }"""
    files: list[str] = shown.evaluate(walk)
    frames = [pl.read_csv(StringIO(text), schema=observed().schema) for text in files]
    assert pl.concat(frames).sort(pl.all()).equals(observed().sort(pl.all()))


def test_it_is_worked_by_keyboard(shown: "Page") -> None:
    shown.keyboard.press("Tab")
    assert shown.evaluate("document.activeElement.className") == "skip"
    seen = []
    for _ in range(12):
        shown.keyboard.press("Tab")
        seen.append(shown.evaluate("document.activeElement.id || document.activeElement.className"))
    wanted = ["indicator", "market", "drug_class", "ref_area", "download", "scroll"]
    assert [name for name in seen if name in wanted] == wanted
    shown.focus("#indicator")
    before = shown.text_content("#name")
    shown.keyboard.press("ArrowDown")
    assert shown.text_content("#name") != before


@pytest.mark.parametrize(("language", "width"), [("nl", 1280), ("fr", 320)])
def test_it_is_accessible(browser: "Browser", folder: Path, language: str, width: int) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto((folder / f"judged.explorer.{language}.html").as_uri())
    page.wait_for_selector("#body tr")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found: Any = Axe().run(page, options={"runOnly": {"type": "tag", "values": tags}})
    page.close()
    assert found.violations_count == 0, found.generate_report()
