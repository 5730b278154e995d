"""Topics of a class on the live channel: the class with its activity, and its board.

Any thread. Values are plain JSON types, and public: no visitor ids, no personal codes.
"""

import time
from collections.abc import Sequence
from typing import Any

from model_store import StoreError
from model_store.classroom.activities import DRAW, FOOL, PREDICT, QUESTION, RACE
from model_store.classroom.classes import Activity, SchoolClass
from pages.ui.server.live.parts_topic import PartsTopic
from pages.ui.server.live.topics import ValueTopic
from pages.ui.services import singletons
from pages.ui.services.class_results import activity_result

EVERY = 0.25
Value = dict[str, Any]


def class_topic(code: str) -> ValueTopic | None:
    """Return the topic of a class; None if there is no such class."""
    if singletons.classes().find(code) is None:
        return None
    topic = ValueTopic(lambda: class_value(code))
    topic.every = EVERY
    return topic


def class_value(code: str) -> Value | None:
    """Return what everybody in a class may know of it; None once it is gone."""
    try:
        found = singletons.classes().find(code)
    except StoreError:
        return None
    if found is None:
        return None
    activity = singletons.classes().activity(found.id)
    return {
        "name": found.name,
        "code": found.code,
        "closed": found.closed is not None,
        "paused": found.settings.paused,
        "members": len(singletons.classes().members(found.id)),
        "activity": None if activity is None else _activity(found, activity, time.time()),
    }


def _activity(found: SchoolClass, activity: Activity, now: float) -> Value:
    settings = dict(activity.settings)
    if not activity.is_revealed:
        settings.pop("right", None)
    return {
        "id": activity.id,
        "kind": activity.kind,
        "settings": settings,
        "started": activity.started,
        "ends": activity.ends,
        "open": activity.is_open(now),
        "revealed": activity.is_revealed,
        "result": activity_result(found, activity) if activity.is_revealed else None,
    }


def board_topic(code: str) -> PartsTopic[Any] | None:
    """Return the topic of a class's board; None if there is no such class."""
    if singletons.classes().find(code) is None:
        return None
    topic: PartsTopic[Any] = PartsTopic(lambda: _board(code), lambda part: part)
    topic.every = EVERY
    return topic


def _board(code: str) -> tuple[Value | None, Sequence[Value]]:
    classes = singletons.classes()
    try:
        found = classes.find(code)
        if found is None:
            return None, ()
        activity = classes.activity(found.id)
        entries = classes.entries(activity.id) if activity else ()
        members = classes.members(found.id)
    except StoreError:
        return None, ()
    shows = activity is not None and activity.is_revealed
    kind = "" if activity is None else activity.kind
    parts = []
    for member in members:
        if member.is_hidden:
            continue
        own = {entry.slot: entry.content for entry in entries if entry.member == member.id}
        part: Value = {
            "id": member.id,
            "name": member.nickname if found.settings.nicknames else "",
            "at": member.joined,
            "drawings": {
                slot: {name: content[name] for name in ("label", "strokes", "ink")}
                for slot, content in own.items()
                if kind in (DRAW, FOOL) and "strokes" in content
            },
            "given": len(own),
            "run": own["run"]["run"] if kind == RACE and "run" in own else "",
            "lesson": None,
        }
        if shows and kind == QUESTION and "answer" in own:
            part["option"] = own["answer"]["option"]
        if shows and kind == PREDICT and "curve" in own:
            part["points"] = own["curve"]["points"]
        parts.append(part)
    value = {
        "nicknames": found.settings.nicknames,
        "named_curves": found.settings.named_curves,
        "activity": activity.id if activity else "",
    }
    return value, parts
