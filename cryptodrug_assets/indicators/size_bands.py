"""The bounds of transaction sizes that indicators and their disclosure control share, in euros."""

#: TS01:x counts transactions above x.
ABOVE = (100, 200, 500, 1000)
#: TS04:x sums the revenue of transactions of at least x.
AT_LEAST = (100, 200, 500)
