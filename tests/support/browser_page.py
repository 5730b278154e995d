"""Pages of the app in a real Chromium."""

from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Download, Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.support.app_server import ROOT

ARTIFACTS = ROOT / "tests" / "artifacts"


def settled(page: Page) -> None:
    """Wait until the app is connected and its script has run."""
    page.wait_for_selector('[data-testid="stApp"][data-test-connection-state="CONNECTED"]')
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
    page.wait_for_function("!document.querySelector('[data-testid=\"stSkeleton\"]')")


TURN = """(address) => {
  const heading = document.querySelector(".lab-header h1").textContent;
  history.pushState({}, "", address);
  dispatchEvent(new PopStateEvent("popstate"));
  return heading;
}"""


def turn_to(page: Page, url: str) -> None:
    """Open a page of the app; from another of its pages as the browser's Back button does.

    That takes a third of the time in which the front end starts, and keeps the visitor's session.
    """
    before, after = urlsplit(page.url), urlsplit(url)
    is_open = page.locator(".lab-header h1").count() == 1
    if is_open and before.netloc == after.netloc and before.path != after.path:
        heading = page.evaluate(TURN, url)
        expect(page.locator(".lab-header h1")).not_to_have_text(heading)
    else:
        page.goto(url)
    settled(page)


def elsewhere(url: str) -> bool:
    """True if the URL leads to another computer: not a file, blob or data."""
    return urlsplit(url).hostname not in (None, "localhost")


def sideways(page: Page) -> int:
    """Return how many CSS pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


def downloaded(page: Page, button: Locator) -> Download:
    """Return the file that a click downloads; click again if the page changed meanwhile."""
    for _ in range(4):
        with suppress(PlaywrightTimeout):
            with page.expect_download(timeout=8_000) as started:
                button.click()
            return started.value
    raise AssertionError(f"no download from {button}")


def screenshot(page: Page, name: str) -> Path:
    """Save a screenshot below tests/artifacts."""
    ARTIFACTS.mkdir(exist_ok=True)
    path = ARTIFACTS / f"{name}.png"
    page.screenshot(path=path, full_page=True)
    return path
