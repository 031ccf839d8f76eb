"""The files of a new market: a parser that reads a made-up page, its YAML, its categories and its test.

They work from the first minute, so that a person changes what reads one layout into what reads another. The market is
not observed: its YAML lies in data_contracts/markets/more until `cryptodrug market enable`.
"""

import re
from pathlib import Path
from string import Template

from cryptodrug_assets.errors import UserError
from cryptodrug_assets.observation import FROM_LISTING, FROM_VENDOR_ELSE_LISTING, TABLE, MarketConfig, Window

_NAME = re.compile(MarketConfig.model_fields["name"].metadata[0].pattern)
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9 .&-]{1,39}")

_YAML = Template("""\
# $label: what the platform takes as given about it.
name: $name
label: $label
window: {start: $first, end: $last}
source: $source
clock: none                                  # footer: pages show the server's time
feedback_source: $feedback_source                     # vendor, listing or vendor_else_listing: docs/add-a-market.md
capture: {mode: nav, render_sample: 0.01, concurrency: 2, delay_ms: [500, 1500]}
expected: {pages: {min: 3, max: 200000}}
""")

_CATEGORIES = Template("""\
path,valid_from,drug_class,drug_subclass
Drugs,$first-01,medicines_other,
Drugs / Cannabis,$first-01,cannabis,
""")

_MODULE = Template('''\
"""$label: its pages, links and parser.

The selectors are those of the made-up page in the market's test: change them to what the market's pages show.
"""

import re
from collections.abc import Mapping
from re import Pattern
from typing import ClassVar

from cryptodrug_assets.markets import _fields as fields
from cryptodrug_assets.markets._addresses import PagesByPath
from cryptodrug_assets.markets._frame import Asked, Readers
from cryptodrug_assets.markets._html import Reader, block_text, decimal_of, text_of, title_of
from cryptodrug_assets.markets._labels import labelled, other_brand
from cryptodrug_assets.markets.base import ParsedPage
from cryptodrug_assets.markets.records import LISTING, VENDOR

_BRAND = "$label"
_OFFER = re.compile(r"/item/(\\d+)")
_PRICE = re.compile(r"([A-Z]{3}) ([\\d.,]+)")
_LABELS = ("Category", "Ships from", "Ships to")


def _read_offer(reader: Reader, page: ParsedPage, _: Asked) -> None:
    title = reader.one(reader.tree, "h1.item", "title")
    name = fields.handle_of(reader, reader.one(reader.tree, "a.seller", "vendor_name"))
    number = _OFFER.fullmatch(fields.href_of(reader.one(reader.tree, "form.order", "listing_id")))
    price = _PRICE.fullmatch(text_of(reader.one(reader.tree, "p.price", "price_amount")))
    amount = decimal_of(price[2]) if price else None
    if title is None or name is None or number is None or price is None or amount is None:
        reader.problem("listing", "rejected", "a required field could not be read")
        return
    said = labelled(reader, (text_of(row) for row in reader.tree.css("ul.details li")), _LABELS)
    record = LISTING.copy()
    record["listing_id"], record["title"], record["vendor_name"] = number[1], title_of(title), name
    fields.put_price(record, amount, price[1], price[0])
    record["category_path"] = said["Category"].split(" / ") if said.get("Category") else None
    fields.put_origin(reader, record, said.get("Ships from"))
    record["ships_to"] = fields.places_of(said.get("Ships to"))
    record["description"] = block_text(reader.maybe(reader.tree, "div.description", "description")) or None
    page.listings.append(record)
    page.vendors.append({**VENDOR, "vendor_name": name})


class $class_name(PagesByPath):
    """$label."""

    name = "$name"
    parser_version = "0.1.0"
    layout = "$first"
    readers: ClassVar[Readers] = {"home": None, "listing": _read_offer}
    # What else a capture may ask for, by kind; paths that act or end the session have no place here.
    paths: ClassVar[Mapping[str, Pattern[str]]] = {"listing": _OFFER}

    def classify(self, reader: Reader) -> str:
        """The brand in title and footer, and what stands on a page of that kind alone."""
        title = text_of(reader.tree.css_first("title"))
        said = (title.partition(" - ")[0], text_of(reader.div("footer")))
        listing = reader.tree.css_first("h1.item") is not None
        return other_brand(_BRAND, said, shaped=bool(title)) or ("listing" if listing else "home")


MARKET = $class_name()
''')

