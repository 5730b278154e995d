"""Latency from a pointer's move to the bars in a real Chromium: alone, and while workers train.

`python -m benchmarks.latency [--strokes 40] [--workers N] [--run ID]` starts the real app with its
engine on a store of its own. On the Draw page a built-in model answers, or the run ID, copied from
the store SOFTMAX_LAB_STORE. Strokes are drawn with the mouse.
Three tables come out, in milliseconds: from a move of the pointer until a bar has changed, and that
time less the wait for the next frame, which no program can shorten; and the answer of
`/_stcore/health`, asked ten times a second meanwhile. Messages to the server before pen-up are
counted. For the second row of each one training for each worker is started, on MNIST if
SOFTMAX_LAB_DATA has it, else on Digits. The browser runs on the same machine.
"""

import argparse
import os
import shutil
import statistics
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Browser, Page, expect

from benchmarks.browser import browsing
from model_store import ModelStore, RunState
from model_store.recipe.recipe import Hidden, Recipe
from model_store.recipe.validation import MAX_EPOCHS
from model_store.storage.run_query import RunQuery
from tests.support.app_server import Server, start_server
from tests.support.browser_page import settled
from training.data import datasets
from training.engine.engine import default_workers

PATIENCE = 180.0  # seconds
ASK_EVERY = 0.1  # seconds between two checks of the server's health
CLEAR_AFTER = 4  # strokes
PAUSE = 300  # milliseconds between two strokes
WARM_UP = 3  # warm-up strokes
# Records the milliseconds from each move with the pen down to the next change of the bars, and of
# the frame in which they change.
WATCH = """() => {
  window.waits = [];
  window.works = [];
  window.downs = 0;
  let moved = 0;
  let frame = 0;
  const tick = () => {
    frame = performance.now();
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
  document.addEventListener("pointerdown", () => { window.downs += 1; }, true);
  const MOVE = "onpointerrawupdate" in window ? "pointerrawupdate" : "pointermove";
  window.addEventListener(MOVE, (event) => {
    const isOnPad = event.target.closest('[class*="st-key-lab_pad_"]');
    if (event.buttons && isOnPad) moved ||= event.timeStamp;
  }, true);
  new MutationObserver(() => {
    if (moved) {
      window.waits.push(performance.now() - moved);
      window.works.push(performance.now() - Math.max(frame, moved));
    }
    moved = 0;
  }).observe(document.querySelector(".lab-answers .lab-bars"), { subtree: true, attributes: true });
}"""
STEPS = 8  # moves between two corners of a stroke
BETWEEN = 24  # milliseconds between two moves, as a hand and a mouse leave them


@dataclass
class Drawn:
    """Milliseconds of moves, and messages that went to the server before the pen was up."""

    waits: list[float] = field(default_factory=list)
    works: list[float] = field(default_factory=list)
    messages: int = 0
    health: list[float] = field(default_factory=list)


class Health:
    """Thread that checks the server's health and records the milliseconds."""

    def __init__(self, url: str) -> None:
        self.waits: list[float] = []
        self._url = f"{url}/_stcore/health"
        self._end = threading.Event()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Check the health while the block runs."""
        thread = threading.Thread(target=self._ask, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._end.set()
            thread.join()

    def _ask(self) -> None:
        while not self._end.wait(ASK_EVERY):
            began = time.perf_counter()
            with urllib.request.urlopen(self._url, timeout=30) as answer:
                answer.read()
            self.waits.append(1000 * (time.perf_counter() - began))


def draw(page: Page, count: int, sent: list[object]) -> int:
    """Draw `count` strokes; return how many of `sent` were added while the pen was down."""
    box = page.locator(".lab-pad").bounding_box()
    assert box is not None
    messages = 0
    for i in range(count):
        if i and i % CLEAR_AFTER == 0:
            page.locator(".lab-clear").click()
            expect(page.locator(".lab-answers .lab-answer")).to_have_attribute("data-answer", "")
            page.wait_for_timeout(PAUSE)
        left = box["x"] + 60 + 30 * (i % CLEAR_AFTER) + i % 7
        corners = [(left, 50), (left + 70, 60), (left + 20 + i % 11, 220)]
        page.mouse.move(corners[0][0], box["y"] + corners[0][1])
        before = len(sent)
        page.mouse.down()
        for (ax, ay), (bx, by) in pairwise(corners):
            for step in range(1, STEPS + 1):
                t = step / STEPS
                page.mouse.move(ax + t * (bx - ax), box["y"] + ay + t * (by - ay))
                page.wait_for_timeout(BETWEEN)
        messages += len(sent) - before
        page.mouse.up()
        page.wait_for_timeout(PAUSE)
    return messages


def measure(browser: Browser, server: Server, run: str, strokes: int) -> Drawn:
    """Draw in a new visit and return what was measured."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    sent: list[object] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    page.on("request", lambda request: sent.append(request))
    page.goto(f"{server.url}/draw?run={run}")
    settled(page)
    page.locator("canvas.upper-canvas").wait_for()
    for place in page.locator(".lab-answers, .lab-panel").all():
        expect(place).to_have_attribute("data-live", "true")
    page.evaluate(WATCH)
    draw(page, WARM_UP, sent)
    page.locator(".lab-clear").click()
    page.wait_for_timeout(PAUSE)
    page.evaluate("window.waits.length = window.works.length = 0")
    health = Health(server.url)
    drawn = Drawn(health=health.waits)
    with health.watched():
        drawn.messages = draw(page, strokes, sent)
    drawn.waits, drawn.works = page.evaluate("[window.waits, window.works]")
    context.close()
    return drawn


