"""From `streamlit run` to the first page in a new browser, for the app and for an empty one.

`python -m benchmarks.start [--times 10]` starts both servers in turn, each with Python's compiled
files and the system's file cache warm, and opens the address in a new Chromium profile as soon as
the server answers, as a person's browser does. Seconds count from the command until the page shows
its content, to the next frame: the page looks by itself, since Playwright's looks are up to half a
second apart. The table has medians, and the median of the ratios of each pair of starts.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser

from benchmarks.browser import browsing
from benchmarks.first_visit import EMPTY
from tests.support.app_server import start_server

# Notes the time at which the element is there and takes up room, in seconds since 1970.
NOTE = """const look = () => {
  const { height } = document.querySelector("%s")?.getBoundingClientRect() ?? { height: 0 };
  if (height) window.shown = (performance.timeOrigin + performance.now()) / 1000;
  else requestAnimationFrame(look);
};
requestAnimationFrame(look);"""


@dataclass(frozen=True)
class Start:
    """Seconds from the command until the server answers, and until the page is there."""

    answers: float
    page: float


def start(browser: Browser, folder: Path, entry: str | Path, shown: str) -> Start:
    """Start a server, open its first page in a new browser, and stop the server."""
    began = time.time()
    server = start_server(folder, folder / "cache", entry)
    try:
        answers = time.time() - began
        context = browser.new_context()
        context.add_init_script(NOTE % shown)
        page = context.new_page()
        page.goto(server.url, wait_until="commit")
        seconds = page.wait_for_function("window.shown", timeout=60_000).json_value() - began
        context.close()
        return Start(answers, seconds)
    finally:
        server.stop()


def table(pairs: Sequence[tuple[Start, Start]]) -> str:
    """Return medians of the pairs, the empty app first, and the median of their ratios."""
    lines = ["| | the server answers, s | the page is there, s |", "|---|---|---|"]
    of_each = zip(*pairs, strict=True)
    for what, starts in zip(("an empty Streamlit app", "this app"), of_each, strict=True):
        answers = statistics.median(each.answers for each in starts)
        page = statistics.median(each.page for each in starts)
        lines.append(f"| {what} | {answers:.2f} | {page:.2f} |")
    ratio = statistics.median(ours.page / empty.page for empty, ours in pairs)
    return "\n".join([*lines, "", f"ratio {ratio:.2f}"])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=10, help="starts of each that count")
    options = parser.parse_args()
    print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    pairs: list[tuple[Start, Start]] = []
    with tempfile.TemporaryDirectory() as name, browsing() as browser:
        entry = Path(name) / "empty.py"
        entry.write_text(EMPTY, encoding="utf-8")
        for number in range(options.times + 1):
            folder = Path(name) / str(number)
            folder.mkdir()
            empty = start(browser, folder, entry, "[data-testid=stMarkdown]")
            pairs.append((empty, start(browser, folder, "app.py", ".lab-bars")))
    print(table(pairs[1:]))


if __name__ == "__main__":
    main()
