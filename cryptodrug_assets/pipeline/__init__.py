"""The whole road as pure functions on frozen tables: parse → clean → measure → window → publish.

The road of one month of a synthetic world, in a notebook:

>>> from cryptodrug_assets.cleaning.options import CleaningOptions
>>> from cryptodrug_assets.indicators.rows import IndicatorOptions
>>> from cryptodrug_assets.pipeline import clean, measure, worlds
>>> world = worlds.world("tiny", 11)
>>> read = clean.read(world, "empire", "2019-04")
>>> cleaned = clean.clean(*read, pseudonyms=worlds.pseudonyms(), options=CleaningOptions())
>>> sorted(cleaned.by_name())
['decisions', 'listings', 'transactions', 'vendors']
>>> evidence = measure.read_evidence(world, "empire", "2019-04")
>>> "shares" in measure.measure(cleaned, evidence, options=IndicatorOptions(bootstrap=2))
True

A module a step: what the step reads (`READS`: tables, months; `read`: columns), and the step itself, from typed tables
to typed tables (tables.py). Assets, synthetic worlds (worlds.py), the lineage recorder, tests and notebooks call the
same functions. A step reads from anything that has the read half of a table store (reading.py). No Dagster, no store
and no check belongs here, and no method: the formulas stand in cleaning, indicators and study.
"""
