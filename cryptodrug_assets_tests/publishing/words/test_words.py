"""Words in three languages: nothing is missing, what is missing is told, numbers as people write them."""

import copy
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from cryptodrug_assets.errors import UserError
from cryptodrug_assets.publishing import extra
from cryptodrug_assets.publishing.words import LANGUAGES, PSEUDO, Words, labels, methods, sentences
from cryptodrug_assets.publishing.words.indicators import param_label
from cryptodrug_assets.publishing.words.missing import missing


def test_nothing_is_missing() -> None:
    assert missing() == []


def test_a_label_a_method_and_a_sentence_that_are_missing_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    document: Mapping[str, Any] = copy.deepcopy(dict(labels.document()))
    del document["drug_class"]["heroin"]["nl"]
    del document["drug_class"]["ghb"]
    del document["obs_status"]["U"]["means"]["fr"]
    monkeypatch.setattr(labels, "document", lambda: document)
    monkeypatch.delitem(methods.methods()["WILSON"].sentences, "fr")
    catalogue = copy.deepcopy(sentences.catalogue("nl"))
    sentence = next(message.id for message in catalogue if message.id and isinstance(message.id, str))
    catalogue.delete(sentence)
    monkeypatch.setattr(sentences, "catalogue", lambda language: catalogue)
    lines = missing()
    for start in (
        "drug_class heroin has no label in nl",
        "drug_class has no code ghb",  # the taxonomy has it
        "obs_status U has no means in fr",
        "method WILSON has no sentence in fr",
    ):
        assert any(line.startswith(start) for line in lines), start
    assert any(sentence[:60] in line and "no nl of" in line for line in lines), sentence


def test_no_language_falls_back_to_english(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="no nl of “There is no such sentence”; add it to"):
        Words("nl").say("There is no such " + "sentence")
    with pytest.raises(UserError, match="'de' is no language of the reports; choose en, nl, fr"):
        Words("de")
    with pytest.raises(UserError, match="ref_area has no code ZZ"):
        Words("fr").label("ref_area", "ZZ")
    with pytest.raises(UserError, match="parameter nowhere has no words"):
        Words("fr").indicator("RT03", "nowhere")


@pytest.mark.parametrize(
    ("language", "number", "percent", "month", "country"),
    [
        ("nl", "1.234.567,5", "1,23%", "mrt 2019", "Nederland"),
        ("fr", "1\u202f234\u202f567,5", "1,23\u00a0%", "mars 2019", "Pays-Bas"),
        ("en", "1,234,567.5", "1.23%", "Mar 2019", "Netherlands"),
    ],
)
def test_numbers_months_and_countries(language: str, number: str, percent: str, month: str, country: str) -> None:
    words = Words(language)
    assert words.number(1234567.5, 1) == number
    assert words.percent(0.0123, 2) == percent
    assert words.month("2019-03") == month
    assert words.label("ref_area", "NL") == country


def test_the_pseudo_language_changes_every_text() -> None:
    """A page made in it shows by its letters what did not come from the words."""
    pseudo, english = Words(PSEUDO), Words("en")
    calls: list[Callable[[Words], str]] = [
        lambda w: w.label("drug_class", "cocaine"), lambda w: w.indicator("SH03"), lambda w: w.definition("SH03"),
        lambda w: w.method("WILSON"), lambda w: w.unit("EUR"), lambda w: w.meaning("obs_status", "Q"),
        lambda w: w.label("ref_area", "BE"), lambda w: w.glossary()[0][1],
    ]  # fmt: skip
    for said in calls:
        assert said(pseudo).startswith("⟦") and said(pseudo) != f"⟦{said(english)}⟧"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("95 % over vendors, variance pooled over the market", "RATIO_POOLED"),
        ("13 months; 95 % over vendors, variance pooled over the market", "WINDOW_POOLED"),
        ("share of live offers; 95 % over vendors, variance pooled over the market", "SHARE_COUNTED_POOLED"),
        ("Kendall, 2019-04 to 2019-11", "KENDALL"),
        ("Kendall, 2019-04 to 2019-11; bounds: the order that missed pages leave open", "KENDALL_BOUNDED"),
        ("12 × mean month of dream, empire, divided by coverage", "YEAR_COVERED"),
        ("12 × mean month of dream; 95 % over vendors, variance pooled over the markets", "YEAR_POOLED"),
        ("offers seen / estimated (Chapman over 2 sweeps), 95 %; an upper bound", "RECAPTURE"),
        ("not computable: fewer than 5 vendors entered", "TOO_FEW"),
        ("not computable: not reached again in the 12 weeks observed", "UNDEFINED"),
        ("not computable: partial captures alone, at most 45% of the pages", "NOT_CAPTURED"),
        ("not computable: no price is shown beside a sale", "NO_PRICES"),
        ("of the vendors new there; Clopper–Pearson 95 %", "CLOPPER_PEARSON"),
    ],
)
def test_methods_by_the_texts_of_the_tables(text: str, code: str) -> None:
    assert methods.method_of(text).code == code


def test_without_the_extra_publication_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extra, "find_spec", lambda name: None if name in ("babel", "rdflib") else object())
    with pytest.raises(UserError, match=r"publication needs babel, rdflib: install the extra with `pip install"):
        extra.require_publish()


def test_every_language_says_every_method() -> None:
    for code, method in methods.methods().items():
        assert set(method.sentences) == set(LANGUAGES), code
        assert method.cannot_exist <= method.missing


def test_an_event_of_a_market_that_is_not_here_has_words() -> None:
    """The study's propositions tell of all its markets, an installation observes some of them."""
    assert param_label("silkroad_closure_notice", "fr") == "fermeture annoncée (silkroad)"
    with pytest.raises(UserError, match="silkroad_nothing has no words"):
        param_label("silkroad_nothing", "fr")
