"""Estimates of a wave: n of N first, then a value, an interval by the rule of its kind, and bounds for what is missing.

No weights and no imputation: an opt-in sample of volunteers describes these respondents. Valid answers alone are the
base; a routed item's base are those who were shown it. p is given for paired comparisons alone.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.buyers.survey.bounds import share_bounds
from cryptodrug_assets.buyers.survey.intervals import REPLICATES, goodman, mean_interval, median_interval, proportion
from cryptodrug_assets.buyers.survey.model import Instrument, Item
from cryptodrug_assets.buyers.survey.paired import paired_difference
from cryptodrug_assets.buyers.survey.ranks import borda
from cryptodrug_assets.buyers.survey.statements import Codes, Statements
from cryptodrug_assets.buyers.survey.tabulation import Answered, Tabulation, tabulate

SENTENCE = "Describes the respondents of an opt-in sample; intervals say nothing about who took part."
_TWO = 2
Row = dict[str, Any]


def survey_estimates(
    answers: pl.DataFrame,
    instrument: Instrument,
    statements: Statements,
    *,
    replicates: int = REPLICATES,
    seed: int = 7,
) -> pl.DataFrame:
    """indicators.survey_estimates from clean.answers of one wave."""
    table = tabulate(answers, instrument)
    rows: list[Row] = []
    for item in instrument.items:
        if item.item_set is None and item.kind != "text":
            rows += _plain(item, table.items[item.name], table.n, replicates, seed)
    for one in instrument.sets:
        rows += _ranking(one.name, table, replicates, seed) if one.kind == "rank" else _multi(one.name, table)
    rows += _declared(table, statements)
    contract = contracts.load("indicators", "survey_estimates")
    blank = dict.fromkeys(contract.polars_schema)
    frame = pl.DataFrame([{**blank, **row, "wave": instrument.wave} for row in rows], schema=contract.polars_schema)
    return contracts.conform(frame, contract)


def share_row(item: str, option: str, k: int, answered: Answered, n: int, *, statistic: str = "share") -> Row:
    """A share with its counts, its interval alone, and its bounds."""
    base = answered.n_valid
    interval = proportion(k, base)
    bounds = share_bounds(k, base, answered.n_base)
    return {
        "item": item, "option": option, "statistic": statistic, "k": k, "n_valid": base, "n_shown": answered.n_shown,
        "n_all": n, "value": k / base if base else None,
        "lower": interval[0] if interval else None, "upper": interval[1] if interval else None,
        "bound_low": bounds[0] if bounds else None, "bound_high": bounds[1] if bounds else None,
        "method": interval[2] if interval else "no valid answer",
    }  # fmt: skip


def _plain(item: Item, answered: Answered, n: int, replicates: int, seed: int) -> Iterator[Row]:
    """An item that stands alone: shares of its codes, its mode; mean and median of numbers and ordered codes."""
    facts = {"item": item.name, "option": "", "n_valid": answered.n_valid, "n_shown": answered.n_shown, "n_all": n}
    if item.closed:
        counts = answered.counts()
        codes = [choice.code for choice in item.values]
        together = goodman([counts[code] for code in codes]) if len(codes) > _TWO else []
        for at, code in enumerate(codes):
            row = share_row(item.name, str(code), counts[code], answered, n)
            if together and 0 < counts[code] < answered.n_valid:
                row |= {"lower": together[at][0], "upper": together[at][1], "method": "Goodman simultaneous"}
            yield row
        top = counts.most_common(_TWO)
        tied = not top or (len(top) == _TWO and top[0][1] == top[1][1])
        yield {
            **facts,
            "statistic": "mode",
            "k": top[0][1] if top else None,
            "value": None if tied else float(top[0][0]),
            "method": "two values are as frequent" if tied and top else "most frequent code",
        }
    if item.kind not in ("number", "ordinal"):
        return
    values = answered.values
    of = "numbers" if item.kind == "number" else "codes"
    for statistic, compute, interval in (
        ("mean", np.mean, mean_interval), ("median", np.median, median_interval)
    ):  # fmt: skip
        ends = interval(values, replicates=replicates, seed=seed) if replicates else None
        yield {**facts, "statistic": statistic, "value": float(compute(values)) if len(values) else None,
               "lower": ends[0] if ends else None, "upper": ends[1] if ends else None,
               "method": f"{statistic} of {of}, {'BCa bootstrap' if ends else 'no interval'}"}  # fmt: skip


def _multi(name: str, table: Tabulation) -> Iterator[Row]:
    """A multi-response set: each option's share of those who answered the set."""
    one = table.instrument.set_of[name]
    for option, member in zip(one.options, one.members, strict=True):
        answered = table.items[member]
        yield share_row(name, option, int(answered.has((1,)).sum()), answered, table.n)


