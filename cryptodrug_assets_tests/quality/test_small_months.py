"""Gates where little was captured, or what was captured was imported: counted by hand, a few pages at a time.

A wall or a cut page says nothing. In a crawl it means that the session ended or the network broke, so more than a few
stop the month; in an archive it is a fact that nobody can mend, so it is set aside, counted, and stops nothing.
"""

import pytest

from cryptodrug_assets import contracts
from cryptodrug_assets.checks.context import cell, empty_context, expected_volumes
from cryptodrug_assets.quality.judge import judge
from cryptodrug_assets.quality.rules import RuleResult
from cryptodrug_assets_tests.frames import rows
from cryptodrug_assets_tests.quality.conftest import CELL, Frames

MONTH = {"market": CELL[0], "month": cell(*CELL)["month"][0]}


def _failed(table: str, frames: Frames) -> dict[str, RuleResult]:
    """Results of the rules that failed, by id; the market file expects 20 pages at least."""
    layer = table.split(".", maxsplit=1)[0]
    found = empty_context([contract for contract in contracts.all_contracts() if contract.layer == layer])
    found |= {"expected.cell": cell(*CELL), "expected.volumes": expected_volumes(CELL[0])}
    found |= {contract.name: contracts.empty(contract) for contract in contracts.all_contracts()}
    verdicts = judge({table: frames[table]}, found | frames, "duckdb")[table]
    return {result.rule.id: result for verdict in verdicts for result in verdict.failed}


def _captures(mode: str, kinds: dict[str, int]) -> Frames:
    """So many pages of each kind."""
    pages = [kind for kind, n in kinds.items() for _ in range(n)]
    source = "archive" if mode == "import" else "live"
    made = [
        {**MONTH, "mode": mode, "source": source, "outcome": "done", "page_kind": kind, "warc_offset": n}
        for n, kind in enumerate(pages)
    ]
    return {"raw.captures": rows("raw", "captures", *made)}


def _pages(mode: str, kind: str, read: list[int], others: int = 0) -> Frames:
    """Pages of a kind with so many records read from each, and others of lists."""
    captures = _captures(mode, {kind: len(read), "listing_index": others})
    ids = captures["raw.captures"]["capture_id"].to_list()
    counted = [*read, *[1] * others]
    made = [
        {**MONTH, "capture_id": ids[n], "page_kind": kind if n < len(read) else "listing_index",
         "n_listings": counted[n], "n_vendors": counted[n], "n_problems": 0}
        for n in range(len(ids))
    ]  # fmt: skip
    return captures | {"parsed.pages": rows("parsed", "pages", *made)}


@pytest.mark.parametrize(
    ("mode", "walls", "others", "blocks"),
    [
        ("import", 2, 29, False), ("import", 20, 11, False), ("import", 31, 0, False),
        ("nav", 2, 29, False), ("nav", 1, 10, False),
        ("nav", 3, 28, True),  # 9.7 %
        ("nav", 2, 3, True),  # of five pages two: the session is gone
        ("nav", 1, 0, True),
        ("nav", 3, 197, False),  # 1.5 %
    ],
)  # fmt: skip
def test_walls(mode: str, walls: int, others: int, *, blocks: bool) -> None:
    failed = _failed("raw.captures", _captures(mode, {"login": walls, "listing": others}))
    assert ("walls" in failed) is blocks
    assert not blocks or failed["walls"].detail == f"{walls} of {walls + others} pages"
    counted = failed.get("walls_imported")
    assert (counted is not None) is (mode == "import")
    assert counted is None or (counted.observed, counted.severity, counted.blocks) == (walls, "warning", False)


def test_a_small_archive_is_no_crawl_that_broke_off() -> None:
    failed = _failed("raw.captures", _captures("import", {"listing": 7}))
    # Its records are made up here, so the checks of the archive itself have their say.
    assert [rule for rule, result in failed.items() if result.blocks and result.rule.check != "archive"] == []
    assert failed["pages_few"].detail == "7 pages, a crawl has at least 20"
    crawl = _failed("raw.captures", _captures("nav", {"listing": 7}))
    assert crawl["pages_least"].blocks
    assert (crawl["pages_least"].observed, crawl["pages_least"].detail) == (13, "7 pages, at least 20 expected")


