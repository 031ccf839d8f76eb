"""Figures of the pages on money, quantities, places and drugs; run `python docs/methods/draw_figures.py`.

Everything drawn is made up here from a fixed seed, except the ECB's rates. The same code gives the same files.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

import matplotlib.pyplot as plt
from drawing import BLUE, GREY, RED, draw_all, save

from cryptodrug_assets.cleaning.places.statements import parse_place
from cryptodrug_assets.cleaning.prices.euros import ecb_rates
from cryptodrug_assets.cleaning.titles.drugs import category_map, classify
from cryptodrug_assets.cleaning.titles.quantities import parse_quantity

# Archived titles labelled by hand before the rules saw them: sample and size, % answered with high confidence, % right
# of these, by the rules as they stood before the sample.
FIRST_SIGHT = (
    ("1\n302", 96.7, 94.9),
    ("2\n209", 93.8, 97.4),
    ("3\n127", 100.0, 96.9),
    ("4\n180", 97.8, 96.0),
    ("5\n73", 100, 95.9),
)
# What offers of each class are called in four languages.
GOODS = {
    "cannabis": ("Amnesia Haze weed", "hasj", "résine de cannabis", "Haschisch"),
    "cocaine": ("cocaine 90%", "coke", "cocaïne", "Kokain"),
    "mdma": ("MDMA crystals", "mdma kristal", "MDMA cristaux", "MDMA Kristalle"),
    "amphetamine": ("speed paste", "speed pasta", "amphétamine", "Speed"),
    "heroin": ("heroin #4", "heroïne", "héroïne", "Heroin"),
    "dissociatives": ("ketamine", "ketamine naald", "kétamine", "Ketamin"),
    "nps": ("3-MMC", "4-FA poeder", "4-MMC cristaux", "3-CMC"),
}
SIZES = (
    "{n}g {what}",
    "{what} {n} gram",
    "{n} Gramm {what}",
    "{what} {n} grammes",
    "{k} x {m}g {what} 24/7",
    "{what} - {n} gr (2018)",
)


def money() -> None:
    """The rate of a day is the last one published, never one that was not known yet."""
    days = [date(2018, 12, 20) + timedelta(days=n) for n in range(16)]
    used = [ecb_rates().on("USD", day) for day in days]
    rates = [float(found[0]) for found in used if found]
    published = [(day, rate) for day, rate, found in zip(days, rates, used, strict=True) if found and found[1] == day]
    figure, axis = plt.subplots(figsize=(6.4, 2.6))
    axis.plot(*zip(*published, strict=True), "--", color=GREY, label="interpolated: knows the future")
    axis.step(days, rates, where="mid", color=BLUE, label="used: last known before")
    axis.plot(*zip(*published, strict=True), "o", color=RED, label="published by the ECB")
    axis.set_ylabel("US dollars per euro")
    axis.set_xticks(days[::3], [f"{day.day} {day:%b}" for day in days[::3]])
    axis.legend(frameon=False, fontsize=8)
    save(figure, "money")


def _titles(rng: random.Random) -> Iterator[tuple[str, float, str]]:
    for _ in range(1500):
        drug_class = rng.choice(list(GOODS))
        k, m = rng.choice((2, 3, 5, 10)), rng.choice((1, 3.5, 5, 10))
        n = rng.choice((0.5, 1, 2.5, 3.5, 7, 10, 25, 50, 100, 250, 1000))
        form = rng.choice(SIZES)
        text = form.format(n=n, k=k, m=m, what=rng.choice(GOODS[drug_class]))
        yield text, k * m if "{k}" in form else n, drug_class


def quantities() -> None:
    """Amounts read from made-up titles against the amounts they were made with."""
    rng = random.Random(7)
    points: Counter[tuple[float, float]] = Counter()
    missed = total = 0
    for text, amount, _ in _titles(rng):
        found = parse_quantity(text)
        total += 1
        missed += found.amount is None
        if found.amount is not None:
            points[amount, found.amount] += 1
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.2, 3.1))
    left.plot([0.3, 2000], [0.3, 2000], color=GREY, linewidth=0.8)
    sizes = [4 + count / 4 for count in points.values()]
    left.scatter(*zip(*points, strict=True), s=sizes, color=BLUE)
    left.set(xscale="log", yscale="log", xlabel="grams in the made-up offer", ylabel="grams read from its title")
    left.set_title(f"{total:,} made-up titles, {missed} without an amount", fontsize=9)
    at = range(len(FIRST_SIGHT))
    right.bar([n - 0.2 for n in at], [answered for _, answered, _ in FIRST_SIGHT], 0.4, color=GREY)
    right.bar([n + 0.2 for n in at], [correct for _, _, correct in FIRST_SIGHT], 0.4, color=BLUE)
    right.axhline(75, color=GREY, linestyle=":")
    right.axhline(90, color=BLUE, linestyle=":")
    right.set_xticks(at, [name for name, _, _ in FIRST_SIGHT])
    right.set(ylim=(0, 100), ylabel="%")
    right.set_title("archived titles at first sight", fontsize=9)
    right.legend(["demanded", "demanded", "answered", "right of these"], fontsize=7, loc="lower left")
    save(figure, "quantities")


def places() -> None:
    """Origins of made-up offers counted in full and by fractions."""
    rng = random.Random(7)
    forms = ("Netherlands", "Nederland", "Belgium", "België", "Belgique / France", "Duitsland", "Deutschland", "UK",
             "Germany or NL", "France", "Torland", "NL, BE & DE", "Worldwide", "Anvers", "Undeclared")  # fmt: skip
    full, fractional = Counter[str](), defaultdict[str, float](float)
    for text in rng.choices(forms, weights=range(len(forms), 0, -1), k=1000):
        origins = [code for code in parse_place(text).include if len(code) == 2 and code != "WW"] or ["unknown"]
        for code in origins:
            full[code] += 1
            fractional[code] += 1 / len(origins)
    codes = [code for code, _ in full.most_common()]
    figure, axis = plt.subplots(figsize=(6.4, 2.6))
    axis.bar([n - 0.2 for n in range(len(codes))], [full[code] for code in codes], 0.4, color=BLUE)
    axis.bar([n + 0.2 for n in range(len(codes))], [fractional[code] for code in codes], 0.4, color=RED)
    axis.set_xticks(range(len(codes)), codes)
    axis.set_ylabel("offers")
    axis.legend([f"full ({sum(full.values()):,})", f"fractional ({sum(fractional.values()):,.0f})"], frameon=False)
    save(figure, "places")


def drugs() -> None:
    """Made-up offers, one in ten on a wrong shelf: class given against class of the shelf, review where they differ."""
    rng = random.Random(7)
    shelves = defaultdict[str, list[str]](list)
    for (market, path), (level1, _) in category_map().items():
        if market == "dream" and level1 in GOODS:
            shelves[level1].append(path)
    names = list(GOODS)
    counts, review = Counter[tuple[str | None, str]](), 0
    for text, _, drug_class in _titles(rng):
        shelf = drug_class if rng.random() < 0.9 else rng.choice(names)
        found = classify(text, rng.choice(sorted(shelves[shelf])).split(" / "), "dream")
        counts[found.drug_class, shelf] += 1
        review += found.review
    grid = [[counts[given, shelf] for shelf in names] for given in names]
    figure, axis = plt.subplots(figsize=(5.2, 3.8))
    axis.imshow([[min(value, 40) for value in row] for row in grid], cmap="Blues")
    for row, values in enumerate(grid):
        for column, value in enumerate(values):
            axis.text(
                column, row, value or "", ha="center", va="center", fontsize=8, color="white" if value > 20 else "black"
            )
    axis.set_xticks(range(len(names)), names, rotation=35, ha="right", fontsize=8)
    axis.set_yticks(range(len(names)), names, fontsize=8)
    axis.set(xlabel="class of the shelf", ylabel="class given")
    axis.set_title(f"{sum(counts.values()):,} offers, {review} for review", fontsize=9)
    save(figure, "drugs")


if __name__ == "__main__":
    draw_all(money, quantities, places, drugs)
