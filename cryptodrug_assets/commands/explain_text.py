"""What `cryptodrug explain` prints: a value, what it is made of, where the pages lie, and that they were read again."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cryptodrug_assets.inert import json_text, say
from cryptodrug_assets.synthetic import WORLD

if TYPE_CHECKING:
    import polars as pl

    from cryptodrug_assets.provenance import Explained, Reader

_LONG = 2_000


def statement(row: Mapping[str, Any]) -> None:
    """A row of the scorecard: what the study says, the range that reproduces it, the value and the verdict."""
    low, high = row["expected_low"], row["expected_high"]
    wanted = f"{'' if low is None else f'{low:.6g}'} … {'' if high is None else f'{high:.6g}'}".strip()
    say(f"statement {row['statement']} ({row['market']}): {row['says']}")
    say(f"  {row['indicator']} wanted {wanted}, found {_number(row)}: {row['verdict']}")
    if row["why"]:
        say(f"  {row['why']}")


def show(
    explained: "Explained", reader: "Reader", *, listed: int, check: int, as_json: bool, tested: Mapping[str, Any]
) -> None:
    """Print a value and what is behind it, and read the pages again; the UserError of a damaged record passes.

    `tested` is what of the scorecard's row goes with the value, for JSON.
    """
    if as_json:
        verified = _verified(explained, reader, check)
        print(json_text({**tested, **_document(explained, listed, verified)}))
        return
    _value(explained)
    if explained.note:
        say(f"  {explained.note}")
    if explained.counted or explained.compared:
        _print_basis(explained)
        for number, page in enumerate(explained.pages.iter_rows(named=True)):
            if number == listed:
                break
            say(f"  {_place(page, explained)}")
        if explained.pages.height > listed > 0:
            say(f"  … and {explained.pages.height - listed} more (--pages)")
        verified = _verified(explained, reader, check)
        say(f"  digests of {verified:,} pages re-verified{_late(explained)}{_not_all(explained, verified)}")
    elif not explained.note:
        say("  no rows: the value is missing, not zero" if explained.row["value"] is None else "  no rows: a true zero")
    say()


def _value(explained: "Explained") -> None:
    row = explained.row
    when = f" {row['month']}"[:8] if "month" in row else ""
    say(f"{row['indicator']} {row['market']}{when} {row['country']} {row['drug_class']}: {_number(row)}", end="")
    say(f" {row['unit']}" if "unit" in row else "")
    if "method" in row:
        coverage = "unknown" if row["coverage"] is None else f"{row['coverage']:.4g}"
        say(f"  {row['method']}; coverage {coverage}, status {row['obs_status']}/{row['conf_status']}")
        if row["obs_status"] == "C":
            say("  suppressed: published it would tell of few vendors; the table it comes from has the value")
        elif row["conf_status"] == "C":
            say("  confidential: few vendors stand behind it; for the operator's eyes, not for publication")


def _number(row: Mapping[str, Any]) -> str:
    suppressed = row.get("obs_status") == "C"
    value = ("suppressed" if suppressed else "missing") if row["value"] is None else f"{row['value']:.6g}"
    return value if row["lower"] is None else f"{value} [{row['lower']:.6g}, {row['upper']:.6g}]"


def _print_basis(explained: "Explained") -> None:
    counted = ", ".join(f"{n:,} {name}" for name, n in explained.counted.items()) or "nothing (a true zero)"
    say(f"  made of {counted}, seen on {explained.pages.height:,} captured pages")
    if explained.compared:
        compared = ", ".join(f"{n:,} {name}" for name, n in explained.compared.items())
        say(f"  compared with {compared}, seen on {explained.further.height:,} further pages")
    if len(explained.cells) > 1:
        by_cell = dict(explained.pages.group_by("market", "month").len().sort("market", "month").select(
            _cell_name(), "len").iter_rows())  # fmt: skip
        say(f"  pages by month: {', '.join(f'{name} {n:,}' for name, n in by_cell.items()) or 'none'}")


def _cell_name() -> "pl.Expr":
    import polars as pl

    return pl.concat_str("market", pl.col("month").dt.strftime("%Y-%m"), separator=" ")


def _place(page: Mapping[str, Any], explained: "Explained") -> str:
    where = f"{page['market']}/{page['month']:%Y-%m}/" if len(explained.cells) > 1 or explained.elsewhere else ""
    if page["source"] == WORLD:
        return f"page {page['capture_id']} of a synthetic world that was not captured: no bytes"
    if page["warc_file"] is None:
        return f"capture {page['capture_id']} was never fetched ({page['outcome']}): no bytes"
    if _of_data_set(page):
        return f"{_origin(page)}: {where}{page['warc_file']} @{page['warc_offset']} {page['payload_digest']}"
    return (
        f"capture {page['capture_id']} {page['page_kind'] or '-':<13} {where}{page['warc_file']}"
        f" @{page['warc_offset']}+{page['warc_length']} {page['payload_digest']}"
    )


def _origin(page: Mapping[str, Any]) -> str:
    """File and row of a row of a data set."""
    return str(json.loads(page["provenance"])["origin"])


def _late(explained: "Explained") -> str:
    return f"; {explained.elsewhere:,} of them lie in the next month's archive" if explained.elsewhere else ""


def _not_all(explained: "Explained", verified: int) -> str:
    held = _held(explained).height
    return f"; of {held:,}, evenly spread (--check 0 re-reads all)" if verified < held else ""


def _of_data_set(page: Mapping[str, Any]) -> bool:
    from cryptodrug_assets.markets.data_sets.rows import mapping_of

    return mapping_of(page["content_type"]) is not None


def _held(explained: "Explained") -> "pl.DataFrame":
    """All pages behind the value of which there are bytes."""
    import polars as pl

    held = (pl.col("outcome") == "done") & pl.col("warc_file").is_not_null()
    return pl.concat([explained.pages, explained.further]).filter(held)


def _verified(explained: "Explained", reader: "Reader", check: int) -> int:
    held = _held(explained)
    total = min(check or held.height, held.height)
    number = 0
    for number in _progress(reader.reread(held, most=check), total):  # noqa: B007
        pass
    return number


def _progress(numbers: Iterator[int], total: int) -> Iterator[int]:
    if total < _LONG or not sys.stderr.isatty():
        yield from numbers
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(numbers, "reading pages again", total=total, console=Console(stderr=True), transient=True)


def _document(explained: "Explained", listed: int, verified: int) -> dict[str, Any]:
    from cryptodrug_assets.provenance import PLACE

    places = explained.pages.head(listed)
    return {
        "table": explained.table,
        **{name: str(value) if name == "month" else value for name, value in explained.row.items()},
        "counted": explained.counted,
        "compared": explained.compared,
        "note": explained.note or None,
        "pages": explained.pages.height,
        "further_pages": explained.further.height,
        "in_next_months_archive": explained.elsewhere,
        "verified": verified,
        "captures": [_capture(row, PLACE) for row in places.iter_rows(named=True)],
    }


def _capture(page: Mapping[str, Any], columns: Sequence[str]) -> dict[str, Any]:
    place = {name: page[name] for name in columns} | {"month": f"{page['month']:%Y-%m}"}
    return place | {"origin": _origin(page)} if _of_data_set(page) else place
