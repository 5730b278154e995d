"""Messages of the live channel, to and from a browser. Pure."""

import base64
import json
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pages.ui.server.live.topics import Number, Topic

MAX_TOPICS = 256  # a connection: the board of a full class follows all their runs in a race
MAX_CHARACTERS = 16_384  # of a message from a browser
_NAME = re.compile(r"[a-z]+:[a-zA-Z0-9_-]{0,80}")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a browser asks for: topics with the last number that it has, and topics to end."""

    subscribe: Mapping[str, Number]
    unsubscribe: tuple[str, ...]


def parse(text: str | None) -> Wish | None:
    """Return the wish in a browser's message; None if it is none, or too long."""
    if text is None or len(text) > MAX_CHARACTERS:
        return None
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(raw, dict):
        return None
    subscribe, unsubscribe = raw.get("subscribe", {}), raw.get("unsubscribe", [])
    is_wish = (
        isinstance(subscribe, dict)
        and all(is_name(name) and is_number(number) for name, number in subscribe.items())
        and isinstance(unsubscribe, list)
        and all(is_name(name) for name in unsubscribe)
    )
    return Wish(subscribe, tuple(unsubscribe)) if is_wish else None


def is_name(name: Any) -> bool:
    """True if a topic may have this name."""
    return isinstance(name, str) and _NAME.fullmatch(name) is not None


def is_number(number: Any) -> bool:
    """True for a whole number that a browser can hold."""
    return type(number) is int and 0 <= number < 2**53


def news(name: str, topic: Topic, number: Number) -> str | bytes:
    """Return a topic's news since `number`.

    JSON; for weights the length of a JSON head (uint32, little-endian), the head, and the content.
    The content begins at a multiple of four bytes. All listeners share one such message.
    """
    if topic.written and topic.written[0] == topic.number:
        return topic.written[1]
    content = topic.since(number)
    head = _head(name, topic)
    if isinstance(content, str):
        return f"{{{head},{content}}}"
    head_bytes = f"{{{head}}}".encode()
    head_bytes += b" " * (-len(head_bytes) % 4)
    message = struct.pack("<I", len(head_bytes)) + head_bytes + content
    topic.written = (topic.number, message)
    return message


def news_as_text(name: str, topic: Topic, number: Number) -> str:
    """Return the same as JSON alone; weights are base64."""
    content = topic.since(number)
    if isinstance(content, bytes):
        content = f'"weights":"{base64.b64encode(content).decode()}"'
    return f"{{{_head(name, topic)},{content}}}"


def gone(name: str) -> str:
    """Return the message that there is no such topic."""
    return f'{{"topic":{json.dumps(name)},"number":0,"gone":true}}'


def _head(name: str, topic: Topic) -> str:
    return f'"topic":{json.dumps(name)},"number":{topic.number}'
