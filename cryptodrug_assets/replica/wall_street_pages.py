"""Pages of the synthetic Wall Street Market, per the provisional layout of docs/wall-street-layout.md.

No real page is known: what stands here is a stand-in, and says so. No parser is known here.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from cryptodrug_assets.replica.facts import Listing, MarketWorld, Sale, Vendor
from cryptodrug_assets.replica.keys import armoured_key
from cryptodrug_assets.replica.pages import META, NOTE, Request, Response, escape, in_bitcoin, number, page_of, redirect
from cryptodrug_assets.replica.vocabulary import NAMES, OTHER_GOODS, PRODUCTS

_PER_INDEX = 20
_UNLIMITED = '<span class="ion-ios-infinite"></span>'


def respond(world: MarketWorld, request: Request) -> Response:
    """The answer to a request."""
    parts = [part for part in request.path.split("/") if part]
    if not request.logged_in:
        return _login(request) if parts == ["login"] else redirect(f"{request.base}/login")
    if not parts:
        return _page(world, request, "Home", f"<h2>Welcome</h2><p>{NOTE}</p>")
    if parts == ["index"]:
        return _index(world, request)
    if parts[0] == "offer" and len(parts) == 2:
        return _offer(world, request, parts[1])
    if parts[0] == "profile" and len(parts) in (2, 3):
        return _profile(world, request, parts[1], parts[2] if len(parts) == 3 else "")
    return _not_found(world, request)


def _login(request: Request) -> Response:
    body = f"""<!DOCTYPE html>
<html><head><meta charset="utf-8">{META}<title>Login - Wall Street Market</title></head><body>
<div id="mCont"><h1>Login</h1><p>{NOTE}</p><form method="post" action="{request.base}/login">
<input type="text" name="form[username]"><input type="password" name="form[password]">
<div class="wms_captcha_field"><img src="/captcha"><input id="captcha_input" name="form[captcha]"></div>
<button type="submit">Login</button></form></div></body></html>"""
    return Response(body.encode())


def _not_found(world: MarketWorld, request: Request) -> Response:
    return _page(world, request, "Not Found", '<h1 class="error">404 Not Found</h1>', 404)


@lru_cache
def category_tree() -> dict[int, tuple[str, ...]]:
    """Numbers (in order of the paths) and paths of the categories, parents before children."""
    paths = {
        path[:depth] for product in (*PRODUCTS, *OTHER_GOODS) for path in [product.wall_street] for depth in (1, 2, 3)
    }
    return dict(enumerate(sorted(paths), 1))


def _page(world: MarketWorld, request: Request, title: str, content: str, status: int = 200) -> Response:
    counts = world.category_counts(request.moment)
    tree = category_tree()

    def branch(parent: tuple[str, ...]) -> str:
        rows = []
        for category, path in tree.items():
            if path[:-1] == parent:
                count = counts.get(path, 0)
                inner = branch(path)
                rows.append(
                    f'<li><button name="menuCatT" value="{category}" type="submit">{escape(path[-1])} <span>({count})</span></button>'
                    f"{f'<ol>{inner}</ol>' if inner else ''}</li>"
                )
        return "\n".join(rows)

    body = f"""<!DOCTYPE html>
<html><head><meta charset="utf-8">{META}<title>{escape(title)} - Wall Street Market</title></head>
<body>
<div class="content"><form action="/logout" method="post"><button type="submit">Logout</button></form>
<a href="/messages">Messages</a> <a href="/orders">Orders</a> <a href="/wallet">Wallet</a></div>
<div id="mCont"><form action="/index" method="post"><ol class="tree">
{branch(())}
</ol></form></div>
<div id="main">
{content}
</div>
<div class="footer">{NOTE}; provisional layout</div>
</body></html>"""
    return Response(body.encode(), status)


def _rows(world: MarketWorld, items: Sequence[Listing]) -> str:
    rows = "\n".join(
        f"""<tr class="offer"><td><a class="offer-title" href="/offer/{item.listing_id}">{escape(item.title)}</a></td>
<td><a class="offer-vendor" href="/profile/{world.vendors[item.vendor].name}">{world.vendors[item.vendor].name}</a></td>
<td class="offer-price">{item.currency} {item.price:,.2f}</td><td class="offer-ships">Ships from: {NAMES[item.origin]}</td></tr>"""
        for item in items
    )
    return f'<table class="offers"><tbody>{rows}</tbody></table>'


def _index(world: MarketWorld, request: Request) -> Response:
    category = number(request.form.get("menuCatT") or request.form.get("form[category]"))
    path = category_tree().get(category)
    if path is None:
        return _not_found(world, request)
    page = max(1, number(request.form.get("form[page]"), 1))
    items = world.in_category(path, request.moment)
    pages = -(-len(items) // _PER_INDEX)
    buttons = "".join(
        f'<li class="page-item{" active" if other == page else ""}"><button name="form[page]" value="{other}">{other}</button></li>'
        for other in range(1, pages + 1)
    )
    content = f"""<h2 class="cat-heading">{escape(" / ".join(path))} ({len(items)})</h2>
{_rows(world, page_of(items, (page - 1) * _PER_INDEX, _PER_INDEX))}
<form action="/index" method="post"><input type="hidden" name="form[category]" value="{category}">
<ul class="pagination">{buttons}</ul></form>"""
    return _page(world, request, path[-1], content)


def when(at: datetime, moment: datetime) -> str:
    """A moment as the site wrote it: relative below seven days, then a date without year."""
    passed = moment - at
    if passed.days == 0:
        return f"about {passed.seconds // 3600} hours ago"
    if passed.days < 7:
        return f"about {passed.days} days ago"
    return f"{at:%b} {at.day:02d}, {at:%H:%M} UTC"


def _offer(world: MarketWorld, request: Request, listing_id: str) -> Response:
    item = world.listings_by_id.get(listing_id)
    if item is None or not world.is_live(item, request.moment):
        return _not_found(world, request)
    vendor, moment = world.vendors[item.vendor], request.moment
    prices = "\n".join(
        f"<tr><td>{least} piece{'s' if least > 1 else ''}</td><td>{item.currency} {price:,.2f}</td>"
        f"<td>{in_bitcoin(price, item.currency, moment.date())} BTC</td></tr>"
        for least, _, price in ((1, None, item.price), *item.bulk)
    )
    shipping = "\n".join(
        f"<tr><td>{escape(name)}</td><td>{days} days</td><td>{item.currency} {price:.2f}</td><td>{_UNLIMITED}</td></tr>"
        for name, days, price in item.shipping
    )
    left = _UNLIMITED if item.quantity_left is None else str(item.quantity_left)
    sales = world.listing_sales(item, moment)
    feedback = "\n".join(_feedback(sale, item, moment) for sale in reversed(sales))
    digital = '<br>\n<span class="ion-ios-monitor-outline"></span> Digital good' if item.digital else ""
    content = f"""<h1 class="fheading">{escape(item.title)}</h1>
