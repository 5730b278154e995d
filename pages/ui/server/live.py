"""The live channel: what is new about runs, queue and sweeps, for every browser that subscribed.

One WebSocket a tab at `LIVE_PATH`; the same address answers a GET where WebSockets are blocked.
A browser sends `{"subscribe": {"run:ID": 12}}` with the number of the last thing it has, or
`{"unsubscribe": ["run:ID"]}`. Each topic is polled once for all its subscribers, at most ten times
a second, and each message is written once. A slow listener delays nobody: it gets the newest state
when it is ready. Everything sent here is public to all visitors. Event loop's thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import struct
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.websockets import WebSocket, WebSocketDisconnect

LIVE_PATH = "/live"
TICK = 0.1  # seconds between two looks at a run's events
SLOW_TICK = 0.5  # seconds between two looks at queue and sweeps
MOST_TOPICS = 32  # a connection
MOST_CHARACTERS = 4096  # of a message from a browser
MOST_MESSAGES = 200  # from a browser, every ten seconds
WINDOW = 10.0
MOST_POINTS = 400  # chunks in a snapshot; more are thinned
WEIGHTS_A_SECOND = 200_000  # bytes of weights for one listener
GONE = 1008  # the code of a connection that broke the rules
_NAME = re.compile(r"[a-z]+:[a-z0-9-]{0,80}")
_CHUNK = b'{"kind": "chunk"'

Number = int
Message = str | bytes


class Topic(ABC):
    """Something that changes; `number` grows with each change."""

    tick = TICK
    number: Number = 0

    @abstractmethod
    def look(self) -> bool:
        """Look for news; True if `number` has grown. Fast, or in a thread of its own."""

    @abstractmethod
    def since(self, number: Number) -> Message:
        """What a listener needs who has everything up to `number`; 0 is nothing yet."""


class EventTopic(Topic):
    """The events of a run, as its event log has them: appended lines of JSON."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines: list[bytes] = []
        self._inode = self._offset = 0
        self._written: dict[tuple[Number, Number], str] = {}

    def look(self) -> bool:
        """Read what was appended; a torn last line waits for its end."""
        try:
            status = os.stat(self._path)
            if status.st_ino == self._inode and status.st_size == self._offset:
                return False
            if status.st_ino != self._inode or status.st_size < self._offset:
                self._lines, self._offset, self._inode = [], 0, status.st_ino
            with self._path.open("rb") as file:
                file.seek(self._offset)
                whole, newline, _rest = file.read().rpartition(b"\n")
        except OSError:
            return False
        self._offset += len(whole) + len(newline)
        self._lines += [line for line in whole.splitlines() if _is_json(line)]
        grown = len(self._lines) != self.number
        self.number = len(self._lines)
        self._written.clear()
        return grown

    def since(self, number: Number) -> Message:
        """The events after `number`; a snapshot if these are all, or too many."""
        if not 0 < number <= self.number:
            number = 0
        key = (number, self.number)
        if key not in self._written:
            lines = self._lines[number:]
            snapshot = not number or len(lines) > MOST_POINTS
            events = b",".join(_thinned(self._lines) if snapshot else lines).decode()
            self._written[key] = f'"snapshot":{str(snapshot).lower()},"events":[{events}]'
        return self._written[key]


class ValueTopic(Topic):
    """A small value that is sent whole when it changes."""

    tick = SLOW_TICK

    def __init__(self, value: Callable[[], Any]) -> None:
        self._value = value
        self._text = ""

    def look(self) -> bool:
        """Ask for the value."""
        text = json.dumps(self._value(), separators=(",", ":"))
        if text == self._text:
            return False
        self._text = text
        self.number += 1
        return True

    def since(self, number: Number) -> Message:
        """The value."""
        return f'"value":{self._text or "null"}'


class WeightsTopic(Topic):
    """The newest weights of a run that trains, as one file that is replaced."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self._bytes = b""

    def look(self) -> bool:
        """Read the file if it is another one."""
        try:
            status = os.stat(self._path)
            stamp = (status.st_ino, status.st_mtime_ns)
            if stamp == self._stamp:
                return False
            self._bytes = self._path.read_bytes()
        except OSError:
            return False
        self._stamp = stamp
        self.number += 1
        self.tick = max(TICK, len(self._bytes) / WEIGHTS_A_SECOND)
        return True

    def since(self, number: Number) -> Message:
        """The file's content."""
        return self._bytes


@dataclass(slots=True)
class _Followed:
    """A topic with its listeners and the task that looks at it."""

    topic: Topic
    listeners: set[_Listener] = field(default_factory=set)
    task: asyncio.Task[None] | None = None


@dataclass(eq=False, slots=True)
class _Listener:
    """A connection: the last number that it has of each topic."""

    has: dict[str, Number] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)  # asked for, and not there
    news: asyncio.Event = field(default_factory=asyncio.Event)


