"""Kinds of activities: what a teacher may set, and what a member may give."""

from typing import Any

import pytest

from model_store.classroom import activities
from model_store.classroom.activities import ActivityError, checked_entry, checked_settings
from model_store.classroom.drawing import MAX_POINTS, DrawingError
from model_store.storage.errors import StoreError

STROKES = [{"points": [[10, 20], [30, 40]], "width": 20}]
DRAWING = {"label": 3, "strokes": STROKES}
RECIPE = '{"dataset":"digits","epochs":4}'


@pytest.mark.parametrize(
    ("kind", "raw", "kept"),
    [
        ("draw", {}, {"digit": None, "count": 3, "model": ""}),
        ("draw", {"digit": 0, "count": 10, "x": 1}, {"digit": 0, "count": 10, "model": ""}),
        ("fool", {"votes": True, "model": "m"}, {"count": 1, "votes": True, "model": "m"}),
        ("race", {}, {"dataset": "digits", "epochs": 20}),
        ("predict", {"recipe": RECIPE, "run": "x"}, {"recipe": RECIPE, "run": ""}),
        ("follow", {"path": "/learn?lesson=softmax"}, {"path": "/learn?lesson=softmax"}),
        (
            "question",
            {"text": " a  b ", "options": ["x", "", "y"], "right": 1},
            {"text": "a b", "options": ["x", "y"], "right": 1},
        ),
    ],
)
def test_settings_are_kept(kind: str, raw: dict[str, Any], kept: dict[str, Any]) -> None:
    assert checked_settings(kind, raw) == kept


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("none", {}),
        *(("draw", {"digit": digit}) for digit in (10, -1, "3", True, 3.0)),
        *(("draw", {"count": count}) for count in (0, 11, None, "3")),
        *(("fool", {"model": model}) for model in (None, 3, ["m"], "m" * 201, "\ud800")),
        *(("race", {"dataset": name}) for name in ("none", None, ["digits"])),
        *(("race", {"epochs": epochs}) for epochs in (0, 10_000, 1.5)),
        *(("predict", {"recipe": link}) for link in ("", "[", "[]", '{"epochs":0}')),
        ("question", {"text": "", "options": ["a", "b"]}),
        ("question", {"text": "a", "options": ["a"]}),
        ("question", {"text": "a", "options": "ab"}),
        ("question", {"text": "a", "options": list("123456789")}),
        ("question", {"text": "a", "options": ["a", "b"], "right": 2}),
        *(
            ("follow", {"path": path})
            for path in ("", "learn", "//other.org", "https://other.org", "/\\other.org", None)
        ),
        ("follow", {"path": "/" + "a" * 3000}),
    ],
)
def test_settings_are_refused(kind: str, raw: dict[str, Any]) -> None:
    with pytest.raises(ActivityError):
        checked_settings(kind, raw)


def entry(kind: str, settings: dict[str, Any], slot: str, content: Any) -> dict[str, Any]:
    return checked_entry(kind, checked_settings(kind, settings), slot, content)


def test_a_drawing_is_kept_without_a_time() -> None:
    found = entry("draw", {"digit": 3}, "2", {**DRAWING, "time": 7, "owner": "x"})
    points = ((10.0, 20.0), (30.0, 40.0))
    assert found["label"] == 3 and found["time"] == 0
    assert found["strokes"][0]["points"] == points and "owner" not in found


@pytest.mark.parametrize("slot", ["3", "00", "-1", "", "²", "1 ", "vote-00000000-0", "9" * 5000])
def test_a_drawing_has_no_such_slot(slot: str) -> None:
    with pytest.raises(ActivityError):
        entry("draw", {}, slot, DRAWING)


@pytest.mark.parametrize(
    "content",
    [
        *(None, [], {}, {"label": 3}, {**DRAWING, "label": 4}, {**DRAWING, "strokes": []}),
        {**DRAWING, "strokes": [{"points": [[float("nan"), 1]], "width": 20}]},
        {**DRAWING, "strokes": [{"points": [[1, 1]] * (MAX_POINTS + 1), "width": 20}]},
        {"label": 3, "pixels": "/w" * 522 + "=="},
    ],
)
def test_no_drawing_of_the_digit_is_refused(content: Any) -> None:
    with pytest.raises((ActivityError, DrawingError)):
        entry("draw", {"digit": 3}, "0", content)


def test_while_people_vote_nobody_draws() -> None:
    slot = activities.vote_slot("0123abcd", "0")
    assert entry("fool", {}, "0", DRAWING)["label"] == 3
    assert entry("fool", {"votes": True}, slot, {"digit": 7}) == {"digit": 7}
    for settings, given, content in (
        ({}, slot, {"digit": 7}),
        ({"votes": True}, "0", DRAWING),
        ({"votes": True}, slot, {"digit": 10}),
        ({"votes": True}, "vote-0-0", {"digit": 1}),
        ({"votes": True}, f"{slot}0", {"digit": 1}),
    ):
        with pytest.raises(ActivityError):
            entry("fool", settings, given, content)


def test_racers_choose_only_what_is_theirs() -> None:
    chosen = {"hidden": [{"units": 8}], "epochs": 99, "dataset": "mnist", "name": "x"}
    found = entry("race", {"epochs": 2}, "run", {"run": "id", "settings": chosen})
    assert found["settings"]["hidden"][0]["units"] == 8
    assert set(found["settings"]) == set(activities.RACED)
    recipe = activities.race_recipe({"dataset": "digits", "epochs": 2}, chosen)
    assert (recipe.dataset, recipe.epochs, recipe.name) == ("digits", 2, "")


@pytest.mark.parametrize(
    "chosen",
    [
        *({"hidden": 5}, {"hidden": [5]}, {"hidden": [{"units": 0}]}, {"learning_rate": "x"}),
        *({"batch_size": 10**9}, {"optimizer": ["adam"]}, {"hidden": [{"units": 8}] * 99}),
    ],
)
def test_a_network_that_cannot_be_trained_is_refused(chosen: dict[str, Any]) -> None:
    with pytest.raises(StoreError):
        entry("race", {}, "run", {"run": "", "settings": chosen})


def test_a_curve_stays_as_it_is_once_the_training_has_begun() -> None:
    settings = checked_settings("predict", {"recipe": RECIPE})
    curve = {"points": [0, 0.123456, 1]}
    assert checked_entry("predict", settings, "curve", curve) == {"points": [0, 0.1235, 1]}
    with pytest.raises(ActivityError, match="begun"):
        checked_entry("predict", {**settings, "run": "id"}, "curve", curve)


@pytest.mark.parametrize(
    "points", [None, [], [0.5], [0, 1.01], [0, float("nan")], [0, None], [0, True], [0.5] * 61]
)
def test_no_curve_is_refused(points: Any) -> None:
    with pytest.raises(ActivityError):
        entry("predict", {"recipe": RECIPE}, "curve", {"points": points})


def test_nothing_is_given_to_a_page() -> None:
    with pytest.raises(ActivityError):
        entry("follow", {"path": "/learn"}, "answer", {"option": 0})
