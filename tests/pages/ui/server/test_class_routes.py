"""Addresses of classes: who asks, what is read, what is refused, and how often."""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import pytest
from starlette.applications import Starlette

from model_store.text import _
from pages.ui.server.class_routes import ENTRIES, MAX_BYTES, RACES, Refusal, class_routes
from pages.ui.server.class_throttle import OF_ADDRESS, OF_ALL, OF_VISITOR, WINDOW, Pace, WrongCodes
from pages.ui.server.login_throttle import TooManyTries
from pages.ui.server.visitor_cookie import COOKIE
from tests.support.asgi import HOST, Answer, request, run

CODE = "AB23CD"


class Calls:
    """A class with one code, which notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    def join(self, visitor: str, _code: str, raw: Mapping[str, Any]) -> dict[str, Any]:
        self.asked.append(("join", visitor, raw))
        if raw.get("code") != CODE:
            raise Refusal(HTTPStatus.NOT_FOUND, _("This class does not exist any more."))
        return {"member": visitor}

    def mine(self, visitor: str, code: str) -> dict[str, Any] | None:
        return {"member": visitor} if code == CODE else None

    def others(self, visitor: str, code: str) -> list[Any]:
        raise Refusal(HTTPStatus.FORBIDDEN, "no")

    def enter(self, visitor: str, code: str, raw: Mapping[str, Any]) -> None:
        self.asked.append(("enter", visitor, code, raw))

    def race(self, visitor: str, code: str, raw: Mapping[str, Any]) -> dict[str, Any]:
        return {"run": code}


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
def app(calls: Calls) -> Starlette:
    def language(cookies: Mapping[str, str], accepted: str) -> str:
        return cookies.get("language") or accepted or "en"

    routes = class_routes(
        lambda: f"<p>{_('Undo')}</p>",
        language,
        calls.join,
        calls.mine,
        calls.others,
        calls.enter,
        calls.race,
    )
    return Starlette(routes=routes)


def ask(
    app: Starlette, path: str, content: Any = None, visitor: str = "ann", **more: Any
) -> Answer:
    """Return the answer to a GET, or to a POST of `content`."""
    headers = {"origin": f"http://{HOST}", "cookie": f"{COOKIE}={visitor}"} | more.pop(
        "headers", {}
    )
    body = content if isinstance(content, bytes | None) else json.dumps(content).encode()
    method = "GET" if content is None else "POST"
    answer: Answer = run(request(app, path, headers, content=body, method=method, **more))
    return answer


def problem(answer: Answer) -> str:
    return str(json.loads(answer.body)["problem"])


@pytest.mark.parametrize("path", ["/c", f"/c/{CODE}", "/c/whatever"])
def test_the_page_is_the_same_for_every_code_and_may_run_no_foreign_script(
    app: Starlette, path: str
) -> None:
    answer = ask(app, path)
    assert (answer.status, answer.body) == (200, b"<p>Undo</p>")
    assert answer.headers["content-type"].startswith("text/html"), "so that it sets the cookie"
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"


def test_the_page_and_refusals_speak_the_language_of_the_phone(app: Starlette) -> None:
    chinese = {"headers": {"accept-language": "zh"}}
    assert ask(app, "/c", **chinese).body == "<p>撤销</p>".encode()
    assert ask(app, "/c").body == b"<p>Undo</p>"


def test_whoever_has_a_cookie_joins(app: Starlette, calls: Calls) -> None:
    answer = ask(app, "/c/join", {"code": CODE, "nickname": "Ann"})
    assert json.loads(answer.body) == {"member": "ann"}
    assert calls.asked == [("join", "ann", {"code": CODE, "nickname": "Ann"})]
    assert json.loads(ask(app, f"/c/{CODE}/mine").body) == {"member": "ann"}
    assert ask(app, "/c/another/mine").status == 204


@pytest.mark.parametrize("cookie", ["", "other=1", f"{COOKIE}=", f"{COOKIE}={'x' * 101}"])
def test_nobody_joins_without_a_cookie(app: Starlette, calls: Calls, cookie: str) -> None:
    answer = ask(app, "/c/join", {"code": CODE}, headers={"cookie": cookie})
    assert answer.status == 400 and "cookies" in problem(answer)
    assert calls.asked == []


@pytest.mark.parametrize("path", ["/c/join", f"/c/{CODE}/enter", f"/c/{CODE}/race"])
@pytest.mark.parametrize("origin", ["http://evil.example", "null", f"http://{HOST}.evil.example"])
def test_another_site_can_give_nothing(
    app: Starlette, calls: Calls, path: str, origin: str
) -> None:
    answer = ask(app, path, {"code": CODE}, headers={"origin": origin})
    assert answer.status == 403 and calls.asked == []


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"no json", b"\xff\xfe", b"[]", b"7", b"null", b'"x"', b"[" * 50_000),
        b'{"code": "' + b"x" * MAX_BYTES + b'"}',
    ],
)
def test_what_cannot_be_read_is_refused(app: Starlette, calls: Calls, body: bytes) -> None:
    for path in ("/c/join", f"/c/{CODE}/enter", f"/c/{CODE}/race"):
        answer = ask(app, path, body)
        assert answer.status == 422 and "64 kB" in problem(answer)
    assert calls.asked == []


def test_an_entry_is_taken_without_a_word(app: Starlette, calls: Calls) -> None:
    given = {"slot": "0", "content": {"label": 3}}
    answer = ask(app, f"/c/{CODE}/enter", given)
    assert (answer.status, answer.body) == (204, b"")
    assert calls.asked == [("enter", "ann", CODE, given)]
    assert json.loads(ask(app, f"/c/{CODE}/race", {}).body) == {"run": CODE}
    assert ask(app, f"/c/{CODE}/enter").status == 405
    refused = ask(app, f"/c/{CODE}/others")
    assert (refused.status, problem(refused)) == (403, "no")


@pytest.mark.parametrize(("name", "most"), [("enter", ENTRIES), ("race", RACES)])
def test_one_member_alone_is_slowed_down(app: Starlette, name: str, most: int) -> None:
    path = f"/c/{CODE}/{name}"
    assert all(ask(app, path, {}).status < 300 for _ in range(most))
    answer = ask(app, path, {})
    assert answer.status == 429 and problem(answer)
    assert ask(app, path, {}, visitor="bob").status < 300


def test_a_whole_class_behind_one_address_gets_in_at_once(app: Starlette) -> None:
    for n in range(200):
        assert ask(app, "/c/join", {"code": CODE}, visitor=f"visitor {n}").status == 200


def test_codes_cannot_be_guessed(app: Starlette, calls: Calls) -> None:
    for _try in range(OF_VISITOR):
        assert ask(app, "/c/join", {"code": "AAAAAA"}).status == 404
    answer = ask(app, "/c/join", {"code": CODE})
    assert answer.status == 429 and "Wait" in problem(answer)
    assert len(calls.asked) == OF_VISITOR, "a code is not even looked up"
    assert ask(app, "/c/join", {"code": CODE}, visitor="bob").status == 200


@pytest.mark.parametrize("personal", ["", "ZZZZZ"])
def test_many_tries_at_once_are_no_more_tries(app: Starlette, calls: Calls, personal: str) -> None:
    body = json.dumps({"code": "AAAAAA", "personal": personal}).encode()
    headers = {"origin": f"http://{HOST}", "cookie": f"{COOKIE}=ann"}

    async def at_once() -> list[Answer]:
        asked = (
            request(app, "/c/join", headers, content=body, method="POST")
            for _try in range(5 * OF_VISITOR)
        )
        return await asyncio.gather(*asked)

    answers = run(at_once())
    assert Counter(answer.status for answer in answers) == {404: OF_VISITOR, 429: 4 * OF_VISITOR}
    assert len(calls.asked) == OF_VISITOR


def test_forged_codes_keep_nobody_with_the_right_code_out(app: Starlette) -> None:
    for n in range(3 * OF_ALL):
        assert ask(app, "/c/join", {"code": "AAAAAA"}, visitor=f"forger {n}").status == 404
    assert ask(app, "/c/join", {"code": CODE}, visitor="bob").status == 200


def test_personal_codes_cannot_be_guessed_by_whoever_drops_the_cookie(app: Starlette) -> None:
    guess = {"code": "AAAAAA", "personal": "ZZZZZ"}
    for n in range(OF_ADDRESS):
        assert ask(app, "/c/join", guess, visitor=f"forger {n}").status == 404
    right = {"code": CODE, "personal": "ZZZZZ"}
    answer = ask(app, "/c/join", right, visitor="forger")
    assert answer.status == 429 and "Wait" in problem(answer)
    assert ask(app, "/c/join", {"code": CODE}, visitor="bob").status == 200, "without one"


class Seconds:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_wrong_codes_of_an_address_and_of_all_are_forgotten_after_a_minute() -> None:
    clock = Seconds()
    wrong = WrongCodes(OF_ADDRESS, OF_ALL, clock)
    for n in range(OF_ADDRESS):
        wrong.begin(f"visitor {n}", "10.0.0.1")
    with pytest.raises(TooManyTries) as error:
        wrong.begin("new", "10.0.0.1")
    assert error.value.seconds == WINDOW
    wrong.take_back(wrong.begin("new", "10.0.0.2"))
    for n in range(OF_ALL - OF_ADDRESS):
        wrong.begin(f"visitor {n}", f"10.0.1.{n}")
    with pytest.raises(TooManyTries):
        wrong.begin("new", "10.0.0.2")
    clock.now += WINDOW
    wrong.begin("new", "10.0.0.1")


def test_right_codes_are_not_counted() -> None:
    wrong = WrongCodes(OF_ADDRESS, OF_ALL, Seconds())
    for _time in range(2 * OF_ALL):
        wrong.take_back(wrong.begin("ann", "10.0.0.1"))


def test_the_pace_of_many_visitors_needs_little_memory() -> None:
    clock = Seconds()
    pace = Pace(2, 5.0, clock)
    assert [pace.allows("ann") for _ in range(3)] == [True, True, False]
    clock.now += 5
    assert pace.allows("ann")
    for n in range(5000):
        assert pace.allows(f"visitor {n}")
    assert len(pace._times) <= 1000
