"""A class of phones at one server: `python -m benchmarks.classroom [--phones 120]`.

Phones without a browser send and follow what `pages/ui/browser/class_*.js` do. They join all at
once: page, script, place, channel, weights. They draw for `Draw this` every few seconds, and a
board follows. Thirty start a race at once; the engine trains their runs. The server is one process
on a store of its own; "of a core" is its processor time. The phones run on the same machine.
"""

import argparse
import asyncio
import json
import math
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from tornado.httpclient import AsyncHTTPClient, HTTPResponse

from benchmarks.live_client import Live
from model_store import ModelStore
from model_store.classroom.classes import ClassStore, SchoolClass
from pages.ui.server.browser_routes import bundle_path
from tests.support.app_server import Server, start_server

EVERY = 4.0  # seconds between two drawings of a phone
RACERS = 30
RACE = {"dataset": "digits", "epochs": 5}
PATIENCE = 300.0  # seconds until every racer sees a curve


class Board(Live):
    """The board's connection; it notes when each drawing came."""

    def __init__(self, url: str, code: str) -> None:
        super().__init__(url, [f"board:{code}"])
        self.came: dict[tuple[str, str], float] = {}

    def _hear(self, message: dict[str, Any]) -> None:
        super()._hear(message)
        now = time.perf_counter()
        for part in message.get("parts", ()):
            for slot in part.get("drawings") or {}:
                self.came.setdefault((part["id"], slot), now)


@dataclass
class Phone:
    """A member of the class."""

    url: str
    code: str
    member: str = ""
    cookie: str = ""
    live: Live | None = None
    sent: dict[str, float] = field(default_factory=dict)

    async def ask(self, path: str, content: Any = None) -> HTTPResponse:
        """Get an address, or post JSON to it."""
        method = {} if content is None else {"method": "POST", "body": json.dumps(content)}
        headers = {"cookie": self.cookie, "accept-encoding": "gzip"}
        return await AsyncHTTPClient().fetch(
            f"{self.url}{path}", headers=headers, request_timeout=60.0, **method
        )

    async def join(self, name: str) -> float:
        """Join and get the class's weights; return the seconds until all of it is there."""
        began = time.perf_counter()
        page = await self.ask(f"/c/{self.code}")
        self.cookie = page.headers["set-cookie"].partition(";")[0]
        await self.ask(bundle_path("class_page"))
        await self.ask(f"/c/{self.code}/mine")
        answer = await self.ask("/c/join", {"code": self.code, "nickname": name})
        joined = json.loads(answer.body)
        self.member = joined["member"]
        self.live = Live(self.url, [f"class:{self.code}"])
        await asyncio.gather(self.live.open(), self.ask(joined["model"]["url"]))
        return time.perf_counter() - began

    async def draw(self, activity: str, slot: str) -> None:
        """Send one drawing of a circle."""
        points = [
            [140 + round(90 * math.cos(i / 9), 1), 140 + round(90 * math.sin(i / 9), 1)]
            for i in range(60)
        ]
        drawing = {"label": 0, "strokes": [{"points": points, "width": 20}], "ink": "light"}
        self.sent[slot] = time.perf_counter()
        content = {"slot": slot, "content": drawing, "activity": activity}
        await self.ask(f"/c/{self.code}/enter", content)

    async def race(self, activity: str) -> tuple[str, float]:
        """Start a run; return its id and the seconds until its first point of the curve came."""
        began = time.perf_counter()
        answer = await self.ask(f"/c/{self.code}/race", {"settings": {}, "activity": activity})
        run = str(json.loads(answer.body)["run"])
        live = Live(self.url, [f"run:{run}"])
        await live.open()
        while not live.chunks:
            await live.news(PATIENCE)
        await live.close()
        return run, time.perf_counter() - began


class Measured:
    """Processor time of a server inside a block, as a part of a core."""

    def __init__(self, server: Server) -> None:
        self._process = psutil.Process(server.process.pid)

    def __enter__(self) -> "Measured":
        self._cpu, self._began = self._now(), time.perf_counter()
        return self

    def __exit__(self, *_error: object) -> None:
        self.seconds = time.perf_counter() - self._began
        self.share = (self._now() - self._cpu) / self.seconds

    def _now(self) -> float:
        times = self._process.cpu_times()
        return times.user + times.system


def row(what: str, waits: Sequence[float], share: float) -> str:
    """Return a line of the table; `waits` in seconds."""
    cuts = statistics.quantiles(waits, n=20, method="inclusive")
    figures = (statistics.median(waits), cuts[18], max(waits))
    return f"| {what} | {' | '.join(f'{f:.2f}' for f in figures)} | {100 * share:.0f} % |"


async def measure(server: Server, classes: ClassStore, phones: int, seconds: float) -> None:
    """Print the table."""
    AsyncHTTPClient.configure(None, max_clients=1000)
    room = classes.open("teacher", "Class")
    everybody = [Phone(server.url, room.code) for _each in range(phones)]
    await Phone(server.url, room.code).ask(f"/c/{room.code}")  # the server is ready
    print("\n| what | median, s | 95 % | longest | server, of a core |\n|---|---|---|---|---|")
    with Measured(server) as cost:
        waits = await asyncio.gather(
            *(phone.join(f"Student {i}") for i, phone in enumerate(everybody))
        )
    print(row(f"{phones} join at once, until their bars can answer", waits, cost.share), flush=True)
    board = Board(server.url, room.code)
    await board.open()
    await _draw(server, classes, room, everybody, board, seconds)
    await _race(server, classes, room, everybody[:RACERS])
    await board.close()
    for phone in everybody:
        assert phone.live is not None
        await phone.live.close()


async def _draw(
    server: Server,
    classes: ClassStore,
    room: SchoolClass,
    phones: Sequence[Phone],
    board: Board,
    seconds: float,
) -> None:
    count = max(1, min(10, int(seconds / EVERY)))
    activity = classes.start(room.id, "draw", {"digit": 0, "count": count})

    async def some(phone: Phone) -> None:
        await asyncio.sleep(random.random() * EVERY)
        for slot in range(count):
            await phone.draw(activity.id, str(slot))
            await asyncio.sleep(EVERY)

    with Measured(server) as cost:
        await asyncio.gather(*map(some, phones))
    drawn = {(p.member, slot): when for p in phones for slot, when in p.sent.items()}
    while len(board.came) < len(drawn):
        await board.news()
    waits = [board.came[name] - when for name, when in drawn.items()]
    what = f"{len(phones)} draw every {EVERY:g} s, until the board has it"
    print(row(what, waits, cost.share), flush=True)


async def _race(
    server: Server, classes: ClassStore, room: SchoolClass, phones: Sequence[Phone]
) -> None:
    activity = classes.start(room.id, "race", RACE)
    with Measured(server) as cost:
        found = await asyncio.gather(*(phone.race(activity.id) for phone in phones))
    assert len({run for run, _seconds in found}) == len(phones)
    what = f"{len(phones)} start a race at once, until each sees its curve"
    print(row(what, [seconds for _run, seconds in found], cost.share), flush=True)


def main() -> None:
    """Start a server and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--phones", type=int, default=120)
    parser.add_argument("--seconds", type=float, default=20.0, help="of drawing")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = start_server(folder, folder / "cache")
        store = ModelStore(server.store)
        try:
            asyncio.run(
                measure(server, ClassStore(store.database), options.phones, options.seconds)
            )
        finally:
            store.close()
            server.stop()


if __name__ == "__main__":
    main()
