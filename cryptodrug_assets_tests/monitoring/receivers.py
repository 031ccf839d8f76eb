"""A mail server and an HTTP receiver on loopback that keep what they are sent."""

import socketserver
import ssl
import threading
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Received:
    """What came in, and how the receiver answers."""

    port: int = 0
    messages: list[bytes] = field(default_factory=list)
    envelopes: list[list[str]] = field(default_factory=list)
    refuses: bool = False
    status: int = 204
    encrypted: int = 0
    logins: list[bytes] = field(default_factory=list)


@dataclass(frozen=True)
class Certificate:
    """A certificate of its own authority for one name, as a PEM file with its key."""

    path: Path

    def context(self) -> ssl.SSLContext:
        """For a server."""
        found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        found.load_cert_chain(self.path)
        return found


def certificate_for(name: str, folder: Path) -> Certificate:
    """A new certificate, good for two days around now."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return Certificate(path)


@contextmanager
def mail_server(certificate: Certificate | None = None, *, at_once: bool = False) -> Iterator[Received]:
    """A server that speaks SMTP (RFC 5321, the least of it).

    With a certificate it takes STARTTLS (RFC 3207), or TLS `at_once` (RFC 8314), and a login (RFC 4954).
    """
    received = Received()
    context = None if certificate is None else certificate.context()

    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            # A client that does not trust the certificate hangs up.
            with suppress(ssl.SSLError, ConnectionError):
                if at_once:
                    self._encrypt()
                self._talk()

        def _encrypt(self) -> None:
            assert context is not None
            self.connection = context.wrap_socket(self.connection, server_side=True)
            self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", buffering=0)
            received.encrypted += 1

        def _talk(self) -> None:
            envelope: list[str] = []
            self._say(b"220 loopback ESMTP")
            while line := self.rfile.readline():
                words = line.decode().strip()
                verb = words[:4].upper()
                if verb in ("EHLO", "HELO"):
                    offered = b"AUTH PLAIN" if isinstance(self.connection, ssl.SSLSocket) else b"STARTTLS"
                    self._say(b"250 loopback" if context is None else b"250-loopback\r\n250 " + offered)
                elif verb == "STAR" and context is not None:
                    self._say(b"220 go on")
                    self._encrypt()
                elif verb == "AUTH":
                    received.logins.append(b64decode(words.split()[2]))
                    self._say(b"235 welcome")
                elif verb in ("MAIL", "RCPT"):
                    envelope.append(words)
                    refused = verb == "RCPT" and received.refuses
                    self._say(b"550 5.1.1 no such mailbox" if refused else b"250 ok")
                elif verb == "DATA":
                    self._say(b"354 go on")
                    received.messages.append(self._data())
                    received.envelopes.append(envelope)
                    self._say(b"250 kept")
                elif verb == "QUIT":
                    self._say(b"221 bye")
                    return
                else:
                    self._say(b"250 ok")

        def _data(self) -> bytes:
            lines = []
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
            return b"".join(lines)

        def _say(self, line: bytes) -> None:
            self.wfile.write(line + b"\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session) as server:
        yield from _serving(server, received)


@contextmanager
def http_receiver() -> Iterator[Received]:
    """A receiver of POSTs."""
    received = Received()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if received.status < 300:
                received.messages.append(body)
            received.envelopes.append([self.path, self.headers["Content-Type"]])
            self.send_response(received.status)
            if received.status == 302:
                self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        yield from _serving(server, received)


def _serving(server: socketserver.TCPServer, received: Received) -> Iterator[Received]:
    received.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield received
    finally:
        server.shutdown()
        thread.join()
