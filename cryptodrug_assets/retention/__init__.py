"""What is erased, and the log that says what and why.

Contains the erasure of market-months and of one vendor, from archive and tables, old versions included. Keep out:
deciding that something is erased (a person does), aggregates (they stay).
"""
