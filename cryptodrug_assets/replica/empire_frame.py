"""What every page of the synthetic Empire has: head, sidebar, breadcrumb, pager, footer; and the page of the login."""

from collections.abc import Callable
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

_ROOTS = {"Drugs & Chemicals": 2, "Guides & Tutorials": 3, "Counterfeit Items": 4}
_PARENTS = {
    "Benzos": 19, "Cannabis & Hashish": 20, "Dissociatives": 21, "Ecstasy": 22, "Opioids": 23, "Prescription": 24,
    "Steroids": 25, "Stimulants": 26, "Psychedelics": 31, "Fraud": 33, "Other": 48,
}  # fmt: skip


def login(request: Request) -> Response:
    names = [token(f"{part}{request.moment.date()}") for part in ("user", "password", "captcha")]
    body = f"""<!DOCTYPE html>
<html><head><title>Empire Market</title>{META}</head>
<body>
<a href="{request.base}/login"><img src="{request.base}/public/image/logo.png"></a>
<div class="body-content"><div class="nav"><ul>
<li><a href="{request.base}/login">LOGIN</a></li><li><a href="{request.base}/register">REGISTER</a></li>
</ul></div>
<div class="sub_head_inner_header"><h3> <a href="{request.base}/login">Login</a> </h3></div>
<div class="wrapper"><div class="login-page"><div class="login-Head">
<div class="loginHead-head"><h3>LOGIN TO EMPIRE MARKET</h3></div></div>
<p>Welcome to Empire Market! Please login to access the marketplace. {NOTE}.</p>
<div class="login-textbox"><form action="{request.base}/index/login" method="post" accept-charset="utf-8">
<input placeholder="Username" type="text" name='{names[0]}' class='login-textbox' value="" autofocus>
<input placeholder="Password" type="password" autocomplete="off" name='{names[1]}' class='login-textbox'>
<div class='image'><img src="{request.base}/public/captchaimg/1.jpg" alt=" "/></div>
<input placeholder="What's the captcha?" type="text" name="{names[2]}" class='login-textbox'>
</form></div></div></div></div>
</body></html>"""
    return Response(body.encode())


def whole_page(world: MarketWorld, request: Request, title: str, content: str, status: int = 200) -> Response:
    base, moment = request.base, request.moment
    rates = bitcoin_rates(moment.date())
    fx = "\n".join(
        f'<li><a><img src="{base}/public/image/arrow-asc.png"> {currency} {rates[currency]:.2f}</a></li>'
        for currency in ("CAD", "EUR", "USD", "AUD", "GBP")
    )
    links = "".join(f'<li><a href="{base}/{path}">{label}</a></li>' for path, label in _NAVIGATION)
    body = f"""<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">{META}
<title>Empire Market - {escape(title)}</title>
</head>
<body>
<div class="header"><div class="img-logo"><a href="{base}/home"><img src="{base}/public/image/logo.png"></a></div>
<div class="right-session"><p class="padp"><b> Logged in as <a href="{base}/myinfo">researcher</a> [<a href="{base}/index/logout">Logout</a>]</b></p></div></div>
<div class="sm-nav" style="width: 43%;"><ul>
{fx}
</ul></div>
<div class="clear"></div>
<nav id="primary_nav_wrap"><ul>{links}</ul></nav>
{content}
<div class="footer"><p><font size="1">
<span style="float:right;">
\t\tServer time: {moment:%A, %b} {moment.day}, {moment:%Y %H:%M:%S}\t</span>
<span style="float:left;">Copyright &copy; {moment.year} Empire Market. {NOTE}</span> </font><br/></p></div>
</body>
</html>"""
    return Response(body.encode(), status)


_NAVIGATION = (
    ("home", "HOME"), ("message", "MESSAGES"), ("message/newmsg", "Send Message"), ("order", "ORDERS"),
    ("sales/vendor", "BECOME A VENDOR"), ("balance/bitcoin", "BALANCE"), ("support", "SUPPORT"), ("disputes", "Disputes"),
)  # fmt: skip


@lru_cache
def category_tree() -> dict[int, tuple[str, ...]]:
    """Numbers and paths of the categories the replica uses, parents before children."""
    tree: dict[int, tuple[str, ...]] = {}
    for product in (*PRODUCTS, *OTHER_GOODS):
        leaf, path = product.empire
        tree[_ROOTS[path[0]]] = path[:1]
        if len(path) > 2:
            tree[_PARENTS[path[1]]] = path[:2]
        tree[leaf] = path
    return dict(sorted(tree.items(), key=lambda item: item[1]))


def sidebar(world: MarketWorld, request: Request) -> str:
    counts = world.category_counts(request.moment)
    tree = category_tree()
    nested = {1: "submenu", 2: "CategoryUL", 3: "CategorySubUL"}

    def branch(parent: tuple[str, ...]) -> str:
        rows = []
        for category, path in tree.items():
            if path[:-1] != parent:
                continue
            count = counts.get(path, 0)
            inner = f'<ul class="{nested[len(path)]}">{branch(path)}</ul>'
            rows.append(
                f'<li><a href="{request.base}/category/categories/{category}/0"><input type="checkbox"> '
                f'{escape(path[-1])}<span style="float:right;color:#4a4e51">{count}</span></a>\n{inner}</li>'
            )
        return "\n".join(rows)

    return f"""<div class="left-content"><div id="information"><div class="login-Head">
<div class="loginHead-head"><h3 class="padh3">BROWSE CATEGORIES</h3></div></div>
<nav class="Category"><ul class="mainmenu">
{branch(())}
</ul></nav></div></div>"""


def breadcrumb(request: Request, path: tuple[str, ...]) -> str:
    numbers = {names: category for category, names in category_tree().items()}
    parts = [
        f'<h3><a href="{request.base}/category/categories/{numbers[path[: depth + 1]]}/0">{escape(name)}</a></i></h3>'
        '<div class="check"><p></p></div>'
        for depth, name in enumerate(path)
    ]
    return f"""<div class="sub_head_inner_header">
<i class="fa fa-search-plus fa-fontSet" aria-hidden="true"></i>
<div class="check"><p></p></div>
{"".join(parts)}
</div>"""


def pager_of(links: Callable[[int], str], start: int, total: int, size: int) -> str:
    if total <= size:
        return ""
    items = []
    for page, offset in enumerate(range(0, total, size), 1):
        if offset == start:
            items.append(f"<strong>{page}</strong>")
        else:
            items.append(f'<li><a href="{links(offset)}" data-ci-pagination-page="{page}">{page}</a></li>')
    return f'<ul class="pagination">{"".join(items)}</ul>'
