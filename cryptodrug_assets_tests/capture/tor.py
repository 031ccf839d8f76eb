"""A Tor network of its own on loopback, with an onion service: authorities that are also relays, a service, a client.

Nothing of it leaves the machine: every address is 127.0.0.1, and the public authorities are not configured.
"""

import contextlib
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_AUTHORITIES = 4
_COMMON = """
TestingTorNetwork 1
Address 127.0.0.1
AssumeReachable 1
AvoidDiskWrites 1
PathsNeededToBuildCircuits 0.67
TestingDirAuthVoteExit *
TestingDirAuthVoteGuard *
TestingDirAuthVoteHSDir *
TestingV3AuthInitialVotingInterval 20
TestingV3AuthInitialVoteDelay 4
TestingV3AuthInitialDistDelay 4
V3AuthVotingInterval 20
V3AuthVoteDelay 4
V3AuthDistDelay 4
V3AuthNIntervalsValid 2
ShutdownWaitLength 0
ControlPort 0
"""


@dataclass(frozen=True)
class Onion:
    """The onion service's host name and the client's SOCKS port."""

    host: str
    socks_port: int


def _ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def _authority(folder: Path, number: int, or_port: int, dir_port: int) -> str:
    """Keys of a directory authority; its DirAuthority line."""
    keys = folder / "keys"
    keys.mkdir(parents=True, mode=0o700)
    folder.chmod(0o700)
    subprocess.run(
        ["tor-gencert", "--create-identity-key", "-m", "1", "-a", f"127.0.0.1:{dir_port}", "--passphrase-fd", "0",
         "-i", str(keys / "authority_identity_key"), "-s", str(keys / "authority_signing_key"),
         "-c", str(keys / "authority_certificate")],
        input=b"x" * 12 + b"\n", check=True, capture_output=True,
    )  # fmt: skip
    empty = folder / "empty"
    empty.touch()
    lines = (keys / "authority_certificate").read_text().splitlines()
    identity = next(line.split()[1] for line in lines if line.startswith("fingerprint "))
    listed = subprocess.run(
        ["tor", "--list-fingerprint", "--quiet", "-f", str(empty), "--defaults-torrc", str(empty),
         "--DataDirectory", str(folder), "--ORPort", str(or_port), "--Nickname", f"auth{number}", "--DirAuthority",
         f"x orport=1 v3ident={identity} 127.0.0.1:1 {'F' * 40}"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    fingerprint = listed.stdout.split(" ", 1)[1].replace(" ", "").strip()
    return f"DirAuthority auth{number} orport={or_port} v3ident={identity} 127.0.0.1:{dir_port} {fingerprint}"


@contextmanager
def running_tor(folder: Path, site_port: int, *, seconds: float) -> Iterator[Onion]:
    """The network with the site as its onion service; TimeoutError when it is not up within the time."""
    ports = _ports(2 * _AUTHORITIES + 1)
    socks_port = ports.pop()
    pairs = [(ports[2 * n], ports[2 * n + 1]) for n in range(_AUTHORITIES)]
    folders = [folder / f"auth{n}" for n in range(_AUTHORITIES)]
    known = [_authority(path, n, *pair) for n, (path, pair) in enumerate(zip(folders, pairs, strict=True))]
    common = _COMMON + "\n".join(known) + "\n"
    nodes = {
        path: f"Nickname auth{n}\nORPort {pair[0]}\nDirPort {pair[1]}\nAuthoritativeDirectory 1\n"
        f"V3AuthoritativeDirectory 1\nContactInfo none\nExitRelay 0\nSocksPort 0\n"
        for n, (path, pair) in enumerate(zip(folders, pairs, strict=True))
    }
    service, client = folder / "service", folder / "client"
    nodes[service] = f"SocksPort 0\nHiddenServiceDir {service / 'hs'}\nHiddenServicePort 80 127.0.0.1:{site_port}\n"
    nodes[client] = f"SocksPort 127.0.0.1:{socks_port}\n"
    running = []
    try:
        for path, own in nodes.items():
            path.mkdir(exist_ok=True, mode=0o700)
            (path / "none").touch()
            (path / "torrc").write_text(f"{common}DataDirectory {path}\nLog notice file {path / 'log'}\n{own}")
            command = ["tor", "--quiet", "-f", str(path / "torrc"), "--defaults-torrc", str(path / "none")]
            running.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        deadline = time.monotonic() + seconds
        while not _reached(service / "hs" / "hostname", socks_port):
            if time.monotonic() > deadline:
                raise TimeoutError("the private Tor network did not come up")
            time.sleep(1)
        yield Onion((service / "hs" / "hostname").read_text().strip(), socks_port)
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(20)


def _reached(hostname: Path, socks_port: int) -> bool:
    """Whether the client leads to the onion service."""
    if not hostname.exists():
        return False
    name = hostname.read_text().strip().encode()
    try:
        with socket.create_connection(("127.0.0.1", socks_port), timeout=60) as proxy:
            proxy.sendall(b"\x05\x01\x00")
            if proxy.recv(2) != b"\x05\x00":
                return False
            proxy.sendall(b"\x05\x01\x00\x03" + bytes([len(name)]) + name + (80).to_bytes(2, "big"))
            return proxy.recv(2)[1:] == b"\x00"
    except OSError:
        return False
