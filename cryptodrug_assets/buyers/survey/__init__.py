"""The survey of buyers: instrument and answers (model, instrument, routing, states), readers of the files that
institutes have (formats/), estimates, and the consistency of printed figures (grim). Pure; no store, no Dagster.

The road: `formats.read_export` turns files into columns of text, `importing.canonical` maps them onto the instrument's
items and gives every answer a state, `estimates` and `missing` count. Keep out: storage, plots, interviews.
"""
