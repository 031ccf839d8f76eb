"""Quality rules: derived from contracts, run by Great Expectations or as plain SQL. No Dagster here."""
