"""Load of a class on one server: people draw, watch and press Train at the same time.

`python -m benchmarks.load [--only load draw watch train waves] [--clients 30 60 120]
[--watchers 30 300] [--every 2] [--seconds 40]` starts the real app with its engine on a store of
its own, and visits it from this process in Streamlit's own protocol: no browser, so that three
hundred visitors fit beside the server.
`--soak 60` instead lets sessions come, draw, watch and go for an hour, and prints the server's
memory every five minutes.

Who draws needs no answer of the server: a wait is that of the POST which keeps the drawing. Who
watches has the live channel: a wait is from the time of a training's event until it has come.
Waits are milliseconds at the visitor, on the same machine: from the moment when a visitor asks
until the answer has come, the time to send and to read it included. "Core" is the processor time of
the server process alone, by that of the clock; workers and visitors have their own columns.
"""

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tornado.httpclient import AsyncHTTPClient

from benchmarks.live_client import Live, topics_of
from benchmarks.soak import Soak
from benchmarks.streamlit_client import Tab
from benchmarks.visitors import Classroom, Window, draw, leave, visit, watch
from benchmarks.waves import OPEN_FILES, VISITS, WAVE, sentence, waves
from model_store import RunState
from model_store.recipe.recipe import Hidden, Recipe
from model_store.recipe.validation import MAX_EPOCHS
from tests.support.app_server import start_server

CLASS = 30  # visitors
BURSTS = 5  # of a class that opens a page at once
TOGETHER = 10  # of many watchers arrive at a time
SETTLE = 3.0  # seconds before a measurement
PATIENCE = 600.0  # seconds
COMPILING = 8.0  # seconds until a worker has compiled what Train's form shows
WARM_WORKERS = 15.0  # seconds until the workers have loaded TensorFlow
PARTS = ("load", "draw", "watch", "train", "waves")


@dataclass
class Row:
    """A row of the table."""

    what: str
    waits: list[float]
    window: Window = field(default_factory=Window)

    def __str__(self) -> str:
        w = self.window
        cores = [
            f"{100 * used / w.seconds:.0f} %" if w.seconds else "–"
            for used in (w.server, w.workers, w.visitors)
        ]
        waits = " | ".join(f"{wait:.0f}" for wait in spread(self.waits))
        return f"| {self.what} | {len(self.waits)} | {waits} | {' | '.join(cores)} |"


HEAD = (
    "| what | waits | median, ms | 95 % | longest | server, of a core | workers | visitors |\n"
    "|---|---|---|---|---|---|---|---|"
)


def spread(waits: Sequence[float]) -> tuple[float, float, float]:
    """Return median, 95th percentile and longest, in ms, of at least two waits in seconds."""
    cuts = statistics.quantiles(waits, n=20, method="inclusive")
    return 1000 * cuts[9], 1000 * cuts[18], 1000 * max(waits)


# -- measurements ----------------------------------------------------------------------------------


async def arrive(classroom: Classroom, page: str, count: int, name: str = "") -> Row:
    """Open one address, called `name`, in all tabs at once; waits are for the whole page."""
    tabs = [classroom.tab(page) for _each in range(count)]
    with classroom.measured() as window:
        await asyncio.gather(*(tab.open() for tab in tabs))
    waits = [tab.finished - tab.began for tab in tabs]
    leave(tabs)
    return Row(f"{count} open {name or page} at once", waits, window)


async def arrivals(classroom: Classroom, folder: Path) -> list[Row]:
    """Open an app of one word and pages of this one, `BURSTS` times in turn; return a row of each.

    The first row is the share of Streamlit itself.
    """
    entry = folder / "empty.py"
    entry.write_text('import streamlit as st\n\nst.write("hello")\n', encoding="utf-8")
    server = start_server(folder, folder, entry)
    try:
        places = [
            (Classroom(server), "", "an empty Streamlit app"),
            (classroom, "", "the first page"),
            (classroom, "draw", "Draw"),
            (classroom, "train", "Train"),
        ]
        for room, page, _name in places:
            await arrive(room, page, 1)  # the first one waits for late imports
        await asyncio.sleep(COMPILING)
        rounds = [[await arrive(*of[:2], CLASS, of[2]) for of in places] for _ in range(BURSTS)]
        return [together(rows) for rows in zip(*rounds, strict=True)]
    finally:
        server.stop()


