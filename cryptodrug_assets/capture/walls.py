"""Walls: pages that stand in the way of a capture, what they say of the site, and what its operator can do."""

# By kind of page; a market that is being maintained comes back by itself.
WALLS = {
    "login": "login lost",
    "challenge": "a challenge closed the site",
    "maintenance": "the market is being maintained",
}


class WallError(Exception):
    """A login page, a challenge or a page of maintenance came instead of content; `kind` is its kind of page."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind

    @property
    def meaning(self) -> str:
        """What it says of the site."""
        return WALLS[self.kind]

    def remedy(self, market: str) -> str:
        """What the operator can do."""
        if self.kind == "maintenance":
            return "what was captured is kept, run again when it is back"
        return f"renew the storage state with `cryptodrug login --market {market}` and re-run"