def train(browser: Browser, server: Server, workers: int) -> str:
    """Start a training for each worker, wait until all train, and return a description."""
    name = "mnist" if datasets.available("mnist") else "digits"
    recipe = Recipe(dataset=name, hidden=(Hidden(512), Hidden(512)), epochs=MAX_EPOCHS)
    for _each in range(workers):
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{server.url}/train?recipe={quote(recipe.to_link())}")
        settled(page)
        page.get_by_role("button", name="Start training").click()
        expect(page.get_by_role("button", name="Stop and save")).to_be_visible(timeout=60_000)
        context.close()
    store, began = ModelStore(server.store), time.perf_counter()
    while store.count(RunQuery(state=RunState.RUNNING)) < workers:
        if time.perf_counter() - began > PATIENCE:
            raise TimeoutError("not all workers train")
        time.sleep(0.2)
    time.sleep(5)  # compilation is over
    return f"{workers} x {recipe.network} on {name}"


def row(name: str, waits: Sequence[float]) -> str:
    """Return a line of the table."""
    cuts = statistics.quantiles(waits, n=20, method="inclusive")
    return f"| {name} | {len(waits)} | {cuts[9]:.1f} | {cuts[18]:.1f} | {max(waits):.1f} |"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--strokes", type=int, default=40)
    parser.add_argument("--run", default="starter-mnist", help="the model that answers")
    parser.add_argument("--workers", type=int, default=0, help="0: as many as the app starts")
    options = parser.parse_args()
    workers = options.workers or default_workers()
    with tempfile.TemporaryDirectory() as folder, browsing() as browser:
        environment = {"SOFTMAX_LAB_WORKERS": str(workers)}
        if "SOFTMAX_LAB_DATA" in os.environ:
            environment["SOFTMAX_LAB_DATA"] = os.environ["SOFTMAX_LAB_DATA"]
        cache = Path(os.environ.get("SOFTMAX_LAB_CACHE", f"{folder}/cache"))
        if (own := Path(os.environ.get("SOFTMAX_LAB_STORE", ""), options.run)).is_dir():
            shutil.copytree(own, Path(folder, "store", options.run))
        server = start_server(Path(folder), cache, **environment)
        try:
            time.sleep(15)  # the workers warm up
            print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
            alone = measure(browser, server, options.run, options.strokes)
            what = train(browser, server, workers)
            busy = measure(browser, server, options.run, options.strokes)
        finally:
            server.stop()
    print(f"\ntraining: {what}\n")
    print(f"messages to the server before pen-up: {alone.messages} and {busy.messages}\n")
    tables = (
        ("move to bars, ms", alone.waits, busy.waits),
        ("of it after the frame began, ms", alone.works, busy.works),
        ("/_stcore/health, ms", alone.health, busy.health),
    )
    for title, *waits in tables:
        print(f"| {title} | n | p50 | p95 | longest |\n|---|---|---|---|---|")
        print(row("alone", waits[0]))
        print(row("all workers train", waits[1]) + "\n")


if __name__ == "__main__":
    main()
