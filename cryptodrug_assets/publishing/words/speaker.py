"""`Words`: labels, sentences, numbers and dates of one language, for whoever writes a page, a workbook or metadata."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from cryptodrug_assets.errors import UserError
from cryptodrug_assets.languages import LANGUAGES
from cryptodrug_assets.publishing.exchange.codes import TOTAL
from cryptodrug_assets.publishing.words import indicators, labels, methods, sentences

if TYPE_CHECKING:
    from cryptodrug_assets.publishing.glossary import Term

#: A language for tests: English in brackets, so that text which did not come from here shows.
PSEUDO = "x-pseudo"
_UNREADABLE = 1e12
_TEXT = str.maketrans("aeiouAEIOU", "àéîõûÀÉÎÕÛ")


@dataclass(frozen=True)
class Words:
    """Everything that is said in one language of languages.py, or in PSEUDO.

    Raises UserError for another language, an unknown code, a label or sentence that is missing.

    >>> words = Words("nl")
    >>> words.label("market", "_T"), words.indicator("SH03"), words.unit("EUR")
    ('Alle markten', 'Aandeel in de transacties', 'euro')
    >>> words.number(1234567.5, 1), words.percent(0.0123, 2), words.month("2019-03")
    ('1.234.567,5', '1,23%', 'mrt 2019')
    """

    language: str

    def __post_init__(self) -> None:
        if self.language not in (*LANGUAGES, PSEUDO):
            raise UserError(f"'{self.language}' is no language of the reports; choose {', '.join(LANGUAGES)}")

    @property
    def locale(self) -> str:
        """The locale of numbers and dates: nl_BE, fr_BE, en_GB."""
        return LANGUAGES[self._spoken].locale

    def label(self, kind: str, code: str) -> str:
        """The label of a code: of a column of exchange.observations (`ref_area`, `drug_class`, …), `dataset`, `state`,
        `event`, `verdict`. Of indicators see `indicator`, of methods `method`."""
        return self._text(labels.label(kind, code, self._spoken))

    def meaning(self, kind: str, code: str) -> str:
        """What a code means, in a sentence; of statuses."""
        return self._text(labels.label(kind, code, self._spoken, "means"))

    def indicator(self, code: str, param: str = TOTAL) -> str:
        """The label of an indicator code and parameter of exchange.observations."""
        return self._text(indicators.text(code, param, self._spoken).label)

    def any_parameter(self, code: str) -> str:
        """The label of an indicator code whatever its parameter."""
        return self._text(indicators.without_parameter(code, self._spoken))

    def definition(self, code: str, param: str = TOTAL) -> str:
        """How an indicator is defined, and what else to know, in sentences."""
        text = indicators.text(code, param, self._spoken)
        return self._text(f"{text.definition} {text.note}".strip())

    def param(self, code: str) -> str:
        """The parameter of an indicator in words."""
        return self._text(indicators.param_label(code, self._spoken))

    def unit(self, code: str) -> str:
        """The word for a unit of exchange.observations (`RATIO`, `EUR`, …)."""
        return self._text(labels.label("unit_measure", indicators.unit_of(code), self._spoken))

    def method(self, code: str) -> str:
        """How a value and its bounds were made, in a sentence."""
        return self._text(methods.sentence(code, self._spoken))

    def say(self, sentence: str, **given: object) -> str:
        """A sentence of the catalogues, with {places} filled; it stands in the source in English."""
        return self._text(sentences.translation(sentence, self._spoken).format_map(given))

    def say_n(self, singular: str, plural: str, n: int, **given: object) -> str:
        """A sentence with a number: its form by the number, which fills {n}."""
        text = sentences.translation(singular, self._spoken, n, plural)
        return self._text(text.format_map({"n": self.number(n), **given}))

    def declared(self, text: str) -> str:
        """A text that is declared in English as data, in the language; with its language in brackets where no catalogue
        has it, since a wave's own texts may be written in one language alone. `cryptodrug labels missing` lists those
        that ship."""
        if sentences.is_translated(text, self._spoken):
            return self._text(sentences.translation(text, self._spoken))
        return self._text(f"{text} (en)")

    def of(self, texts: Mapping[str, str | None]) -> str:
        """The text of the language among those given by language; else the first there is, its language in brackets.

        >>> Words("nl").of({"nl": "ja", "en": "yes"}), Words("nl").of({"en": "yes"})
        ('ja', 'yes (en)')
        """
        if said := texts.get(self._spoken):
            return self._text(said)
        code, text = next(((code, text) for code, text in texts.items() if text), ("", ""))
        return self._text(f"{text} ({code})" if code else "–")

    def number(self, value: float, digits: int = 0) -> str:
        """A number with that many digits behind the comma; one that nobody reads as digits by its power of ten."""
        from babel.numbers import format_decimal, format_scientific

        if abs(value) >= _UNREADABLE:
            return str(format_scientific(value, format="0.0E0", locale=self.locale))
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return str(format_decimal(value, format=pattern, locale=self.locale))

    def percent(self, value: float, digits: int = 1) -> str:
        """A share as a percentage."""
        from babel import Locale
        from babel.numbers import format_percent

        sign = str(Locale.parse(self.locale).percent_formats[None].pattern).removeprefix("#,##0")
        pattern = "#,##0" + ("." + "0" * digits if digits else "") + sign
        return str(format_percent(value, format=pattern, locale=self.locale))

    def month(self, period: str, *, long: bool = False) -> str:
        """A month ("2019-03"), short or in full."""
        from babel.dates import format_skeleton

        first = date.fromisoformat(f"{period}-01")
        return str(format_skeleton("yMMMM" if long else "yMMM", first, locale=self.locale))

    def date(self, day: date | datetime) -> str:
        """A day in full."""
        from babel.dates import format_date

        return str(format_date(day, format="long", locale=self.locale))

    def glossary(self) -> list[tuple["Term", str, str]]:
        """The terms of the field with their word and meaning in the language, in the order of the glossary."""
        from cryptodrug_assets.publishing.glossary import glossary

        return [
            (term, self._text(term.words[self._spoken]), self._text(term.meanings[self._spoken])) for term in glossary()
        ]

    @property
    def _spoken(self) -> str:
        return "en" if self.language == PSEUDO else self.language

    def _text(self, text: str) -> str:
        return f"⟦{text.translate(_TEXT)}⟧" if self.language == PSEUDO else text
