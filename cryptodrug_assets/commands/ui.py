"""`cryptodrug ui`: the Dagster UI behind its guard, and the daemon, on this home folder."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from cryptodrug_assets.inert import say
from cryptodrug_assets.observation import UserError
from cryptodrug_assets.settings import Settings

Port = Annotated[int, typer.Option("--port", help="Port of the web interface.", min=1, max=65535)]
_LOOK_EVERY_S = 0.5
_GRACE_S = 20
_HEARD_S = 1


def ui(
    port: Port = 3000,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    token: Annotated[
        bool, typer.Option("--token", help="Let only those in who have the address printed at the start.")
    ] = False,
    home: Annotated[Path | None, typer.Option("--home", help="Home folder instead of the settings' one.")] = None,
) -> None:
    """Start the Dagster UI and daemon on this home folder (Ctrl-C stops both).

    A guard answers only under its own names and only its own pages. Other users of this machine can reach it unless
    --token is given.
    """
    from cryptodrug_assets.installation import WORKSPACE
    from cryptodrug_assets.runs.instance import prepare_home
    from cryptodrug_assets.ui import webserver

    settings = Settings() if home is None else Settings(home=home)
    require_free(host, port)
    prepare_home(settings)
    secret = secrets.token_urlsafe(24) if token else ""
    names = [host, *(name.strip() for name in settings.ui_hosts.split(",") if name.strip())]
    environment = os.environ | {
        "CRYPTODRUG_HOME": str(settings.home.resolve()),
        webserver.NAMES: ",".join(names),
        webserver.PORT: str(port),
        webserver.TOKEN: secret,
    }
    workspace = ["-w", str(WORKSPACE)]
    commands = [
        [sys.executable, "-m", webserver.__name__, "-h", host, "-p", str(port), *workspace],
        [str(Path(sys.executable).with_name("dagster-daemon")), "run", *workspace],
    ]
    shown = f"[{host}]" if ":" in host else host
    say(f"Dagster UI: http://{shown}:{port}{f'/?token={secret}' if token else ''}", end=" ")
    say("(first answer after half a minute)", flush=True)
    raise typer.Exit(_supervise(commands, (host, port), environment))


def require_free(host: str, port: int) -> None:
    """UserError when nothing can listen there, with the reason."""
    try:
        [(family, _, _, _, address), *_] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as err:
        raise UserError(f"--host {host} is no address ({getattr(err, 'strerror', err)}); use 127.0.0.1") from err
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as err:
            raise UserError(f"cannot listen on port {port} of {host}: {err.strerror}; {_way_out(err)}") from err


def _way_out(err: OSError) -> str:
    import errno

    if err.errno == errno.EADDRNOTAVAIL:
        return "that is no address of this machine, use --host 127.0.0.1"
    if err.errno == errno.EACCES:
        return "ports below 1024 are the system's, choose another with --port"
    return "choose another with --port"


def _supervise(commands: Sequence[Sequence[str]], address: tuple[str, int], environment: dict[str, str]) -> int:
    """Run the commands until one ends or the user stops them; all of them end. The exit code."""
    waiting = list(commands)
    running: list[subprocess.Popen[bytes]] = []
    try:
        while all(process.poll() is None for process in running):
            # Each loads the whole platform: one after the other, or the UI would be twice as long in coming.
            if waiting and (not running or _answers(address)):
                # In the terminal's own group: what ends the terminal ends them, too.
                running.append(subprocess.Popen(waiting.pop(0), env=environment))  # noqa: S603
            time.sleep(_LOOK_EVERY_S)
        ended = next(process for process in running if process.poll() is not None)
        say(f"error: {Path(str(ended.args[-1])).name}: the UI or its daemon ended by itself", file=sys.stderr)  # type: ignore[index]
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        _stop(running)


def _answers(address: tuple[str, int]) -> bool:
    try:
        with socket.create_connection(address, timeout=1):
            return True
    except OSError:
        return False


def _stop(running: Sequence["subprocess.Popen[bytes]"]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Ctrl-C in a terminal has reached them already; twice would cut their tidying short.
    time.sleep(_HEARD_S)
    for process in running:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
    until = time.monotonic() + _GRACE_S
    for process in running:
        try:
            process.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
