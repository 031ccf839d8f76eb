"""How much a title offers: amount in g, ml or units, strength per unit, menus; in English, Dutch, French and German.

Contains the ordered rules over one text: names that hold digits are blanked, measures and counts are read, then the
first rule that explains them decides. Conventions and figures: docs/methods/quantities.md.
Keep out: words and units (quantity_words), reading from left to right (quantity_reader), prices per unit (prices/).
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from cryptodrug_assets.cleaning.titles import quantity_words as words
from cryptodrug_assets.cleaning.titles.drugs import named_substances, names_other_goods, nicknames
from cryptodrug_assets.cleaning.titles.quantity_reader import TitleNumbers, read
from cryptodrug_assets.cleaning.titles.quantity_text import masked, normalised

_MENU = re.compile(words.MENU)
# A bound alone: the smallest or largest of sizes that are not named.
_AT_LEAST = re.compile(
    r"\b(?:min(?:imum)?(?: order)?|starting (?:from|at)|up to|vanaf|a partir de)"
    r" ?:? ?\d+(?:[.,]\d+)? ?(?:g|gr|grams?|oz|kg|pills?|x)\b"
)
_POWDER_WORDS, _PIECE_WORDS = re.compile(words.POWDER_WORDS), re.compile(words.PIECE_WORDS)
_PER = r"(?: ?/ ?|(?: [a-z]+){0,3} (?:per|pro|par|in|a) )"
_CONCENTRATION = re.compile(rf"(?<!\d)\d+(?:[.,]\d+)? ?(?:mg|mcg|ug|g|iu){_PER}(?:\d+(?:[.,]\d+)? ?)?(?:ml|cc|l)\b")
# Traders' words for a part of an ounce or pound, said without a number.
_BARE = (
    (re.compile(r"\bqp\b|\bquarter ?(?:pound|lb)\b"), words.POUND / 4, "high"),
    (re.compile(r"\bhp\b"), words.POUND / 2, "high"),
    (re.compile(r"\beighths?\b|(?<![\d/])1 ?/ ?8(?![\d/])"), words.OUNCE / 8, "high"),
    (re.compile(r"\bteenth\b|(?<![\d/])1 ?/ ?16(?![\d/])"), words.OUNCE / 16, "high"),
    (re.compile(r"(?<!per )\belbow\b"), words.POUND, "high"),
    (re.compile(r"(?<!per )\bzip\b(?! ?-?(?:lock|bag|file|code|top|loc))"), words.OUNCE, "high"),
    (re.compile(r"\b(?:quarter|quad)\b(?! ?-?(?:kilo|key|kg|gram|g\b|pounder))"), words.OUNCE / 4, "of plants"),
    (re.compile(r"(?<![\d/])1 ?/ ?4(?![\d/])"), words.OUNCE / 4, "low"),
    (re.compile(r"(?<![\d/])1 ?/ ?2(?![\d/])"), words.OUNCE / 2, "low"),
    (re.compile(r"(?<!per )(?<!an )\b(?:ounce|oz)\b"), words.OUNCE, "low"),
)
# The smallest of sizes that are not named.
_FROM = re.compile(
    r"\b(?:from|starting (?:from|at)|vanaf|a partir de|ab|des) ?:? ?\d+(?:[.,]\d+)?"
    r" ?(?:g|gr|grams?|gramm|grammes?|oz|pills?|mg|kg|stk|stuks|ml)\b(?! free)"
)
# Besides cannabis.
_BY_THE_OUNCE = {("hallucinogens", "mushrooms")}
_SEVERAL_FOR_ONE = re.compile(
    r"(?<![\d/.,])\b([2-5]) ?(?:for|4|voor|fur|pour) ?1\b(?![\d.,]| ?[$€£]| ?(?:usd|eur|btc|week|day))"
)
_RESIN = re.compile(r"\b(?:hash(?:ish)?|hasch(?:isch)?|hasj|charas|ketama|resine?|soap)\b")
_POURED = re.compile(r"\b(?:lean|syrup|liquid|ghb|gbl|oil tincture|codeine)\b")
# Of a longer text the beginning is read; no market's titles are a tenth as long.
_MOST_READ = 2000
# Traders' ounces have 28, 28.35 or 25 grams.
_SAME = 0.15


@dataclass(frozen=True)
class Quantity:
    """What a title offers: `amount` in `unit` (g, ml or unit) in total, and `strength_mg`, milligrams per unit.

    `menu`: a choice of sizes, of which amount says nothing (None). `confidence` is high or low; `rule_id` names the
    rule (titles/explanations.py has a sentence for each).
    """

    amount: float | None
    unit: str | None
    strength_mg: float | None
    menu: bool
    confidence: str
    rule_id: str


@lru_cache(maxsize=65536)
def parse_quantity(title: str | None) -> Quantity:
    """The quantity a title states; any text has an answer, and none raises.

    `title` is the verbatim title of an offer. Confidence is high when one rule explains all numbers of the title, low
    when something was left over or guessed. amount is None for menus, for pieces without a count, and for articles that
    are not drugs. Method: docs/methods/quantities.md.

    >>> pills = parse_quantity("50x Xanax 2mg bars")
    >>> pills.amount, pills.unit, pills.strength_mg, pills.confidence
    (50.0, 'unit', 2.0, 'high')
    >>> parse_quantity("Amnesia Haze 1/2 kg").amount
    500.0
    >>> parse_quantity("Speed 10g - 100g").menu
    True
    """
    if not title or not title.strip():
        return Quantity(None, None, None, False, "low", "empty")
    title = title[:_MOST_READ]
    named = named_substances(title) or nicknames(title)
    if named and named[0][0] == "not_a_drug":
        return Quantity(None, None, None, False, "high", "not_a_drug")
    if not named and names_other_goods(title):
        return Quantity(None, None, None, False, "high", "other_goods")
    text = normalised(title)
    if promised := _SEVERAL_FOR_ONE.search(text):
        # Said again it is said once; with a sign between, what is left cannot say it anew.
        return _several(parse_quantity(_SEVERAL_FOR_ONE.sub(" | ", text)), int(promised[1]))
    concentrated = bool(_CONCENTRATION.search(text))
    plain = masked(_CONCENTRATION.sub(" ", text) if concentrated else text)
    found = read(plain)
    if _MENU.search(text) and len(found.measures) + len(found.counts) != 1:
        return Quantity(None, None, _strength(found), True, "high", "menu_word")
    if _FROM.search(text):
        return Quantity(None, None, _strength(found), True, "high", "menu_from")
    if _AT_LEAST.search(text):
        return Quantity(None, None, _strength(found), True, "low", "menu_bound")
    if found.ranges:
        return Quantity(None, None, _strength(found), True, "high", "menu_range")
    if found.measures:
        return _from_measures(found, plain)
    powder = _is_powder(plain, named, repeated=bool(found.times))
    if found.counts or (found.times and not (found.small and powder)):
        return _from_counts(found)
    pieces = [value for value in found.loose if value >= 2 and value == int(value)]
    by_piece = found.names or any(level2 in words.PRESSED for _, level2 in named)
    if found.small and ("mdma", "mdma_powder") in named and words.PILL_MG[0] <= found.small[0] <= words.PILL_MG[1]:
        by_piece, powder = True, powder and not pieces
    if found.small and by_piece and not powder and len(found.loose) == len(pieces) == 1 and pieces[0] != found.small[0]:
        return Quantity(pieces[0], "unit", _strength(found), False, "high", "bare_count")
    if found.packs:
        return Quantity(found.packs[0], "unit", _strength(found), False, "low", "packs")
    if found.small:
        return _from_small(found, powder or _beyond_a_dose(found, plain, named))
    sure = "low" if found.loose or concentrated else "high"
    return _bare_measure(plain, named) or Quantity(None, None, None, False, sure, "no_quantity")


def readings(title: str) -> list[str]:
    """The numbers a title was found to hold, in words, once names with digits and prices are left out.

    >>> readings("5 x 10g MDMA crystals")
    ['50 g']
    """
    found = read(masked(_CONCENTRATION.sub(" ", normalised(title[:_MOST_READ]))))
    return [
        *(f"{value:g} {dimension}" for value, dimension, _ in found.measures),
        *(f"{value:g} pieces ({word})" for value, word in found.counts),
        *(f"{value:g} x" for value in found.times),
        *(f"{value:g} packs" for value in found.packs),
        *(f"{value:g} mg" for value in found.small),
        *(f"{value:g} {dimension or 'more'} free" for value, dimension in found.free),
        *(f"{value:g} without a unit" for value in found.loose),
    ]


def _from_measures(found: TitleNumbers, text: str) -> Quantity:
    """Grams or millilitres are stated."""
    values = _without_equivalents(found.measures)
    dimensions = {dimension for _, dimension, _ in values}
    if len(dimensions) > 1:
        return Quantity(None, None, None, False, "low", "mixed_measures")
    unit = dimensions.pop()
    distinct = sorted({round(value, 4) for value, _, _ in values})
    if len(distinct) > 1:
        # With a plus they may as well be two articles.
        return Quantity(None, None, None, True, "low" if "+" in text else "high", "menu_sizes")
    amount, strength, confidence = distinct[0], None, "high"
    rule = "n_x_measure" if found.product else "measure"
    if found.counts:
        count, word = found.counts[0]
        if word in words.LIQUID_HOLDERS:
            if found.in_brackets:
                # "5 vials (25ml)": all of them together, or each.
                return Quantity(_tidy(amount), unit, None, False, "low", "total_in_brackets")
            amount, rule = amount * count, "count_x_measure"
        elif word in ("bar", "bars") and _RESIN.search(text):
            # Hashish is pressed into bars; whether the weight is of one or of all is not said.
            amount, confidence = amount * count, "high" if count == 1 else "low"
        elif found.each or word in words.UNITS:
            # Ten joints of a gram are ten joints.
            rule, confidence = "count_of_pieces", "high" if found.each else "low"
            return Quantity(count, "unit", _strength(found), False, confidence, rule)
    factors = [*found.times, *found.packs]
    if len(factors) == 1:
        amount, rule = amount * factors[0], "n_x_measure"
    elif factors:
        confidence = "low"
    for extra, dimension in found.free:
        if dimension in (unit, ""):
            amount, rule = amount + extra, f"{rule}_free"
    if unit == "g" and _POURED.search(text):
        label = values[0][2]
        if label in ("oz", "ounce", "ounces"):
            return Quantity(
                _tidy(amount / words.OUNCE * words.FLUID_OUNCE), "ml", strength, False, "high", "fluid_ounce"
            )
    return Quantity(_tidy(amount), unit, strength, False, confidence, rule)


def _bare_measure(text: str, named: tuple[tuple[str, str | None], ...]) -> Quantity | None:
    """A trader's word for a part of an ounce or pound, said without a number."""
    for pattern, grams, sure in _BARE:
        if pattern.search(text):
            plants = any(pair in _BY_THE_OUNCE or pair[0] == "cannabis" for pair in named)
            clear = sure == "high" or (sure == "of plants" and plants)
            return Quantity(_tidy(grams), "g", None, False, "high" if clear else "low", "bare_measure")
    return None


