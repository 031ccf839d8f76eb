"""What pages write as "label: value", and whose page a page says it is. No market's selectors."""

import re
from collections.abc import Collection, Iterable

from cryptodrug_assets.markets._html import Reader

_LONGEST = 60
_A_MARKET = re.compile(r"\b([a-z][a-z0-9]*(?: [a-z][a-z0-9]*)?) market\b", re.IGNORECASE)


def labelled(reader: Reader, lines: Iterable[str], known: Collection[str]) -> dict[str, str]:
    """Values by label of lines such as "Origin Country : Netherlands", of the labels that are known.

    An unknown label is noted as unread: that is how a changed layout shows. A label that comes twice is a problem and
    keeps its first value; a line without a colon is no label.
    """
    values: dict[str, str] = {}
    for line in lines:
        label, colon, value = (part.strip() for part in line.partition(":"))
        if not colon:
            continue
        if label not in known:
            reader.unread.append(label[:_LONGEST])
        elif label in values:
            reader.problem(label, "multiple")
        else:
            values[label] = value
    return values


def is_branded(own: str, texts: Iterable[str]) -> bool | None:
    """Whether the places where a page names its market (title, banner, footer) name this one.

    Software is sold on: a page of another market may have every mark of the layout, and only the brand tells. None
    when no place names a market; False when a place names another one, or all that is there is not ours.

    >>> is_branded("Apollon Market", ["Home - Apollon Market", "Apollon Market © 2019"])
    True
    >>> is_branded("Apollon Market", ["Home - Oasis Market"]), is_branded("Apollon Market", ["", ""])
    (False, None)
    """
    named = [text for text in texts if text]
    ours = [own.casefold() in text.casefold() for text in named]
    if not named or not any(ours):
        return None if not any(_A_MARKET.search(text) for text in named) else False
    return all(mine or not _A_MARKET.search(text) for mine, text in zip(ours, named, strict=True))


def other_brand(own: str, texts: Iterable[str], *, shaped: bool) -> str | None:
    """Kind of a page that is not this market's (foreign, unknown), None for its own; see is_branded.

    `shaped` says whether the page has a mark of the layout: without a brand, such a page is another market's.

    >>> other_brand("Apollon Market", [""], shaped=False), other_brand("Apollon Market", [""], shaped=True)
    ('unknown', 'foreign')
    """
    branded = is_branded(own, texts)
    if branded:
        return None
    return "unknown" if branded is None and not shaped else "foreign"
