"""Observations of a month worked out by hand, for the bulletin: each status, change and kind of origin once."""

from datetime import date

import polars as pl

from cryptodrug_assets.publishing.bulletin.content import AMBER, CLEAR, Bulletin, Line, Value, build_bulletin
from cryptodrug_assets.publishing.exchange.observations import observations
from cryptodrug_assets_tests.frames import rows
from cryptodrug_assets_tests.publishing.public import MAY, value

ISSUED = date(2019, 6, 3)
WILSON = "proportion of vendors; Wilson 95 %"
CHANGE = "share less that of the month before; interval of a difference, 95 %"


def observed() -> pl.DataFrame:
    """Belgium changes in each way, the Netherlands are suppressed, Poland and Australia have a value, France none."""
    practice = [
        value("RT02", "BE", 0.5, (0.4, 0.6), method=WILSON),
        value("RT02", "BE", 0.625, (0.5, 0.75), month=MAY, method=WILSON),
        value("RT02", "NL", None, month=MAY, obs_status="C"),
        value("RT02", "AU", 0.2, (0.1, 0.3), month=MAY, method=WILSON),
        value("RT02", "PL", 0.75, (0.6, 0.9), month=MAY, method=WILSON),
        value("RT04:domestic", "BE", 0.4, (0.3, 0.5), month=MAY),
        value("RT04:eu", "BE", 0.1, (0.05, 0.2), month=MAY, obs_status="L"),
        value("RT04:europe", "BE", 0.2, (0.1, 0.3), month=MAY),
        value("RT04:world", "BE", 0.3, (0.2, 0.4), month=MAY),
        value("RT03:NL", "BE", 0.25, (0.1, 0.4), month=MAY, method=WILSON),
        value("RT03:AU", "W", 0.15, (0.1, 0.2), month=MAY, method=WILSON),
    ]
    changes = [
        value("RT05:RT02", "BE", 0.125, (0.02, 0.23), month=MAY, unit="difference", method=CHANGE),
        value("RT05:RT04:eu", "BE", -0.01, (-0.2, 0.1), month=MAY, unit="difference", method=CHANGE),
    ]
    classes = [
        value("DM01_L", "BE", 0.6, (0.5, 0.7), market="all", month=MAY, drug_class="mdma"),
        value("DM01_L", "BE", None, market="all", month=MAY, drug_class="heroin", obs_status="C"),
    ]
    covered = [
        value("COV01", "W", 0.97, month=MAY, n=130, method="pages fetched / enumerated"),
        # A month of which nothing else is known.
        value("COV01", "W", 0.9, month=date(2019, 6, 1), n=9, method="pages fetched / enumerated"),
    ]
    made = {"shipping": practice, "shipping_window": changes, "specialisation_window": classes, "coverage": covered}
    return observations({name: rows("indicators", f"{name}_public", *of) for name, of in made.items()})


def clear() -> Bulletin:
    """The bulletin of May for all."""
    return build_bulletin(observed(), "2019-05", issued=ISSUED, country="BE", synthetic=True)


def amber() -> Bulletin:
    """The restricted one, with one share by zone."""
    zone = Line("zones", "empire", "EU_OTHER", "RT01", "world", "_T", "2019-05", Value(0.375, 0.2, 0.5, "A"))
    hidden = [
        Line("zones", "empire", "EU_OTHER", "RT01", name, "_T", "2019-05", Value(status="Q"))
        for name in ("domestic", "eu", "europe")
    ]
    return build_bulletin(
        observed(), "2019-05", issued=ISSUED, country="BE", synthetic=True, edition=AMBER, audience="Post Ltd",
        more=[*hidden, zone],
    )  # fmt: skip


def edition(name: str) -> Bulletin:
    """Either of them."""
    return clear() if name == CLEAR else amber()
