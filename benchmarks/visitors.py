"""Visitors who draw and watch in a running app, in Streamlit's own protocol."""

import asyncio
import json
import math
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psutil

from benchmarks.live_client import Live
from benchmarks.streamlit_client import Tab
from model_store import ModelStore
from tests.support.app_server import Server

PAD = "pad_pen"  # key of the overlay that notes strokes
SIDE = 280  # CSS pixels, as pages/ui/pad/pad.py
NEXT_LOOK = 5.0  # seconds
POINTS = 20  # of a stroke, as a mouse leaves them
SEVEN = [((0.2, 0.2), (0.8, 0.2)), ((0.8, 0.2), (0.45, 0.85))]


@dataclass
class Window:
    """Cost of a stretch of time: seconds of the clock, and of each party's processor."""

    seconds: float = 0.0
    server: float = 0.0
    workers: float = 0.0
    visitors: float = 0.0


def stroke(begin: tuple[float, float], end: tuple[float, float]) -> dict[str, Any]:
    """Return a stroke as the browser sends it, from and to fractions of the pad's side."""
    xs, ys = (
        [round(SIDE * (a + (b - a) * i / POINTS), 1) for i in range(POINTS + 1)]
        for a, b in zip(begin, end, strict=True)
    )
    return {"points": list(map(list, zip(xs, ys, strict=True))), "width": 20}


def pad_state(strokes: Sequence[dict[str, Any]]) -> str:
    """Return what the browser posts at each pen-up: all strokes."""
    drawing = {"strokes": strokes, "pen": "medium", "paper": "dark"}
    return json.dumps(drawing, separators=(",", ":"))


class Classroom:
    """The app under test, with its visitors."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.store = ModelStore(server.store)
        self._process = psutil.Process(server.process.pid)

    def tab(self, page: str = "", query: str = "") -> Tab:
        return Tab(self.server.url, page, query)

    def memory(self) -> float:
        """Return the resident memory of the server process, in MB."""
        return self._process.memory_info().rss / 1e6

    def seconds(self) -> float:
        """Return the processor time of the server process."""
        return sum(self._process.cpu_times()[:2])

    @contextmanager
    def measured(self) -> Iterator[Window]:
        """Measure the cost of the block."""
        workers = self._process.children(recursive=True)
        window = Window()

        def mark() -> list[float]:
            of_workers = sum(sum(process.cpu_times()[:2]) for process in workers)
            return [time.perf_counter(), self.seconds(), of_workers, time.process_time()]

        before = mark()
        yield window
        used = [b - a for a, b in zip(before, mark(), strict=True)]
        window.seconds, window.server, window.workers, window.visitors = used


async def draw(tab: Tab, every: float, until: float) -> list[float]:
    """Draw sevens and clear them, a step each `every` seconds; return the waits of their posts.

    The browser answers the strokes itself: all that the server has of them is these posts.
    """
    waits: list[float] = []
    strokes: list[dict[str, Any]] = []
    path = json.loads(tab.values[PAD])["url"]
    planned = time.perf_counter() + random.random() * every
    while planned < until:
        await asyncio.sleep(planned - time.perf_counter())
        if len(strokes) == len(SEVEN):
            strokes.clear()
        else:
            shift = random.random() / 10
            strokes.append(stroke(*[(x + shift, y) for x, y in SEVEN[len(strokes)]]))
        await tab.post(path, pad_state(strokes))
        waits.append(tab.finished - tab.sent)
        planned = max(planned + every, time.perf_counter())
    return waits


async def watch(tab: Tab, live: Live, run: str, until: float = math.inf) -> None:
    """Watch an unfinished run until it ends, as its page does (`live_refresh.js`).

    Each change of its state runs the page again; all else comes by the channel.
    """
    topic, key = f"state:{run}", f"refresh_{run}"
    answered = None
    while tab.shows(key) and time.perf_counter() < until:
        number, value = live.numbers[topic], live.values.get(topic)
        now = value["version"] if value else None
        seen = json.loads(tab.values[key])["seen"][topic]
        if topic in live.values and now != seen and number != answered:
            answered = number
            await tab.send_event(key, "changed", number)
        else:
            await live.value_news(min(NEXT_LOOK, until - time.perf_counter()))


async def visit(
    classroom: Classroom, page: str, count: int, queries: Sequence[str] = ("",), together: int = 1
) -> list[Tab]:
    """Open `count` tabs, `together` at a time; they take the queries in turn."""
    tabs = [classroom.tab(page, queries[i % len(queries)]) for i in range(count)]
    for i in range(0, count, together):
        await asyncio.gather(*(tab.open() for tab in tabs[i : i + together]))
    return tabs


def leave(tabs: Sequence[Tab]) -> None:
    """Close them all."""
    for tab in tabs:
        tab.close()
