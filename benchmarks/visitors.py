"""Visitors who draw and watch in a running app, in Streamlit's own protocol."""

import asyncio
import json
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psutil

from benchmarks.streamlit_client import Tab
from model_store import ModelStore
from tests.support.app_server import Server

PAD, BARS = "lab_pad_", "bars"  # keys of the pad, which is renewed, and of its answer
SIDE = 280  # CSS pixels, as pages/ui/draw/pad.py
POINTS = 20  # of a stroke, as a mouse leaves them
SEVEN = [((0.2, 0.2), (0.8, 0.2)), ((0.8, 0.2), (0.45, 0.85))]
# Attributes of each stroke beside its place.
_LOOK = json.loads("""{
  "lockMovementX": false, "lockMovementY": false, "lockRotation": false, "lockScalingX": false,
  "lockScalingY": false, "lockSkewingX": false, "lockSkewingY": false, "lockScalingFlip": false,
  "type": "Path", "version": "7.4.0", "originX": "center", "originY": "center", "fill": null,
  "stroke": "#ffffff", "strokeWidth": 20, "strokeDashArray": null, "strokeLineCap": "round",
  "strokeDashOffset": 0, "strokeLineJoin": "round", "strokeUniform": false, "strokeMiterLimit": 10,
  "scaleX": 1, "scaleY": 1, "angle": 0, "flipX": false, "flipY": false, "opacity": 1,
  "shadow": null, "visible": true, "backgroundColor": "", "fillRule": "nonzero",
  "paintFirst": "fill", "globalCompositeOperation": "source-over", "skewX": 0, "skewY": 0
}""")


@dataclass
class Window:
    """Cost of a stretch of time: seconds of the clock, and of each party's processor."""

    seconds: float = 0.0
    server: float = 0.0
    workers: float = 0.0
    visitors: float = 0.0


def stroke(begin: tuple[float, float], end: tuple[float, float]) -> dict[str, Any]:
    """Return a stroke as the canvas' JSON, from and to fractions of the pad's side."""
    xs, ys = (
        [SIDE * (a + (b - a) * i / POINTS) for i in range(POINTS + 1)]
        for a, b in zip(begin, end, strict=True)
    )
    curves = [
        ["Q", xs[i], ys[i], (xs[i] + xs[i + 1]) / 2, (ys[i] + ys[i + 1]) / 2]
        for i in range(1, POINTS)
    ]
    return {
        **_LOOK,
        "left": (xs[0] + xs[-1]) / 2,
        "top": (ys[0] + ys[-1]) / 2,
        "width": abs(xs[-1] - xs[0]),
        "height": abs(ys[-1] - ys[0]),
        "path": [["M", xs[0], ys[0]], *curves, ["L", xs[-1], ys[-1]]],
    }


def pad_state(strokes: Sequence[dict[str, Any]]) -> str:
    """Return the message of the canvas at each pen-up: all its strokes."""
    raw = {"version": "7.4.0", "objects": list(strokes), "background": "#000000"}
    return json.dumps({"drawing": {"raw": raw, "data": None}}, separators=(",", ":"))


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

    @contextmanager
    def measured(self) -> Iterator[Window]:
        """Measure the cost of the block."""
        workers = self._process.children(recursive=True)
        window = Window()

        def mark() -> list[float]:
            of_workers = sum(sum(process.cpu_times()[:2]) for process in workers)
            server = sum(self._process.cpu_times()[:2])
            return [time.perf_counter(), server, of_workers, time.process_time()]

        before = mark()
        yield window
        used = [b - a for a, b in zip(before, mark(), strict=True)]
        window.seconds, window.server, window.workers, window.visitors = used


async def draw(tab: Tab, every: float, until: float) -> list[float]:
    """Draw sevens and clear them, a step each `every` seconds; return the strokes' waits."""
    waits: list[float] = []
    strokes: list[dict[str, Any]] = []
    planned = time.perf_counter() + random.random() * every
    while planned < until:
        await asyncio.sleep(planned - time.perf_counter())
        if len(strokes) == len(SEVEN):
            strokes.clear()
            await tab.send_event("pad_controls", "clear")
        else:
            shift = random.random() / 10
            strokes.append(stroke(*[(x + shift, y) for x, y in SEVEN[len(strokes)]]))
            await tab.send_state(tab.key(PAD), pad_state(strokes))
            if '"answer":""' in tab.values[BARS] or tab.arrived[BARS] < tab.sent:
                raise RuntimeError("the bars did not answer")
            waits.append(tab.arrived[BARS] - tab.sent)
        planned = max(planned + every, time.perf_counter())
    return waits


async def watch(tab: Tab, until: float) -> list[float]:
    """Watch a run while it trains, as often as its page asks; return the waits in seconds."""
    waits: list[float] = []
    planned = time.perf_counter() + random.random() * tab.every()
    while planned < until and tab.refreshes:
        await asyncio.sleep(planned - time.perf_counter())
        await tab.refresh()
        waits.append(tab.finished - tab.sent)
        planned = max(planned + tab.every(), time.perf_counter())
    return waits


async def visit(
    classroom: Classroom, page: str, count: int, queries: Sequence[str] = ("",)
) -> list[Tab]:
    """Open `count` tabs, one after the other; they take the queries in turn."""
    tabs = [classroom.tab(page, queries[i % len(queries)]) for i in range(count)]
    for tab in tabs:
        await tab.open()
    return tabs


def leave(tabs: Sequence[Tab]) -> None:
    """Close them all."""
    for tab in tabs:
        tab.close()
