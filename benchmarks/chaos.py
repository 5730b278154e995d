"""A server that is killed while a class draws and watches, and comes back at the same address.

`python -m benchmarks.chaos [--people 30]` kills the real app and starts it again on its store and
port. As many draw as watch: every second watcher sees a training that ends with the server, the
others one that goes on elsewhere. Nobody reloads. Printed is the time until each goes on.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tornado.httpclient import AsyncHTTPClient, HTTPClientError
from tornado.websocket import WebSocketClosedError

from benchmarks.live_client import Live, topics_of
from benchmarks.load import end, start
from benchmarks.made_up_training import MadeUpTraining
from benchmarks.streamlit_client import Tab
from benchmarks.visitors import PAD, SEVEN, Classroom, pad_state, stroke, visit, watch
from tests.support.app_server import Server, start_server

EVERY = 0.5  # seconds between two strokes
LOOK = 0.1  # seconds between two looks of who watches
IN_FLIGHT = 0.5  # seconds in which something of the killed server may still arrive
RETRY = 2.0  # seconds until a failed post is tried again, as pages/ui/browser/pad.js
UNKNOWN = 404
PATIENCE = 60.0  # seconds until all go on
TRAINING = 3600.0  # seconds: longer than all this
_NO_SERVER = (OSError, HTTPClientError, WebSocketClosedError)


@dataclass
class Person:
    """Somebody with a tab, and the times at which something worked."""

    tab: Tab
    key: str = ""  # of an element of the page until the run ends
    ends: bool = False  # with the server, what this person watches
    worked: list[float] = field(default_factory=list)

    def note(self) -> None:
        self.worked.append(time.perf_counter())

    def goes_on(self, killed: float) -> bool:
        """True if something worked since, or if the page shows that the run has ended."""
        return not self.tab.shows(self.key) if self.ends else self.worked[-1] > killed + IN_FLIGHT

    async def stay_connected(self) -> None:
        """Connect again whenever the server has hung up, as Streamlit's front end does."""
        if not self.tab.is_connected:
            await self.tab.reconnect()


async def draws_on(person: Person) -> None:
    """Draw sevens; a new server is given the drawing as by pages/ui/browser/pad.js."""
    tab = person.tab
    strokes = [stroke(*ends) for ends in SEVEN]
    url = json.loads(tab.values[PAD])["url"]
    while True:
        with suppress(*_NO_SERVER):
            await person.stay_connected()
            pad = json.loads(tab.values[PAD])
            if pad["url"] != url:
                url = pad["url"]
                await tab.send_event(PAD, "mount", {"strokes": strokes, "n": len(person.worked)})
            try:
                await tab.post(url, pad_state(strokes))
                person.note()
            except HTTPClientError as error:
                if error.code == UNKNOWN:  # the tab, to a new server
                    await tab.send_event(PAD, "drawn", strokes)
                else:
                    await asyncio.sleep(RETRY)
        await asyncio.sleep(EVERY)


async def watches_on(person: Person, live: Live, run: str) -> None:
    """Watch a run until it ends; it works when a chunk comes."""
    await live.open()
    chunks = 0
    try:
        while person.tab.shows(person.key):
            with suppress(*_NO_SERVER):
                await person.stay_connected()
                await watch(person.tab, live, run, time.perf_counter() + LOOK)
            if live.chunks > chunks:
                chunks = live.chunks
                person.note()
    finally:
        await live.close()


async def chaos(
    server: Server, again: Callable[[], Server], people: int, runs: Mapping[str, bool]
) -> tuple[list[float], list[float]]:
    """Kill a server that `people` draw at and as many watch `runs` in turn, and start it `again`.

    Of a run it is True if the run ends with the server.

    Returns the seconds from the moment at which it answers again until each who draws and each who
    watches goes on.

    Raises:
        TimeoutError: if not all go on.
        RuntimeError: if a drawing is lost.
    """
    classroom = Classroom(server)
    drawing = [Person(tab) for tab in await visit(classroom, "draw", people)]
    queries = [f"run={run}" for run in runs]
    watching = [Person(tab) for tab in await visit(classroom, "train", people, queries)]
    tasks = [asyncio.create_task(draws_on(person)) for person in drawing]
    for i, person in enumerate(watching):
        run = list(runs)[i % len(runs)]
        person.key, person.ends = f"refresh_{run}", runs[run]
        live = Live(server.url, topics_of(run))
        tasks.append(asyncio.create_task(watches_on(person, live, run)))
    everybody = [*drawing, *watching]
    try:
        await until(lambda: all(person.worked for person in everybody), tasks)
        server.kill()
        killed = time.perf_counter()
        await asyncio.to_thread(again)
        back = time.perf_counter()
        waits: dict[int, float] = {}

        def all_go_on() -> bool:
            for i, person in enumerate(everybody):
                if person.goes_on(killed):
                    waits.setdefault(i, time.perf_counter() - back)
            return len(waits) == len(everybody)

        await until(all_go_on, tasks)
    finally:
        await end(tasks)
    for person in drawing:
        await person.tab.send_event(PAD, "paper", "light")  # the script reads the drawing
        if len(json.loads(person.tab.values[PAD])["strokes"]) != len(SEVEN):
            raise RuntimeError("a drawing is lost")
    for person in everybody:
        person.tab.close()
    in_order = [waits[i] for i in range(len(everybody))]
    return in_order[:people], in_order[people:]


async def until(condition: Callable[[], bool], tasks: Sequence[asyncio.Task[None]]) -> None:
    """Wait for a condition; raises TimeoutError, or what a task has raised."""
    began = time.perf_counter()
    while not condition():
        for task in tasks:
            if task.done():
                task.result()
        if time.perf_counter() - began > PATIENCE:
            raise TimeoutError("not everybody goes on")
        await asyncio.sleep(0.05)


def sentence(what: str, waits: Sequence[float]) -> str:
    """Return how long it took, in words."""
    return (
        f"{len(waits)} {what}: median {statistics.median(waits):.1f} s, longest {max(waits):.1f} s"
    )


async def measure(server: Server, again: Callable[[], Server], people: int) -> None:
    """Print how long it takes until all go on."""
    classroom = Classroom(server)
    made_up = MadeUpTraining(classroom.store)
    made_up.start(TRAINING)
    (real,) = await start(classroom, 1)
    drew, watched = await chaos(server, again, people, {real: True, made_up.run: False})
    made_up.close()
    print(
        "seconds after the server is reachable again:\n"
        f"{sentence('draw on', drew)}\n"
        f"{sentence('see that the training was interrupted', watched[::2])}\n"
        f"{sentence('see a training on another computer go on', watched[1::2])}"
    )


def main() -> None:
    """Kill a server and print how long it takes until all go on."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=30, help="who draw, and as many who watch")
    people = parser.parse_args().people
    AsyncHTTPClient.configure(None, max_clients=1000)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        servers = [start_server(folder, folder)]

        def again() -> Server:
            port = int(servers[0].url.rpartition(":")[2])
            servers.append(start_server(folder, folder, port=port))
            return servers[-1]

        try:
            asyncio.run(measure(servers[0], again, people))
        finally:
            for server in servers:
                server.stop()


if __name__ == "__main__":
    main()
