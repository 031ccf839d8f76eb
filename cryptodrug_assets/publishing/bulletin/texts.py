"""The bulletin in words: contains its parts in order, in one language, as sentences and tables, for every format.

What is suppressed, missing or not stated is said so, in words.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from cryptodrug_assets.months import month_before
from cryptodrug_assets.publishing.bulletin import notes
from cryptodrug_assets.publishing.bulletin.content import AMBER, REACH, Bulletin, Line, Section, Value
from cryptodrug_assets.publishing.exchange.codes import TOTAL
from cryptodrug_assets.publishing.package.facts import Publisher
from cryptodrug_assets.publishing.pages.finding import Table
from cryptodrug_assets.publishing.pages.observed import Observed
from cryptodrug_assets.publishing.words import Words

_SUPPRESSED, _LOW = "Q", "U"
_Named = Callable[[Line], list[str]]


@dataclass(frozen=True)
class Part:
    """A part of a bulletin: sentences, tables with their names, and what to know when reading them."""

    title: str
    sentences: Sequence[str]
    tables: Sequence[tuple[str, Table]] = ()
    reading: Sequence[str] = ()
    as_list: bool = False


@dataclass(frozen=True)
class Text:
    """A bulletin in a language: title, facts by name, parts."""

    words: Words
    title: str
    mark: str
    facts: Sequence[tuple[str, str]]
    parts: Sequence[Part]


def bulletin_text(bulletin: Bulletin, language: str, publisher: Publisher) -> Text:
    """The bulletin in a language; UserError for a code without a label and a sentence without a translation."""
    words = Words(language)
    say = _Said(bulletin, Observed(pl.DataFrame(), bulletin.country, words))
    month = words.month(bulletin.month, long=True)
    parts = [
        Part(words.say("In brief"), summary(bulletin, words)),
        say.abroad(),
        say.reach(),
        *([say.exclusions(), say.zones()] if bulletin.edition == AMBER else []),
        say.classes(),
        Part(words.say("Events and markets"), notes.events(bulletin, words), as_list=True),
        Part(words.say("What this is not"), notes.what_this_is_not(words), as_list=True),
        Part(words.say("Reply form"), notes.reply(words, publisher.contact.email), [notes.form(words)]),
    ]
    facts = [
        (words.say("Month"), month),
        (words.say("Issued on"), words.date(bulletin.issued)),
        # The label of FIRST's standard, which is never translated.
        (words.say("Marking"), bulletin.edition),
        (words.say("Distribution"), notes.distribution(bulletin, words)),
        (words.say("Contact"), f"{publisher.contact.name}, {publisher.contact.email}"),
        (words.say("State of the data"), say.coverage()),
    ]
    title = words.say("Shipping bulletin no. {number}: {month}", number=words.number(bulletin.number), month=month)
    return Text(words, title, notes.mark(bulletin, words), facts, parts)


def summary(bulletin: Bulletin, words: Words) -> list[str]:
    """Three sentences on the country of the bulletin: who ships abroad, what goes beyond Europe, what changed."""
    say = _Said(bulletin, Observed(pl.DataFrame(), bulletin.country, words))
    country = words.label("ref_area", bulletin.country)
    own = {"origin": bulletin.country}
    compared = [*bulletin.of("abroad"), *bulletin.of("reach")]
    moved = [line.moved for line in compared if line.now.value is not None]
    return [
        words.say("{country}, vendors that offer to ship abroad: {values}.",
                  country=country, values=say.by_market(bulletin.of("abroad", **own))),
        words.say("{country}, offers that go beyond Europe: {values}.",
                  country=country, values=say.by_market(bulletin.of("reach", param="world", **own))),
        words.say("Of {n} published figures of all origins, {clear} changed clearly since {month}, {noise} within"
                  " noise; of {unknown} it cannot be told.",
                  n=words.number(len(moved)), month=words.month(month_before(bulletin.month), long=True),
                  **{name: words.number(moved.count(name)) for name in ("clear", "noise", "unknown")}),
    ]  # fmt: skip


@dataclass(frozen=True)
class _Said:
    """The values of a bulletin in words."""

    bulletin: Bulletin
    at: Observed

    @property
    def words(self) -> Words:
        return self.at.words

    def value(self, value: Value) -> str:
        """A share with its interval, or in words why there is none."""
        if value.value is None:
            return self.why_not(value)
        mark = "\u00a0°" if value.status == _LOW else ""
        shown, within = self.at.amount(value.value, "RATIO"), self.at.interval(_row(value))
        return f"{shown}{f' ({within})' if within else ''}{mark}"

    def why_not(self, value: Value) -> str:
        """Why there is no value: suppressed, not stated at all, or not known."""
        if value.status == _SUPPRESSED:
            return self.words.say("not published")
        return self.words.say("not stated") if value.status is None else self.words.say("not known")

    def points(self, value: Value) -> str:
        """A change in percentage points, with its interval."""
        if value.value is None:
            return self.why_not(value)
        shown = self._signed(value.value)
        if value.lower is None or value.upper is None:
            return shown
        return f"{shown} ({self._signed(value.lower)} – {self._signed(value.upper)})"

    def _signed(self, share: float) -> str:
        """Points with their sign; what rounds to zero has none."""
        points = round(share * 100, 1)
        text = self.words.number(abs(points), 1)
        return f"−{text}" if points < 0 else f"+{text}" if points > 0 else text

    def moved(self, line: Line) -> str:
        """What the interval of the change says."""
        words = self.words
        told = {"clear": words.say("clear"), "noise": words.say("within noise"), "unknown": words.say("cannot be told")}
        return told[line.moved]

    def by_market(self, lines: Sequence[Line]) -> str:
        """Values of several markets in a sentence."""
        return "; ".join(f"{self.at.market(line.market)} {self.value(line.now)}" for line in lines)

    def coverage(self) -> str:
        """What was captured of each market, and that values may change."""
        words = self.words
        return words.say("Pages captured of those enumerated: {values}. Later bulletins may revise values.",
                         values=self.by_market(self.bulletin.of("coverage")))  # fmt: skip

    def abroad(self) -> Part:
        words = self.words
        head = [words.say("Stated origin"), words.say("Ship abroad"), *self._compared()]
        title = words.say("Who offers to ship abroad")
        tables = list(self._tables("abroad", head, lambda line: [self.at.name(line.origin)]))
        sentence = words.say(
            "Share of the vendors of an origin, as they state it, with an offer to another country; with 95% intervals."
        )
        return Part(title, [sentence], tables, [*notes.groups(words), *notes.changes(words)])

    def reach(self) -> Part:
        words = self.words
        head = [words.say("Stated origin"), words.say("At most to"), words.say("Share of offers"), *self._compared()]

        def named(line: Line) -> list[str]:
            return [
                self.at.name(line.origin),
                words.param(line.param) if line.param != TOTAL else words.say("every reach"),
            ]

        tables = list(self._tables("reach", head, named))
        sentence = words.say("Share of the live offers of an origin that reach so far at most; the four sum to one.")
        return Part(words.say("How far offers reach"), [sentence], tables)

    def _compared(self) -> list[str]:
        words = self.words
        return [words.month(month_before(self.bulletin.month)), words.say("Change (percentage points)"),
                words.say("Judged")]  # fmt: skip

    def _tables(self, section: Section, head: Sequence[str], named: _Named) -> Iterator[tuple[str, Table]]:
        """A table by market; an origin of which nothing is told has one line."""
        for market in self.bulletin.markets:
            rows = []
            for line in _folded(self.bulletin.of(section, market=market)):
                told = [self.value(line.now), self.value(line.before), self.points(line.change), self.moved(line)]
                rows.append([*named(line), *told])
            if rows:
                yield self.at.market(market), Table(head, rows)

    def exclusions(self) -> Part:
        words = self.words
        others = words.say("Others with a value")
        head = [words.say("Stated origin"), words.param("NL"), words.param("ANGLO"), others]
        tables = []
        for market in self.bulletin.markets:
            lines = self.bulletin.of("exclusions", market=market)
            rows = []
            for origin in dict.fromkeys(line.origin for line in lines):
                own = {line.param: line.now for line in lines if line.origin == origin}
                more = "; ".join(
                    f"{words.param(param)} {self.value(value)}"
                    for param, value in own.items()
                    if param not in ("NL", "ANGLO") and value.value is not None
                )
                cells = [self.value(own.get(param, Value())) for param in ("NL", "ANGLO")]
                rows.append([self.at.name(origin), *cells, more or words.say("none")])
            if rows:
                tables.append((self.at.market(market), Table(head, rows)))
        sentence = words.say("Share of the vendors of an origin that exclude a country, with 95% intervals.")
        return Part(words.say("Which countries vendors exclude"), [sentence], tables)

    def zones(self) -> Part:
        words = self.words
        names = notes.zones(words)
        head = [words.say("Stated origin"), *names.values()]
        tables = []
        for market in self.bulletin.markets:
            lines = self.bulletin.of("zones", market=market)
            own = {(line.origin, line.param): self.value(line.now) for line in lines}
            origins = dict.fromkeys(line.origin for line in lines)
            rows = [[notes.origin(words, name), *(own[name, zone] for zone in REACH)] for name in origins]
            if rows:
                tables.append((self.at.market(market), Table(head, rows)))
        return Part(words.say("From where to which zone"), notes.about_zones(words), tables)

    def classes(self) -> Part:
        words, country = self.words, self.at.name(self.bulletin.country)
        lines = self.bulletin.of("classes")
        title = words.say("Offers of {country} by class and size", country=country)
        if not any(line.now.value is not None for line in lines):
            # Of several reasons the one that keeps something back is told.
            kept = next((line.now for line in lines if line.now.status == _SUPPRESSED), Value(status="O"))
            sentence = words.say("The offers of {country} by class: {why}.", country=country, why=self.why_not(kept))
            return Part(title, [sentence, *notes.sizes(words)])
        period = words.month(lines[0].period, long=True)
        sentence = words.say(
            "Share of each class in the offers of all markets, over the window to {month}.", month=period
        )
        rows = [[words.label("drug_class", line.drug_class), self.value(line.now)] for line in lines]
        table = Table([words.say("Class"), words.say("Share of offers")], rows)
        return Part(title, [sentence, *notes.sizes(words)], [(title, table)])


def _row(value: Value) -> dict[str, object]:
    """The value as Observed reads it."""
    return {"lower_bound": value.lower, "upper_bound": value.upper, "unit_measure": "RATIO"}


def _folded(lines: Sequence[Line]) -> Iterator[Line]:
    """The lines, those of an origin of which nothing is told as one, where they are alike."""
    for origin in dict.fromkeys(line.origin for line in lines):
        own = [line for line in lines if line.origin == origin]
        values = {value for line in own for value in (line.now, line.before, line.change)}
        nothing = all(value.value is None for value in values)
        if nothing and len({(line.now, line.before, line.change) for line in own}) == 1 and len(own) > 1:
            first = own[0]
            yield Line(
                first.section, first.market, origin, first.indicator, TOTAL, TOTAL, first.period, first.now,
                first.before, first.change,
            )  # fmt: skip
        else:
            yield from own
