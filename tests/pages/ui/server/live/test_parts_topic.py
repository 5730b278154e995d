"""Topic of a value with parts: a snapshot, then the parts that have changed."""

import json
from typing import Any

import pytest

from pages.ui.server.live.parts_topic import PartsTopic


class Record:
    """A value and its parts, which a test changes."""

    def __init__(self, value: Any, *parts: Any) -> None:
        self.value, self.parts = value, list(parts)
        self.written: list[Any] = []
        self.topic = PartsTopic(lambda: (self.value, self.parts), self._write)
        assert self.topic.look()

    def _write(self, part: Any) -> Any:
        self.written.append(part)
        return {"part": part}

    def since(self, number: int) -> tuple[bool, Any, list[Any]]:
        """Return what a listener gets: if it is a snapshot, the value, the parts."""
        message = json.loads(f"{{{self.topic.since(number)}}}")
        return message["snapshot"], message["value"], [each["part"] for each in message["parts"]]


def test_a_listener_gets_all_parts_then_those_that_have_changed() -> None:
    record = Record("v", "a", "b", "c")
    first = record.topic.number
    assert record.since(0) == (True, "v", ["a", "b", "c"])
    record.parts[1] = "B"
    assert record.topic.look() and record.since(first) == (False, "v", ["B"])
    second = record.topic.number
    record.parts.append("d")
    assert record.topic.look() and record.since(second) == (False, "v", ["d"])
    assert record.since(first) == (False, "v", ["B", "d"]), "a slow listener"
    assert record.since(0) == (True, "v", ["a", "B", "c", "d"]), "a new listener"


def test_the_value_alone_may_change() -> None:
    record = Record({"spent": 1}, "a")
    first = record.topic.number
    assert not record.topic.look()
    record.value = {"spent": 2}
    assert record.topic.look() and record.since(first) == (False, {"spent": 2}, [])


def test_a_part_is_written_when_it_has_changed_alone() -> None:
    record = Record("v", "a", "b")
    record.value = "w"
    record.topic.look()
    record.parts[0] = "A"
    record.topic.look()
    assert record.written == ["a", "b", "A"]


@pytest.mark.parametrize("left", [["a"], [], ["b", "c"]])
def test_parts_that_are_gone_are_no_longer_shown(left: list[str]) -> None:
    record = Record("v", "a", "b", "c")
    first = record.topic.number
    record.parts = left
    assert record.topic.look() and record.since(first) == (True, "v", left)


def test_whoever_has_less_than_there_ever_was_needs_everything() -> None:
    """Such as the numbers of a server before."""
    record = Record("v", "a")
    assert record.since(record.topic.number - 1) == (True, "v", ["a"])
    assert record.since(record.topic.number) == (False, "v", [])


def test_a_value_that_is_no_json_is_refused_and_the_rest_stays() -> None:
    record = Record("v", "a")
    first = record.topic.number
    record.value = float("nan")
    with pytest.raises(ValueError, match="JSON"):
        record.topic.look()
    assert record.since(0) == (True, "v", ["a"]) and record.topic.number == first
