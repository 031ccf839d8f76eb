"""From what pages say to entities: parsed tables of a market-month → clean tables.

Contains titles (quantity, drug), places, prices, feedback as sales, vendors, pseudonyms; `month.clean_month` is the
entry. Keep out: reading pages (markets), counting (indicators), Dagster. Methods: docs/methods.
"""
