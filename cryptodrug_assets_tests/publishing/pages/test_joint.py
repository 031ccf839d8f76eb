"""The joint display as a figure: what is drawn stands where the table says, with N on every panel and words for all."""

import re
from datetime import date
from html import escape
from typing import Any

import polars as pl
import pytest
from lxml import etree

from cryptodrug_assets import contracts
from cryptodrug_assets.buyers.triangulation.propositions import JointDisplay, load_joint_display
from cryptodrug_assets.publishing.exchange.observations import observations
from cryptodrug_assets.publishing.pages import charts
from cryptodrug_assets.publishing.pages.joint import joint_question
from cryptodrug_assets.publishing.pages.joint_picture import PANELS, TENTHS
from cryptodrug_assets.publishing.pages.observed import Observed
from cryptodrug_assets.publishing.words import Words
from cryptodrug_assets_tests.frames import rows
from cryptodrug_assets_tests.publishing.pages.world import framed
from cryptodrug_assets_tests.publishing.public import value

WAVE = "2019"
INTERVIEWS = 10
THEMES = framed(
    "interview_themes", [{"wave": WAVE, "code": "use_ecstasy", "interviews_n": INTERVIEWS, "synthetic": True}]
)
# (proposition, what stands in its row): one with all strands, one hidden, one silent, one of an author.
ROWS: dict[str, dict[str, Any]] = {
    "buys_near_home": {
        "verdict": "contradicts", "direction": "none", "stability": "middle", "survey_verdict": "supports",
        "survey_k": 42, "survey_n": 60, "survey_value": 0.7, "survey_lower": 0.575, "survey_upper": 0.801,
        "survey_bound_low": 0.424, "survey_bound_high": 0.818, "interviews_verdict": "open",
        "interviews_wording": "most", "market_verdict": "contradicts",
        "market_indicator": "shipping_window.RT04:world",
    },
    "price_of_mdma_counts": {
        "verdict": "partial", "direction": "for", "stability": "low", "survey_verdict": "supports",
        "interviews_verdict": "open", "interviews_wording": "some", "market_verdict": "silent",
    },
    "harm_reduction_from_fora": {
        "verdict": "one strand only", "direction": "none", "survey_verdict": "open", "survey_k": 41, "survey_n": 64,
        "survey_value": 0.640625, "survey_lower": 0.518, "survey_upper": 0.747, "interviews_verdict": "silent",
        "market_verdict": "silent",
    },
    "shocks_do_not_stop_buying": {
        "verdict": "converges", "direction": "for", "stability": "high", "survey_verdict": "supports",
        "survey_n": 60, "interviews_verdict": "supports", "interviews_wording": "few or none", "market_verdict": "open",
        "market_indicator": "shocks.SK01_level_T:dream_closure_notice", "author_verdict": "partial",
        "author": "A. Author", "author_reason": "few sales",
    },
}  # fmt: skip
MARKET = {"RT04:world": ("shipping_window", "BE", "all", 0.912, 0.85, 0.953, 1234),
          "SK01_level_T:dream_closure_notice": ("shocks", "W", "wall_street", 1.31, 0.94, 1.82, None)}  # fmt: skip


def display() -> JointDisplay:
    return load_joint_display(WAVE)


def joint() -> pl.DataFrame:
    contract = contracts.load("indicators", "joint_display_public")
    labels = {one.proposition: one for one in display().propositions}
    blank: dict[str, Any] = dict.fromkeys(contract.polars_schema.names())
    listed = [
        blank | {"wave": WAVE, "proposition": name, "rules_dated": date(2026, 11, 29), "synthetic": True}
        | {f"label_{language}": text for language, text in labels[name].label.items()} | said
        for name, said in ROWS.items()
    ]  # fmt: skip
    return pl.DataFrame(listed, schema=contract.polars_schema)


