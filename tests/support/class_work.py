"""A class with members who have drawn, raced, guessed and answered."""

from collections.abc import Mapping
from typing import Any

from model_store import Run
from model_store.classroom.classes import Activity, Member, SchoolClass
from model_store.recipe.recipe import Hidden, Recipe
from pages.ui.services import singletons
from tests.support.drawings import seven
from tests.support.finished_runs import finished_run

SMALL = Recipe(dataset="digits", hidden=(Hidden(8),), epochs=4)
Settings = Mapping[str, Any]


def a_class(owner: str = "teacher-visitor", name: str = "9b") -> SchoolClass:
    return singletons.classes().open(owner, name)


def join(found: SchoolClass, visitor: str, nickname: str = "") -> Member:
    return singletons.classes().join(found.code, visitor, nickname)


def start(found: SchoolClass, kind: str, settings: Settings | None = None) -> Activity:
    return singletons.classes().start(found.id, kind, settings or {})


def enter(found: SchoolClass, member: Member, slot: str, content: Settings) -> None:
    singletons.classes().enter(found, member, slot, content)


def draw(found: SchoolClass, member: Member, slot: str = "0", label: int = 7) -> None:
    """Give a drawing of a 7, with a label."""
    raw = seven(shift=float(int(slot)), label=label).to_dict()
    enter(found, member, slot, {name: raw[name] for name in ("label", "strokes", "ink")})


def race(found: SchoolClass, member: Member, owner: str = "", accuracy: float = 0.9) -> Run:
    """Give a finished run, owned by the member."""
    run = finished_run(
        singletons.store(), SMALL, owner or member.visitor, validation=(0.5, 0.6, 0.7, accuracy)
    )
    enter(found, member, "run", {"run": run.id, "settings": {}})
    return run
