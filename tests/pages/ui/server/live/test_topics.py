"""Topics of the live channel: logs that grow, values that change, files that are replaced."""

import json
from pathlib import Path
from typing import Any

from pages.ui.server.live.topics import MAX_POINTS, EventTopic, ValueTopic, WeightsTopic

EPOCH = {"kind": "epoch", "epoch": 1}


def chunk(step: int) -> dict[str, Any]:
    return {"kind": "chunk", "step": step}


def say(path: Path, *events: dict[str, Any]) -> None:
    with path.open("a") as file:
        file.write("".join(f"{json.dumps(event)}\n" for event in events))


def read(topic: EventTopic, number: int) -> Any:
    return json.loads(f"{{{topic.since(number)}}}")


def test_long_runs_are_thinned_and_other_events_kept(tmp_path: Path) -> None:
    path = tmp_path / "events"
    say(path, *map(chunk, range(5000)), EPOCH, chunk(5000))
    topic = EventTopic(path)
    assert topic.look()
    message = read(topic, 0)
    assert topic.number == 5002
    assert len(message["events"]) <= MAX_POINTS + 1
    assert message["events"][-2:] == [EPOCH, chunk(5000)]
    assert read(topic, 1)["snapshot"], "too much was missed"
    assert read(topic, 5000)["events"] == [EPOCH, chunk(5000)]


def test_a_log_that_does_not_exist_yet(tmp_path: Path) -> None:
    topic = EventTopic(tmp_path / "events")
    assert not topic.look()
    assert read(topic, 0) == {"snapshot": True, "events": []}
    say(tmp_path / "events", chunk(1))
    assert topic.look() and read(topic, 0)["events"] == [chunk(1)]
    assert not topic.look()


def test_a_log_that_was_replaced_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "events"
    say(path, *map(chunk, range(9)))
    topic = EventTopic(path)
    topic.look()
    say(tmp_path / "new", chunk(77))
    (tmp_path / "new").replace(path)
    assert topic.look()
    assert read(topic, 9) == {"snapshot": True, "events": [chunk(77)]}


def test_lines_that_are_no_events_for_a_browser_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "events"
    path.write_bytes(b'no json\n[1]\n{"loss": NaN}\n{"loss": Infinity}\n\xff\xfe\n' + b"[" * 9999)
    say(path, {}, chunk(2))
    topic = EventTopic(path)
    topic.look()
    assert read(topic, 0)["events"] == [chunk(2)]


def test_an_incomplete_line_waits_for_its_end(tmp_path: Path) -> None:
    path = tmp_path / "events"
    say(path, chunk(1))
    with path.open("a") as file:
        file.write('{"kind": "chunk", ')
    topic = EventTopic(path)
    topic.look()
    assert topic.number == 1
    with path.open("a") as file:
        file.write('"step": 2}\n')
    assert topic.look() and read(topic, 1)["events"] == [chunk(2)]


def test_a_value_has_a_number_above_those_of_a_server_before() -> None:
    values = ["a"]
    before = ValueTopic(lambda: values[0])
    assert before.look() and not before.look()
    after = ValueTopic(lambda: "b")
    after.look()
    assert after.number >= before.number - 1
    values[0] = "c"
    assert before.look() and before.since(0) == '"value":"c"'


def test_weights_are_read_when_they_are_replaced_and_large_ones_seldom(tmp_path: Path) -> None:
    path = tmp_path / "live.bin"
    topic = WeightsTopic(path)
    assert not topic.look() and topic.since(0) == '"value":null'
    path.write_bytes(b"x" * 1_000_000)
    assert topic.look() and not topic.look()
    assert topic.every == 5.0, "200,000 bytes a second"
    (tmp_path / "new").write_bytes(b"y")
    (tmp_path / "new").replace(path)
    assert topic.look() and topic.since(0) == b"y"
    path.unlink()
    assert not topic.look() and topic.since(0) == b"y", "what was sent last stays"
