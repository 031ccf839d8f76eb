"""The band that pages and prints of a draft carry, and published ones do not."""

from cryptodrug_assets.publishing.package.facts import Facts
from cryptodrug_assets.publishing.words import Words


def band(facts: Facts | None, words: Words) -> str:
    """What the band says; empty where there is none."""
    if facts is None or not facts.embargo:
        return ""
    return words.say("EMBARGO: draft of release {name}, not for publication or quotation.", name=facts.name)
