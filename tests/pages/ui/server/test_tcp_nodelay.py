"""Small messages leave at once: Nagle's algorithm is off on every websocket of the server."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from tornado.websocket import websocket_connect

from pages.ui.server.tcp_nodelay import TcpNoDelay


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """In a thread of its own: Playwright keeps a loop running in that of the tests."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


async def tell_nodelay(scope: Scope, receive: Receive, send: Send) -> None:
    """A websocket that says whether its own connection has the option."""
    transport = send.__self__.transport  # type: ignore[attr-defined]
    connection = transport.get_extra_info("socket")
    option = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": str(int(option != 0))})
    await send({"type": "websocket.close"})


async def asked(app: Any) -> str | bytes | None:
    """What the app says behind a socket that was made as Streamlit makes its own."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        server = uvicorn.Server(
            uvicorn.Config(app, lifespan="off", log_level="error", ws="websockets-sansio")
        )
        served = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            client = await websocket_connect(f"ws://127.0.0.1:{listener.getsockname()[1]}/")
            return await client.read_message()
        finally:
            server.should_exit = True
            await served


def test_a_websocket_does_not_wait() -> None:
    assert run(asked(TcpNoDelay(tell_nodelay))) == "1"


def test_without_it_the_system_holds_messages_back() -> None:
    assert run(asked(tell_nodelay)) == "0", "it is not needed any longer"


@pytest.mark.parametrize("kind", ["http", "websocket", "lifespan"])
def test_another_server_and_other_traffic_are_left_alone(kind: str) -> None:
    seen: list[tuple[Any, ...]] = []

    async def app(*args: Any) -> None:
        seen.append(args)

    async def nothing(*_args: Any) -> Any:
        raise AssertionError("not called")

    run(TcpNoDelay(app)({"type": kind}, nothing, nothing))
    assert seen == [({"type": kind}, nothing, nothing)]
