"""The Dagster UI behind a guard.

Contains the guard and the web server that puts it first. Keep out: work on data.
"""
