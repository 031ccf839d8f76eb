# ruff: noqa: E501 - markup reads better whole
"""Pages built as Wall Street's evidence says, with made-up content. No text of a real page is in here.

What the evidence leaves open (what stands between the parts) is filled in as plainly as possible.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

NOW = datetime(2019, 4, 3, 14, 52, tzinfo=UTC)
SITE = "http://wallstreetexample.onion"
TOKEN = "token-of-this-session"
# Names, numbers and children by level, with the counts that the buttons show.
Tree = Sequence[tuple[str, int, int, "Tree"]]
TREE: Tree = (
    ("Drugs", 1, 900, (
        ("Cannabis", 1, 400, (("Weed", 1, 250, ()), ("Hashish", 2, 150, ()))),
        ("Opiates", 9, 60, ()),
        ("Stimulants", 11, 300, (("Cocaine", 3, 200, ()), ("Speed", 5, 100, ()))),
        ("Psychedelics", 50, 140, (("2C-X", 29, 40, ()),)),
    )),
    ("Software & Malware", 4, 30, ()),
)  # fmt: skip
FOOTER = """<div id="footer"><div class="container"><div class="row"><div class="col-md-3">
<div class="badge badge-info badge-pill">Stats</div><ul class="small pl-3"><li>{customers} Customers</li>
<li>{vendors} Vendors</li></ul></div><div class="small">Servertime: 14:52:00</div></div></div></div>"""
LOGOUT = '<form action="/logout" method="post"><button>Log out</button></form>'


def menu(tree: Tree = TREE, level: str = "TMB") -> str:
    """The nested list of buttons: toggles with a box, a label and a list; leaves as files."""
    items = []
    for name, number, offers, below in tree:
        button = f'<button name="menuCat{level[0]}" value="{number}" type="submit">{name} {offers}</button>'
        inner = f"<ol>{menu(below, level[1:])}</ol>" if below else ""
        box = f'<input type="checkbox" id="c{level[0]}{number}"><label for="c{level[0]}{number}">+</label>'
        items.append(f"<li>{box}{button}{inner}</li>" if below else f'<li class="file">{button}</li>')
    return "\n".join(items)


def filters(chosen: tuple[str, str, str] = ("", "", ""), limit: int = 90) -> str:
    """The hidden state and the filters of the lists' form."""
    hidden = {"_token": TOKEN, "catT": chosen[0], "catM": chosen[1], "catB": chosen[2]}
    inputs = "".join(f'<input type="hidden" id="form_{n}" name="form[{n}]" value="{v}">' for n, v in hidden.items())
    sizes = "".join(f'<option value="{n}"{" selected" if n == limit else ""}>{n}</option>' for n in (15, 30, 90))
    return f"""{inputs}<input type="text" name="form[searchTerm]" value="">
<select name="form[limit]">{sizes}</select>
<select name="form[sort]"><option value="price_asc">Price</option><option value="pop_week_desc" selected>Week</option></select>
<select name="form[shipsfrom]"><option value="">any</option><option value="BE">BE</option></select>"""


def frame(
    content: str = "", *, act: str = "IndexIndex", title: str = "Wallstreet Market", form: str = "",
    logged_in: bool = True, customers: str = "1.05m", vendors: str = "4.8k", tree: str | None = None,
) -> str:  # fmt: skip
    """A whole page; without a form of lists for those who are not logged in."""
    tree = f'<ol class="tree">{menu() if tree is None else tree}</ol>'
    body_class = f' class="act-frontend{act}"' if act else ""
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="UTF-8"><title>{title}</title></head><body{body_class}>
<div class="container" id="mCont"><div id="wrap"><nav class="navbar"><div class="container"><div class="wsm-menu col-12">
<a class="navbar-brand" href="/index"><h1 class="shop_mhead">Wall<sup>ST</sup> Market</h1></a>
<div class="content"><ul class="navbar-nav"><li><a class="nav-link" href="/index">Home</a></li></ul>{LOGOUT if logged_in else ""}</div>
</div></div></nav></div>
{f'<form method="POST" action="/index">{form or filters()}{tree}</form>' if logged_in else ""}
{content}
</div>
{FOOTER.format(customers=customers, vendors=vendors)}
</body></html>"""


@dataclass(frozen=True)
class Offer:
    """An offer as a list or its own page shows it."""

    number: int = 210013
    title: str = "Some thing, tested"
    vendor: str = "north_star"
    price: str = "$12.34"
    unit: str = "/Gram"
    origin: str = "Ships from: DE"
    to: str = "Ships Worldwide"
    countries: str = ""

    def card(self) -> str:
        """A card of a list."""
        box = f"<div>{self.to}<div>{self.countries}</div></div>" if self.countries else f" {self.to}"
        return f"""<div class="card"><div class="card-body"><h4 class="card-title"><a href="/offer/{self.number}">{self.title}</a></h4>
