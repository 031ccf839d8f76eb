"""What is known of Playwright's driver beyond its interface: that it is a child process, and how it starts and dies.

The driver is given this process's environment and nothing else (there is no argument for one), its death is told by
texts, and its process is known by its command line. test_private_parts.py fails when an upgrade changes that.
"""

import asyncio
import contextlib
import logging
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.async_api import Playwright

_log = logging.getLogger(__name__)
DRIVER_GONE = ("Connection closed while reading from the driver", "Target page, context or browser has been closed")
# Unbounded, node puts off collecting its garbage for thousands of pages. Sixteen tabs with pages of 5 MB fit.
_NODE_MEMORY = "--max-semi-space-size=2 --max-old-space-size=256"


async def start_driver(folder: Path) -> "Playwright":
    """Start a driver that puts its files (profiles, artifacts) into the folder and keeps its memory small."""
    from playwright.async_api import async_playwright

    options = f"{_NODE_MEMORY} {os.environ.get('NODE_OPTIONS', '')}".strip()
    with _environment(TMPDIR=str(folder), NODE_OPTIONS=options):
        return await async_playwright().start()


def is_driver(command: Sequence[str]) -> bool:
    """Whether a process with this command line is a driver."""
    return "playwright" in " ".join(command)


def quiet_about_dead_drivers(loop: asyncio.AbstractEventLoop) -> None:
    """Have the loop not print what a driver that died leaves behind: futures of Playwright's that nobody waits for.

    The death itself is seen by the pages under way, which fail and are tried again.
    """
    before = loop.get_exception_handler()

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if str(context.get("exception", "")).startswith(DRIVER_GONE):
            _log.debug("a driver ended: %s", context["exception"])
        elif before is not None:
            before(loop, context)
        else:
            loop.default_exception_handler(context)

    loop.set_exception_handler(handle)


@contextlib.contextmanager
def _environment(**values: str) -> Iterator[None]:
    """Set variables for a driver started meanwhile."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
