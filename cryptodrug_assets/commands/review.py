"""`cryptodrug review` and `cryptodrug correct`: what most deserves a look, and what a person decided about it."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cryptodrug_assets.inert import printable, say
from cryptodrug_assets.observation import UserError, check_market, check_month, require_observed
from cryptodrug_assets.settings import Settings

if TYPE_CHECKING:
    import polars as pl

    from cryptodrug_assets.cleaning.corrections import Correction
    from cryptodrug_assets.storage.store import TableStore

_FORMULA = ("=", "+", "-", "@", "\t")


def review(
    market: Annotated[str, typer.Option("--market", help="Name of the market.")],
    month: Annotated[str | None, typer.Option("--month", help="Month, YYYY-MM; all months when not given.")] = None,
    most: Annotated[int, typer.Option("--most", help="How many lines at most.", min=1)] = 100,
    output: Annotated[Path | None, typer.Option("--output", help="CSV to write; in the home by default.")] = None,
) -> None:
    """Write the list of what most deserves a look: classes, places, quantities and vendor links, by the revenue at
    stake and the doubt about them.

    It holds verbatim text: keep it where captures are kept. Fill in `is`, `reason` and `role` of the lines that are
    wrong, and give it to `cryptodrug correct`. See docs/corrections.md.
    """
    from cryptodrug_assets.cleaning.corrections import read_corrections
    from cryptodrug_assets.cleaning.keyring import pseudonyms_of
    from cryptodrug_assets.cleaning.review import by_stake, links_to_review, offers_to_review
    from cryptodrug_assets.storage.store import TableStore

    settings = Settings()
    check_market(market)
    if month is not None:
        month = check_month(month)
        require_observed(market, month)
    store = TableStore(settings.tables)
    if not any(cell[0] == market and month in (None, cell[1]) for cell in store.partitions("clean", "listings")):
        cell = market if month is None else f"{market} {month}"
        raise UserError(f"nothing of {cell} is cleaned yet; run `cryptodrug backfill --market {market}` first")
    corrections = read_corrections(settings.corrections_file)
    frames = {name: store.read("clean", name, market, month) for name in ("listings", "transactions")}
    rows = offers_to_review(
        frames["listings"],
        frames["transactions"],
        store.read("parsed", "listings", market, month),
        pseudonyms_of(settings.keys, store),
        corrections,
    )
    if month is None and store.exists("clean", "vendor_links"):
        links = store.read("clean", "vendor_links")
        rows = rows.vstack(links_to_review(_of_market(links, market), store.read("clean", "transactions"), corrections))
        rows = by_stake(rows)
    target = output or settings.home / "review" / f"{market}-{month or 'all'}.csv"
    _write(rows.head(most), target)
    shares = ", ".join(f"{count:,} {field}" for field, count in rows["field"].value_counts(sort=True).iter_rows())
    say(f"{target}: {min(most, rows.height):,} of {rows.height:,} doubtful fields ({shares or 'none'})")
    say("next: fill in `is`, `reason` and `role` where it is wrong, then `cryptodrug correct` that file")


def _of_market(links: "pl.DataFrame", market: str) -> "pl.DataFrame":
    return links.filter((links["market"] == market) | (links["other_market"] == market))


def _write(rows: "pl.DataFrame", target: Path) -> None:
    """Write the list for its owner's eyes; no cell begins like a formula of a spreadsheet."""
    import polars as pl

    safe = rows.with_columns(
        pl.when(pl.col(name).str.slice(0, 1).is_in(list(_FORMULA)))
        .then(pl.lit("'") + pl.col(name))
        .otherwise(name)
        .alias(name)
        for name in ("title", "category", "ships_from", "ships_to", "description")
    )
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(b"\xef\xbb\xbf")
            safe.write_csv(file)
    except OSError as err:
        raise UserError(f"{target} cannot be written: {err.strerror}; choose another place with --output") from err


def correct(
    path: Annotated[
        Path | None, typer.Argument(help="A list of `cryptodrug review` with `is`, `reason` and `role`.")
    ] = None,
    show: Annotated[bool, typer.Option("--list", help="Show the corrections in force.")] = False,
) -> None:
    """Take the filled lines of a review list into the table of corrections; all of them or none.

    Lines without `is` are passed over. Corrections count from the next cleaning on.
    """
    from cryptodrug_assets.cleaning.corrections import add, read_corrections
    from cryptodrug_assets.storage.store import TableStore

    settings = Settings()
    there = read_corrections(settings.corrections_file)
    if show:
        for one in there:
            say(
                printable(
                    f"{one.date} {one.what} {one.market} {one.key} {one.field}: {one.was} -> {one.is_} ({one.role}:"
                    f" {one.reason})"
                )
            )
        if not there:
            say("no corrections in force")
        return
    if path is None:
        raise UserError("name a list that `cryptodrug review` wrote, or see --list")
    given = _filled(path)
    _require_keys(given, TableStore(settings.tables))
    fresh = [one for one in given if one not in there]
    if fresh:
        add(settings.corrections_file, fresh)
    say(
        f"{len(fresh):,} corrections added, {len(given) - len(fresh):,} were there already"
        f" ({settings.corrections_file})"
    )
    for market in sorted({one.market for one in fresh}):
        say(
            f"next: CRYPTODRUG_SOURCE=archive cryptodrug backfill --market {market} --select clean, then without"
            " --select"
        )


def _filled(path: Path) -> "list[Correction]":
    """The lines of a list in which a person says what it is; UserError naming a line that cannot be."""
    from cryptodrug_assets.cleaning.corrections import COLUMNS, correction_of, rows_of_table

    if not path.is_file():
        raise UserError(f"there is no file {path}; `cryptodrug review` writes one")
    found = []
    for place, cells in rows_of_table(path):
        if lacking := [name for name in COLUMNS if name not in cells]:
            raise UserError(f"{path.name} has no column {lacking[0]}; take a list that `cryptodrug review` wrote")
        if not cells["is"].strip():
            continue
        check_market(cells["market"].strip())
        day = cells["date"].strip() or datetime.now(UTC).date().isoformat()
        found.append(correction_of({**cells, "date": day}, place))
    if not found:
        raise UserError(f"no line of {path.name} says what it is; fill in `is`, `reason` and `role` where it is wrong")
    return found


def _require_keys(given: "list[Correction]", store: "TableStore") -> None:
    """UserError naming the first key that is in no clean table."""
    keys: set[str] = set()
    for market in {one.market for one in given if one.what == "listing"}:
        if market in {cell[0] for cell in store.partitions("clean", "listings")}:
            keys |= set(store.read("clean", "listings", market, columns=["listing_key"])["listing_key"])
    if any(one.what == "vendor_link" for one in given) and store.exists("clean", "vendor_links"):
        links = store.read("clean", "vendor_links", columns=["vendor_key", "other_vendor_key"])
        keys |= {f"{left}+{right}" for left, right in links.iter_rows()}
    for one in given:
        if one.key not in keys:
            what = "offer" if one.what == "listing" else "link of vendors"
            raise UserError(
                f"there is no {what} {one.key} of {one.market}; take the key from a list that `cryptodrug review`"
                " wrote (keys"
                " change with the home they were made in)"
            )