def together(rows: Sequence[Row]) -> Row:
    """Return the same measurement of several times as one."""
    windows = [astuple(row.window) for row in rows]
    window = Window(*(sum(part) for part in zip(*windows, strict=True)))
    return Row(rows[0].what, [wait for row in rows for wait in row.waits], window)


async def under_few_files(folder: Path) -> str:
    """Let waves of visitors come to a server of their own; return what came out."""
    server = start_server(folder, folder, open_files=OPEN_FILES, SOFTMAX_LAB_COLD="1")
    try:
        return sentence(*await waves(Classroom(server), VISITS, WAVE))
    finally:
        server.stop()


async def drawing(classroom: Classroom, count: int, every: float, seconds: float) -> Row:
    """Let `count` people draw at once; waits are for the posts of their drawings."""
    tabs = await visit(classroom, "draw", count)
    await draws(tabs, every, every)  # all have drawn once
    with classroom.measured() as window:
        waits = await draws(tabs, every, seconds)
    leave(tabs)
    return Row(f"{count} draw, a stroke or Clear each {every:g} s", waits, window)


async def draws(tabs: Sequence[Tab], every: float, seconds: float) -> list[float]:
    """Return the waits of all tabs, in seconds."""
    until = time.perf_counter() + seconds
    return flat(await asyncio.gather(*(draw(tab, every, until) for tab in tabs)))


async def watching(
    classroom: Classroom, runs: Sequence[str], count: int, seconds: float
) -> tuple[Row, str]:
    """Let `count` people watch trainings; waits are from an event's time until it came.

    The text says what each of them got.
    """
    tabs = await visit(classroom, "train", count, [f"run={run}" for run in runs], TOGETHER)
    watched = [runs[i % len(runs)] for i in range(count)]
    lives = [Live(classroom.server.url, topics_of(run)) for run in watched]
    for live in lives:
        await live.open()
    watchers = [
        asyncio.create_task(watch(*each)) for each in zip(tabs, lives, watched, strict=True)
    ]
    await asyncio.sleep(SETTLE)
    for live in lives:
        live.forget()
    with classroom.measured() as window:
        await asyncio.sleep(seconds)
    waits = flat([list(live.delays) for live in lives])
    messages, size = sum(live.messages for live in lives), sum(live.size for live in lives)
    await end(watchers)
    await hang_up(lives)
    leave(tabs)
    each = count * window.seconds
    return (
        Row(f"{count} watch {len(runs)} trainings", waits, window),
        f"each of {count} gets {messages / each:.1f} messages, {len(waits) / each:.1f} events and "
        f"{size / each / 1000:.0f} kB a second",
    )