<hr><a href="/profile/{self.vendor}">{self.vendor}</a> <b>Level 5</b> <b>{self.price}</b>{self.unit}<br>
<i class="ionicons ion-log-out"></i> {self.origin}<br><i class="ionicons ion-log-in"></i>{box}</div></div>"""

    def row(self) -> str:
        """A row of the table of early 2018."""
        return f"""<tr><td><a href="/offer/{self.number}">{self.title}</a></td>
<td><a href="/profile/{self.vendor}">{self.vendor}</a> Level 5</td><td>{self.price}</td></tr>"""


OFFERS = (
    Offer(),
    Offer(210014, "Another thing 100x", "southwind", "€1.234,50", "/Piece", "Ships from: NL",
          "Only ships to certain countries", "DE, AT"),
    Offer(210015, "A third thing", "north_star", "$1'045.00", "", "Ships from: BE"),
)  # fmt: skip


def pager(page: int = 1, shown: Sequence[int] = (1, 2, 3), field: str = "form[page]") -> str:
    """The pager's buttons."""
    items = "".join(
        f'<li class="page-item{" active" if n == page else ""}"><button class="page-link" name="{field}" value="{n}">{n}</button></li>'
        for n in shown
    )
    return f'<ul class="pagination">{items}</ul>'


def listed(
    offers: Sequence[Offer] = OFFERS, *, chosen: tuple[str, str, str] = ("1", "1", "1"), limit: int = 90,
    pages: int | None = 5, shown: Sequence[int] = (1, 2, 3), content: str | None = None,
) -> str:  # fmt: skip
    """A page of a list, in cards."""
    count = f"<li>Page 1/{pages}</li>" if pages else "<li></li>"
    special = f"""<div class="row specialrow"><div class="col-lg-3"><div class="card card-body mb-2 pb-2"><ul><li>412 offers</li>
{count}</ul></div></div></div>"""
    shown_offers = "".join(offer.card() for offer in offers) if content is None else content
    form = filters(chosen, limit) + (pager(shown=shown) if shown else "")
    return frame(f"{special}<h2>Products</h2>{shown_offers}", form=form)


INFORMATION = {
    "Minimum amount per order": "2 Gram", "Maximum amount per order": '<i class="ion-ios-infinite"></i>', "Views": "1204",
    "Quantity in stock": '<i class="ion-ios-infinite"></i>', "Already sold": "77", "Country": "Germany",
    "Replace-Time": "3 days",
    "Category": 'Drugs <i class="ion-chevron-right"></i> Cannabis <i class="ion-chevron-right"></i> Weed',
}  # fmt: skip
FEEDBACK = (
    ("(4.5)", "Fine as ever", "b***s", "about 3 hours ago"),
    ("(5)", "Good", "k***a", "about 2 weeks ago"),
    ("(3.0)", "Late", "z***z", "about 4 months ago"),
    ("(5.0)", "Quick", "q***e", "Mar 05, 09:30 UTC"),
    ("(1.0)", "", "r***r", "not available"),
)


