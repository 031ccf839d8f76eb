"""`cryptodrug try`: what the cleaning rules make of a text, and by which rule.

One JSON object per text, from the arguments or from lines of standard input. Nothing is stored.
"""

import re
import sys
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from cryptodrug_assets.inert import json_text
from cryptodrug_assets.observation import UserError, check_market

app = typer.Typer(
    help="What the cleaning rules make of a text: quantity, place, drug; one JSON object per line.",
    no_args_is_help=True,
)
_LONGEST = 10_000
# A title may begin with a minus sign.
_ANY_TEXT = {"ignore_unknown_options": True}
Texts = Annotated[list[str] | None, typer.Argument(help="Texts; without any, the lines of standard input.")]


@app.command(context_settings=_ANY_TEXT)
def quantity(texts: Texts = None) -> None:
    """Amount, unit (g, ml, unit) and strength that a title offers."""
    from cryptodrug_assets.cleaning.titles.explanations import why_quantity
    from cryptodrug_assets.cleaning.titles.quantities import parse_quantity

    for text in _lines(texts):
        reading = parse_quantity(text)
        _print(
            text=text,
            amount=reading.amount,
            unit=reading.unit,
            strength_mg=reading.strength_mg,
            menu=reading.menu,
            confidence=reading.confidence,
            rule_id=reading.rule_id,
            why=why_quantity(text, reading),
        )


@app.command(context_settings=_ANY_TEXT)
def place(texts: Texts = None) -> None:
    """Countries, regions and exclusions of a ships-from or ships-to text."""
    from cryptodrug_assets.cleaning.places.statements import parse_place
    from cryptodrug_assets.cleaning.titles.explanations import why_place

    for text in _lines(texts):
        reading = parse_place(text)
        _print(
            text=text,
            include=list(reading.include),
            exclude=list(reading.exclude),
            kind=reading.kind,
            rule_id=reading.rule_id,
            unmapped=list(reading.unmapped),
            why=why_place(reading),
        )


@app.command(context_settings=_ANY_TEXT)
def drug(
    texts: Texts = None,
    market: Annotated[str | None, typer.Option(help="Use this market's category map alone.")] = None,
) -> None:
    """Drug class of a title, with its category path after a tab ("title<TAB>Drugs / Stimulants / Speed")."""
    from cryptodrug_assets.cleaning.titles.drugs import classify
    from cryptodrug_assets.cleaning.titles.explanations import why_drug

    if market is not None:
        check_market(market)
    for text in _lines(texts):
        title, _, path = text.partition("\t")
        parts = [part.strip() for part in path.split(" / ") if part.strip()]
        reading = classify(title, parts, market)
        _print(
            text=text,
            drug_class=reading.drug_class,
            drug_subclass=reading.drug_subclass,
            review=reading.review,
            rule_id=reading.rule_id,
            why=why_drug(title, parts, market, reading),
        )


def _lines(texts: list[str] | None) -> Iterator[str]:
    """The texts, or the lines of standard input: one object for each, the empty ones included."""
    if texts:
        for text in texts:
            if re.fullmatch(r"--[a-z][a-z-]*(=.*)?", text):
                raise UserError(f"there is no option {text}")
            if len(text) > _LONGEST:
                raise UserError(_too_long(f"a text of {len(text):,} characters"))
        yield from texts
        return
    if sys.stdin.isatty():
        raise UserError("no text given; write it after the command or pipe lines into it")
    number = 0
    # A line is never read beyond what could be one.
    for number, line in enumerate(iter(lambda: sys.stdin.buffer.readline(4 * _LONGEST + 2), b""), start=1):
        if len(line) > 4 * _LONGEST:
            raise UserError(_too_long(f"line {number} of the standard input"))
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            raise UserError(f"line {number} of the standard input is not UTF-8") from None
        if len(text) > _LONGEST:
            raise UserError(_too_long(f"line {number} of the standard input"))
        yield text.rstrip("\r\n")
    if not number:
        raise UserError("no text given; the standard input is empty")


def _too_long(what: str) -> str:
    return f"{what} is longer than any title or place; the most is {_LONGEST:,} characters"


def _print(**fields: Any) -> None:
    print(json_text(fields))
