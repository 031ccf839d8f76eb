"""What every page of the synthetic Dream has: sidebar, exchange rates, header; and the page of the login."""

from functools import lru_cache

from cryptodrug_assets.replica.facts import MarketWorld
from cryptodrug_assets.replica.pages import (
    META,
    Request,
    Response,
    bitcoin_rates,
    escape,
    token,
)
from cryptodrug_assets.replica.vocabulary import OTHER_GOODS, PRODUCTS
from cryptodrug_assets.synthetic import NOTE

# The header says ISO-8859-1 while the bytes are UTF-8, as on the real site.
_CONTENT_TYPE = "text/html;charset=ISO-8859-1"
_ROOTS = {"Digital Goods": 103, "Drugs": 104, "Other": 107}
_PARENTS = {
    "Benzos": 120, "Cannabis": 121, "Dissociatives": 122, "Ecstasy": 123, "Opioids": 124, "Prescription": 125,
    "Psychedelics": 126, "RCs": 127, "Steroids": 128, "Stimulants": 129, "E-Books": 110, "Counterfeits": 135,
}  # fmt: skip


def login(request: Request) -> Response:
    names = [token(f"{part}{request.moment.date()}") for part in ("user", "password", "decoy", "captcha")]
    body = f"""<!DOCTYPE html>
<html><head>
<title>Dream Market Login - Featured anonymous marketplace</title>
<meta http-equiv="Content-Type" content="text/html;charset=utf-8">{META}
</head><body>
<div class="main"><div class="naviHeader oldBannerImage"><ul class="ulNavItems">
<li class=""><a href="./register">Register</a></li><li class="active"><a href="./">Login</a></li></ul></div>
<div class="login notloggedin"><div class="title">Login with existing user</div>
<form action="./" method="post">
<input type="text" name="{names[0]}" value=""><input type="password" name="{names[1]}">
<input type="text" name="{names[2]}" style="display:none"><img alt="captcha" src="./captcha?id=1">
<input type="text" name="{names[3]}" title="Captcha, case sensitive"><input type="submit" value="Login">
</form></div><div class="footer"><div class="copyRight">{NOTE}</div></div></div>
</body></html>"""
    return Response(body.encode(), content_type=_CONTENT_TYPE)


@lru_cache
def category_tree() -> dict[int, tuple[str, ...]]:
    """Numbers and paths of the categories the replica uses, parents before children."""
    tree: dict[int, tuple[str, ...]] = {}
    for product in (*PRODUCTS, *OTHER_GOODS):
        leaf, path = product.dream
        tree[_ROOTS[path[0]]] = path[:1]
        if len(path) > 2:
            tree[_PARENTS[path[1]]] = path[:2]
        tree[leaf] = path
    return dict(sorted(tree.items(), key=lambda item: item[1]))


def sidebar(world: MarketWorld, request: Request, selected: tuple[str, ...]) -> str:
    counts = world.category_counts(request.moment)
    tree = category_tree()

    def row(category: int, path: tuple[str, ...]) -> str:
        count = counts.get(path, 0)
        mark = " selected" if path == selected else ""
        return f"""<div class="category {mark} depth{len(path) - 1}">
<a href="./?category={category}">{escape(path[-1])}
<span class="amount">{count}</span></a>
</div>"""

    # The branch of the chosen category first, then the roots, as the site did.
    branch = ""
    if selected:
        shown = [
            row(category, path)
            for category, path in tree.items()
            if path[0] == selected[0] and (len(path) <= 2 or path[:2] == selected[:2])
        ]
        branch = "\n".join(shown) + '\n<div class="sidebarHeader">&nbsp;</div>'
    roots = "\n".join(row(category, path) for category, path in tree.items() if len(path) == 1)
    return f'<div class="sidebarHeader">Browse by category</div>\n{branch}\n{roots}'


def exchange(request: Request) -> str:
    rates = bitcoin_rates(request.moment.date())
    rows = "".join(
        f"""<tr class="">
<td class="curtd{" chosen" if currency == "EUR" else ""}"></td>
<td class="cur">
{currency if currency == "EUR" else f'<a href="./?selectCurrency={currency}&amp;ks=1">{currency}</a>'}
</td>
<td>{value}</td>
</tr>"""
        for currency, value in (
            ("BTC", "1.0"), ("mBTC", "1000.0"), *((name, f"{rates[name]:.1f}") for name in ("USD", "EUR", "GBP", "CAD", "AUD")),
        )
    )  # fmt: skip
    return f"""<div class="sidebarHeader">฿ Exchange</div>
<div class="exchangeRateListing"><table class=""><tbody>{rows}</tbody></table></div>"""


def whole_page(
    world: MarketWorld, request: Request, title: str, content: str, status: int = 200, selected: tuple[str, ...] = ()
) -> Response:
    body = f"""<html><head>
<title>{escape(title)}</title>
<meta http-equiv="Content-Type" content="text/html;charset=ISO-8859-1">{META}
<link rel="stylesheet" type="text/css" href="./../marketstyle.css">
</head>
<body>
<div class="youHaveBeenPhished" style="display:none">You have been phished</div>
<div class="   main ">
<div class="naviHeader   oldBannerImage ">
<ul class="ulNavItems">
<li class=" active"><a href="./">Shop</a></li><li class=" "><a href="./inbox?action=conversation">Messages: 0</a></li><li class=""><a href="./profile">researcher</a></li>
</ul>
<ul class="ulNavItems"><li class="walletItem"><a href="./wallet"><div>Bitcoin (BTC)</div>฿0</a></li>
<li class="  "><a class="cart " href="./cart">0</a></li><li class="navitem "><a href="./?logout">Logout</a></li></ul>
</div>
<div class="sidebar browse">
{sidebar(world, request, selected)}
</div>
<div class="sidebar right">
<div class="sidebar">{exchange(request)}</div>
</div>
<div class="content">
{content}
</div>
<div class="footer"><div class="copyRight"><div>{NOTE}</div></div></div>
</div>
</body></html>"""
    return Response(body.encode(), status, content_type=_CONTENT_TYPE)
