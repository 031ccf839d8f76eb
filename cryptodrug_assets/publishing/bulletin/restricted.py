"""What the restricted edition holds beyond the public tables: shares of offers by origin and zone of destination.

Which of them may be told is decided in indicators/zones.py, beside everything that is public.
"""

from collections.abc import Mapping

import polars as pl

from cryptodrug_assets.indicators.zones import zone_shares
from cryptodrug_assets.publishing.bulletin.content import ORIGINS, REACH, Line, Value
from cryptodrug_assets.publishing.exchange.codes import TOTAL

_NORMAL, _LOW, _SUPPRESSED = "A", "U", "Q"


def zone_lines(
    listings: Mapping[str, pl.DataFrame], observed: pl.DataFrame, period: str, *, min_coverage: float
) -> list[Line]:
    """Lines of the section `zones`: of each market, origin and zone.

    `listings`: clean.listings of the month by market; `observed`: exchange.observations, which says whose reach is
    public. Below `min_coverage` a value is of low reliability, as in the tables.
    """
    now = observed.filter(pl.col("time_period") == period, pl.col("obs_value").is_not_null())
    lines = []
    for market, offers in listings.items():
        own = now.filter(pl.col("market") == market)
        reach = own.filter(pl.col("dataset") == "shipping", pl.col("indicator") == "RT04")
        counted = reach.group_by("ref_area").agg(pl.col("param").n_unique()).filter(pl.col("param") == len(REACH))
        covered = own.filter(pl.col("dataset") == "coverage", pl.col("indicator") == "COV01")["obs_value"]
        low = covered.is_empty() or covered[0] < min_coverage
        for told in zone_shares(offers, countries=ORIGINS, reach_open=set(counted["ref_area"])):
            status = _SUPPRESSED if told.value is None else _LOW if low else _NORMAL
            value = Value(told.value, told.lower, told.upper, status)
            lines.append(Line("zones", market, told.origin, "RT01", told.zone, TOTAL, period, value))
    return lines
