"""A process of its own that reads large pages, so that one which takes too long can be ended.

It is started when first needed and lives as long as its parent. Seconds of CPU are counted, so that a busy machine
reads the same pages as an idle one; the process bounds itself, so that it also ends when its parent was killed.
"""

import atexit
import contextlib
import os
import pickle
import resource
import subprocess
import sys
import threading
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

from cryptodrug_assets.markets.base import Market

CPU_S = 20
_WALL_S = 6 * CPU_S
_END_S = 5.0


class TooSlowError(Exception):
    """The page was not read in the time there is, or reading it ended the process."""


class _Reader:
    """The process and the pipe to it; one request at a time."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self._pipe, far = Pipe()
        paths = os.pathsep.join(path for path in sys.path if path)
        self._process = subprocess.Popen(  # noqa: S603 - this module, in this Python
            [sys.executable, "-m", "cryptodrug_assets.markets._reader", str(far.fileno())],
            pass_fds=[far.fileno()],
            env=os.environ | {"PYTHONPATH": paths},
            stdin=subprocess.DEVNULL,
        )
        far.close()

    def ask(self, request: bytes) -> Any:
        """The answer; TooSlowError when there is none in time."""
        try:
            self._pipe.send_bytes(request)
            if not self._pipe.poll(_WALL_S):
                raise TooSlowError(f"not read within {_WALL_S} s")
            failed, answer = pickle.loads(self._pipe.recv_bytes())  # noqa: S301 - our own process speaks
        except (EOFError, OSError) as err:
            raise TooSlowError(f"not read within {CPU_S} s of CPU") from err
        if failed:
            raise answer
        return answer

    def end(self) -> None:
        """Kill the process."""
        self._pipe.close()
        self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_S)


_lock = threading.Lock()
_reader: _Reader | None = None


def read_apart(market: Market, method: str, body: bytes, context: dict[str, Any]) -> Any:
    """What a method of the market makes of a page, by the process; TooSlowError when it takes too long."""
    global _reader  # noqa: PLW0603 - one process for all who read in this one
    request = pickle.dumps((market, method, body, context, CPU_S))
    with _lock:
        if _reader is None or _reader.owner != os.getpid():  # a forked process has no part in its parent's
            _reader = _Reader()
        try:
            return _reader.ask(request)
        except TooSlowError:
            _reader.end()
            _reader = None
            raise


def _end() -> None:
    if _reader is not None and _reader.owner == os.getpid():
        _reader.end()


atexit.register(_end)


def _serve(pipe: Connection) -> None:
    """Answer requests until the parent has gone."""
    while True:
        try:
            market, method, body, context, seconds = pickle.loads(pipe.recv_bytes())  # noqa: S301 - our own parent speaks
        except (EOFError, OSError):
            return
        used = resource.getrusage(resource.RUSAGE_SELF)
        _, most = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + seconds, most))
        try:
            answer = (False, getattr(market, method)(body, **context))
        except Exception as err:  # noqa: BLE001 - the parent raises it where it would have been raised
            answer = (True, err)
        pipe.send_bytes(pickle.dumps(answer))


if __name__ == "__main__":
    _serve(Connection(int(sys.argv[1])))
