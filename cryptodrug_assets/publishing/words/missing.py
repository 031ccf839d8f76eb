"""What has no words yet: every code that may be published, and every sentence, in each of the languages."""

from collections.abc import Callable, Iterator

from cryptodrug_assets.errors import UserError
from cryptodrug_assets.indicators.catalogue import problems
from cryptodrug_assets.indicators.code import LINK_CLASSES, Code
from cryptodrug_assets.indicators.registry import families
from cryptodrug_assets.installation import PACKAGE
from cryptodrug_assets.languages import LANGUAGES, TRANSLATED
from cryptodrug_assets.observation import market_configs
from cryptodrug_assets.publishing.exchange import codes
from cryptodrug_assets.publishing.words import labels, methods, sentences
from cryptodrug_assets.publishing.words.declared import declared_texts
from cryptodrug_assets.publishing.words.speaker import Words
from cryptodrug_assets.reference.tables import drug_taxonomy
from cryptodrug_assets.study import recommendations

_STATUSES = ("obs_status", "conf_status")
# One parameter of each kind stands for all of them; that each has words is found out when it is published.
_EXAMPLES = {
    "percent": "10", "rating": "positive", "currency": "EUR", "week": "2019-W05", "country": "NL", "reach": "eu",
    "code": "LV03", "months": "1", "euros": "200",
}  # fmt: skip


def missing() -> list[str]:
    """What lacks words, a line each: kind, code and language, and what to do; empty when nothing does."""
    found = dict.fromkeys([*_labels(), *problems(), *recommendations.problems(), *_indicators(), *_sentences()])
    return sorted(found)


def _labels() -> Iterator[str]:
    kinds = {kind: labels.codes(kind) for kind in labels.document()}
    kinds["dataset"] = tuple(dict.fromkeys([*labels.codes("dataset"), *_datasets()]))
    kinds["drug_class"] = tuple(dict.fromkeys([*labels.codes("drug_class"), *_drug_classes()]))
    events = [event.type for config in market_configs().values() for event in config.events]
    kinds["event"] = tuple(dict.fromkeys([*labels.codes("event"), *events]))
    for language in LANGUAGES:
        words = Words(language)
        for kind, listed in kinds.items():
            for code in listed:
                yield from _lacks(words.label, kind, code)
                if kind in _STATUSES:
                    yield from _lacks(words.meaning, kind, code)
        for code in methods.methods():
            yield from _lacks(words.method, code)


def _datasets() -> list[str]:
    from cryptodrug_assets import contracts

    public = [item.table for item in contracts.all_contracts() if item.table.endswith("_public")]
    return [name.removesuffix("_public") for name in public]


def _drug_classes() -> list[str]:
    return drug_taxonomy()["drug_class"].unique().sort().to_list()


def _indicators() -> Iterator[str]:
    """Labels and definitions of every code that is published, its parameters in words."""
    texts = [
        (family.table, text)
        for family in families().values()
        if family.publish is not None
        for code in family.codes
        if not code.internal
        for text in _texts(code)
    ]
    for language in LANGUAGES:
        words = Words(language)
        for table, text in texts:
            yield from _lacks(words.indicator, *codes.indicator(table, text))
            yield from _lacks(words.definition, *codes.indicator(table, text))


def _texts(code: Code) -> Iterator[str]:
    """Texts that a code is written as: of each measure and class of link, with a parameter of its kind."""
    first = next(iter(market_configs()))
    events = [f"{name}_{event.type}" for name, config in market_configs().items() for event in config.events]
    given = {"market": first, "event": events[0] if events else f"{first}_exit_scam"} | _EXAMPLES
    parameter = f":{given[code.parameter]}" if code.parameter else ""
    bases = [f"{code.id}_{measure}" for measure in code.measures] or [code.id]
    of_links = code.parameter == "market" and not code.id.endswith("_sum_p")
    for base in bases:
        for link in (f"_{name}" for name in LINK_CLASSES) if of_links else ("",):
            yield base + link + parameter


def _sentences() -> Iterator[str]:
    spoken = [(text, f"publishing/{place}") for text, place in sentences.spoken(PACKAGE / "publishing")]
    spoken += declared_texts()
    for language in TRANSLATED:
        try:
            catalogue = sentences.catalogue(language)
        except UserError as err:
            yield str(err)
            continue
        for sentence, place in spoken:
            message = catalogue.get(sentence)
            texts = message.string if message is not None and not message.fuzzy else ""
            if not all(texts if isinstance(texts, list | tuple) else [texts]):
                where = f"publishing/words/locale/{language}"
                yield f"{place}: no {language} of “{sentence[:60]}”; add it to {where}"


def _lacks(said: Callable[..., str], *of: str) -> Iterator[str]:
    try:
        said(*of)
    except UserError as err:
        yield str(err)
