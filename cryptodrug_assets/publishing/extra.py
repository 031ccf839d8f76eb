"""Whether the packages of the extra `publish` are there: whoever measures needs none of them."""

from importlib.util import find_spec

from cryptodrug_assets.errors import UserError

_PACKAGES = ("babel", "pysdmx", "rdflib", "xlsxwriter", "icalendar", "typst", "vl_convert")


def missing_packages() -> list[str]:
    """The packages of the extra that are not installed."""
    return [name for name in _PACKAGES if find_spec(name) is None]


def require_publish() -> None:
    """UserError naming what is missing and how to get it, where something is."""
    if missing := missing_packages():
        raise UserError(
            f"publication needs {', '.join(missing)}: install the extra with `pip install 'cryptodrug-assets[publish]'`"
        )
