"""Pages of offers of the synthetic Wall Street, in both evidenced layouts, and their feedback."""

from cryptodrug_assets.replica.facts import Listing, Sale
from cryptodrug_assets.replica.pages import Response, escape
from cryptodrug_assets.replica.vocabulary import NAMES
from cryptodrug_assets.replica.wall_street.frame import UNLIMITED, Shown, coins, page
from cryptodrug_assets.replica.wall_street.wording import ago, destinations, money, unit_of

_STARS = {1: "one", 3: "three", 5: "five"}
_ARROW = ' <i class="ionicons ion-chevron-right"></i> '
# Every other offer has the parts as blocks of their own, under headings (layout A), the rest in one block (layout B).
_LAYOUTS = 2


def offer(shown: Shown, listing_id: str, *, tab: str) -> Response | None:
    """The page of an offer with the open tab; None where there is no such offer now."""
    item = shown.world.listings_by_id.get(listing_id)
    if item is None or not shown.world.is_live(item, shown.moment):
        return None
    vendor, moment, unit = shown.world.vendors[item.vendor], shown.moment, unit_of(item)
    sales = shown.world.listing_sales(item, moment)
    lines = "<br>\n".join(f'<i class="ionicons {icon}"></i> {text}' for icon, text in _terms(item))
    pairs = "<br>\n".join(f"<b>{key}</b> {value}" for key, value in _information(item, unit, len(sales)).items())
    seller = f'<a href="/profile/{vendor.name}">{vendor.name}</a>'
    heading = f'<h1 class="fheading">{escape(item.title)}</h1>'
    if item.number % _LAYOUTS:
        head = f"""<div>{heading}</div>
<div><h1>Info</h1>{seller}<p>{lines}</p></div>
<div><h4>Information</h4><p>{pairs}</p></div>"""
    else:
        head = f"<div>{heading}{seller}<p>{lines}</p>\n<p>{pairs}</p></div>"
    prices = "\n".join(
        f"<tr><td>{least} {unit}</td><td>{money(price, item.currency)}</td>"
        f"<td>{coins(item, price, moment, unit=True)}</td></tr>"
        for least, price in ((1, item.price), *((least, price) for least, _, price in item.bulk))
    )
    shipping = "\n".join(
        f"<tr><td>{escape(name)}</td><td>{UNLIMITED}</td><td></td><td>{coins(item, price, moment)}</td></tr>"
        for name, _, price in item.shipping
    )
    feedback = "\n".join(_feedback(shown, sale, item) for sale in reversed(sales))
    text = "No refund. SYNTHETIC" if tab == "refund" else item.description
    content = f"""{head}
<div><h4>Prices</h4><table><tbody>{prices}</tbody></table></div>
<div><h4>Shipping Options</h4><table><tbody>{shipping}</tbody></table></div>
<a href="/offer/{item.listing_id}/buy">Buy</a> <a href="/messages/new/{vendor.name}">Message</a>
<ul class="nav"><li><a href="/offer/{item.listing_id}">Description</a></li>
<li><a href="/offer/{item.listing_id}/refund">Refund</a></li></ul>
<div id="tabcontent">{escape(text).replace(chr(10), "<br>")}</div>
<div><h3>Feedback</h3><table><tbody>
{feedback}
</tbody></table></div>"""
    return page(shown, content)


def _terms(item: Listing) -> list[tuple[str, str]]:
    """Lines of the first paragraph, told by their icons."""
    phrase, places = destinations(item)
    lines = [
        ("ion-log-out", f"Ships from: {NAMES[item.origin]}"),
        ("ion-log-in", f"{phrase} ({places})" if places else phrase),
        ("ion-android-share-alt", "Escrow" if item.escrow else "Finalize early"),
    ]
    if item.digital:
        lines.append(("ion-ios-monitor-outline", "Digital good"))
    if item.number % 3 == 1:
        lines.append(("ion-android-checkmark-circle", "Auto-accept"))
    return lines


def _information(item: Listing, unit: str, sold: int) -> dict[str, str]:
    left = UNLIMITED if item.quantity_left is None else f"{item.quantity_left} {unit}"
    return {
        "Minimum amount per order": f"1 {unit}",
        "Maximum amount per order": UNLIMITED,
        "Views": str(item.views),
        "Quantity in stock": left,
        "Already sold": str(item.earlier_sold + sold),
        "Country": NAMES[item.origin],
        "Replace-Time": "3 days",
        "Category": _ARROW.join(map(escape, item.category)),
    }


def _feedback(shown: Shown, sale: Sale, item: Listing) -> str:
    return (
        f'<tr><td><i class="ratings {_STARS[sale.rating]}"></i><span class="text-muted">({sale.rating:.1f})</span></td>'
        f"<td>{escape(sale.comment)}<div>{escape(item.title)}</div></td>"
        f"<td>{sale.buyer[0]}***{sale.buyer[1]}</td><td>{ago(sale.at, shown.moment)}</td></tr>"
    )
