"""TLP:CLEAR, TLP:AMBER and the release together tell nothing of what one or two vendors offer.

The attack is that of the disclosure tests, on every route: it knows nothing of how routes were protected.
"""

from collections.abc import Iterator

import polars as pl
import pytest

from cryptodrug_assets.indicators import zones
from cryptodrug_assets.publishing.bulletin.content import Line
from cryptodrug_assets.publishing.bulletin.restricted import zone_lines
from cryptodrug_assets.publishing.exchange.observations import datasets, observations
from cryptodrug_assets_tests.indicators.attack import MONTHS, world
from cryptodrug_assets_tests.publishing.bulletin.routes import NOWHERE, PATTERNS, Routes, reach_of

Tables = dict[str, pl.DataFrame]
_ROOM = 1e-3


def bulletins(internal: Tables, public: Tables) -> dict[str, list[Line]]:
    """What every restricted bulletin of a world holds beyond the public tables, by month."""
    observed = observations({n: public[f"{n}_public"] for n in datasets() if f"{n}_public" in public})
    made: dict[str, list[Line]] = {}
    for market, months in MONTHS.items():
        for month in months:
            offers = internal["listings"].filter(market=market, month=month)
            lines = zone_lines({market: offers}, observed, f"{month:%Y-%m}", min_coverage=0.9)
            made.setdefault(f"{month:%Y-%m}", []).extend(lines)
    return made


def targets(attack: Routes) -> Iterator[tuple[float, list[int]]]:
    """Routes, and offers of one reach, that one or two vendors stand behind: how many offers, and the unknowns."""
    for number, vendors in enumerate(attack.behind):
        if len(vendors) in (1, 2) and attack.atoms[number][3] != NOWHERE:
            yield attack.mass[number], [number]
    for cell in attack.cells:
        for reach in ("domestic", "eu", "europe", "world"):
            parts = [attack.at[*cell, p] for p in PATTERNS if p != NOWHERE and reach_of(cell[2], p) == reach]
            vendors = set().union(*(attack.behind[part] for part in parts))
            if len(vendors) in (1, 2) and sum(attack.mass[part] > 0 for part in parts) > 1:
                yield float(attack.mass[parts].sum()), parts


def recovered(attack: Routes, of: list[tuple[float, list[int]]]) -> dict[str, tuple[float, float]]:
    """What is known to within a seventh, or to within one offer, with the range it is known in."""
    found = {}
    for value, atoms in of:
        low, high = attack.range_of_sum(atoms)
        room = max(0.15 * value, 1.0)
        if high < value + room - _ROOM or low > max(value - min(value, room), 0.0) + _ROOM:
            found[str([attack.atoms[atom] for atom in atoms])] = (low, high)
    return found


@pytest.mark.parametrize(
    ("seed", "varied"), [(1, False), *(pytest.param(*case, marks=pytest.mark.slow) for case in [(1, True), (2, True)])]
)
def test_the_attack_recovers_nothing(seed: int, *, varied: bool) -> None:
    internal, public = world(seed, varied=varied, spread=True)
    restricted = bulletins(internal, public)
    told = {(one.market, one.origin) for lines in restricted.values() for one in lines if one.now.value is not None}
    assert {("dream", "BE"), ("dream", "REST"), ("empire", "NL")} <= told  # there is something to attack with
    attack = Routes(internal, public, restricted)
    totals = [attack.mass[[attack.at[*cell, p] for p in PATTERNS]].sum() for cell in attack.cells]
    assert totals == pytest.approx(attack.truth)
    wanted = list(targets(attack))
    assert len(wanted) > 40
    assert recovered(attack, wanted) == {}
    # With the numbers behind public shares guessed, too, the restricted edition adds nothing to what the release tells.
    guessed = recovered(Routes(internal, public, restricted, bases=True), wanted)
    alone = recovered(Routes(internal, public, {}, bases=True), wanted) if guessed else {}
    for place, told_in in guessed.items():
        assert told_in == pytest.approx(alone[place], abs=1e-6), place


def test_the_attack_would_find_what_is_not_protected(monkeypatch: pytest.MonkeyPatch) -> None:
    """With every line told whatever stands behind it, offers to Europe alone are known where the base is."""
    internal, public = world(1, varied=False, spread=True)
    monkeypatch.setattr(zones, "LEAST_VENDORS", 1)
    monkeypatch.setattr(zones, "LEAST_FOR_PROPORTION", 1)
    bare = public | {"shipping_public": internal["shipping"]}
    attack = Routes(internal, bare, bulletins(internal, bare), bases=True)
    to_europe = (False, False, True, False)
    wanted = [
        (attack.mass[number], [number])
        for number, (_, _, origin, pattern) in enumerate(attack.atoms)
        if pattern == to_europe and len(attack.behind[number]) in (1, 2) and origin in ("BE", "NL", "DE", "GB", "FR")
    ]
    assert len(wanted) > 3 and len(recovered(attack, wanted[:4])) == 4
