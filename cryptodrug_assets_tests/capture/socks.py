"""A SOCKS5 proxy stub: notes what it is asked, leads onion-like names to a local site, refuses the rest."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Socks:
    """The running stub: its port and the (address type, host) of every request."""

    port: int = 0
    asked: list[tuple[int, str]] = field(default_factory=list)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        return
    finally:
        writer.close()


@contextmanager
def running_socks(host: str, target: int, *, open_to_all: bool = False) -> Iterator[Socks]:
    """The stub; `host` is led to port `target` of this machine, and everything else too if `open_to_all`."""
    stub, loop, ready = Socks(), asyncio.new_event_loop(), threading.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        count = (await reader.readexactly(2))[1]
        await reader.readexactly(count)
        writer.write(b"\x05\x00")
        kind = (await reader.readexactly(4))[3]
        if kind == 3:
            name = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
        else:
            name = ".".join(str(part) for part in await reader.readexactly(4 if kind == 1 else 16))
        port = int.from_bytes(await reader.readexactly(2))
        stub.asked.append((kind, name))
        if name != host and not open_to_all:
            writer.write(b"\x05\x02\x00\x01" + bytes(6))
            await writer.drain()
            writer.close()
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", target if name == host else port)
        writer.write(b"\x05\x00\x00\x01" + bytes(6))
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))

    async def start() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        stub.port = server.sockets[0].getsockname()[1]
        ready.set()

    def run() -> None:
        loop.run_until_complete(start())
        loop.run_forever()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield stub
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
