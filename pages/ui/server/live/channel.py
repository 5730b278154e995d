"""Connections of the live channel, and the topics that they follow. Event loop thread.

One WebSocket a tab at `LIVE_PATH`; the same address answers a GET where WebSockets are blocked.
A browser sends `{"subscribe": {"run:ID": 12}}` with the number of the last thing that it has, or
`{"unsubscribe": ["run:ID"]}`. Each topic is looked at once for all its listeners, at most ten times
a second. A slow listener delays nobody: it gets the newest state when it is ready. Everything sent
here is public to all visitors.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from pages.ui.server.live import messages
from pages.ui.server.live.messages import MAX_TOPICS, Wish
from pages.ui.server.live.topics import EVERY, MAX_TOTAL_BYTES, Number, Topic

LIVE_PATH = "/live"
MAX_MESSAGES = 200  # from a browser, every `WINDOW`
WINDOW = 10.0  # seconds
POLLED = 10.0  # seconds after its last poll, a topic that nobody listens to is forgotten
REFUSED = 1008  # code of a connection that broke the rules
_log = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class _Listener:
    """A connection: the last number that it has of each topic."""

    has: dict[str, Number] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)  # asked for, and not there
    news: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class _Followed:
    """A topic with its listeners.

    `due` is when to look at it, `asked` when somebody asked for it last, by the event loop's clock.
    """

    topic: Topic
    due: float
    listeners: set[_Listener] = field(default_factory=set)
    asked: float = 0.0
    is_polled: bool = False


class LiveChannel:
    """Topics by name, and whoever listens to them.

    Of a topic "run:ID" the kind is "run" and the key "ID".
    """

    def __init__(self, kinds: Mapping[str, Callable[[str], Topic | None]]) -> None:
        """`kinds` open a topic by its key, in any thread; None if there is no such thing."""
        self._kinds = kinds
        self._followed: dict[str, _Followed] = {}
        self._looking: asyncio.Task[None] | None = None
        self._reading = asyncio.Lock()  # of topics, which change in the thread that looks

    def routes(self) -> list[BaseRoute]:
        """Return the routes of the channel."""
        return [WebSocketRoute(LIVE_PATH, self.connect), Route(LIVE_PATH, self.poll)]

    @property
    def topics(self) -> Mapping[str, int]:
        """Number of listeners by topic."""
        return {name: len(followed.listeners) for name, followed in self._followed.items()}

    # -- a connection ----------------------------------------------------------------------------

    async def connect(self, socket: WebSocket) -> None:
        """Serve one browser until it goes, or breaks the rules."""
        if not is_same_origin(socket.headers.get("origin"), socket.headers.get("host")):
            await socket.close(REFUSED)
            return
        await socket.accept()
        listener = _Listener()
        sender = asyncio.create_task(self._send(socket, listener))
        try:
            await self._receive(socket, listener)
        finally:
            sender.cancel()
            for name in list(listener.has):
                self._leave(listener, name)
            with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):
                await sender

    async def _receive(self, socket: WebSocket, listener: _Listener) -> None:
        clock = asyncio.get_running_loop().time
        began, count = clock(), 0
        while (message := await socket.receive())["type"] == "websocket.receive":
            if clock() - began > WINDOW:
                began, count = clock(), 0
            count += 1
            wish = messages.parse(message.get("text")) if count <= MAX_MESSAGES else None
            if wish is None or not await self._fulfil(wish, listener):
                await socket.close(REFUSED)
                return

    async def _fulfil(self, wish: Wish, listener: _Listener) -> bool:
        """Follow and leave topics; False if that breaks the rules."""
        for name in wish.unsubscribe:
            self._leave(listener, name)
        if len(listener.has.keys() | wish.subscribe.keys()) > MAX_TOPICS:
            return False
        for name, number in wish.subscribe.items():
            if name.partition(":")[0] not in self._kinds:
                return False
            if not await self._join(listener, name, number):
                listener.gone.append(name)
        listener.news.set()
        return True

    async def _send(self, socket: WebSocket, listener: _Listener) -> None:
        while True:
            await listener.news.wait()
            listener.news.clear()
            while listener.gone:
                await socket.send_text(messages.gone(listener.gone.pop()))
            for name in list(listener.has):
                async with self._reading:
                    followed, number = self._followed.get(name), listener.has.get(name)
                    if followed is None or number in (None, followed.topic.number):
                        continue
                    message = messages.news(name, followed.topic, number)
                    listener.has[name] = followed.topic.number
                if isinstance(message, bytes):
                    await socket.send_bytes(message)
                else:
                    await socket.send_text(message)

    # -- topics ----------------------------------------------------------------------------------

    def _open(self, name: str) -> Topic | None:
        """Return a new topic that was looked at once. Any thread."""
        kind, _colon, key = name.partition(":")
        topic = self._kinds[kind](key) if kind in self._kinds else None
        if topic is not None:
            topic.look()
        return topic

    async def _join(self, listener: _Listener, name: str, number: Number) -> bool:
        followed = await self._follow(name)
        if followed is None:
            return False
        followed.listeners.add(listener)
        # Whoever has more than there is has the numbers of a record that is gone.
        listener.has[name] = number if number <= followed.topic.number else 0
        return True

    async def _follow(self, name: str) -> _Followed | None:
        """Return a topic that is looked at from now on; None if there is none."""
        clock = asyncio.get_running_loop().time
        if name not in self._followed:
            topic = await asyncio.to_thread(self._open, name)
            if topic is None:
                return None
            self._followed.setdefault(name, _Followed(topic, clock() + topic.every))
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())
        followed = self._followed[name]
        followed.asked = clock()
        return followed

    def _leave(self, listener: _Listener, name: str) -> None:
        listener.has.pop(name, None)
        followed = self._followed.get(name)
        if followed is not None:
            followed.listeners.discard(listener)
            if not followed.listeners and not followed.is_polled:
                del self._followed[name]

    async def _look(self) -> None:
        """Look at all topics, in one thread, as long as somebody listens."""
        clock = asyncio.get_running_loop().time
        while self._followed:
            await asyncio.sleep(EVERY)
            now = clock()
            for name, each in list(self._followed.items()):
                if not each.listeners and now - each.asked > POLLED:
                    del self._followed[name]
            due = [each for each in self._followed.values() if each.due <= now]
            if not due:
                continue
            async with self._reading:
                changed = await asyncio.to_thread(_with_news, [each.topic for each in due])
            for each in due:
                of_all = each.topic.weight * len(each.listeners) / MAX_TOTAL_BYTES
                each.due = now + max(each.topic.every, of_all) - EVERY / 2
                if each.topic in changed:
                    for listener in each.listeners:
                        listener.news.set()
        self._looking = None

    # -- where WebSockets are blocked ------------------------------------------------------------

    async def poll(self, request: Request) -> Response:
        """Answer `?TOPIC=NUMBER&...` with the news of each topic, a list of messages."""
        wanted = parse_qsl(request.url.query, keep_blank_values=True)
        if len(wanted) > MAX_TOPICS:
            return JSONResponse({"error": "too many topics"}, 400)
        found: list[str] = []
        for name, text in wanted:
            if not messages.is_name(name) or not (text.isdecimal() and len(text) < 16):
                return JSONResponse({"error": "no such topic"}, 404)
            followed = await self._follow(name)
            if followed is None:
                found.append(messages.gone(name))
                continue
            followed.is_polled = True
            async with self._reading:
                if followed.topic.number != int(text):
                    found.append(messages.news_as_text(name, followed.topic, int(text)))
        headers = {"cache-control": "no-store"}
        return Response(f"[{','.join(found)}]", 200, headers, "application/json")


def _with_news(topics: list[Topic]) -> list[Topic]:
    """Return the topics that have changed."""
    changed = []
    for topic in topics:
        try:
            if topic.look():
                changed.append(topic)
        except Exception:  # of one topic: the others go on
            _log.exception("a topic of the live channel cannot be read")
    return changed


def is_same_origin(origin: str | None, host: str | None) -> bool:
    """True if a page of this server asks. Programs that are no browsers send no origin."""
    return origin is None or urlsplit(origin).netloc == host
