"""Pages of the synthetic Empire Market, laid out as the real ones of 2019 were. No parser is known here."""

from datetime import datetime, timedelta
from functools import lru_cache

from cryptodrug_assets.replica.empire_frame import (
    breadcrumb,
    category_tree,
    login,
    pager_of,
    sidebar,
    whole_page,
)
from cryptodrug_assets.replica.facts import Listing, MarketWorld, Sale, Vendor
from cryptodrug_assets.replica.keys import armoured_key
from cryptodrug_assets.replica.pages import (
    Request,
    Response,
    escape,
    in_bitcoin,
    number,
    page_of,
    redirect,
    token,
)
from cryptodrug_assets.replica.vocabulary import NAMES
from cryptodrug_assets.synthetic import NOTE

_PER_INDEX, _PER_FEEDBACK = 15, 30
_ICONS = {5: "feedback1", 3: "feedback2", 1: "feedback3"}
_TABS = {"p_feedback": 5, "c_feedback": 3, "n_feedback": 1}


def respond(world: MarketWorld, request: Request) -> Response:
    """The answer to a request."""
    parts = [part for part in request.path.split("/") if part]
    if parts[:2] == ["public", "image"] or parts[:2] == ["public", "uploads"]:
        return Response(b"", 404)
    if not request.logged_in:
        return redirect(f"{request.base}/index/login") if parts != ["index", "login"] else login(request)
    if not parts or parts == ["home"]:
        return _home(world, request)
    if parts[0] == "category" and len(parts) >= 3:
        return _index(world, request, number(parts[2]), number(parts[3]) if len(parts) > 3 else 0)
    if parts[0] == "product" and len(parts) == 4:
        return _product(world, request, parts[1])
    if parts[0] == "Product_List" and len(parts) == 6:
        return _product(world, request, parts[2], parts[5])
    if parts[0] == "u" and len(parts) == 2:
        return _user(world, request, world.vendors_by_name.get(parts[1]), "about", 0)
    if parts[0].lower() == "profile" and len(parts) >= 4 and parts[1] == "setUserTab":
        vendor = _vendor_of(world, parts[3])
        return _user(world, request, vendor, parts[2], number(parts[4]) if len(parts) > 4 else 0)
    return whole_page(world, request, "Not found", '<div class="body-content"><h1>404 Page Not Found</h1></div>', 404)


def _vendor_of(world: MarketWorld, opaque: str) -> Vendor | None:
    """The vendor a token in a link stands for."""
    return next((vendor for vendor in world.vendors if _token(vendor.name) == opaque), None)


_token = lru_cache(maxsize=100_000)(token)


def _home(world: MarketWorld, request: Request) -> Response:
    content = f"""<div class="sub_head_inner_header"><h3><a href="{request.base}/home">Home</a></h3></div>
<div class="wrapper-index">{sidebar(world, request)}
<div class="right-content"><h3>Welcome researcher</h3><p>{NOTE}</p></div></div>"""
    return whole_page(world, request, "Home", content)


def _index(world: MarketWorld, request: Request, category: int, start: int) -> Response:
    path = category_tree().get(category)
    if path is None:
        return whole_page(
            world, request, "Not found", '<div class="body-content"><h1>404 Page Not Found</h1></div>', 404
        )
    items = world.in_category(path, request.moment)
    # Promoted offers stand on top of every page of their category.
    sticky = [item for item in items if item.sticky]
    plain = [item for item in items if not item.sticky]
    shown = [*sticky, *page_of(plain, start, _PER_INDEX)]
    rows = "\n".join(_item(world, request, item) for item in shown)
    if not shown:
        rows = "<p>There is currently nothing to show.</p>"
    pager = pager_of(
        lambda offset: f"{request.base}/category/categories/{category}/{offset}", start, len(plain), _PER_INDEX
    )
    content = f"""{breadcrumb(request, path)}
<div class="wrapper-index">{sidebar(world, request)}
<div class="right-content">
Sort: <a href="{request.base}/category/categories/{category}/price_asc">Price Low to High</a>
{rows}
{pager}
</div></div>"""
    return whole_page(world, request, path[-1], content)


def _link(request: Request, world: MarketWorld, item: Listing) -> str:
    return f"{request.base}/product/{item.listing_id}/{item.category_id}/{world.vendors[item.vendor].account_id}"


def _sold(world: MarketWorld, item: Listing, moment: datetime) -> int:
    return item.earlier_sold + len(world.listing_sales(item, moment))


