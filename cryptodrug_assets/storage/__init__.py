"""Where tables lie.

Contains the Delta tables of record, the DuckDB warehouse for people, the home folder. Keep out: checks, methods, keys.
"""
