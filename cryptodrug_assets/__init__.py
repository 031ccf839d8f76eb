"""CRYPTODRUG monitor: a Dagster data platform for aggregate cryptomarket research."""
