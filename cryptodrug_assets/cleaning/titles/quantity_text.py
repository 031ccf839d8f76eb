"""A title made ready for reading: plain letters, one spelling for each thing, names and prices blanked.

Keep out: reading numbers (quantity_reader.py), patterns of names and prices (quantity_words.py).
"""

import re
import unicodedata

from cryptodrug_assets.cleaning.titles import quantity_words as words
from cryptodrug_assets.cleaning.titles.prefilter import GuardedPatterns

_MASKS = GuardedPatterns((pattern, " _ ") for pattern in words.MASKS)
_UNIT = r"(?:oz|ounces?|lbs?|pound|kilo|kg|k|g|gr|grams?|gramm|gramme|qp|p|l|liter|litre|unze|once|zip)"
_BY_THE_KEY = r"(?:coke|cocaine|heroin|meth|speed|mdma|ketamine|weed|hash|blow)\b"
_FRACTIONS = re.compile(rf"(?<![\d.,/])(?:(\d+) )?(1|3) ?/ ?(2|4|8|16)(?= ?-?{_UNIT}\b)")
# (pattern, what it becomes), in order, on lower-case text.
_REWRITES = GuardedPatterns(
    (
        (r"\.{2,}", " "),
        # (10)Pill, (.5)Gram: a number alone in brackets.
        (r"\( ?(\d+(?:[.,]\d+)?|[.,]\d+) ?\)", r" \1 "),
        (r"(?<=\d)\*(?=\d)", "x"),
        (r"(?<=\d)( ?(?:g|gr|mg|ug|mcg|ml)) ?\* ?(?=\d)", r"\1 x "),
        (r"(?<=\d) ?/ ?(?=(?:300|325|500|650|750)\b)", "/"),
        # Strengths of opioids go without a unit: Oxy 80, Roxy 30s, OP 40.
        (
            r"\b((?:oxy|roxi|roxy|perco?)[a-z]*|oc|op|percs?) (5|10|15|20|30|40|60|80)'?s?\b"
            r"(?! ?(?:x ?\d+(?:[.,]\d+)? ?mg|x\b(?! ?\d)|\d|[/.,]\d|mg|ug|mcg|gr?\b|ml|pill|tab|cap|pcs|pieces|stk"
            r"|count|ct\b|bar|unit|qty|for\b))",
            r"\1 \2mg",
        ),
        # A pharmacy's way of writing a number of pieces.
        (r"# ?(\d+)(?= ?(?:tab|tablet|pill|cap|capsule|blotter|hit|bar)s?\b)", r" \1 "),
        # 25mgx100; 2.5 g's; diazepam10mg; salvia 20x extract (its potency); 150ug-200ug.
        (r"(\d ?(?:mg|ug|mcg|ml|gr?))x(?=\d)", r"\1 x "),
        (r"(?<=\d) ?g'?s\b", " g"),
        (r"(?<=[a-z]{4})(?=\d+(?:[.,]\d+)?(?:mg|ug|mcg)\b)", " "),
        (r"\b\d+ ?x (?=(?:fold |strength |salvia )?(?:extract|potency|concentrate))", " "),
        (r"\b(salvia(?: divinorum)?(?: extract)?) \d+ ?x\b", r"\1"),
        (r"(?<!\d)(?<!\d[.,])(\d[\d.,]*) ?(mg|ug|mcg) ?- ?(?=\d[\d.,]* ?\2\b)", r"\1-"),
        # An eighth of an ounce and its grams.
        (r"(?<![\d/])1 ?/ ?(?:8(?:th)? ?- ?\(?(?=3[.,]5 ?g)|4(?:th)? ?- ?\(?(?=7 ?g)|2 ?- ?\(?(?=14 ?g))", " "),
        (r"\bfl(?:uid)?\.? ?(?:oz|ounces?)\b", " floz "),
        (r"\b([hq])\.p\b\.?", r"\1p"),
        (r"\b(?:1 ?/ ?2|half)(?: an?)? (?:8|eight) ?-? ?balls?\b", " 1.75 g "),
        (r"\b(?:8|eight) ?-? ?balls?\b", " 3.5 g "),
        (r"\bhalf ?-? ?balls?\b", " 1.75 g "),
        (r"\bballs? of (?=coke|cocaine|blow|meth|ice)", " 3.5 g "),
        (r"\bhalf(?: an?| of a)? ?-?(?:quarter|1 ?/ ?4)\b(?! ?-?(?:lb|pound|kilo|key|kg|gram|g\b))", " eighth "),
        (r"\bhalf o\b", " 0.5 oz "),
        (r"\b(?:teeners?|teenths?)\b", " teenth "),
        # A key is a kilogram of some things; of others it opens doors and software.
        (rf"\b(\d+(?:[.,]5)?) ?keys?\b(?= (?:of )?{_BY_THE_KEY})", r"\1 kg"),
        (rf"\bkey (?=of {_BY_THE_KEY})", "1 kg "),
        (r"^(?=(?:gram|gramm|gramme|kilo|pound|ounce|liter|litre) (?:of|de|van) )", "1 "),
        # 1/8th oz; 8mg/2mg: the first component of a combination.
        (r"(?<![\d/])(1|3) ?/ ?(2|4|8|16)(?:nd|th)\b", r"\1/\2"),
        (r"(\d ?(?:mg|ug|mcg)) ?/ ?\d+(?:[.,]\d+)? ?(?:mg|ug|mcg)\b", r"\1"),
        (rf"\b(?:half|halve|halb(?:e[rs]?)?|demi)[ -]?(?:an? )?(?={_UNIT}\b)", "0.5 "),
        # Swedish and Finnish pieces; 1st and 21st are ordinals.
        (r"\b(\d*(?:[02-9]|1\d)) ?st\b", r"\1 stk"),
        (r"\b(\d+) ?-? ?(?:pack|pk)\b(?! of)", r"\1 stk"),
        (r"\b(\d+)(?:er|-er) ?-?(?:pack\w*|set|blister|streifen|tute)\b", r"\1 stk"),
        (r"\bbuy (\d+) ?(g|gr|grams?)? get (\d+) ?\2?(?: for)?(?: free)?\b", r"\1 \2 + \3 \2 free"),
    )
)
_LONGEST_NUMBER = 12
# 1 000: a blank between thousands.
_THOUSANDS = re.compile(r"(?<![\d.,])([1-9]\d{0,2}) (?=000(?!\d))")
_OTHER_SIGNS = re.compile(r"[^a-z0-9.,/+\-$€£%#&()'|;:>]+")
# An extra of another kind is no part of the offer.
_OTHER_EXTRA = re.compile(
    r"[(\[]?\+ ?(?:\d[\d.,]* ?)?(?:free|gratis|bonus|gift)\b[^)\]]*"
    r"\b(?:carts?|cartridges?|vapes?|pens?|samples?|gifts?|lighters?|shipping|delivery|papers?)\b[^)\]]*[)\]]?"
)