@pytest.mark.parametrize(
    ("mode", "read", "blocks", "warns"),
    [
        ("import", [1, 1, 1, 1, 1, 1, 1, 0], False, True),  # one cut page of eight
        ("import", [1, 0, 0, 0, 0, 1, 1, 1], False, True),  # half
        ("import", [0] * 6 + [1, 1], True, True),  # the layout is not known
        ("import", [0, 1], False, True),
        ("nav", [1, 1, 1, 1, 1, 1, 1, 0], False, True),
        ("nav", [1, 1, 1, 1, 1, 1, 0, 0], True, True),
        ("nav", [0, 1], True, True),
        ("nav", [1, 1], False, False),
    ],
)
def test_pages_of_offers_that_were_cut(mode: str, read: list[int], *, blocks: bool, warns: bool) -> None:
    failed = _failed("parsed.pages", _pages(mode, "listing", read))
    rule = "offers_read_least_imported" if mode == "import" else "offers_read_least"
    assert {name for name, result in failed.items() if result.blocks and "offers_read" in name} == (
        {rule} if blocks else set()
    )
    assert ("offers_read" in failed) is warns
    if warns:
        assert failed["offers_read"].detail == f"{read.count(0)} of {len(read)} pages of offers not read"


@pytest.mark.parametrize(
    ("mode", "unknown", "others", "blocks"),
    [("import", 12, 19, False), ("import", 20, 11, True), ("nav", 1, 9, False), ("nav", 4, 27, True)],
)
def test_pages_of_no_known_kind(mode: str, unknown: int, others: int, *, blocks: bool) -> None:
    failed = _failed("parsed.pages", _pages(mode, "foreign", [0] * unknown, others))
    assert any(result.blocks for name, result in failed.items() if name.startswith("recognised_least")) is blocks


def test_an_imported_offer_without_id_or_title_is_set_aside_and_a_captured_one_stops() -> None:
    offer = {**MONTH, "page_kind": "listing", "listing_id": None, "title": None}
    for mode, blocking in (("import", set()), ("nav", {"has_id", "has_title"})):
        captures = _captures(mode, {"listing": 1})
        of_it = {**offer, "capture_id": captures["raw.captures"]["capture_id"][0]}
        pages = {"parsed.pages": rows("parsed", "pages", {**MONTH, "capture_id": of_it["capture_id"]})}
        failed = _failed("parsed.listings", captures | pages | {"parsed.listings": rows("parsed", "listings", of_it)})
        assert {name for name, result in failed.items() if result.blocks} == blocking
        assert {"has_id_imported", "has_title_imported"} & failed.keys() == (
            {"has_id_imported", "has_title_imported"} if mode == "import" else set()
        )


@pytest.mark.parametrize(("kept", "read", "blocks"), [(7, 8, False), (2, 4, False), (1, 3, True), (5, 8, True)])
def test_offers_kept_where_there_are_few(kept: int, read: int, *, blocks: bool) -> None:
    offers = [{**MONTH, "listing_id": str(n), "page_kind": "listing"} for n in range(read)]
    failed = _failed(
        "clean.listings",
        {
            "clean.listings": rows("clean", "listings", *[dict(MONTH)] * kept),
            "parsed.listings": rows("parsed", "listings", *offers),
        },
    )
    assert ("kept" in failed) is blocks
    assert not blocks or failed["kept"].detail == f"{kept} of {read} offers kept"


@pytest.mark.slow
def test_what_rules_say_in_words_runs_on_empty_tables() -> None:
    from cryptodrug_assets.quality import sql
    from cryptodrug_assets.quality.rules import rules
    from cryptodrug_assets.quality.stage import staged

    everything = {contract.name: contracts.empty(contract) for contract in contracts.all_contracts()}
    for contract in contracts.all_contracts():
        with staged(everything | empty_context([contract])) as connection:
            for rule in rules(contract):
                assert not rule.found or sql.words(connection, contract.name, rule) != ""
