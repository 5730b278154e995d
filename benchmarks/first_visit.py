"""First visit of a new browser: requests, bytes, the server's processor time, seconds.

`python -m benchmarks.first_visit [--visits 5] [--mbit 10]` opens pages in a new Chromium profile,
at the network speed of a phone in a classroom. The rival in the same run is an app of one word, as
Streamlit itself serves it. Figures are medians of all visits but the first. Seconds count until the
page shows all its content.
"""

import argparse
import os
import statistics
import tempfile
import time
from dataclasses import astuple, dataclass
from pathlib import Path

import psutil
from playwright.sync_api import Browser, expect

from benchmarks.browser import browsing
from tests.support.app_server import Server, start_server
from tests.support.browser_page import settled

EMPTY = 'import streamlit as st\n\nst.write("hello")\n'
LATENCY = 20  # milliseconds from the browser to the server and back
# Address -> selector of an element that is there when the page is.
PAGES = {"": ".lab-bars", "draw": ".lab-bars", "train?run=starter-mnist": ".main-svg"}


@dataclass
class Visit:
    """Requests, received megabytes, the server's processor time and the clock's of a visit."""

    requests: int
    megabytes: float
    server: float  # seconds
    seconds: float


def visit(browser: Browser, server: Server, address: str, shown: str, mbit: float) -> Visit:
    """Open an address in a new browser and wait for what it shows."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    bytes_a_second = mbit * 1e6 / 8
    line.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": LATENCY,
            "downloadThroughput": bytes_a_second,
            "uploadThroughput": bytes_a_second,
        },
    )
    sizes: list[int] = []
    line.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    process = psutil.Process(server.process.pid)
    used, began = sum(process.cpu_times()[:2]), time.perf_counter()
    page.goto(f"{server.url}/{address}", wait_until="commit")
    expect(page.locator(shown).first).to_be_visible(timeout=60_000)
    settled(page)
    seconds = time.perf_counter() - began
    cost = sum(process.cpu_times()[:2]) - used
    context.close()
    return Visit(len(sizes), sum(sizes) / 1e6, cost, seconds)


def row(name: str, visits: list[Visit]) -> str:
    """Return a row of the table: medians without the first visit."""
    of_each = zip(*map(astuple, visits[1:]), strict=True)
    requests, megabytes, server, seconds = map(statistics.median, of_each)
    return f"| {name} | {requests:.0f} | {megabytes:.2f} | {1000 * server:.0f} | {seconds:.1f} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--visits", type=int, default=5, help="that count, of each page")
    parser.add_argument("--mbit", type=float, default=10.0, help="the line's Mbit/s")
    options = parser.parse_args()
    print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    print("| first visit | requests | MB | server, ms | seconds |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name, browsing() as browser:
        folder = Path(name)
        entry = folder / "empty.py"
        entry.write_text(EMPTY, encoding="utf-8")
        servers = (
            (start_server(folder, folder / "cache", entry), {"": "text=hello"}),
            (start_server(folder, folder / "cache", SOFTMAX_LAB_COLD="1"), PAGES),
        )
        try:
            for server, pages in servers:
                for address, shown in pages.items():
                    visits = [
                        visit(browser, server, address, shown, options.mbit)
                        for _each in range(options.visits + 1)
                    ]
                    what = f"`/{address}`" if pages is PAGES else "an empty Streamlit app"
                    print(row(what, visits), flush=True)
        finally:
            for server, _pages in servers:
                server.stop()


if __name__ == "__main__":
    main()
