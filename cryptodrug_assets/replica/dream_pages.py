"""Pages of the synthetic Dream Market, laid out as the real ones of 2018 were. No parser is known here."""

from datetime import datetime, timedelta
from decimal import Decimal

from cryptodrug_assets.replica.dream_frame import (
    category_tree,
    login,
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
)
from cryptodrug_assets.replica.vocabulary import DREAM_UNKNOWN, NAMES

_PER_INDEX, _MOST_RATINGS = 32, 300
_CODES = {name: code for code, name in NAMES.items() if code} | {"Worldwide": "WW", "Europe": "EU"}


def coarse(count: int) -> int:
    """The number Dream showed for a count: exact below 20, then rounded down in growing steps."""
    steps = ((20, 1), (100, 4), (200, 10), (1000, 20), (2000, 50), (10000, 200))
    step = next((size for limit, size in steps if count < limit), 500)
    return count - count % step


def age(at: datetime, moment: datetime) -> str:
    """The age as Dream wrote it: hours and minutes, one day and hours, then whole days."""
    passed = moment - at
    minutes = int(passed.total_seconds()) // 60
    if passed.days == 0:
        return f"{minutes // 60:02d}:{minutes % 60:02d}"
    if passed.days == 1:
        return f"1d {passed.seconds // 3600}h"
    return f"{passed.days}d"


def respond(world: MarketWorld, request: Request) -> Response:
    """The answer to a request."""
    path = request.path.rstrip("/") or "/"
    if not request.logged_in:
        return login(request)
    if path in ("/viewProduct",):
        return _product(world, request)
    if path == "/contactMember":
        return _member(world, request)
    if path in ("/", "/listings"):
        if "logout" in request.query:
            return login(request)
        return _index(world, request) if "category" in request.query else _welcome(world, request)
    if path.startswith("/uploadedImage") or path.endswith((".ico", ".png", ".css", ".gif", ".js")):
        return Response(b"", 404)
    return whole_page(world, request, "An Error has occured", '<div class="title">An Error has occured</div>', 404)


def _welcome(world: MarketWorld, request: Request) -> Response:
    content = """<div><div class="title">Welcome</div><h2>News</h2>
<div class="newFeature">Security advice</div>Phishing sites do exist. <a href="./securityCenter">Change your password</a>.
<a href="./?category=104">Proceed to market</a></div>"""
    return whole_page(world, request, "Welcome", content)