async def end(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Cancel tasks; raises what one of them has raised."""
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task


async def hang_up(lives: Sequence[Live]) -> None:
    """Close all connections to the live channel."""
    for live in lives:
        await live.close()


async def press_start(tab: Tab) -> None:
    """Press Start on Train, whose form the tab shows."""
    await tab.send_event("basic_fields", "start", json.loads(tab.values["basic_fields"]))


async def start(classroom: Classroom, trainings: int) -> list[str]:
    """Start long trainings, wait until all train, and return their ids."""
    recipe = Recipe(dataset="digits", hidden=(Hidden(512), Hidden(512)), epochs=MAX_EPOCHS)
    tabs = await visit(classroom, "train", trainings, [f"recipe={quote(recipe.to_link())}"])
    for tab in tabs:
        await press_start(tab)
    leave(tabs)
    runs = [tab.query.removeprefix("run=") for tab in tabs]
    await until_all(classroom, runs, RunState.RUNNING)
    return runs


async def pressing(classroom: Classroom, count: int) -> tuple[Row, Row, float]:
    """Press Start in all tabs at once, then watch the runs to their ends.

    The last value is the seconds until the last of them had finished.
    """
    tabs = await visit(classroom, "train", count, ["recipe=digits-quick"])
    began = time.perf_counter()
    with classroom.measured() as window:
        await asyncio.gather(*(press_start(tab) for tab in tabs))
    waits = [tab.finished - tab.sent for tab in tabs]
    runs = [tab.query.removeprefix("run=") for tab in tabs]
    lives = [Live(classroom.server.url, topics_of(run)) for run in runs]
    with classroom.measured() as watched:
        await asyncio.gather(*(live.open() for live in lives))
        await asyncio.gather(*(watch(*each) for each in zip(tabs, lives, runs, strict=True)))
    waited = flat([live.delays for live in lives])
    await hang_up(lives)
    await until_all(classroom, runs, RunState.DONE)
    leave(tabs)
    if len(set(runs)) < count:
        raise RuntimeError("not everybody has a run")
    return (
        Row(f"{count} press Start at once", waits, window),
        Row("they watch until the last is done", waited, watched),
        time.perf_counter() - began,
    )


async def until_all(classroom: Classroom, runs: Sequence[str], state: RunState) -> None:
    """Wait until all runs are in a state."""
    began = time.perf_counter()
    while any(classroom.store.open(run).state is not state for run in runs):
        if time.perf_counter() - began > PATIENCE:
            raise TimeoutError(f"not all runs are {state}")
        await asyncio.sleep(0.2)


def flat(lists: Sequence[list[float]]) -> list[float]:
    """Return all lists as one."""
    return [wait for waits in lists for wait in waits]


# -- the command -----------------------------------------------------------------------------------


async def everything(classroom: Classroom, options: argparse.Namespace) -> None:
    """Print the rows of the table as they are measured."""
    print(HEAD, flush=True)
    only = options.only
    if "load" in only:
        with tempfile.TemporaryDirectory() as folder:
            print(*await arrivals(classroom, Path(folder)), sep="\n", flush=True)
    for count in options.clients if "draw" in only else ():
        print(await drawing(classroom, count, options.every, options.seconds), flush=True)
    if "train" in only:
        pressed, watched, seconds = await pressing(classroom, CLASS)
        print(f"{pressed}\n{watched}", flush=True)
    said: list[str] = []
    if "watch" in only:
        runs = await start(classroom, options.workers)
        for count in options.watchers:
            row, each_gets = await watching(classroom, runs, count, options.seconds)
            print(row, flush=True)
            said.append(each_gets)
    if "waves" in only:
        with tempfile.TemporaryDirectory() as folder:
            said.append(await under_few_files(Path(folder)))
    print("", *said, sep="\n")
    print(f"\nserver: {classroom.memory():.0f} MB; load of the machine {os.getloadavg()[0]:.1f}")
    if "train" in only:
        print(f"{CLASS} trainings pressed at once were done after {seconds:.0f} s")


def main() -> None:
    """Print the table, or the memory of a soak."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--clients", nargs="+", type=int, default=[30, 60, 120], help="who draw")
    parser.add_argument("--watchers", nargs="+", type=int, default=[30, 300], help="who watch")
    parser.add_argument("--every", type=float, default=2.0, help="seconds from stroke to stroke")
    parser.add_argument("--seconds", type=float, default=40.0, help="of each measurement")
    parser.add_argument("--workers", type=int, default=2, help="trainings side by side")
    parser.add_argument("--soak", type=float, default=0.0, help="minutes, instead of the table")
    parser.add_argument("--visitors", type=int, default=12, help="at once, of the soak")
    options = parser.parse_args()
    AsyncHTTPClient.configure(None, max_clients=1000)
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(os.environ.get("SOFTMAX_LAB_CACHE", f"{folder}/cache"))
        environment: dict[str, Any] = {"SOFTMAX_LAB_WORKERS": str(options.workers)}
        if "SOFTMAX_LAB_DATA" in os.environ:
            environment["SOFTMAX_LAB_DATA"] = os.environ["SOFTMAX_LAB_DATA"]
        server = start_server(Path(folder), cache, **environment)
        try:
            time.sleep(WARM_WORKERS)
            print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n", flush=True)
            classroom = Classroom(server)
            if options.soak:
                soak = Soak(classroom, options.every)
                asyncio.run(soak.run(options.soak, options.visitors))
            else:
                asyncio.run(everything(classroom, options))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
