"""Beside the literature: contains figures of other markets, years and bases, and ours."""

import polars as pl

from cryptodrug_assets.publishing.exchange.codes import WORLD_AREA as WORLD
from cryptodrug_assets.publishing.pages import charts
from cryptodrug_assets.publishing.pages.finding import Finding, Question, Table
from cryptodrug_assets.publishing.pages.observed import Observed, point, with_values


def literature(at: Observed) -> Question:
    """Figures of the literature beside ours: another market, year and base, a band and not a target."""
    words = at.words
    frame = at.frame.filter(pl.col("dataset") == "literature_comparison")
    frame = frame.filter(pl.col("ref_area").is_in([at.country, WORLD])).sort("indicator", "param", "ref_area")
    table = [
        [words.indicator(row["indicator"], row["param"]), at.name(row["ref_area"]), at.cell(row),
         words.method(row["method"])]
        for row in frame.iter_rows(named=True)
    ]  # fmt: skip
    ours, theirs = at.last("literature_comparison", "CMP01_T"), at.last("literature_comparison", "LIT_SHARE")
    value, other = at.told(ours), at.told(theirs)
    sentences = []
    if value is not None and other is not None:
        sentences.append(words.say(
            "{country}: {ours} of the sales here, {theirs} in the literature.",
            country=at.name(at.country), ours=value, theirs=other,
        ))  # fmt: skip
    caveat = words.say("Other markets, years and bases: figures to set beside each other, not to reach.")
    head = [words.say("Figure"), words.say("Place"), words.say("Value"), words.say("How")]
    finding = Finding(sentences, _compared(at), Table(head, table) if table else None, caveat)
    return Question("literature", words.say("Beside the literature"), (finding,))


def _compared(at: Observed) -> tuple[str, charts.Spec] | None:
    """The country's share here and in the literature, by measure."""
    words = at.words
    ours, theirs = words.say("here"), words.say("in the literature")
    quoted = with_values(at.rows("literature_comparison", "LIT_SHARE", market=None))
    rows, order = [], []
    for measure in ("L", "V", "T", "R"):
        row = at.last("literature_comparison", f"CMP01_{measure}")
        if row is None or row["obs_value"] is None:
            continue
        label = words.indicator(f"CMP01_{measure}")
        order.append(label)
        rows.append(point(row, label=label, series=ours))
        rows += [point(other, label=label, series=theirs) for other in quoted.iter_rows(named=True)]
    if not order or quoted.is_empty():
        return None
    title = words.say("Share of {country} here and in the literature", country=at.name(at.country))
    return title, charts.dots(rows, x=words.say("share"), order=order, series=[ours, theirs])