def _index(world: MarketWorld, request: Request) -> Response:
    category = number(request.query.get("category"))
    path = category_tree().get(category)
    if path is None:
        return whole_page(world, request, "Category", '<div class="title">No listings found</div>')
    items = world.in_category(path, request.moment)
    page = max(1, number(request.query.get("page"), 1))
    shown = page_of(items, (page - 1) * _PER_INDEX, _PER_INDEX)
    rows = "\n".join(f'<div class="around">{_shop_item(world, request, item, full=True)}</div>' for item in shown)
    pages = range(1, max(1, -(-len(items) // _PER_INDEX)) + 1)
    links = "".join(
        f'<li><a class="activePage">{other}</a></li>'
        if other == page
        else f'<li><a class="pager" href="?page={other}&amp;category={category}">{other}</a></li>'
        for other in pages
    )
    content = f"""<div class="title">
{escape(path[-1])} ({len(items)})</div>
<div class="shopItems">
{rows}
</div>
<div class="pageNavContainer"><ul class="pageNav">{links}</ul></div>"""
    return whole_page(world, request, f"Category {path[-1]}", content, selected=path)


def _stars(rating: int) -> str:
    colours = ["gold"] * rating + ["grey"] * (5 - rating)
    return "\n".join(f'<img class="star" src="./../star_{colour}.png" alt="{colour}">' for colour in colours)


def _reputation(world: MarketWorld, vendor: Vendor, moment: datetime) -> str:
    sales = world.vendor_sales(vendor, moment)
    total = coarse(vendor.earlier_sales + len(sales))
    rated = coarse(len(sales))
    mean = sum(sale.rating for sale in sales) / len(sales) if sales else 0
    external = "".join(
        f' (<span class="{market}LinkedUserRating externalVendorRef" title="{market} vendor rating (Pos, Neut, Neg Ratings)">'
        f"{count}/3/1</span>)"
        for market, count, _ in vendor.external
    )
    return (
        f'<a class="viewRatings" href="/contactMember?member={vendor.name}&amp;tab=ratings#tabChooser" target="_blank">  '
        f'<span title="Successful transactions">({total})</span> (<span class="userRating gold" '
        f'title="Average rating out of {rated} rating[s] (1-5 stars)">{mean:.2f}&nbsp;&nbsp;&nbsp;&nbsp;</span>)</a>{external}'
    )


def _price(item_price: Decimal, moment: datetime) -> str:
    return f"฿{in_bitcoin(item_price, 'EUR', moment.date())} (€{item_price.normalize():f})"


def _shop_item(world: MarketWorld, request: Request, item: Listing, *, full: bool) -> str:
    vendor = world.vendors[item.vendor]
    link = f"./viewProduct?offer={item.listing_id}"
    escrow = '<div class="escrowInfo"><div class="escrowBox withEscrow">ESCROW</div></div>' if item.escrow else ""
    seller = ships = ""
    if full:
        codes = ", ".join(_CODES.get(place, place) for place in item.ships_to)
        origin = _CODES.get(NAMES[item.origin], "WW")
        seller = f"""<div class="oVendor">
<a href="./contactMember?member={vendor.name}" target="_blank"> {vendor.name}   </a> {_reputation(world, vendor, request.moment)}</div>"""
        ships = f'<div class="oShips">\n<span class="osBod">{origin}  → {codes}</span>\n</div>'
    return f"""<div class="shopItem shopItem_{item.number}">
<div class="text oTitle">
<a class="productThumbImage_{item.number}" href="{link}" target="_blank">
{escape(item.title)}		</a>
</div>
<div class="oOfferBody"><table><tr><td>
<div class="oImage"><a class="productThumbImage_{item.number}" href="{link}" target="_blank">
<img alt="" height="132" src="uploadedImage?id={item.number}&amp;type=thumb" width="176"/></a>{escrow}</div>
</td>
<td class="oOfTextDetail">
<div class="bottom oPrice">
฿{in_bitcoin(item.price, "EUR", request.moment.date())}	</div>
{seller}
{ships}
<div class="oOrderButton"><a class="smallButton" href="{link}" target="_blank">Order</a></div>
</td></tr></table></div>
</div>"""


def _product(world: MarketWorld, request: Request) -> Response:
    item = world.listings_by_id.get(request.query.get("offer", ""))
    if item is None or not world.is_live(item, request.moment):
        content = '<div class="title">Listing not found</div><img alt="Not found" src="./../item-not-found.jpg"/>'
        return whole_page(world, request, "Listing not found", content)
    vendor, moment = world.vendors[item.vendor], request.moment
    destinations = ", ".join(item.ships_to)
    # Some pages repeat the destination, as the site did.
    if item.number % 11 == 4:
        destinations = f"{destinations}, {destinations}"
    shipping = "\n".join(
        f"""<tr class="odd"><td width="10%" class="coinsNoWrap"><label for="shippingOption{index}">{_price(price, moment)}	</label></td>
<td width="80%" class="text"><label for="shippingOption{index}">{escape(name)}</label></td>
<td class="text dontwrap"><input id="shippingOption{index}" type="radio" name="shippingOption" value="{index}"></td></tr>"""
        for index, (name, _, price) in enumerate(item.shipping)
    )
    sales = list(reversed(world.listing_sales(item, moment)))[:20]
    ratings = "\n".join(
        f"""<tr>
<td class="age dontwrap">{age(sale.at, moment)}</td>
<td class="rating dontwrap"> {_stars(sale.rating)}
</td>
<td class="text ratingText">{_comment(sale)}</td>
</tr>"""
        for sale in sales
    )
    content = f"""<div class="viewProduct">
<div class="title">{escape(item.title)}</div>
<div class="tabularDetails">
<div>
<label>Vendor</label>
<span class="  ">
<a href="./contactMember?member={vendor.name}" target="_blank"> {vendor.name}   </a>  {_reputation(world, vendor, moment)}
</span>
</div>
<div>
<label>Price</label>
<span>{_price(item.price, moment)}</span>
</div>
<div>
<label>Ships to</label>
<span>
{destinations}
</span>
</div>
<div>
<label>Ships from</label>
<span>
{NAMES[item.origin] if item.origin else DREAM_UNKNOWN}
</span>
</div>
<div>
<label>Escrow</label>
<span>
{"Yes" if item.escrow else "No"}
</span>
</div>
</div>
<div class="offerImage"><img class="productImage" src="uploadedImage?id={item.number}&amp;type=large" alt="" width="400" height="300"></div>
<div><div class="subtitle">Product description</div>
<div class="preformattedNotes" id="offerDescription"><pre>{escape(item.description)}</pre></div></div>
<div><div class="subtitle">Terms and conditions of <a href="./contactMember?member={vendor.name}">
{vendor.name}    	</a> </div>
<div class="preformattedNotes"><pre>{escape(vendor.profile)}</pre></div></div>
<form action="./checkout" method="get">
<input type="hidden" name="offer" value="{item.listing_id}">
<div class="newFeature">Shipping options</div>
<table class="shippingTable hoverable"><tbody>
{shipping}
</tbody></table>
<input type="submit" value="Checkout">
</form>
<div class="ratings"><div class="newFeature">Product ratings</div>
<table class="hoverable"><colgroup><col width="60"/></colgroup>
{ratings}
</table></div>
</div>"""
    return whole_page(world, request, item.title, content, selected=item.category)


def _comment(sale: Sale) -> str:
    return escape(sale.comment) if sale.comment else "Enter your comments here"


def _member(world: MarketWorld, request: Request) -> Response:
    vendor = world.vendors_by_name.get(request.query.get("member", ""))
    if vendor is None:
        return whole_page(world, request, "An Error has occured", '<div class="title">An Error has occured</div>')
    moment = request.moment
    ratings = request.query.get("tab") == "ratings"
    if ratings:
        tabs = f"""<td class="pListItem "><a class="pTabLabel" href="?member={vendor.name}">Profile</a></td>
<td class="pListItem  pSelected "><span class="pTabLabel">Ratings</span></td>"""
        below = _ratings(world, vendor, moment)
    else:
        tabs = f"""<td class="pListItem  pSelected "><span class="pTabLabel">Profile<span>&nbsp;</span></span></td>
<td class="pListItem "><a class="pTabLabel" href="?member={vendor.name}&amp;tab=ratings#tabChooser">Ratings</a></td>"""
        key = armoured_key(vendor.key)
        pgp = f'<div><div class="subtitle">Public PGP key</div><pre>{key}</pre></div>' if key else ""
        items = "\n".join(
            f'<div class="around">{_shop_item(world, request, item, full=False)}</div>'
            for item in world.vendor_listings(vendor, moment)
        )
        below = f"""<div class="messagingTab"><div>
<div class="subtitle">Terms and conditions</div>
<div class="preformattedNotes"><pre>{escape(vendor.profile)}</pre></div></div>
{pgp}
</div>
<div class="shopItems">
{items}
</div>"""
    content = f"""<div class="profileNotes tabularDetails">
<div class="memberSince"><table class="pTable"><tbody><tr><td class="ptableLabel">
<label>Username</label>
</td><td>
<span>{vendor.name} {_reputation(world, vendor, moment)}</span>
</td></tr></tbody></table></div>
<div class=""><label>FE enabled</label><span>{"Yes" if vendor.finalize_early else "No"}</span></div>
<div class="memberSince"><label>Join date</label><span>{vendor.joined:%d/%m/%Y}</span></div>
<div><label>Last active</label><span>{moment:%d/%m/%Y} (today)</span></div>
</div>
<a name="tabChooser"></a>
<div style=""><table class="pnav centerDefault"><tbody><tr>
<td class="pListItem pFirst ">&nbsp;</td>
{tabs}
<td class="pListItem pLast"></td>
</tr></tbody></table></div>
<br>
{below}"""
    return whole_page(world, request, f"Member {vendor.name}", content)


def _ratings(world: MarketWorld, vendor: Vendor, moment: datetime) -> str:
    sales = list(reversed(world.vendor_sales(vendor, moment)))
    buckets = []
    limits = (("Newer than 1 Month", 0, 30), ("Newer than 3 Months", 30, 90), ("Older", 90, 100_000))
    for label, newer, older in limits:
        inside = [sale for sale in sales if timedelta(days=newer) <= moment - sale.at < timedelta(days=older)]
        cells = "".join(f"<td>{sum(sale.rating == stars for sale in inside)}</td>" for stars in range(1, 6))
        buckets.append(f"<tr><td>{label}</td>{cells}<td>({len(inside)})</td></tr>")
    rows = "\n".join(
        f"""<tr>
<td class="dontwrap center">{age(sale.at, moment)}</td>
<td class="dontwrap">
{_stars(sale.rating)}
</td>
<td class="text ratingText">
{_comment(sale)}					</td>
<td class="dontwrap">{sale.buyer[0]} . . . {sale.buyer[1]}</td>
<td class="dontwrap">~ €{max(Decimal(1), sale.price.quantize(Decimal(1)))}</td>
</tr>"""
        for sale in sales[:_MOST_RATINGS]
    )
    rest = len(sales) - _MOST_RATINGS
    more = f'<div class="andMoreRatings">And {rest} more ratings...</div>' if rest > 0 else ""
    return f"""<div style=""><div id="tableOfRatings">
<table class="centerDefault hoverable"><thead><tr>
<td>Age</td><td>1 Stars</td><td>2 Stars</td><td>3 Stars</td><td>4 Stars</td><td>5 Stars</td><td>Rating</td>
</tr></thead>
<tbody>{"".join(buckets)}</tbody></table>
</div>
<table class="ratingTable hoverable"><tbody>
{rows}
</tbody></table>
{more}</div>"""
