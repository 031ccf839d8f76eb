"""Units, count words and names with digits in them, for the grammar of quantities (quantities.py)."""

OUNCE, POUND, GALLON, FLUID_OUNCE = 28.3495, 453.592, 3785.41, 29.5735

# unit word → (dimension, factor to g or ml); mg and ug are kept apart: they are amounts or strengths.
MEASURES: dict[str, tuple[str, float]] = {}
for _words, _dimension, _factor in (
    ("g gr grs gm gms gram grams gramm gramms gramme grammes grammi gramos grams' grammen grammes gs", "g", 1.0),
    ("kg kgs kilo kilos kilogram kilograms kilogramm kilogramme ki key keys", "g", 1000.0),
    ("oz ozs oz's ounce ounces onza onzas zip zips unze unzen once onces", "g", OUNCE),
    ("lb lbs pound pounds pund pfund", "g", POUND),
    ("qp", "g", POUND / 4),
    ("hp", "g", POUND / 2),
    ("teenth", "g", OUNCE / 16),
    ("mg mgs milligram milligrams milligramm mgr milligramme mg's", "mg", 0.001),
    ("ug ugs mcg mcgs microgram micrograms mikrogramm ugr", "mg", 0.000001),
    ("ml mls milliliter millilitre milliliters mililiter cc", "ml", 1.0),
    ("cl", "ml", 10.0),
    ("dl", "ml", 100.0),
    ("l lt ltr ltrs liter liters litre litres litro liters'", "ml", 1000.0),
    ("gallon gallons gal", "ml", GALLON),
):
    for _word in _words.split():
        MEASURES[_word] = (_dimension, _factor)
# Words that, after "a" or "half", are a measure of one; "g" alone never is.
LONG_UNITS = frozenset(
    "gram gramm gramme ounce oz kilo kg pound lb liter litre unze once gallon key zip qp".split()
)
KEY_UNITS = frozenset(("key", "keys", "ki", "hp", "ball", "l", "once", "onces", "pound", "pounds", "cc", "zip"))

UNITS = frozenset(
    "pill pills pillen pille pilule pilules tab tabs tablet tablets tabletten tablette tablettes tabletta comprime comprimes"
    " cap caps capsule capsules kapsel kapseln gelule gelules blotter blotters hit hits trip trips dose doses dosis bar bars"
    " joint joints preroll prerolls seed seeds samen graines zaden gummy gummies pc pcs piece pieces stk stuck stuks stucks"
    " unit units count ct cnt ampoule ampoules amp amps ampule ampules ampul ampullen vial vials bottle bottles flasche"
    " flaschen flesjes bouteille cart carts cartridge cartridges patch patches pflaster lozenge lozenges brownie brownies"
    " pellet pellets microdot microdots geltab geltabs tabletts teile teil stucke stuk pilletjes film films strips strip"
    " cookie cookies chocolates pen pens syringes caramels lollipops sachet sachets football footballs roxies blues"
    " roxys pressed zegels cartons buvards buvard wafer wafers tabz pillz pils pressies mints candies squares bags"
    " pzs stamps cartouches zigaretten cigarettes cubes sugarcubes drops spliffs blunts bombs packungen".split()
)
# Packings: they multiply what they hold.
PACKS = frozenset(("bags", "bag", "packs", "pack", "baggies", "baggie", "packets", "boxes", "box", "blisters", "blister", "sheets", "sheet", "kit", "kits", "cycle", "jars", "tins"))
LIQUID_HOLDERS = frozenset(
    "vial vials bottle bottles flasche flaschen flesjes ampoule ampoules amp amps ampule ampules ampul ampullen cart carts"
    " cartridge cartridges syringes bouteille pen pens".split()
)
# Substances sold by the piece: a number straight before one counts pieces.
PIECE_NAMES = frozenset(
    "xanax xanaxes alprazolam valium valiums diazepam viagra viagras cialis kamagra xtc ecstasy ecstacy extasy lsd adderall"
    " oxycodone oxycontin oxy roxicodone percocet percocets vicodin norco tramadol suboxone subutex klonopin clonazepam"
    " lorazepam ativan zopiclone zolpidem ambien modafinil ritalin concerta soma carisoprodol temazepam nitrazepam rivotril"
    " sildenafil tadalafil lyrica pregabalin gabapentin etizolam rohypnol codeine dihydrocodeine methadone vyvanse hydrocodone"
    " dilaudid morphine armodafinil xans teslas bromazepam oxazepam phenazepam tapentadol levitra dexedrine baclofen".split()
)
NUMBER_WORDS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "twenty": 20, "fifty": 50, "hundred": 100, "een": 1, "twee": 2, "drie": 3, "vijf": 5, "tien": 10, "ein": 1, "eine": 1,
    "zwei": 2, "drei": 3, "funf": 5, "zehn": 10, "un": 1, "une": 1, "deux": 2, "trois": 3, "cinq": 5, "dix": 10, "a": 1,
    "an": 1, "half": 0.5, "halve": 0.5, "halber": 0.5, "halbe": 0.5, "demi": 0.5, "quarter": 0.25, "thousand": 1000,
}  # fmt: skip
FREE = frozenset(("free", "gratis", "gratuit", "gratuits", "gratuite", "bonus", "kostenlos", "offert", "offerts", "extra"))
MENU = (
    r"\bchoose\b|\byour choice\b|\bvarious (?:amounts|sizes|quantit)|\bany (?:amount|quantity|size)|\b(?:different|multiple|all) (?:amounts|sizes|quantit)"
    r"|\bbulk (?:prices|discounts?|options)\b|\bmenu\b|\bselect (?:amount|quantity|size)|\bfrom \d+(?:[.,]\d+)? ?(?:g|gr|gram|oz|pills?|mg|kg)\b(?! free)|\b\d+ ?g? ?up to\b"
    r"|\bab \d+ ?(?:g|stk|stuck)\b|\bvanaf \d|\ba partir de \d|\bmin(?:imum)? ?\d+|\bcustom listing\b|\bup to \d+"
)

