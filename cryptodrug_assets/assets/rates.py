"""rates/ecb: the ECB's reference rates of days after the frozen table, a file of the home; off until an address is
set."""

from datetime import UTC, datetime

import dagster as dg

from cryptodrug_assets.resources.platform import Platform
from cryptodrug_assets.resources.rates import refresh_rates
from cryptodrug_assets.versions import code_version


@dg.asset(
    key=["rates", "ecb"],
    group_name="rates",
    kinds={"csv"},
    code_version=code_version("reference/fetched_rates.py", "resources/rates.py"),
    owners=["team:platform"],
)
def ecb_rates_file(platform: Platform) -> dg.MaterializeResult[None]:
    """rates/ecb.csv: fetched from CRYPTODRUG_RATES_URL, judged, and added to what is known; months whose figures rest
    on new days become due by themselves."""
    settings = platform.settings
    came, last = refresh_rates(settings, datetime.now(UTC).date())
    return dg.MaterializeResult(
        metadata={"new_days": came, "last_day": str(last), "file": dg.MetadataValue.path(str(settings.fetched_rates))}
    )
