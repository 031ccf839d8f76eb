"""The report's page: contains its sections in order and their HTML; one file that asks for nothing.

Made to be read by everyone: headings in order, a name for every figure, its table behind it, regions that scroll by
keyboard, nothing told by colour alone; at 320 px, at 200 % and on paper.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files

import polars as pl
from jinja2 import Environment, StrictUndefined, select_autoescape

from cryptodrug_assets.errors import UserError
from cryptodrug_assets.publishing.embargo import band
from cryptodrug_assets.publishing.package.facts import Facts
from cryptodrug_assets.publishing.pages import charts
from cryptodrug_assets.publishing.pages.buyers import buyers
from cryptodrug_assets.publishing.pages.class_mix import class_mix
from cryptodrug_assets.publishing.pages.finding import Finding, Question
from cryptodrug_assets.publishing.pages.findings import seen, share, size
from cryptodrug_assets.publishing.pages.harm_reduction import harm_reduction
from cryptodrug_assets.publishing.pages.joint import joint_question
from cryptodrug_assets.publishing.pages.literature import literature
from cryptodrug_assets.publishing.pages.more_findings import classes, closures, reach, sales
from cryptodrug_assets.publishing.pages.observed import Observed
from cryptodrug_assets.publishing.pages.over_time import countries, weekly
from cryptodrug_assets.publishing.pages.recommendations import recommended
from cryptodrug_assets.publishing.pages.routes import routes
from cryptodrug_assets.publishing.pages.sizes import sizes
from cryptodrug_assets.publishing.pages.statements import statements
from cryptodrug_assets.publishing.words import LANGUAGES, PSEUDO, Words
from cryptodrug_assets.publishing.words.labels import country_codes, native_names


@dataclass(frozen=True)
class Shown:
    """A finding with its drawn figure and the numbers of figure and table."""

    finding: Finding
    drawn: str
    figure_label: str
    table_label: str

    @property
    def name(self) -> str:
        """The one sentence that names the figure; empty where there is none."""
        return self.finding.figure[0] if self.finding.figure else ""

    @property
    def is_wide(self) -> bool:
        """Whether the figure cannot be read on a small screen unless it scrolls: a drawing has its words in it."""
        return self.finding.figure is not None and isinstance(self.finding.figure[1], charts.Drawing)


@dataclass(frozen=True)
class Section:
    """A question as it is shown."""

    anchor: str
    title: str
    findings: Sequence[Shown]


def questions(at: Observed) -> list[Question]:
    """Every question of the report that has a finding, in order: supply, demand, both together."""
    made = [
        seen(at), _more(share(at), countries(at)), _more(size(at), weekly(at)), _more(classes(at), class_mix(at)),
        _more(reach(at), routes(at)), _more(sales(at), sizes(at)), closures(at), harm_reduction(at), literature(at),
    ]  # fmt: skip
    for wave in at.waves:
        made += [*buyers(at, wave), joint_question(at, wave)]
    made += [recommended(at), statements(at)]
    return [question for question in made if question.findings]


def _more(question: Question, findings: Iterable[Finding]) -> Question:
    return replace(question, findings=(*question.findings, *findings))


@dataclass(frozen=True)
class Report:
    """What a report says in a language, its figures drawn: the same for page and print."""

    at: Observed
    sections: Sequence[Section]
    synthetic: bool
    facts: Facts | None = None


def tells_of(observed: pl.DataFrame, country: str) -> bool:
    """Whether any observation, be it suppressed, is about the country."""
    return country in set(observed["ref_area"])


def build_report(
    observed: pl.DataFrame,
    others: Mapping[str, pl.DataFrame] | None = None,
    *,
    country: str,
    language: str,
    synthetic: bool,
    facts: Facts | None = None,
) -> Report:
    """The report about a country in a language, from exchange.observations; `facts` where it is of a release.

    `others` are the public tables that are no observations, by plain name: those of buyers and of the study's statements.

    `language`: one of the languages, or PSEUDO (to test that nothing is said past the words). Raises UserError for a
    country without values, an unknown code and a missing word.
    """
    if not tells_of(observed, country):
        there = ", ".join(sorted(set(observed["ref_area"]) & set(country_codes())))
        raise UserError(f"there is nothing about {country}; there are {there}")
    at = Observed(observed, country, Words(language), others or {})
    return Report(at, drawn(questions(at), at.words), synthetic, facts)


def build_page(report: Report) -> str:
    """The report as HTML: one file that asks for nothing."""
    at, words, facts = report.at, report.at.words, report.facts
    spoken = "en" if words.language == PSEUDO else words.language
    environment = Environment(autoescape=select_autoescape(default=True), undefined=StrictUndefined)
    title = words.say("{country} in the drug supply of cryptomarkets", country=at.name(at.country))
    return environment.from_string(files(__package__).joinpath("report.html.jinja").read_text("utf-8")).render(
        language=spoken,
        title=title,
        texts=_texts(words),
        others=[(code, f"report.{code}.html") for code in LANGUAGES if code != spoken],
        native=native_names(),
        synthetic=report.synthetic,
        embargo=band(facts, words),
        about=_about(at, facts),
        caveats=caveats(words),
        questions=report.sections,
        method=method(words),
        glossary=[(term, meaning) for _, term, meaning in words.glossary()],
        foot=words.say("Made at {time} (UTC) of public tables alone.", time=facts.stamp)
        if facts
        else words.say("Made of public tables alone."),
    )  # fmt: skip


def _about(at: Observed, facts: Facts | None) -> str:
    """Release, months and markets that the page is of."""
    months = at.frame["time_period"]
    first, last = (at.words.month(str(month), long=True) for month in (months.min(), months.max()))
    markets = ", ".join(at.market(name) for name in at.markets)
    if facts is None:
        return at.words.say("{first} to {last}; {markets}.", first=first, last=last, markets=markets)
    return at.words.say(
        "Release {name}; {first} to {last}; {markets}.", name=facts.name, first=first, last=last, markets=markets
    )


def drawn(found: Sequence[Question], words: Words) -> list[Section]:
    sections, figures, tables = [], 0, 0
    for question in found:
        shown = []
        for finding in question.findings:
            drawn = figure_label = table_label = ""
            if finding.figure is not None:
                figures += 1
                figure_label = words.say("Figure {number}", number=figures)
                drawn = charts.svg(finding.figure[1], words, finding.figure[0], figures)
            if finding.table is not None and finding.table.rows:
                tables += 1
                table_label = words.say("Table {number}", number=tables)
            shown.append(Shown(finding, drawn, figure_label, table_label))
        sections.append(Section(question.anchor, question.title, shown))
    return sections


def _texts(words: Words) -> dict[str, str]:
    """What stands around the findings."""
    return {
        "skip": words.say("Skip to the findings"),
        "synthetic": words.say("SYNTHETIC: made from pages of made-up markets. No value is real."),
        "explorer": words.say("Explore the indicators"),
        "before": words.say("Before you read"),
        "contents": words.say("Contents"),
        "measured": words.say("How it was measured"),
        "glossary": words.say("Glossary"),
    }


def caveats(words: Words) -> list[str]:
    return [
        words.say("Everything is counted from pages that markets showed. What a vendor states as origin is taken as stated."),
        words.say("Sales are counted by the feedback they leave: a lower bound."),
        words.say("An interval says how far the value could be off because vendors are few and differ; it does not cover what pages do not show."),
        words.say("In tables: c suppressed, since too few vendors stand behind it; – not there or not known; ° low coverage."),
        words.say("No figure is of a single vendor or buyer."),
    ]  # fmt: skip


def method(words: Words) -> list[str]:
    return [
        words.say("Pages of each market were captured month by month, read, and each offer and sale was given a class, a place and a price in euros; every value can be followed to the pages behind it."),
        words.say("Offers and sales of several origins count in part for each; vendors count wholly."),
        words.say("Intervals treat the vendor as the unit: the sales of one vendor are not independent. Markets with fewer than ten vendors have none."),
        words.say("Values of one or two vendors, values that two vendors dominate, and what would give them away through sums, windows, changes or bounds are suppressed."),
        words.say("Unknown origins and classes stay in every denominator."),
    ]  # fmt: skip
