"""No outbound calls from server, workers or pages; and the server's answers to browsers."""

import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from playwright.sync_api import Page, expect
from tornado.websocket import websocket_connect

from pages.ui.server.visitor_cookie import COOKIE
from tests.support.app_server import GUARD, Server, guarded
from tests.support.asgi import run
from tests.support.browser_page import settled

# Buttons of each chart, and the address to which it could be sent.
SENDS = """() => [...document.querySelectorAll(".js-plotly-plot")].flatMap((chart) => [
  ...[...chart.querySelectorAll(".modebar-btn")].map((e) => e.dataset.title)
    .filter((title) => /share|cloud|studio/i.test(title)),
  chart._context.plotlyServerURL,
]).filter(Boolean)"""
PAGES = ("", "data?dataset=digits", "draw", "sweep", "evaluate", "compare")


@pytest.mark.parametrize(
    "call", ["socket.create_connection(('192.0.2.1', 80))", "socket.getaddrinfo('example.org', 80)"]
)
def test_the_guard_sees_a_call(tmp_path: Path, call: str) -> None:
    log = tmp_path / "outbound"
    ended = subprocess.run(
        [sys.executable, "-c", f"import socket; {call}"],
        env={**os.environ, **guarded(log)},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 1
    assert "refuses to call" in ended.stderr
    assert log.read_text().startswith("socket.")
    assert (GUARD / "sitecustomize.py").is_file()


def test_the_cookie_is_for_the_server_alone(lab: Server) -> None:
    with urllib.request.urlopen(lab.url, timeout=20) as answer:
        cookie = answer.headers["set-cookie"]
    assert cookie.startswith(COOKIE)
    assert {"HttpOnly", "SameSite=Lax"} <= set(cookie.split("; "))


async def send(lab: Server, message: bytes | str) -> int | None:
    """Return the code with which the server closes the connection after a message."""
    address = f"{lab.url.replace('http', 'ws', 1)}/_stcore/stream"
    client = await websocket_connect(address, subprotocols=["streamlit"])
    await client.write_message(message, binary=isinstance(message, bytes))
    while await client.read_message() is not None:
        pass
    return client.close_code


def test_a_malformed_message_costs_one_line_of_the_log(lab: Server) -> None:
    before = len(lab.log.read_text("utf-8"))
    assert run(send(lab, b"\xff\xfe no message")) == 1002
    assert run(send(lab, "text")) == 1003
    assert len(lab.log.read_text("utf-8")[before:].splitlines()) <= 1


def expect_no_tensorflow(lab: Server) -> None:
    """Expect that the server's process has not loaded TensorFlow."""
    mapped = {mapping.path for mapping in psutil.Process(lab.process.pid).memory_maps()}
    assert any("numpy" in path for path in mapped), "the test sees what is loaded"
    assert not [path for path in mapped if "tensorflow" in path or "keras" in path]


def test_pages_and_a_training_make_no_outbound_calls_and_load_no_tensorflow(
    lab: Server, page: Page
) -> None:
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(request.url))
    page.on("websocket", lambda opened: asked.add(opened.url))
    for address in PAGES:
        page.goto(f"{lab.url}/{address}")
        settled(page)
    page.goto(f"{lab.url}/train?recipe=digits-quick")
    settled(page)
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_text("What came out")).to_be_visible(timeout=120_000)
    expect_no_tensorflow(lab)
    expect(page.locator(".modebar-btn[data-title^='Download']").first).to_be_attached()
    assert page.evaluate(SENDS) == [], "a chart can be sent to Plotly's servers"
    hosts = {urlsplit(url).hostname for url in asked if not url.startswith(("data:", "blob:"))}
    assert hosts == {"localhost"}
    assert lab.outbound() == ""
