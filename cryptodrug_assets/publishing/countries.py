"""Names of countries as they stand in a sentence."""

_WITH_ARTICLE = frozenset({"AE", "BS", "CD", "DO", "GB", "GM", "NL", "PH", "US"})


def country_name(code: str) -> str:
    """The English name of an ISO 3166 country with its article; the code itself when there is no such country.

    >>> country_name("BE"), country_name("NL"), country_name("XX")
    ('Belgium', 'the Netherlands', 'XX')
    """
    import pycountry

    country = pycountry.countries.get(alpha_2=code)
    if country is None:
        return code
    name: str = getattr(country, "common_name", country.name).partition(",")[0]
    return f"the {name}" if code in _WITH_ARTICLE else name
