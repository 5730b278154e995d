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
from playwright.sync_api import Error as PlaywrightError

from model_store import ModelStore, Run
from tests.browser import chromium as finder
from tests.support import browser_models
from tests.support.app_server import Server, start_server
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
    """Add the servers' logs to the report of a failed test."""
    report = yield
    item.stash[FAILED] = report.failed
    if report.failed and item.get_closest_marker("browser"):
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
        "--js-flags=--no-opt --no-maglev",  # pages close too soon for them to help
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
        visitors.append(chromium.browser.new_context().new_page())
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
    page.close()
    if page.context is not chromium:
        page.context.close()


@pytest.fixture
def new_page(
    request: pytest.FixtureRequest, chromium: BrowserContext, visitors: list[Page]
) -> Iterator[Callable[..., Page]]:
    """Open pages, each for a new visitor.

    An error in the console fails the test, and so does a call to another computer.

    With `options` for a browser context, the page is opened for this test alone.
    """
    errors: list[str] = []
    taken: list[Page] = []
    contexts: list[BrowserContext] = []

    def listen(message: ConsoleMessage) -> None:
        url = message.location.get("url", "")
        if message.type == "error" and not _PROBE.search(url):
            errors.append(f"{message.text} ({url})")

    def notice(error: PlaywrightError) -> None:
        errors.append(str(error))

    def ask(request: Request | WebSocket) -> None:
        if elsewhere(request.url):
            errors.append(f"asked {request.url}")

    listeners = {"console": listen, "pageerror": notice, "request": ask, "websocket": ask}

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
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=color_scheme)
        page.set_default_timeout(30_000)
        for event, listener in listeners.items():
            page.on(event, listener)  # type: ignore[call-overload]
        return page

    yield make
    for page in taken:
        if request.node.stash.get(FAILED, False):
            _go(page, visitors, chromium)
            continue
        _forget(page)
        for event, listener in listeners.items():
            page.remove_listener(event, listener)
    for context in contexts:
        context.close()
    assert errors == [], "errors in the browser"


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """Open one page, 1280 pixels wide, light."""
    return new_page()
