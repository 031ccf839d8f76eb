"""From clean tables to numbers with their uncertainty.

Contains the families of indicators, statistics, disclosure control and the tracing of values to rows. Keep out: reading
stores, drawing, what the study said (study). Meanings: docs/indicators.md.
"""