@dataclass(frozen=True)
class OfferPage:
    """The page of an offer; `information_below` is layout A (headings "Info", "Information"), else B."""

    offer: Offer = field(default_factory=Offer)
    information_below: bool = False
    lines: Sequence[tuple[str, str]] = (
        ("ion-log-out", "Ships from: Germany"), ("ion-log-in", "Worldwide with Exceptions (United States, Japan)"),
        ("ion-android-share-alt", "Escrow, multisig"), ("ion-android-checkmark-circle", "Auto-accept"),
    )  # fmt: skip
    prices: Sequence[tuple[str, str, str]] = (
        ("1 Gram", "$12.34", "0.0025 BTC / Gram"), ("10 Gram", "$11.00", "0.00223 BTC / Gram"),
    )  # fmt: skip
    shipping: Sequence[tuple[str, str, str]] = (
        ("Letter", "10", "0.0004 BTC"), ("Box - insured", '<i class="ion-ios-infinite"></i>', "0.0021 BTC"),
    )  # fmt: skip
    information: Mapping[str, str] = field(default_factory=lambda: INFORMATION)
    feedback: Sequence[tuple[str, str, str, str]] = FEEDBACK

    def html(self) -> str:
        """The whole page."""
        offer = self.offer
        lines = "<br>\n".join(f'<i class="ionicons {icon}"></i> {text}' for icon, text in self.lines)
        pairs = "<br>\n".join(f"<b>{key}</b> {value}" for key, value in self.information.items())
        seller = f'<a href="/profile/{offer.vendor}">{offer.vendor}</a>'
        if self.information_below:
            block = f"<div><h1>Info</h1>{seller}<p>{lines}</p></div><div><h4>Information</h4><p>{pairs}</p></div>"
            head = f'<div><h1 class="fheading">{offer.title}</h1></div>{block}'
        else:
            head = f'<div><h1 class="fheading">{offer.title}</h1>{seller}<p>{lines}</p><p>{pairs}</p></div>'
        prices = "".join(f"<tr><td>{a}</td><td>{b}</td><td>{c}</td></tr>" for a, b, c in self.prices)
        shipping = "".join(f"<tr><td>{a}</td><td>{b}</td><td></td><td>{c}</td></tr>" for a, b, c in self.shipping)
        rows = "".join(
            f'<tr><td><i class="ratings"></i><span class="text-muted">{stars}</span></td><td>{text}<div>{offer.title}</div></td>'
            f"<td>{buyer}</td><td>{date}</td></tr>"
            for stars, text, buyer, date in self.feedback
        )
        return frame(
            f"""{head}<div><h4>Prices</h4><table><tbody>{prices}</tbody></table></div>
<div><h4>Shipping Options</h4><table><tbody>{shipping}</tbody></table></div>
<ul class="nav"><li><a href="/offer/{offer.number}">Description</a></li><li><a href="/offer/{offer.number}/refund">Refund</a></li></ul>
<div id="tabcontent">What it is.<br>How it is sent.</div>
<div><h3>Feedback</h3><table><tbody>{rows}</tbody></table></div>""",
            act="",
        )

    def but(self, **changes: object) -> "OfferPage":
        """The same with other parts."""
        return replace(self, **changes)  # type: ignore[arg-type]


FACTS = (
    ("Last online", "Online"), ("Member since", "Mar 03, 2017"), "Buyer-statistics", ("Completed orders", "123/130"),
    ("Average rating", "(3.00)"), "Vendor-statistics", ("Open/Completed orders", "14/2210"), ("Rated orders", "1980"),
    ("Average rating", '<i class="ratings four"></i> (4.91)'),
    ("Vendor-Level", '<span class="badge badge-primary">5200 exp</span> <span class="badge badge-success">Level 7</span>'),
)  # fmt: skip