def normalised(title: str) -> str:
    """Plain lower-case letters and digits, with the signs that carry meaning; the same thing written the same way.

    >>> normalised("½ Gram  Cocaïne – 90%")
    '1/2 gram cocaine - 90%'
    """
    text = title.lower() if title.isascii() else _plain(title)
    if "000" in text:
        text = _THOUSANDS.sub(r"\1", text)
    text = _REWRITES.rewrite(text)
    if "+" in text:
        text = _OTHER_EXTRA.sub(" ", text)
    return _OTHER_SIGNS.sub(" ", text)


def _plain(title: str) -> str:
    """Lower case without accents, with plain signs in place of typographic ones."""
    text = re.sub(r"(?<=\d)(?=[¼½¾⅛])", " ", title)
    text = unicodedata.normalize("NFKD", text.replace("×", "x").replace("✕", "x").replace("µ", "u").replace("μ", "u"))
    text = "".join(letter for letter in text if not unicodedata.combining(letter)).lower().replace("\u2044", "/")
    return re.sub(r"[\u2010-\u2015]", "-", text)


def masked(text: str) -> str:
    """The text without what holds digits but no amount, and with fractions written as decimals."""
    text = _MASKS.rewrite(text)
    if "/" not in text:
        return text

    def decimal(match: re.Match[str]) -> str:
        return f"{int(match[1] or 0) + int(match[2]) / int(match[3]):.5f}".rstrip("0")

    return _FRACTIONS.sub(decimal, text)


def number(text: str) -> float | None:
    """A number as written: comma or point as decimal mark, groups of three as thousands; None for lists like 1,2,5 and
    for what is too long to be the number of anything.

    >>> number("1,500"), number("2,5"), number("1,2,5")
    (1500.0, 2.5, None)
    """
    if len(text) > _LONGEST_NUMBER:
        return None
    if text.isdecimal():
        return float(text)
    if re.fullmatch(r"[1-9]\d{0,2}(?:[.,]\d{3})+", text):
        return float(re.sub(r"[.,]", "", text))
    if re.fullmatch(r"\d*[.,]\d+", text):
        return float(text.replace(",", "."))
    return None
