"""The explorer without a browser: every observation is in it, nothing past the words, its policy, the same twice."""

import base64
import hashlib
import re

import polars as pl
import pytest
from lxml import html as lxml_html

from cryptodrug_assets.publishing.explorer.data import block, data_of, observations_of
from cryptodrug_assets.publishing.explorer.page import build_explorer, explorer_files
from cryptodrug_assets.publishing.words import LANGUAGES, PSEUDO
from cryptodrug_assets_tests.publishing.pages.world import observed


def page(language: str) -> str:
    return build_explorer(observed(), country="BE", language=language, synthetic=True)


def test_every_observation_is_in_the_page_as_it_is() -> None:
    """Each double with every bit, zero, missing and suppressed apart."""
    held = observations_of(page("nl"))
    assert held.equals(observed().select(held.columns).sort(pl.all()))
    third = held.filter(indicator="SH03", ref_area="BE", time_period="2019-04")
    assert third["obs_value"].to_list() == [1 / 3] and third["conf_status"].to_list() == ["F"]
    hidden = held.filter(indicator="SH01", ref_area="NL").select("obs_value", "obs_status", "conf_status").rows()
    assert hidden == [(None, "Q", "C")]
    with pytest.raises(ValueError, match="no block of data"):
        observations_of("<p>")


def test_a_row_without_a_value_takes_few_bytes() -> None:
    order = {name: sorted(set(observed()[name])) for name in ("market", "drug_class", "ref_area")}
    data = data_of(observed(), order)
    hidden = [row for *_, rows in data["series"] for row in rows if data["codes"]["obs_status"][row[1]] == "Q"]
    assert hidden and all(len(row) == 5 for row in hidden)
    assert len(block(data)) < 60 * observed().height + 2000


def test_the_policy_allows_its_own_script_and_style_and_nothing_else() -> None:
    tree = lxml_html.fromstring(page("en"))
    (policy,) = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert "unsafe" not in policy and "http" not in policy
    for name, path in (("script-src", "//script[not(@type)]"), ("style-src", "//style")):
        (element,) = tree.xpath(path)
        digest = base64.b64encode(hashlib.sha256(element.text.encode()).digest()).decode()
        assert rules[name] == f"'sha256-{digest}'"
    assert not tree.xpath("//@style | //@src | //@onclick")


def test_it_is_the_same_twice_and_links_its_sisters() -> None:
    first, again = (explorer_files(observed(), country="BE", synthetic=False) for _ in range(2))
    assert first == again and list(first) == [f"explorer.{language}.html" for language in LANGUAGES]
    for name, content in first.items():
        tree = lxml_html.fromstring(content.decode())
        assert tree.get("lang") == name.split(".")[1]
        links = {str(link) for link in tree.xpath("//@href")}
        assert links - first.keys() == {"#main", f"report.{tree.get('lang')}.html"}
        assert b'class="mark">SYNTHETIC' not in content and b"SYNTHETIC_cryptodrug" not in content


def test_nothing_is_said_past_the_words() -> None:
    tree = lxml_html.fromstring(page(PSEUDO))
    told = [str(text).strip() for text in tree.xpath("//body//text()[not(ancestor::script)]")]
    bare = [text for text in told if text and not re.fullmatch(r"⟦.*⟧", text)]
    assert set(bare) <= {"English", "Nederlands", "français"}