def profile(
    name: str = "north_star", tab: str = "", *, facts: Sequence[str | tuple[str, str]] = FACTS, inside: str = ""
) -> str:
    """A profile with an open tab."""
    rows = "".join(
        f"<tr><th colspan=2>{fact}</th></tr>"
        if isinstance(fact, str)
        else f"<tr><td>{fact[0]}</td><td>{fact[1]}</td></tr>"
        for fact in facts
    )
    tabs = "".join(f'<li><a href="/profile/{name}{path}">x</a></li>' for path in ("", "/offers", "/pgp", "/info"))
    return frame(
        f"""<div><h2>{name} <span class="badge">Trusted vendor</span></h2><table>{rows}</table></div>
<ul class="nav">{tabs}</ul><div id="tabcontent">{inside}</div>""",
        act="",
    )


SHOP = """<table><tr><td colspan="3">Drugs <i class="ion-chevron-right"></i> Cannabis</td></tr>
<tr><td><a href="/offer/210013">Some thing, tested</a></td><td>$12.34</td><td>DE</td></tr>
<tr><td colspan="3">Drugs <i class="ion-chevron-right"></i> Opiates</td></tr>
<tr><td><a href="/offer/210015">A third thing</a></td><td>$1'045.00</td><td>BE</td></tr></table>"""

_LOGIN_FORM = """<h3 class="wms_captcha_field">Log In</h3><form method="POST" action="/login" class="login-form">
<input id="form_username" name="form[username]"><input id="form_captcha" name="form[captcha]"></form>"""
_CAPTCHA = '<form name="form" method="post"><img class="captcha_image" src="data:,x"><input id="form_captcha" name="form[captcha]"></form>'
_OLD_CAPTCHA = '<form method="post"><div class="wms_captcha_field"><img src="x"></div><input id="captcha_input" name="captcha"></form>'
_MAINTENANCE = """<h2>Status</h2><div>Back soon.</div><small><b>Beginning of maintenance:</b> 02:15 pm UTC (Tue, 2. Apr, 2019)<br>
<b>Expected end:</b> 03:00 pm UTC (Tue, 2. Apr, 2019)</small>"""
WALLS = {
    "login": ("login", frame(_LOGIN_FORM, act="LoginIndex", logged_in=False)),
    "login without a class": ("login", frame(_LOGIN_FORM, act="", logged_in=False)),
    "security check": ("challenge", frame(_CAPTCHA, act="LandingIndex", logged_in=False)),
    "captcha while logged in": ("challenge", frame(_CAPTCHA, act="")),
    "captcha of early 2018 while logged in": ("challenge", frame(_OLD_CAPTCHA, act="")),
    "captcha on a list": ("challenge", listed(content=_CAPTCHA)),
    "mnemonic": ("login", frame("<h3>Your mnemonic</h3><form><input name=code></form>", act="")),
    "maintenance": ("maintenance", frame(_MAINTENANCE, act="MaintenanceIndex", logged_in=False)),
    "maintenance without a class": ("maintenance", frame(_MAINTENANCE, act="", logged_in=False)),
    "maintenance while logged in": ("maintenance", frame(_MAINTENANCE, act="MaintenanceIndex")),
}
CONTENT = {
    "home": ("home", f"{SITE}/", frame(act="IndexIndex")),
    "list": ("listing_index", f"{SITE}/index", listed()),
    "empty list": ("listing_index", f"{SITE}/index", listed(())),
    "old list": (
        "listing_index", f"{SITE}/index",
        listed(content=f"<table></table><table><tr><th>#</th></tr>{''.join(offer.row() for offer in OFFERS)}</table>"),
    ),
    "offer": ("listing", f"{SITE}/offer/210013", OfferPage().html()),
    "offer, layout A": ("listing", f"{SITE}/offer/210013", OfferPage(information_below=True).html()),
    "profile": ("vendor", f"{SITE}/profile/north_star", profile()),
    "offers of a vendor": ("vendor", f"{SITE}/profile/north_star/offers", profile(tab="offers", inside=SHOP)),
    "text of a vendor": ("vendor", f"{SITE}/profile/north_star/info", profile(tab="info", inside="About me.<br>More.")),
}  # fmt: skip
