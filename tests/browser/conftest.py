"""Fixtures for a real Chromium that visits the app. They end with this folder's tests."""

import os
import re
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    WebSocket,
    expect,
    sync_playwright,
)

from model_store import ModelStore, Run
from tests.browser import chromium as finder
from tests.support import browser_models
from tests.support.app_server import MADE_UP_APP, TEACHERS_CODE, Server, start_server
from tests.support.browser_page import elsewhere
from tests.support.finished_runs import all_runs

LOG_LINES = 60
expect.set_options(timeout=20_000)  # milliseconds; long, for busy machines
SERVERS = pytest.StashKey[list[Server]]()
FAILED = pytest.StashKey[bool]()
# Streamlit's front end first looks for its server below a deep link's path, and expects the 404.
_PROBE = re.compile(r"/[a-z]+/_stcore/(health|host-config)$")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add what the page shows and the servers' logs to the report of a failed test."""
    report = yield
    item.stash[FAILED] = report.failed
    if report.failed and item.get_closest_marker("browser"):
        page = getattr(item, "funcargs", {}).get("page")
        if isinstance(page, Page) and not page.is_closed():
            report.sections.append((f"text of {page.url}", page.locator("body").inner_text()))
        for server in item.config.stash.get(SERVERS, []):
            lines = server.log.read_text(errors="replace").splitlines()
            report.sections.append((f"app at {server.url}", "\n".join(lines[-LOG_LINES:])))
    return report


@pytest.fixture(scope="package")
def make_server(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory, cache: Path
) -> Iterator[Callable[..., Server]]:
    """Start apps on demand; all end after the last browser test.

    Workers load TensorFlow when they first train, since some apps never train. At the end, no app
    has called another computer, and none has TensorFlow in its own process.
    """
    servers = pytestconfig.stash.setdefault(SERVERS, [])

    def make(entry: str = "app.py", **environment: str) -> Server:
        environment = {"SOFTMAX_LAB_COLD": "1", **environment}
        servers.append(start_server(tmp_path_factory.mktemp("app"), cache, entry, **environment))
        return servers[-1]

    yield make
    running = [server for server in servers if server.process.poll() is None]
    loaded = {server.url: server.libraries() for server in running}
    for server in servers:
        server.stop()
    assert [server.outbound() for server in servers] == [""] * len(servers)
    for url, paths in loaded.items():
        assert any("numpy" in path for path in paths), "the check sees what is loaded"
        assert not [path for path in paths if "tensorflow" in path or "keras" in path], url


@pytest.fixture(scope="package")
def lab(make_server: Callable[..., Server]) -> Server:
    """Start the app that most tests share."""
    return make_server()


@pytest.fixture(scope="package")
def made_up(make_server: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory) -> Server:
    """Start an app with a teacher's code and the trainings of `tests.support.made_up`."""
    secrets = tmp_path_factory.mktemp("secrets") / "secrets.toml"
    secrets.write_text(f'teacher_code = "{TEACHERS_CODE}"\n', "utf-8")
    return make_server(MADE_UP_APP, STREAMLIT_SECRETS_FILES=str(secrets))


@pytest.fixture(scope="package")
def digits_model(lab: Server) -> Run:
    """Add a model fitted on Digits to the shared app's store."""
    return browser_models.digits_model(lab.store)


@pytest.fixture(scope="package")
def records(lab: Server) -> Iterator[ModelStore]:
    """Open the shared app's store."""
    store = ModelStore(lab.store)
    yield store
    store.close()


@pytest.fixture(autouse=True)
def no_run_stays(request: pytest.FixtureRequest) -> Iterator[None]:
    """Remove the runs that a test adds to the shared app, whose other tests ask every model."""
    if "lab" not in request.fixturenames:
        yield
        return
    request.getfixturevalue("digits_model")
    store: ModelStore = request.getfixturevalue("records")
    before = {run.id for run in all_runs(store)}
    yield
    for run in all_runs(store):
        if run.id not in before and run.state.is_finished():
            store.delete(run.id)
            store.forget(run.id)


