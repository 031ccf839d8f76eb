"""The ECB's reference rates fetched over the network, where the operator names an address, and kept in the home."""

import urllib.request
from datetime import date
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from cryptodrug_assets.errors import UserError
from cryptodrug_assets.reference.fetched_rates import (
    MOST_BYTES,
    as_csv,
    frozen_rates,
    later_days,
    read_ecb,
    read_rates,
)
from cryptodrug_assets.settings import Settings
from cryptodrug_assets.storage.home import private_folder, write_atomically

_TIMEOUT_S = 60


def refresh_rates(settings: Settings, today: date) -> tuple[int, date]:
    """Fetch, judge and keep the rates of days after the frozen table: how many days came, and which is the last.

    UserError, in one line, when no address is set, or when what it answers cannot be; what was there stays then.
    """
    if settings.rates_url is None:
        raise UserError(
            "no rates are fetched; set CRYPTODRUG_RATES_URL to the ECB's eurofxref-hist.zip (docs/rates.md)"
        )
    host = urlsplit(settings.rates_url).netloc.rpartition("@")[2]
    path, frozen = settings.fetched_rates, frozen_rates()
    before = read_rates(path) if path.is_file() else {}
    try:
        content = _fetched(settings.rates_url)
        rates = later_days(read_ecb(content), frozen | before, max(day for day, _ in frozen), today)
    except (OSError, URLError, HTTPException, ValueError) as err:
        said = f"HTTP {err.code}" if isinstance(err, HTTPError) else getattr(err, "reason", None) or err
        raise UserError(f"the rates from {host} are not taken, what was there stays: {said}") from err
    if rates != before:
        private_folder(path.parent)
        write_atomically(path, as_csv(rates))
    days = {day for day, _ in rates}
    return len(days - {day for day, _ in before}), max(days, default=max(day for day, _ in frozen))


def _fetched(url: str) -> bytes:
    """The body; ValueError when it is larger than any such file."""
    # The setting lets http and https through alone.
    with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as answer:  # noqa: S310
        content = bytes(answer.read(MOST_BYTES + 1))
    if len(content) > MOST_BYTES:
        raise ValueError(f"it has more than {MOST_BYTES // 1_000_000} MB")
    return content
