"""Public values in the forms that others' programs load: one table of observations, SDMX, DCAT-AP.

Everything is made of `exchange.observations`, and that of the `*_public` tables alone. Keep out: suppression
(indicators/disclosure) and words (publishing/words).
"""