def _item(world: MarketWorld, request: Request, item: Listing) -> str:
    vendor = world.vendors[item.vendor]
    link = _link(request, world, item)
    sticky = '<font color="black"><b>[sticky]</b></font> ' if item.sticky else ""
    category = escape(" /\n\t".join(item.category[-2:]))
    left = "Unlimited" if item.quantity_left is None else str(item.quantity_left)
    coins = in_bitcoin(item.price, item.currency, request.moment.date())
    return f"""<div class="col-1search">
<a href="{link}"><div class="col-1search-img"><img src="{request.base}/public/uploads/{item.number}.jpg" alt=""></div></a>
<div class="col-1centre"><div class="head">
{sticky}<a href="{link}">{escape(item.title)}</a>
<p class="padp">Item # {item.listing_id} - {category} - <a href="{request.base}/u/{vendor.name}">{vendor.name}</a> ({_vendor_sales(world, vendor, request.moment)})</p>
<br>
<b>Views:</b> {item.views} / <b>Sales:</b> {_sold(world, item, request.moment)} <br>
<b>Quantity left:</b> {left}
</div></div>
<div class="col-1right"><b>Buy Price</b>
<p class="bold padp">{item.currency} <a>{item.price:,.2f}</a></p>
<p class="padp">({coins} BTC)</p>
</div></div>"""


def _vendor_sales(world: MarketWorld, vendor: Vendor, moment: datetime) -> int:
    return vendor.earlier_sales + len(world.vendor_sales(vendor, moment))


def _product(world: MarketWorld, request: Request, listing_id: str, tab: str = "desc") -> Response:
    item = world.listings_by_id.get(listing_id)
    if item is None or not world.is_live(item, request.moment):
        return whole_page(
            world, request, "Not found", '<div class="body-content"><h1>404 Page Not Found</h1></div>', 404
        )
    vendor = world.vendors[item.vendor]
    origin = NAMES[item.origin]
    left = "Unlimited" if item.quantity_left is None else str(item.quantity_left)
    coins = in_bitcoin(item.price, item.currency, request.moment.date())
    options = "\n".join(
        f'<option value="{escape(name)} - {days} days - {item.currency} + {price} / order">'
        f"{escape(name)}  -  {days} days  - {item.currency} + {price:.2f} / order</option>"
        for name, days, price in item.shipping
    )
    bulk = ""
    if item.bulk:
        rows = "\n".join(
            f"<tr><td>From qty {least} to {most if most is not None else 'Unlimited'}</td>\n<td>{item.currency} {price:,.2f}</td>\n"
            f"<td>{in_bitcoin(price, item.currency, request.moment.date())} BTC</td></tr>"
            for least, most, price in item.bulk
        )
        bulk = f'<table class="bulkTbl"><tr><th colspan="3">Bulk prices</th></tr>{rows}</table>'
    first = f"{request.base}/Product_List/setTab/{item.listing_id}/{item.category_id}/{vendor.account_id}"
    if tab == "feedback":
        rows = _feedback(world, request, list(reversed(world.listing_sales(item, request.moment)))[:_PER_FEEDBACK])
        below = f'<div class="tabcontent" style="display:block;">{rows}</div>'
    else:
        below = f"""<div class="tabcontent" style="display:block;"><h3>{escape(item.title)}</h3>
<p style="word-wrap: break-word; white-space: pre-wrap;">{escape(item.description)}</p></div>"""
    content = f"""{breadcrumb(request, item.category)}
<div class="body-content"><div>
<div class="imagePortion"><div class="bigimage"><img src="{request.base}/public/uploads/{item.number}-150.jpg" alt=""></div></div>
<div class="listDes">
<h2 style="margin:0px;">{escape(item.title)}</h2>
<p id="desc_prod">{escape(item.description)}</p>
<p>Sold by <b><a href="{request.base}/u/{vendor.name}">{vendor.name}</a> - </b> <span>{_sold(world, item, request.moment)} sold since {vendor.joined:%B} {vendor.joined.day:02d}, {vendor.joined:%Y}</span>
<span class="levelSet level-{vendor.level}">Vendor Level {vendor.level}</span>
<span class="levelSet level-{vendor.trust}">Trust level {vendor.trust}</span>
</p>
<table class="productTbl">
<thead><tr><th></th><th>Features</th><th></th><th>Features</th></tr></thead>
<tbody>
<tr><td><b>Product Class</b></td><td>{"Digital" if item.digital else "Physical Package"}</td>
<td><b>Origin Country</b></td><td>{origin}</td></tr>
<tr><td><b>Quantity Left</b></td><td><span><b>{left}</b></span></td>
<td><b>Ships to</b></td><td>{", ".join(item.ships_to)}</td></tr>
<tr><td><b>Ends In</b></td><td>Never</td>
<td><b>Payment</b></td><td>{"Escrow" if item.escrow else "FE Listing 100%"}</td></tr>
</tbody></table>
<br><br>
<div style="margin-top:5px;">
<form action="{request.base}/Product_List/setQueue/{item.listing_id}/{item.category_id}/{vendor.account_id}" method="post" accept-charset="utf-8">
<select name="shippingOption" class="productTbl marginShip">
{options}
</select>
{bulk}
<p class="padp" style="margin-bottom: 10px;"><b>Purchase price:</b> <span style="font-size: 15px;color: red;font-weight: bold;">{item.currency} {item.price:,.2f}</span></p>
Qty: <input value="1" type="number" min="1" name="Qty" style="width:100px;">
<input type="submit" class="btnbuy replyBtn" value="Buy Now" name='btnBuy_btc'>
<p style="padding-top: 10px; padding-left: 0px;">{coins} BTC</p>
</form></div>
</div></div>
<div class="clear"></div>
<div class="tab">
<a class="tablinks focus" href="{first}/desc">Description</a>
<a class="tablinks " href="{first}/feedback">Feedback</a>
<a class="tablinks " href="{first}/refund">Refund policy</a>
</div>
{below}
</div>"""
    return whole_page(world, request, item.title, content)


