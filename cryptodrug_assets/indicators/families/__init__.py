"""The families of indicators, one module each: what is counted and how. No disclosure control, no drawing here."""
