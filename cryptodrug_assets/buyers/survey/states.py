"""Why an answer is missing: what the platform says, then the routing, and "unknown" where neither can tell.

The matrix of answers is items × respondents. An item without routing was shown to everybody who reached it. Who broke
off, and where, comes from the platform (pages sent, forms opened); without it, what follows the last sign of life is
`unknown_missing`, unless the instrument says `break_off: infer`.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cryptodrug_assets.buyers.survey import routing
from cryptodrug_assets.buyers.survey.decoding import Decoded
from cryptodrug_assets.buyers.survey.formats.export import Export
from cryptodrug_assets.buyers.survey.model import Instrument, Item
from cryptodrug_assets.buyers.survey.tabulation import shared_texts

Flags = NDArray[np.bool_]
Texts = NDArray[np.object_]


@dataclass(frozen=True)
class Resolved:
    """State and its source by item, the last block each respondent reached (-1: none), expressions not understood, and
    answers that the routing contradicts, by item."""

    state: dict[str, Texts]
    source: dict[str, Texts]
    last_block: NDArray[np.int64]
    not_understood: Counter[str]
    contradicted: Counter[str]


@dataclass(frozen=True)
class _Progress:
    """How far each respondent came, as far as is known."""

    finished: NDArray[np.int8]
    pages: NDArray[np.int64]
    last: NDArray[np.int64]
    last_block: NDArray[np.int64]


def resolve(export: Export, instrument: Instrument, decoded: dict[str, Decoded]) -> Resolved:
    """The state of every answer, in the order of the questionnaire."""
    height = len(export.respondents)
    raw = {name: shared_texts(one.state) for name, one in decoded.items()}
    progress = _progress(export, instrument, raw, height)
    states: dict[str, Texts] = {}
    sources: dict[str, Texts] = {}
    not_understood: Counter[str] = Counter()
    contradicted: Counter[str] = Counter()

    def answers(name: str) -> routing.Values:
        number = decoded[name].number if name in decoded else pl.Series([None] * height, dtype=pl.Float64)
        code = decoded[name].code.cast(pl.Float64) if name in decoded else number
        return routing.Values(number.fill_null(code), pl.Series(states[name] == "unknown_missing"))

    for item in instrument.items:
        if item.name not in raw:
            asked_not = export.complete_structure
            states[item.name] = np.full(height, "not_asked" if asked_not else "unknown_missing", dtype=object)
            sources[item.name] = np.full(height, "platform" if asked_not else None, dtype=object)
            continue
        shown = _shown(item, instrument, answers, height, not_understood)
        states[item.name], sources[item.name] = _item_states(item, export, instrument, raw[item.name], progress, shown)
        if against := int(((states[item.name] == "valid") & (shown == 0)).sum()):
            contradicted[item.name] = against
    return Resolved(states, sources, progress.last_block, not_understood, contradicted)


def _progress(export: Export, instrument: Instrument, raw: dict[str, Texts], height: int) -> _Progress:
    last = np.full(height, -1, dtype=np.int64)
    for item in instrument.items:
        if item.name in raw:
            alive = np.isin(raw[item.name], ("valid", "no_answer"))
            last[alive] = item.position
    finished = np.array([-1 if one is None else int(one) for one in export.finished], dtype=np.int8)
    pages = np.array([-1 if one is None else one for one in export.pages], dtype=np.int64)
    if instrument.pages != "blocks":
        pages[:] = -1
    blocks = np.array([instrument.blocks.index(item.block) for item in instrument.items], dtype=np.int64)
    last_block = np.where(last >= 0, blocks[np.maximum(last, 0)], -1)
    last_block = np.where(pages >= 0, np.maximum(pages - 1, last_block), last_block)
    last_block = np.where(finished == 1, len(instrument.blocks) - 1, last_block)
    return _Progress(finished, pages, last, np.minimum(last_block, len(instrument.blocks) - 1))


def _shown(
    item: Item,
    instrument: Instrument,
    answers: Callable[[str], routing.Values],
    height: int,
    not_understood: Counter[str],
) -> NDArray[np.int8]:
    """1 shown, 0 not, -1 unknown, by the routing alone."""
    if item.universe is None:
        return np.ones(height, dtype=np.int8)
    try:
        result = routing.evaluate(item.universe, instrument, answers, height)
    except routing.RoutingError as err:
        not_understood[f"{item.universe}: {err}"] += 1
        return np.full(height, -1, dtype=np.int8)
    return result.cast(pl.Int8).fill_null(-1).to_numpy()


def _item_states(
    item: Item, export: Export, instrument: Instrument, raw: Texts, progress: _Progress, shown: NDArray[np.int8]
) -> tuple[Texts, Texts]:
    """State and source of one item for all respondents."""
    block = instrument.blocks.index(item.block)
    unfinished = progress.finished == 0
    paged = progress.pages >= 0
    after_page = unfinished & paged & (block >= progress.pages) & (progress.last < item.position)
    opened = export.opened.get(item.block)
    form = np.full(len(raw), -1, dtype=np.int8) if opened is None else opened.cast(pl.Int8).fill_null(-1).to_numpy()
    same_page = (progress.last_block == block) & (instrument.pages == "blocks")
    reached = (
        (progress.finished == 1) | (paged & ~after_page) | (progress.last > item.position) | same_page | (form == 1)
    )
    reached &= ~after_page
    closed_form = unfinished & (form == 0)
    lost = ~reached & ~after_page & ~closed_form
    infer = lost & unfinished & (instrument.break_off == "infer")

    state = np.full(len(raw), "unknown_missing", dtype=object)
    source = np.full(len(raw), None, dtype=object)

    def put(where: Flags, what: str, who: str | None) -> None:
        state[where] = what
        source[where] = who

    nothing = raw == "nothing"
    unticked = raw == "unticked"
    put((nothing | unticked) & reached & (shown == 0), "not_shown", "routing")
    put(nothing & reached & (shown == 1), "no_answer", "routing")
    put(unticked & (shown != 0), "no_answer", "inferred")
    silent = nothing | (raw == "not_shown")
    put((raw == "not_shown") & ~(lost & unfinished), "not_shown", "platform")
    put(silent & (after_page | closed_form), "broken_off", "platform")
    put(silent & infer, "broken_off", "inferred")
    for what in ("valid", "no_answer", "broken_off", "not_asked"):
        put(raw == what, what, "platform")
    return state, source
