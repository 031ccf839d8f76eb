"""A replica is opt-in, and the world of a market is the same whatever other markets there are."""

from hashlib import blake2b

import pytest

from cryptodrug_assets.observation import UserError
from cryptodrug_assets.replica import profiles
from cryptodrug_assets.replica.profiles import check_replica, market_number, replica_cells
from cryptodrug_assets.replica.world import make_world


@pytest.mark.parametrize("markets", [["empire"], ["agora", "empire", "wall_street", "dream"]])
def test_a_world_does_not_depend_on_other_markets(monkeypatch: pytest.MonkeyPatch, markets: list[str]) -> None:
    """Of a market the same facts, alone, and behind one that has no replica and sorts first."""
    whole = make_world("tiny", 11).markets
    monkeypatch.setattr(profiles, "MARKETS", markets)
    some = make_world.__wrapped__("tiny", 11).markets
    assert list(some) == [name for name in markets if name != "agora"]
    for name, facts in some.items():
        assert (facts.vendors, facts.listings, facts.sales) == (
            whole[name].vendors, whole[name].listings, whole[name].sales,
        )  # fmt: skip


def test_numbers_of_markets() -> None:
    """Those of the first replicas stay; a new one's is of its name: here four bytes of blake2b, and three."""
    assert [market_number(name) for name in ("dream", "wall_street", "empire")] == [0, 1, 2]
    assert market_number("agora") == int(blake2b(b"agora", digest_size=4).hexdigest(), 16) + 3


def test_a_market_without_a_replica_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="agora has no replica; set `source: archive`"):
        check_replica("agora")
    with pytest.raises(UserError, match="agora has no replica"):
        make_world("tiny", 11).market("agora")
    monkeypatch.setattr(profiles, "MARKETS", ["agora"])
    with pytest.raises(UserError, match="no market of data_contracts/markets has a replica"):
        make_world.__wrapped__("tiny", 11)
    assert replica_cells() == []
