"""An attack on the restricted bulletins beside everything else that is public: how much is offered along each route.

Unknown is the number of offers of every origin, month and combination of zones, those without a destination included.
Every line of the attack on the public tables is used, with the reach of offers (RT04) by month and over windows and the
shares of the restricted edition. It knows nothing of how they were protected.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
import polars as pl
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

from cryptodrug_assets.publishing.bulletin.content import Line
from cryptodrug_assets_tests.indicators.attack import Attack

UNION = {
    "AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IT", "LV", "LT", "LU", "MT",
    "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE", "GB",
}  # fmt: skip
HOME, EU, EUROPE, BEYOND = range(4)
ZONES = {"domestic": HOME, "eu": EU, "europe": EUROPE, "world": BEYOND}
Pattern = tuple[bool, bool, bool, bool]
PATTERNS: list[Pattern] = [(a, b, c, d) for a, b, c, d in product((False, True), repeat=4)]
NOWHERE: Pattern = (False, False, False, False)
#: A share told to three decimals is off by half of the last one.
ROUNDED = 0.0005
Cell = tuple[str, date, str]


def pattern_of(origin: str, places: Iterable[str]) -> Pattern:
    """Zones that an offer names; the places of the worlds here are few."""
    marks = [False] * 4
    for place in places:
        inside = EU if place in UNION | {"EU"} else EUROPE if place == "EUROPE" else BEYOND
        marks[HOME if place == origin else inside] = True
    return marks[0], marks[1], marks[2], marks[3]


def reach_of(origin: str, pattern: Pattern) -> str:
    """How far it reaches at most, the origin itself being one of the places."""
    if pattern == (True, False, False, False):
        return "domestic"
    if pattern[BEYOND] or (pattern[HOME] and origin not in UNION):
        return "world"
    return "europe" if pattern[EUROPE] else "eu"


class Routes(Attack):
    """The attack on live offers, each unknown taken apart by the zones that offers name."""

    def __init__(
        self,
        internal: dict[str, pl.DataFrame],
        public: dict[str, pl.DataFrame],
        restricted: Mapping[str, list[Line]],
        *,
        bases: bool = False,
    ) -> None:
        """`bases`: who attacks has guessed from the digits of each published reach how many offers it is a share of."""
        self.knows_bases = bases
        super().__init__(internal, public, "LV01")
        self.atoms = [(*cell, pattern) for cell in self.cells for pattern in PATTERNS]
        self.at = {atom: number for number, atom in enumerate(self.atoms)}
        whole, right = self.lines, self.right
        self.lines, self.right = [], []
        self.bounds: list[dict[int, float]] = []
        for parts, value in zip(whole, right, strict=True):
            line = {self.at[*self.cells[n], p]: weight for n, weight in parts.items() for p in PATTERNS}
            self.lines.append(line)
            self.right.append(value)
        self._truth(internal)
        self._reach(public)
        self._restricted(restricted)

    def _truth(self, internal: dict[str, pl.DataFrame]) -> None:
        self.mass = np.zeros(len(self.atoms))
        self.behind: list[set[str]] = [set() for _ in self.atoms]
        offers = internal["listings"].filter(pl.col("is_drug"))
        for market, month, vendor, origins, to in offers.select(
            "market", "month", "vendor_key", "origins", "destinations"
        ).iter_rows():
            for origin in origins:
                atom = self.at[market, month, origin, pattern_of(origin, to)]
                self.mass[atom] += 1 / len(origins)
                self.behind[atom].add(vendor)

    def _ratio(self, cells: Iterable[Cell], inside: Any, share: float) -> dict[int, float]:
        """Offers inside, less the share of those that say where to."""
        line = {}
        for cell in cells:
            for pattern in PATTERNS:
                if pattern != NOWHERE:
                    line[self.at[*cell, pattern]] = float(inside(cell[2], pattern)) - share
        return line

    def _reach(self, public: dict[str, pl.DataFrame]) -> None:
        for table, whole in (("shipping", False), ("shipping_window", True)):
            shown = public[f"{table}_public"].filter(
                pl.col("indicator").str.starts_with("RT04:") & pl.col("value").is_not_null()
            )
            for row in shown.iter_rows(named=True):
                reach = row["indicator"].removeprefix("RT04:")
                cells = [
                    cell for cell in self.cells
                    if cell[2] == row["country"] and row["market"] in ("all", cell[0])
                    and (whole or cell[1] == row["month"])
                ]  # fmt: skip
                line = self._ratio(cells, lambda o, p, reach=reach: reach_of(o, p) == reach, row["value"])
                self.lines.append(line)
                self.right.append(0.0)
                if self.knows_bases:
                    base = [self.at[*cell, pattern] for cell in cells for pattern in PATTERNS if pattern != NOWHERE]
                    self.lines.append(dict.fromkeys(base, 1.0))
                    self.right.append(float(self.mass[base].sum()))

    def _restricted(self, bulletins: Mapping[str, list[Line]]) -> None:
        for month, lines in bulletins.items():
            for line in lines:
                if line.now.value is None:
                    continue
                group = {"EU_OTHER": UNION, "REST": {c[2] for c in self.cells} - UNION}.get(line.origin)
                members = group - {"BE", "NL", "DE", "FR", "GB"} if group is not None else {line.origin}
                cells = [c for c in self.cells if c[0] == line.market and f"{c[1]:%Y-%m}" == month and c[2] in members]
                zone = ZONES[line.param]
                share = self._ratio(cells, lambda _, p, zone=zone: p[zone], line.now.value)
                off = self._ratio(cells, lambda *_: False, ROUNDED)
                for sign in (1, -1):
                    self.bounds.append({n: sign * weight + off[n] for n, weight in share.items()})

    def range_of_sum(self, atoms: Iterable[int]) -> tuple[float, float]:
        """The least and greatest number of offers along some routes that everything said allows."""
        goal = np.zeros(len(self.atoms))
        goal[list(atoms)] = 1.0
        found = []
        for sign in (1, -1):
            solved = linprog(
                sign * goal, A_eq=self._equal, b_eq=np.array(self.right), A_ub=self._below,
                b_ub=np.zeros(len(self.bounds)), bounds=(0, None), method="highs",
            )  # fmt: skip
            assert solved.status in (0, 3), solved.message
            found.append(sign * solved.fun if solved.status == 0 else np.inf)
        return found[0], found[1]

    @cached_property
    def _equal(self) -> Any:
        return self._matrix(self.lines)

    @cached_property
    def _below(self) -> Any:
        return self._matrix(self.bounds)

    def _matrix(self, lines: list[dict[int, float]]) -> Any:
        where = [(number, atom, weight) for number, parts in enumerate(lines) for atom, weight in parts.items()]
        numbers = np.array(where, dtype=np.float64).reshape(-1, 3)
        places = numbers[:, 0].astype(int), numbers[:, 1].astype(int)
        return csr_matrix((numbers[:, 2], places), shape=(len(lines), len(self.atoms)))
