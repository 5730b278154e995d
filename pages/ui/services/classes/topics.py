"""Topics of a class: what its phones follow, and what its board shows. Any thread.

Values are plain JSON types and public: whoever knows the code may read them. There are no visitor
ids and no personal codes in them, and nothing of members whom the teacher has hidden.
"""

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from model_store import StoreError
from model_store.classroom import activities
from model_store.classroom.classes import Activity, Entry, Member, SchoolClass
from model_store.lessons import library
from model_store.recipe.recipe import Recipe, RecipeError
from pages.ui.server.live.parts_topic import PartsTopic
from pages.ui.server.live.topics import Number, ValueTopic
from pages.ui.services import model_cache, singletons
from pages.ui.services.classes.results import activity_result, reader

EVERY = 0.25  # seconds between two looks
SLOWLY = 8  # looks between two at results of runs and at lessons, which change slowly
OVERLAP = 5.0  # seconds: an entry can be written after a later one
Value = dict[str, Any]
Content = Mapping[str, Any]


class ClassTopic(ValueTopic):
    """A class as its phones see it; None once it is deleted."""

    every = EVERY

    def __init__(self, code: str) -> None:
        """`code` as `ClassStore.find` takes it."""
        super().__init__(self._now)
        self._code = code
        self._looks = 0
        self._shown_for: object = None
        self._result: Value | None = None

    def since(self, number: Number) -> str:
        """Return the value and the server's time: a screen's own clock may be wrong."""
        return f'{super().since(number)},"now":{singletons.classes().now():.3f}'

    def _now(self) -> Value | None:
        classes = singletons.classes()
        found = classes.find(self._code)
        if found is None:
            return None
        activity = classes.activity(found.id)
        return {
            "name": found.name,
            "code": found.code,
            "closed": found.closed is not None,
            "paused": found.settings.paused,
            "members": classes.size(found.id),
            "activity": None if activity is None else self._activity(found, activity),
        }

    def _activity(self, found: SchoolClass, activity: Activity) -> Value:
        return {
            "id": activity.id,
            "kind": activity.kind,
            "settings": public_settings(activity),
            "started": activity.started,
            "ends": activity.ends,
            "open": activity.is_open(singletons.classes().now()),
            "revealed": activity.is_revealed,
            "result": self._shown(found, activity) if activity.is_revealed else None,
        }

    def _shown(self, found: SchoolClass, activity: Activity) -> Value | None:
        """Return a revealed result, which late drawings, hidden members and runs can change."""
        self._looks += 1
        classes = singletons.classes()
        shown = [one.id for one in classes.members(found.id) if not one.is_hidden]
        asked = (activity, shown, classes.changes(activity.id, activity.ended or 0.0))
        has_runs = activity.kind in (activities.RACE, activities.PREDICT)
        if asked != self._shown_for or (has_runs and self._looks % SLOWLY == 0):
            self._shown_for, self._result = asked, activity_result(found, activity)
        return self._result


def public_settings(activity: Activity) -> Value:
    """Return what everybody may know: the right answer when it is revealed.

    A curve to predict has `epochs` and `title` of its recipe. Drawings have the `model` that reads
    them, as `model_cache.browser_model`, with its `title`; None if it cannot be used.
    """
    shown = dict(activity.settings)
    if activity.kind == activities.QUESTION and not activity.is_revealed:
        del shown["right"]
    if activity.kind == activities.PREDICT:
        try:
            recipe = Recipe.from_link(shown["recipe"])
        except RecipeError:
            return shown
        shown |= {"epochs": recipe.epochs, "title": recipe.title}
    if activity.kind in activities.READ:
        shown["model"] = None
        with suppress(StoreError):
            run = reader(activity.settings)
            shown["model"] = {**model_cache.browser_model(run), "title": run.title}
    return shown


@dataclass(frozen=True, slots=True)
class BoardPart:
    """A member on the board, with what they gave to the activity by slot."""

    member: Member
    name: str
    given: Mapping[str, Entry]
    lesson: tuple[int, int] | None
    is_revealed: bool
    is_secret: bool  # nobody is told what the drawings are