def _several(one: Quantity, times: int) -> Quantity:
    """ "2 for 1": twice what is stated beside it, if the offer means that."""
    amount = None if one.amount is None else _tidy(one.amount * times)
    return Quantity(amount, one.unit, one.strength_mg, one.menu, "low", "several_for_one")


def _from_counts(found: TitleNumbers) -> Quantity:
    """Pieces are counted."""
    strength = _strength(found)
    # "OxyContin 80mg green OP 80 oxycodone": the strength said again.
    counts = [(value, word) for value, word in found.counts if word != "far name" or value not in found.small]
    if not counts and not found.times:
        return Quantity(None, None, strength, False, "high", "strength_only")
    numbers = sorted({value for value, _ in counts})
    confidence, rule = "high", "count"
    if len(numbers) > 1:
        pieces = sorted({value for value, word in counts if "name" not in word and word not in words.HOLDERS})
        if len(pieces) == 1:
            numbers = pieces
        else:
            return Quantity(None, None, strength, True, "low", "menu_counts")
    if numbers:
        amount = numbers[0]
        factors = [*found.times, *found.packs]
        if len(factors) == 1 and factors[0] != amount:
            # "5 packs of 10 pills"; but "50x Xanax (50 pills)" says it twice.
            sure = "high" if found.packs or factors[0] == 1 else "low"
            amount, rule, confidence = amount * factors[0], "n_x_count", sure
    else:
        if len(set(found.times)) > 1:
            return Quantity(None, None, strength, True, "low", "menu_counts")
        amount, rule = found.times[0], "n_x"
    for extra, dimension in found.free:
        if dimension in ("unit", ""):
            amount, rule = amount + extra, f"{rule}_free"
    if len(set(found.small)) > 1:
        confidence = "low"
    return Quantity(_tidy(amount), "unit", strength, False, confidence, rule)