<p><span class="ion-person"></span> <a class="offer-vendor" href="/profile/{vendor.name}">{vendor.name}</a> ({vendor.earlier_sales + len(world.vendor_sales(vendor, moment))})<br>
<span class="ion-log-out"></span> Ships from: {NAMES[item.origin]}<br>
<span class="ion-log-in"></span> {_destinations(item)}<br>
<span class="ion-android-share-alt"></span> {"Escrow" if item.escrow else "Finalize early"}{digital}</p>
<h4>Prices</h4><table class="prices">{prices}</table>
<h4>Shipping Options</h4><table class="shipping">{shipping}</table>
<h4>Information</h4><table class="information">
<tr><td>Minimum amount per order</td><td>1</td></tr>
<tr><td>Maximum amount per order</td><td>{_UNLIMITED}</td></tr>
<tr><td>Views</td><td>{item.views}</td></tr>
<tr><td>Quantity in stock</td><td>{left}</td></tr>
<tr><td>Already sold</td><td>{item.earlier_sold + len(sales)}</td></tr>
<tr><td>Country</td><td>{NAMES[item.origin]}</td></tr>
<tr><td>Category</td><td>{escape(" / ".join(item.category))}</td></tr>
</table>
<h4>Description</h4><pre class="description">{escape(item.description)}</pre>
<a href="/offer/{item.listing_id}/buy">Buy</a> <a href="/messages/new/{vendor.name}">Message</a>
<h3>Feedback</h3><table class="feedback">
{feedback}
</table>"""
    return _page(world, request, item.title, content)


def _destinations(item: Listing) -> str:
    if item.excluded:
        return f"Worldwide with Exceptions ({', '.join(item.excluded)})"
    if item.ships_to == ("Worldwide",):
        return "Worldwide"
    return f"Only ships to certain countries ({', '.join(item.ships_to)})"


def _feedback(sale: Sale, item: Listing, moment: datetime) -> str:
    return (
        f"<tr><td>({sale.rating:.1f})</td><td>{escape(sale.comment)}<br><em>{escape(item.title)}</em></td>"
        f"<td>{sale.buyer[0]}***{sale.buyer[1]}</td><td>{when(sale.at, moment)}</td></tr>"
    )


def _profile(world: MarketWorld, request: Request, name: str, tab: str) -> Response:
    vendor = world.vendors_by_name.get(name)
    if vendor is None or tab not in ("", "offers", "pgp", "info"):
        return _not_found(world, request)
    tabs = "".join(
        f'<li><a href="/profile/{name}{path}">{label}</a></li>'
        for path, label in (("", "Profile"), ("/offers", "Offers"), ("/pgp", "PGP"), ("/info", "Info"))
    )
    below = {
        "": f'<pre class="profile-text">{escape(vendor.profile)}</pre>',
        "offers": _rows(world, world.vendor_listings(vendor, request.moment)),
        "pgp": f'<pre class="pgp">{armoured_key(vendor.key)}</pre>',
        "info": "",
    }[tab]
    content = f"""<h1 class="profile-name">{name}</h1> {'<span class="trusted">Trusted vendor</span>' if vendor.trust > 4 else ""}
{_facts(world, vendor, request.moment)}
<ul class="profile-tabs">{tabs}</ul>
{below}"""
    return _page(world, request, name, content)


def _facts(world: MarketWorld, vendor: Vendor, moment: datetime) -> str:
    sales = world.vendor_sales(vendor, moment)
    done = vendor.earlier_sales + len(sales)
    mean = sum(sale.rating for sale in sales) / len(sales) if sales else 0
    rows = (
        ("Last online", f"{moment:%b %d, %Y}"),
        ("Member since", f"{vendor.joined:%b %d, %Y}"),
        ("Vendor since", f"{vendor.joined:%b %d, %Y}"),
        ("Completed orders", f"{done} / {done + vendor.level}"),
        ("Rated orders", str(len(sales))),
        ("Average rating", f"{mean:.2f}"),
        ("Vendor-Level", f"{100 * vendor.level + 20} exp, Level {vendor.level}"),
    )
    return f'<table class="profile-info">{"".join(f"<tr><td>{label}</td><td>{value}</td></tr>" for label, value in rows)}</table>'
