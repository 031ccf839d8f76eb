"""The report in every language: its numbers by hand, what is hidden stays so, no word past the catalogues."""

import re
from functools import lru_cache
from pathlib import Path

import polars as pl
import pytest
from lxml import html as lxml_html

from cryptodrug_assets.errors import UserError
from cryptodrug_assets.publishing.exchange.observations import observations
from cryptodrug_assets.publishing.pages.files import report_files
from cryptodrug_assets.publishing.pages.page import build_page, build_report
from cryptodrug_assets.publishing.pages.pdf import build_pdf
from cryptodrug_assets.publishing.words import LANGUAGES, PSEUDO
from cryptodrug_assets_tests.frames import rows
from cryptodrug_assets_tests.publishing.pages.world import observed, others
from cryptodrug_assets_tests.publishing.public import APRIL, value

_MONTH = re.compile(r"(Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)[a-z]* \d{4}|\d+ [A-Z][a-z]+ \d{4}")
# Numbers, signs, codes of indicators and numbers of statements; N and p as the field writes them.
_BARE = re.compile(
    r"[\d\s.,:;()%€°c–→×/+×±≥≤<>=Np|·-]*|[A-Z]{2,3}\d*(_[A-Za-z]+)*|\d+[a-z]?|McNemar|[\d\s()<>≥=.,p]*\(McNemar.*"
)


@lru_cache(maxsize=8)
def page(language: str) -> str:
    return about("BE", language, observed())


def about(country: str, language: str, frame: pl.DataFrame) -> str:
    return build_page(build_report(frame, others(), country=country, language=language, synthetic=True))


def text_of(page: str) -> str:
    return " ".join(lxml_html.fromstring(page).xpath("//body")[0].text_content().split())


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", ("Belgium, sales: 12.5% (95% interval 10.0% – 15.0%) of those of all markets",
                "Empire Market: between 30.0% (May 2019) and 33.3% (April 2019).", "SYNTHETIC",
                "All markets: the largest class of offers of Belgium is MDMA (ecstasy), 60.0% (95% interval",
                "Empire Market: 1,234 sales a month on average (months: 1).")),
        ("nl", ("België, verkopen: 12,5% (95%-interval 10,0% – 15,0%) van die van alle markten",
                "Empire Market: tussen 30,0% (mei 2019) en 33,3% (april 2019).",
                "Alle markten: de grootste klasse van de aanbiedingen uit België is MDMA (ecstasy), 60,0%",
                "Empire Market: gemiddeld 1.234 verkopen per maand (maanden: 1).")),
        ("fr", ("Belgique, ventes : 12,5\u202f% (intervalle à 95 % : 10,0\u202f% – 15,0\u202f%)",
                "Empire Market : entre 30,0\u202f% (mai 2019) et 33,3\u202f% (avril 2019).",
                "1\u202f234 ventes par mois en moyenne")),
    ],
)  # fmt: skip
def test_sentences_hold_the_numbers_as_the_language_writes_them(language: str, told: tuple[str, ...]) -> None:
    # Spaces of numbers are kept by the page and folded by the reader of this test.
    shown = text_of(page(language))
    for sentence in told:
        assert " ".join(sentence.split()) in shown, sentence


def test_what_is_hidden_is_said_and_not_shown() -> None:
    shown = text_of(page("en"))
    assert "Belgium, live drug offers: not published: too few vendors stand behind it" in shown
    assert "Belgium, active vendors: not known from what was seen." in shown
    table = next(
        rows for rows in lxml_html.fromstring(page("en")).xpath("//table") if "Share in" in rows.text_content()
    )
    cells = {row[1].text_content(): row[2].text_content() for row in table.xpath(".//tbody/tr")}
    assert cells == {"live drug offers": "c", "sales": "12.5% (10.0% – 15.0%)"}


