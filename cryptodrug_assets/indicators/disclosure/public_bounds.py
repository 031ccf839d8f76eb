"""Which bounds of published rows would tell of a hidden figure.

Below ten vendors no interval depends on how a total splits over them (pooled_variance.py), but it does on how many they
are: where that is hidden, the interval is, too. Bounds for what was not seen add up cells of unknown origin and of
regions: where one of these is hidden, so is the bound. Whether a value itself is published is decided elsewhere.
"""

from typing import TYPE_CHECKING

from cryptodrug_assets.indicators.disclosure.few_vendors import Row
from cryptodrug_assets.indicators.rows import ALL, UNKNOWN, WORLD
from cryptodrug_assets.indicators.statistics.unseen_bounds import NO_CLASS
from cryptodrug_assets.reference.regions import regions_of

if TYPE_CHECKING:
    from cryptodrug_assets.indicators.disclosure.context import Disclosure

_BOTH, _UPPER, _NONE = ("lower", "upper"), ("upper",), ()


def open_places(country: str) -> tuple[str, ...]:
    """Origins that may be the country's as well: the unknown one and the regions that contain it."""
    return (UNKNOWN, *regions_of(country))


def of_share(row: Row, disclosure: "Disclosure") -> tuple[str, ...]:
    """The bounds that are left out of a month's share."""
    if row["country"] == WORLD or disclosure.parsed(row).has("bound"):
        return _NONE
    return _BOTH if disclosure.hidden.country("V", str(row["market"]), row["month"], str(row["country"])) else _NONE


def of_window(row: Row, disclosure: "Disclosure") -> tuple[str, ...]:
    """The bounds that are left out of a figure over the window."""
    if row["country"] == WORLD:
        return _NONE
    return _BOTH if disclosure.hidden.window("V", str(row["market"]), str(row["country"])) else _NONE


def of_level(row: Row, disclosure: "Disclosure") -> tuple[str, ...]:
    """The bounds that are left out of a month's level."""
    hidden, measure = disclosure.hidden, disclosure.parsed(row).measure
    market, month, country, drug = str(row["market"]), row["month"], str(row["country"]), str(row["drug_class"])
    if country == WORLD:
        of_class = drug not in (ALL, NO_CLASS) and hidden.world_class(measure, market, month, NO_CLASS)
        return _UPPER if of_class else _NONE
    # How many of a country's vendors also have offers of unknown origin is in no other figure.
    if measure == "V" or any(hidden.country(measure, market, month, place) for place in open_places(country)):
        return _UPPER
    return _NONE
