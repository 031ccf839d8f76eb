"""A random world of two markets, and an attack on its public tables with everything they show.

It knows nothing of how they were protected.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import numpy as np
import polars as pl
from scipy.optimize import linprog

from cryptodrug_assets import contracts
from cryptodrug_assets.indicators.registry import compute_across, compute_month
from cryptodrug_assets.indicators.rows import IndicatorOptions
from cryptodrug_assets.study.public_tables import public_tables
from cryptodrug_assets.study.scorecard import study_scorecard
from cryptodrug_assets_tests.frames import rows
from cryptodrug_assets_tests.indicators.study import one_capture

OPTIONS = IndicatorOptions(bootstrap=0)
COUNTRIES = ["BE", "NL", "DE", "GB", "US", "AU", "FR", "ES", "CN", "CA"]
CLASSES = ["cannabis", "cocaine", "mdma", "amphetamine", "heroin"]
MONTHS = {
    "dream": [date(2018, 11, 1), date(2018, 12, 1), date(2019, 1, 1)],
    "empire": [date(2019, 4, 1), date(2019, 5, 1)],
}
ADDITIVE = ("LV01", "LV03", "LV04")


#: Where vendors of a world that is `spread` ship to, "" being their own country; the last ones are rare, and there are
#: none of them in the first month of a market.
ROUTES = [["", "EU"], ["WW"], [""], [], ["", "EU", "WW"], ["EUROPE"]]
RARE = 2


def market(
    name: str, month: date, rng: np.random.Generator, *, varied: bool = False, spread: bool = False
) -> dict[str, pl.DataFrame]:
    """A random market-month of 60 vendors, most of them in few countries, so that small cells abound.

    `varied`: some vendors have a second origin or ship at home alone, exclude a country or have imputed sales.
    `spread`: more vendors, each of which ships one of several ways, anew each month.
    """
    count = 160 if spread else 60
    chance = 1 / np.arange(1, len(COUNTRIES) + 1) ** 1.6
    homes = np.random.default_rng(len(name)).choice(COUNTRIES, count, p=chance / chance.sum())
    often = len(ROUTES) - RARE
    parts = [1 / often] * often + [0.0] * RARE if month == MONTHS[name][0] else [0.92 / often] * often + [0.04] * RARE
    ways = np.random.default_rng([len(name), month.month, month.year]).choice(len(ROUTES), count, p=parts)
    offers: list[dict[str, Any]] = []
    sales: list[dict[str, Any]] = []
    for vendor in range(count):
        home = str(homes[vendor])
        second = [COUNTRIES[vendor % 3]] if varied and vendor % 7 == 0 and COUNTRIES[vendor % 3] != home else []
        more = {"origins": [home, *second], "n_origins": 1 + len(second)}
        if varied:
            more |= {
                "destinations": [home] if vendor % 4 == 0 else ["WW"],
                "excluded": ["US"] if vendor % 9 == 0 else ["NL"] if vendor % 11 == 0 else [],
            }
        if spread:
            more["destinations"] = [place or home for place in ROUTES[ways[vendor]]]
        imputed = {"status": "imputed"} if varied and vendor % 13 == 0 else {}
        for number in range(int(rng.integers(1, 5))):
            key = f"{name}-v{vendor}-{number}"
            common = {
                "market": name, "month": month, "listing_key": key, "vendor_key": f"{name}-v{vendor}", "is_drug": True,
                "drug_class": str(rng.choice(CLASSES)), "origins": [str(homes[vendor])], "n_origins": 1,
                "destinations": ["WW"],
            }  # fmt: skip
            offers.append(common | more | {"price_basis": "none"})
            for sale in range(rng.poisson(3)):
                paid = {"price_eur": Decimal(int(rng.integers(10, 300))), "price_source": "exact", "rating": 5.0}
                moment = {"dated_at": datetime(month.year, month.month, 5, tzinfo=UTC), "status": "observed"}
                more.pop("excluded", None)
                sales.append(common | more | paid | moment | imputed | {"transaction_key": f"{key}-{month}-{sale}"})
    vendors = [
        {
            "market": name, "month": month, "vendor_key": f"{name}-v{k}", "is_active": True,
            "origins": [str(homes[k])], "n_origins": 1,
        }
        for k in range(count)
    ]  # fmt: skip
    found = {"listings": offers, "transactions": sales, "vendors": vendors}
    return {table: rows("clean", table, *given) for table, given in found.items()}


@lru_cache(maxsize=8)
def world(
    seed: int, *, varied: bool = False, spread: bool = False
) -> tuple[dict[str, pl.DataFrame], dict[str, pl.DataFrame]]:
    """All internal and all public tables of a random world of two markets."""
    rng = np.random.default_rng(seed)
    parts: dict[str, list[pl.DataFrame]] = {}
    empty = {n: pl.DataFrame(schema=contracts.load("parsed", n).polars_schema) for n in ("pages", "market_counters")}
    for name, months in MONTHS.items():
        for month in months:
            clean = market(name, month, rng, varied=varied, spread=spread)
            made = compute_month(
                clean, one_capture(name, f"{month:%Y-%m}"), empty["pages"], empty["market_counters"], market=name,
                month=f"{month:%Y-%m}", options=OPTIONS,
            )  # fmt: skip
            for table, frame in (clean | made).items():
                parts.setdefault(table, []).append(frame)
    internal = {table: pl.concat(frames) for table, frames in parts.items()}
    internal |= compute_across(internal, options=OPTIONS)
    internal["study_scorecard"] = study_scorecard(internal)
    return internal, public_tables(internal, options=OPTIONS)


class Attack:
    """Unknowns are the country totals of every month; every published figure that says something of them is used."""

    def __init__(self, internal: dict[str, pl.DataFrame], public: dict[str, pl.DataFrame], indicator: str) -> None:
        self.indicator, self.share = indicator, indicator.replace("LV", "SH")
        levels = internal["activity"].filter(
            (pl.col("indicator") == indicator) & (pl.col("drug_class") == "all") & pl.col("value").is_not_null()
        )
        self.world = {
            (m, t): v
            for m, t, v in levels.filter(pl.col("country") == "W").select("market", "month", "value").iter_rows()
        }
        own = levels.filter(pl.col("country") != "W").sort("market", "month", "country")
        self.cells = list(own.select("market", "month", "country").iter_rows())
        self.truth, self.vendors = own["value"].to_list(), own["n_vendors"].to_list()
        self.place = {cell: number for number, cell in enumerate(self.cells)}
        self.lines: list[dict[int, float]] = []
        self.right: list[float] = []
        self._months(public)
        self._windows(public)
        self._changes(public)

    def _say(self, parts: dict[tuple[str, date, str], float], value: float) -> None:
        self.lines.append({self.place[cell]: weight for cell, weight in parts.items() if cell in self.place})
        self.right.append(value)

    def _rows(self, public: dict[str, pl.DataFrame], table: str, indicator: str) -> list[dict[str, Any]]:
        frame = public[f"{table}_public"].filter(
            (pl.col("indicator") == indicator) & (pl.col("drug_class") == "all") & pl.col("value").is_not_null()
        )
        return list(frame.filter(pl.col("country") != "W").iter_rows(named=True))

    def _months(self, public: dict[str, pl.DataFrame]) -> None:
        for cell, total in self.world.items():
            if self.indicator != "LV02":
                self._say({(*cell, country): 1.0 for *at, country in self.cells if tuple(at) == cell}, total)
        for row in self._rows(public, "activity", self.indicator):
            self._say({(row["market"], row["month"], row["country"]): 1.0}, row["value"])
        for row in self._rows(public, "shares", self.share):
            cell = row["market"], row["month"]
            self._say({(*cell, row["country"]): 1.0}, row["value"] * self.world[cell])
        for row in self._rows(public, "shares", f"{self.share}_bound"):
            cell = row["market"], row["month"]
            # Its lower bound is of more than the world's total where pages were missed or sales are unattributed.
            self._say({(*cell, row["country"]): 1.0}, row["value"] * self.world[cell])

    def _windows(self, public: dict[str, pl.DataFrame]) -> None:
        for name in ("pooled", "mean"):
            for row in self._rows(public, "shares_window", f"{self.share}_{name}"):
                inside = [cell for cell in self.world if row["market"] in ("all", cell[0])]
                whole = sum(self.world[cell] for cell in inside)
                months = {month for _, month in inside}
                parts = {}
                for cell in inside:
                    of_month = sum(v for (m, t), v in self.world.items() if t == cell[1] and (m, t) in inside)
                    weight = 1 / whole if name == "pooled" else 1 / of_month / len(months)
                    parts[*cell, row["country"]] = weight
                self._say(parts, row["value"])
        measure = {"LV01": "L", "LV02": "V", "LV03": "T", "LV04": "R"}[self.indicator]
        for row in self._rows(public, "literature_comparison", f"CMP01_{measure}"):
            months = {month for _, month in self.world}
            parts = {}
            for cell in self.world:
                of_month = sum(v for (_, t), v in self.world.items() if t == cell[1])
                parts[*cell, row["country"]] = 1 / of_month / len(months)
            self._say(parts, row["value"])

    def _changes(self, public: dict[str, pl.DataFrame]) -> None:
        for row in self._rows(public, "trends", f"GR02:{self.indicator}"):
            months = sorted(t for m, t in self.world if m == row["market"])
            before = months[months.index(row["month"]) - 1]
            key = row["market"], row["country"]
            self._say({(key[0], row["month"], key[1]): 1.0, (key[0], before, key[1]): -1 - row["value"]}, 0.0)

    def floor(self, number: int) -> float:
        """A hidden row stands for at least one (or for the part of one there is), save where zero has a row as well."""
        counts = self.indicator != "LV04" and self.cells[number][2] not in OPTIONS.focus
        return min(1.0, self.truth[number]) if counts else 0.0

    def range_of(self, number: int) -> tuple[float, float]:
        """The least and greatest value that everything said allows."""
        matrix = np.zeros((len(self.lines), len(self.cells)))
        for line, parts in enumerate(self.lines):
            for place, weight in parts.items():
                matrix[line, place] = weight
        goal = np.zeros(len(self.cells))
        goal[number] = 1.0
        scale = max(self.truth)
        found = []
        for sign in (1, -1):
            least = [(self.floor(place) / scale, None) for place in range(len(self.cells))]
            solved = linprog(sign * goal, A_eq=matrix, b_eq=np.array(self.right) / scale, bounds=least, method="highs")
            assert solved.status in (0, 3), solved.message
            found.append(sign * solved.fun * scale if solved.status == 0 else np.inf)
        return found[0], found[1]
