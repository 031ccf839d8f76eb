"""The explorer's page in a language: one file that asks for nothing and runs nothing but its own script.

Its policy names script and style by their digests and forbids everything else.
"""

import unicodedata
from collections.abc import Iterable
from importlib.resources import files
from typing import Any

import polars as pl
from jinja2 import Environment, StrictUndefined, select_autoescape

from cryptodrug_assets import contracts
from cryptodrug_assets.indicators.rows import UNKNOWN
from cryptodrug_assets.languages import SOURCE
from cryptodrug_assets.publishing.embargo import band
from cryptodrug_assets.publishing.exchange.codes import TOTAL, WORLD_AREA
from cryptodrug_assets.publishing.exchange.observations import LAYER, TABLE, datasets
from cryptodrug_assets.publishing.explorer.data import PLACES, block, data_of
from cryptodrug_assets.publishing.package.facts import MARK, Facts
from cryptodrug_assets.publishing.policy import policy
from cryptodrug_assets.publishing.words import LANGUAGES, PSEUDO, Words
from cryptodrug_assets.publishing.words.labels import native_names

#: What readers are shown first, where it is there: the share in sales.
FIRST = "SH03"
_ALONE = ("indicator", "param")
_COLUMNS = (
    "time_period", "obs_value", "lower_bound", "upper_bound", "obs_status", "coverage", "obs_count", "vendor_count",
    "ref_period", "method",
)  # fmt: skip


def explorer_files(
    observed: pl.DataFrame, *, country: str, synthetic: bool, facts: Facts | None = None, report: bool = True
) -> dict[str, bytes]:
    """explorer.<language>.html by file name; for the arguments see `build_explorer`."""
    made = {}
    for language in LANGUAGES:
        page = build_explorer(
            observed, country=country, language=language, synthetic=synthetic, facts=facts, report=report
        )
        made[f"explorer.{language}.html"] = page.encode()
    return made


def build_explorer(
    observed: pl.DataFrame, *, country: str, language: str, synthetic: bool, facts: Facts | None = None,
    report: bool = True,
) -> str:  # fmt: skip
    """The page with every observation; it begins with the country, where anything is told of it.

    `facts` where it is of a release; `report`: whether a report lies beside it. Raises UserError for a code or a
    sentence without words.
    """
    words = Words(language)
    spoken = SOURCE if language == PSEUDO else language
    script, style = (files(__package__).joinpath(f"explorer.{kind}").read_text("utf-8") for kind in ("js", "css"))
    environment = Environment(autoescape=select_autoescape(default=True), undefined=StrictUndefined)
    links = [(f"report.{spoken}.html", words.say("Report"))] if report else []
    if facts is not None:
        links.append(("../index.html", words.say("All files of the release")))
    return environment.from_string(files(__package__).joinpath("explorer.html.jinja").read_text("utf-8")).render(
        language=spoken,
        policy=policy(style=style, script=script),
        title=words.say("Explore the indicators of cryptomarkets"),
        others=[(code, f"explorer.{code}.html") for code in LANGUAGES if code != spoken],
        native=native_names(),
        links=links,
        style=style,
        script=script,
        synthetic=synthetic,
        embargo=band(facts, words),
        about=_about(observed, words, facts),
        texts=_texts(words),
        fields=[(field, words.label("column", field)) for field in (*_ALONE, *PLACES)],
        foot=words.say("Made at {time} (UTC) of public tables alone.", time=facts.stamp)
        if facts
        else words.say("Made of public tables alone."),
        data=block(_content(observed, words, country, synthetic=synthetic)),
    )  # fmt: skip


def _about(observed: pl.DataFrame, words: Words, facts: Facts | None) -> str:
    months = observed["time_period"]
    given = {
        "first": words.month(str(months.min()), long=True),
        "last": words.month(str(months.max()), long=True),
        "markets": ", ".join(words.label("market", code) for code in _markets(observed, words) if code != TOTAL),
    }
    if facts is None:
        return words.say("{first} to {last}; {markets}.", **given)
    return words.say("Release {name}; {first} to {last}; {markets}.", name=facts.name, **given)


def _texts(words: Words) -> dict[str, str]:
    return {
        "skip": words.say("Skip to the choices"),
        "synthetic": words.say("SYNTHETIC: made from pages of made-up markets. No value is real."),
        "noscript": words.say(
            "This page needs JavaScript. The same values are in the tables of the release, in the folder data."
        ),
        "choose": words.say("What is shown"),
        "unit": words.label("column", "unit_measure"),
        "legend": words.say(
            "The band and the upright lines are intervals or bounds; the method says which. A gap is a month without a"
            " value: – missing, c suppressed, nothing: not observed. A hollow point has low reliability."
        ),
        "confidential": words.meaning("conf_status", "C"),
        "download": words.say("Download this table (CSV)"),
        "table": words.say("The values shown"),
        "defined": words.say("What it means"),
    }  # fmt: skip


