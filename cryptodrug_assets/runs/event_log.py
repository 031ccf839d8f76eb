"""The instance's event log under the name by which the dagster.yaml of every home calls it."""

from cryptodrug_assets.private_dagster import PooledEventLogStorage

__all__ = ["PooledEventLogStorage"]
