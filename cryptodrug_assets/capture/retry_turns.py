"""Which fetches may run at the same time.

All may, except pages at which a browser died: these are tried again alone. A browser's death ends every page that is
under way in it, so only of a page that was alone can it be said that it was the cause.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """Many fetches together or one alone; who wants to be alone comes before those who do not."""

    def __init__(self) -> None:
        self._changed = asyncio.Condition()
        self._together = 0
        self._alone = False
        self._wanted = 0

    @asynccontextmanager
    async def take(self, *, alone: bool) -> AsyncIterator[None]:
        """Hold a turn."""
        await (self._begin_alone() if alone else self._begin_together())
        try:
            yield
        finally:
            async with self._changed:
                if alone:
                    self._alone = False
                else:
                    self._together -= 1
                self._changed.notify_all()

    async def _begin_together(self) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: not (self._alone or self._wanted))
            self._together += 1

    async def _begin_alone(self) -> None:
        async with self._changed:
            self._wanted += 1
            try:
                await self._changed.wait_for(lambda: not (self._alone or self._together))
                self._alone = True
            finally:
                self._wanted -= 1
                self._changed.notify_all()
