"""Why a text was read as it was: the sentence of each rule, and the evidence in the text. For `cryptodrug try`.

Every rule id of quantities, places and drugs has its sentence here (test).
"""

from collections.abc import Iterable, Sequence

from cryptodrug_assets.cleaning.places.statements import Place
from cryptodrug_assets.cleaning.titles.drugs import Drug, category_class, named_substances, nicknames
from cryptodrug_assets.cleaning.titles.quantities import Quantity, readings

QUANTITY_RULES = {
    "empty": "there is no text",
    "not_a_drug": "the title names an article that is not a drug; such articles have no amount",
    "other_goods": "the title names no substance but other goods; such articles have no amount",
    "menu_word": "a word says that sizes can be chosen",
    "menu_from": "'from' and an amount: the smallest of several sizes",
    "menu_bound": "a smallest or largest order without the sizes",
    "menu_range": "a range of amounts: a choice of sizes",
    "menu_sizes": "several amounts: a choice of sizes",
    "menu_counts": "several numbers of pieces: a choice of sizes",
    "measure": "one amount is stated",
    "measure_free": "one amount and a free extra of the same",
    "n_x_measure": "a number of times an amount",
    "n_x_measure_free": "a number of times an amount, and a free extra of the same",
    "count_x_measure": "a number of containers of an amount each",
    "count_x_measure_free": "a number of containers of an amount each, and a free extra of the same",
    "fluid_ounce": "ounces of a liquid are fluid ounces",
    "total_in_brackets": "containers, and an amount in brackets that may be of each or of all",
    "count_of_pieces": "a number of pieces, each of an amount",
    "mixed_measures": "weights and volumes are both stated",
    "count": "a number of pieces",
    "count_free": "a number of pieces and free extras",
    "n_x": "a number with a multiplication sign: pieces",
    "n_x_free": "a number with a multiplication sign, and free extras",
    "n_x_count": "a number of packs of pieces",
    "n_x_count_free": "a number of packs of pieces, and free extras",
    "bare_count": "a number beside the strength of a substance sold in pieces",
    "several_for_one": "several for the price of one: so many times what is stated, if that is what is meant",
    "packs": "a number of packs whose content is not stated",
    "powder_mg": "milligrams of a powder are an amount",
    "strength_only": "milligrams of a piece are its strength; the number of pieces is not stated",
    "bare_measure": "a trader's word for a part of an ounce or a pound",
    "no_quantity": "no amount is stated",
}
PLACE_RULES = {
    "empty": "there is no text",
    "no_statement": "the text says that nothing is stated",
    "unknown": "no word of the text is a known place",
    "country": "one country is named",
    "region": "one region is named",
    "worldwide": "the whole world",
    "list": "several places are named",
    "unknown_except": "only excluded places are named",
    "country_except": "one country is named, others are excluded",
    "region_except": "one region is named, places are excluded",
    "worldwide_except": "the whole world without the excluded places",
    "list_except": "several places are named, others are excluded",
}
DRUG_RULES = {
    "title_and_category": "the title names a substance of the category's class",
    "title": "the title names a substance",
    "title_first": "the title names substances of several classes; the first one counts",
    "category": "the title names no known substance; the category decides",
    "category_of_texts": "a text or service about the substance: the shelf has no drugs and the title no amount",
    "nickname_and_category": "a nickname in the title agrees with the category",
    "nickname": "the title gives a nickname only, and no category is known",
    "nothing_known": "neither title nor category is known",
}


def why_quantity(text: str, quantity: Quantity) -> str:
    """The rule in words and the numbers that were read."""
    return _with_details(QUANTITY_RULES[quantity.rule_id], readings(text) if quantity.rule_id != "empty" else [])


def why_place(place: Place) -> str:
    """The rule in words and the words that name no place."""
    ignored = [f"not a place: {', '.join(place.unmapped)}"] if place.unmapped else []
    return _with_details(PLACE_RULES[place.rule_id], ignored)


def why_drug(title: str, path: Sequence[str], market: str | None, drug: Drug) -> str:
    """The rule in words, what the title names and what the category says."""
    category = category_class(market, path)
    details = [
        *(f"title: {_name(*pair)}" for pair in named_substances(title)),
        *(f"nickname: {_name(*pair)}" for pair in nicknames(title)),
    ]
    if category:
        of_parent = "" if category.mapped else " (of a parent; the path is not in the map)"
        details.append(f"category: {_name(category.drug_class, category.drug_subclass)}{of_parent}")
    elif path:
        details.append("category: not in the map")
    return _with_details(DRUG_RULES[drug.rule_id] + (", to be reviewed" if drug.review else ""), details)


def _name(level1: str, level2: str | None) -> str:
    return f"{level1}/{level2}" if level2 else level1


def _with_details(rule: str, details: Iterable[str]) -> str:
    found = "; ".join(details)
    return f"{rule} [{found}]" if found else rule