class LiveChannel:
    """Topics by name, and whoever listens to them.

    `kinds` opens a topic from the part of its name after the colon: `{"run": open_run}` serves
    `run:ID`. It returns None if there is no such thing.
    """

    def __init__(self, kinds: Mapping[str, Callable[[str], Topic | None]]) -> None:
        self._kinds = kinds
        self._followed: dict[str, _Followed] = {}

    @property
    def topics(self) -> Mapping[str, int]:
        """Numbers of listeners by topic."""
        return {name: len(followed.listeners) for name, followed in self._followed.items()}

    # -- a connection --------------------------------------------------------------------------

    async def connect(self, socket: WebSocket) -> None:
        """Serve one browser until it goes, or breaks the rules."""
        if not same_origin(socket.headers.get("origin"), socket.headers.get("host")):
            await socket.close(GONE)
            return
        await socket.accept()
        listener = _Listener()
        sender = asyncio.create_task(self._send(socket, listener))
        try:
            await self._receive(socket, listener)
        except WebSocketDisconnect:
            pass
        finally:
            sender.cancel()
            for name in list(listener.has):
                self._leave(listener, name)
            with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):
                await sender

    async def _receive(self, socket: WebSocket, listener: _Listener) -> None:
        loop = asyncio.get_running_loop()
        window, messages = loop.time(), 0
        while True:
            text = await socket.receive_text()
            if loop.time() - window > WINDOW:
                window, messages = loop.time(), 0
            messages += 1
            wanted = _parsed(text) if messages <= MOST_MESSAGES else None
            if wanted is None or not await self._obey(wanted, listener):
                await socket.close(GONE)
                return

    async def _obey(self, wanted: Mapping[str, Any], listener: _Listener) -> bool:
        for name in wanted.get("unsubscribe", ()):
            self._leave(listener, name)
        subscribe = wanted.get("subscribe", {})
        if len(listener.has.keys() | subscribe.keys()) > MOST_TOPICS:
            return False
        for name, number in subscribe.items():
            if not _NAME.fullmatch(name) or name.partition(":")[0] not in self._kinds:
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
                name = listener.gone.pop()
                await socket.send_text(f'{{"topic":{json.dumps(name)},"number":0,"gone":true}}')
            for name in list(listener.has):
                followed = self._followed.get(name)
                if followed is None or listener.has.get(name) == followed.topic.number:
                    continue
                message = written(name, followed.topic, listener.has[name])
                listener.has[name] = followed.topic.number
                if isinstance(message, bytes):
                    await socket.send_bytes(message)
                else:
                    await socket.send_text(message)

    # -- topics ------------------------------------------------------------------------------------

    def open(self, name: str) -> Topic | None:
        """The topic of that name, new; None if there is none."""
        kind, _colon, key = name.partition(":")
        opener = self._kinds.get(kind)
        return opener(key) if opener is not None else None

    async def _join(self, listener: _Listener, name: str, number: Number) -> bool:
        followed = self._followed.get(name)
        if followed is None:
            topic = await asyncio.to_thread(self.open, name)
            if topic is None:
                return False
            await asyncio.to_thread(topic.look)
            followed = self._followed.setdefault(name, _Followed(topic))
            followed.task = followed.task or asyncio.create_task(self._follow(name, followed))
        followed.listeners.add(listener)
        # Somebody who claims to have more than there is has another server's numbers.
        listener.has[name] = number if number <= followed.topic.number else 0
        return True

    def _leave(self, listener: _Listener, name: str) -> None:
        listener.has.pop(name, None)
        followed = self._followed.get(name)
        if followed is None:
            return
        followed.listeners.discard(listener)
        if not followed.listeners:
            del self._followed[name]
            if followed.task is not None:
                followed.task.cancel()

    async def _follow(self, name: str, followed: _Followed) -> None:
        while True:
            await asyncio.sleep(followed.topic.tick)
            if await asyncio.to_thread(followed.topic.look):
                for listener in followed.listeners:
                    listener.news.set()

    # -- where WebSockets are blocked ----------------------------------------------------------

    async def poll(self, request: Request) -> Response:
        """Answer `?topic=NUMBER&...`: the news of each topic, as a list of messages."""
        names = list(request.query_params.multi_items())
        if len(names) > MOST_TOPICS:
            return JSONResponse({"error": "too many topics"}, 400)
        messages: list[str] = []
        for name, text in names:
            topic = await asyncio.to_thread(self.open, name)
            if topic is None or not text.isdecimal() or len(text) > 9:
                return JSONResponse({"error": "no such topic"}, 404)
            await asyncio.to_thread(topic.look)
            message = written(name, topic, int(text))
            if isinstance(message, str) and topic.number != int(text):
                messages.append(message)
        return Response(f"[{','.join(messages)}]", media_type="application/json")


def written(name: str, topic: Topic, number: Number) -> Message:
    """A message: JSON, or for weights a length, JSON of that length, and the content."""
    news = topic.since(number)
    head = f'"topic":{json.dumps(name)},"number":{topic.number}'
    if isinstance(news, str):
        return f"{{{head},{news}}}"
    head_bytes = f"{{{head}}}".encode()
    return struct.pack("<I", len(head_bytes)) + head_bytes + news


def same_origin(origin: str | None, host: str | None) -> bool:
    """True if a page of this server asks. Programs that are no browsers send no origin."""
    return origin is None or urlsplit(origin).netloc == host


def _parsed(text: str) -> Mapping[str, Any] | None:
    """A browser's message if it is one: topics are texts, numbers whole and not negative."""
    if len(text) > MOST_CHARACTERS:
        return None
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(raw, dict):
        return None
    subscribe, unsubscribe = raw.get("subscribe", {}), raw.get("unsubscribe", [])
    good = (
        isinstance(subscribe, dict)
        and all(type(number) is int and number >= 0 for number in subscribe.values())
        and isinstance(unsubscribe, list)
        and all(isinstance(name, str) for name in unsubscribe)
    )
    return raw if good else None


def _is_json(line: bytes) -> bool:
    """True for a whole event; a line that was damaged costs itself alone."""
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _thinned(lines: list[bytes]) -> list[bytes]:
    """At most `MOST_POINTS` chunks, the last always; every other event stays."""
    chunks = sum(line.startswith(_CHUNK) for line in lines)
    stride = -(-chunks // MOST_POINTS) or 1
    seen: dict[str, int] = defaultdict(int)
    out = []
    for line in lines:
        if line.startswith(_CHUNK):
            seen["chunk"] += 1
            if seen["chunk"] % stride and seen["chunk"] != chunks:
                continue
        out.append(line)
    return out
