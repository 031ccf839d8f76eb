"""What a bulletin says beside its values: for whom it is, how to read it, what it is not, events, the reply form."""

from cryptodrug_assets.indicators.zones import OTHER_EU, REST
from cryptodrug_assets.publishing.bulletin.content import AMBER, Bulletin
from cryptodrug_assets.publishing.pages.finding import Table
from cryptodrug_assets.publishing.words import Words

_LINES_OF_FORM = 5
_BLANK = "…"


def distribution(bulletin: Bulletin, words: Words) -> str:
    """For whom it is, as the Traffic Light Protocol 2.0 says it."""
    if bulletin.edition == AMBER:
        return words.say(
            "For {organisation}: within it and to its clients, to those who need to know, and to nobody else.",
            organisation=bulletin.audience,
        )
    return words.say("May be passed on to anyone.")


def mark(bulletin: Bulletin, words: Words) -> str:
    """The mark of made-up data, or nothing."""
    if not bulletin.synthetic:
        return ""
    return words.say("SYNTHETIC: made from pages of made-up markets. No value is real.")


def groups(words: Words) -> list[str]:
    """What is known of countries that have no line of their own."""
    return [words.say(
        "Of other countries of the EU and of the rest of the world, those with a published value follow; what they come"
        " to together is not in the public tables."
    )]  # fmt: skip


def changes(words: Words) -> list[str]:
    """How changes are judged, and the marks of tables."""
    return [
        words.say(
            "A change is clear where its 95% interval leaves out zero, and within noise where it does not. Many changes"
            " are looked at: one in twenty may seem clear by chance."
        ),
        words.say(
            "Not published: too few vendors stand behind it, or it would give such a value away. Not stated: no value"
            " of the place and month is in the public tables. ° low coverage."
        ),
    ]


def zones(words: Words) -> dict[str, str]:
    """Zones of destination by their codes."""
    return {
        "domestic": words.say("the own country"),
        "eu": words.say("the rest of the EU (of 28)"),
        "europe": words.say("the rest of Europe"),
        "world": words.say("beyond Europe"),
    }


def origin(words: Words, code: str) -> str:
    """An origin, or a group of origins, in words."""
    named = {OTHER_EU: words.say("Other countries of the EU"), REST: words.say("Rest of the world")}
    return named.get(code) or words.label("ref_area", code)


def about_zones(words: Words) -> list[str]:
    """How the table of origins and zones is read."""
    return [
        words.say(
            "Share of the live offers with a stated destination that name the zone; an offer that names several counts"
            " in each. “Worldwide” counts as beyond Europe."
        ),
        words.say(
            "A line is not published with fewer than ten vendors, with fewer than three behind any combination of"
            " zones, or where it would give a suppressed value away."
        ),
    ]


def sizes(words: Words) -> list[str]:
    """That there are no offers by weight."""
    return [words.say(
        "Offers by stated weight (up to 100 g, 100 g to 2 kg, above 2 kg) are not in the public tables, so none are"
        " given here."
    )]  # fmt: skip


def events(bulletin: Bulletin, words: Words) -> list[str]:
    """Events of the month, and markets that are observed for the first or last time."""
    lines = [
        words.say(
            "{market}: {event}, {date}.",
            market=words.label("market", one.market),
            event=words.label("event", one.kind),
            date=words.date(one.date) if one.precision == "day" else words.month(f"{one.date:%Y-%m}", long=True),
        )
        for one in bulletin.happenings
    ]
    lines = lines or [words.say("No event of an observed market is known in this month.")]
    for market in bulletin.first_observed:
        lines.append(words.say("{market}: observed for the first month.", market=words.label("market", market)))
    for market in bulletin.last_observed:
        lines.append(words.say("{market}: observed for the last month.", market=words.label("market", market)))
    return lines


def what_this_is_not(words: Words) -> list[str]:
    """What must not be read into a bulletin."""
    return [
        words.say("Origins are those that vendors state. Where a parcel is posted, no figure says."),
        words.say("Figures are of offers and vendors. They are not parcels, finds or seizures."),
        words.say("A destination is offered; that anything is sent there is not known."),
        words.say("No figure is a basis for choosing a person, an address or a parcel for a check."),
        words.say("Markets that were not observed, and what a market did not show, are in no figure."),
    ]


def reply(words: Words, address: str) -> list[str]:
    """What is asked of readers."""
    return [
        words.say("Totals of finds help to judge these figures; please send them to {address}.", address=address),
        words.say("Totals only: no names, addresses, tracking numbers, texts or pictures."),
    ]


def form(words: Words) -> tuple[str, Table]:
    """The form to fill in."""
    head = [
        words.say("Month"), words.say("Region of destination"), words.say("Class"), words.say("Number of finds"),
    ]  # fmt: skip
    return words.say("Finds, as totals"), Table(head, [[_BLANK] * len(head)] * _LINES_OF_FORM)