def _content(observed: pl.DataFrame, words: Words, country: str, *, synthetic: bool) -> dict[str, Any]:
    """The data with the words for every code in them."""
    places = {
        "market": _markets(observed, words),
        "drug_class": _sorted(observed["drug_class"], words, "drug_class"),
        "ref_area": _sorted(observed["ref_area"], words, "ref_area"),
    }
    data = data_of(observed, places)
    spoken = {column: [[code, words.label(column, code)] for code in listed] for column, listed in places.items()}
    measures = [(indicator, param) for _, _, indicator, param, _ in data["measures"]]
    forms = _forms(observed)
    shares = words.percent(0.0, 0)
    return data | {
        "start": {"indicator": FIRST, "param": TOTAL, "market": TOTAL, "drug_class": TOTAL, "ref_area": country},
        "say": {
            "numbers": _signs(words) | {"percent": shares.removeprefix("0")},
            "choices": {"indicator": _indicators(observed, words), "param": _params(observed, words), **spoken},
            "months": {month: words.month(month) for month in data["codes"]["time_period"]},
            "obs_status": {code: words.label("obs_status", code) for code in data["codes"]["obs_status"]},
            "method": {code: words.method(code) for code in data["codes"]["method"]},
            "measures": [words.indicator(*pair) for pair in measures],
            "definitions": [words.definition(*pair) for pair in measures],
            "units": [words.unit(unit) for *_, unit in data["measures"]],
            "forms": [forms[indicator] for indicator, _ in measures],
            "columns": [[name, words.label("column", name)] for name in _COLUMNS],
            "summary": words.say(
                "Months with a value: {shown}. Missing: {missing}. Suppressed: {hidden}.",
                shown="{shown}", missing="{missing}", hidden="{hidden}",
            ),
            "file": {
                "name": f"{MARK}_cryptodrug" if synthetic else "cryptodrug",
                "columns": [column.name for column in contracts.load(LAYER, TABLE).columns],
            },
        },
    }  # fmt: skip


def _signs(words: Words) -> dict[str, str]:
    from babel.numbers import get_decimal_symbol, get_group_symbol

    return {"decimal": get_decimal_symbol(words.locale), "group": get_group_symbol(words.locale)}


def _forms(observed: pl.DataFrame) -> dict[str, str]:
    """How numbers of an indicator are written: what never leaves 0 to 1 as a percentage."""
    numbers = ("obs_value", "lower_bound", "upper_bound")
    least, most = pl.min_horizontal(numbers).min(), pl.max_horizontal(numbers).max()
    known = observed.group_by("indicator").agg(pl.col("unit_measure").first(), least=least, most=most)
    return {row["indicator"]: _form(row["unit_measure"], row["least"], row["most"]) for row in known.to_dicts()}


def _form(unit: str, least: float | None, most: float | None) -> str:
    if unit == "RATIO":
        return "percent" if least is None or most is None or (least >= 0 and most <= 1) else "number"
    return {"EUR": "euro", "DIFFERENCE": "number"}.get(unit, "count")


def _indicators(observed: pl.DataFrame, words: Words) -> list[list[str]]:
    """[code, label, table it is of] in the order of the tables."""
    pairs = observed.select("dataset", "indicator").unique().rows()
    order = {name: place for place, name in enumerate(datasets())}
    return [
        [code, words.any_parameter(code), words.label("dataset", dataset)]
        for dataset, code in sorted(pairs, key=lambda pair: (order[pair[0]], pair[1]))
    ]


def _params(observed: pl.DataFrame, words: Words) -> list[list[str]]:
    listed = [(code, words.param(code)) for code in observed["param"].unique()]
    return [[code, label] for code, label in sorted(listed, key=_parameter)]


def _parameter(listed: tuple[str, str]) -> tuple[int, float, str]:
    """None first, then numbers by their size, then words."""
    code, label = listed
    number = code.replace(".", "", 1).isdigit()
    return (0 if code == TOTAL else 1 if number else 2, float(code) if number else 0.0, _plain(label))


def _markets(observed: pl.DataFrame, words: Words) -> list[str]:
    return _sorted(observed["market"], words, "market")


def _sorted(codes: Iterable[str], words: Words, column: str) -> list[str]:
    """Codes by their labels: totals first, what is unknown last."""
    ends = {TOTAL: 0, WORLD_AREA: 0, UNKNOWN: 2}
    return sorted(set(codes), key=lambda code: (ends.get(code, 1), _plain(words.label(column, code))))


def _plain(label: str) -> str:
    return unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().casefold()
