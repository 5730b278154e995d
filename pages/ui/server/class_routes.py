"""Addresses of classes for phones: the page, joining, what a member gives. Event loop thread.

Whoever asks is known by the visitor cookie alone. A refusal is `{"problem": sentence}`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from json import loads
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from model_store.text import _
from model_store.text.languages import speaking
from pages.ui.server.browser_routes import read_body
from pages.ui.server.class_throttle import OF_ADDRESS, OF_ALL, Pace, WrongCodes
from pages.ui.server.live.channel import is_same_origin
from pages.ui.server.login_throttle import TooManyTries
from pages.ui.server.visitor_cookie import COOKIE

CLASS_PATH = "/c"
MAX_BYTES = 64_000
ENTRIES, RACES = 20, 3  # of a member
WINDOW = 5.0  # seconds
_NO_STORE = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
_PAGE = {
    **_NO_STORE,
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; "
    "connect-src 'self' ws: wss:; frame-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'",
}
Raw = Mapping[str, Any]
Page = Callable[[], str]
Language = Callable[[Mapping[str, str], str], str]
Asked = Callable[[str, str], Any]
Given = Callable[[str, str, Raw], Any]
Answer = Callable[[Request, str, Raw], Awaitable[Response]]


class Refusal(Exception):
    """A request that is refused; the message is a sentence for a person."""

    def __init__(self, status: HTTPStatus, problem: str) -> None:
        self.status = status
        super().__init__(problem)


def class_routes(
    page: Page,
    language: Language,
    join: Given,
    mine: Asked,
    others: Asked,
    enter: Given,
    race: Given,
) -> list[Route]:
    """Return the routes. The callables are called in any thread, and speak the visitor's language.

    Args:
        page: returns the page, as HTML.
        language: takes cookies and the header `Accept-Language`; returns a language of ours.
        join: takes a visitor, "", and what the page sent; returns what the member is told. A wrong
            code is a `Refusal` with status 404.
        mine: takes a visitor and a code; returns the same for a member, None for others.
        others: takes the same; returns drawings of others to vote on.
        enter: takes a visitor, a code and `slot`, `content`, `activity`.
        race: takes a visitor, a code and `settings`, `activity`; returns what is told of the run.
    """
    codes, places = WrongCodes(), WrongCodes(OF_ADDRESS, OF_ALL)
    entries, races = Pace(ENTRIES, WINDOW), Pace(RACES, WINDOW)

    async def show(request: Request) -> Response:
        with speaking(language(request.cookies, request.headers.get("accept-language", ""))):
            return HTMLResponse(page(), headers=_PAGE)

    def asked(call: Asked) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request, visitor: str, _raw: Raw) -> Response:
            return _answered(await asyncio.to_thread(call, visitor, _code(request)))

        return _safe(answer, language)

    def given(call: Given, pace: Pace) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request, visitor: str, raw: Raw) -> Response:
            if not pace.allows(visitor):
                raise Refusal(HTTPStatus.TOO_MANY_REQUESTS, _("That was fast. Wait a moment."))
            return _answered(await asyncio.to_thread(call, visitor, _code(request), raw))

        return _safe(answer, language)

    async def come(request: Request, visitor: str, raw: Raw) -> Response:
        address = request.client.host if request.client else ""
        tries = places if raw.get("personal") else codes
        try:
            begun = tries.begin(visitor, address)
        except TooManyTries as error:
            text = _("There were too many wrong codes. Wait {n} s, then try again.")
            problem = text.format(n=error.seconds)
            raise Refusal(HTTPStatus.TOO_MANY_REQUESTS, problem) from None
        try:
            member = await asyncio.to_thread(join, visitor, "", raw)
        except Refusal as refusal:
            if refusal.status != HTTPStatus.NOT_FOUND:
                tries.take_back(begun)
            raise
        tries.take_back(begun)
        return _json(member)

    return [
        Route(CLASS_PATH, show),
        Route(f"{CLASS_PATH}/join", _safe(come, language), methods=["POST"]),
        Route(f"{CLASS_PATH}/{{code}}", show),
        Route(f"{CLASS_PATH}/{{code}}/mine", asked(mine)),
        Route(f"{CLASS_PATH}/{{code}}/others", asked(others)),
        Route(f"{CLASS_PATH}/{{code}}/enter", given(enter, entries), methods=["POST"]),
        Route(f"{CLASS_PATH}/{{code}}/race", given(race, races), methods=["POST"]),
    ]


def _safe(answer: Answer, language: Language) -> Callable[[Request], Awaitable[Response]]:
    """Return an endpoint that reads the body of a POST, and says why it refuses."""

    async def endpoint(request: Request) -> Response:
        header = request.headers.get("accept-language", "")
        with speaking(language(request.cookies, header)):
            try:
                visitor = request.cookies.get(COOKIE, "")
                if not 1 <= len(visitor) <= 100:
                    raise Refusal(
                        HTTPStatus.BAD_REQUEST,
                        _("This browser keeps no cookies. Allow them for this page."),
                    )
                raw = await _raw(request) if request.method == "POST" else {}
                return await answer(request, visitor, raw)
            except Refusal as refusal:
                return _json({"problem": str(refusal)}, refusal.status)

    return endpoint


async def _raw(request: Request) -> Raw:
    if not is_same_origin(request.headers.get("origin"), request.headers.get("host")):
        raise Refusal(HTTPStatus.FORBIDDEN, _("Another site asked for this."))
    try:
        raw = loads(await read_body(request, MAX_BYTES))
    except (ClientDisconnect, ValueError, RecursionError):
        raw = None
    if not isinstance(raw, dict):
        text = _("This cannot be read, or is longer than {n} kB.")
        raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, text.format(n=MAX_BYTES // 1000))
    return raw


def _code(request: Request) -> str:
    return str(request.path_params["code"])


def _answered(content: Any) -> Response:
    return Response(status_code=204, headers=_NO_STORE) if content is None else _json(content)


def _json(content: Any, status: int = 200) -> Response:
    return JSONResponse(content, status, _NO_STORE)
