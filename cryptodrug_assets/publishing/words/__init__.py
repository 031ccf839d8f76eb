"""The words of everything that leaves the house, in every language: labels of codes, sentences, numbers.

Contains data (labels.yaml, methods.yaml, locale/) and one object to read them by, `Words`. A code without a label and
a sentence without a translation are errors: nothing falls back to English in silence. Keep out: what a code means in
the field (indicators/metadata) and terms of the field (publishing/glossary.yaml); `Words` reads them from there.
"""

from cryptodrug_assets.languages import LANGUAGES as LANGUAGES
from cryptodrug_assets.publishing.words.speaker import PSEUDO as PSEUDO
from cryptodrug_assets.publishing.words.speaker import Words as Words
