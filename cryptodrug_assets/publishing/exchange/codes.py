"""The codes of the tables here as codes that SDMX allows, and back: indicators, places, classes, statuses.

An identifier of SDMX has letters, digits, `_`, `-`, `@` and `$`. So an indicator is two dimensions: `TS01:200` is TS01
with the parameter 200. The standard's letters for status mean other things than those here (decision 0039).
"""

from collections.abc import Mapping
from functools import lru_cache

from cryptodrug_assets.errors import UserError
from cryptodrug_assets.indicators.family import Family
from cryptodrug_assets.indicators.registry import families
from cryptodrug_assets.indicators.rows import ALL, UNKNOWN, WORLD

#: The total of a dimension, and the world as a place; what is unknown is UNKNOWN (`_U`) in the tables, too.
TOTAL, WORLD_AREA = "_T", "W0"
#: End of the code of a window's value where the same indicator is stated by month, too.
OVER_WINDOW = "_WIN"
# The letters here, and OBS_STATUS and CONF_STATUS of the standard (CL_OBS_STATUS 2.3, CL_CONF_STATUS 1.4). Its L is
# "missing; exists, not collected", its C no status of observation at all.
STATUS: Mapping[str, tuple[str, str]] = {
    "A": ("A", "F"), "E": ("E", "F"), "L": ("U", "F"), "M": ("O", "F"), "C": ("Q", "C"),
}  # fmt: skip
#: Missing, and data cannot exist: of a market that shows no prices.
CANNOT_EXIST = "M"


def market(code: str) -> str:
    """The market dimension: `_T` of all markets together."""
    return TOTAL if code == ALL else code


def drug_class(code: str) -> str:
    """The class dimension: `_T` of all classes, `_U` of the unknown class."""
    return {ALL: TOTAL, "unknown": UNKNOWN}.get(code, code)


def ref_area(code: str) -> str:
    """The place: ISO 3166 alpha-2, `W0` the world, `_U` unknown."""
    return WORLD_AREA if code == WORLD else code


def unit_measure(unit: str) -> str:
    """The unit in capitals.

    >>> unit_measure("ratio")
    'RATIO'
    """
    return unit.upper()


def obs_status(status: str, *, cannot_exist: bool) -> tuple[str, str]:
    """OBS_STATUS and CONF_STATUS of the standard, of a status here; UserError for a letter that is none.

    >>> obs_status("L", cannot_exist=False), obs_status("C", cannot_exist=False), obs_status("M", cannot_exist=True)
    (('U', 'F'), ('Q', 'C'), ('M', 'F'))
    """
    if status not in STATUS:
        raise UserError(f"'{status}' is no status of a value; the contract allows {', '.join(STATUS)}")
    if status == "M" and cannot_exist:
        return CANNOT_EXIST, "F"
    return STATUS[status]


@lru_cache(maxsize=4096)
def indicator(table: str, text: str) -> tuple[str, str]:
    """INDICATOR and PARAM of an indicator of a family's table.

    >>> indicator("transaction_sizes_window", "TS01:200"), indicator("shipping_window", "RT05:RT03:NL")
    (('TS01', '200'), ('RT05', 'RT03-NL'))
    >>> indicator("shipping_window", "RT02"), indicator("shipping", "RT02")
    (('RT02_WIN', '_T'), ('RT02', '_T'))
    """
    base, _, parameter = text.partition(":")
    end = OVER_WINDOW if table != _stating(text)[0].table else ""
    return base + end, parameter.replace(":", "-") or TOTAL


@lru_cache(maxsize=4096)
def stated(code: str, param: str = TOTAL) -> tuple[Family, str]:
    """The family and the indicator's text there, of INDICATOR and PARAM; UserError for a code that no family states.

    >>> family, text = stated("RT02_WIN")
    >>> family.table, text, stated("RT05", "RT03-NL")[1]
    ('shipping_window', 'RT02', 'RT05:RT03:NL')
    """
    base = code.removesuffix(OVER_WINDOW)
    text = base if param == TOTAL else f"{base}:{param}"
    stating = _stating(text)
    family = stating[-1] if code != base else stating[0]
    stated_as = family.code(text)
    if stated_as is not None and stated_as.parameter == "code":
        text = text.replace("-", ":")
    return family, text


def _stating(text: str) -> list[Family]:
    """The published families that state an indicator, those of a month first; UserError where none does."""
    found = [family for family in families().values() if family.publish is not None and family.code(text) is not None]
    if not found:
        raise UserError(f"{text} is no code of a published table; `cryptodrug contracts docs` lists them")
    return sorted(found, key=lambda family: family.grain != "month")
