"""What real pages carry beside their data, to give synthetic ones their size: search forms, menus, long descriptions.

Sizes of archived pages: Dream offers 18-26 KB, accounts 34-197, lists 190; Empire offers 17-176 (most above 100),
accounts 17-56, lists 95-128.
"""

import random
import re

import pycountry

_TEXT = """order send ship pack letter stealth quality please read before buy vendor message encrypted address refund
reship days weeks domestic europe worldwide sample bulk price list escrow feedback stars fresh stock batch test"""
_WORDS = _TEXT.split()
_ENTRIES = 127  # categories of Empire's menu
_COUNTRIES = [country.name for country in pycountry.countries]


def words(seed: str, size: int) -> str:
    """Some lines of made-up text, the same for the same seed; a few characters beyond ASCII as vendors use them."""
    rng = random.Random(seed)
    lines: list[str] = []
    length = 0
    while length < size:
        line = " ".join(rng.choices(_WORDS, k=rng.randrange(4, 14)))
        lines.append(f"★ {line} – {rng.randrange(1, 99)} €" if rng.random() < 0.2 else line)
        length += len(lines[-1]) + 1
    return "\n".join(lines)


def _choice(name: str) -> str:
    """A list of all countries, indented as the templates of real pages are."""
    indent = " " * 40
    options = "".join(f'\n{indent}<option value="{country}">    {country}</option>' for country in _COUNTRIES)
    return f'<select name="{name}">\n<option value=""></option>{options}\n</select>\n'


def _menu(host: str) -> str:
    """Empire's category menu: three levels, a count on each entry."""
    entries = []
    for number in range(1, _ENTRIES + 1):
        link = f'<a href="http://{host}/category/categories/{number}/0"><input type="checkbox"> Category {number}'
        entries.append(f'{link}<span style="float:right;color:#4a4e51">{number * 37}</span></a>\n')
    roots = []
    for first in range(0, _ENTRIES, 11):
        inner = "".join(f'<li>{entry}<ul class="CategoryUL">\n</ul></li>' for entry in entries[first + 1 : first + 11])
        roots.append(f'<li>{entries[first]}<ul class="submenu">{inner}</ul></li>\n')
    return f'<nav class="Category"><ul class="mainmenu">\n{"".join(roots)}</ul></nav>\n'


def furnished(market: str, kind: str, body: bytes, host: str, seed: str) -> bytes:
    """The page with the furniture of its kind."""
    text = body.decode()
    if market == "dream":
        if kind == "offers":
            text = text.replace("</pre>", f"\n{words(seed, 7_000)}</pre>", 2)
        if kind == "lists":
            choices = _choice("shippingTo") + _choice("shippingFrom")
            filters = f'<div class="offerFilter"><form>{choices}</form></div>'
            text = text.replace('<div class="shopItems">', f'{filters}<div class="shopItems">')
        return text.encode()
    if kind in ("offers", "lists"):
        menu = "" if 'class="mainmenu"' in text else _menu(host)
        form = f"<form>{_choice('from')}{_choice('to')}</form>"
        at = next(match.end() for match in re.finditer(r'<div class="(?:body|right)-content">', text))
        text = f"{text[:at]}<div>{menu}{form}</div>{text[at:]}"
    if kind == "offers":
        about = words(seed, 9_000)
        text = re.sub(r"Nothing here can be bought\.", lambda _: about, text, count=2)
    if kind == "feedback":
        stars = '<i class="fa fa-star" aria-hidden="true" style="color:gold;"></i>\n' * 15
        tab = '<div class="tab">'
        text = text.replace(tab, f'<div class="rating_star">{stars}</div><!-- {words(seed, 6_000)} -->{tab}', 1)
    return text.encode()
