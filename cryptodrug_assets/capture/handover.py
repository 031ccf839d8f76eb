"""Becomes the browser, after it has exchanged the pipes its parent gave it for a pair that the capture holds.

Playwright's driver talks to a browser over file descriptors 3 and 4. They go to the capture over a private socket,
which sends back two of its own; so the capture stands between driver and browser (channel.py), and no port is opened.
Run as a script by the shell script of the same name, in any Python, with the standard library alone: every start of a
browser waits for it.
"""

import os
import socket

_PIPES = (3, 4)


def main(arguments: list[str]) -> None:
    """Exchange the pipes and run the browser with the arguments; ConnectionError when the capture is gone."""
    with socket.socket(socket.AF_UNIX) as channel:
        channel.connect(os.environ.pop("HANDOVER_SOCKET"))
        socket.send_fds(channel, [b"pipes"], _PIPES)
        _, received, _, _ = socket.recv_fds(channel, 1, len(_PIPES))
    if len(received) != len(_PIPES):
        raise ConnectionError("the capture has gone")
    for pipe, own in zip(_PIPES, received, strict=True):
        os.dup2(own, pipe)
        os.close(own)
    browser = os.environ.pop("HANDOVER_BROWSER")
    del os.environ["HANDOVER_PYTHON"]
    os.execv(browser, [browser, *arguments])  # noqa: S606 - the browser the capture was set to use


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
