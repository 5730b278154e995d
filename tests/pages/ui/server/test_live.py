"""The live channel: snapshot and increments, hostile messages, slow listeners, polling."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from pages.ui.server.live import (
    LIVE_PATH,
    MOST_CHARACTERS,
    MOST_MESSAGES,
    MOST_POINTS,
    MOST_TOPICS,
    EventTopic,
    LiveChannel,
    ValueTopic,
    WeightsTopic,
)


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
        routes = [
            WebSocketRoute(LIVE_PATH, self.channel.connect),
            Route(LIVE_PATH, self.channel.poll),
        ]
        self.client = TestClient(Starlette(routes=routes))

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


def test_long_runs_are_thinned_and_other_events_kept(folder: Folder) -> None:
    folder.say("a", *map(chunk, range(5000)), {"kind": "epoch", "epoch": 1}, chunk(5000))
    with folder.listen() as line:
        line.send_json({"subscribe": {"run:a": 0}})
        message = line.receive_json()
    assert message["number"] == 5002
    assert len(message["events"]) <= MOST_POINTS + 2
    assert {"kind": "epoch", "epoch": 1} in message["events"]
    assert message["events"][-1] == chunk(5000)


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
    assert json.loads(data[4 : 4 + length]) == {"topic": "weights:a", "number": 1}
    assert data[4 + length :] == b"\x00\x3c" * 10


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
        '{"subscribe": {"run:../../etc/passwd": 0}}',
        "[" * 3000,
        "x" * (MOST_CHARACTERS + 1),
        json.dumps({"subscribe": {f"run:{n}": 0 for n in range(MOST_TOPICS + 1)}}),
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
    for _ in range(MOST_TOPICS + 1):
        line.receive_json()


def test_a_flood_of_messages_ends_its_connection(folder: Folder) -> None:
    with folder.listen() as line:
        for _ in range(MOST_MESSAGES + 1):
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


def test_polling_gives_the_same_messages(folder: Folder) -> None:
    folder.say("a", chunk(1), chunk(2))
    ask = folder.client.get
    assert ask(f"{LIVE_PATH}?run:a=1").json() == [
        {"topic": "run:a", "number": 2, "snapshot": False, "events": [chunk(2)]}
    ]
    assert ask(f"{LIVE_PATH}?run:a=2").json() == []
    assert ask(f"{LIVE_PATH}?run:nobody=0").status_code == 404
    assert ask(f"{LIVE_PATH}?run:a=x").status_code == 404
    many = "&".join(f"run:{n}=0" for n in range(MOST_TOPICS + 1))
    assert ask(f"{LIVE_PATH}?{many}").status_code == 400
