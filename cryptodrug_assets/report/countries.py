"""Names of countries as they stand in a sentence."""

_WITH_ARTICLE = frozenset({"AE", "BS", "CD", "DO", "GB", "GM", "NL", "PH", "US"})


def country_name(code: str) -> str:
    """The English name of an ISO 3166 country with its article; the code itself when there is no such country."""
    import pycountry

    found = pycountry.countries.get(alpha_2=code)
    if found is None:
        return code
    name: str = getattr(found, "common_name", found.name).partition(",")[0]
    return f"the {name}" if code in _WITH_ARTICLE else name
