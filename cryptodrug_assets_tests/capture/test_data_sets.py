"""Data sets imported: forms of files, months, undo, repetition; and bad ones, which leave nothing behind."""

import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from cryptodrug_assets.capture.archive.data_sets import altered
from cryptodrug_assets.capture.archive.index import index_frame
from cryptodrug_assets.capture.archive.pages import read_pages
from cryptodrug_assets.capture.archive.verify import verify
from cryptodrug_assets.capture.imports.data_set_month import DataSet
from cryptodrug_assets.capture.imports.data_sets import TableReport, import_table
from cryptodrug_assets.capture.imports.importer import import_paths
from cryptodrug_assets.capture.imports.log import imports, undo
from cryptodrug_assets.cleaning.month import CleaningOptions, clean_month
from cryptodrug_assets.cleaning.pseudonyms import KINDS, Pseudonyms
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.installation import CONTRACTS_DIR
from cryptodrug_assets.markets import get_market
from cryptodrug_assets.pipeline.parse import parse

MARKET = "empire"
KEYS = Pseudonyms(dict.fromkeys(KINDS, b"k" * 32))
HEAD: dict[str, Any] = {"name": "m", "source": "a colleague", "licence": "CC0"}
OFFERS = HEAD | {
    "captured_at": "seen",
    "offer": {
        "listing_id": "id",
        "title": "title",
        "vendor_name": "vendor",
        "price_amount": "price",
        "ships_from": "from",
    },
}
REVIEWS = HEAD | {
    "review": {
        "listing_id": "offer",
        "vendor_name": "vendor",
        "dated_at": "day",
        "rating": "stars",
        "price_amount": "paid",
    },
}
# Six rows of four offers: one seen on two days, one in the next month, one before the market's window.
ROWS = [
    {"id": "1", "title": "5g speed paste", "vendor": "ann", "price": "EUR 40", "from": "Belgium", "seen": "2019-05-02"},
    {"id": "1", "title": "5g speed paste", "vendor": "ann", "price": "EUR 44", "from": "Belgium", "seen": "2019-05-20"},
    {"id": "2", "title": "1g cocaine", "vendor": "bob", "price": "EUR 70", "from": "Netherlands", "seen": "2019-05-02"},
    {"id": "3", "title": "10g hash", "vendor": "cee", "price": "EUR 90", "from": "", "seen": "2019-05-02"},
    {"id": "3", "title": "10g hash", "vendor": "cee", "price": "EUR 90", "from": "", "seen": "2019-06-02"},
    {"id": "4", "title": "1g heroin", "vendor": "dee", "price": "EUR 30", "from": "Spain", "seen": "2018-01-02"},
]


def mapping(folder: Path, given: dict[str, Any], name: str = "m.yaml") -> Path:
    """A mapping file."""
    path = folder / name
    path.write_text(yaml.safe_dump(given), "utf-8")
    return path


def csv_text(rows: list[dict[str, Any]]) -> str:
    """Rows as CSV."""
    return pl.DataFrame(rows).write_csv()


def bring(folder: Path, path: Path, given: dict[str, Any], market: str = MARKET, **options: Any) -> TableReport:
    """Import a file through a mapping."""
    data = DataSet.of(path, mapping(folder, given))
    return import_table(data, market=market, archive_root=folder / "archive", **options)


def parsed(folder: Path, month: str, market: str = MARKET) -> Any:
    """The parsed tables of a month."""
    root = folder / "archive"
    return parse(market, month, read_pages(root, index_frame(root, market, month), by_capture=True))


def as_json(path: Path) -> None:
    path.write_text(json.dumps({"data": {"items": ROWS}}))


def as_lines(path: Path) -> None:
    path.write_text("\ufeff" + "\n".join(map(json.dumps, ROWS)) + "\n\n", "utf-8")


def as_parquet(path: Path) -> None:
    pl.DataFrame(ROWS).with_columns(pl.col("id").cast(pl.Int64), pl.col("seen").str.to_date()).write_parquet(path)


