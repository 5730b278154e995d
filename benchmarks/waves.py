"""Waves of visitors: a class arrives, looks, and goes, again and again, under few open files."""

import asyncio
import time
from collections.abc import Sequence

import psutil

from benchmarks.live_client import Live, topics_of
from benchmarks.made_up_training import MadeUpTraining
from benchmarks.visitors import Classroom

OPEN_FILES = 256  # usual on macOS
VISITS, WAVE = 240, 30


async def waves(classroom: Classroom, visits: int, wave: int) -> tuple[list[float], list[int]]:
    """Let so many come, `wave` at a time, each with Draw or Train and the live channel.

    Returns the seconds of each visit until its page and a message of its training have come, and
    how many files the server had open at the height of each wave.

    Raises:
        Exception: whatever a visitor meets who isn't served.
    """
    training = MadeUpTraining(classroom.store)
    server = psutil.Process(classroom.server.process.pid)
    waits: list[float] = []
    files: list[int] = []
    try:
        for first in range(0, visits, wave):
            came = [
                Visit(classroom, i, training.run) for i in range(first, min(first + wave, visits))
            ]
            try:
                waits += await asyncio.gather(*(visit.come() for visit in came))
                files.append(server.num_fds())
            finally:
                await asyncio.gather(*(visit.go() for visit in came))
    finally:
        training.close()
    return waits, files


class Visit:
    """A tab and its connection to the live channel."""

    def __init__(self, classroom: Classroom, number: int, run: str) -> None:
        page, query = (("draw", ""), ("train", f"run={run}"))[number % 2]
        self._tab = classroom.tab(page, query)
        self._live = Live(classroom.server.url, topics_of(run) if query else ["queue:"])

    async def come(self) -> float:
        """Open the page; return the seconds until it and a message have come."""
        began = time.perf_counter()
        await self._tab.open()
        await self._live.open()
        return time.perf_counter() - began

    async def go(self) -> None:
        self._tab.close()
        await self._live.close()


def sentence(waits: Sequence[float], files: Sequence[int]) -> str:
    """Return what came out, in words."""
    return (
        f"{len(waits)} visits in {len(files)} waves were served, the slowest after "
        f"{max(waits):.1f} s; files open at the height of each wave: {', '.join(map(str, files))}"
    )
