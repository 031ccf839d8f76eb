"""Words of the synthetic markets: products, places, names and comments. All of it made up here.

Category names and numbers are those the markets used (facts); titles, names and texts are the replica's own.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Product:
    """A kind of article: its class, where each market files it, how titles name it, and typical unit prices.

    `unit` is g, ml or unit; `sizes` are amounts offered; `price` is euros per unit at the smallest size.
    """

    drug_class: str
    names: tuple[str, ...]
    unit: str
    sizes: tuple[float, ...]
    price: float
    dream: tuple[int, tuple[str, ...]]
    empire: tuple[int, tuple[str, ...]]
    wall_street: tuple[str, ...]


_D = "Drugs"
_E = "Drugs & Chemicals"

PRODUCTS: tuple[Product, ...] = (
    Product(
        "cannabis",
        ("Amnesia Haze", "Lemon Kush buds", "Outdoor Skunk weed"),
        "g",
        (1, 3.5, 5, 10, 28, 100),
        9,
        (175, (_D, "Cannabis", "Weed")),
        (73, (_E, "Cannabis & Hashish", "Buds & Flowers")),
        (_D, "Cannabis", "Weed"),
    ),
    Product(
        "cannabis",
        ("Moroccan Hash", "Ice-o-lator hash"),
        "g",
        (2, 5, 10, 25, 100),
        8,
        (172, (_D, "Cannabis", "Hash")),
        (76, (_E, "Cannabis & Hashish", "Hash")),
        (_D, "Cannabis", "Hashish"),
    ),
    Product(
        "cocaine",
        ("Colombian Cocaine", "Fishscale cocaine flake"),
        "g",
        (0.5, 1, 2, 5, 10, 50),
        68,
        (187, (_D, "Stimulants", "Cocaine")),
        (105, (_E, "Stimulants", "Cocaine")),
        (_D, "Stimulants", "Cocaine"),
    ),
    Product(
        "mdma",
        ("MDMA champagne crystals", "Dutch MDMA"),
        "g",
        (1, 2, 5, 10, 50, 100),
        14,
        (161, (_D, "Ecstasy", "MDMA")),
        (88, (_E, "Ecstasy", "MDMA")),
        (_D, "MDMA"),
    ),
    Product(
        "mdma",
        ("XTC pills Blue Robot 220mg MDMA", "Ecstasy tablets Red Tesla 200mg MDMA"),
        "unit",
        (5, 10, 25, 50, 250),
        4.2,
        (163, (_D, "Ecstasy", "Pills")),
        (87, (_E, "Ecstasy", "Pills")),
        (_D, "Ecstasy"),
    ),
    Product(
        "amphetamine",
        ("Speed paste", "Dry amphetamine sulphate"),
        "g",
        (5, 10, 25, 50, 100),
        5,
        (190, (_D, "Stimulants", "Speed")),
        (98, (_E, "Stimulants", "Speed")),
        (_D, "Stimulants", "Speed"),
    ),
    Product(
        "methamphetamine",
        ("Crystal Meth ice shards",),
        "g",
        (0.5, 1, 3.5, 7),
        62,
        (188, (_D, "Stimulants", "Meth")),
        (99, (_E, "Stimulants", "Meth")),
        (_D, "Stimulants", "Methamphetamine"),
    ),
    Product(
        "heroin",
        ("Afghan Heroin #3", "Brown heroin"),
        "g",
        (0.5, 1, 2.5, 5),
        42,
        (180, (_D, "Opioids", "Heroin")),
        (93, (_E, "Opioids", "Heroin")),
        (_D, "Opiates"),
    ),
    Product(
        "other_opioids",
        ("Oxycodone 40mg tablets",),
        "unit",
        (5, 10, 20),
        16,
        (186, (_D, "Opioids", "Oxycodone")),
        (141, (_E, "Opioids", "OxyCodone")),
        (_D, "Opiates"),
    ),
    Product(
        "hallucinogens",
        ("LSD blotters 150ug",),
        "unit",
        (5, 10, 25, 100),
        6,
        (153, (_D, "Psychedelics", "LSD")),
        (110, (_E, "Psychedelics", "LSD")),
        (_D, "Psychedelics", "LSD"),
    ),
    Product(
        "hallucinogens",
        ("Dried psilocybin mushrooms",),
        "g",
        (3.5, 7, 14, 28),
        7,
        (155, (_D, "Psychedelics", "Mushrooms")),
        (111, (_E, "Psychedelics", "Shrooms")),
        (_D, "Psychedelics", "Mushrooms"),
    ),
    Product(
        "dissociatives",
        ("Ketamine needles", "S-Ketamine HCl"),
        "g",
        (1, 3.5, 7, 14),
        24,
        (166, (_D, "Dissociatives", "Ketamine")),
        (83, (_E, "Dissociatives", "Ketamine")),
        (_D, "Dissociatives", "Ketamine"),
    ),
    Product(
        "benzodiazepines",
        ("Alprazolam 2mg bars", "Diazepam 10mg tablets"),
        "unit",
        (10, 25, 50, 100),
        1.4,
        (120, (_D, "Benzos")),
        (69, (_E, "Benzos", "Pills")),
        (_D, "Benzos"),
    ),
    Product(
        "ghb",
        ("GHB liquid",),
        "ml",
        (100, 250, 500),
        0.25,
        (165, (_D, "Dissociatives", "GHB")),
        (86, (_E, "Dissociatives", "GHB")),
        (_D, "Dissociatives", "GHB"),
    ),
    Product(
        "nps",
        ("4-FA powder", "3-MMC crystals"),
        "g",
        (1, 5, 10, 25),
        16,
        (127, (_D, "RCs")),
        (102, (_E, "Stimulants", "Other RCs")),
        (_D, "Psychedelics", "RCs"),
    ),
    Product(
        "medicines_other",
        ("Modafinil 200mg tablets",),
        "unit",
        (10, 30, 100),
        1.1,
        (148, (_D, "Prescription", "Relaxants")),
        (96, (_E, "Prescription", "Prescription")),
        (_D, "Pharmaceuticals"),
    ),
    Product(
        "steroids",
        ("Testosterone enanthate 10ml vial 250mg/ml",),
        "unit",
        (1, 2, 5),
        32,
        (128, (_D, "Steroids")),
        (97, (_E, "Steroids", "Steroids")),
        (_D, "Steroids"),
    ),
)

OTHER_GOODS: tuple[Product, ...] = (
    Product(
        "not_a_drug",
        ("E-book: privacy handbook", "Guide to budgeting (PDF)"),
        "unit",
        (1,),
        4,
        (110, ("Digital Goods", "E-Books")),
        (33, ("Guides & Tutorials", "Fraud")),
        ("Digital Goods", "E-Books"),
    ),
    Product(
        "not_a_drug",
        ("Replica watch",),
        "unit",
        (1,),
        90,
        (192, ("Other", "Counterfeits", "Accessories")),
        (50, ("Counterfeit Items", "Other")),
        ("Counterfeits",),
    ),
)

# Shares of drug classes in the world's offers, roughly the literature's.
WORLD_MIX = {
    "cannabis": 0.32,
    "cocaine": 0.12,
    "mdma": 0.14,
    "amphetamine": 0.07,
    "methamphetamine": 0.04,
    "heroin": 0.04,
    "other_opioids": 0.04,
    "hallucinogens": 0.08,
    "dissociatives": 0.04,
    "benzodiazepines": 0.07,
    "ghb": 0.01,
    "nps": 0.01,
    "medicines_other": 0.01,
    "steroids": 0.01,
}
BELGIAN_MIX = {
    "dream": {
        "mdma": 0.22,
        "amphetamine": 0.17,
        "cannabis": 0.22,
        "cocaine": 0.13,
        "dissociatives": 0.08,
        "hallucinogens": 0.06,
        "heroin": 0.05,
        "benzodiazepines": 0.05,
        "ghb": 0.02,
    },
    "wall_street": {
        "mdma": 0.23,
        "amphetamine": 0.18,
        "cannabis": 0.21,
        "cocaine": 0.13,
        "dissociatives": 0.08,
        "hallucinogens": 0.06,
        "heroin": 0.05,
        "benzodiazepines": 0.04,
        "ghb": 0.02,
    },
    "empire": {
        "cannabis": 0.36,
        "cocaine": 0.27,
        "heroin": 0.12,
        "mdma": 0.10,
        "amphetamine": 0.06,
        "hallucinogens": 0.05,
        "dissociatives": 0.04,
    },
}

# ISO code → name on pages and share of the world's vendors other than Belgian ones; "" is an unknown origin.
COUNTRIES = {
    "US": ("United States", 0.26),
    "GB": ("United Kingdom", 0.16),
    "DE": ("Germany", 0.15),
    "NL": ("Netherlands", 0.14),
    "AU": ("Australia", 0.06),
    "CA": ("Canada", 0.06),
    "FR": ("France", 0.05),
    "ES": ("Spain", 0.04),
    "PL": ("Poland", 0.02),
    "IT": ("Italy", 0.02),
    "": ("Undeclared", 0.04),
}
NAMES = {code: name for code, (name, _) in COUNTRIES.items()} | {"BE": "Belgium"}
DREAM_UNKNOWN = "Worldwide"

_ONSETS = (
    "ba",
    "ce",
    "di",
    "fo",
    "gu",
    "ha",
    "je",
    "ki",
    "lo",
    "mu",
    "na",
    "pe",
    "ri",
    "so",
    "tu",
    "ve",
    "wi",
    "xo",
    "zu",
)
_CODAS = ("ran", "lix", "mor", "tis", "ven", "dal", "kor", "pin", "sun", "bel", "nox", "fir", "gam", "hel", "jun")


def vendor_name(number: int, market: str) -> str:
    """A made-up handle, different for every number of a market."""
    first = _ONSETS[number % len(_ONSETS)]
    second = _ONSETS[(number // len(_ONSETS)) % len(_ONSETS)]
    coda = _CODAS[(number // len(_ONSETS) ** 2 + number) % len(_CODAS)]
    suffix = "" if number < len(_ONSETS) ** 2 else str(number // len(_ONSETS) ** 2)
    name = f"{first}{second}{coda}{suffix}"
    # Markets differ in how handles look; a name that is a prefix of another tests exact matching.
    return {"dream": name.capitalize(), "wall_street": f"{name}_{market[0]}", "empire": f"{name.capitalize()}EM"}[
        market
    ]


COMMENTS = (
    "Fast and discreet, thank you",
    "Product as described",
    "Arrived after six days, all fine",
    "Good stealth & good weight",
    "Slow this time but all good",
    "Merci, tout est parfait",
    "Snel geleverd, top",
    "Alles bestens, gerne wieder",
    "Second order <b>not</b> a regret",
    "5/5 would order again",
)
BAD_COMMENTS = ("Never arrived", "Underweight, no answer from vendor")
PROFILES = (
    "Small team, careful packaging.\nOrders leave within two days.",
    "We ship from Monday to Friday. Please read the listings before you write.",
    "",
    "Wij verzenden discreet binnen Europa.\n----\nNous expédions en Europe.",
)
DESCRIPTIONS = (
    "Synthetic article of a synthetic market.\nNothing here can be bought.",
    "Tested batch.\n- packed twice\n- sent in a plain letter\n\nSYNTHETIC",
    "Fresh batch.\nNew to this? Start low and wait two hours.\n\nSYNTHETIC",
)