@pytest.fixture(scope="package")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """Start one Chromium for all tests. Its profile caches fetched files and compiled code."""
    path = finder.find()
    if path is None:
        pytest.fail(finder.NONE_HERE)
    args = [
        *("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
        *("--disable-component-update", "--disable-sync"),
        "--in-process-gpu",  # without messages between processes, a page takes 5% less
        # Pages close too soon for optimised code, except in the loops of a network that reads.
        "--js-flags=--no-opt --invocation-count-for-maglev=10000",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        args.append("--no-sandbox")
    profile = tmp_path_factory.mktemp("chromium")
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=path, args=args, reduced_motion="reduce"
        )
        yield context
        context.close()


@pytest.fixture(scope="package")
def visitors() -> list[Page]:
    """Return the pool of pages; each test's page belongs to a new visitor.

    A reused page keeps Chromium's processes and compiled code.
    """
    return []


def _come(chromium: BrowserContext, visitors: list[Page]) -> Page:
    """Add a page; the first has the profile of `chromium`."""
    if all(page.context is not chromium for page in visitors):
        visitors.append(chromium.new_page())
    else:
        assert chromium.browser is not None
        visitors.append(chromium.browser.new_context(reduced_motion="reduce").new_page())
    return visitors[-1]


def _forget(page: Page) -> None:
    """Clear all state of this test except the cache."""
    place = urlsplit(page.url)
    if place.netloc:
        page.evaluate("sessionStorage.clear()")
        page.goto(f"{place.scheme}://{place.netloc}/_stcore/health")
    page.mouse.move(-1, -1)
    page.context.clear_cookies()
    everywhere = {"origin": "*", "storageTypes": "local_storage,indexeddb,service_workers"}
    line = page.context.new_cdp_session(page)
    line.send("Storage.clearDataForOrigin", everywhere)
    line.detach()


def _go(page: Page, visitors: list[Page], chromium: BrowserContext) -> None:
    """Close a page that a failed test may have left in any state."""
    visitors.remove(page)
    page.context.clear_cookies()  # the first context stays: its next page is another visitor
    page.close()
    if page.context is not chromium:
        page.context.close()


class Watch:
    """Errors of pages: in their console or their scripts, and calls to other computers."""

    def __init__(self) -> None:
        self.errors: list[str] = []
        self._listeners = {
            "console": self._listen,
            "pageerror": lambda error: self.errors.append(str(error)),
            "request": self._ask,
            "websocket": self._ask,
        }

    def _listen(self, message: ConsoleMessage) -> None:
        url = message.location.get("url", "")
        if message.type == "error" and not _PROBE.search(url):
            self.errors.append(f"{message.text} ({url})")

    def _ask(self, request: Request | WebSocket) -> None:
        if elsewhere(request.url):
            self.errors.append(f"asked {request.url}")

    def begin(self, page: Page) -> None:
        for event, listener in self._listeners.items():
            page.on(event, listener)  # type: ignore[call-overload]

    def end(self, page: Page) -> None:
        for event, listener in self._listeners.items():
            page.remove_listener(event, listener)


@pytest.fixture
def new_page(
    request: pytest.FixtureRequest, chromium: BrowserContext, visitors: list[Page]
) -> Iterator[Callable[..., Page]]:
    """Open pages, each for a new visitor.

    An error in the console fails the test, and so does a call to another computer.

    With `options` for a browser context, the page is opened for this test alone.
    """
    watch = Watch()
    taken: list[Page] = []
    contexts: list[BrowserContext] = []

    def make(
        color_scheme: Any = "light", width: int = 1280, height: int = 900, **options: Any
    ) -> Page:
        if options:
            assert chromium.browser is not None
            contexts.append(chromium.browser.new_context(**options))
            page = contexts[-1].new_page()
        else:
            here = visitors[len(taken) :]
            page = here[0] if here else _come(chromium, visitors)
            taken.append(page)
        _dress(page, color_scheme, width, height)
        watch.begin(page)
        return page

    yield make
    for page in taken:
        if request.node.stash.get(FAILED, False):
            _go(page, visitors, chromium)
            continue
        _forget(page)
        watch.end(page)
    for context in contexts:
        context.close()
    assert watch.errors == [], "errors in the browser"


def _dress(page: Page, color_scheme: Any = "light", width: int = 1280, height: int = 900) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=color_scheme)
    page.set_default_timeout(30_000)


@pytest.fixture
def blocking(chromium: BrowserContext) -> Iterator[Callable[..., Page]]:
    """Open a page, and block addresses for it; only errors of its scripts fail the test."""
    errors: list[str] = []
    page = chromium.new_page()
    _dress(page)
    page.on("pageerror", lambda error: errors.append(str(error)))
    line = chromium.new_cdp_session(page)  # Playwright's `route` would disable the cache
    line.send("Network.enable")

    def block(*patterns: str) -> Page:
        line.send("Network.setBlockedURLs", {"urls": list(patterns)})
        return page

    yield block
    _forget(page)
    page.close()
    assert errors == []


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """Open one page, 1280 pixels wide, light."""
    return new_page()


@pytest.fixture(scope="package")
def lasting(chromium: BrowserContext) -> Iterator[Callable[..., Page]]:
    """Return pages by name that stay open from test to test; `options` are of their context."""
    assert chromium.browser is not None
    browser, pages = chromium.browser, dict[str, Page]()

    def get(name: str, **options: Any) -> Page:
        if name not in pages:
            context = browser.new_context(**options) if options else chromium
            pages[name] = context.new_page()
        return pages[name]

    yield get
    for page in pages.values():
        if page.context is not chromium:
            page.context.close()
        else:
            page.close()


def stay(request: pytest.FixtureRequest, page: Page, **size: int) -> Iterator[Page]:
    """Give a lasting page to a test; a failed test may have left it in any state."""
    watch = Watch()
    _dress(page, **size)
    watch.begin(page)
    yield page
    if request.node.stash.get(FAILED, False):
        page.goto("about:blank")
    watch.end(page)
    assert watch.errors == [], "errors in the browser"


@pytest.fixture
def guest(request: pytest.FixtureRequest, lasting: Callable[..., Page]) -> Iterator[Page]:
    """Return a page that tests share: the next one finds the app open, see `turn_to`."""
    yield from stay(request, lasting("guest"))


@pytest.fixture
def offline(request: pytest.FixtureRequest, lasting: Callable[..., Page]) -> Iterator[Page]:
    """Return a page without a network that tests share; a file opens in it as in a new one."""
    page = lasting("offline", offline=True, reduced_motion="reduce")
    yield from stay(request, page)


@pytest.fixture
def bare(
    request: pytest.FixtureRequest, lab: Server, lasting: Callable[..., Page]
) -> Iterator[Page]:
    """Return a page of the app's address without the app; it keeps the modules it has loaded."""
    page = lasting("bare")
    if page.url != (address := f"{lab.url}/_stcore/health"):
        page.goto(address)
    yield from stay(request, page)