def _feedback(world: MarketWorld, request: Request, sales: list[Sale]) -> str:
    rows = []
    for sale in sales:
        item = world.listings[sale.listing]
        message = escape(sale.comment) if sale.comment else "No feedback comment"
        response = '<p class="setp1">Seller Response: thank you</p>' if sale.rating == 1 else ""
        rows.append(f"""<tr>
<td><img src="{request.base}/public/image/{_ICONS[sale.rating]}.png"></td>
<td style="width: 75%; word-wrap: break-word; padding: 10px;">
<p class="setp1 bold1 feedback_msg"><font style="font-size: 14px; font-weight: 700;">{message}</font></p>
<p class="setp1 c_424648" style="color:gray;">{escape(item.title)}</p>{response}
</td>
<td><p class="setp1 c_424648"><font style="color:#dc6831;">{sale.buyer[0]}***{sale.buyer[1]}</font><br>
{sale.currency} {sale.price:,.2f}</p></td>
<td style="text-align: right;"><p class="setp1 bold1">{sale.at:%b} {sale.at.day}, {sale.at:%Y %H:%M}<br>
<a href="{_link(request, world, item)}">View items</a></p></td>
</tr>""")
    return f"""<table class="user_feedbackTbl autoshop_table">
<tr><th></th><th style="padding-left: 10px;">Feedback</th><th>Buyer / Price</th><th style="text-align: center;">Date / Time</th></tr>
{"".join(rows)}
</table>"""


