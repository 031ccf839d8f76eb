"""Vendor linkage on made-up markets where who is who is known."""

import resource
import time

import polars as pl
import pytest

from cryptodrug_assets.cleaning.vendors.linkage import link_vendors, totals
from cryptodrug_assets.cleaning.vendors.similarity import signatures, skeleton
from cryptodrug_assets_tests.cleaning.vendor_world import vendor_world

Pairs = set[tuple[str, str]]


def pairs(links: pl.DataFrame, classes: str) -> Pairs:
    chosen = links.filter(pl.col("link_class").is_in(list(classes)))
    return {(left, right) for left, right in chosen.select("left", "right").iter_rows()}


@pytest.mark.parametrize(
    ("one", "other"),
    [("TheBaker", "baker_shop"), ("Gr33nH0use", "greenhouse"), ("vendor420", "VENDOR"), ("Xan", "xan")],
)
def test_skeletons_of_variants_are_equal(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


def test_signatures_measure_similarity() -> None:
    words = [f"word{number}" for number in range(60)]
    same, half, none = signatures([" ".join(words), " ".join(words[:40] + words[:20]), " ".join(reversed(words))])
    assert same is not None
    assert half is not None
    assert none is not None
    alike = [sum(a == b for a, b in zip(same, other, strict=True)) for other in (same, half, none)]
    assert alike[0] == 64
    # Pairs of words: 59 and 40 of them shared by the second text.
    assert 28 < alike[1] < 56
    assert alike[2] < 14
    assert signatures(["too short", None]) == [None, None]


def test_classes_on_a_small_world() -> None:
    left, right, true = vendor_world(5, size=600, shared=180, imitators=18)
    links = link_vendors(left, right)
    assert pairs(links, "A") <= true
    probable = pairs(links, "AB")
    assert len(probable & true) / len(probable) > 0.95
    assert len(probable & true) / len(true) > 0.8
    for side in ("left", "right"):
        assert links.filter(pl.col("link_class") != "C")[side].is_duplicated().sum() == 0
    sums = totals(links)
    assert sums["A"] <= sums["A+B"] <= sums["A+B+C"]
    assert sums["sum_p"] == pytest.approx(len(true), rel=0.15)
    assert links.equals(link_vendors(left, right)), "the same vendors give the same links"


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "forms"), [(7, False), (8, False), (9, False), (7, True)])
def test_five_thousand_by_five_thousand(seed: int, forms: bool) -> None:
    """Precision and recall of A+B, time and memory; `forms`: vendors who copy each other's sentences."""
    left, right, true = vendor_world(seed, forms=forms)
    begin = time.process_time()
    links = link_vendors(left, right)
    seconds = time.process_time() - begin
    probable = pairs(links, "AB")
    precision, recall = len(probable & true) / len(probable), len(probable & true) / len(true)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"seed {seed}: precision {precision:.3f}, recall {recall:.3f}, {seconds:.0f} s CPU, {peak:.2f} GB,"
        f" {totals(links)}"
    )
    assert precision >= 0.97
    assert recall >= 0.85
    assert totals(links)["sum_p"] == pytest.approx(1500, rel=0.1)
    assert seconds < 120
    assert peak < 1
    # Probabilities keep their promise: of links said to be true with p, about that many are.
    found = links.filter(pl.col("link_class") != "A").select("left", "right", "probability")
    for least, most in ((0.5, 0.8), (0.8, 0.95), (0.95, 1.0)):
        part = found.filter(pl.col("probability").is_between(least, most)).rows()
        kept = sum((one, other) in true for one, other, _ in part)
        promised = sum(chance for *_, chance in part)
        assert kept == pytest.approx(promised, abs=max(4 * len(part) ** 0.5, 0.1 * len(part))), (least, kept, promised)
