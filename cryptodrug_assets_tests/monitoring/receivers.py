"""A mail server and an HTTP receiver on loopback that keep what they are sent."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer


@dataclass
class Received:
    """What came in, and how the receiver answers."""

    port: int = 0
    messages: list[bytes] = field(default_factory=list)
    envelopes: list[list[str]] = field(default_factory=list)
    refuses: bool = False
    status: int = 204


@contextmanager
def mail_server() -> Iterator[Received]:
    """A server that speaks SMTP (RFC 5321, the least of it)."""
    received = Received()

    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            envelope: list[str] = []
            self._say(b"220 loopback ESMTP")
            while line := self.rfile.readline():
                words = line.decode().strip()
                verb = words[:4].upper()
                if verb in ("EHLO", "HELO"):
                    self._say(b"250 loopback")
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
