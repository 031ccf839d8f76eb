"""What was asked of buyers, in the language of the page: contains the words of questions, answers and themes.

They stand in the instrument and the list of codes that the project declares for a wave, in every language they were
written in. Where none is declared, or a language is lacking, the words there are stand with their language in brackets.
"""

from dataclasses import dataclass
from functools import lru_cache

from cryptodrug_assets.buyers.interviews.code_list import DeclaredCode, load_code_list
from cryptodrug_assets.buyers.survey.instrument import declared_instrument
from cryptodrug_assets.buyers.survey.model import Instrument
from cryptodrug_assets.publishing.words import Words


@dataclass(frozen=True)
class Asked:
    """The words of a wave."""

    words: Words
    instrument: Instrument | None
    codes: dict[str, DeclaredCode]

    def question(self, name: str, written: str | None = None) -> str:
        """A question by the name of its item or set; `written` is the English that a table has of it."""
        form = self.instrument
        if form is not None and name in form.set_of and form.set_of[name].label:
            return self.words.of(form.set_of[name].label)
        if form is not None and name in form.by_name:
            return self.words.of(form.by_name[name].label)
        return self.words.of({"en": written or name.replace("_", " ")})

    def answer(self, name: str, option: str, written: str | None = None) -> str:
        """An answer by its code (several joined by +), or the name of an option of a set."""
        form = self.instrument
        if not option:
            return ""
        if form is not None and name in form.set_of and option in form.set_of[name].options:
            one = form.set_of[name]
            return self.words.of(form.by_name[one.members[one.options.index(option)]].label)
        if form is not None and name in form.by_name:
            listed = {str(choice.code): choice.label for choice in form.by_name[name].values}
            if set(option.split("+")) <= listed.keys():
                return self.words.say(" or ").join(self.words.of(listed[code]) for code in option.split("+"))
        return self.words.of({"en": written or option.replace("_", " ")})

    def theme(self, code: str) -> str:
        """A theme of the interviews."""
        declared = self.codes.get(code)
        return self.words.of(declared.label if declared is not None else {"en": code.replace("_", " ")})

    def set_of(self, item: str) -> str:
        """The set that an item is an option of; else the item itself."""
        found = None if self.instrument is None else self.instrument.by_name.get(item)
        return item if found is None or found.item_set is None else found.item_set


@lru_cache(maxsize=16)
def asked(words: Words, wave: str) -> Asked:
    """The words of a wave, as far as the project declares any."""
    listed = load_code_list(wave)
    codes = {} if listed is None else {one.code: one for one in listed.codes}
    return Asked(words, declared_instrument(wave), codes)
