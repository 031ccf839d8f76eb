"""Wall Street's tree of categories with its ids, each of them unique within its level (T, M, B) only.

Drugs and what is below are evidenced, and so is the one other root "Software & Malware" by name. The roots of the
replica's other goods, and all ids beside those of drugs, are made up.
"""

from collections.abc import Mapping
from functools import lru_cache

from cryptodrug_assets.replica.vocabulary import OTHER_GOODS, PRODUCTS

Path = tuple[str, ...]
_BELOW: dict[tuple[str, int], dict[str, int]] = {
    ("Cannabis", 1): {"Weed": 1, "Hashish": 2, "Edibles": 15, "Concentrates": 16, "Seeds": 17, "Synthetics": 27},
    ("MDMA", 4): {},
    ("Benzos", 7): {},
    ("Ecstasy", 8): {},
    ("Opiates", 9): {},
    ("Steroids", 10): {},
    ("Stimulants", 11): {"Cocaine": 3, "Methamphetamine": 4, "Speed": 5, "Other": 6},
    ("Pharmaceuticals", 12): {},
    ("Psychedelics", 50): {"LSD": 7, "Mushrooms": 8, "Other": 9, "RCs": 28, "2C-X": 29},
    ("Utensils", 52): {},
    ("Dissociatives", 68): {"GBL": 18, "GHB": 19, "Ketamine": 20, "MXE": 21, "PCP": 22, "Other": 23},
    ("Alcohol", 69): {},
    ("Harm reduction", 70): {"Naloxone": 24, "Needles": 25, "Test kits": 26},
    ("Tobacco", 71): {},
}
_ROOTS = {"Drugs": 1, "Software & Malware": 4}
_MADE_UP = 100


@lru_cache
def category_tree() -> Mapping[Path, int]:
    """Paths from the root, parents before children, and their ids."""
    tree: dict[Path, int] = {("Drugs",): _ROOTS["Drugs"]}
    for (middle, number), lowest in _BELOW.items():
        tree["Drugs", middle] = number
        tree |= {("Drugs", middle, name): identifier for name, identifier in lowest.items()}
    tree["Software & Malware",] = _ROOTS["Software & Malware"]
    others = {
        product.wall_street[:depth]
        for product in (*PRODUCTS, *OTHER_GOODS)
        for depth in range(1, len(product.wall_street) + 1)
    }
    for number, path in enumerate(sorted(others - tree.keys()), _MADE_UP):
        tree[path] = number
    return tree


def chain(path: Path) -> tuple[str, ...]:
    """Ids of a path's levels, from T on, as a form's state has them: empty where there is no level."""
    tree = category_tree()
    ids = [str(tree[path[:depth]]) for depth in range(1, len(path) + 1)]
    return (*ids, "", "", "")[:3]


def path_of(ids: tuple[str, ...]) -> Path | None:
    """The path of a form's state; None for another."""
    return next((path for path in category_tree() if chain(path) == ids), None)


def pressed(level: str, number: str) -> Path | None:
    """The path of a button of the tree: its level's letter and its id."""
    depth = "TMB".index(level) + 1
    return next((path for path, known in category_tree().items() if len(path) == depth and str(known) == number), None)
