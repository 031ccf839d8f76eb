"""What `cryptodrug explain` prints: a value, what it is made of, where the pages lie, and that they were read again."""

import json
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

    from cryptodrug_assets.provenance import Explained, Reader

_LONG = 2_000


def statement(row: Mapping[str, Any]) -> None:
    """A row of the scorecard: what the study says, the range that reproduces it, the value and the verdict."""
    low, high = row["expected_low"], row["expected_high"]
    wanted = f"{'' if low is None else f'{low:.6g}'} … {'' if high is None else f'{high:.6g}'}".strip()
    print(f"statement {row['statement']} ({row['market']}): {row['says']}")
    print(f"  {row['indicator']} wanted {wanted}, found {_number(row)}: {row['verdict']}")
    if row["why"]:
        print(f"  {row['why']}")


def show(
    found: "Explained", reader: "Reader", *, listed: int, check: int, as_json: bool, tested: Mapping[str, Any]
) -> None:
    """Print a value and what is behind it, and read the pages again; the UserError of a damaged record passes.

    `tested` is what of the scorecard's row goes with the value, for JSON.
    """
    if as_json:
        verified = _verified(found, reader, check)
        print(json.dumps({**tested, **_document(found, listed, verified)}, ensure_ascii=False))
        return
    _value(found)
    if found.note:
        print(f"  {found.note}")
    if found.counted or found.compared:
        _made_of(found)
        for number, page in enumerate(found.pages.iter_rows(named=True)):
            if number == listed:
                break
            print(f"  {_place(page, found)}")
        if found.pages.height > listed > 0:
            print(f"  … and {found.pages.height - listed} more (--pages)")
        verified = _verified(found, reader, check)
        print(f"  digests of {verified:,} pages re-verified{_late(found)}{_not_all(found, verified)}")
    elif not found.note:
        print("  no rows: the value is missing, not zero" if found.row["value"] is None else "  no rows: a true zero")
    print()


def _value(found: "Explained") -> None:
    row = found.row
    when = f" {row['month']}"[:8] if "month" in row else ""
    print(f"{row['indicator']} {row['market']}{when} {row['country']} {row['drug_class']}: {_number(row)}", end="")
    print(f" {row['unit']}" if "unit" in row else "")
    if "method" in row:
        coverage = "unknown" if row["coverage"] is None else f"{row['coverage']:.4g}"
        print(f"  {row['method']}; coverage {coverage}, status {row['obs_status']}/{row['conf_status']}")
        if row["obs_status"] == "C":
            print("  suppressed: published it would tell of few vendors; the table it comes from has the value")
        elif row["conf_status"] == "C":
            print("  confidential: few vendors stand behind it; for the operator's eyes, not for publication")


def _number(row: Mapping[str, Any]) -> str:
    suppressed = row.get("obs_status") == "C"
    value = ("suppressed" if suppressed else "missing") if row["value"] is None else f"{row['value']:.6g}"
    return value if row["lower"] is None else f"{value} [{row['lower']:.6g}, {row['upper']:.6g}]"


def _made_of(found: "Explained") -> None:
    counted = ", ".join(f"{n:,} {name}" for name, n in found.counted.items()) or "nothing (a true zero)"
    print(f"  made of {counted}, seen on {found.pages.height:,} captured pages")
    if found.compared:
        compared = ", ".join(f"{n:,} {name}" for name, n in found.compared.items())
        print(f"  compared with {compared}, seen on {found.further.height:,} further pages")
    if len(found.cells) > 1:
        by_cell = dict(found.pages.group_by("market", "month").len().sort("market", "month").select(
            _cell_name(), "len").iter_rows())  # fmt: skip
        print(f"  pages by month: {', '.join(f'{name} {n:,}' for name, n in by_cell.items()) or 'none'}")


def _cell_name() -> "pl.Expr":
    import polars as pl

    return pl.concat_str("market", pl.col("month").dt.strftime("%Y-%m"), separator=" ")


def _place(page: Mapping[str, Any], found: "Explained") -> str:
    where = f"{page['market']}/{page['month']:%Y-%m}/" if len(found.cells) > 1 or found.elsewhere else ""
    if page["warc_file"] is None:
        return f"capture {page['capture_id']} was never fetched ({page['outcome']}): no bytes"
    return (
        f"capture {page['capture_id']} {page['page_kind'] or '-':<13} {where}{page['warc_file']}"
        f" @{page['warc_offset']}+{page['warc_length']} {page['payload_digest']}"
    )


def _late(found: "Explained") -> str:
    return f"; {found.elsewhere:,} of them lie in the next month's archive" if found.elsewhere else ""


def _not_all(found: "Explained", verified: int) -> str:
    held = _held(found).height
    return f"; of {held:,}, evenly spread (--check 0 re-reads all)" if verified < held else ""


def _held(found: "Explained") -> "pl.DataFrame":
    """All pages behind the value of which there are bytes."""
    import polars as pl

    return pl.concat([found.pages, found.further]).filter(pl.col("outcome") == "done")


def _verified(found: "Explained", reader: "Reader", check: int) -> int:
    held = _held(found)
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


def _document(found: "Explained", listed: int, verified: int) -> dict[str, Any]:
    from cryptodrug_assets.provenance import PLACE

    places = found.pages.head(listed).select(PLACE)
    return {
        "table": found.table,
        **{name: str(value) if name == "month" else value for name, value in found.row.items()},
        "counted": found.counted,
        "compared": found.compared,
        "note": found.note or None,
        "pages": found.pages.height,
        "further_pages": found.further.height,
        "in_next_months_archive": found.elsewhere,
        "verified": verified,
        "captures": [dict(row) | {"month": f"{row['month']:%Y-%m}"} for row in places.iter_rows(named=True)],
    }
