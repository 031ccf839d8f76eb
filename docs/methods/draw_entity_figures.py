"""Figures of the pages on feedback, holding prices, coverage, vendors and pseudonyms; `make docs` runs it.

Everything drawn is made up here from fixed seeds. The same code gives the same files.
"""

import math
import random
import sys
from pathlib import Path
from statistics import mean

import matplotlib.pyplot as plt
import polars as pl
from drawing import BLUE, GREY, RED, draw_all, save

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from cryptodrug_assets.cleaning.options import CleaningOptions
from cryptodrug_assets.cleaning.prices.holding_prices import flag_holding_prices
from cryptodrug_assets.cleaning.pseudonyms import KINDS, Pseudonyms
from cryptodrug_assets.cleaning.vendors.linkage import link_vendors
from cryptodrug_assets.indicators.statistics.capture_recapture import chao, chapman, schnabel
from cryptodrug_assets_tests.cleaning.test_feedback import counted, simulated, views
from cryptodrug_assets_tests.cleaning.vendor_world import vendor_world


def feedback() -> None:
    """Found ÷ true of four ways of removing duplicates, whole lists and the last 50 rows."""
    figure, axis = plt.subplots(figsize=(6.4, 2.6))
    names: list[str] = []
    for turn, (shown, color) in enumerate(((None, BLUE), (50, RED))):
        ratios: dict[str, list[float]] = {}
        for seed in range(40):
            truth = simulated(seed)
            for name, number in counted(views(truth, seed, shown=shown)).items():
                ratios.setdefault(name, []).append(number / len(truth))
        names = list(ratios)
        values = [mean(found) for found in ratios.values()]
        places = [n + 0.2 - 0.4 * turn for n in range(len(names))]
        axis.barh(places, values, 0.4, color=color, label=f"last {shown} shown" if shown else "whole list shown")
        for place, value in zip(places, values, strict=True):
            axis.text(value, place, f" {value:.3f}", va="center", fontsize=8)
    axis.axvline(1, color="black", linewidth=0.8)
    axis.set_yticks(range(len(names)), names)
    axis.set(xscale="log", xlabel="found ÷ true")
    axis.legend(frameon=False, fontsize=8)
    save(figure, "feedback")


def holding() -> None:
    """Prices against amounts: what is flagged, and the wholesale that is not."""
    rng = random.Random(4)
    rows = [
        (grams, 25 * grams**0.85 * rng.lognormvariate(0, 0.3)) for grams in (0.5, 1, 2, 5, 10, 28, 100, 1000, 2000) * 20
    ]
    rows += [(grams, 99_999.0) for grams in (1, 10, 100)]
    prices = pl.DataFrame(rows, schema=["quantity", "price_eur"], orient="row").with_columns(
        identity=pl.int_range(pl.len()), price_amount="price_eur", price_currency=pl.lit("EUR"),
        drug_class=pl.lit("amphetamine"), quantity_unit=pl.lit("g"),
        unit_price_eur=pl.col("price_eur") / pl.col("quantity"),
    )  # fmt: skip
    found = flag_holding_prices(prices.with_columns(own_median="price_amount"), CleaningOptions())
    figure, axis = plt.subplots(figsize=(6.4, 3))
    for held, color, label in ((False, BLUE, "kept"), (True, RED, "flagged")):
        part = found.filter(pl.col("is_holding_price") == held)
        axis.scatter(part["quantity"], part["price_eur"], s=12, color=color, label=label)
    usual = float(prices["unit_price_eur"].median())  # type: ignore[arg-type]
    line = [0.4, 3000.0]
    axis.plot(line, [10 * usual * grams for grams in line], "--", color=GREY, label="10 × median per gram")
    axis.axhline(10_000, color=GREY, linestyle=":", label="cap, without an ordinary unit price")
    axis.set(xscale="log", yscale="log", xlabel="grams", ylabel="euros")
    axis.legend(frameon=False, fontsize=8)
    save(figure, "holding-prices")


