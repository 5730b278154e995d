"""Visitor cookie: random, HttpOnly, and Secure over HTTPS."""

import pytest

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
