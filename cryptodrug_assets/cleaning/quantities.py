"""How much a title offers: amount in g, ml or units, strength per unit, menus; in English, Dutch, French and German.

An ordered grammar over one text: names that hold digits are masked, measures and counts are read, then the first rule
that explains them decides. Conventions: docs/methods/quantities.md. Prices per unit are made in listings.py.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache

from cryptodrug_assets.cleaning import quantity_words as words
from cryptodrug_assets.cleaning.drugs import named_substances

_MASKS = tuple(re.compile(pattern) for pattern in words.MASKS)
_MENU = re.compile(words.MENU)
_POWDER_WORDS, _PIECE_WORDS = re.compile(words.POWDER_WORDS), re.compile(words.PIECE_WORDS)
_CONCENTRATION = re.compile(r"\d+(?:[.,]\d+)? ?(?:mg|mcg|ug|g|iu) ?/ ?(?:\d+(?:[.,]\d+)? ?)?(?:ml|cc|l)\b")
_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[.,]\d+|[a-z]+(?:'[a-z]+)?|[-/+(),|&;]")
_FRACTIONS = re.compile(r"(?<![\d.,/])(?:(\d+) )?(1|3) ?/ ?(2|4|8|16)(?= ?-?(?:oz|ounce|ounces|lb|lbs|pound|kilo|kg|k|g|gr|gram|qp|p|l|liter|litre|unze|once)\b)")
_EIGHT_BALL = re.compile(r"\b(?:8|eight) ?-? ?balls?\b")
_ORDINAL_FRACTION = re.compile(r"(?<![\d/])(1|3) ?/ ?(2|4|8|16)(?:nd|th)\b")
_BUY_GET = re.compile(r"\bbuy (\d+) get (\d+)(?: for)?(?: free)?\b")
_BETWEEN = 4
# Traders' ounces have 28, 28.35 or 25 grams.
_SAME = 0.15


@dataclass(frozen=True)
class Quantity:
    """amount in unit (g, ml, unit) offered in total; strength_mg per unit; menu = a choice of sizes (amount None)."""

    amount: float | None
    unit: str | None
    strength_mg: float | None
    menu: bool
    confidence: str
    rule_id: str


@dataclass
class _Found:
    """What a title holds: measures (value, dimension), counts, loose multipliers, strengths in mg, ranges, free extras."""

    measures: list[tuple[float, str, str]] = field(default_factory=list)
    counts: list[tuple[float, str]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    small: list[float] = field(default_factory=list)
    packs: list[float] = field(default_factory=list)
    ranges: int = 0
    free: list[tuple[float, str]] = field(default_factory=list)
    each: bool = False
    loose: list[float] = field(default_factory=list)
    names: bool = False


@lru_cache(maxsize=65536)
def parse_quantity(title: str | None) -> Quantity:
    """The quantity a title states.

    Confidence is high when one rule explains all numbers of the title, low when something was left over or guessed.
    amount is None for menus, for pieces without a count, and for articles that are not drugs.
    """
    if not title or not title.strip():
        return Quantity(None, None, None, False, "low", "empty")
    named = named_substances(title)
    if named and named[0][0] == "not_a_drug":
        return Quantity(None, None, None, False, "high", "not_a_drug")
    text = _BUY_GET.sub(lambda match: f"{int(match[1]) + int(match[2])} x", _normalised(title))
    text = _ORDINAL_FRACTION.sub(r"\1/\2", _EIGHT_BALL.sub(" 3.5 g ", text))
    concentrated = bool(_CONCENTRATION.search(text))
    plain = _masked(_CONCENTRATION.sub(" ", text))
    found = _read(plain)
    if _MENU.search(text) and len(found.measures) + len(found.counts) != 1:
        return Quantity(None, None, _strength(found), True, "high", "menu_word")
    if found.ranges:
        return Quantity(None, None, _strength(found), True, "high", "menu_range")
    if found.measures:
        return _from_measures(found, plain)
    powder = _is_powder(plain, named, repeated=bool(found.times))
    if found.counts or (found.times and not (found.small and powder)):
        return _from_counts(found)
    pieces = [value for value in found.loose if value >= 2 and value == int(value)]
    if found.small and not powder and len(found.loose) == len(pieces) == 1 and found.names:
        return Quantity(pieces[0], "unit", _strength(found), False, "high", "bare_count")
    if found.packs:
        return Quantity(found.packs[0], "unit", _strength(found), False, "low", "packs")
    if found.small:
        return _from_small(found, powder)
    confidence = "low" if found.loose or concentrated else "high"
    return Quantity(None, None, None, False, confidence, "no_quantity")


def _from_measures(found: _Found, text: str) -> Quantity:
    """Grams or millilitres are stated."""
    values = _without_equivalents(found.measures)
    dimensions = {dimension for _, dimension, _ in values}
    if len(dimensions) > 1:
        return Quantity(None, None, None, False, "low", "mixed_measures")
    unit = dimensions.pop()
    distinct = sorted({round(value, 4) for value, _, _ in values})
    if len(distinct) > 1:
        return Quantity(None, None, None, True, "high", "menu_sizes")
    amount, strength, rule, confidence = distinct[0], None, "measure", "high"
    if found.counts:
        count, word = found.counts[0]
        if word in words.LIQUID_HOLDERS:
            amount, rule = amount * count, "count_x_measure"
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
    if unit == "g" and re.search(r"\b(?:lean|syrup|liquid|ghb|gbl|oil tincture|codeine)\b", text):
        label = values[0][2]
        if label in ("oz", "ounce", "ounces"):
            return Quantity(_tidy(amount / words.OUNCE * words.FLUID_OUNCE), "ml", strength, False, "high", "fluid_ounce")
    return Quantity(_tidy(amount), unit, strength, False, confidence, rule)


def _from_counts(found: _Found) -> Quantity:
    """Pieces are counted."""
    strength = _strength(found)
    numbers = sorted({value for value, _ in found.counts})
    confidence, rule = "high", "count"
    if len(numbers) > 1:
        pieces = sorted({value for value, word in found.counts if word not in ("name",)})
        if len(pieces) == 1:
            numbers = pieces
        else:
            return Quantity(None, None, strength, True, "low", "menu_counts")
    if numbers:
        amount = numbers[0]
        factors = [*found.times, *found.packs]
        if len(factors) == 1 and factors[0] != amount:
            # "5 packs of 10 pills"; but "50x Xanax (50 pills)" says it twice.
            amount, rule, confidence = amount * factors[0], "n_x_count", "high" if found.packs else "low"
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


def _from_small(found: _Found, powder: bool) -> Quantity:
    """Milligrams alone: an amount of powder, or the strength of a piece whose number is not said."""
    if not powder:
        return Quantity(None, None, _strength(found), False, "high", "strength_only")
    if len(set(found.small)) > 1:
        return Quantity(None, None, None, True, "high", "menu_sizes")
    factor = found.times[0] if len(found.times) == 1 else 1.0
    return Quantity(_tidy(found.small[0] / 1000 * factor), "g", None, False, "high", "powder_mg")


def _without_equivalents(measures: list[tuple[float, str, str]]) -> list[tuple[float, str, str]]:
    """"1 oz (28g)" says the same twice; grams win over ounces and pounds."""
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


def _strength(found: _Found) -> float | None:
    return _tidy(found.small[0]) if found.small else None


def _is_powder(text: str, named: list[tuple[str, str | None]], *, repeated: bool) -> bool:
    """Whether milligrams are an amount: of a powder or plant, and not of pieces."""
    if _PIECE_WORDS.search(text):
        return False
    if _POWDER_WORDS.search(text):
        return True
    return any(level2 in (words.NEVER_PRESSED if repeated else words.POWDERS) for _, level2 in named)


def _normalised(title: str) -> str:
    """Plain lower-case letters and digits, with the signs that carry meaning."""
    text = re.sub(r"(?<=\d)(?=[¼½¾⅛])", " ", title)
    text = unicodedata.normalize("NFKD", text.replace("×", "x").replace("✕", "x").replace("µ", "u").replace("μ", "u"))
    text = "".join(letter for letter in text if not unicodedata.combining(letter)).lower().replace("\u2044", "/")
    text = re.sub(r"[\u2010-\u2015]", "-", text)
    return re.sub(r"[^a-z0-9.,/+\-$€£%#&()'|;:]+", " ", text)


def _masked(text: str) -> str:
    """The text without what holds digits but no amount, and with fractions written as decimals."""
    for pattern in _MASKS:
        text = pattern.sub(" _ ", text)

    def decimal(match: re.Match[str]) -> str:
        return f"{int(match[1] or 0) + int(match[2]) / int(match[3]):.5f}".rstrip("0")

    return _FRACTIONS.sub(decimal, text)


def _number(text: str) -> float | None:
    """A number as written: comma or point as decimal mark, groups of three as thousands; None for lists like 1,2,5."""
    if re.fullmatch(r"[1-9]\d{0,2}(?:[.,]\d{3})+", text):
        return float(re.sub(r"[.,]", "", text))
    if re.fullmatch(r"\d*[.,]\d+|\d+", text):
        return float(text.replace(",", "."))
    return None


def _tidy(value: float) -> float:
    return round(value, 6)


def _read(text: str) -> _Found:
    """Read the tokens from left to right."""
    tokens = [(match.group(), match.start(), match.end()) for match in _TOKEN.finditer(text)]
    reader = _Reader(tokens)
    while reader.at < len(tokens):
        reader.step()
    return reader.found


class _Reader:
    """Walks over the tokens; every step takes one number with what belongs to it, or one word."""

    def __init__(self, tokens: list[tuple[str, int, int]]) -> None:
        self.tokens = tokens
        self.at = 0
        self.found = _Found()

    def word(self, place: int) -> str:
        return self.tokens[place][0] if 0 <= place < len(self.tokens) else ""

    def value(self, place: int) -> float | None:
        text = self.word(place)
        return _number(text) if text and (text[0].isdigit() or text[0] in ".,") and text[-1].isdigit() else None

    def unit(self, place: int) -> str | None:
        """The unit at a place; a hyphen may stand before it ("5-g")."""
        word = self.word(place)
        return word if word in words.MEASURES else None

    def joined(self, place: int) -> bool:
        """Whether nothing stands between this token and the one before."""
        return place > 0 and place < len(self.tokens) and self.tokens[place][1] == self.tokens[place - 1][2]

    def step(self) -> None:
        value = self.value(self.at)
        if value is not None:
            self._number_at(value)
            return
        word = self.word(self.at)
        self.found.names |= word in words.PIECE_NAMES
        if word in ("each", "per", "je", "pro", "stuk"):
            self.found.each = True
        if word[:1].isdigit():
            # A list such as 1,2,5: sizes to choose from when a unit follows.
            follows = self.word(self.at + 1)
            self.found.ranges += follows in words.MEASURES or follows in words.UNITS
        elif word == "x" and self.value(self.at + 1) is not None and self._times_after():
            return
        elif word in words.NUMBER_WORDS and self.word(self.at + 1) in words.LONG_UNITS | words.UNITS:
            follows = self.word(self.at + 1)
            if follows in words.LONG_UNITS:
                self._measure(words.NUMBER_WORDS[word], follows)
                self.at += 2
                return
            if words.NUMBER_WORDS[word] > 1:
                self.found.counts.append((words.NUMBER_WORDS[word], follows))
        self.at += 1

    def _times_after(self) -> bool:
        """"x 10" without a unit behind it multiplies; "x 10g" is read as a measure."""
        value = self.value(self.at + 1)
        following = self.word(self.at + 2)
        if value is None or following in words.MEASURES or following == "x" or following in words.UNITS:
            return False
        self.found.times.append(value)
        self.at += 2
        return True

    def _number_at(self, value: float) -> None:
        start = self.at
        place = self.at + 1
        plus = self.word(place) == "+"
        if self.word(place) == "k" and self.joined(place):
            value, place = value * 1000, place + 1
        # 10+2 free; 5 + 1 pills
        if self.word(place) == "+" and self.value(place + 1) is not None:
            place = self._sum(value, place)
            if place:
                self.at = place
                return
            place = start + 1
        if self.word(place) in words.FREE and self._is_free(place, value, ""):
            self.at = place + 1
            return
        high = self._range_end(place)
        if high is not None:
            self._range(value, *high)
            return
        if plus and self.unit(place + 1):
            place += 1
        if self.word(place) == "-" and self.unit(place + 1) and self.joined(place):
            place += 1
        unit = self.unit(place)
        if unit and not (unit in words.KEY_UNITS and not self.joined(place) and unit in ("l", "key", "keys", "ki", "hp")):
            self.at = place + 1
            if not self._is_free(self.at, value, unit):
                self._measure(value, unit)
            return
        if self.word(place) == "x":
            self._product(value, place)
            return
        self.at = start + 1
        counted = self._counted(place)
        if counted:
            word, end = counted
            if not self._is_free(end, value, "unit"):
                if word in words.PACKS:
                    self.found.packs.append(value)
                else:
                    self.found.counts.append((value, word))
            self.at = place
            return
        self.found.loose.append(value)

    def _sum(self, value: float, place: int) -> int:
        """"10 + 2" with one unit behind both; returns the place behind it, 0 when it is no sum."""
        second = self.value(place + 1)
        end = place + 2
        if second is None:
            return 0
        unit = self.unit(end)
        if unit:
            self._measure(value + second, unit)
            return end + 1
        if self.word(end) in words.FREE:
            self.found.counts.append((value + second, "pieces"))
            return end + 1
        if self.word(end) in words.UNITS:
            self.found.counts.append((value + second, self.word(end)))
            return end + 1
        return 0

    def _range_end(self, place: int) -> tuple[float, int] | None:
        """The second number of "1-5", "1 to 5", "10/20": (its value, the place behind it)."""
        sign = self.word(place)
        if sign in ("-", "/", "to", "bis", "tot", "|") or (sign == "," and self.word(place + 2) in words.MEASURES):
            high = self.value(place + 1)
            if high is not None:
                return high, place + 2
        return None

    def _range(self, low: float, high: float, place: int) -> None:
        sign = self.word(place - 2)
        numbers = 2
        while self.word(place) in ("/", "-", "|", ",") and self.value(place + 1) is not None:
            place += 2
            numbers += 1
        unit = self.unit(place)
        if unit and words.MEASURES[unit][0] == "mg":
            # 180-220 mg: at least 180; 10/325 mg: the first component.
            self.found.small.append(low * words.MEASURES[unit][1] * 1000)
            self.at = place + 1
        elif unit:
            self.found.ranges += 1
            self.at = place + 1
        elif self._counted(place) and (sign != "/" or numbers > 2 or high > low):
            self.found.ranges += 1
            self.at = place
        elif sign == "/" and high in words.SECOND_COMPONENTS:
            self.found.small.append(low)
            self.at = place
        else:
            self.found.loose.append(high)
            self.at = place

    def _product(self, value: float, place: int) -> None:
        """"10 x 5g", "10x 10 pills", "10x Xanax"."""
        second = self.value(place + 1)
        if second is not None:
            behind = place + 2
            if self.word(behind) == "x":
                behind += 1
            unit = self.unit(behind)
            if unit and words.MEASURES[unit][0] != "mg":
                self._measure(value * second, unit)
                self.at = behind + 1
                return
            if not unit and self._range_end(behind) is None:
                counted = self._counted(behind)
                if counted:
                    self.found.counts.append((value * second, counted[0]))
                    self.at = counted[1]
                    return
        counted = self._counted(place + 1)
        self.at = place + 1
        if counted and counted[0] not in words.PACKS and counted[0] != "name":
            self.found.counts.append((value, counted[0]))
            return
        if not self._is_free(place + 1, value, "unit"):
            self.found.times.append(value)

    def _counted(self, place: int) -> tuple[str, int] | None:
        """The count word that a number at `place` - 1 belongs to: at most four words and a strength further on."""
        seen = 0
        while seen <= _BETWEEN:
            word = self.word(place)
            if not word or word in "+/|,;&":
                return None
            if word in words.UNITS or word in words.PACKS:
                return word, place + 1
            if word in words.PIECE_NAMES and seen < _BETWEEN:
                # Prefer a real count word a little further on.
                further = self._counted(place + 1) if seen + 1 <= _BETWEEN else None
                return further or ("name", place + 1)
            if self.value(place) is not None:
                unit = self.unit(place + 1)
                if not unit or words.MEASURES[unit][0] != "mg":
                    return None
                place += 2
                continue
            if word not in "()-":
                seen += 1
            place += 1
        return None

    def _is_free(self, place: int, value: float, unit: str) -> bool:
        """Whether the number is an extra ("+ 1g free"); it is added when it is of the same kind."""
        nearby = [self.word(place + step) for step in range(2)]
        before = [self.word(self.at - back) for back in range(1, 5)]
        behind = {self.word(place + step) for step in range(3)}
        is_extra = bool(words.FREE & set(nearby)) and not words.NO_EXTRA & behind
        is_extra = is_extra or "get" in before
        dimension, factor = (unit, 1.0) if unit in ("", "unit") else words.MEASURES[unit]
        if is_extra and dimension != "mg" and (self.found.measures or self.found.counts or self.found.times):
            self.found.free.append((value * factor, dimension))
            return True
        return False

    def _measure(self, value: float, unit: str) -> None:
        dimension, factor = words.MEASURES[unit]
        if dimension == "mg":
            self.found.small.append(value * factor * 1000)
        else:
            self.found.measures.append((value * factor, dimension, unit))
