"""A class of the server's store, as phones use it."""

import json
from typing import Any

from model_store.classroom.classes import Activity, SchoolClass
from model_store.recipe.recipe import Recipe
from pages.ui.server.live.messages import is_name
from pages.ui.server.live.topics import Topic
from pages.ui.services import live_topics, singletons
from pages.ui.services.classes import requests

THREE = [(90, 70), (150, 50), (195, 80), (180, 120), (130, 135), (185, 150), (200, 200), (85, 215)]
DRAWING = {"label": 3, "strokes": [{"points": THREE, "width": 20}], "ink": "light"}
QUESTION = {"text": "Why <b>?", "options": ["a", "b"], "right": 1}
RECIPE = Recipe(dataset="digits", epochs=4, name="A curve").to_link()


def join(room: SchoolClass, visitor: str, nickname: str = "", **more: str) -> Any:
    return requests.join(visitor, "", {"code": room.code, "nickname": nickname, **more})


def start(room: SchoolClass, kind: str, settings: dict[str, Any], **more: Any) -> Activity:
    return singletons.classes().start(room.id, kind, settings, **more)


def enter(room: SchoolClass, visitor: str, slot: str, content: Any, activity: str = "") -> None:
    sent = {"slot": slot, "content": content, "activity": activity}
    requests.enter(visitor, room.code, sent)


class Followed:
    """A topic, and what somebody who follows it has."""

    def __init__(self, kind: str, room: SchoolClass) -> None:
        assert is_name(f"{kind}:{room.code}")
        topic = live_topics.KINDS[kind](room.code)
        assert topic is not None
        self.topic: Topic = topic
        self.number = 0

    def news(self) -> Any:
        """Return the message to a listener; None without news."""
        if not self.topic.look():
            return None
        number, self.number = self.number, self.topic.number
        return json.loads(f"{{{self.topic.since(number)}}}")
