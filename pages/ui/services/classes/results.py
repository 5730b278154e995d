"""Results of a class's activities as the board shows them, in plain JSON types. Any thread."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from model_store import Run, StoreError
from model_store.classroom import activities, results
from model_store.classroom.classes import Activity, Entry, SchoolClass
from model_store.classroom.drawing import Drawing
from model_store.recipe.choices import CLASSES
from model_store.recipe.recipe import Recipe
from model_store.runs.history import History
from pages.ui.services import model_cache, records, singletons
from pages.ui.services.shared import shared
from training.images.drawing_test import DrawingResults

MODEL = "starter-mnist"  # reads the class's drawings until its teacher chooses another
MOST_MISTAKES = 60  # that are listed
Value = dict[str, Any]
Entries = Sequence[Entry]


def reader(settings: Mapping[str, Any]) -> Run:
    """Return the run of `model`, whose network reads drawings; the built-in one if it is gone.

    Raises:
        StoreError: if the built-in one cannot be opened.
    """
    chosen = _run(str(settings.get("model", "")))
    usable = chosen is not None and chosen.has_model and chosen.recipe.data.is_digits
    return chosen if chosen is not None and usable else singletons.store().open(MODEL)


def visible_entries(found: SchoolClass, activity: Activity) -> list[Entry]:
    """Return what the members whom the teacher has not hidden gave to an activity."""
    classes = singletons.classes()
    shown = {member.id for member in classes.members(found.id) if not member.is_hidden}
    return [entry for entry in classes.entries(activity.id) if entry.member in shown]


def activity_result(found: SchoolClass, activity: Activity) -> Value | None:
    """Return the result that the board shows; None for an activity without one.

    draw: `correct`, `all`, `interval`, `test` (the network's accuracy on its test set, or None),
    `dataset` (whose test set: key of the app's, title of an own one), `mistakes` [{`member`,
    `slot`, `label`, `read`, `confidence`}], the most confident first.
    fool: `drawings` [{`member`, `slot`, `label`, `read`, `confidence`, `votes`, `class`,
    `fooled`}], those that fooled the network first, and `fooled` (their number).
    race: `places` [{`member`, `run`, `place`, `accuracy`, `interval`}], and `waiting`: racers
    without a result. predict: `run`, its `epochs`, `real` [[part of the
    training, accuracy]], `guesses` [{`member`, `distance`}], the closest first.
    question: `counts` by option, `given`, `right` (a place or None), `correct` (or None).
    """
    make = _RESULTS.get(activity.kind)
    return None if make is None else make(activity, visible_entries(found, activity))


def read_drawings(
    activity: Activity, entries: Entries
) -> tuple[list[Entry], DrawingResults | None]:
    """Return the entries that are drawings, and the network's answers to them in that order.

    The answers are None without a drawing, or if the network cannot be loaded.
    """
    drawn = [entry for entry in entries if "strokes" in entry.content]
    with suppress(StoreError):
        return drawn, _answers(reader(activity.settings), drawn) if drawn else None
    return drawn, None


def _key(run: Run, drawn: Entries) -> object:
    places = tuple((each.member, each.slot, each.changed) for each in drawn)
    return model_cache.weights_key(run), places


@shared(32, key=_key)
def _answers(run: Run, drawn: Entries) -> DrawingResults:
    """A class asks every few seconds, and 300 drawings take 140 ms."""
    drawings = tuple(Drawing.from_dict(entry.content) for entry in drawn)
    images = np.stack([model_cache.drawing_image(drawing) for drawing in drawings])
    return DrawingResults.of(model_cache.classifier(run), drawings, images)


def _drawn(activity: Activity, entries: Entries) -> Value | None:
    drawn, found = read_drawings(activity, entries)
    if found is None:
        return None
    evaluation, run = found.evaluation, reader(activity.settings)
    data = run.recipe.data
    mistakes = [
        {
            "member": drawn[place].member,
            "slot": drawn[place].slot,
            "label": int(evaluation.labels[place]),
            "read": int(evaluation.answers[place]),
            "confidence": round(float(evaluation.confidence[place]), 4),
        }
        for place in evaluation.select("confident")[:MOST_MISTAKES]
    ]
    return {
        "correct": evaluation.correct,
        "all": len(evaluation),
        "interval": _rounded(evaluation.interval),
        "test": run.result.get("test_accuracy"),
        "dataset": data.label if data.own else run.recipe.dataset,
        "mistakes": mistakes,
    }


def _fooled(activity: Activity, entries: Entries) -> Value | None:
    drawn, found = read_drawings(activity, entries)
    if found is None:
        return None
    votes: dict[str, dict[str, int]] = {}
    for entry in entries:
        if entry.slot.startswith("vote-"):
            votes.setdefault(entry.member, {})[entry.slot] = entry.content["digit"]
    evaluation = found.evaluation
    shown = [
        results.Fooled(
            *(entry.member, entry.slot),
            int(evaluation.labels[place]),
            int(evaluation.answers[place]),
            round(float(evaluation.confidence[place]), 4),
            results.votes_on(votes, (entry.member, entry.slot), CLASSES),
        )
        for place, entry in enumerate(drawn)
    ]
    shown.sort(key=lambda each: (not each.is_fooled, each.read == each.label, -each.confidence))
    return {
        "fooled": sum(each.is_fooled for each in shown),
        "drawings": [
            {
                "member": each.member,
                "slot": each.slot,
                "label": each.label,
                "read": each.read,
                "confidence": each.confidence,
                "votes": list(each.votes),
                "class": each.class_reads,
                "fooled": each.is_fooled,
            }
            for each in shown
        ],
    }


def _raced(_activity: Activity, entries: Entries) -> Value:
    racers, runs, waiting = [], {}, 0
    for entry in entries:
        if entry.slot != "run":
            continue
        run = _run(entry.content["run"])
        if run is None or not run.result:
            waiting += 1
            continue
        total = run.recipe.data.test
        correct = round(float(run.result["test_accuracy"]) * total)
        racers.append(results.Racer(entry.member, correct, total))
        runs[entry.member] = run.id
    places = [
        {
            "member": placed.racer.member,
            "run": runs[placed.racer.member],
            "place": placed.place,
            "accuracy": round(placed.racer.accuracy, 4),
            "interval": _rounded(placed.racer.interval),
        }
        for placed in results.ranking(racers)
    ]
    return {"places": places, "waiting": waiting}


def _predicted(activity: Activity, entries: Entries) -> Value:
    curves = {entry.member: entry.content["points"] for entry in entries if entry.slot == "curve"}
    run = _run(str(activity.settings.get("run", "")))
    real = [] if run is None else real_curve(records.history(run), run.recipe)
    guesses = [
        {"member": guess.member, "distance": round(guess.distance, 4)}
        for guess in results.guesses(curves, real)
    ]
    return {
        "run": "" if run is None else run.id,
        "epochs": Recipe.from_link(activity.settings["recipe"]).epochs,
        "real": [[round(part, 5), round(accuracy, 4)] for part, accuracy in real],
        "guesses": guesses,
    }


def real_curve(history: History, recipe: Recipe) -> list[tuple[float, float]]:
    """Return (part of the training, accuracy on training images) after each epoch."""
    return [(epoch.epoch / recipe.epochs, float(epoch.accuracy)) for epoch in history.epochs]


def _answered(activity: Activity, entries: Entries) -> Value:
    settings = activity.settings
    answers = [entry.content["option"] for entry in entries if entry.slot == "answer"]
    found = results.tally(len(settings["options"]), answers, settings["right"])
    return {
        "counts": list(found.counts),
        "given": found.given,
        "right": found.right,
        "correct": found.correct,
    }


def _run(run_id: str) -> Run | None:
    with suppress(StoreError):
        return singletons.store().open(run_id)
    return None


def _rounded(interval: tuple[float, float]) -> list[float]:
    return [round(value, 4) for value in interval]


_RESULTS: Mapping[str, Any] = {
    activities.DRAW: _drawn,
    activities.FOOL: _fooled,
    activities.RACE: _raced,
    activities.PREDICT: _predicted,
    activities.QUESTION: _answered,
}
