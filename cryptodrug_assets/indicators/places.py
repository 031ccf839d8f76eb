"""Groups of places that shipping is told in: what the formulas and the trace rules of shipping both go by."""

from cryptodrug_assets.reference.regions import REGION_COUNTRIES

ANGLO = ("US", "GB", "CA", "AU", "NZ", "IE")
# With the tokens of the regions themselves, which destinations may be. A country on two continents is in Europe.
EU28 = REGION_COUNTRIES["EU"] | {"EU"}
EUROPE = REGION_COUNTRIES["EUROPE"] | {"EU", "EUROPE"}
REACH = ("domestic", "eu", "europe", "world")
