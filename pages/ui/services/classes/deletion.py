"""Deletion of a class, or of one member, with every personal trace in the store. Any thread.

Members are known by the visitor ids of their browsers. What these ids own since their members
joined goes too: trainings, sweeps, labelled drawings, data sets, lessons' answers and names. Two
groups keep what they did outside the class: its teacher, and members of another class.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress

from model_store import RunNotFound, StoreError
from model_store.classroom.activities import PREDICT, RACE
from model_store.classroom.classes import Activity, Member, SchoolClass
from model_store.text import _
from pages.ui.services import singletons
from training.loop.control import Action, Command

MOST_SWEEPS = 100_000


def delete_class(found: SchoolClass) -> None:
    """Delete the class and every trace of its members; it can be repeated if it fails.

    Raises:
        StoreError: if something cannot be deleted; the class is then closed.
    """
    classes = singletons.classes()
    classes.close(found.id)
    runs = [run for activity in classes.activities(found.id) for run in _runs(activity)]
    people = _people(found, classes.members(found.id), runs)
    _delete_sweeps(people)
    runs += [
        run
        for visitor, since in people.items()
        for run in singletons.store().ids_of(visitor, since)
    ]
    _delete_runs(runs)
    for visitor, since in people.items():
        singletons.class_drawings().forget(visitor, since)
        singletons.own_sets().forget(visitor, since)
        singletons.progress().forget(visitor, since)
        singletons.display_names().rename(visitor, "")
    classes.delete(found.id)
    singletons.store().database.scrub()


def remove_member(found: SchoolClass, member: Member) -> None:
    """Delete a member with what they gave, the runs of their races included.

    Raises:
        StoreError: if something cannot be deleted.
    """
    classes = singletons.classes()
    activities = classes.activities(found.id)
    _delete_runs(run for activity in activities for run in _runs(activity, member.id))
    classes.remove(found.id, member.id)
    singletons.store().database.scrub()


def _runs(activity: Activity, member: str = "") -> Iterable[str]:
    """Return the runs of an activity; with `member` those of this racer alone."""
    if activity.kind == PREDICT and not member and activity.settings.get("run"):
        yield str(activity.settings["run"])
    if activity.kind != RACE:
        return
    for entry in singletons.classes().entries(activity.id):
        if entry.slot == "run" and member in ("", entry.member):
            yield str(entry.content["run"])


def _people(
    found: SchoolClass, members: Iterable[Member], runs: Iterable[str]
) -> Mapping[str, float]:
    """Return the visitors whose traces go, each with the time from which on they do.

    A member who came back with another browser left the runs of the first one.
    """
    classes = singletons.classes()
    people = {member.visitor: member.joined for member in members}
    for run in runs:
        with suppress(StoreError):
            people.setdefault(singletons.store().open(run).owner, found.created)
    others = {
        member.visitor
        for other in classes.all()
        if other.id != found.id
        for member in classes.members(other.id)
    }
    teachers = {each.owner for each in classes.all()}
    return {visitor: since for visitor, since in people.items() if visitor not in others | teachers}


def _delete_sweeps(people: Mapping[str, float]) -> None:
    sweeps = singletons.sweeps()
    theirs = [
        sweep
        for sweep in sweeps.newest(MOST_SWEEPS)
        if sweep.created >= people.get(sweep.owner, float("inf"))
    ]
    for sweep in theirs:
        if not sweep.state.is_finished():
            sweeps.stop(sweep.id)
    if any(not sweeps.open(sweep.id).state.is_finished() for sweep in theirs):
        raise StoreError(
            _("Sweeps of this class are being stopped. Delete the class again in a few seconds.")
        )
    for sweep in theirs:
        sweeps.delete(sweep.id)


def _delete_runs(runs: Iterable[str]) -> None:
    """Stop runs and remove them for good, whether they were deleted before or not."""
    store = singletons.store()
    for run_id in dict.fromkeys(runs):
        with suppress(RunNotFound):
            if not store.open(run_id).state.is_finished():
                singletons.engine().command(run_id, Command(Action.STOP))
            store.delete(run_id)
        with suppress(RunNotFound):
            store.forget(run_id)
