"""The browser's side of the live channel, without a browser, as `pages/ui/browser/live.js`."""

import asyncio
import json
import random
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode, urlsplit

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from pages.ui.server.live.channel import LIVE_PATH

MAX_WAIT = 2.0  # seconds between two tries to connect
PATIENCE = 60.0  # seconds until a topic's first message


def topics_of(run: str) -> list[str]:
    """Return the topics that the page of an unfinished run follows."""
    return [f"run:{run}", f"state:{run}", f"weights:{run}"]


class Live:
    """One tab's connection to the live channel; it reconnects by itself.

    Attributes:
        numbers: the last number of each topic.
        values: the newest value of each topic that has one.
        delays: seconds from each event's time until it came; those of snapshots are left out.
        chunks: how many events of this kind came.
        messages: how many came.
        size: characters and bytes of these.
        tries: how often it connected.
    """

    def __init__(self, url: str, topics: Sequence[str]) -> None:
        self.url = url
        self.numbers = dict.fromkeys(topics, 0)
        self.values: dict[str, Any] = {}
        self.delays: list[float] = []
        self.chunks = self.messages = self.size = self.tries = 0
        self._came = asyncio.Event()
        self._value_came = asyncio.Event()
        self._ended = False
        self._socket: WebSocketClientConnection | None = None
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connect, subscribe and wait for a first message.

        Raises:
            TimeoutError: if none comes.
        """
        self._task = asyncio.create_task(self._stay_connected())
        await self.news()

    async def news(self, timeout: float = PATIENCE) -> None:
        """Wait for the next message; TimeoutError if none comes."""
        self._came.clear()
        await asyncio.wait_for(self._came.wait(), timeout)

    async def value_news(self, timeout: float) -> None:
        """Wait for the next message of a value, `timeout` seconds at most."""
        self._value_came.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._value_came.wait(), timeout)

    def forget(self) -> None:
        """Count anew."""
        self.messages = self.size = 0
        self.delays.clear()

    def drop(self) -> None:
        """Lose the connection."""
        if self._socket is not None:
            self._socket.close()

    async def close(self) -> None:
        """Close the connection for good."""
        self._ended = True
        self.drop()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def poll(self) -> None:
        """Ask for the news as where WebSockets are blocked."""
        request = HTTPRequest(f"{self.url}{LIVE_PATH}?{urlencode(self.numbers)}")
        answer = await AsyncHTTPClient().fetch(request)
        for message in json.loads(answer.body):
            self._hear(message)

    async def _stay_connected(self) -> None:
        failures = 0
        while not self._ended:
            request = HTTPRequest(
                f"ws://{urlsplit(self.url).netloc}{LIVE_PATH}", headers={"Origin": self.url}
            )
            try:
                self._socket = await websocket_connect(request)
                await self._socket.write_message(json.dumps({"subscribe": self.numbers}))
                failures, self.tries = 0, self.tries + 1
                while (raw := await self._socket.read_message()) is not None:
                    self._receive(raw)
            except (OSError, HTTPClientError):  # no server
                pass
            failures += 1
            if not self._ended:
                await asyncio.sleep(random.random() * min(MAX_WAIT, 0.25 * 2**failures))

    def _receive(self, raw: str | bytes) -> None:
        self.messages += 1
        self.size += len(raw)
        if isinstance(raw, bytes):  # a head, then weights
            raw = raw[4 : 4 + int.from_bytes(raw[:4], "little")]
        self._hear(json.loads(raw))

    def _hear(self, message: dict[str, Any]) -> None:
        now, topic = time.time(), message["topic"]
        self.numbers[topic] = message["number"]
        events = message.get("events", ())
        self.chunks += sum(event["kind"] == "chunk" for event in events)
        if not message.get("snapshot", True):
            self.delays += [now - event["time"] for event in events]
        if "value" in message or "gone" in message:
            self.values[topic] = message.get("value")
            self._value_came.set()
        self._came.set()
