"""Corrections by people: what deserves a look, in which order; what a correction changes; when it rests."""

import csv
import json
from dataclasses import astuple, replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from typer.testing import CliRunner

from cryptodrug_assets.capture.archive.index import index_frame
from cryptodrug_assets.capture.archive.pages import read_pages
from cryptodrug_assets.capture.imports.data_set_month import DataSet
from cryptodrug_assets.capture.imports.data_sets import import_table
from cryptodrug_assets.cleaning.corrections import COLUMNS, Correction, add, read_corrections, with_corrected_links
from cryptodrug_assets.cleaning.keyring import pseudonyms_of
from cryptodrug_assets.cleaning.month import CleaningOptions, clean_month
from cryptodrug_assets.cleaning.pseudonyms import KINDS, Pseudonyms
from cryptodrug_assets.cleaning.review import links_to_review, offers_to_review
from cryptodrug_assets.commands.app import app as command
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.pipeline.parse import parse
from cryptodrug_assets.settings import Settings
from cryptodrug_assets.storage.store import TableStore

KEYS = Pseudonyms(dict.fromkeys(KINDS, b"k" * 32))
CELL = ("empire", "2019-05")
# A name that says nothing, sold four times for 100; a place that is none, never sold, at 50; one that is clear.
OFFERS = [
    {"id": "1", "title": "The envelope of Tuesday", "from": "Belgium", "price": 100},
    {"id": "2", "title": "5g cocaine", "from": "Middle of nowhere", "price": 50},
    {"id": "3", "title": "10g hash", "from": "Spain", "price": 70},
]
SOLD = [{"id": "1", "day": f"2019-05-0{day}", "paid": 100} for day in (3, 4, 5, 6)]


def month(folder: Path, titles: dict[str, str] | None = None) -> Any:
    """The parsed month of these offers and sales."""
    root = folder / "archive"
    head = {"name": "m", "source": "s", "licence": "CC0"}
    offer = {
        "listing_id": "id",
        "vendor_name": {"constant": "ann"},
        "title": "title",
        "ships_from": "from",
        "price_amount": "price",
        "price_currency": {"constant": "EUR"},
    }
    review = {
        "listing_id": "id",
        "vendor_name": {"constant": "ann"},
        "dated_at": "day",
        "price_amount": "paid",
        "price_currency": {"constant": "EUR"},
    }
    offers = [row | {"title": (titles or {}).get(str(row["id"]), row["title"])} for row in OFFERS]
    for name, rows, blocks in (
        ("offers", offers, {"captured_at": {"constant": "2019-05-02"}, "offer": offer}),
        ("sales", SOLD, {"review": review}),
    ):
        (folder / f"{name}.json").write_text(json.dumps(rows))
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(head | blocks))
        data = DataSet.of(folder / f"{name}.json", folder / f"{name}.yaml")
        import_table(data, market=CELL[0], archive_root=root)
    return parse(*CELL, read_pages(root, index_frame(root, *CELL), by_capture=True))


def cleaned(parsed: Any, corrections: Path | None = None, keys: Pseudonyms = KEYS) -> dict[str, pl.DataFrame]:
    """The clean tables of the month."""
    options = CleaningOptions(corrections=corrections)
    return clean_month(parsed.by_name(), None, market=CELL[0], month=CELL[1], pseudonyms=keys, options=options)


def to_review(parsed: Any, clean: dict[str, pl.DataFrame], corrections: list[Correction] | None = None) -> pl.DataFrame:
    return offers_to_review(clean["listings"], clean["transactions"], parsed.listings, KEYS, corrections or [])


def decided(row: dict[str, Any], value: str) -> Correction:
    """A person's word on a line of the list."""
    line = [row[name] for name in ("what", "market", "key", "field", "was")]
    what, market, key, field, was = line
    return Correction(
        what, market, key, field, was, value, "looked at the page", "researcher", "2026-11-29", row["of_text"]
    )


