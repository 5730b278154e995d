"""Small messages leave at once, where the system would hold them back for 40 ms."""

from __future__ import annotations

import socket

from starlette.types import ASGIApp, Receive, Scope, Send


class TcpNoDelay:
    """ASGI middleware: switches Nagle's algorithm off for each websocket. Event loop thread.

    asyncio does so by itself, but only for sockets that were made with their protocol named, and
    Streamlit listens on one that was not. The second of two small messages then waits until the
    browser has confirmed the first, which browsers delay. uvloop does better, and Windows has none.
    See https://github.com/Kludex/uvicorn/issues/3149
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; a server that is not uvicorn is left as it is."""
        transport = getattr(getattr(send, "__self__", None), "transport", None)
        if scope["type"] == "websocket" and transport is not None:
            connection = transport.get_extra_info("socket")
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await self._app(scope, receive, send)
