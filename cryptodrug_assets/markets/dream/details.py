"""Tables of labels and values, as Dream's pages of offers and vendors show."""

from selectolax.lexbor import LexborNode

from cryptodrug_assets.markets._html import Reader, text_of

COUNT = r"(\d[\d,]*)"


def labelled_rows(reader: Reader, root: LexborNode, known: set[str]) -> dict[str, LexborNode]:
    """Rows of a label/span table by label; unknown labels are noted, a label that comes twice is a problem."""
    rows: dict[str, LexborNode] = {}
    for label in root.css("label"):
        name = text_of(label)
        if name not in known:
            reader.unread.append(name[:60])
            continue
        if name in rows:
            reader.problem(name, "multiple")
        rows[name] = label.parent if label.parent is not None else label
    return rows


def value_of(reader: Reader, row: LexborNode | None, field: str) -> str | None:
    if row is None:
        reader.problem(field, "missing")
        return None
    spans = row.css("span")
    if len(spans) > 1:
        reader.problem(field, "multiple", f"{len(spans)} matches")
        return None
    return text_of(spans[0]) if spans else None
