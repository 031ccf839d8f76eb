"""`cryptodrug ui` in processes of its own, for tests."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

MOST_S = 180
PROGRAM = str(Path(sys.executable).with_name("cryptodrug"))
T = TypeVar("T")


@dataclass(frozen=True)
class Server:
    """A server that starts: its address, and waiting for its first answer."""

    url: str
    process: "subprocess.Popen[bytes]"

    def wait(self) -> None:
        """Until it answers."""

        def answers() -> bool | None:
            assert self.process.poll() is None, "the UI ended by itself"
            try:
                urllib.request.urlopen(f"{self.url}/server_info", timeout=5).read()
            except OSError:
                return None
            return True

        until(answers, "the UI")


@contextmanager
def served(environment: dict[str, str]) -> Iterator[Server]:
    """The UI and its daemon on a port of their own, in a process group of their own, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [PROGRAM, "ui", "--port", str(port)],
        env=os.environ | environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield Server(f"http://127.0.0.1:{port}", process)
    finally:
        # As Ctrl-C in a terminal reaches them: all at once.
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def until(wanted: Callable[[], T | None], what: str) -> T:
    """What is wanted, as soon as it is there."""
    end = time.monotonic() + MOST_S
    while time.monotonic() < end:
        if (found := wanted()) is not None:
            return found
        time.sleep(1)
    raise AssertionError(f"{what}: not within {MOST_S} s")
