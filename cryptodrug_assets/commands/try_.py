"""`cryptodrug try`: what the cleaning rules make of a text, and by which rule.

One JSON object per text, from the arguments or from lines of standard input. Nothing is stored.
"""

import json
import sys
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from cryptodrug_assets.observation import UserError, check_market

app = typer.Typer(
    help="What the cleaning rules make of a text: quantity, place, drug; one JSON object per line.",
    no_args_is_help=True,
)
Texts = Annotated[list[str] | None, typer.Argument(help="Texts; without any, the lines of standard input.")]


@app.command()
def quantity(texts: Texts = None) -> None:
    """Amount, unit (g, ml, unit) and strength that a title offers."""
    from cryptodrug_assets.cleaning.quantities import parse_quantity

    for text in _lines(texts):
        found = parse_quantity(text)
        _print(
            text=text,
            amount=found.amount,
            unit=found.unit,
            strength_mg=found.strength_mg,
            menu=found.menu,
            confidence=found.confidence,
            rule_id=found.rule_id,
        )


@app.command()
def place(texts: Texts = None) -> None:
    """Countries, regions and exclusions of a ships-from or ships-to text."""
    from cryptodrug_assets.cleaning.places import parse_place

    for text in _lines(texts):
        found = parse_place(text)
        _print(
            text=text,
            include=list(found.include),
            exclude=list(found.exclude),
            kind=found.kind,
            rule_id=found.rule_id,
            unmapped=list(found.unmapped),
        )


@app.command()
def drug(
    texts: Texts = None,
    market: Annotated[str | None, typer.Option(help="Use this market's category map alone.")] = None,
) -> None:
    """Drug class of a title, with its category path after a tab ("title<TAB>Drugs / Stimulants / Speed")."""
    from cryptodrug_assets.cleaning.drugs import classify

    if market is not None:
        check_market(market)
    for text in _lines(texts):
        title, _, path = text.partition("\t")
        found = classify(title, [part.strip() for part in path.split(" / ") if part.strip()], market)
        _print(
            text=text,
            drug_class=found.drug_class,
            drug_subclass=found.drug_subclass,
            review=found.review,
            rule_id=found.rule_id,
        )


def _lines(texts: list[str] | None) -> Iterator[str]:
    if texts:
        yield from texts
        return
    if sys.stdin.isatty():
        raise UserError("no text given; write it after the command or pipe lines into it")
    for line in sys.stdin:
        if line.strip():
            yield line.rstrip("\r\n")


def _print(**fields: Any) -> None:
    print(json.dumps(fields, ensure_ascii=False))
