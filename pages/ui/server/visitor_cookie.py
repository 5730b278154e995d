"""Cookie that identifies a browser, so that each browser owns its runs. No login, no name."""

import secrets
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "softmax_lab_visitor"
NOT_MODIFIED = 304
_YEAR = 365 * 24 * 3600
_ATTRIBUTES = f"Path=/; Max-Age={_YEAR}; HttpOnly; SameSite=Lax"


class VisitorCookie:
    """ASGI middleware that gives each new browser an unguessable id. Event loop thread."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the cookie to a page that is sent or found unchanged; pass everything else on."""
        if scope["type"] != "http" or _has_cookie(scope):
            await self._app(scope, receive, send)
            return

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if _is_page(scope, message["status"], headers):
                    cookie = f"{COOKIE}={secrets.token_urlsafe(16)}; {_ATTRIBUTES}"
                    headers.append(
                        "set-cookie", f"{cookie}; Secure" if _is_https(scope) else cookie
                    )
            await send(message)

        await self._app(scope, receive, send_with_cookie)


def _is_page(scope: Scope, status: int, headers: Headers) -> bool:
    """True for HTML, and for the answer 304 to a browser that has the page: it has no type."""
    if status == NOT_MODIFIED:
        return "text/html" in Headers(scope=scope).get("accept", "")
    return headers.get("content-type", "").startswith("text/html")


def _has_cookie(scope: Scope) -> bool:
    try:
        return COOKIE in SimpleCookie(Headers(scope=scope).get("cookie", ""))
    except CookieError:
        return False


def _is_https(scope: Scope) -> bool:
    """True if the browser speaks HTTPS, with this server or with a proxy before it."""
    forwarded = Headers(scope=scope).get("x-forwarded-proto", "")
    return "https" in (scope["scheme"], forwarded.partition(",")[0].strip().lower())
