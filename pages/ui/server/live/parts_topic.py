"""Topic of a value with many parts, of which a listener gets those that have changed."""

import json
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from pages.ui.server.live.topics import VALUE_EVERY, Number, Topic, first_number

Part = TypeVar("Part")


class PartsTopic(Topic, Generic[Part]):
    """Small value and a list of parts; each part has the number of its last change."""

    every = VALUE_EVERY

    def __init__(
        self,
        read: Callable[[], tuple[Any, Sequence[Part]]],
        written: Callable[[Part], Any],
        key: Callable[[Part], object] = lambda part: None,
    ) -> None:
        """Create a topic that was not looked at.

        Args:
            read: returns the value in plain JSON types and the parts in their order; called at
                each look.
            written: returns a part in plain JSON types; called when the part has changed.
            key: names a part: where another takes its place, listeners get all parts anew.
        """
        self._read, self._written, self._key = read, written, key
        self._value = ""
        self._parts: list[tuple[Part, Number, str]] = []
        self.number = first_number()
        self._begun = self.number + 1  # who has less needs everything

    def look(self) -> bool:
        """Ask for the value and its parts."""
        found, parts = self._read()
        value = _json(found)
        before, number = self._parts, self.number + 1
        now = [
            before[place]
            if place < len(before) and before[place][0] == part
            else (part, number, _json(self._written(part)))
            for place, part in enumerate(parts)
        ]
        changed = len(now) != len(before) or any(last == number for _part, last, _text in now)
        if not changed and value == self._value:
            return False
        if len(now) < len(before) or any(
            self._key(old[0]) != self._key(new[0]) for old, new in zip(before, now, strict=False)
        ):
            self._begun = number
        self._value, self._parts, self.number = value, now, number
        return True

    def since(self, number: Number) -> str:
        """Return the value, and the parts that have changed; a snapshot has all parts."""
        is_snapshot = number < self._begun
        parts = ",".join(text for _part, last, text in self._parts if is_snapshot or last > number)
        snapshot = str(is_snapshot).lower()
        return f'"snapshot":{snapshot},"value":{self._value or "null"},"parts":[{parts}]'


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=False)