def test_figures_have_a_name_and_their_numbers_in_a_table() -> None:
    tree = lxml_html.fromstring(page("nl"))
    figures = tree.xpath("//figure")
    assert len(figures) >= 5
    for figure in figures:
        (drawn,) = figure.xpath(".//*[local-name()='svg']")
        (name,) = figure.xpath(f".//*[@id='{drawn.get('aria-labelledby')}']")
        assert drawn.get("role") == "img" and name.text_content() in figure.xpath("./figcaption")[0].text_content()
        assert not drawn.xpath(".//@aria-label")
    tables = tree.xpath("//table")
    assert tables and all(len(table.xpath("./caption")) == 1 for table in tables)
    assert not tree.xpath("//th[not(@scope)]") and not tree.xpath("//tbody/tr[not(th)]")
    quotient = next(table for table in tables if "Locatiequotiënt" in table.text_content())
    assert "3,00 (2,50 – 3,50)" in quotient.text_content() and "60,0%" in quotient.text_content()


def test_nothing_is_said_past_the_words() -> None:
    """In the pseudo-language all text is in brackets but numbers, months and codes of the legend."""
    tree = lxml_html.fromstring(page(PSEUDO))
    told = [
        str(text)
        for text in tree.xpath("//body//text()[not(ancestor::*[local-name()='style' or local-name()='text'])]")
    ]
    # A text of a figure may have several lines.
    told += [" ".join(one.text_content().split()) for one in tree.xpath("//*[local-name()='text']")]
    told += [str(text) for text in tree.xpath("//@aria-label|//title/text()")]
    names = {"English", "Nederlands", "nederlands", "français", "Gini"}
    bare = []
    for text in told:
        # Texts within texts: from the inside out.
        rest, before = text, ""
        while rest != before:
            before, rest = rest, re.sub(r"⟦[^⟦⟧]*⟧", "", rest)
        rest = _MONTH.sub("", rest).strip()
        if rest not in names and not _BARE.fullmatch(rest):
            bare.append(rest)
    assert bare == []


def test_a_page_asks_for_nothing_and_is_the_same_twice() -> None:
    first = report_files(observed(), others(), country="BE", synthetic=False)
    assert list(first) == [f"report.{language}.{kind}" for language in LANGUAGES for kind in ("html", "pdf")]
    again = build_report(observed(), others(), country="BE", language="nl", synthetic=False)
    assert build_page(again).encode() == first["report.nl.html"] and build_pdf(again) == first["report.nl.pdf"]
    for name, content in first.items():
        if name.endswith(".pdf"):
            continue
        tree = lxml_html.fromstring(content.decode())
        assert tree.get("lang") == name.split(".")[1]
        where = {str(link) for link in tree.xpath("//@src|//@href|//@data|//@action")}
        assert all(link.startswith(("#", "explorer.")) or link in first for link in where), where
        assert b'class="mark"' not in content and b"<script" not in content and b"@import" not in content


def test_another_country_and_one_that_is_not_there() -> None:
    assert "Nederland, verkopen: 25,0% (95%-interval 20,0% – 30,0%)" in text_of(about("NL", "nl", observed()))
    with pytest.raises(UserError, match="there is nothing about FR; there are BE"):
        about("FR", "nl", observed())


def test_a_page_of_little_is_a_page() -> None:
    """One month, nothing known of the country: sentences say so, and no figure is empty."""
    tables = {name: rows("indicators", f"{name}_public", *made) for name, made in {
        "coverage": [value("COV01", "W", 0.5, month=APRIL, method="pages fetched / enumerated")],
        "shares": [value("SH01", "BE", None, obs_status="C")],
    }.items()}  # fmt: skip
    shown = text_of(build_page(build_report(observations(tables), country="BE", language="fr", synthetic=True)))
    assert "Belgique, annonces de drogues actives : inconnu d'après ce qui a été vu." in shown
    assert "nan" not in shown.lower().split() and "None" not in shown


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 320])
def test_pages_are_accessible(tmp_path: Path, chromium: Path, width: int) -> None:
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    path = tmp_path / "report.nl.html"
    # The page's own policy would keep the judge's script out, too.
    path.write_text(re.sub(r"<meta http-equiv=\"Content-Security-Policy\"[^>]*>", "", page("nl")), "utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        shown = browser.new_page(viewport={"width": width, "height": 900})
        shown.goto(path.as_uri())
        assert shown.evaluate("document.documentElement.scrollWidth") <= width
        shown.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        # What is drawn is hidden from the tree, and has thousands of elements.
        found = Axe().run(
            shown, context={"exclude": [["svg > g"]]}, options={"runOnly": {"type": "tag", "values": tags}}
        )
        browser.close()
    assert found.violations_count == 0, found.generate_report()