def coverage() -> None:
    """Estimates over the truth, with pages as likely as each other to be seen and not."""
    figure, axis = plt.subplots(figsize=(7.2, 2.6))
    labels, data = [], []
    for spread in (0.0, 1.5):
        estimates: dict[str, list[float]] = {
            name: [] for name in ("seen", "Chapman, 2 passes", "Schnabel, 4 passes", "Chao, 4 passes")
        }
        for seed in range(100):
            draw = random.Random(seed)
            chances = [1 / (1 + math.exp(-draw.gauss(1.0, spread))) for _ in range(500)]
            found = [{n for n, chance in enumerate(chances) if draw.random() < chance} for _ in range(4)]
            first, second = found[:2]
            estimates["seen"].append(len(first | second) / 500)
            estimates["Chapman, 2 passes"].append(chapman(len(first), len(second), len(first & second)).value / 500)
            estimates["Schnabel, 4 passes"].append(schnabel(found).value / 500)
            estimates["Chao, 4 passes"].append(chao(found).value / 500)
        for name, values in estimates.items():
            labels.append(f"{name}\n{'unequal' if spread else 'equal'} chances")
            data.append(values)
    axis.boxplot(data, showfliers=False, medianprops={"color": BLUE})
    axis.axhline(1, color=RED, linewidth=0.8)
    axis.set_xticks(range(1, len(labels) + 1), labels, fontsize=7)
    axis.set_ylabel("estimate ÷ true")
    save(figure, "coverage")


def linkage() -> None:
    """Precision and recall by class on a made-up pair of markets, and whether probabilities keep their promise."""
    left, right, true = vendor_world(3, size=1500, shared=450, imitators=45, forms=True)
    links = link_vendors(left, right)
    rows = [(rank, chance, (one, other) in true) for one, other, rank, chance in
            links.select("left", "right", "link_class", "probability").iter_rows()]  # fmt: skip
    figure, (first, second) = plt.subplots(1, 2, figsize=(7.2, 2.8))
    for place, classes in enumerate(("A", "AB", "ABC")):
        part = [right_one for rank, _, right_one in rows if rank in classes]
        for shift, value, color in ((-0.2, sum(part) / len(part), BLUE), (0.2, sum(part) / len(true), RED)):
            first.bar(place + shift, value, 0.4, color=color)
            first.text(place + shift, value, f"{value:.2f}", ha="center", va="bottom", fontsize=8)
    first.set_xticks(range(3), ["A", "A+B", "A+B+C"])
    first.set_ylim(0, 1.15)
    first.legend(["precision", "recall"], frameon=False, fontsize=8, loc="lower right")
    bins = ((0.5, 0.7), (0.7, 0.85), (0.85, 0.95), (0.95, 1.0001))
    for low, high in bins:
        part_ = [(chance, kept) for rank, chance, kept in rows if rank != "A" and low <= chance < high]
        if part_:
            second.plot(
                mean(c for c, _ in part_),
                mean(k for _, k in part_),
                "o",
                color=BLUE,
                markersize=3 + len(part_) ** 0.5 / 2,
            )
    second.plot([0.5, 1], [0.5, 1], color=GREY, linewidth=0.8)
    second.set(xlabel="probability", ylabel="true", ylim=(0, 1.05))
    save(figure, "vendor-linkage")


def pseudonyms() -> None:
    """Of 200 vendors, those found again by their pseudonym: within a release, in the next one, with the keys lost."""
    names = [f"dream|vendor {number}" for number in range(200)]
    keys = [Pseudonyms(dict.fromkeys(KINDS, bytes([number]) * 32)) for number in (1, 2)]
    first, again, later = keys[0].for_release("2019-04"), keys[0].for_release("2019-04"), keys[0].for_release("2019-05")
    base = {first.pseudonym("vendor", name) for name in names}
    found = [len(base & {other.pseudonym("vendor", name) for name in names}) for other in (again, later, keys[1])]
    figure, axis = plt.subplots(figsize=(5.2, 2.2))
    bars = axis.barh(["same release", "next release", "other keys"], found, color=[BLUE, RED, RED])
    axis.bar_label(bars)
    axis.set_xlabel("vendors of 200 that can be joined")
    save(figure, "pseudonyms")


if __name__ == "__main__":
    draw_all(feedback, holding, coverage, linkage, pseudonyms)
