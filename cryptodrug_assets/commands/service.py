"""`cryptodrug service`: the UI and the daemon as units of systemd, so that they start with the machine and after a
crash."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from cryptodrug_assets.inert import say
from cryptodrug_assets.observation import UserError
from cryptodrug_assets.settings import Settings, settings_file
from cryptodrug_assets.storage.home import private_home, write_atomically

app = typer.Typer(help="The UI and the daemon as units of systemd.", no_args_is_help=True)
UNIT = "cryptodrug.service"

# The UI and the daemon are one process tree that ends as a whole, as on the command line. What a capture needs stays
# open: the browser maps memory that is written and executed, and makes namespaces of its own.
_UNIT = """\
[Unit]
Description=CRYPTODRUG monitor: Dagster UI on loopback, and daemon
Documentation=https://docs.dagster.io
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=10min
StartLimitBurst=5

[Service]
Type=exec
ExecStart={command} ui --host 127.0.0.1 --port {port}
WorkingDirectory={folder}
Environment=CRYPTODRUG_HOME={home}
{configuration}KillSignal=SIGINT
TimeoutStopSec=90s
Restart=on-failure
RestartSec=30s
MemoryHigh={memory_high}M
MemoryMax={memory_max}M
TasksMax=2048
UMask=0077
NoNewPrivileges=true
{hardening}
[Install]
WantedBy={target}
"""
# Of the system's manager alone: a user's cannot mount or change users.
_SYSTEM_ONLY = """\
User={user}
ProtectSystem=strict
ProtectHome=read-only
ReadWritePaths={home}
PrivateTmp=true
PrivateDevices=true
ProtectKernelTunables=true
ProtectKernelModules=true
ProtectKernelLogs=true
ProtectControlGroups=true
ProtectClock=true
ProtectHostname=true
RestrictSUIDSGID=true
RestrictRealtime=true
LockPersonality=true
CapabilityBoundingSet=
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native
"""


@app.command()
def install(
    *,
    system: Annotated[bool, typer.Option("--system", help="For the whole machine; needs root and --user.")] = False,
    user: Annotated[str | None, typer.Option("--user", help="Account that a system unit runs as.")] = None,
    port: Annotated[int, typer.Option("--port", help="Port of the UI on loopback.", min=1, max=65535)] = 3000,
    memory: Annotated[int, typer.Option("--memory", help="Most memory, in MB.", min=1024)] = 6144,
    to: Annotated[Path | None, typer.Option("--to", help="Folder of the unit instead of systemd's own.")] = None,
) -> None:
    """Write a unit that runs the UI on loopback and the daemon, with restart, memory limits and hardening.

    It is checked with `systemd-analyze verify` where there is one. The commands that start it are printed, not run.
    Settings of this shell's environment are not in it: write them into a cryptodrug.toml.
    """
    settings = Settings()
    if system != (user is not None):
        raise UserError("a unit of the system runs as an account of its own: give --system and --user NAME together")
    folder = to or (Path("/etc/systemd/system") if system else _user_folder())
    path = folder / UNIT
    text = unit_text(settings, port=port, memory=memory, user=user)
    try:
        private_home(settings.home.resolve())
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text, mode=0o644)
    except OSError as err:
        raise UserError(f"cannot write {path}: {err.strerror}; run it as root, or name a folder with --to") from err
    say(f"written: {path}")
    verify(path)
    scope = "" if system else " --user"
    say(f"next: systemctl{scope} daemon-reload && systemctl{scope} enable --now {UNIT}")
    if not system:
        say("so that it runs while nobody is logged in: loginctl enable-linger")


def unit_text(settings: Settings, *, port: int, memory: int, user: str | None) -> str:
    """The unit; for the system where an account is named, else for the user's own manager. UserError for odd paths."""
    home = _path(settings.home.resolve(), "the home")
    stated = settings_file()
    configuration = f"Environment=CRYPTODRUG_CONFIG={_path(stated, 'the file of settings')}\n" if stated else ""
    return _UNIT.format(
        command=_path(Path(sys.executable).with_name("cryptodrug"), "the program"),
        port=port,
        folder=home,
        home=home,
        configuration=configuration,
        memory_high=memory * 9 // 10,
        memory_max=memory,
        hardening=_SYSTEM_ONLY.format(user=user, home=home) if user else "",
        target="multi-user.target" if user else "default.target",
    )


def verify(path: Path) -> None:
    """Let systemd read the unit; UserError with what it says. Where it cannot, it is said that nothing was checked.

    The system's manager is asked for units of users, too: theirs has to be running, the words are the same.
    """
    tool = shutil.which("systemd-analyze")
    if tool is None:
        say("not checked: there is no systemd-analyze on this machine")
        return
    ran = subprocess.run([tool, "verify", str(path)], capture_output=True, text=True, check=False)  # noqa: S603
    said = [line for line in ran.stderr.splitlines() if UNIT in line]
    if said:
        raise UserError(f"systemd does not take {path}: {' '.join(said[0].split())}; mend it, or choose other paths")
    if ran.returncode:
        say(f"not checked: {' '.join(ran.stderr.split())[:200]}")
        return
    say("checked: systemd-analyze verify finds nothing wrong")


def _user_folder() -> Path:
    return Path.home() / ".config" / "systemd" / "user"


def _path(path: Path, what: str) -> str:
    """The path as a unit may hold it: systemd reads blanks, quotes, % and $ in its own way."""
    text = str(path)
    if any(letter in text for letter in " \t\n\"'\\%$"):
        raise UserError(f"{what} lies in {text}, which a unit cannot name; use a path without blanks, quotes, % and $")
    return text