def markets() -> pl.DataFrame:
    """The observations of the markets: each value, and another beside it that must not be taken for it."""
    tables: dict[str, pl.DataFrame] = {}
    for text, (table, country, market, amount, lower, upper, n) in MARKET.items():
        row = value(text, country, amount, (lower, upper), market=market, month=date(2019, 11, 1), n=n)
        other = row | {"country": "NL", "value": 0.5}
        tables[table] = rows("indicators", f"{table}_public", row, other)
    return observations(tables)


def page_of(frame: pl.DataFrame, seen: pl.DataFrame, language: str = "en") -> etree._Element:
    at = Observed(seen, "BE", Words(language), {"joint_display": frame, "interview_themes": THEMES})
    (finding,) = joint_question(at, WAVE).findings
    assert finding.figure is not None and finding.table is not None
    drawn = charts.svg(finding.figure[1], at.words, finding.figure[0], 7)
    lines = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in finding.table.rows)
    return etree.fromstring(
        f"<div>{drawn}<table>{lines}</table></div>".replace('xmlns="http://www.w3.org/2000/svg"', "")
    )


@pytest.fixture(scope="module")
def page() -> etree._Element:
    return page_of(joint(), markets())


def panel(page: etree._Element, proposition: str, strand: str) -> list[etree._Element]:
    left, width = PANELS[strand]
    (group,) = page.xpath(f'//g[@data-proposition="{proposition}"]')
    edges = ((one, one.get("cx") or one.get("x1") or one.get("x")) for one in group)
    return [one for one, at in edges if at is not None and left - 1 <= float(at) <= left + width + 1]


def read(page: etree._Element, proposition: str, strand: str) -> dict[str, list[float]]:
    """The values that stand in a panel, from where they are drawn and the ends of its axis."""
    marks = panel(page, proposition, strand)
    (axis,) = [one for one in marks if one.get("data-low") is not None]
    low, high = float(axis.get("data-low")), float(axis.get("data-high"))
    x1, x2 = float(axis.get("x1")), float(axis.get("x2"))
    found = {}
    for one in marks:
        if one.get("data-mark"):
            places = [float(one.get(name)) for name in ("cx", "x1", "x2") if one.get(name) is not None]
            found[one.get("data-mark")] = [low + (high - low) * (at - x1) / (x2 - x1) for at in places]
    return found


def cells(page: etree._Element) -> dict[str, list[str]]:
    return {row[0].text: ["".join(cell.itertext()) for cell in row[1:]] for row in page.xpath("//table//tr[td]")}


def test_what_is_drawn_is_what_the_table_says(page: etree._Element) -> None:
    label = {one.proposition: one.label["en"] for one in display().propositions}
    for name, said in ROWS.items():
        if said.get("survey_value") is None:
            assert "data-mark" not in str([dict(one.attrib) for one in panel(page, name, "survey")])
            continue
        drawn = read(page, name, "survey")
        text = cells(page)[label[name]][0]
        figures = text.replace("95% interval", "interval")
        percents = [float(number) / 100 for number in re.findall(r"(\d+)(?=%)", figures)]
        expected = [*drawn["value"], *drawn["interval"], *drawn.get("bounds", [])]
        assert expected == pytest.approx(percents, abs=0.0051), name
        assert drawn["value"] == pytest.approx([said["survey_value"]], abs=1e-4)
        assert ("bounds" in drawn) == ("survey_bound_low" in said)
        assert f"{said['survey_k']} of {said['survey_n']}" in text
    for name, code in (
        ("buys_near_home", "RT04:world"),
        ("shocks_do_not_stop_buying", "SK01_level_T:dream_closure_notice"),
    ):
        _, _, _, amount, lower, upper, n = MARKET[code]
        drawn = read(page, name, "market")
        assert drawn == {
            "value": pytest.approx([amount], abs=0.003),
            "interval": pytest.approx([lower, upper], abs=0.003),
        }
        text = cells(page)[label[name]][2]
        assert f"{amount:.3g} ({lower:.3g} – {upper:.3g})" in text
        assert ("N = 1,234" if n else "N hidden (c)") in text


