"""A class at a real server: forged codes and messages, many names, a kill in mid-activity.

Each phone is a client of its own, with a cookie of its own. All have one address.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPResponse
from tornado.websocket import websocket_connect

from benchmarks.classroom import Phone
from model_store import ModelStore
from model_store.classroom.classes import MAX_MEMBERS, Activity, ClassStore, SchoolClass
from pages.ui.server.class_throttle import OF_ADDRESS, OF_VISITOR
from pages.ui.server.live.channel import LIVE_PATH
from pages.ui.server.visitor_cookie import COOKIE
from tests.support.app_server import Server, start_server
from tests.support.asgi import run as run_in_a_thread
from tests.support.school_class import DRAWING

PATIENCE = 30.0  # seconds
ATTEMPTS, AT_ONCE = 1000, 50
SOON = 5.0  # seconds until a phone has its answer while others flood the server
FIVE_MB = 5_000_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Server]:
    found = start_server(tmp_path_factory.mktemp("app"), cache, SOFTMAX_LAB_COLD="1")
    yield found
    found.stop()


@pytest.fixture
def classes(server: Server) -> Iterator[ClassStore]:
    store = ModelStore(server.store, starter=None)
    yield ClassStore(store.database)
    store.close()


@pytest.fixture
def room(classes: ClassStore) -> Iterator[SchoolClass]:
    found = classes.open("teacher", "Room 12")
    yield found
    classes.delete(found.id)


def run(work: Coroutine[Any, Any, Any]) -> Any:
    async def all_of_it() -> Any:
        AsyncHTTPClient.configure(None, max_clients=500)
        return await work

    return run_in_a_thread(all_of_it())


async def post(server: Server, path: str, content: Any, visitor: str) -> HTTPResponse:
    """Post bytes, or something as JSON, as a visitor."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return await AsyncHTTPClient().fetch(
        f"{server.url}{path}",
        method="POST",
        body=body,
        headers={"cookie": f"{COOKIE}={visitor}", "content-type": "application/json"},
        request_timeout=PATIENCE,
        raise_error=False,
    )


def problem(answer: HTTPResponse) -> str:
    return str(json.loads(answer.body)["problem"])


def statuses(answers: Sequence[HTTPResponse]) -> Counter[int]:
    return Counter(answer.code for answer in answers)


async def joined(server: Server, room: SchoolClass, count: int) -> list[Phone]:
    """Return phones that are in the class, and follow it."""
    phones = [Phone(server.url, room.code) for _each in range(count)]
    await asyncio.gather(*(phone.join(f"Student {n}") for n, phone in enumerate(phones)))
    return phones


async def leave(*phones: Phone) -> None:
    for phone in phones:
        assert phone.live is not None
        await phone.live.close()


def test_forged_codes_keep_nobody_out(server: Server, room: SchoolClass) -> None:
    async def attack() -> None:
        forged = {"code": "ZZZZZZ"}
        tries = (post(server, "/c/join", forged, f"forger-{n}") for n in range(10 * OF_ADDRESS))
        assert statuses(await asyncio.gather(*tries)) == {404: 10 * OF_ADDRESS}
        stubborn = [
            await post(server, "/c/join", forged, "stubborn") for _ in range(OF_VISITOR + 1)
        ]
        assert stubborn[-1].code == HTTPStatus.TOO_MANY_REQUESTS
        assert "too many wrong codes" in problem(stubborn[-1])
        places = {"code": room.code, "personal": "ZZZZZ"}
        tries = (post(server, "/c/join", places, f"thief-{n}") for n in range(2 * OF_ADDRESS))
        assert statuses(await asyncio.gather(*tries)) == {404: OF_ADDRESS, 429: OF_ADDRESS}
        right = {"code": room.code}
        comes = (post(server, "/c/join", right, f"student-{n}") for n in range(30))
        assert statuses(await asyncio.gather(*comes)) == {200: 30}

    run(attack())


def test_a_message_gives_for_its_sender_alone(
    server: Server, room: SchoolClass, classes: ClassStore
) -> None:
    activity = classes.start(room.id, "draw", {"digit": 3, "count": 2})
    topic = f"class:{room.code}"

    async def attack() -> None:
        ann, bob = await joined(server, room, 2)
        bobs = next(one for one in classes.members(room.id) if one.id == bob.member)
        path = f"/c/{room.code}/enter"
        claim = {"member": bob.member, "visitor": bobs.visitor, "personal": bobs.personal_code}
        given = {"slot": "0", "content": {**DRAWING, **claim}, "activity": activity.id, **claim}
        assert (await ann.ask(path, given)).code == HTTPStatus.NO_CONTENT
        assert [each.member for each in classes.entries(activity.id)] == [ann.member]
        assert set(classes.entries(activity.id)[0].content).isdisjoint(claim)
        for public in (bob.member, room.id, room.code, "teacher"):  # as a cookie
            assert (await post(server, path, given, public)).code == HTTPStatus.FORBIDDEN
        for action in ("start", "end", "reveal", "pause", "hide", "delete", "close"):
            answer = await post(server, f"/c/{room.code}/{action}", claim, bobs.visitor)
            assert answer.code in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED)
        line = await websocket_connect(f"{server.url.replace('http', 'ws')}{LIVE_PATH}")
        closed = {"topic": topic, "value": {"closed": True}, "from": "teacher"}
        for message in (closed, {"subscribe": {topic: 0}, **closed}):
            await line.write_message(json.dumps(message))
        told = json.loads(await line.read_message() or "")["value"]
        assert (told["closed"], told["activity"]["id"]) == (False, activity.id)
        line.close()
        assert bob.live is not None and bob.live.tries == 1
        await leave(ann, bob)

    run(attack())
    assert classes.activity(room.id) == activity
    assert len(classes.members(room.id)) == 2