_TEST = Template('''\
"""$label: a made-up page in its layout, read field by field; and the layout under another brand."""

from cryptodrug_assets.markets import get_market
from cryptodrug_assets.markets.base import Link, ParsedPage

PAGE = """<html><head><title>$label - 5g hash</title></head><body>
<h1 class="item">5g hash</h1> by <a class="seller" href="/seller/ann">ann</a> <p class="price">EUR 40.00</p>
<ul class="details"><li>Category: Drugs / Cannabis</li><li>Ships from: Belgium</li><li>Ships to: Europe, Asia</li></ul>
<form class="order" action="/item/7"></form><div class="footer">$label</div></body></html>"""


def _read(text: str) -> ParsedPage:
    return get_market("$name").parse(text.encode(), url="http://saved.page/", captured_at=None)


def test_an_offer() -> None:
    page = _read(PAGE)
    assert (page.page_kind, page.problems, page.unread_labels) == ("listing", [], [])
    offer = page.listings[0]
    assert (offer["listing_id"], offer["title"], offer["vendor_name"]) == ("7", "5g hash", "ann")
    assert (float(offer["price_amount"] or 0), offer["price_currency"]) == (40.0, "EUR")
    assert offer["category_path"] == ["Drugs", "Cannabis"]
    assert (offer["ships_from"], offer["ships_to"]) == ("Belgium", ["Europe", "Asia"])


def test_half_a_price_is_none() -> None:
    page = _read(PAGE.replace("EUR 40.00", "EUR 40.00 or so"))
    assert page.listings == [] and page.problems


def test_another_brand_is_foreign() -> None:
    page = _read(PAGE.replace("$label", "Oasis Market"))
    assert page.page_kind == "foreign" and page.listings == []


def test_scope() -> None:
    market = get_market("$name")
    assert market.in_scope(Link("http://a.onion/item/7", "listing"))
    assert not market.in_scope(Link("http://a.onion/logout", "listing"))
''')

_FILES = {
    "cryptodrug_assets/markets/{}.py": _MODULE,
    "data_contracts/markets/more/{}.yaml": _YAML,
    "cryptodrug_assets/reference/categories/{}.csv": _CATEGORIES,
    "cryptodrug_assets_tests/markets/test_{}.py": _TEST,
}


_TABLE_FILES = ("data_contracts/markets/more/{}.yaml", "cryptodrug_assets/reference/categories/{}.csv")


def scaffold(name: str, label: str, first: str, last: str, *, tables: bool = False) -> dict[str, str]:
    """Path (from the repository's root) and text of a new market's four files; UserError for a name, label or window
    that cannot be one. Of a market of which there are data sets alone (`tables`) only the YAML and the categories.

    >>> files = scaffold("silk_road", "Silk Road", "2018-10", "2018-11")
    >>> len(files), "class SilkRoad(" in "".join(files.values())
    (4, True)
    """
    if not _NAME.fullmatch(name):
        raise UserError(f"'{name}' is no name of a market; use small letters, digits and _, such as silk_road")
    if not _LABEL.fullmatch(label):
        raise UserError(f"'{label}' is no label; use letters, digits and spaces, such as 'Agora Market'")
    try:
        Window(start=first, end=last)
    except ValueError as err:
        raise UserError(f"{first} to {last} is no window; write two months as YYYY-MM, the earlier first") from err
    values = {"name": name, "label": label, "first": first, "last": last}
    values["class_name"] = "".join(part.capitalize() for part in name.split("_"))
    values |= {"source": TABLE, "feedback_source": FROM_VENDOR_ELSE_LISTING} if tables else {
        "source": "archive", "feedback_source": FROM_LISTING,
    }  # fmt: skip
    paths = _TABLE_FILES if tables else tuple(_FILES)
    return {path.format(name): _FILES[path].substitute(values) for path in paths}


def write_new(root: Path, files: dict[str, str]) -> list[Path]:
    """Write files that are not there yet, all or none; UserError naming the first that is there."""
    targets = {root / path: text for path, text in files.items()}
    for path in targets:
        # A market may be a folder of modules as well as one module.
        if path.exists() or (path.suffix == ".py" and path.with_suffix("").exists()):
            raise UserError(f"{path.relative_to(root)} is there already; choose another name, or remove it first")
    written: list[Path] = []
    try:
        for path, text in targets.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            written.append(path)
            path.write_text(text, "utf-8")
    except OSError as err:
        for path in written:
            path.unlink(missing_ok=True)
        raise UserError(f"the files cannot be written ({err.strerror}); make {root} writable") from err
    return written