def test_the_list_is_by_revenue_and_doubt(tmp_path: Path) -> None:
    parsed = month(tmp_path)
    rows = to_review(parsed, cleaned(parsed))
    # 4 sales at 100 euros, class unknown (1.0): 400; 50 euros with an origin nobody understands (0.8): 40. Nothing of
    # the third. That the second has no category says nothing against its title.
    assert rows.select("title", "field", "doubt", "stake_eur").rows()[0] == (
        "The envelope of Tuesday",
        "drug_class",
        1.0,
        400.0,
    )
    assert ("5g cocaine", "origins", 0.8, 50.0) in rows.select("title", "field", "doubt", "stake_eur").rows()
    assert "10g hash" not in set(rows.filter(pl.col("doubt") > 0.5)["title"])


def test_a_correction_is_applied_as_a_rule_noted_and_reaches_the_sales(tmp_path: Path) -> None:
    parsed = month(tmp_path)
    before = cleaned(parsed)
    assert before["transactions"]["drug_class"].unique().to_list() == [None]
    rows = {row["field"]: row for row in to_review(parsed, before).iter_rows(named=True) if row["doubt"] > 0.5}
    path = tmp_path / "corrections.csv"
    add(path, [decided(rows["drug_class"], "cannabis/cannabis_herb"), decided(rows["origins"], "BE NL")])
    after = cleaned(parsed, path)
    offers = after["listings"].join(before["listings"].select("listing_key", was="drug_class"), on="listing_key")
    one = offers.filter(pl.col("listing_key") == rows["drug_class"]["key"]).row(0, named=True)
    assert (one["drug_class"], one["drug_subclass"], one["class_rule"], one["class_review"], one["is_drug"]) == (
        "cannabis",
        "cannabis_herb",
        "correction",
        False,
        True,
    )
    other = offers.filter(pl.col("listing_key") == rows["origins"]["key"]).row(0, named=True)
    assert (other["origins"], other["n_origins"], other["origin_kind"]) == (["BE", "NL"], 2, "list")
    assert after["transactions"]["drug_class"].to_list() == ["cannabis"] * 4
    noted = after["decisions"].filter(pl.col("rule").str.starts_with("correction")).sort("rule")
    assert noted.select("subject_key", "action", "rule", "before", "after").rows() == [
        (rows["drug_class"]["key"], "altered", "correction_drug_class", "unknown", "cannabis/cannabis_herb"),
        (rows["origins"]["key"], "altered", "correction_origins", "unknown", "BE NL"),
    ]
    # What is decided is not asked again.
    assert not set(to_review(parsed, after, read_corrections(path))["key"]) & {rows["drug_class"]["key"]}


@pytest.mark.parametrize(
    ("written", "codes", "kind"),
    [
        ("NL BE", ["BE", "NL"], "list"),
        ("BE  BE", ["BE"], "country"),
        ("XK", ["XK"], "country"),
        ("EU", ["EU"], "region"),
    ],
)
def test_places_by_a_person_are_as_the_rules_write_them(
    tmp_path: Path, written: str, codes: list[str], kind: str
) -> None:
    parsed = month(tmp_path)
    rows = {row["field"]: row for row in to_review(parsed, cleaned(parsed)).iter_rows(named=True)}
    path = tmp_path / "corrections.csv"
    add(path, [decided(rows["origins"], written)])
    offers = cleaned(parsed, path)["listings"].filter(pl.col("listing_key") == rows["origins"]["key"])
    assert offers.select("origins", "n_origins", "origin_kind").rows() == [(codes, len(codes), kind)]


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_table_that_a_spreadsheet_saved_is_added_to_line_by_line(tmp_path: Path, end: str) -> None:
    path = tmp_path / "corrections.csv"
    add(path, [GOOD])
    path.write_text(path.read_text().replace(",", ";").removesuffix("\n") + end)
    other = replace(GOOD, key="c" * 24)
    add(path, [other])
    assert read_corrections(path) == [GOOD, other]


