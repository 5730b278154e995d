"""Visitors who come, draw, watch, lose their connection and go, for as long as wanted."""

import asyncio
import os
import random
import time
from collections.abc import Sequence

from benchmarks.live_client import Live, topics_of
from benchmarks.made_up_training import MadeUpTraining
from benchmarks.visitors import Classroom, draw, watch

PAGES = ("", "draw", "train", "data", "draw", "train", "evaluate", "compare")  # of a visitor
STAY = (20.0, 60.0)  # seconds for which a visitor draws or watches
LOOK = 10.0  # seconds at a page that does nothing
TRAINING = 120.0  # seconds from one training to the next
CONNECTED = (3.0, 12.0)  # seconds until a connection is lost
POLLS = 1.0  # seconds between two polls
POLLING = 4  # one visitor of so many polls
STEP, WARM = 5, 15  # minutes between two checks of memory, and for warming up
PATIENCE = 30.0  # seconds until who has gone is forgotten
FORGOTTEN = ("_Listener", "_Followed", "EventTopic", "ValueTopic", "WeightsTopic")


class Soak:
    """Visitors of a class, and how often they came, lost their connection and had to begin anew."""

    def __init__(self, classroom: Classroom, every: float) -> None:
        """`every`: seconds from stroke to stroke."""
        self._classroom, self._every = classroom, every
        self._training = MadeUpTraining(classroom.store)
        self.sessions = self.drops = self.polls = self.events = 0

    async def run(self, minutes: float, visitors: int) -> None:
        """Print the server's memory every five minutes, then what is left.

        Raises:
            RuntimeError: if the live channel has not forgotten who has gone.
        """
        self._training.start(TRAINING)
        until = time.perf_counter() + 60 * minutes
        memory = asyncio.create_task(tell_memory(self._classroom, minutes))
        await asyncio.gather(*(self._come_and_go(i, until) for i in range(visitors)))
        await memory
        self._training.close()
        left = await left_over(self._classroom)
        print(
            f"{self.sessions} sessions came and went, {self.drops} connections were lost, "
            f"{self.polls} polls, {self.events} events\nleft: {left}"
        )

    async def _come_and_go(self, visitor: int, until: float) -> None:
        """Visit page after page, each in its own session."""
        visit = visitor
        while time.perf_counter() < until:
            page = PAGES[visit % len(PAGES)]
            run = self._training.run
            tab = self._classroom.tab(page, f"run={run}" if page == "train" else "")
            await tab.open()
            leaves = min(until, time.perf_counter() + random.uniform(*STAY))
            if page == "draw":
                await draw(tab, self._every, leaves)
            elif page == "train":
                live = Live(tab.url, topics_of(run))
                followed = watch(tab, live, run, leaves)
                is_polling = visitor % POLLING == POLLING - 1
                await asyncio.gather(
                    followed, (self._poll if is_polling else self._lose)(live, leaves)
                )
                await live.close()
                self.events += len(live.delays)
            else:
                await asyncio.sleep(LOOK)
            tab.close()
            visit += 1
            self.sessions += 1

    async def _lose(self, live: Live, until: float) -> None:
        """Connect, and lose the connection again and again."""
        await live.open()
        while (left := until - time.perf_counter()) > 0:
            await asyncio.sleep(min(left, random.uniform(*CONNECTED)))
            live.drop()
            self.drops += 1

    async def _poll(self, live: Live, until: float) -> None:
        while time.perf_counter() < until:
            await live.poll()
            self.polls += 1
            await asyncio.sleep(POLLS)


async def left_over(classroom: Classroom) -> dict[str, int]:
    """Return how many objects of the live channel are left.

    Raises:
        RuntimeError: if it has not forgotten who has gone.
    """
    until = time.perf_counter() + PATIENCE
    while True:
        counts = classroom.server.counts()
        left = {name: counts.get(name, 0) for name in FORGOTTEN}
        if not any(left.values()):
            return left
        if time.perf_counter() > until:
            raise RuntimeError(f"everybody has gone, and these are left: {left}")
        await asyncio.sleep(1)


async def tell_memory(classroom: Classroom, minutes: float) -> None:
    """Print the memory every five minutes, and at the end its growth since it was warm."""
    print("| minute | server, MB | server's seconds | load of the machine |\n|---|---|---|---|")
    sizes: list[float] = []
    steps = int(minutes // STEP)
    for step in range(steps + 1):
        sizes.append(classroom.memory())
        line = f"{step * STEP} | {sizes[-1]:.0f} | {classroom.seconds():.0f}"
        print(f"| {line} | {os.getloadavg()[0]:.1f} |", flush=True)
        if step < steps:
            await asyncio.sleep(60 * STEP)
    warm = min(WARM // STEP, steps // 2)
    print(f"\n{growth(sizes[warm:])} since minute {warm * STEP}")


def growth(sizes: Sequence[float]) -> str:
    """Return the growth from the first to the last, in per cent."""
    return f"{100 * (sizes[-1] / sizes[0] - 1):+.1f} %" if sizes else "nothing to compare"