class Board:
    """Reads a class for its board; of the entries only those that are new. One thread."""

    def __init__(self, code: str) -> None:
        self._code = code
        self._activity = ""
        self._last = 0.0  # time of the newest entry
        self._given: dict[str, dict[str, Entry]] = {}  # member -> slot -> entry
        self._looks = 0
        self._lessons: dict[str, tuple[int, int]] = {}

    def read(self) -> tuple[Value | None, Sequence[BoardPart]]:
        """Return the board's value and its members; None once the class is deleted."""
        classes = singletons.classes()
        found = classes.find(self._code)
        if found is None:
            return None, ()
        activity = classes.activity(found.id)
        members = [one for one in classes.members(found.id) if not one.is_hidden]
        self._read_entries(activity)
        self._read_lessons(activity, members)
        settings = found.settings
        value = {
            "nicknames": settings.nicknames,
            "named_curves": settings.named_curves,
            "activity": activity.id if activity else "",
        }
        is_revealed = activity is not None and activity.is_revealed
        is_secret = activity is not None and activity.kind == activities.FOOL and not is_revealed
        parts = [
            BoardPart(
                member,
                member.nickname if settings.nicknames else "",
                self._given.get(member.id, {}),
                self._lessons.get(member.id),
                is_revealed,
                is_secret,
            )
            for member in members
        ]
        return value, parts

    def _read_entries(self, activity: Activity | None) -> None:
        is_other = activity is None or activity.id != self._activity
        if is_other:
            self._activity, self._last, self._given = "", 0.0, {}
        if activity is None:
            return
        self._activity = activity.id
        classes = singletons.classes()
        times = classes.changes(activity.id, self._last - OVERLAP)
        new = [time for place, time in times.items() if time != self._known(*place)]
        if not new:
            return
        for entry in classes.entries(activity.id, math.nextafter(min(new), 0.0)):
            self._last = max(self._last, entry.changed)
            if entry.changed != self._known(entry.member, entry.slot):
                own = self._given.get(entry.member, {})
                self._given[entry.member] = {**own, entry.slot: entry}

    def _known(self, member: str, slot: str) -> float | None:
        entry = self._given.get(member, {}).get(slot)
        return None if entry is None else entry.changed

    def _read_lessons(self, activity: Activity | None, members: Sequence[Member]) -> None:
        lesson_id = "" if activity is None else followed_lesson(activity)
        self._looks += 1
        if not lesson_id:
            self._lessons = {}
        elif self._looks % SLOWLY == 1 or not self._lessons:
            found = library.lesson(lesson_id)
            if found is None:
                return
            read = singletons.progress().read
            self._lessons = {
                one.id: (read(one.visitor, lesson_id).done(found), len(found.steps))
                for one in members
            }


def followed_lesson(activity: Activity) -> str:
    """Return the id of the lesson that an activity leads to, or ""."""
    if activity.kind != activities.FOLLOW:
        return ""
    address = urlsplit(activity.settings["path"])
    return parse_qs(address.query).get("lesson", [""])[0] if address.path == "/learn" else ""


def part_value(part: BoardPart) -> Value:
    """Return a member as the board shows them."""
    given = {slot: entry.content for slot, entry in part.given.items()}
    out: Value = {
        "id": part.member.id,
        "name": part.name,
        "at": part.member.joined,
        "drawings": {
            slot: _drawn(one, part.is_secret) for slot, one in given.items() if "strokes" in one
        },
        "given": len(given),
        "run": given.get("run", {}).get("run", ""),
        "lesson": part.lesson and list(part.lesson),
    }
    if part.is_revealed:
        shown = (("answer", "option"), ("curve", "points"))
        out |= {name: given[slot][name] for slot, name in shown if slot in given}
    return out


def _drawn(content: Content, is_secret: bool) -> Value:
    names = ("strokes", "ink") if is_secret else ("label", "strokes", "ink")
    return {name: content[name] for name in names}


def class_topic(code: str) -> ClassTopic | None:
    """Return the topic `class:CODE`; None without such a class."""
    return ClassTopic(code) if _exists(code) else None


def board_topic(code: str) -> PartsTopic[BoardPart] | None:
    """Return the topic `board:CODE`; None without such a class."""
    if not _exists(code):
        return None
    topic = PartsTopic(Board(code).read, part_value, key=lambda part: part.member.id)
    topic.every = EVERY
    return topic


def _exists(code: str) -> bool:
    try:
        return singletons.classes().find(code) is not None
    except StoreError:
        return False