# Names, prices, dates and ratings with digits that are no amounts; blanked before anything is read.
MASKS = (
    r"[$€£] ?\d[\d.,]*k?(?: ?[-/] ?[$€£]?\d[\d.,]*)?(?: ?/ ?[a-z]+)?(?: (?:each|per [a-z]+))?",
    r"\d[\d.,]* ?(?:\$|€|£|(?:usd|eur|euros?|gbp|aud|cad|eu|btc|pounds sterling|dollars?)\b)(?: ?/ ?[a-z]+| per [a-z]+)?",
    r"\d[\d.,]*(?: ?- ?\d[\d.,]*)? ?\+{0,2} ?%\+?",
    r"\b(?:thc|cbd|purity|pure|reinheit) ?:? ?\d[\d.,]*(?! ?(?:mg|g|ml|x))",
    r"\b24 ?/ ?7(?: ?/ ?365)?\b", r"\b\d+ ?/ ?\d+ (?:stars?|rating|feedback|quality|review)", r"\b(?:5 ?/ ?5|10 ?/ ?10)\b(?! ?(?:mg|/|\d))",
    r"\b\d+(?: ?- ?\d+)? ?(?:business )?(?:days?|d|hours?|hrs?|h|min|mins|minutes|dagen|tage|tagen|jours|weeks?|wks?|months?|years?|yrs?|jahre|stunden|heures|uur|yo)\b",
    r"\b\d+(?:st|nd|rd|th)\b", r"\b\d+ ?(?:\+ )?(?:stars?|sterne|etoiles)\b", r"\bv(?:ol)?\.? ?\d+(?:\.\d+)?\b", r"#\d+\b", r"\bno\.? ?\d+\b(?! ?(?:g|x))",
    r"\b2 ?-? ?c ?-? ?[bceipdt]\b(?: ?-? ?\d\b)?", r"\b2 ?-?cb(?: ?-? ?fly)?\b", r"\b25 ?-? ?[bcdien](?: ?-? ?nb?o?h?(?:me)?)?\b", r"\b\d ?- ?(?:ho|aco|meo|acetoxy|hydroxy|fluoro|methyl|bromo|oh)\b[- ]?\w*(?:[- ]pc[ep])?",
    r"\b\d ?-? ?(?:f?fa|fma|fmp|fmph|fea|mmc|cmc|cec|cmc|mec|emc|fpm|apb|apdb|mapb|eapb|it|mpm|fdck|f-?dck|fpp|fpv|fiph|bmc|fm|cl-?pvp|aco-?\w+|ho-?\w+|meo-?\w+|fluoro\w+|f-?phenibut|f-?mph|apt|cma)\b",
    r"\b[15] ?f-?[a-z]{2,}\w*(?:-\w+)?", r"\b1(?:p|b|cp|v)? ?- ?(?:lsd|eth-?lad|al-?lad)\b", r"\b1p ?-?lsd\b", r"\b1 ?,? ?4 ?-? ?(?:bdo|bd|b|butanediol)\b", r"\b2 ?,? ?4 ?-? ?(?:dnp|dinitro\w*)\b",
    r"\bu ?-? ?4[789]7?00?\b", r"\bu ?-? ?47700\b", r"\b(?:jwh|am|ur|ab|mt|w|bpc|igf|lgd|cjc|ghrp|rad|mk|yk|sr|gw|pt|tb|ap|ald|rc|mc|pv|md|ro|hgh|lr|ly)[ -]\d+\w*", r"\bak ?-? ?47\b", r"\bgg ?#? ?-? ?(?:4|249)\b",
    r"\b[ktmabsv] ?-? ?(?:2|30|215|90|56|18|58|12)s?\b(?! ?(?:x|g|mg|ml)\b)", r"\bs ?-? ?90 ?-? ?3\b", r"\bip ?-? ?\d{3}\b", r"\bdelta ?-? ?\d\b", r"\bomega ?-? ?\d\b", r"\bco ?-? ?codamol \d+/\d+", r"\b\d\.0\b",
    r"\b(?:420|710|4:20)\b(?! ?(?:g|gr|grams?|mg|ml|x|pills?|pcs)\b)", r"\b(?:19[5-9]\d|20[0-3]\d)\b(?! ?(?:x\b|g\b|gr\b|grams?|mg|ug|mcg|ml|pills?|tabs?|pcs|pieces|tablets?|xtc|stk|units))", r"\bmp[34]\b", r"\b\d+p\b", r"\b\d+(?:\.\d+)? ?(?:gb|tb|mb|inch|cm|mm|k gold)\b",
    r"\b(?:top|best|number|nr|n°|tier|batch|level|grade|type|gen|version|series|day|week|over|feedback|sales|sold|stage|phase|lvl|since) ?#?:? ?\d+(?:[.,]\d+)?\+?(?! ?(?:g|gr|mg|ml|x|pills|tabs)\b)",
    r"\b\d+\+? ?(?:sales|sold|feedbacks?|reviews?|orders|deals|positive|in 1|for|off|pages|in one)\b", r"\b\d+(?:[.,]\d+)? ?(?:iu|i\.u\.|ie|ui)\b", r"\b[a-z]+\d+[a-z]+\b(?<!x)", r"\b1 ?: ?\d+\b",
)  # fmt: skip
# Powders that are never pressed: so many times so many milligrams is an amount too.
NEVER_PRESSED = frozenset(
    ("cocaine_powder", "crack", "heroin", "dmt", "ketamine", "methamphetamine", "cannabis_herb", "cannabis_resin")
)
# Painkiller behind an opioid in one tablet ("10/325"), in mg.
SECOND_COMPONENTS = frozenset((200, 300, 325, 500, 650, 750))
NO_EXTRA = frozenset(
    "sample samples shipping ship delivery postage post tracking track verzending versand livraison express resend".split()
)
# Substances sold as powder or plant: milligrams of them are an amount, not a strength.
POWDERS = frozenset(
    ("cocaine", "heroin", "methamphetamine", "fentanyls", "dmt", "cannabis_herb", "cannabis_resin", "cannabis_concentrate",
     "ketamine", "mdma_powder", "crack", "amphetamine", "cocaine_powder", "synthetic_cathinones", "tryptamines", "mxe",
     "pcp", "opium", "mescaline", "synthetic_cannabinoids", "fluoroamphetamines")
)  # fmt: skip
POWDER_WORDS = r"\b(?:powder|pulver|poeder|poudre|crystals?|cristal|shards?|rocks?|raw|flakes?|pure|hcl|salt|needles)\b"
PIECE_WORDS = r"\b(?:pills?|tabs?|tablets?|tabletten|capsules?|caps|bars?|blotters?|pressed|xtc|ecstasy|er|xr|sr|retard|gummies|edibles?|brownies?|chocolate|cookies?|patch(?:es)?|carts?|cartridges?)\b"
