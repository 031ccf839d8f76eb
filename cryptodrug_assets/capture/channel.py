"""The capture's own way to a browser that Playwright has started, without Playwright's driver on it.

Through the driver, every message of a page costs two processes, and the driver listens to each page a second time by
itself: half of what an unpainted page costs. Playwright starts and ends the browser and keeps its cookies; the tabs are
ours. What the driver and the browser say to each other passes here untouched (NUL-terminated JSON); our own messages
go between, in DevTools sessions the driver does not know. No port is opened: see handover.py.
"""

import asyncio
import json
import os
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptodrug_assets.observation import UserError

if TYPE_CHECKING:
    from playwright.async_api import Browser, Playwright

_HANDOVER = Path(__file__).with_name("handover")
# The driver counts its messages up from 1.
_FIRST = 1 << 30
# The answer to the one message of ours that no session carries.
_ANSWER = b'{"id":%d,' % (_FIRST + 1)
_ATTACHED = b'{"method":"Target.attachedToTarget",'
_DETACHED = b'{"method":"Target.detachedFromTarget",'
# A message of a session ends with its id, 32 hexadecimal digits: ..."sessionId":"<id>"}
_SESSION_ID = slice(-34, -2)


class ChannelError(Exception):
    """The browser refused a command, or is gone."""


