"""The live channel: snapshot and increments, hostile messages, slow listeners, polling."""

import asyncio
import base64
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.types import Message
from starlette.websockets import WebSocket, WebSocketDisconnect

from pages.ui.server.live.channel import LIVE_PATH, MAX_MESSAGES, LiveChannel
from pages.ui.server.live.messages import MAX_CHARACTERS, MAX_TOPICS, news
from pages.ui.server.live.topics import EventTopic, Topic, ValueTopic, WeightsTopic
from tests.support.asgi import run, scope


class Folder:
    """Runs as files, a queue as a list, and the channel over them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.queue: list[str] = []
        self.channel = LiveChannel(
            {
                "run": self._run,
                "queue": lambda _key: ValueTopic(lambda: self.queue),
                "weights": lambda key: WeightsTopic(path / f"{key}.bin"),
            }
        )
        self.client = TestClient(Starlette(routes=self.channel.routes()))

    def _run(self, key: str) -> EventTopic | None:
        path = self.path / f"{key}.jsonl"
        return EventTopic(path) if path.exists() else None

    def say(self, run: str, *events: dict[str, Any], end: str = "\n") -> None:
        with (self.path / f"{run}.jsonl").open("a") as file:
            file.write("".join(json.dumps(event) + end for event in events))

    def listen(self) -> Any:
        return self.client.websocket_connect(LIVE_PATH)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    made = Folder(tmp_path)
    with made.client:
        yield made


def chunk(step: int) -> dict[str, Any]:
    return {"kind": "chunk", "step": step}


def test_a_snapshot_comes_first_then_what_is_new(folder: Folder) -> None:
    folder.say("a", chunk(1), chunk(2))
    with folder.listen() as line:
        line.send_json({"subscribe": {"run:a": 0}})
        first = line.receive_json()
        folder.say("a", chunk(3))
        second = line.receive_json()
    assert first == {
        "topic": "run:a",
        "number": 2,
        "snapshot": True,
        "events": [chunk(1), chunk(2)],
    }
    assert second == {"topic": "run:a", "number": 3, "snapshot": False, "events": [chunk(3)]}


def test_after_a_gap_only_what_was_missed_comes(folder: Folder) -> None:
    folder.say("a", *map(chunk, range(5)))
    with folder.listen() as line:
        line.send_json({"subscribe": {"run:a": 3}})
        assert line.receive_json()["events"] == [chunk(3), chunk(4)]
    with folder.listen() as line:  # numbers of another server, or of a log that is gone
        line.send_json({"subscribe": {"run:a": 77}})
        assert line.receive_json()["snapshot"] is True


def test_a_torn_line_waits_and_a_damaged_one_is_left_out(folder: Folder) -> None:
    folder.say("a", chunk(1))
    with folder.listen() as line:
        line.send_json({"subscribe": {"run:a": 0}})
        line.receive_json()
        (folder.path / "a.jsonl").open("a").write('not json\n{"kind": "chunk", ')
        (folder.path / "a.jsonl").open("a").write('"step": 2}\n')
        assert line.receive_json()["events"] == [chunk(2)]


def test_values_are_sent_whole_when_they_change(folder: Folder) -> None:
    with folder.listen() as line:
        line.send_json({"subscribe": {"queue:": 0}})
        assert line.receive_json()["value"] == []
        folder.queue = ["a", "b"]
        assert line.receive_json()["value"] == ["a", "b"]


def test_weights_come_as_bytes_with_their_topic(folder: Folder) -> None:
    (folder.path / "a.bin").write_bytes(b"\x00\x3c" * 10)
    with folder.listen() as line:
        line.send_json({"subscribe": {"weights:a": 0}})
        data = line.receive_bytes()
    length = int.from_bytes(data[:4], "little")
    assert json.loads(data[4 : 4 + length])["topic"] == "weights:a"
    assert data[4 + length :] == b"\x00\x3c" * 10
    assert length % 4 == 0


def test_all_listeners_share_one_message_of_weights(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"\x00\x3c" * 10)
    topic = WeightsTopic(tmp_path / "a.bin")
    topic.look()
    assert news("weights:a", topic, 0) is news("weights:a", topic, 0)
    (tmp_path / "b.bin").write_bytes(b"\x00\x40" * 10)
    (tmp_path / "b.bin").replace(tmp_path / "a.bin")
    topic.look()
    assert bytes(news("weights:a", topic, 0)).endswith(b"\x00\x40" * 10)  # type: ignore[arg-type]


def test_whoever_goes_is_forgotten(folder: Folder) -> None:
    folder.say("a", chunk(1))
    with folder.listen() as line:
        line.send_json({"subscribe": {"run:a": 0}})
        line.receive_json()
        line.send_json({"unsubscribe": ["run:a"], "subscribe": {"queue:": 0}})
        assert line.receive_json()["topic"] == "queue:"
        assert folder.channel.topics == {"queue:": 1}
    assert folder.channel.topics == {}


@pytest.mark.parametrize(
    "message",
    [
        "no JSON",
        "[]",
        '{"subscribe": []}',
        '{"subscribe": {"run:a": -1}}',
        '{"subscribe": {"run:a": "1"}}',
        '{"subscribe": {"run:a": true}}',
        '{"unsubscribe": {"run:a": 1}}',
        '{"unsubscribe": [1]}',
        '{"subscribe": {"secrets:a": 0}}',
        '{"subscribe": {"run:a": 1e99}}',
        '{"subscribe": {"run:a": 99999999999999999999}}',
        '{"unsubscribe": ["no name"]}',
        '{"subscribe": {"run:../../etc/passwd": 0}}',
        "[" * 3000,
        "x" * (MAX_CHARACTERS + 1),
        json.dumps({"subscribe": {f"run:{n}": 0 for n in range(MAX_TOPICS + 1)}}),
    ],
)
def test_hostile_messages_end_their_connection_alone(folder: Folder, message: str) -> None:
    folder.say("a", chunk(1))
    with folder.listen() as other:
        other.send_json({"subscribe": {"run:a": 0}})
        other.receive_json()
        with folder.listen() as line:
            line.send_text(message)
            with pytest.raises(WebSocketDisconnect):
                _until_closed(line)
        folder.say("a", chunk(2))
        assert other.receive_json()["events"] == [chunk(2)]


def _until_closed(line: Any) -> None:
    for _ in range(MAX_TOPICS + 1):
        line.receive_json()


def test_bytes_instead_of_text_end_their_connection(folder: Folder) -> None:
    with folder.listen() as line:
        line.send_bytes(b"{}")
        with pytest.raises(WebSocketDisconnect):
            line.receive_json()


def test_a_flood_of_messages_ends_its_connection(folder: Folder) -> None:
    with folder.listen() as line:
        for _ in range(MAX_MESSAGES + 1):
            line.send_json({})
        with pytest.raises(WebSocketDisconnect):
            line.receive_json()


def test_what_is_gone_is_said_and_the_rest_goes_on(folder: Folder) -> None:
    folder.say("a", chunk(1))
    with folder.listen() as line:
        line.send_json({"subscribe": {"run:nobody": 0, "run:a": 0}})
        assert line.receive_json() == {"topic": "run:nobody", "number": 0, "gone": True}
        assert line.receive_json()["events"] == [chunk(1)]


def test_pages_of_other_servers_are_refused(folder: Folder) -> None:
    headers = {"origin": "http://elsewhere.example"}
    with (
        pytest.raises(WebSocketDisconnect),
        folder.client.websocket_connect(LIVE_PATH, headers=headers) as line,
    ):
        line.receive_json()


def test_a_topic_that_fails_does_not_stop_the_others(folder: Folder) -> None:
    with folder.listen() as line:
        line.send_json({"subscribe": {"queue:": 0}})
        assert line.receive_json()["value"] == []
        folder.queue = [object()]  # type: ignore[list-item]  # no JSON
        folder.say("a", chunk(1))
        line.send_json({"subscribe": {"run:a": 0}})
        assert line.receive_json()["events"] == [chunk(1)]
        folder.say("a", chunk(2))
        assert line.receive_json()["events"] == [chunk(2)]
        folder.queue = ["b"]
        assert line.receive_json()["value"] == ["b"]


def test_a_slow_listener_skips_to_the_newest_state() -> None:
    """Ten changes while it is busy are one message; another listener is not held up."""
    values = iter(range(1, 1000))
    channel = LiveChannel({"queue": lambda _key: ValueTopic(lambda: next(values))})
    slow, fast = Socket(channel, hold=True), Socket(channel)

    async def both() -> None:
        await asyncio.gather(slow.serve(), fast.serve())

    async def scenario() -> None:
        serving = asyncio.create_task(both())
        await until(lambda: len(fast.sent) >= 4)
        assert len(slow.sent) == 1
        slow.free.set()
        await until(lambda: len(slow.sent) >= 2)
        before, after = (json.loads(text)["value"] for text in slow.sent[:2])
        assert after - before > 1
        slow.gone.set(), fast.gone.set()
        await serving

    run(scenario())
    assert channel.topics == {}


class Changing(Topic):
    """Value that is 1, then 2; while it changes somebody else reads it."""

    def __init__(self) -> None:
        self.value = 0
        self.looks, self.reads, self.changed = (threading.Event() for _each in range(3))

    def look(self) -> bool:
        if self.value == 1:
            self.looks.set()
            self.reads.wait(0.3)  # forever, if nobody reads while it changes
        if self.value == 2:
            return False
        self.value += 1
        self.number = self.value
        if self.value == 2:
            self.changed.set()
        return True

    def since(self, number: int) -> str:
        value = self.value
        if self.looks.is_set():
            self.reads.set()
            self.changed.wait(5)
        return f'"value":{value}'


def test_a_listener_that_comes_while_a_topic_changes_misses_nothing() -> None:
    topic = Changing()
    channel = LiveChannel({"queue": lambda _key: topic})
    with (
        TestClient(Starlette(routes=channel.routes())) as client,
        client.websocket_connect(LIVE_PATH) as first,
    ):
        first.send_json({"subscribe": {"queue:": 0}})
        assert first.receive_json()["value"] == 1
        assert topic.looks.wait(5)
        with client.websocket_connect(LIVE_PATH) as second:
            second.send_json({"subscribe": {"queue:": 0}})
            said = second.receive_json()
            assert (said["number"], said["value"]) == (2, 2)


class Socket:
    """A browser that listens to the queue; with `hold` it takes one message, then no more."""

    def __init__(self, channel: LiveChannel, hold: bool = False) -> None:
        self.channel, self.sent = channel, list[str]()
        self.free, self.gone = asyncio.Event(), asyncio.Event()
        self._said = False
        self._hold = hold

    async def serve(self) -> None:
        headers = {"host": "localhost"}
        raw = scope(LIVE_PATH, headers, type="websocket")
        await self.channel.connect(WebSocket(raw, self._receive, self._send))

    async def _receive(self) -> Message:
        if not self._said:
            self._said = True
            return {"type": "websocket.connect"}
        if not self.sent and not self.gone.is_set() and not self.__dict__.get("asked"):
            self.asked = True
            return {"type": "websocket.receive", "text": '{"subscribe": {"queue:": 0}}'}
        await self.gone.wait()
        return {"type": "websocket.disconnect", "code": 1000}

    async def _send(self, message: Message) -> None:
        if message["type"] == "websocket.send":
            if self._hold and self.sent:
                await self.free.wait()
            self.sent.append(message["text"])


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


def test_polling_gives_the_same_messages(folder: Folder) -> None:
    folder.say("a", chunk(1), chunk(2))
    ask = folder.client.get
    assert ask(f"{LIVE_PATH}?run:a=1").json() == [
        {"topic": "run:a", "number": 2, "snapshot": False, "events": [chunk(2)]}
    ]
    assert ask(f"{LIVE_PATH}?run:a=2").json() == []
    gone = [{"topic": "run:nobody", "number": 0, "gone": True}]
    assert ask(f"{LIVE_PATH}?run:nobody=0").json() == gone
    (folder.path / "a.bin").write_bytes(b"\x00\x3c" * 10)
    (message,) = ask(f"{LIVE_PATH}?weights:a=0").json()
    assert base64.b64decode(message["weights"]) == b"\x00\x3c" * 10
    assert ask(f"{LIVE_PATH}?run:../a=0").status_code == 404
    (value,) = ask(f"{LIVE_PATH}?queue:=0").json()
    assert value["value"] == []
    assert ask(f"{LIVE_PATH}?queue:={value['number']}").json() == [], (
        "what it has is not sent again"
    )
    assert ask(f"{LIVE_PATH}?run:a=x").status_code == 404
    many = "&".join(f"run:{n}=0" for n in range(MAX_TOPICS + 1))
    assert ask(f"{LIVE_PATH}?{many}").status_code == 400