def test_a_quantity_by_a_person_counts_as_sure(tmp_path: Path) -> None:
    parsed = month(tmp_path)
    clean = cleaned(parsed)
    key = clean["listings"].filter(pl.col("drug_class") == "cocaine")["listing_key"][0]
    line = {"what": "listing", "market": "empire", "key": key, "field": "quantity", "was": "5 g"}
    text = KEYS.pseudonym("listing", "title|5g cocaine")
    path = tmp_path / "corrections.csv"
    add(path, [decided(line | {"of_text": text}, "2.5 g")])
    offer = cleaned(parsed, path)["listings"].filter(pl.col("listing_key") == key).row(0, named=True)
    assert (offer["quantity"], offer["quantity_unit"], offer["quantity_confidence"], offer["unit_price_eur"]) == (
        2.5,
        "g",
        "high",
        20.0,
    )


def test_another_title_is_asked_again_and_the_correction_rests(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    parsed = month(tmp_path / "a")
    row = to_review(parsed, cleaned(parsed)).row(0, named=True)
    path = tmp_path / "corrections.csv"
    add(path, [decided(row, "cannabis")])
    renamed = month(tmp_path / "b", {"1": "The letter of Friday"})
    clean = cleaned(renamed, path)
    assert clean["listings"].filter(pl.col("listing_key") == row["key"])["drug_class"][0] is None
    assert clean["decisions"].filter(pl.col("rule") == "correction_of_other_text")["subject_key"].to_list() == [
        row["key"]
    ]
    again = to_review(renamed, clean, read_corrections(path)).row(0, named=True)
    assert (again["key"], again["why"]) == (row["key"], "its text has changed since it was corrected")


LINKS = pl.DataFrame(
    {
        "left": ["a" * 24, "a" * 24, "b" * 24],
        "right": ["c" * 24, "d" * 24, "e" * 24],
        "link_class": ["C", "B", "B"],
        "probability": [0.5, 0.9, 0.8],
        "evidence": [["name"], ["text"], ["text"]],
        "same_name": [True, False, False],
        "key_conflict": [False] * 3,
        "possible_imitation": [True, False, False],
    }
)


def said(key: str, value: str) -> Correction:
    return Correction(
        "vendor_link", "dream", key, "same_vendor", "C", value, "asked both", "researcher", "2026-11-29", ""
    )


def test_links_of_vendors_are_confirmed_and_denied() -> None:
    corrections = [said("a" * 24 + "+" + "c" * 24, "yes"), said("b" * 24 + "+" + "e" * 24, "no")]
    links = with_corrected_links(LINKS, corrections)
    # The confirmed one is certain, its rival no more than possible, the denied one gone.
    assert links.select("right", "link_class", "probability", "evidence", "possible_imitation").rows() == [
        ("c" * 24, "A", 1.0, ["name", "person"], False),
        ("d" * 24, "C", 0.9, ["text"], False),
    ]


def test_links_are_asked_by_what_both_sold() -> None:
    named = LINKS.with_columns(market=pl.lit("dream"), other_market=pl.lit("empire")).rename(
        {"left": "vendor_key", "right": "other_vendor_key"}
    )
    sales = pl.DataFrame({"vendor_key": ["a" * 24, "c" * 24, "b" * 24], "price_eur": [10.0, 20.0, 100.0]})
    rows = links_to_review(named, sales)
    # 100 x 4 x .8 x .2 = 64; (10 + 20) x 1 = 30; 10 x 4 x .9 x .1 = 3.6.
    assert [row[-24:] for row in rows["key"]] == ["e" * 24, "c" * 24, "d" * 24]
    assert (rows["stake_eur"] * rows["doubt"]).round(2).to_list() == [64.0, 30.0, 3.6]


GOOD = Correction(
    "listing", "empire", "a" * 24, "drug_class", "unknown", "cannabis", "seen it", "researcher", "2026-11-29", "b" * 24
)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"what": "offer"}, "cannot be corrected"),
        ({"field": "price"}, "no field"),
        ({"key": "12"}, "is no key"),
        ({"is_": "grass"}, "no class"),
        ({"is_": "cannabis/lsd"}, "no class"),
        ({"reason": ""}, "reason"),
        ({"role": "J. Doe"}, "no role"),
        ({"date": "yesterday"}, "not a day"),
        ({"of_text": ""}, "of_text is missing"),
        ({"field": "origins", "is_": "Belgium"}, "no list of places"),
        ({"field": "origins", "is_": "WW"}, "no list of places"),
        ({"field": "quantity", "is_": "5 grams"}, "no quantity"),
    ],
)
def test_a_correction_that_cannot_be_names_its_line(tmp_path: Path, change: dict[str, str], words: str) -> None:
    path = tmp_path / "corrections.csv"
    add(path, [GOOD, replace(GOOD, **change)])
    with pytest.raises(UserError, match="corrections.csv line 3") as caught:
        read_corrections(path)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_latest_word_counts_and_all_stay_on_record(tmp_path: Path) -> None:
    path = tmp_path / "corrections.csv"
    add(path, [GOOD])
    add(path, [replace(GOOD, is_="mdma", date="2026-11-30")])
    assert [one.is_ for one in read_corrections(path)] == ["mdma"]
    assert len(path.read_text().splitlines()) == 3