class CdpSession:
    """One DevTools session: commands and their answers, events and who handles them."""

    def __init__(self, write: Callable[[dict[str, Any]], None], session_id: str | None = None) -> None:
        self._write = write
        self._address = {} if session_id is None else {"sessionId": session_id}
        self._last = _FIRST
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._handlers: dict[str, Callable[[dict[str, Any]], None]] = {}
        self._on_end: Callable[[], None] = lambda: None
        self._ended: str | None = None

    def on(self, event: str, handler: Callable[[dict[str, Any]], None]) -> None:
        """Have `handler` called with the parameters of each such event."""
        self._handlers[event] = handler

    def on_end(self, handler: Callable[[], None]) -> None:
        """Have `handler` called when the session ends: its page closed or crashed, or the browser has gone."""
        self._on_end = handler

    async def send(self, method: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """The answer to a command; ChannelError when the browser refuses it or the session ends before."""
        if self._ended is not None:
            raise ChannelError(self._ended)
        self._last += 1
        number = self._last
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        self._write({"id": number, "method": method, "params": params or {}, **self._address})
        try:
            return await answer
        finally:
            del self._waiting[number]

    def take(self, message: dict[str, Any]) -> None:
        """A message of the browser's for this session."""
        answer = self._waiting.get(message.get("id", 0))
        if answer is not None and not answer.done():
            if "error" in message:
                answer.set_exception(ChannelError(message["error"]["message"]))
            else:
                answer.set_result(message["result"])
        elif (method := message.get("method")) in self._handlers:
            self._handlers[method](message["params"])
        elif method == "Inspector.targetCrashed":
            self.end("the page has crashed")

    def end(self, reason: str) -> None:
        """No more messages come: whoever waits for an answer is told so."""
        if self._ended is not None:
            return
        self._ended = reason
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(ChannelError(reason))
        self._on_end()


class _End(asyncio.Protocol):
    """One end of a pipe; hands on whole messages, each with its NUL taken off."""

    def __init__(self, take: Callable[[bytes], None], lost: Callable[[], None]) -> None:
        self._take, self._lost = take, lost
        self._parts: list[bytes] = []

    def data_received(self, data: bytes) -> None:
        first, *others = data.split(b"\0")
        self._parts.append(first)
        for part in others:
            self._take(b"".join(self._parts))
            self._parts = [part]

    def connection_lost(self, _: Exception | None) -> None:
        self._lost()


class Channel:
    """Relay between driver and browser, with sessions of our own beside the driver's."""

    def __init__(self) -> None:
        self._transports: dict[str, asyncio.Transport] = {}
        self._root = CdpSession(self._write)
        self._browser = self._root
        self._sessions: dict[bytes, CdpSession] = {}
        self._targets: dict[CdpSession, str] = {}
        self._opening = 0
        self._held: list[bytes] = []

    async def start(self, driver: list[socket.socket], browser: list[socket.socket]) -> None:
        """Relay from now on; of each pair, the first carries commands, the second answers and events."""
        loop = asyncio.get_running_loop()
        ends: list[tuple[str, socket.socket, Callable[[bytes], None]]] = [
            # Where we write comes first, for whoever is read may speak at once.
            ("to driver", driver[1], _nothing), ("to browser", browser[0], _nothing),
            ("from driver", driver[0], self._to_browser), ("from browser", browser[1], self._from_browser),
        ]  # fmt: skip
        for name, end, take in ends:
            protocol = _End(take, self.close)
            self._transports[name], _ = await loop.create_unix_connection(lambda end=protocol: end, sock=end)  # type: ignore[misc]
        if any(transport.is_closing() for transport in self._transports.values()):
            self.close()

    async def attach(self) -> None:
        """Have a session with the browser: the only thing asked for beside one."""
        answer = await self._root.send("Target.attachToBrowserTarget")
        self._browser = self._session(answer["sessionId"])

    def close(self) -> None:
        """End of driver or browser: the other is told by the end of its pipes, and our sessions are over."""
        for transport in self._transports.values():
            transport.close()
        for session in [self._root, *self._sessions.values()]:
            session.end("the browser has gone")

    async def new_page(self) -> CdpSession:
        """A new page in the browser's only context, held before its first step by Runtime.runIfWaitingForDebugger."""
        contexts = await self._browser.send("Target.getBrowserContexts")
        [context] = contexts["browserContextIds"]
        # The driver need not know of the page, nor hear in another order of what else there is.
        self._opening += 1
        try:
            made = await self._browser.send("Target.createTarget", {"url": "about:blank", "browserContextId": context})
            page = self._claim(made["targetId"])
        finally:
            self._opening -= 1
            if not self._opening:
                for message in self._held:
                    self._to_driver(message)
                self._held.clear()
        self._targets[page] = made["targetId"]
        return page

    async def close_page(self, page: CdpSession) -> None:
        """Close a page that was opened here."""
        if page in self._targets:
            await self._browser.send("Target.closeTarget", {"targetId": self._targets[page]})

    def _claim(self, target_id: str) -> CdpSession:
        """The driver asked for a session with every page there will be; with our page, it is ours."""
        for message in self._held:
            if message.startswith(_ATTACHED):
                params = json.loads(message)["params"]
                if params["targetInfo"]["targetId"] == target_id:
                    self._held.remove(message)
                    return self._session(params["sessionId"])
        raise ChannelError("the browser made a page without a session")

    def _session(self, session_id: str) -> CdpSession:
        session = self._sessions[session_id.encode()] = CdpSession(self._write, session_id)
        return session

    def _write(self, message: dict[str, Any]) -> None:
        self._to_browser(json.dumps(message).encode())

    def _to_browser(self, message: bytes) -> None:
        self._transports["to browser"].write(message + b"\0")

    def _to_driver(self, message: bytes) -> None:
        self._transports["to driver"].write(message + b"\0")

    def _from_browser(self, message: bytes) -> None:
        session = self._sessions.get(message[_SESSION_ID])
        if session is not None:
            session.take(json.loads(message))
        elif message.startswith(_ANSWER):
            self._root.take(json.loads(message))
        elif not (message.startswith(_DETACHED) and self._end_page(message)):
            if self._opening:
                self._held.append(message)
            else:
                self._to_driver(message)

    def _end_page(self, message: bytes) -> bool:
        """Whether the page that has been closed, says this message, is one of ours."""
        session = self._sessions.pop(json.loads(message)["params"]["sessionId"].encode(), None)
        if session is None:
            return False
        self._targets.pop(session, None)
        session.end("the page has been closed")
        return True


def _nothing(_: bytes) -> None:
    """Nobody speaks at the end of a pipe that is only written to."""


async def launch(playwright: "Playwright", browser: Path, **options: Any) -> tuple["Browser", Channel]:
    """Have Playwright start the browser (`options` as for its launch), and the channel to it."""
    with tempfile.TemporaryDirectory(prefix="cryptodrug-") as folder, socket.socket(socket.AF_UNIX) as listener:
        address = str(Path(folder) / "s")
        try:
            listener.bind(address)
        except OSError as err:
            raise UserError(
                f"no socket can be made in the folder of TMPDIR ({err}); set it to another, short one"
            ) from err
        listener.listen(1)
        listener.setblocking(False)
        handed = {"HANDOVER_PYTHON": sys.executable, "HANDOVER_SOCKET": address, "HANDOVER_BROWSER": str(browser)}
        taking = asyncio.create_task(_take_pipes(listener))
        try:
            started = await playwright.chromium.launch(
                executable_path=str(_HANDOVER), env={**os.environ, **handed}, **options
            )
            channel = await taking
            await channel.attach()
            return started, channel
        except BaseException:
            taking.cancel()
            [taken] = await asyncio.gather(taking, return_exceptions=True)
            if isinstance(taken, Channel):
                taken.close()
            raise


async def _take_pipes(listener: socket.socket) -> Channel:
    """Exchange pipes with the process that the driver has started and that becomes the browser."""
    loop = asyncio.get_running_loop()
    peer, _ = await loop.sock_accept(listener)
    with peer:
        sent = loop.create_future()
        loop.add_reader(peer, sent.set_result, None)
        try:
            await sent
        finally:
            loop.remove_reader(peer)
        _, received, _, _ = socket.recv_fds(peer, 16, 2)
        ends = [socket.socket(fileno=pipe) for pipe in received]
        try:
            for end in ends:
                end.set_inheritable(False)
            (commands, browser_reads), (answers, browser_writes) = socket.socketpair(), socket.socketpair()
            ends += [commands, answers]
            with browser_reads, browser_writes:
                socket.send_fds(peer, [b"pipes"], [browser_reads.fileno(), browser_writes.fileno()])
            channel = Channel()
            await channel.start(ends[:2], ends[2:])
        except BaseException:
            for end in ends:
                end.close()  # or the driver would wait for an answer for ever
            raise
    return channel
