"""README's pictures: `python -m benchmarks.screenshots` takes them from the app into docs/.

It starts the app on its own store, trains on Digits and draws a digit. Then it takes small pictures
of the pages in a real Chromium. It needs requirements-dev.txt.
"""

import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from benchmarks.browser import browsing
from tests.support.app_server import Server, start_server
from tests.support.browser_pad import THREE, draw, network_reads
from tests.support.browser_page import settled

DOCS = Path(__file__).resolve().parent.parent / "docs"
WIDTH, HEIGHT = 1366, 768


def main() -> None:
    """Write docs/*.png."""
    DOCS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name, browsing() as browser:
        folder = Path(name)
        server = start_server(folder, folder / "cache")
        try:
            _pictures(server, browser)
        finally:
            server.stop()


def _pictures(server: Server, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
    page.goto(f"{server.url}/train?recipe=digits-quick")
    settled(page)
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_text("What came out")).to_be_visible(timeout=120_000)
    draw(page, THREE)
    network_reads(page, "3")
    _save(page, "train")
    page.get_by_role("link", name="See its mistakes").click()
    expect(page.get_by_role("heading", name="Evaluate")).to_be_visible()
    _save(page, "evaluate")
    page.goto(f"{server.url}/draw")
    settled(page)
    _seven(page)
    _save(page, "draw")


def _seven(page: Page) -> None:
    """Draw a 7 with the mouse and wait for its bars."""
    canvas = page.locator("canvas.dc-canvas.upper-canvas")
    box = canvas.bounding_box()
    if box is None:
        raise RuntimeError("there is no pad on the Draw page")
    points = [(0.3, 0.25), (0.7, 0.25), (0.45, 0.8)]
    at = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*at[0])
    page.mouse.down()
    for x, y in at[1:]:
        page.mouse.move(x, y, steps=12)
    page.mouse.up()
    page.wait_for_timeout(1500)


def _save(page: Page, name: str) -> None:
    settled(page)
    page.mouse.move(1, 1)
    page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
    page.wait_for_timeout(1500)  # the charts draw themselves
    path = DOCS / f"{name}.png"
    page.screenshot(path=path)
    print(f"{path.relative_to(DOCS.parent)}  {path.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