@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_a_table_as_spreadsheets_save_it_is_read_and_added_to(tmp_path: Path, delimiter: str, end: str) -> None:
    """With semicolons, with a mark of UTF-8, and without an end of the last line: none is lost, none grows together."""
    path = tmp_path / "corrections.csv"
    lines = [COLUMNS, astuple(GOOD)]
    text = (end or "\n").join(delimiter.join(f'"{cell}"' for cell in line) for line in lines)
    path.write_bytes(f"\ufeff{text}{end}".encode())
    assert read_corrections(path) == [GOOD]
    second = replace(GOOD, key="f" * 24)
    add(path, [second])
    assert read_corrections(path) == [GOOD, second]
    assert path.read_text("utf-8").count("\n") == 3


def test_review_and_correct_as_a_person_uses_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRYPTODRUG_HOME", str(tmp_path / "home"))
    settings = Settings()
    store = TableStore(settings.tables)
    parsed, keys = month(tmp_path), pseudonyms_of(settings.keys, store)
    store.commit("parsed", "listings", parsed.listings, *CELL, {})
    for name, frame in cleaned(parsed, keys=keys).items():
        store.commit("clean", name, frame, *CELL, {})
    app = CliRunner()
    done = app.invoke(command, ["review", "--market", "empire", "--month", "2019-05"])
    assert done.exit_code == 0, done.output
    listed = tmp_path / "home" / "review" / "empire-2019-05.csv"
    assert listed.stat().st_mode & 0o077 == 0
    rows = list(csv.DictReader(listed.open(encoding="utf-8-sig")))
    nothing = app.invoke(command, ["correct", str(listed)])
    assert "no line of" in str(nothing.exception)
    rows[0] |= {"is": "cannabis", "reason": "a strain", "role": "researcher"}
    unknown = [rows[0] | {"key": "0" * 24}]
    for name, lines in (("bad.csv", unknown), ("good.csv", rows)):
        with (tmp_path / name).open("w", newline="") as file:
            # As a spreadsheet of half of Europe saves it.
            writer = csv.DictWriter(file, rows[0].keys(), delimiter=";" if name == "good.csv" else ",")
            writer.writeheader()
            writer.writerows(lines)
    bad = app.invoke(command, ["correct", str(tmp_path / "bad.csv")])
    assert isinstance(bad.exception, UserError)
    assert "there is no offer" in str(bad.exception)
    assert not settings.corrections_file.exists()
    good = app.invoke(command, ["correct", str(tmp_path / "good.csv")])
    assert (good.exit_code, "1 corrections added" in good.output) == (0, True), good.output
    assert "0 corrections added, 1 were there" in app.invoke(command, ["correct", str(tmp_path / "good.csv")]).output
    offers = cleaned(parsed, settings.corrections_file, keys)["listings"]
    assert offers.filter(pl.col("listing_key") == rows[0]["key"])["class_rule"].to_list() == ["correction"]
