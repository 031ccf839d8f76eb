"""What a title holds: numbers with their units, counts and multipliers, read from left to right.

Keep out: which of them is the amount on offer (quantities.py).
"""

import re
from dataclasses import dataclass, field

from cryptodrug_assets.cleaning.titles import quantity_words as words
from cryptodrug_assets.cleaning.titles.quantity_text import number

_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[.,]\d+|[a-z]+(?:'[a-z]+)?|[-/+(),|&;]")
_BETWEEN = 4


@dataclass
class TitleNumbers:
    """What a title holds: measures (value, dimension, unit), counts, loose multipliers, strengths in mg, extras."""

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
    in_brackets: bool = False
    product: bool = False


def read(text: str) -> TitleNumbers:
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
        # Nothing stands behind the last word, nor (counted from the end) before the first.
        self.words = [word for word, _, _ in tokens] + [""] * 8
        self.at = 0
        self.found = TitleNumbers()

    def word(self, place: int) -> str:
        return self.words[place] if place < len(self.words) else ""

    def value(self, place: int) -> float | None:
        text = self.word(place)
        return number(text) or None if text and (text[0].isdigit() or text[0] in ".,") and text[-1].isdigit() else None

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
        if word[:1].isdigit() and not word.isdecimal():
            # A list such as 1,2,5: sizes to choose from when a unit follows.
            follows = self.word(self.at + 1)
            self.found.ranges += follows in words.MEASURES or follows in words.UNITS
        elif word == "x" and self.value(self.at + 1) is not None and self._times_after():
            return
        elif word in words.PACKS | words.HOLDERS and self._pieces_in_each(self.at + 1):
            # A box of 28, or 3.5g tins in a pack of 4.
            pieces = self.value(self.at + 2) or 1
            if self.found.measures:
                self.found.packs.append(pieces)
            else:
                self.found.counts.append((pieces, "pieces"))
            self.at += 3
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
        """ "x 10" without a unit behind it multiplies; "x 10g" is read as a measure."""
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
        free_pieces = "unit" if self.word(place + 1) in words.UNITS else ""
        if self.word(place) in words.FREE and self._is_free(place, value, free_pieces):
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
        apart = unit in ("l", "key", "keys", "ki", "hp") and not self.joined(place)
        if unit and (not apart or (unit == "l" and not words.LIQUIDS.isdisjoint(self.words))):
            self.at = place + 1
            if not self._is_free(self.at, value, unit):
                self._measure(value, unit)
                self.found.in_brackets = self.word(start - 1) == "("
            return
        if self.word(place) == "x":
            self._product(value, place)
            return
        if self._several_measures(value, place):
            return
        self.at = start + 1
        counted = self._counted(place)
        if counted:
            word, end = counted
            if not self._is_free(end, value, "unit"):
                if word in words.PACKS | words.HOLDERS and self._pieces_in_each(end, value):
                    self.found.counts.append((value * (self.value(end + 1) or 1), "pieces"))
                    self.at = end + 2
                    return
                if word in words.PACKS:
                    self.found.packs.append(value)
                else:
                    self.found.counts.append((value, word))
            self.at = place
            return
        self.found.loose.append(value)

    def _pieces_in_each(self, place: int, packs: float | None = None) -> bool:
        """ "of 14" behind a packing: a number without a word for what it counts, or the number of packings again."""
        pieces = self.value(place + 1)
        if self.word(place) not in words.OF or pieces is None or self.word(place + 2) in words.MEASURES:
            return False
        return pieces == packs or self.word(place + 2) not in words.UNITS

    def _several_measures(self, value: float, place: int) -> bool:
        """ "10 1ml carts": a number, a measure and a holder of it."""
        each, unit = self.value(place), self.unit(place + 1)
        if each is None or not unit or words.MEASURES[unit][0] == "mg" or value < 2 or value != int(value):
            return False
        if not any(self.word(place + step) in words.LIQUID_HOLDERS | words.PACKS for step in range(2, 6)):
            return False
        self._measure(value * each, unit)
        self.found.product = True
        self.at = place + 2
        return True

    def _sum(self, value: float, place: int) -> int:
        """ "10 + 2" with one unit behind both; returns the place behind it, 0 when it is no sum."""
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
        counted = self._counted(end)
        if counted:
            self.found.counts.append((value + second, counted[0]))
            return end
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
        elif (
            sign == "/"
            and numbers == 2
            and high in words.PARACETAMOL
            and low in words.OPIOID_MG
            and (self.word(place) not in words.UNITS)
        ):
            # 10/325 norco: the first component.
            self.found.small.append(low)
            self.at = place
        elif sign != "/" and high >= 2 * low and self.word(self.at - 1) in words.UNITS:
            # "pills 10 - 1000"
            self.found.ranges += 1
            self.at = place
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
        """ "10 x 5g", "10x 10 pills", "10x Xanax"."""
        second = self.value(place + 1)
        if second is not None:
            behind = place + 2
            if self.word(behind) == "x":
                behind += 1
            unit = self.unit(behind)
            if unit and words.MEASURES[unit][0] != "mg":
                self._measure(value * second, unit)
                self.found.product = True
                self.at = behind + 1
                return
            if not unit and self._range_end(behind) is None:
                counted = self._counted(behind)
                if counted:
                    self.found.counts.append((value * second, counted[0]))
                    self.at = counted[1]
                    return
        if second is None and self.unit(place + 1) in words.WEIGHTS:
            # "1x gram", "2 x ounce"
            self._measure(value, self.word(place + 1))
            self.at = place + 2
            return
        counted = self._counted(place + 1)
        self.at = place + 1
        if counted and counted[0] not in words.PACKS and "name" not in counted[0]:
            self.found.counts.append((value, counted[0]))
            return
        if not self._is_free(place + 1, value, "unit"):
            self.found.times.append(value)

    def _counted(self, place: int, names: int = 0) -> tuple[str, int] | None:
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
                further = self._counted(place + 1, names + 1) if names < _BETWEEN else None
                return further or ("name" if seen < 2 else "far name", place + 1)
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
