"""A wave's answers by item as arrays: what estimates and tests count over. Built once from clean.answers."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cryptodrug_assets.buyers.survey.model import Instrument


@dataclass(frozen=True)
class Answered:
    """One item: codes and numbers (NaN where there is none) and states, a place a respondent."""

    code: NDArray[np.float64]
    number: NDArray[np.float64]
    state: NDArray[np.object_]

    @cached_property
    def valid(self) -> NDArray[np.bool_]:
        """Who answered."""
        return np.asarray(self.state == "valid")

    @property
    def n_valid(self) -> int:
        """How many answered."""
        return int(self.valid.sum())

    @property
    def n_shown(self) -> int:
        """How many saw it for certain."""
        return int(np.isin(self.state, ("valid", "no_answer")).sum())

    @property
    def n_base(self) -> int:
        """How many may have been asked: all but those who certainly were not."""
        return int((~np.isin(self.state, ("not_shown", "not_asked"))).sum())

    @cached_property
    def values(self) -> NDArray[np.float64]:
        """Valid numbers, or codes where the item is closed."""
        usable = np.where(np.isnan(self.number), self.code, self.number)[self.valid]
        return usable[~np.isnan(usable)]

    def has(self, codes: Collection[int]) -> NDArray[np.bool_]:
        """Who gave one of the codes."""
        return np.asarray(self.valid & np.isin(self.code, list(codes)))

    def counts(self) -> Counter[int]:
        """Respondents by code."""
        return Counter(int(code) for code in self.code[self.valid & ~np.isnan(self.code)])


def shared_texts(series: pl.Series) -> NDArray[np.object_]:
    """The texts as an array in which equal ones are one object: to_numpy() would make millions of them.

    >>> shared_texts(pl.Series(["a", "b", "a"])).tolist()
    ['a', 'b', 'a']
    """
    kinds = series.unique().to_list()
    codes = series.replace_strict(kinds, list(range(len(kinds))), return_dtype=pl.Int64).to_numpy()
    return np.asarray(np.array(kinds, dtype=object)[codes])


@dataclass(frozen=True)
class Tabulation:
    """All items of a wave, in the same order of respondents."""

    instrument: Instrument
    n: int
    items: dict[str, Answered]

    def matrix(self, name: str) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Codes of a set's options (respondents × options), and who answered all of them."""
        members = [self.items[member] for member in self.instrument.set_of[name].members]
        return np.column_stack([one.code for one in members]), np.logical_and.reduce([one.valid for one in members])


def tabulate(answers: pl.DataFrame, instrument: Instrument) -> Tabulation:
    """Arrays by item from clean.answers of one wave; every respondent has every item.

    Raises ValueError when an item does not have the respondents of the others.
    """
    # As categories a wave of ten thousand takes a third of the memory.
    narrow = answers.select(
        "code", "number", *(pl.col(name).cast(pl.Categorical) for name in ("respondent", "item", "state"))
    )
    parts = narrow.partition_by("item", as_dict=True)
    items, people = {}, None
    for (name,), part in parts.items():
        frame = part.with_columns(pl.col("respondent", "state").cast(pl.String)).sort("respondent")
        people = frame["respondent"] if people is None else people
        if not frame["respondent"].equals(people):
            raise ValueError(f"{name} has other respondents than the items before it")
        items[str(name)] = Answered(
            frame["code"].cast(pl.Float64).fill_null(float("nan")).to_numpy(),
            frame["number"].fill_null(float("nan")).to_numpy(),
            shared_texts(frame["state"]),
        )
    return Tabulation(instrument, 0 if people is None else len(people), items)