def _user(world: MarketWorld, request: Request, vendor: Vendor | None, tab: str, start: int) -> Response:
    if vendor is None:
        return whole_page(
            world, request, "Not found", '<div class="body-content"><h1>404 Page Not Found</h1></div>', 404
        )
    base, moment, opaque = request.base, request.moment, token(vendor.name)
    sales = world.vendor_sales(vendor, moment)
    counted = "".join(_counts(base, opaque, sales, moment, name, rating) for name, rating in _TABS.items())
    pager = ""
    if tab in _TABS:
        chosen = [sale for sale in reversed(sales) if sale.rating == _TABS[tab]]
        title = {"p_feedback": "Positive", "n_feedback": "Negative", "c_feedback": "Neutral"}[tab]
        below = f"<h3 class='headfeed'>{title} Feedback</h3>"
        shown = list(page_of(chosen, start, _PER_FEEDBACK))
        below += _feedback(world, request, shown) if shown else "<p>There is currently nothing to show.</p>"
        pager = pager_of(
            lambda offset: f"{base}/profile/setUserTab/{tab}/{opaque}/{offset}", start, len(chosen), _PER_FEEDBACK
        )
    elif tab == "pgp":
        below = f"""<h3 class='headfeed'>PGP</h3>
<pre style="word-wrap: break-word; white-space: pre-wrap;">{armoured_key(vendor.key)}</pre>"""
    elif tab == "about":
        below = f"""<h3 class='headfeed'>About {vendor.name}</h3>
<p style="word-wrap: break-word; white-space: pre-wrap;">{escape(vendor.profile)}</p>"""
    else:
        below = "<h3 class='headfeed'>Left Feedback</h3><p>There is currently nothing to show.</p>"
    tabs = "\n".join(
        f'<a class="tablinks {"focus" if tab == name else ""}" href="{base}/Profile/setUserTab/{name}/{opaque}">{label}</a>'
        for name, label in (
            ("about", "About"), ("p_feedback", "Positive Feedback"), ("n_feedback", "Negative Feedback"),
            ("c_feedback", "Neutral Feedback"), ("l_feedback", "Left Feedback"), ("pgp", "PGP"),
        )
    )  # fmt: skip
    badges = "".join(
        f'<span title="Verified {market} Market successful sales and star rating 1-5"> '
        f'<img src="{base}/public/image/dream.png" height="25" width="25">{count} ({rating:.2f})'
        f'<img width="15" src="{base}/public/image/star_gold.png"></span>'
        for market, count, rating in vendor.external
    )
    positive = sum(sale.rating == 5 for sale in sales)
    share = f"{100 * positive / len(sales):.1f}" if sales else "0"
    banned = "(BANNED)" if vendor.banned else ""
    content = f"""<div class="sub_head_inner_header"><h3><a href="{base}/u/{vendor.name}">Profile</a></h3></div>
<div class="body-content">
<h1 class="seth1">{vendor.name} <i>| User Profile</i> <span>{banned}</span></h1>
<div class="user_info"><div class="user_info_left"><img src="{base}/public/image/avatar.png" alt=""></div>
<div class="user_info_mid">
<h3 class="user_info_mid_head">{vendor.name} <span style="">({_vendor_sales(world, vendor, moment)})</span>
<span class="user_info_trust level-{vendor.level}">Vendor level {vendor.level}</span>
<span class="user_info_trust level-{vendor.trust}">Trust level {vendor.trust}</span>
</h3>
<div style="padding-top: 10px;">
{badges}
<p class="bold" style="padding: 0;">Market Positive feedback(last 12 months): <b>{share}</b>%</p>
<p style="padding: 0;">Member since: <span class="bold1">{vendor.joined:%B} {vendor.joined.day:02d}, {vendor.joined:%Y}</span></p>
</div></div>
<div class="user_info_right"><ul>
<li><a href="{base}/store/{vendor.name}" class="replyBtn btnlist">View Store</a></li>
<li><a href="{base}/Message/newMsg_u/{opaque}" class="replyBtn btnlist">Send Message</a></li>
<li><a href="{base}/Profile/addFavorite_vendor/{vendor.name}/{opaque}" class="replyBtn btnlist">Add to Favorite</a></li>
<li><a href="{base}/Profile/addBlock/{vendor.name}/{opaque}" class="replyBtn btnlist">Block Vendor</a></li>
</ul></div></div>
<div class="seller_rating">
<h3 class="headfeed">Seller Feedback Ratings <span class="headfeedSpan">(last 12 months)</span></h3>
<table><tr><th></th><th>1 month</th><th>6 months</th><th>12 months</th></tr>
{counted}
</table></div>
<div class="buyer_statistics"><h3 class="headfeed">Buyer Statistics <span class="headfeedSpan">(Since join date)</span></h3>
<table><tr><th></th><th>Since join</th></tr>
<tr><td>Total Disputes / Orders</td><td class="align-right">0 / 0</td></tr>
<tr><td>Feedback left</td><td class="align-right">0 (0% Positive)</td></tr>
<tr><td>Last online</td><td class="align-right">{moment:%b} {moment.day:02d}, {moment:%Y}</td></tr>
</table></div>
<div class="tab">
{tabs}
</div>
<div class="tabcontent_user_feedback" style="display:block;">
{below}
</div>
{pager}
</div>"""
    return whole_page(world, request, vendor.name, content)


def _counts(base: str, opaque: str, sales: list[Sale], moment: datetime, tab: str, rating: int) -> str:
    label = {5: "Positive", 3: "Neutral", 1: "Negative"}[rating]
    cells = []
    for days in (30, 182, 365):
        count = sum(sale.rating == rating and sale.at > moment - timedelta(days=days) for sale in sales)
        cells.append(f'<td><a href="{base}/Profile/setUserTab/{tab}/{opaque}">{count}</a></td>')
    icon = f'<img src="{base}/public/image/{_ICONS[rating]}.png" width="12px" height="12px">'
    return f"<tr><td>{icon} {label}</td>{''.join(cells)}</tr>\n"
