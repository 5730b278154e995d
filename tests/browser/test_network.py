"""Outbound calls are noticed, charts cannot be sent, and the server's answers to browsers."""

import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tornado.websocket import websocket_connect

from pages.ui.server.visitor_cookie import COOKIE
from tests.support.app_server import GUARD, Server, guarded
from tests.support.asgi import run
from tests.support.browser_page import elsewhere, settled

# Buttons of each chart, and the address to which it could be sent.
SENDS = """() => [...document.querySelectorAll(".js-plotly-plot")].flatMap((chart) => [
  ...[...chart.querySelectorAll(".modebar-btn")].map((e) => e.dataset.title)
    .filter((title) => /share|cloud|studio/i.test(title)),
  chart._context.plotlyServerURL,
]).filter(Boolean)"""


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


def test_no_chart_can_be_sent_to_another_computer(lab: Server, page: Page) -> None:
    page.goto(f"{lab.url}/train?run=starter-mnist")
    settled(page)
    expect(page.locator(".modebar-btn[data-title^='Download']").first).to_be_attached()
    assert page.evaluate(SENDS) == []


@pytest.mark.parametrize(
    ("url", "other"),
    [
        ("https://cdn.plot.ly/plotly.js", True),
        ("wss://example.org/_stcore/stream", True),
        ("http://localhost.example.org/", True),
        ("http://localhost:8501/data", False),
        ("ws://localhost:8501/_stcore/stream", False),
        ("blob:http://localhost:8501/0", False),
        ("data:image/png;base64,", False),
        ("file:///my-network.html", False),
    ],
)
def test_a_call_to_another_computer_is_known(url: str, other: bool) -> None:
    """The fixtures of this folder fail each test whose page makes one."""
    assert elsewhere(url) is other
