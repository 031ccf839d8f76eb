"""What every page of the synthetic Wall Street has: menu, lists' form with the tree, footer; amounts and dates."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from cryptodrug_assets.replica.facts import Listing, MarketWorld
from cryptodrug_assets.replica.pages import META, Request, Response, escape, in_bitcoin, token
from cryptodrug_assets.replica.wall_street.categories import Path, category_tree, chain
from cryptodrug_assets.replica.wall_street.wording import unit_of
from cryptodrug_assets.synthetic import NOTE

UNLIMITED = '<i class="ionicons ion-ios-infinite"></i>'
SORT, LIMITS, LIMIT = "pop_week_desc", (15, 30, 60, 90), 15
_SORTS = {"price_asc": "Price", SORT: "Popularity, week"}
_FILTERS = ("rating", "vendorLevel", "vendoractivity", "shipsfrom", "shipsto")
# Buyers per vendor, as in the real footer of January 2019.
CUSTOMERS_PER_VENDOR = 217
_LOGOUT = '<form action="/logout" method="post"><button type="submit">Log out</button></form>'


@dataclass(frozen=True)
class Shown:
    """A world, and the request that a page of it answers."""

    world: MarketWorld
    request: Request

    @property
    def moment(self) -> datetime:
        """The moment at which the page is shown."""
        return self.request.moment


def session_token(shown: Shown) -> str:
    """The token that forms must carry now."""
    return token(f"{shown.world.name}{shown.moment}{shown.request.session}")


def short_count(value: int) -> str:
    """A count as the footer shortens it: exact below ten thousand, then in tenths of k or hundredths of m.

    >>> short_count(4800), short_count(821_600), short_count(1_050_000)
    ('4800', '821.6k', '1.05m')
    """
    if value < 10_000:
        return str(value)
    return f"{Decimal(value) / 1_000:.1f}k" if value < 1_000_000 else f"{Decimal(value) / 1_000_000:.2f}m"


def footer_texts(world: MarketWorld) -> dict[str, str]:
    """Customers and vendors as the footer tells them."""
    vendors = len(world.vendors)
    return {"customers": short_count(CUSTOMERS_PER_VENDOR * vendors), "vendors": short_count(vendors)}


def footer_counts(world: MarketWorld) -> dict[str, int]:
    """The same as whole numbers."""
    scale = {"k": 1_000, "m": 1_000_000}
    return {
        name: int(text) if text.isdigit() else int(Decimal(text[:-1]) * scale[text[-1]])
        for name, text in footer_texts(world).items()
    }


def _menu(shown: Shown) -> str:
    """The nested buttons: toggles with a box, a label and a list; leaves as files."""
    counts = shown.world.category_counts(shown.moment)
    tree = category_tree()

    def branch(above: Path) -> str:
        items = []
        for path, number in tree.items():
            if path[:-1] != above:
                continue
            level, inner = "TMB"[len(above)], branch(path)
            button = (
                f'<button name="menuCat{level}" value="{number}" type="submit">'
                f"{escape(path[-1])} {counts.get(path, 0)}</button>"
            )
            box = f'<input type="checkbox" id="c{level}{number}"><label for="c{level}{number}">+</label>'
            items.append(f"<li>{box}{button}<ol>{inner}</ol></li>" if inner else f'<li class="file">{button}</li>')
        return "\n".join(items)

    return f'<ol class="tree">\n{branch(())}\n</ol>'


def _state(shown: Shown, chosen: Path, limit: int) -> str:
    """The hidden state and the filters of the lists' form."""
    top, middle, lowest = chain(chosen)
    hidden = {"_token": session_token(shown), "catT": top, "catM": middle, "catB": lowest}
    inputs = "".join(
        f'<input type="hidden" id="form_{name}" name="form[{name}]" value="{value}">' for name, value in hidden.items()
    )
    sizes = "".join(f'<option value="{n}"{" selected" if n == limit else ""}>{n}</option>' for n in LIMITS)
    sorts = "".join(
        f'<option value="{name}"{" selected" if name == SORT else ""}>{text}</option>' for name, text in _SORTS.items()
    )
    filters = "".join(f'<select name="form[{name}]"><option value="">any</option></select>' for name in _FILTERS)
    return f"""{inputs}<input type="text" name="form[searchTerm]" value="">
<input type="text" name="form[quantity]" value=""><input type="text" name="form[maxpricepunit]" value="">
<select name="form[limit]">{sizes}</select><select name="form[sort]">{sorts}</select>{filters}"""


def page(
    shown: Shown, content: str, *, act: str = "", chosen: Path = (), limit: int = LIMIT, pager: str = "",
    status: int = 200,
) -> Response:  # fmt: skip
    """A whole page; the lists' form with state, tree and pager only for those who are logged in."""
    inside = shown.request.logged_in
    lines = "".join(f"<li>{text} {name.capitalize()}</li>" for name, text in footer_texts(shown.world).items())
    form = f'<form method="POST" action="/index">{_state(shown, chosen, limit)}\n{_menu(shown)}\n{pager}</form>'
    links = (("index", "Home"), ("messages", "Messages"), ("orders", "Orders"), ("wallet", "Wallet"))
    items = "".join(
        f'<li class="nav-item"><a class="nav-link" href="/{path}">{label}</a></li>' for path, label in links
    )
    body = f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="UTF-8">{META}<title>Wallstreet Market</title></head>
<body{f' class="act-frontend{act}"' if act else ""}>
<div class="container" id="mCont"><div id="wrap"><nav class="navbar"><div class="container"><div class="wsm-menu col-12">
<a class="navbar-brand" href="/index"><h1 class="shop_mhead">Wall<sup>ST</sup> Market</h1></a>
<div class="content">{f'<ul class="navbar-nav">{items}</ul><span class="nav-link" id="menu-t-1">researcher</span>{_LOGOUT}' if inside else ""}</div>
</div></div></nav></div>
{form if inside else ""}
{content}
</div>
<div id="footer"><div class="container"><div class="row"><div class="col-md-3">
<div class="badge badge-info badge-pill">Stats</div><ul class="small pl-3">{lines}</ul>
<div class="small">Servertime: {shown.moment:%H:%M:%S}</div><div class="small">{NOTE}</div></div></div></div></div>
</body></html>"""
    return Response(body.encode(), status)


def coins(item: Listing, amount: Decimal, moment: datetime, *, unit: bool = False) -> str:
    """An amount of the offer's currency in bitcoin, with what it is for behind it where that is asked for."""
    text = f"{in_bitcoin(amount, item.currency, moment.date())} BTC"
    return f"{text} / {unit_of(item)}" if unit else text
