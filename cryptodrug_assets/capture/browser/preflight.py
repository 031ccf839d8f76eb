"""Proof before a live capture that the browser goes through the proxy and nowhere else."""

import asyncio

from cryptodrug_assets.capture.browser.exchange import FetchError, PageRequest
from cryptodrug_assets.capture.browser.session import Session
from cryptodrug_assets.observation import UserError

_TIMEOUT_S = 30.0


async def require_closed(session: Session) -> None:
    """Raise UserError unless two canaries are refused: an address of this machine, and a name nobody has.

    A listener on loopback notices whether the browser (or a proxy that reaches into this machine) connects.
    """
    touched = asyncio.Event()

    async def on_connect(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        touched.set()
        writer.close()

    server = await asyncio.start_server(on_connect, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    tab = await session.tab()
    try:
        for canary in (f"http://127.0.0.1:{port}/", "http://canary.invalid/"):
            try:
                await tab.fetch(PageRequest(canary), render=False, timeout_s=_TIMEOUT_S)
            except FetchError:
                continue
            raise UserError("the proxy let a request through that it must refuse; check CRYPTODRUG_PROXY")
        if touched.is_set():
            raise UserError("the browser reached this machine past the proxy; nothing was captured")
    finally:
        await session.release(tab)
        server.close()
