"""What a learner has done in a lesson, in the store's database. Any thread, several processes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import delete, select, update

from model_store.lessons.answers import LONGEST
from model_store.lessons.lesson import Lesson, Question, Step
from model_store.recipe.text import printable
from model_store.storage.database.database import Database
from model_store.storage.database.schema import lesson_progress
from model_store.storage.errors import RunDamaged

MOST = 500  # answers, runs or steps of a record: more is damage


@dataclass(frozen=True, slots=True)
class Answer:
    """The last answer to a question. `right` is None if it cannot be marked (yet).

    `tries` counts the answers. `shown` is true if the learner asked for the right answer. `time` is
    in unix seconds.
    """

    given: str
    right: bool | None = None
    tries: int = 1
    shown: bool = False
    time: float = 0.0

    def settles(self, question: Question) -> bool:
        """True if there is nothing left to do: right, shown, or not to be marked."""
        return bool(self.right) or self.shown or not question.marked


@dataclass(frozen=True, slots=True)
class Progress:
    """A learner's record of a lesson.

    `dataset` is "" before one is chosen. `at` is the step that was open last. `seen` are the steps
    that were opened. `answers` are by `key(step, question)`, `runs` and `sweeps` (ids) by
    `key(recipe, data set)`.
    """

    dataset: str = ""
    at: str = ""
    seen: tuple[str, ...] = ()
    answers: Mapping[str, Answer] = field(default_factory=dict)
    runs: Mapping[str, str] = field(default_factory=dict)
    sweeps: Mapping[str, str] = field(default_factory=dict)

    def answer(self, step: Step, question: Question) -> Answer | None:
        """Return the answer to a question; None before there is one."""
        return self.answers.get(key(step.id, question.id))

    def is_done(self, step: Step) -> bool:
        """True if every question of the step is settled."""
        return all((a := self.answer(step, q)) is not None and a.settles(q) for q in step.questions)

    def done(self, lesson: Lesson) -> int:
        """Return the number of steps that are done."""
        return sum(map(self.is_done, lesson.steps))

    def with_answer(self, name: str, given: str, right: bool | None, now: float) -> Progress:
        """Return the record with another answer under `name`."""
        given = printable(given)[:LONGEST]
        before = self.answers.get(name)
        tries = before.tries + 1 if before else 1
        shown = bool(before and before.shown)
        return replace(
            self, answers={**self.answers, name: Answer(given, right, tries, shown, now)}
        )

    def with_mark(self, name: str, right: bool) -> Progress:
        """Return the record with the mark of an answer that could not be marked before."""
        answer = replace(self.answers[name], right=right)
        return replace(self, answers={**self.answers, name: answer})

    def with_shown(self, name: str) -> Progress:
        """Return the record with the mark that the right answer was shown."""
        before = self.answers.get(name) or Answer("", False, 0)
        return replace(self, answers={**self.answers, name: replace(before, shown=True)})

    def with_seen(self, step_id: str) -> Progress:
        """Return the record with a step that was opened now."""
        seen = self.seen if step_id in self.seen else (*self.seen, step_id)
        return replace(self, seen=seen, at=step_id)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types for `from_dict`."""
        answers = {name: _plain(answer) for name, answer in self.answers.items()}
        return {
            "dataset": self.dataset,
            "at": self.at,
            "seen": list(self.seen),
            "answers": answers,
            "runs": dict(self.runs),
            "sweeps": dict(self.sweeps),
        }

    @classmethod
    def from_dict(cls, raw: object) -> Progress:
        """Return the record of plain JSON types; what is damaged is left out."""
        if not isinstance(raw, Mapping):
            return cls()
        seen = raw.get("seen")
        return cls(
            dataset=_text(raw.get("dataset")),
            at=_text(raw.get("at")),
            seen=tuple(map(_text, seen[:MOST])) if isinstance(seen, list) else (),
            answers={
                name: answer for name, value in _items(raw, "answers") for answer in _read(value)
            },
            runs={name: value for name, value in _items(raw, "runs") if isinstance(value, str)},
            sweeps={name: value for name, value in _items(raw, "sweeps") if isinstance(value, str)},
        )


def key(first: str, second: str) -> str:
    """Return the name of a question of a step, or of a recipe with a data set."""
    return f"{first}/{second}"


class ProgressStore:
    """The records of all learners of one store."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def read(self, owner: str, lesson_id: str) -> Progress:
        """Return a learner's record; an empty one if there is none, or none that can be read."""
        return self.all(owner).get(lesson_id, Progress())

    def all(self, owner: str) -> dict[str, Progress]:
        """Return a learner's records, by lesson."""
        asked = select(lesson_progress.c.lesson, lesson_progress.c.progress)
        try:
            rows = self._database.rows(asked.where(lesson_progress.c.owner == owner))
        except RunDamaged:
            return {}
        return {row.lesson: Progress.from_dict(row.progress) for row in rows}

    def change(
        self, owner: str, lesson_id: str, changed: Callable[[Progress], Progress]
    ) -> Progress:
        """Replace a record by `changed(record)` in one transaction; returns it.

        Raises:
            StoreError: if it cannot be written.
        """
        its = (lesson_progress.c.owner == owner, lesson_progress.c.lesson == lesson_id)
        empty = {"owner": owner, "lesson": lesson_id, "changed": 0.0, "progress": {}}
        with self._database.write() as connection:
            # A row that is not there cannot be locked: two first answers at once would lose one.
            statement = self._database.insert(lesson_progress).values(**empty)
            connection.execute(statement.on_conflict_do_nothing())
            asked = select(lesson_progress.c.progress).where(*its).with_for_update()
            record = changed(Progress.from_dict(connection.execute(asked).scalar()))
            values = {"progress": record.to_dict(), "changed": self._clock()}
            connection.execute(update(lesson_progress).where(*its).values(**values))
        return record

    def answer(
        self, owner: str, lesson_id: str, name: str, given: str, right: bool | None
    ) -> Progress:
        """Keep an answer; see `Progress.with_answer`. StoreError if it cannot be written."""
        now = self._clock()
        return self.change(owner, lesson_id, lambda p: p.with_answer(name, given, right, now))

    def forget(self, owner: str, since: float = 0.0) -> None:
        """Remove a learner's records that were changed since a time.

        Raises:
            StoreError: if it cannot be written.
        """
        theirs = (lesson_progress.c.owner == owner, lesson_progress.c.changed >= since)
        with self._database.write() as connection:
            connection.execute(delete(lesson_progress).where(*theirs))


def _plain(answer: Answer) -> dict[str, Any]:
    return {name: getattr(answer, name) for name in ("given", "right", "tries", "shown", "time")}


def _read(raw: Any) -> Iterator[Answer]:
    if not isinstance(raw, Mapping):
        return
    given, right, tries = raw.get("given"), raw.get("right"), raw.get("tries")
    when = raw.get("time")
    if isinstance(given, str) and right in (True, False, None):
        yield Answer(
            given[:LONGEST],
            right,
            tries if type(tries) is int and 0 <= tries < 10**6 else 1,
            raw.get("shown") is True,
            float(when) if isinstance(when, int | float) else 0.0,
        )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _items(raw: Mapping[str, Any], name: str) -> Iterator[tuple[str, Any]]:
    found = raw.get(name)
    if isinstance(found, Mapping):
        yield from list(found.items())[:MOST]
