"""The facts of a release for tests of its package."""

from datetime import UTC, datetime
from typing import Any

from cryptodrug_assets.publishing.package.facts import Facts, publisher


def facts(**more: Any) -> Facts:
    """A synthetic release of two months."""
    given: dict[str, Any] = {
        "name": "2019-05.1", "moment": datetime(2019, 6, 3, 8, tzinfo=UTC), "synthetic": True, "publisher": publisher(),
        "first": "2019-04", "last": "2019-05", "markets": ("dream", "empire"),
    }  # fmt: skip
    return Facts(**(given | more))
