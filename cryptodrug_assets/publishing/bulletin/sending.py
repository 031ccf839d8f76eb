"""Bulletins of a home: made from its tables, TLP:CLEAR into the reports, TLP:AMBER into a folder of its own with a log.

Nothing is sent by this program: whoever takes the files to the organisation has them from the folder of its name.
"""

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from cryptodrug_assets.errors import UserError
from cryptodrug_assets.months import month_start
from cryptodrug_assets.publishing.bulletin.content import AMBER, CLEAR, Bulletin, Edition, build_bulletin, known_month
from cryptodrug_assets.publishing.bulletin.files import bulletin_files
from cryptodrug_assets.publishing.bulletin.restricted import zone_lines
from cryptodrug_assets.publishing.exchange.observations import made_at
from cryptodrug_assets.publishing.files import is_synthetic, observations_there, write_files
from cryptodrug_assets.publishing.package.facts import publisher
from cryptodrug_assets.storage.home import append_line, private_folder
from cryptodrug_assets.storage.store import TableStore

LOG = "sent.jsonl"
_NO_NAME = re.compile(r"[^\w]+")


def restricted_folder(home: Path) -> Path:
    """Where restricted bulletins and the log of their sendings lie."""
    return home.resolve() / "restricted" / "bulletin"


def make_bulletin(
    store: TableStore,
    month: str,
    *,
    country: str,
    min_coverage: float,
    edition: Edition = CLEAR,
    audience: str | None = None,
) -> Bulletin:
    """The bulletin of a month, from the tables there are; dated as exchange.observations is.

    Raises UserError where there are no tables, for a month without public values, and TLP:AMBER without audience.
    """
    observed = observations_there(store)
    if edition == AMBER and not (audience or "").strip():
        raise UserError("TLP:AMBER is for a named organisation; give it with --to")
    period = known_month(observed, month)
    more = []
    if edition == AMBER:
        more = zone_lines(_listings(store, observed, period), observed, period, min_coverage=min_coverage)
    return build_bulletin(
        observed, period, issued=made_at(store).date(), country=country, synthetic=is_synthetic(store), edition=edition,
        audience=audience, more=more,
    )  # fmt: skip


def write_clear(bulletin: Bulletin, reports: Path, languages: Sequence[str]) -> list[Path]:
    """Write a bulletin for all into the folder bulletin of the reports."""
    if bulletin.edition != CLEAR:
        raise ValueError("the restricted edition has a folder of its own")
    private_folder(reports)
    return write_files(reports / "bulletin", bulletin_files(bulletin, publisher(), languages=languages))


def write_restricted(bulletin: Bulletin, home: Path, languages: Sequence[str], *, clock: datetime) -> list[Path]:
    """Write a restricted bulletin into the folder of its audience, and note who got what, with digests, and when.

    The note is written first: of files without a note nobody would know. UserError for an audience that is no name.
    """
    who = publisher()
    if who.is_example and not bulletin.synthetic:
        raise UserError(
            "data_contracts/publisher.yaml still names example.org; state who publishes before anything real"
        )
    folder = restricted_folder(home)
    slug = _NO_NAME.sub("-", (bulletin.audience or "").casefold()).strip("-_")
    if not slug:
        raise UserError(f"'{bulletin.audience}' is no name of an organisation; write it with letters")
    made = bulletin_files(bulletin, who, languages=languages)
    for one in (folder.parent, folder):
        private_folder(one)
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in made.items()}
    stamp = clock.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    note = {
        "at": stamp,
        "to": bulletin.audience,
        "edition": bulletin.edition,
        "month": bulletin.month,
        "sha256": digests,
    }
    append_line(folder / LOG, note)
    return write_files(folder / slug, made, 0o600)


def _listings(store: TableStore, observed: pl.DataFrame, period: str) -> dict[str, pl.DataFrame]:
    """clean.listings of the month by market, of the markets that something is public of."""
    now = observed.filter(pl.col("time_period") == period, pl.col("dataset") == "shipping")
    found = {}
    for market in sorted(set(now["market"])):
        frame = store.read("clean", "listings", market=market, month=period)
        found[market] = frame.filter(pl.col("month") == month_start(period))
    return found
