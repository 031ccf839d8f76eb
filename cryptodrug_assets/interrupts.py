"""Ctrl-C and a service manager's SIGTERM as one thing: requested once, never lost, never a traceback.

The interrupt is raised wherever the program happens to be. Inside a finaliser it is swallowed with a traceback on the
terminal. So it is also remembered, and long work asks for it between its steps.
"""

import logging
import signal
import sys
from types import FrameType, TracebackType
from typing import Any

_asked = False


def watch() -> None:
    """Take both signals from now on."""
    signal.signal(signal.SIGINT, _interrupt)
    signal.signal(signal.SIGTERM, _interrupt)
    sys.unraisablehook = _unraisable
    if logging.lastResort is not None:
        logging.lastResort.addFilter(_no_interrupt)


def asked() -> bool:
    """Whether an interrupt was asked for, also when a library swallowed it."""
    return _asked


def _interrupt(number: int, frame: FrameType | None) -> None:
    global _asked  # noqa: PLW0603 - a process is interrupted or it is not
    _asked = True
    raise KeyboardInterrupt


def _unraisable(found: Any) -> None:
    if found.exc_type is None or not issubclass(found.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(found)


def _no_interrupt(record: logging.LogRecord) -> bool:
    kind: type[BaseException] | None = None
    if isinstance(record.exc_info, tuple):
        info: tuple[Any, Any, TracebackType | None] = record.exc_info
        kind = info[0]
    return kind is None or not issubclass(kind, KeyboardInterrupt)