def as_sqlite(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE other (a)")
        db.execute('CREATE TABLE offers (id INTEGER, title TEXT, vendor TEXT, price TEXT, "from" TEXT, seen TEXT)')
        db.executemany("INSERT INTO offers VALUES (?, ?, ?, ?, ?, ?)", [tuple(row.values()) for row in ROWS])
    db.close()


def as_csv(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbf" + csv_text(ROWS).replace(",", ";").encode())


@pytest.mark.parametrize(
    ("name", "write", "further"),
    [
        ("a.csv", as_csv, {"delimiter": ";"}),
        ("a.json", as_json, {"table": "data.items"}),
        ("a.jsonl", as_lines, {}),
        ("a.parquet", as_parquet, {}),
        ("a.sqlite", as_sqlite, {"table": "offers"}),
    ],
)
def test_each_form_of_file_gives_the_same_offers(
    tmp_path: Path, name: str, write: Callable[[Path], None], further: dict[str, Any]
) -> None:
    write(tmp_path / name)
    report = bring(tmp_path, tmp_path / name, OFFERS | further)
    assert (report.imported, report.known, dict(report.months)) == (5, 0, {"2019-05": 4, "2019-06": 1})
    assert report.not_imported == 1
    assert "2018-01 1" in report.refused[0]
    offers = parsed(tmp_path, "2019-05").listings.sort("listing_id", "captured_at")
    assert offers.select("listing_id", "title", "vendor_name", "price_amount", "ships_from").rows() == [
        ("1", "5g speed paste", "ann", 40, "Belgium"),
        ("1", "5g speed paste", "ann", 44, "Belgium"),
        ("2", "1g cocaine", "bob", 70, "Netherlands"),
        ("3", "10g hash", "cee", 90, None),
    ]


def saved(folder: Path, rows: list[dict[str, Any]], name: str = "a.csv") -> Path:
    """Rows as a CSV file."""
    path = folder / name
    path.write_text(csv_text(rows), "utf-8")
    return path


def test_two_days_of_an_offer_are_two_views_of_one(tmp_path: Path) -> None:
    bring(tmp_path, saved(tmp_path, ROWS), OFFERS)
    month = parsed(tmp_path, "2019-05")
    clean = clean_month(
        month.by_name(), None, market=MARKET, month="2019-05", pseudonyms=KEYS, options=CleaningOptions()
    )
    offers = clean["listings"].sort("price_eur")
    # The later view of the first offer counts: 44 euros.
    assert offers.select("price_eur", "n_captures", "origins").rows() == [
        (44, 2, ["BE"]),
        (70, 1, ["NL"]),
        (90, 1, []),
    ]


def test_the_same_file_again_is_nothing_new_and_undo_takes_it_back(tmp_path: Path) -> None:
    path, root = saved(tmp_path, ROWS), tmp_path / "archive"
    first = bring(tmp_path, path, OFFERS)
    again = bring(tmp_path, path, OFFERS)
    assert (again.imported, again.known, len(imports(root))) == (0, 5, 2)
    changed = OFFERS | {"missing": ["?"]}
    with pytest.raises(UserError, match=f"--undo {first.import_id}"):
        bring(tmp_path, path, changed)
    undo(root, first.import_id)
    assert index_frame(root, MARKET, "2019-05").is_empty()
    assert bring(tmp_path, path, changed).imported == 5
    assert verify(root, MARKET, "2019-05").problems == []


def test_dry_run_writes_nothing(tmp_path: Path) -> None:
    report = bring(tmp_path, saved(tmp_path, ROWS), OFFERS, dry_run=True)
    assert (report.imported, (tmp_path / "archive").exists()) == (5, False)


def test_rows_have_their_file_and_place_and_the_file_is_kept(tmp_path: Path) -> None:
    path, root = saved(tmp_path, ROWS), tmp_path / "archive"
    bring(tmp_path, path, OFFERS)
    index = index_frame(root, MARKET, "2019-06")
    assert json.loads(index["provenance"][0]) == {"licence": "CC0", "origin": "a.csv row 5", "source": "a colleague"}
    (page,) = read_pages(root, index)
    assert json.loads(page.body)["cells"] == ROWS[4]
    (kept,) = (root / MARKET / "data_sets").glob("*.csv")
    assert kept.read_bytes() == path.read_bytes()
    assert kept.stat().st_mode & 0o077 == 0
    assert altered(root / MARKET) == []
    kept.write_bytes(b"other")
    assert len(altered(root / MARKET)) == 1
    (mapping_file,) = (root / MARKET / "data_sets").glob("*.mapping.yaml")
    mapping_file.write_text("name: other")
    with pytest.raises(UserError, match="altered"):
        list(read_pages(root, index))


REVIEWED: list[dict[str, Any]] = [
    {"offer": "1", "vendor": "ann", "day": "2019-05-03", "stars": 5, "paid": "EUR 40"},
    {"offer": "1", "vendor": "ann", "day": "2019-05-03", "stars": 5, "paid": "EUR 40"},
    {"offer": "2", "vendor": "bob", "day": "2019-05-31", "stars": 1, "paid": "EUR 70"},
    {"offer": "9", "vendor": "eve", "day": "2019-05-09", "stars": None, "paid": None},
    {"offer": "3", "vendor": "cee", "day": "2019-06-01", "stars": 4, "paid": "EUR 0"},
]


def test_reviews_are_sales_once_each_however_alike_and_however_often_imported(tmp_path: Path) -> None:
    bring(tmp_path, saved(tmp_path, ROWS), OFFERS)
    assert bring(tmp_path, saved(tmp_path, REVIEWED, "r.csv"), REVIEWS).records["reviews"] == 5
    # The same reviews in another file, with one more: five of them are the same sales.
    more = [*REVIEWED, {"offer": "2", "vendor": "bob", "day": "2019-05-30", "stars": 5, "paid": "EUR 70"}]
    bring(tmp_path, saved(tmp_path, more, "s.csv"), REVIEWS)
    clean = clean_month(
        parsed(tmp_path, "2019-05").by_name(),
        parsed(tmp_path, "2019-06").by_name(),
        market=MARKET,
        month="2019-05",
        pseudonyms=KEYS,
        options=CleaningOptions(),
    )
    sales = clean["transactions"].sort("dated_lo", "price_eur")
    # Two alike on the third, the one of an offer that nobody captured, two of bob's; the one of June is June's.
    assert sales.select("drug_class", "price_eur", "origins", "attribution").rows() == [
        ("amphetamine", 40, ["BE"], "listing"),
        ("amphetamine", 40, ["BE"], "listing"),
        (None, None, [], "none"),
        ("cocaine", 70, ["NL"], "listing"),
        ("cocaine", 70, ["NL"], "listing"),
    ]
    assert sales["status"].unique().to_list() == ["observed"]


def test_reviews_inside_offers(tmp_path: Path) -> None:
    rows = [
        {"id": 7, "who": {"name": "ann"}, "seen": "2019-05-02", "reviews": [{"on": "2019-05-01"}, {"on": "2019-04-30"}]}
    ]
    (tmp_path / "a.json").write_text(json.dumps(rows))
    given = HEAD | {
        "each": "reviews",
        "review": {"listing_id": "id", "vendor_name": "who.name", "dated_at": "reviews.on"},
    }
    assert dict(bring(tmp_path, tmp_path / "a.json", given).months) == {"2019-05": 1, "2019-04": 1}
    feedback = parsed(tmp_path, "2019-05").feedback
    assert feedback.select("listing_id", "vendor_name").rows() == [("7", "ann")]


def test_what_cannot_be_read_is_counted_and_named(tmp_path: Path) -> None:
    rows = [*ROWS, ROWS[0] | {"seen": "soon"}, ROWS[0] | {"price": "cheap"}, ROWS[0] | {"price": "dear"}]
    report = bring(tmp_path, saved(tmp_path, [row | {"extra": 1} for row in rows]), OFFERS)
    assert report.unused == ["extra"]
    assert report.unread == {("price_amount", "no number"): 2}
    assert report.first_unread[("price_amount", "no number")] == "a.csv row 8"
    assert any("no date" in line and "row 7" in line for line in report.refused)
    rejects = parsed(tmp_path, "2019-05").rejects
    assert rejects.select("field", "reason").rows() == [("price_amount", "unreadable")] * 2


TORN = csv_text(ROWS) + "9,a title,ann\n"


@pytest.mark.parametrize(
    ("name", "body", "given", "words"),
    [
        (
            "a.csv",
            csv_text(ROWS).encode(),
            OFFERS | {"captured_at": "when"},
            "asks for columns that are not in a.csv: when",
        ),
        ("a.csv", TORN.encode(), OFFERS, "a.csv row 7 is torn: 3 cells instead of 6"),
        ("a.csv", (csv_text(ROWS) + '1,"open').encode(), OFFERS, "is not CSV"),
        ("a.csv", csv_text(ROWS).replace("hash", "h\u00e4sh").encode("latin-1"), OFFERS, "encoding: cp1252"),
        ("a.csv", b"", OFFERS, "no heading"),
        ("a.csv", b"id,id\n1,2\n", OFFERS, "twice"),
        ("a.csv", csv_text(ROWS).splitlines()[0].encode(), OFFERS, "holds no row"),
        ("a.json", b"{", OFFERS, "is not JSON"),
        ("a.json", b'{"rows": []}', OFFERS, "there are: rows"),
        ("a.jsonl", b'{"id": 1}\n{"id"', OFFERS, "row 2 is torn"),
        ("a.parquet", b"PAR1", OFFERS, "is not Parquet"),
        ("a.sqlite", b"SQLite no", OFFERS, "no SQLite database"),
        ("a.dat", b"1", OFFERS, "format: csv"),
    ],
)
def test_a_bad_data_set_is_one_line_and_leaves_nothing(
    tmp_path: Path, name: str, body: bytes, given: dict[str, Any], words: str
) -> None:
    (tmp_path / name).write_bytes(body)
    with pytest.raises(UserError) as caught:
        bring(tmp_path, tmp_path / name, given)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "archive").exists()


def test_torn_rows_are_left_out_where_the_mapping_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(TORN)
    report = bring(tmp_path, tmp_path / "a.csv", OFFERS | {"torn_rows": "leave_out"})
    assert (report.imported, any("torn" in line for line in report.refused)) == (5, True)


def test_pages_and_data_sets_never_share_a_month(tmp_path: Path) -> None:
    page, root = tmp_path / "page.html", tmp_path / "archive"
    page.write_text("<html>a page</html>")
    options: dict[str, Any] = {
        "market": get_market(MARKET),
        "month": "2019-05",
        "archive_root": root,
        "source": "s",
        "licence": "l",
        "captured_at": datetime(2019, 5, 3, tzinfo=UTC),
        "hmac_key": b"k",
        "name_pattern": None,
    }
    bring(tmp_path, saved(tmp_path, ROWS), OFFERS)
    report = import_paths([page], **options)
    assert (report.imported, "rows of a data set" in report.refused[0]) == (0, True)
    with pytest.raises(UserError, match="made-up"):
        bring(tmp_path, saved(tmp_path, ROWS[:2], "b.csv"), OFFERS | {"synthetic": True})


def test_the_examples_that_ship(tmp_path: Path) -> None:
    folder = CONTRACTS_DIR / "mappings"
    for name in ("agora_offers", "grams_offers"):
        data = DataSet.of(folder / f"{name}.csv", folder / f"{name}.yaml")
        report = import_table(data, market=MARKET, archive_root=tmp_path, dry_run=True)
        # They are of 2015, in which this market was not observed: every row is counted as that, and none is unread.
        assert (report.imported, report.unread) == (0, {})
        assert report.not_imported == (10 if name == "agora_offers" else 18)


@pytest.mark.parametrize("wanted", [0, "0", 1, "1"])
def test_only_takes_numbers_as_they_stand(tmp_path: Path, wanted: object) -> None:
    rows = [row | {"kind": number % 2} for number, row in enumerate(ROWS)]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    report = bring(tmp_path, tmp_path / "a.jsonl", OFFERS | {"only": {"kind": wanted}})
    ids = [row["id"] for row in rows if str(row["kind"]) == str(wanted) and str(row["seen"]) > "2019"]
    assert (report.imported, report.passed_by) == (len(ids), 3)


@pytest.mark.parametrize(
    ("cell", "kept"),
    [("1e999", None), ("-1e999", None), ('"a\\ud800b"', "a\ufffdb"), ('"\\ud83d\\ude00"', "\U0001f600")],
)
@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_numbers_and_letters_that_are_none_do_not_stop_an_import(
    tmp_path: Path, name: str, cell: str, kept: str | None
) -> None:
    row = json.dumps(ROWS[0] | {"title": "TITLE"}).replace('"TITLE"', cell)
    (tmp_path / name).write_text(row if name == "a.jsonl" else f"[{row}]")
    assert bring(tmp_path, tmp_path / name, OFFERS).imported == 1
    assert parsed(tmp_path, "2019-05").listings["title"].to_list() == [kept]
