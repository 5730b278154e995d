"""Latency from pen-up to bars in a real Chromium: alone, and while every worker trains.

`python -m benchmarks.latency [--strokes 40] [--workers N]` starts the real app with its engine on a
store of its own. It draws strokes with the mouse and clears the pad now and then. Two tables come
out, in milliseconds: from pen-up until a bar has changed, and the answer of `/_stcore/health`,
asked ten times a second meanwhile. For the second row one training for each worker is started, on
MNIST if SOFTMAX_LAB_DATA has it, else on Digits. The browser runs on the same machine.
"""

import argparse
import os
import statistics
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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
# Records the milliseconds from each pen-up to the next change of the bars.
WATCH = """() => {
  window.waits = [];
  let up = 0;
  document.addEventListener("mouseup", (event) => {
    if (event.target.closest(".st-key-pad")) up = performance.now();
  }, true);
  new MutationObserver(() => {
    if (up) window.waits.push(performance.now() - up);
    up = 0;
  }).observe(document.querySelector(".lab-answers .lab-bars"), { subtree: true, attributes: true });
}"""


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


def draw(page: Page, count: int) -> list[float]:
    """Draw `count` strokes and return their waits in milliseconds."""
    box = page.locator(".st-key-pad").bounding_box()
    assert box is not None
    for i in range(count):
        if i and i % CLEAR_AFTER == 0:
            page.locator(".lab-clear").click()
            expect(page.locator(".lab-answers .lab-answer")).to_have_attribute("data-answer", "")
            page.wait_for_timeout(PAUSE)
        left = box["x"] + 60 + 30 * (i % CLEAR_AFTER) + i % 7
        page.mouse.move(left, box["y"] + 50)
        page.mouse.down()
        page.mouse.move(left + 70, box["y"] + 60, steps=8)
        page.mouse.move(left + 20 + i % 11, box["y"] + 220, steps=8)
        page.mouse.up()
        page.wait_for_function(f"window.waits.length > {i}")
        page.wait_for_timeout(PAUSE)
    return [float(wait) for wait in page.evaluate("window.waits")]


def measure(browser: Browser, server: Server, strokes: int) -> tuple[list[float], list[float]]:
    """Return the waits for bars and for the server's health in milliseconds, in a new visit."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"{server.url}/draw?run=starter-mnist")
    settled(page)
    page.locator("canvas.upper-canvas").wait_for()
    page.evaluate(WATCH)
    draw(page, WARM_UP)
    page.locator(".lab-clear").click()
    page.wait_for_timeout(PAUSE)
    page.evaluate("window.waits.length = 0")
    health = Health(server.url)
    with health.watched():
        waits = draw(page, strokes)
    context.close()
    return waits, health.waits


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
    return f"| {name} | {len(waits)} | {cuts[9]:.0f} | {cuts[18]:.0f} | {max(waits):.0f} |"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--strokes", type=int, default=40)
    parser.add_argument("--workers", type=int, default=0, help="0: as many as the app starts")
    options = parser.parse_args()
    workers = options.workers or default_workers()
    with tempfile.TemporaryDirectory() as folder, browsing() as browser:
        environment = {"SOFTMAX_LAB_WORKERS": str(workers)}
        if "SOFTMAX_LAB_DATA" in os.environ:
            environment["SOFTMAX_LAB_DATA"] = os.environ["SOFTMAX_LAB_DATA"]
        cache = Path(os.environ.get("SOFTMAX_LAB_CACHE", f"{folder}/cache"))
        server = start_server(Path(folder), cache, **environment)
        try:
            time.sleep(15)  # the workers warm up
            print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
            alone = measure(browser, server, options.strokes)
            what = train(browser, server, workers)
            busy = measure(browser, server, options.strokes)
        finally:
            server.stop()
    print(f"\ntraining: {what}\n")
    for title, which in (("pen-up to bars, ms", 0), ("/_stcore/health, ms", 1)):
        print(f"| {title} | n | p50 | p95 | longest |\n|---|---|---|---|---|")
        print(row("alone", alone[which]))
        print(row("all workers train", busy[which]) + "\n")


if __name__ == "__main__":
    main()
