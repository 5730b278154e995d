"""Requests that are refused before Streamlit sees them."""

import os
import socket
from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pages.ui.server.live.channel import LIVE_PATH

SETTING = "SOFTMAX_LAB_HOSTS"  # names of this server, separated by commas
METRICS = "/_stcore/metrics"
MAX_SEGMENT, MAX_PATH = 255, 1000  # bytes; file systems take no longer names and paths
UNKNOWN = f"This server does not know this name. Whoever runs it can add it to {SETTING}."


def own_names() -> frozenset[str]:
    """Return the host names of this server: localhost, the machine's name, `SETTING`."""
    machine = socket.gethostname()
    names = ("localhost", machine, f"{machine}.local", *os.environ.get(SETTING, "").split(","))
    return frozenset(name.strip().lower().rstrip(".") for name in names) - {""}


class RequestGuard:
    """ASGI middleware against foreign host names, overlong paths and text frames.

    A page of another site can point its own name at this server (DNS rebinding); it cannot do so
    with an IP address. `METRICS` is for this machine alone. Event loop thread.
    """

    def __init__(self, app: ASGIApp, names: Collection[str]) -> None:
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request, or pass it on."""
        kind = scope["type"]
        refusal = self._refusal(scope) if kind in ("http", "websocket") else None
        if refusal is None:
            is_streamlit = kind == "websocket" and scope["path"] != LIVE_PATH
            await self._app(scope, _binary(receive, send) if is_streamlit else receive, send)
        elif kind == "http":
            await refusal(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        headers, path = Headers(scope=scope), scope["path"]
        if not self._is_own(headers.get("host", "")):
            return PlainTextResponse(UNKNOWN, 421)
        sizes = [len(segment.encode()) for segment in path.split("/")]
        found = max(sizes) <= MAX_SEGMENT and sum(sizes) + len(sizes) <= MAX_PATH
        if path.rstrip("/").endswith(METRICS):
            client = scope.get("client")
            local = client is not None and ip_address(client[0]).is_loopback
            found = local and "x-forwarded-for" not in headers
        return None if found else PlainTextResponse("Not Found", 404)

    def _is_own(self, host: str) -> bool:
        try:
            name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
            return name in self._names or bool(ip_address(name))
        except ValueError:
            return False


def _binary(receive: Receive, send: Send) -> Receive:
    """Return `receive` that closes the connection at a text frame: Streamlit would raise."""

    async def receive_binary() -> Message:
        message = await receive()
        if message["type"] == "websocket.receive" and message.get("bytes") is None:
            await send({"type": "websocket.close", "code": 1003})
            return {"type": "websocket.disconnect", "code": 1003}
        return message

    return receive_binary
