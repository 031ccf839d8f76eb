"""What all assets are given once: tags by which the UI selects them, and how fresh those of a live market have to
be."""

from datetime import timedelta

import dagster as dg

from cryptodrug_assets.automation.schedules import BY_DEFAULT
from cryptodrug_assets.layers import MONTHLY_LAYERS, PUBLISHED_GROUPS, RESTRICTED_LAYERS

# A month, the days until its deadline, and a few to mend what failed.
_MONTHLY = timedelta(days=40)
_WEEKLY = timedelta(days=9)
# Rates are fetched where an address is set, and are late only once they were.
_OF_A_WEEK = ("monitoring", "rates")
# Waves of survey and interviews come when people hold them, so what is made of them has no such date.
_OF_A_MONTH = (*MONTHLY_LAYERS, *PUBLISHED_GROUPS, "bulletin")


def with_policies(spec: dg.AssetSpec) -> dg.AssetSpec:
    """The specification with its zone and layer as tags; with a freshness policy while a market is made without hands.

    Closed markets have none: their tables are as fresh as they will ever be.
    """
    zone = "restricted" if spec.key.path[0] in RESTRICTED_LAYERS else "open"
    spec = spec.merge_attributes(tags={"zone": zone, "layer": spec.group_name or ""})
    if not BY_DEFAULT:
        return spec
    if spec.group_name in _OF_A_WEEK:
        return spec.replace_attributes(freshness_policy=dg.FreshnessPolicy.time_window(fail_window=_WEEKLY))
    if spec.group_name in _OF_A_MONTH:
        return spec.replace_attributes(freshness_policy=dg.FreshnessPolicy.time_window(fail_window=_MONTHLY))
    return spec