def test_many_names_fill_one_class_and_slow_nobody_down(
    server: Server, room: SchoolClass, classes: ClassStore
) -> None:
    other = classes.open("teacher", "Room 13")
    activity = classes.start(other.id, "draw", {"digit": 0, "count": 10})
    bots = iter(range(ATTEMPTS))
    answers: list[HTTPResponse] = []
    waits: list[float] = []

    async def flood() -> None:
        for n in bots:
            sent = {"code": room.code, "nickname": f"=cmd()<script>{n}"}
            answers.append(await post(server, "/c/join", sent, f"bot-{n}"))

    async def attack() -> None:
        (phone,) = await joined(server, other, 1)
        flooding = asyncio.gather(*(flood() for _ in range(AT_ONCE)))
        while not flooding.done():
            began = time.perf_counter()
            await phone.draw(activity.id, str(len(waits) % 10))
            waits.append(time.perf_counter() - began)
            await asyncio.wait([flooding], timeout=0.3)
        await flooding
        await leave(phone)

    run(attack())
    assert statuses(answers) == {200: MAX_MEMBERS, 409: ATTEMPTS - MAX_MEMBERS}
    refused = {problem(answer) for answer in answers if answer.code != HTTPStatus.OK}
    assert refused == {f"This class is full: {MAX_MEMBERS} people."}
    assert classes.size(room.id) == MAX_MEMBERS and classes.size(other.id) == 1
    assert max(waits) < SOON
    classes.delete(other.id)


def test_a_drawing_of_5_mb_is_refused_with_a_sentence(
    server: Server, room: SchoolClass, classes: ClassStore
) -> None:
    activity = classes.start(room.id, "draw", {"digit": 0, "count": 2})
    points = [[140.5, 140.5]] * (FIVE_MB // len("[140.5, 140.5], "))
    drawing = {"label": 0, "strokes": [{"points": points, "width": 20}], "ink": "light"}
    huge = json.dumps({"slot": "0", "content": drawing, "activity": activity.id}).encode()
    assert len(huge) > 0.99 * FIVE_MB
    long_name = json.dumps({"code": room.code, "nickname": "x" * FIVE_MB}).encode()

    async def attack() -> None:
        ann, bob = await joined(server, room, 2)
        visitors = [one.visitor for one in classes.members(room.id) if one.id == ann.member]
        tries = (post(server, f"/c/{room.code}/enter", huge, visitors[0]) for _ in range(10))
        sent = asyncio.gather(*tries, post(server, "/c/join", long_name, "new"))
        await bob.draw(activity.id, "0")
        answers = await sent
        assert statuses(answers) == {422: 11}
        assert all("longer than 64 kB" in problem(answer) for answer in answers)
        await bob.draw(activity.id, "1")
        for phone in (ann, bob):
            assert phone.live is not None and phone.live.tries == 1, "nobody lost the connection"
        assert {each.member for each in classes.entries(activity.id)} == {bob.member}
        await leave(ann, bob)

    run(attack())
    assert classes.size(room.id) == 2


def test_a_class_goes_on_after_its_server_was_killed(tmp_path: Path, cache: Path) -> None:
    servers = [start_server(tmp_path, cache, SOFTMAX_LAB_COLD="1")]
    store = ModelStore(servers[0].store)
    classes = ClassStore(store.database)
    room = classes.open("teacher", "Room 12")
    port = int(servers[0].url.rpartition(":")[2])
    topic = f"class:{room.code}"
    taken: dict[str, set[str]] = {}

    async def draw_until_killed(phone: Phone, activity: Activity, drawn: asyncio.Barrier) -> None:
        with suppress(OSError, HTTPClientError):
            for slot in range(10):
                await phone.draw(activity.id, str(slot))
                taken.setdefault(phone.member, set()).add(str(slot))
                if slot == 2:
                    await drawn.wait()

    def shown(phone: Phone) -> dict[str, Any] | None:
        """What a phone shows of a lesson that goes on, once it is connected again."""
        assert phone.live is not None
        value = phone.live.values[topic] if phone.live.tries > 1 else None
        return value if value and value["activity"] else None

    async def lesson() -> None:
        phones = await joined(servers[0], room, 5)
        activity = classes.start(room.id, "draw", {"digit": 0, "count": 10}, seconds=300)
        drawn = asyncio.Barrier(len(phones) + 1)
        drawing = asyncio.gather(*(draw_until_killed(one, activity, drawn) for one in phones))
        await drawn.wait()
        servers[0].kill()
        await drawing
        assert set(taken) == {phone.member for phone in phones}
        servers.append(start_server(tmp_path, cache, port=port, SOFTMAX_LAB_COLD="1"))
        for phone in phones:
            assert phone.live is not None
            while not (value := shown(phone)):
                await phone.live.news(PATIENCE)
            assert (value["code"], value["name"], value["members"]) == (room.code, "Room 12", 5)
            again = value["activity"]
            assert (again["id"], again["open"]) == (activity.id, True)
            assert (again["started"], again["ends"]) == (activity.started, activity.ends)
            me = json.loads((await phone.ask(f"/c/{room.code}/mine")).body)
            assert me["member"] == phone.member
            assert 0 < again["ends"] - me["now"] < 300, "time goes on"
            assert taken[phone.member] <= set(me["given"]), "what was taken is there"
        await asyncio.gather(*(phone.draw(activity.id, "9") for phone in phones))
        given = classes.changes(activity.id)
        assert {(phone.member, "9") for phone in phones} <= set(given)
        await leave(*phones)

    try:
        run(lesson())
    finally:
        store.close()
        for server in servers:
            server.stop()
