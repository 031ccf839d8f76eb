"""Lists of the synthetic Wall Street: cards, pager, page count; and the front page."""

from collections.abc import Sequence

from cryptodrug_assets.replica.facts import Listing
from cryptodrug_assets.replica.pages import Response, escape, number, page_of
from cryptodrug_assets.replica.vocabulary import NAMES
from cryptodrug_assets.replica.wall_street.categories import Path, path_of, pressed
from cryptodrug_assets.replica.wall_street.frame import LIMIT, LIMITS, Shown, page
from cryptodrug_assets.replica.wall_street.wording import destinations, money, unit_of
from cryptodrug_assets.synthetic import NOTE

_AROUND = 2


def home(shown: Shown, *, notice: str = "") -> Response:
    """The front page; with a notice where a form was refused."""
    alert = f'<div class="alert alert-danger">{notice}</div>' if notice else ""
    return page(shown, f"{alert}<h2>Welcome</h2><p>{NOTE}</p>", act="IndexIndex")


def _chosen(form: dict[str, str]) -> Path | None:
    for level in "TMB":
        if (value := form.get(f"menuCat{level}")) is not None:
            return pressed(level, value)
    return path_of(tuple(form.get(f"form[cat{level}]", "") for level in "TMB"))


def product_list(shown: Shown) -> Response | None:
    """A page of the list that the posted form asks for; None where it chooses no category."""
    form = dict(shown.request.form)
    path = _chosen(form)
    if path is None:
        return None
    limit = number(form.get("form[limit]"), LIMIT)
    limit = limit if limit in LIMITS else LIMIT
    items = shown.world.in_category(path, shown.moment)
    pages = max(1, -(-len(items) // limit))
    # A button of the tree begins at the first page, whatever the state says.
    tree_pressed = any(f"menuCat{level}" in form for level in "TMB")
    place = 1 if tree_pressed else min(max(1, number(form.get("form[page]"), 1)), pages)
    special = f"""<div class="row specialrow"><div class="col-lg-3"><div class="card card-body mb-2 pb-2"><ul>
<li>{len(items)} offers</li><li>Page {place}/{pages}</li></ul></div></div></div>"""
    cards = "\n".join(_card(shown, item) for item in page_of(items, (place - 1) * limit, limit))
    content = f"{special}<h2>Products</h2>\n{cards}"
    return page(shown, content, act="IndexIndex", chosen=path, limit=limit, pager=_pager(place, pages))


def _pager(place: int, pages: int) -> str:
    """The first page, the last, and those around the one that is shown."""
    near = range(place - _AROUND, place + _AROUND + 1)
    shown = sorted({1, pages} | {other for other in near if 1 <= other <= pages})
    items = "".join(
        f'<li class="page-item{" active" if other == place else ""}">'
        f'<button class="page-link" name="form[page]" value="{other}" type="submit">{other}</button></li>'
        for other in shown
    )
    return f'<ul class="pagination">{items}</ul>'


def _card(shown: Shown, item: Listing) -> str:
    vendor = shown.world.vendors[item.vendor]
    phrase, places = destinations(item, codes=True)
    text = phrase if phrase.startswith("Only") else f"Ships {phrase}"
    box = f"<div>{text}<div>{places}</div></div>" if places else f" {text}"
    origin = item.origin or NAMES[""]
    return f"""<div class="card"><div class="card-body"><h4 class="card-title"><a href="/offer/{item.listing_id}">{escape(item.title)}</a></h4>
<hr><a href="/profile/{vendor.name}">{vendor.name}</a> <b>Level {vendor.level}</b> <b>{money(item.price, item.currency)}</b>/{unit_of(item)}<br>
<i class="ionicons ion-log-out"></i> Ships from: {origin}<br><i class="ionicons ion-log-in"></i>{box}</div></div>"""


def offers_table(shown: Shown, items: Sequence[Listing]) -> str:
    """The offers tab of a profile: rows, with a row between them that names the category of what follows."""
    rows: list[str] = []
    arrow = ' <i class="ionicons ion-chevron-right"></i> '
    last: Path = ()
    for item in sorted(items, key=lambda item: (item.category, item.number)):
        if item.category != last:
            last = item.category
            rows.append(f'<tr><td colspan="3">{arrow.join(map(escape, last))}</td></tr>')
        rows.append(
            f'<tr><td><a href="/offer/{item.listing_id}">{escape(item.title)}</a></td>'
            f"<td>{money(item.price, item.currency)}</td><td>{item.origin or NAMES['']}</td></tr>"
        )
    return f"<table>{''.join(rows)}</table>"
