"""Profiles of the synthetic Wall Street: what the account did as a buyer and as a vendor, and its tabs."""

from cryptodrug_assets.replica.facts import Vendor
from cryptodrug_assets.replica.keys import armoured_key
from cryptodrug_assets.replica.pages import Response, escape
from cryptodrug_assets.replica.wall_street.frame import Shown, page
from cryptodrug_assets.replica.wall_street.lists import offers_table

_BUYER, _VENDOR = "Buyer-statistics", "Vendor-statistics"
_TABS = (("", "Profile"), ("/offers", "Offers"), ("/pgp", "PGP"), ("/info", "About"))


def profile(shown: Shown, name: str, *, tab: str) -> Response | None:
    """The page of a vendor with the open tab; None where there is no such vendor."""
    vendor = shown.world.vendors_by_name.get(name)
    if vendor is None:
        return None
    tabs = "".join(f'<li><a href="/profile/{name}{path}">{label}</a></li>' for path, label in _TABS)
    inside = {
        "": "",
        "offers": offers_table(shown, shown.world.vendor_listings(vendor, shown.moment)),
        "pgp": f"<pre>{armoured_key(vendor.key)}</pre>",
        "info": escape(vendor.profile).replace("\n", "<br>"),
    }[tab]
    trusted = ' <span class="badge">Trusted vendor</span>' if vendor.trust > 4 else ""
    content = f"""<div><h2>{name}{trusted}</h2><table>{_facts(shown, vendor)}</table></div>
<a href="/messages/new/{name}">Message</a>
<ul class="nav">{tabs}</ul><div id="tabcontent">{inside}</div>"""
    return page(shown, content)


def _facts(shown: Shown, vendor: Vendor) -> str:
    sales = shown.world.vendor_sales(vendor, shown.moment)
    mean = sum(sale.rating for sale in sales) / len(sales) if sales else 0
    bought = vendor.number % 40
    rows: tuple[tuple[str, str] | str, ...] = (
        ("Last online", "Online" if vendor.number % 2 else f"about {2 + vendor.number % 20} hours ago"),
        ("Member since", f"{vendor.joined:%b %d, %Y}"),
        _BUYER,
        ("Completed orders", f"{bought}/{bought + 2}"),
        ("Rated orders", str(bought)),
        ("Average rating", "(4.50)" if bought else "(0.00)"),
        _VENDOR,
        ("Vendor since", f"{vendor.joined:%b %d, %Y}"),
        ("Open/Completed orders", f"{vendor.level}/{vendor.earlier_sales + len(sales)}"),
        ("Rated orders", str(len(sales))),
        ("Average rating", f'<i class="ratings"></i> ({mean:.2f})'),
        (
            "Vendor-Level",
            f'<span class="badge badge-primary">{100 * vendor.level + 20} exp</span> '
            f'<span class="badge badge-success">Level {vendor.level}</span>',
        ),
    )
    return "".join(
        f'<tr><th colspan="2">{row}</th></tr>'
        if isinstance(row, str)
        else f"<tr><td>{row[0]}</td><td>{row[1]}</td></tr>"
        for row in rows
    )
