"""Kinds of activities of a class: their settings and what members give to them, checked. Pure.

Settings, then what members give, by slot:

- draw: `digit` (0 to 9; None: each member has another), `count` (1 to 10), `model` (id of the run
  that reads the drawings; "": the built-in one); "0", "1", ...: `label`, `strokes`, `ink` of a
  `Drawing`.
- fool: `count`, `model`, `votes` (True while members say what they read, and draw no more);
  "0", ...: a drawing; "vote-MEMBER-SLOT": `digit`.
- race: `dataset`, `own` (describes an own data set), `epochs`; "run": `settings` that the racer
  chose, and `run` (its id).
- predict: `recipe` (a link), `run` (its id, "" before; then nothing is taken any more);
  "curve": `points`, accuracies in [0, 1] at equal distances, from before the first epoch to the
  end of the last.
- question: `text`, `options`, `right` (a place; None: there is no right one);
  "answer": `option` (a place).
- follow: `path`; nothing is given.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from model_store.classroom.drawing import Drawing
from model_store.recipe import own_data
from model_store.recipe.choices import CLASSES, DATASETS
from model_store.recipe.recipe import Recipe, RecipeError
from model_store.recipe.text import one_line, text_problem
from model_store.recipe.validation import MAX_EPOCHS, is_number, is_whole
from model_store.storage.errors import StoreError
from model_store.text import N_, _

DRAW, FOOL, RACE, PREDICT, QUESTION, FOLLOW = (
    *("draw", "fool", "race", "predict"),
    *("question", "follow"),
)
KINDS: Mapping[str, str] = {
    DRAW: N_("Draw this"),
    FOOL: N_("Fool the network"),
    RACE: N_("Race"),
    PREDICT: N_("Predict the curve"),
    QUESTION: N_("Question"),
    FOLLOW: N_("Follow me"),
}
READ = (DRAW, FOOL)  # a network reads what members draw
LATE = 5.0  # seconds in which a drawing still counts: phones send it when they hear of the end
MAX_ID = 200  # characters
MAX_TEXT = 300  # characters of a question
MAX_OPTIONS = 8
MAX_OPTION = 120  # characters
MAX_PATH = 2000
MOST_DRAWINGS = 10
MOST_POINTS = 60  # of a predicted curve
_VOTE = re.compile(r"vote-[0-9a-f]{8}-[0-9]")
# What a racer may choose, beside what the teacher has set for all.
RACED = ("hidden", "learning_rate", "batch_size", "optimizer")


class ActivityError(StoreError):
    """Settings or an entry that an activity refuses; the message is a sentence for a person."""


def checked_settings(kind: str, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of an activity in plain JSON types.

    Raises:
        ActivityError: if there is no such kind, or a setting is not allowed.
    """
    check = _SETTINGS.get(kind)
    if check is None:
        raise ActivityError(_("There is no such activity."))
    return check(raw)


def checked_entry(
    kind: str, settings: Mapping[str, Any], slot: str, content: object
) -> dict[str, Any]:
    """Return what a member gives to an activity, in plain JSON types.

    Raises:
        ActivityError, DrawingError: if it is none of that kind.
    """
    check = _ENTRIES.get(kind)
    if check is None or not isinstance(content, Mapping):
        raise _refused()
    return check(settings, slot, content)


def race_recipe(settings: Mapping[str, Any], raw: Mapping[str, Any]) -> Recipe:
    """Return the recipe of a racer: data set and epochs are the same for all.

    Raises:
        RecipeError: if it cannot be trained.
    """
    chosen = {name: raw[name] for name in RACED if name in raw}
    same = {name: settings[name] for name in ("dataset", "own", "epochs") if name in settings}
    return Recipe.from_dict({**chosen, **same, "validation": "none"})


def vote_slot(member: str, slot: str) -> str:
    """Return the slot of a vote on a member's drawing."""
    return f"vote-{member}-{slot}"


def is_drawing(kind: str, slot: str) -> bool:
    """True for a slot of an activity in which members draw."""
    return kind in READ and slot.isdecimal()


def is_vote_slot(slot: str) -> bool:
    """True for a `vote_slot`."""
    return _VOTE.fullmatch(slot) is not None


def _refused() -> ActivityError:
    return ActivityError(_("This does not belong to the activity that is open now."))


def _draw_settings(raw: Mapping[str, Any]) -> dict[str, Any]:
    digit, count = raw.get("digit"), raw.get("count", 3)
    if digit is not None and not is_whole(digit, 0, CLASSES - 1):
        raise ActivityError(_("The label must be a digit from 0 to 9."))
    if not is_whole(count, 1, MOST_DRAWINGS):
        raise ActivityError(_("Each person draws 1 to {n} digits.").format(n=MOST_DRAWINGS))
    return {"digit": digit, "count": count, "model": _model(raw)}


def _fool_settings(raw: Mapping[str, Any]) -> dict[str, Any]:
    count = raw.get("count", 1)
    if not is_whole(count, 1, MOST_DRAWINGS):
        raise ActivityError(_("Each person draws 1 to {n} digits.").format(n=MOST_DRAWINGS))
    return {"count": count, "votes": bool(raw.get("votes")), "model": _model(raw)}