def test_every_panel_says_n_or_that_it_is_silent(page: etree._Element) -> None:
    for name, said in ROWS.items():
        for strand in PANELS:
            words = " ".join("".join(one.itertext()) for one in panel(page, name, strand) if one.tag == "text")
            if said[f"{strand}_verdict"] == "silent":
                assert "silent" in words and [one for one in panel(page, name, strand) if one.get("data-silent")]
            else:
                assert re.search(r"\d+ of \d+|N = [\d,]+|N and value hidden|N hidden", words), (name, strand)
                assert "silent" not in words


def test_tiles_are_the_tenths_that_a_word_allows(page: etree._Element) -> None:
    for name, said in ROWS.items():
        tiles = [one.get("data-tile") for one in panel(page, name, "interviews") if one.get("data-tile")]
        if said["interviews_verdict"] == "silent":
            assert tiles == []
            continue
        least, most = TENTHS[said["interviews_wording"]]
        assert tiles == ["at-least"] * least + ["up-to"] * (most - least) + ["none"] * (10 - most)
    # The words' limits are those of the public wording: more than half, more than a fifth.
    assert TENTHS["most"] == (5, 10) and TENTHS["some"] == (2, 5)


def test_the_threshold_and_its_side_are_the_declared_ones(page: etree._Element) -> None:
    rules = {one.proposition: one for one in display().propositions}
    for name in ROWS:
        if ROWS[name]["survey_verdict"] == "silent" or (rule := rules[name].survey) is None:
            continue
        (mark,) = [one for one in panel(page, name, "survey") if one.get("data-threshold")]
        assert float(mark.get("data-threshold")) == rule.threshold
        left, width = PANELS["survey"]
        assert float(mark.get("x1")) == pytest.approx(left + width * rule.threshold)


def test_it_has_role_and_name_and_no_colour(page: etree._Element) -> None:
    (svg,) = page.xpath("//svg")
    (title,) = page.xpath(f'//*[@id="{svg.get("aria-labelledby")}"]')
    assert svg.get("role") == "img" and title.tag == "title" and "with N of each" in title.text
    colours = re.findall(r"#[0-9a-fA-F]{3,6}\b", etree.tostring(svg, encoding="unicode"))
    pairs = {colour: re.findall("..", colour[1:]) if len(colour) == 7 else list(colour[1:]) for colour in colours}
    assert colours and all(len(set(parts)) == 1 for parts in pairs.values()), pairs


def test_what_stands_in_no_table_is_hidden(page: etree._Element) -> None:
    """Without public values of markets nothing is drawn of them; an author's other verdict stands beside the rule's."""
    bare = page_of(joint(), markets().clear(), "nl")
    text = " ".join(bare.itertext())
    assert "N en waarde verborgen (c)" in text and "0,912" not in text
    assert "A. Author: gedeeltelijk, omdat few sales (en)" in text and "auteur: gedeeltelijk" in text
    assert "A. Author: partial, because few sales" in " ".join(page.itertext()).replace(" (en)", "")


def test_the_value_is_of_the_month_that_was_judged() -> None:
    """The verdict is of November, which is hidden: October's value does not stand beside it."""
    judged = joint().with_columns(
        market_period=pl.when(proposition="buys_near_home").then(pl.lit("2019-11")).otherwise("market_period")
    )
    seen = markets()
    near = pl.col("indicator") == "RT04_WIN"
    hidden = seen.with_columns(
        obs_value=pl.when(~near).then("obs_value"), conf_status=pl.when(near).then(pl.lit("C")).otherwise("conf_status")
    )
    months = pl.concat([hidden, seen.with_columns(time_period=pl.lit("2019-10"))])
    assert "0.912" in " ".join(page_of(judged, seen).itertext())
    assert "0.912" not in " ".join(page_of(judged, months).itertext())
