"""The buyers' part: contains what a wave of the survey and its interviews found, n of N first.

From the public tables of the wave alone: what few respondents stand behind is not in them (marked c). Nothing is
estimated of anybody who did not answer, and nothing is said of buyers at large. The joint display is in joint.py.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from cryptodrug_assets.publishing.pages import more_charts
from cryptodrug_assets.publishing.pages.asked import Asked, asked
from cryptodrug_assets.publishing.pages.finding import Finding, Question, Table
from cryptodrug_assets.publishing.pages.observed import Observed, Row, listed, named
from cryptodrug_assets.publishing.words import Words

HIDDEN = "c"
_SHARES = ("share", "at_least", "cross_share")
_WORDINGS = ("most", "some", "few or none")
_TOLD = 16


def buyers(at: Observed, wave: str) -> list[Question]:
    """What a wave found: who answered, what they answered, what they said in interviews."""
    words, texts = at.words, asked(at.words, wave)
    estimates, missing = at.of_wave("survey_estimates", wave), at.of_wave("survey_missing", wave)
    themes = at.of_wave("interview_themes", wave)
    found = []
    if missing.height:
        title = words.say("Buyers, wave {wave}: who answered?", wave=wave)
        found.append(Question(f"answered-{wave}", title, tuple(_who(at, wave, missing, texts))))
    if estimates.height:
        title = words.say("Buyers, wave {wave}: what did they answer?", wave=wave)
        found.append(Question(f"answers-{wave}", title, tuple(_what(at, estimates, missing, texts))))
    if themes.height:
        title = words.say("Buyers, wave {wave}: what was said in interviews?", wave=wave)
        found.append(Question(f"interviews-{wave}", title, (_interviews(at, wave, themes, texts),)))
    return found


def this_sample(words: Words) -> str:
    """The sentence that stands before every figure of buyers."""
    return words.say("Describes the respondents of an opt-in sample; intervals say nothing about who took part.")


def is_made_up(at: Observed, wave: str) -> bool:
    """Whether answers or interviews of a wave are synthetic."""
    frames = [at.of_wave(name, wave) for name in at.others]
    return any(bool(frame["synthetic"].any()) for frame in frames if "synthetic" in frame.columns)


def _who(at: Observed, wave: str, missing: pl.DataFrame, texts: Asked) -> Iterator[Finding]:
    words = at.words
    rows, table = [], []
    for row in _once_a_set(missing, texts):
        n, everybody = row["n_valid"], row["n_all"]
        label = texts.question(row["question"], row["label_en"])
        of = words.say("{k} of {n}", k=HIDDEN if n is None else words.number(n), n=words.number(everybody))
        routed = words.say("routed") if row["routed"] else ""
        share = None if n is None else n / everybody
        rows.append({"label": label, "value": share, "text": f"{of} · {routed}" if routed else of}
                    | dict.fromkeys(("lower", "upper", "low", "high")))  # fmt: skip
        table.append([label, of, "–" if share is None else words.percent(share, 0), routed or "–"])
    known = [int(n) for n in missing["n_valid"].drop_nulls()]
    made_up = words.say(
        "SYNTHETIC: answers and interviews of this wave are made up. They say nothing about any real buyer."
    )
    sentences = [made_up] if is_made_up(at, wave) else []
    everybody = words.number(max(missing["n_all"].to_list()))
    sentences += [this_sample(words), words.say("N = {n} respondents; any question could be skipped.", n=everybody)]
    if known:
        sentences.append(words.say(
            "A question has between {low} and {high} valid answers; of {hidden} questions the number is confidential"
            " ({mark}), since few gave one or few did not.",
            low=words.number(min(known)), high=words.number(max(known)),
            hidden=words.number(missing["n_valid"].null_count()), mark=HIDDEN,
        ))  # fmt: skip
    head = [words.say("Question"), words.say("Valid answers"), words.say("Share of all"), words.say("Asked of a part")]
    caveat = words.say(
        "A routed question was put to those whose earlier answer led to it; the others are not missing there."
    )
    for part, (drawn, told) in enumerate(zip(_parts(rows), _parts(table), strict=True)):
        title = words.say("Valid answers to each question, n of N respondents (part {part})", part=part + 1)
        figure = _shares_figure(words, title, drawn, words.say("share of all respondents"))
        yield Finding(sentences if part == 0 else [], figure, Table(head, told), caveat if part == 0 else "")


def _once_a_set(missing: pl.DataFrame, texts: Asked) -> list[Row]:
    """A row an item; options of a set that have the same numbers are one."""
    rows: dict[tuple[Any, ...], Row] = {}
    for row in missing.sort("position").iter_rows(named=True):
        question = texts.set_of(row["item"])
        kept = row | {"question": question, "label_en": row["label_en"] if question == row["item"] else None}
        rows.setdefault((question, row["n_valid"], row["n_all"], row["routed"]), kept)
    return list(rows.values())


def _shares_figure(words: Words, title: str, rows: Sequence[dict[str, Any]], x: str) -> tuple[str, dict[str, Any]]:
    return title, more_charts.counted_shares(rows, x=x)


def _parts(rows: Sequence[Any]) -> list[Sequence[Any]]:
    """Rows in parts of nearly the same length, as many as a figure of paper can hold."""
    number = -(-len(rows) // more_charts.MOST_BARS)
    size = -(-len(rows) // number) if number else 1
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def _what(at: Observed, estimates: pl.DataFrame, missing: pl.DataFrame, texts: Asked) -> Iterator[Finding]:
    words = at.words
    place = {item: number for number, item in enumerate(missing.sort("position")["item"])} if missing.height else {}
    routed = set(missing.filter("routed")["item"]) if missing.height else set()
    order = {name: _place(name, place) for name in estimates["item"].unique()}
    shown = sorted(
        (row for row in estimates.iter_rows(named=True) if row["conf_status"] != "C" and _is_told(row)),
        key=lambda row: (order[row["item"]], row["item"], row["statistic"] != "share", row["option"]),
    )
    shares = [row for row in shown if row["statistic"] == "share" and row["item"] not in routed]
    quoted = [row for row in shares if row["quoted"]] or shares
    sentences = [this_sample(words), *(_sentence(words, row, texts) for row in quoted[:_TOLD])]
    head = [words.say("Question"), words.say("Answer"), words.say("Figure"), words.say("n of N"), words.say("Value"),
            words.say("95% interval"), words.say("With the missing")]  # fmt: skip
    caveat = words.say(
        "With the missing: the share if all who gave no answer had said no, and if all had said yes. Quoted: a figure that"
        " the study prints."
    )
    for part, rows in enumerate(_parts(shares)):
        title = words.say("Answers of those who gave one, n of N, with 95% intervals (part {part})", part=part + 1)
        figure = _shares_figure(
            words, title, [_drawn(words, row, texts) for row in rows], words.say("share of answers")
        )
        table = Table(head, [_line(at, row, texts) for row in rows])
        yield Finding(sentences if part == 0 else [], figure, table, caveat if part == 0 else "")
    kept = {id(row) for row in shares}
    rest = [row for row in shown if id(row) not in kept]
    hidden = estimates.filter(conf_status="C").height
    told = [words.say("Further figures: routed questions, means, medians, rankings and comparisons of two answers."),
            words.say("{hidden} of {all} figures of the survey are confidential and left out.",
                      hidden=words.number(hidden), all=words.number(estimates.height))]  # fmt: skip
    yield Finding(told, None, Table(head, [_line(at, row, texts) for row in rest]))


def _is_told(row: Row) -> bool:
    return row["value"] is not None or row["statistic"] == "paired_difference"


def _place(question: str, items: dict[str, int]) -> int:
    """Where a question stands: its item, or the first of its set."""
    return min(
        (at for item, at in items.items() if item == question or item.startswith(f"{question}_")), default=len(items)
    )


def counts(words: Words, row: Row) -> str:
    """n of N of an estimate, as far as both are open."""
    if row["n"] is None:
        return words.say("N hidden ({mark})", mark=HIDDEN)
    if row["k"] is None:
        return f"N = {words.number(row['n'])}"
    of = words.say("{k} of {n}", k=words.number(row["k"]), n=words.number(row["n"]))
    return words.say("{counts} who were asked", counts=of) if row["base"] == "all asked" else of


def _sentence(words: Words, row: Row, texts: Asked) -> str:
    """A share as a sentence: n of N first."""
    question, answer = (
        texts.question(row["item"], row["question"]),
        texts.answer(row["item"], row["option"], row["answer"]),
    )
    value = words.percent(row["value"], 0)
    if row["n"] is None:
        return words.say("{answered}, {value}, as the study prints it (N hidden).", value=value,
                         answered=named(words, question, answer))  # fmt: skip
    details = [value]
    if row["lower"] is not None:
        details.append(words.say("95% interval {interval}", interval=_span(words, row["lower"], row["upper"])))
    if row["bound_low"] is not None:
        details.append(
            words.say("with the missing {interval}", interval=_span(words, row["bound_low"], row["bound_high"]))
        )
    return words.say("{answered}, {counts} ({details}).", answered=named(words, question, answer),
                     counts=counts(words, row), details=listed(words, details))  # fmt: skip


def _span(words: Words, low: float, high: float) -> str:
    return f"{words.percent(low, 0)} – {words.percent(high, 0)}"


def _drawn(words: Words, row: Row, texts: Asked) -> dict[str, Any]:
    question, answer = (
        texts.question(row["item"], row["question"]),
        texts.answer(row["item"], row["option"], row["answer"]),
    )
    label = named(words, question, answer)
    return {"label": label, "value": row["value"], "lower": row["lower"], "upper": row["upper"], "low": row["bound_low"],
            "high": row["bound_high"], "text": f"{counts(words, row)} ({words.percent(row['value'], 0)})"}  # fmt: skip


def _line(at: Observed, row: Row, texts: Asked) -> list[str]:
    """An estimate as a row of the table."""
    words = at.words
    question, answer = _named(words, row, texts)
    figure = words.label("statistic", row["statistic"]) + (f" ({words.say('quoted')})" if row["quoted"] else "")
    between = row["statistic"] in _SHARES
    ends = [
        _ends(at, row["lower"], row["upper"], share=between),
        _ends(at, row["bound_low"], row["bound_high"], share=True),
    ]
    return [question, answer, figure, counts(words, row), _value(words, row, texts, share=between), *ends]


def _named(words: Words, row: Row, texts: Asked) -> tuple[str, str]:
    """Question and answer of a row; of two questions beside each other both."""
    if row["statistic"] in ("paired_difference", "cross_share"):
        return tuple(_part(part, texts) for part in (row["item"], row["option"]))  # type: ignore[return-value]
    if row["statistic"] == "at_least":
        least = row["option"].rpartition(" ")[2]
        return texts.question(row["item"], row["question"]), words.say("at least {n}", n=least)
    return texts.question(row["item"], row["question"]), texts.answer(row["item"], row["option"], row["answer"])


def _part(text: str, texts: Asked) -> str:
    """A question with its answer: `spend=7`."""
    item, _, option = text.partition("=")
    return named(texts.words, texts.question(item), texts.answer(item, option))


def _value(words: Words, row: Row, texts: Asked, *, share: bool) -> str:
    if row["statistic"] == "paired_difference":
        return _pair(words, row["method"])
    if share or row["statistic"] == "order_stability":
        return words.percent(row["value"], 0)
    if row["statistic"] == "mode":
        return texts.answer(row["item"], str(int(row["value"])))
    return words.number(row["value"], 2)


def _pair(words: Words, method: str) -> str:
    """Which of two answers the same people gave more often: the direction alone is public."""
    said = {
        "more": words.say("the second more often than the first"),
        "less": words.say("the second less often than the first"),
        "as": words.say("the second as often as the first"),
    }
    word = next((word for word in said if f"second {word} " in method), "as")
    return f"{said[word]} (McNemar, {'p < 0.05' if '<' in method else 'p ≥ 0.05'})"


def _ends(at: Observed, low: float | None, high: float | None, *, share: bool) -> str:
    if low is None or high is None:
        return "–"
    return at.span(low, high) if share else f"{at.words.number(low, 2)} – {at.words.number(high, 2)}"


def _interviews(at: Observed, wave: str, themes: pl.DataFrame, texts: Asked) -> Finding:
    words = at.words
    number = words.number(at.interviews(wave))
    declared = themes.filter(~pl.col("code").str.starts_with("code_")).sort("code")
    table, said = [], []
    for row in declared.iter_rows(named=True):
        said.append((row["wording"], texts.theme(row["code"])))
        table.append([texts.theme(row["code"]), row["statement"] or "–", wording(words, row)])
    sentences = [words.say(
        "N = {n} interviews: most is more than half, some more than a fifth. A number is the study's own.", n=number,
    )]  # fmt: skip
    for word in _WORDINGS:
        themes_ = [theme for wording_, theme in said if wording_ == word]
        if themes_:
            label = words.label("wording", word)
            sentences.append(named(words, f"{label[:1].upper()}{label[1:]}", f"{listed(words, themes_)}."))
    head = [words.say("Theme"), words.say("Statement"), words.say("How many of {n}", n=number)]
    return Finding(sentences, None, Table(head, table))


def wording(words: Words, row: Row) -> str:
    """How common a theme was: a word, or the number that the study prints."""
    if row["quoted"]:
        k, _, n = row["wording"].partition(" of ")
        return f"{words.say('{k} of {n}', k=k, n=n)} ({words.say('quoted')})"
    return words.label("wording", row["wording"]) if row["wording"] else words.say("not asked")
