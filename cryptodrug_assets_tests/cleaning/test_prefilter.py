"""Patterns that are left out because a text cannot hold them: never one that matches."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryptodrug_assets.cleaning.titles import quantity_words as words
from cryptodrug_assets.cleaning.titles.drug_words import NOT_A_DRUG, OTHER_GOODS, SUBSTANCES
from cryptodrug_assets.cleaning.titles.prefilter import DIGIT, GuardedPatterns, can_match, held, needs
from cryptodrug_assets_tests.cleaning.written import written_substances, written_titles

PATTERNS = [*words.MASKS, *NOT_A_DRUG, *OTHER_GOODS, *(pattern for _, _, pattern in SUBSTANCES)]
TEXTS = [row["title"].lower() for row in written_titles()] + [title.lower() for title, _ in written_substances()]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("24/7", [set("24/7")]),
        (r"\d+%", [{DIGIT, "%"}]),
        (r"ab?c(?=d)(?!e)", [set("acd")]),
        ("thc|cbd", [set("thc"), set("cbd")]),
        ("a|a+b", [{"a"}]),
        (r"(?<=x)\w+", [set()]),
        ("[ab]z", [set("az"), set("bz")]),
        ("[^a]z", [{"z"}]),
        (r"[357]\.", [{DIGIT, "."}]),
    ],
)
def test_what_a_pattern_needs(pattern: str, expected: list[set[str]]) -> None:
    assert sorted(map(sorted, needs(pattern))) == sorted(map(sorted, expected))


def test_no_pattern_that_matches_a_title_is_left_out() -> None:
    guarded = [(re.compile(pattern), needs(pattern)) for pattern in PATTERNS]
    tried = left_out = 0
    for text in TEXTS:
        signs = held(text)
        for pattern, ways in guarded:
            tried += 1
            if not can_match(ways, signs):
                left_out += 1
                assert pattern.search(text) is None, (pattern.pattern, text)
    assert left_out > tried / 3


@given(st.text(st.sampled_from("0123456789٣ .,-/%#x()abcdefghilmnopqrstuvwz"), max_size=40))
def test_rewriting_gives_what_all_patterns_in_turn_give(text: str) -> None:
    plain = text
    for pattern in words.MASKS:
        plain = re.sub(pattern, " _ ", plain)
    assert GUARDED.rewrite(text) == plain


GUARDED = GuardedPatterns((pattern, " _ ") for pattern in words.MASKS)