def _from_small(found: TitleNumbers, powder: bool) -> Quantity:
    """Milligrams alone: an amount of powder, or the strength of a piece whose number is not said."""
    if not powder:
        return Quantity(None, None, _strength(found), False, "high", "strength_only")
    if len(set(found.small)) > 1:
        return Quantity(None, None, None, True, "high", "menu_sizes")
    factor = found.times[0] if len(found.times) == 1 else 1.0
    return Quantity(_tidy(found.small[0] / 1000 * factor), "g", None, False, "high", "powder_mg")


def _without_equivalents(measures: list[tuple[float, str, str]]) -> list[tuple[float, str, str]]:
    """ "1 oz (28g)" says the same twice; grams win over ounces and pounds."""
    metric = [measure for measure in measures if measure[2] not in words.MEASURES or measure[2][0] in "gkm"]
    if not metric or len(metric) == len(measures):
        return measures
    imperial = [measure for measure in measures if measure not in metric]
    rest = [
        one
        for one in imperial
        if not any(one[1] == other[1] and abs(one[0] - other[0]) <= _SAME * other[0] for other in metric)
    ]
    return metric + rest


def _strength(found: TitleNumbers) -> float | None:
    return _tidy(found.small[0]) if found.small else None


def _is_powder(text: str, named: tuple[tuple[str, str | None], ...], *, repeated: bool) -> bool:
    """Whether milligrams are an amount: of a powder or plant, and not of pieces."""
    if _PIECE_WORDS.search(text):
        return False
    if not repeated and _POWDER_WORDS.search(text):
        return True
    return any(level2 in (words.NEVER_PRESSED if repeated else words.POWDERS) for _, level2 in named)


def _beyond_a_dose(found: TitleNumbers, text: str, named: tuple[tuple[str, str | None], ...]) -> bool:
    """Whether the milligrams are more than one piece of the substance ever holds."""
    if _PIECE_WORDS.search(text) or not named:
        return False
    limit = words.LARGEST_DOSE.get(named[0], words.LARGEST_DOSE.get((named[0][0], None)))
    return limit is not None and min(found.small) > limit


def _tidy(value: float) -> float:
    return round(value, 6)
