"""Requests to an ASGI app without a server."""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOST = "localhost:8501"


class Answer(NamedTuple):
    """Status, headers and body of an answer."""

    status: int
    headers: dict[str, str]
    body: bytes


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run in another thread, because Playwright keeps an event loop in the tests' thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


async def inner_app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer every request with status 299: the app behind a middleware."""
    headers = [(b"content-type", b"text/html; charset=utf-8")]
    await send({"type": "http.response.start", "status": 299, "headers": headers})
    await send({"type": "http.response.body", "body": b"inner"})


def scope(path: str, headers: Mapping[str, str], **values: object) -> Scope:
    """Return the scope of a GET from this machine; `values` replace its fields."""
    named = {"host": HOST, **headers}
    raw = [(name.encode(), value.encode()) for name, value in named.items()]
    base = {"type": "http", "method": "GET", "scheme": "http", "client": ("127.0.0.1", 5000)}
    return {**base, "path": path, "headers": raw, **values}


async def request(
    app: ASGIApp,
    path: str,
    headers: Mapping[str, str] | None = None,
    content: bytes | None = None,
    **values: object,
) -> Answer:
    """Return the answer of `app` to a request with `content`; `values` are fields of the scope."""
    messages: list[Message] = []

    async def send(message: Message) -> None:
        messages.append(message)

    async def receive() -> Message:
        assert content is not None, "there is no body to read"
        return {"type": "http.request", "body": content}

    await app(scope(path, headers or {}, **values), receive, send)
    start, body = messages
    found = {name.decode(): value.decode() for name, value in start["headers"]}
    return Answer(start["status"], found, body["body"])


async def connect(
    app: ASGIApp, messages: Sequence[Message], headers: Mapping[str, str] | None = None
) -> list[Message]:
    """Open a WebSocket, let the browser send `messages`, return those that the app sent."""
    received = iter([{"type": "websocket.connect"}, *messages])
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return next(received)

    await app(scope("/_stcore/stream", headers or {}, type="websocket"), receive, send)
    return sent