def _ranking(name: str, table: Tabulation, replicates: int, seed: int) -> Iterator[Row]:
    """A ranking: Borda scores with how often the first four keep their order, and the share at the first place."""
    one = table.instrument.set_of[name]
    codes, complete = table.matrix(name)
    answered = table.items[one.members[0]]
    facts = {"item": name, "n_valid": int(complete.sum()), "n_shown": answered.n_shown, "n_all": table.n}
    places = codes[complete].astype(np.int64)
    ranking = borda(places, one.options, most=one.places, replicates=replicates, seed=seed)
    for at, option in enumerate(ranking.options):
        member = table.items[one.members[one.options.index(option)]]
        yield share_row(name, option, ranking.first[at], member, table.n)
        yield {
            **facts,
            "option": option,
            "statistic": "borda",
            "value": float(ranking.scores[at]) if ranking.n else None,
            "lower": ranking.lower[at],
            "upper": ranking.upper[at],
            "method": "Borda score, percentile bootstrap"
            if ranking.lower[at] is not None
            else "Borda score, no interval",
        }
    yield {
        **facts,
        "option": "",
        "statistic": "order_stability",
        "value": ranking.stability,
        "method": f"resamples with {', '.join(ranking.options[: ranking.top])} first in this order",
    }


def _declared(table: Tabulation, statements: Statements) -> Iterator[Row]:
    """Groups of codes, paired differences, shares within a group, and how many of a set."""
    items = table.items
    for group in statements.groups:
        if group.item in items:
            answered = items[group.item]
            yield share_row(group.item, label(group), int(answered.has(group.codes).sum()), answered, table.n)
    for one in statements.at_least:
        if one.item in table.instrument.set_of:
            codes, complete = table.matrix(one.item)
            answered = items[table.instrument.set_of[one.item].members[0]]
            k = int(((codes == 1).sum(axis=1) >= one.count)[complete].sum())
            yield share_row(one.item, f"at least {one.count}", k, answered, table.n, statistic="at_least")
    for pair in statements.paired:
        if pair.first.item in items and pair.second.item in items:
            yield _paired(pair.first, pair.second, table)
    for cross in statements.cross:
        if cross.of.item in items and cross.share.item in items:
            yield _cross(cross.of, cross.share, table)


def label(group: Codes) -> str:
    """Codes as an option's name: "4+5"."""
    return "+".join(str(code) for code in group.codes)


def _named(group: Codes) -> str:
    return f"{group.item}={label(group)}"


def _paired(first: Codes, second: Codes, table: Tabulation) -> Row:
    a, b = table.items[first.item], table.items[second.item]
    both = a.valid & b.valid
    x, y = a.has(first.codes)[both], b.has(second.codes)[both]
    result = paired_difference(int((x & y).sum()), int((x & ~y).sum()), int((~x & y).sum()), int((~x & ~y).sum()))
    row: Row = {
        "item": _named(first), "option": _named(second), "statistic": "paired_difference", "n_valid": int(both.sum()),
        "n_shown": min(a.n_shown, b.n_shown), "n_all": table.n, "method": "no pair",
    }  # fmt: skip
    if result is not None:
        row |= {"value": result.value, "lower": result.lower, "upper": result.upper, "p_value": result.p_value,
                "method": "second minus first among pairs, Newcombe; exact McNemar"}  # fmt: skip
    return row


def _cross(of: Codes, share: Codes, table: Tabulation) -> Row:
    a, b = table.items[of.item], table.items[share.item]
    base = a.has(of.codes) & b.valid
    k, n = int((base & b.has(share.codes)).sum()), int(base.sum())
    interval = proportion(k, n)
    return {
        "item": _named(of), "option": _named(share), "statistic": "cross_share", "k": k, "n_valid": n,
        "n_shown": int(a.has(of.codes).sum()), "n_all": table.n, "value": k / n if n else None,
        "lower": interval[0] if interval else None, "upper": interval[1] if interval else None,
        "method": interval[2] if interval else "no valid answer",
    }  # fmt: skip


def survey_missing(answers: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """indicators.survey_missing: respondents by item and state, states without anybody included."""
    from cryptodrug_assets.buyers.survey.model import STATES

    n = answers["respondent"].n_unique()
    counted = answers.group_by("wave", "item", "state").agg(n=pl.len().cast(pl.Int64))
    grid = items.select("wave", "item", "position", "block").join(pl.DataFrame({"state": list(STATES)}), how="cross")
    frame = grid.join(counted, on=["wave", "item", "state"], how="left").with_columns(
        pl.col("n").fill_null(0), n_all=pl.lit(n, dtype=pl.Int64)
    )
    frame = frame.with_columns(share=pl.when(pl.col("n_all") > 0).then(pl.col("n") / pl.col("n_all")))
    return contracts.conform(frame, contracts.load("indicators", "survey_missing"))


def break_off_curve(respondents: pl.DataFrame, instrument: Instrument) -> pl.DataFrame:
    """Respondents who reached each block, in order: block, reached. Those without any sign of life reached none."""
    order = {block: at for at, block in enumerate(instrument.blocks)}
    last = [-1 if block is None else order[block] for block in respondents["last_block"]]
    reached = [sum(at >= place for at in last) for place in range(len(instrument.blocks))]
    return pl.DataFrame({"block": list(instrument.blocks), "reached": reached})
