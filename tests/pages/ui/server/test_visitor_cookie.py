"""Visitor cookie: random, HttpOnly, and Secure over HTTPS."""

import pytest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from pages.ui.server.visitor_cookie import COOKIE, VisitorCookie
from tests.support.asgi import inner_app, request, run


def cookie(headers: dict[str, str] | None = None, scheme: str = "http") -> str:
    answer = run(request(VisitorCookie(inner_app), "/", headers, scheme=scheme))
    return str(answer.headers.get("set-cookie", ""))


def test_each_new_browser_gets_another_id() -> None:
    first, second = cookie(), cookie({"cookie": "other=1"})
    assert first.startswith(f"{COOKIE}=") and first != second
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(first.split("; "))


def test_a_known_browser_gets_none() -> None:
    assert cookie({"cookie": f"{COOKIE}=mine"}) == ""


@pytest.mark.parametrize(
    ("scheme", "headers", "secure"),
    [
        ("http", {}, False),
        ("https", {}, True),
        ("http", {"x-forwarded-proto": "https"}, True),
        ("http", {"x-forwarded-proto": "HTTPS, http"}, True),
        ("http", {"x-forwarded-proto": "http, https"}, False),
    ],
)
def test_behind_https_it_is_secure(scheme: str, headers: dict[str, str], secure: bool) -> None:
    assert cookie(headers, scheme).endswith("; Secure") is secure


@pytest.mark.parametrize(
    ("accept", "given"), [("text/html,application/xml;q=0.9", True), ("*/*", False)]
)
def test_a_page_that_the_browser_kept_while_it_lost_its_cookies(accept: str, given: bool) -> None:
    """The answer 304 has no type: only what is asked for tells a page from a picture."""

    async def unchanged(scope: Scope, receive: Receive, send: Send) -> None:
        await Response(status_code=304)(scope, receive, send)

    answer = run(request(VisitorCookie(unchanged), "/", {"accept": accept}))
    assert ("set-cookie" in answer.headers) is given
