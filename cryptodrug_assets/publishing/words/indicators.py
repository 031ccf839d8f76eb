"""Labels of indicators, of their parameters and units, by the codes of exchange.observations."""

import re
from dataclasses import replace

from cryptodrug_assets.errors import UserError
from cryptodrug_assets.indicators.catalogue import Text, text_of, word, words
from cryptodrug_assets.publishing.exchange import codes
from cryptodrug_assets.publishing.words import labels

_PLAIN = re.compile(r"\d+(\.\d+)?|\d{4}-W\d\d")
_ANY = "…"


def text(code: str, param: str, language: str) -> Text:
    """What an indicator means, its parameter in words; UserError for a code that no published family states.

    >>> text("GR01", "LV03", "fr").label
    'Tendance de « Transactions »'
    >>> text("RT03_WIN", "NL", "nl").label
    'Verkopers die Nederland uitsluiten, over de periode'
    """
    family, stated = codes.stated(code, param)
    spoken = None if param == codes.TOTAL else param_label(param, language)
    of_code = family.code(stated)
    if spoken is not None and of_code is not None and of_code.parameter == "code":
        spoken = labels.label("phrase", "quoted", language).format(label=spoken)
    meant = text_of(family.table, stated, language, parameter=spoken)
    if code.endswith(codes.OVER_WINDOW):
        return replace(meant, label=_over_window(meant.label, language))
    return meant


def without_parameter(code: str, language: str) -> str:
    """The label of an indicator code whatever its parameter, which shows as an ellipsis.

    >>> without_parameter("RT03", "en"), without_parameter("SH03", "en")
    ('Vendors that exclude …', 'Share of transactions')
    """
    try:
        family, stated = codes.stated(code)
    except UserError:
        family, stated = codes.stated(code, _ANY)
    label = text_of(family.table, stated, language, parameter=_ANY).label
    return _over_window(label, language) if code.endswith(codes.OVER_WINDOW) else label


def _over_window(label: str, language: str) -> str:
    return labels.label("phrase", "over_window", language).format(label=label)


def param_label(param: str, language: str) -> str:
    """A parameter in words: a place, a market, a reach, an event, another indicator; a number or week as it is.

    >>> param_label("dream_closure_notice", "nl"), param_label("10", "nl"), param_label("RT04-eu", "en")
    ('sluiting aangekondigd (Dream Market)', '10', 'Offers that reach the EU (of 28) at most')
    """
    if param == codes.TOTAL:
        return labels.label("param", param, language)
    if param in words()["parameters"]:
        return word("parameters", param, language)
    if _PLAIN.fullmatch(param):
        return param
    if param in labels.country_codes():
        return labels.label("ref_area", param, language)
    if param in labels.markets():
        return labels.label("market", param, language)
    for market, name in labels.markets().items():
        if param.startswith(f"{market}_"):
            return f"{labels.label('event', param.removeprefix(f'{market}_'), language)} ({name})"
    # An event of a market that the study knows and this installation does not observe: its code stands for its name.
    for event in sorted(labels.document()["event"], key=len, reverse=True):
        if (market := param.removesuffix(f"_{event}")) not in ("", param):
            return f"{labels.label('event', event, language)} ({market})"
    base, _, inner = param.partition("-")
    try:
        return text(base, inner or codes.TOTAL, language).label
    except UserError as err:
        raise UserError(f"parameter {param} has no words; add it to indicators/metadata/_words.yaml") from err


def unit_of(code: str) -> str:
    """The unit as the tables here write it, of UNIT_MEASURE; UserError for another."""
    by_code = {codes.unit_measure(unit): unit for unit in words()["units"]}
    if code not in by_code:
        raise UserError(f"'{code}' is no unit of a value; there are {', '.join(by_code)}")
    return by_code[code]