def _model(raw: Mapping[str, Any]) -> str:
    model = raw.get("model", "")
    if not isinstance(model, str) or len(model) > MAX_ID or text_problem(model):
        raise ActivityError(_("There is no such model."))
    return model


def _race_settings(raw: Mapping[str, Any]) -> dict[str, Any]:
    dataset, epochs = raw.get("dataset", "digits"), raw.get("epochs", 20)
    own = own_data.from_dict(raw.get("own"))
    if any(own_data.problems(dataset, own)):
        raise ActivityError(_("There is no such data set."))
    if not is_whole(epochs, 1, MAX_EPOCHS):
        raise ActivityError(_("A race has 1 to {n} epochs.").format(n=MAX_EPOCHS))
    described = {} if dataset in DATASETS or own is None else {"own": own_data.to_dict(own)}
    return {"dataset": dataset, **described, "epochs": epochs}


def _predict_settings(raw: Mapping[str, Any]) -> dict[str, Any]:
    try:
        link = Recipe.from_link(str(raw.get("recipe", ""))).to_link()
    except RecipeError as error:
        raise ActivityError(str(error)) from None
    return {"recipe": link, "run": ""}


def _question_settings(raw: Mapping[str, Any]) -> dict[str, Any]:
    text = _text(raw.get("text"), MAX_TEXT)
    options = raw.get("options")
    if not isinstance(options, Sequence) or isinstance(options, str):
        options = ()
    kept = [found for option in options if (found := _text(option, MAX_OPTION))]
    right = raw.get("right")
    if not text or not 2 <= len(kept) <= MAX_OPTIONS:
        raise ActivityError(
            _("A question needs a text and 2 to {n} answers.").format(n=MAX_OPTIONS)
        )
    if right is not None and not is_whole(right, 0, len(kept) - 1):
        raise ActivityError(_("The right answer must be one of the answers."))
    return {"text": text, "options": kept, "right": right}


def _follow_settings(raw: Mapping[str, Any]) -> dict[str, Any]:
    path = raw.get("path")
    if not isinstance(path, str) or not path.startswith("/") or path.startswith("//"):
        raise ActivityError(_("Choose a page of this app."))
    if len(path) > MAX_PATH or text_problem(path) or "\\" in path:
        raise ActivityError(_("Choose a page of this app."))
    return {"path": path}


def _drawing(settings: Mapping[str, Any], slot: str, content: Mapping[str, Any]) -> dict[str, Any]:
    if slot not in map(str, range(settings["count"])):
        raise _refused()
    drawing = Drawing.from_dict({**content, "time": 0})
    if drawing.pixels or settings.get("digit") not in (None, drawing.label):
        raise _refused()
    return drawing.to_dict()


def _fool(settings: Mapping[str, Any], slot: str, content: Mapping[str, Any]) -> dict[str, Any]:
    is_vote = slot.startswith("vote-")
    if settings["votes"] and not is_vote:
        raise ActivityError(_("The vote has begun. This drawing came too late and does not count."))
    if is_vote is not settings["votes"]:
        raise _refused()
    if not is_vote:
        return _drawing(settings, slot, content)
    if not is_vote_slot(slot) or not is_whole(content.get("digit"), 0, CLASSES - 1):
        raise _refused()
    return {"digit": content["digit"]}


def _race(settings: Mapping[str, Any], slot: str, content: Mapping[str, Any]) -> dict[str, Any]:
    run, chosen = content.get("run"), content.get("settings")
    if slot != "run" or not isinstance(run, str) or len(run) > MAX_ID:
        raise _refused()
    if not isinstance(chosen, Mapping):
        raise _refused()
    try:
        recipe = race_recipe(settings, chosen)
    except RecipeError as error:
        raise ActivityError(str(error)) from None
    return {"run": run, "settings": {name: recipe.to_dict()[name] for name in RACED}}


def _predict(settings: Mapping[str, Any], slot: str, content: Mapping[str, Any]) -> dict[str, Any]:
    points = content.get("points")
    if settings["run"]:
        raise ActivityError(_("The training has begun: the predictions stay as they are."))
    if slot != "curve" or not isinstance(points, list) or not 2 <= len(points) <= MOST_POINTS:
        raise _refused()
    if not all(is_number(point, 0, 1) for point in points):
        raise _refused()
    return {"points": [round(float(point), 4) for point in points]}


def _answer(settings: Mapping[str, Any], slot: str, content: Mapping[str, Any]) -> dict[str, Any]:
    option = content.get("option")
    if slot != "answer" or not is_whole(option, 0, len(settings["options"]) - 1):
        raise _refused()
    return {"option": option}


def _text(value: object, longest: int) -> str:
    return "" if not isinstance(value, str) or text_problem(value) else one_line(value)[:longest]


_SETTINGS: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    DRAW: _draw_settings,
    FOOL: _fool_settings,
    RACE: _race_settings,
    PREDICT: _predict_settings,
    QUESTION: _question_settings,
    FOLLOW: _follow_settings,
}
_ENTRIES: Mapping[str, Callable[[Mapping[str, Any], str, Mapping[str, Any]], dict[str, Any]]] = {
    DRAW: _drawing,
    FOOL: _fool,
    RACE: _race,
    PREDICT: _predict,
    QUESTION: _answer,
}
