"""Which countries the region tokens of places hold: for bounds ("EU" may be any of its members).

Continents are those of the United Nations' geographic regions, Central America and the Caribbean with North America and
the Middle East with Asia, as in docs/methods/places.md. Countries on two continents belong to both, for bounds take
what may be. The Union is that of the whole window, the United Kingdom included.
"""

from collections.abc import Mapping

ANYWHERE = "WW"
#: User-assigned in ISO 3166 and used by all who publish of Europe; pycountry lacks it.
MORE_COUNTRIES = ("XK",)
_EU28 = "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE GB"
_EUROPE = (
    "AD AL AT AX BA BE BG BY CH CY CZ DE DK EE ES FI FO FR GB GG GI GR HR HU IE IM IS IT JE LI LT LU LV MC MD ME MK "
    "MT NL NO PL PT RO RS RU SE SI SJ SK SM TR UA VA XK AM AZ GE KZ"
)
_ASIA = (
    "AE AF AM AZ BD BH BN BT CN CY GE HK ID IL IN IQ IR JO JP KG KH KP KR KW KZ LA LB LK MM MN MO MV MY NP OM PH PK "
    "PS QA RU SA SG SY TH TJ TL TM TR TW UZ VN YE"
)
_NORTH_AMERICA = (
    "AG AI AW BB BL BM BQ BS BZ CA CR CU CW DM DO GD GL GP GT HN HT JM KN KY LC MF MQ MS MX NI PA PM PR SV SX TC TT "
    "US VC VG VI"
)
_SOUTH_AMERICA = "AR BO BR CL CO EC FK GF GS GY PE PY SR UY VE BV"
_OCEANIA = "AS AU CC CK CX FJ FM GU HM KI MH MP NC NF NR NU NZ PF PG PN PW SB TK TO TV UM VU WF WS"
_AFRICA = (
    "AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG EH ER ET GA GH GM GN GQ GW IO KE KM LR LS LY MA MG ML MR MU MW MZ NA "
    "NE NG RE RW SC SD SH SL SN SO SS ST SZ TD TF TG TN TZ UG YT ZA ZM ZW"
)
# Countries of each region token, but for the world's, which holds them all.
REGION_COUNTRIES: Mapping[str, frozenset[str]] = {
    "EU": frozenset(_EU28.split()),
    "EUROPE": frozenset(_EUROPE.split()),
    "ASIA": frozenset(_ASIA.split()),
    "NORTH_AMERICA": frozenset(_NORTH_AMERICA.split()),
    "SOUTH_AMERICA": frozenset(_SOUTH_AMERICA.split()),
    "OCEANIA": frozenset(_OCEANIA.split()),
    "AFRICA": frozenset(_AFRICA.split()),
}


def regions_of(place: str) -> tuple[str, ...]:
    """The regions, in order of their names and the world last, that hold a country, or all of a region.

    >>> regions_of("BE"), regions_of("US"), regions_of("EU"), regions_of("WW")
    (('EU', 'EUROPE', 'WW'), ('NORTH_AMERICA', 'WW'), ('EUROPE', 'WW'), ())
    """
    if place == ANYWHERE:
        return ()
    inside = REGION_COUNTRIES.get(place, frozenset([place]))
    around = [token for token, countries in REGION_COUNTRIES.items() if token != place and inside <= countries]
    return (*sorted(around), ANYWHERE)
