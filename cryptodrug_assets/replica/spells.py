"""Bad spells of a synthetic site: tokens that expire, and walls that stand before every page for a while.

They go by the number of requests, not by time: the clock of a host stands still. Which requests meet a wall depends on
the order in which a capture asks; what the pages behind it say does not. Wall Street alone has them: of the others no
page of maintenance or of an expired token is known.
"""

from dataclasses import dataclass
from threading import Lock

MARKETS = frozenset({"wall_street"})


@dataclass(frozen=True)
class Wall:
    """A kind of wall (challenge, maintenance) that stands before `answers` requests from the `at`-th on."""

    kind: str
    at: int
    answers: int


@dataclass(frozen=True)
class Spells:
    """After how many requests a token expires (0: never), and the walls that stand on the way."""

    token_requests: int = 0
    walls: tuple[Wall, ...] = ()


CALM = Spells()
# A captcha once, as it came in the middle of sessions, and a spell of maintenance that outlasts a capture's patience.
TROUBLED = Spells(token_requests=25, walls=(Wall("challenge", 40, 1), Wall("maintenance", 90, 8)))


class Weather:
    """The spells of a running site: counts its requests."""

    def __init__(self, spells: Spells) -> None:
        self._spells, self._requests, self._lock = spells, 0, Lock()

    def next(self, market: str) -> tuple[int, str | None]:
        """The number of the token that is valid at a market's next request, and the wall that stands before it."""
        if market not in MARKETS or self._spells == CALM:
            return 0, None
        with self._lock:
            self._requests += 1
            count = self._requests
        spells = self._spells
        wall = next((wall.kind for wall in spells.walls if wall.at <= count < wall.at + wall.answers), None)
        return (count // spells.token_requests if spells.token_requests else 0), wall
