"""Draw: the chosen model answers the pad, and nothing breaks on hostile input."""

import gzip
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from model_store.inference.classifier import Classifier
from model_store.recipe.choices import DIGITS
from model_store.recipe.recipe import Hidden, Recipe
from pages.ui.components.answer import answer_card
from pages.ui.frame.model_picker import DRAWING_MODEL
from pages.ui.services import model_cache, singletons
from tests.support.components import component_data, send_event
from tests.support.draw_page import (
    BAR,
    DRAW,
    SEVEN,
    STROKES,
    Visit,
    answers_shown,
    drawn,
    errors,
    expected,
    finished,
    on_canvas,
    shown,
    toggle,
    with_drawing,
)
from tests.support.session import keep


def canvas(at: AppTest) -> dict[str, Any]:
    (data,) = component_data(at, "drawable_canvas")
    return data


def pad(at: AppTest) -> dict[str, Any]:
    (data,) = component_data(at, "pad")
    return data


def test_a_blank_canvas_predicts_nothing_and_says_what_to_do(visit: Visit) -> None:
    at = visit("draw")
    data = shown(at)
    assert data["answer"] == "" and data["probabilities"] == []
    assert data["status"].startswith("Draw a digit")
    assert pad(at)["strokes"] == [] and not pad(at)["unreadable"]


def test_a_drawing_is_answered_by_the_shipped_model() -> None:
    data = shown(with_drawing(SEVEN))
    assert data["answer"] == "7"
    assert data["probabilities"] == pytest.approx(
        expected(singletons.store().open(DRAWING_MODEL), SEVEN), abs=1e-5
    )
    assert data["image"].startswith("data:image/png;base64,")


def test_any_run_with_a_model_can_be_asked_but_the_best_reader_answers_first() -> None:
    old, new = (finished(Recipe(dataset="digits", hidden=(Hidden(8),)), seed) for seed in (1, 2))
    singletons.store().create(Recipe(dataset="digits"), "me")  # no model yet
    assert with_drawing(SEVEN).selectbox[0].value == DRAWING_MODEL
    at = with_drawing(SEVEN, run=old.id)
    assert shown(at)["probabilities"] == pytest.approx(expected(old, SEVEN), abs=1e-5)
    for run in (new, singletons.store().open("starter-mnist"), old):
        at.selectbox[0].set_value(run.id).run()
        assert not at.exception
        assert shown(at)["probabilities"] == pytest.approx(expected(run, SEVEN), abs=1e-5)
        assert run.id in at.query_params["run"]


@pytest.mark.parametrize("run", ["nonsense", "../../etc", "x" * 3000])
def test_a_link_to_no_model_gets_a_sentence_and_an_answer(run: str) -> None:
    at = with_drawing(SEVEN, run=run)
    assert "is not here" in errors(at)
    assert shown(at)["answer"] == "7"


def test_a_stroke_does_not_remount_the_pad() -> None:
    at = with_drawing(SEVEN)
    before = canvas(at)
    send_event(at, "pad", "drawn", drawn(SEVEN, BAR))
    assert canvas(at) == before, "changed arguments would reload the canvas"
    run = singletons.store().open(DRAWING_MODEL)
    assert shown(at)["probabilities"] == pytest.approx(expected(run, SEVEN, BAR), abs=1e-5)


def test_the_pad_can_ask_for_a_fresh_canvas_and_knows_its_answer() -> None:
    at = with_drawing(SEVEN)
    before = pad(at)
    assert before["n"] is None and before["strokes"] == drawn(SEVEN)
    send_event(at, "pad", "mount", {"strokes": drawn(SEVEN, BAR), "n": 12})
    after = pad(at)
    assert after["n"] == 12 and after["version"] != before["version"]
    assert after["strokes"] == drawn(SEVEN, BAR)
    assert canvas(at)["initialDrawing"]["objects"] == on_canvas(SEVEN, BAR)


def test_a_drawing_that_the_browser_posted_is_known_to_the_next_script() -> None:
    at = with_drawing()
    tab = pad(at)["url"].removeprefix("/pad/")
    assert singletons.pad_memory().replace(tab, {"strokes": drawn(SEVEN)})
    at.run()
    assert shown(at)["answer"] == "7"
    singletons.pad_memory().replace(tab, {"strokes": []})
    at.run()
    assert shown(at)["answer"] == ""


def test_the_server_answers_strokes_only_where_a_tab_needs_it(visit: Visit) -> None:
    at = visit("draw", run="starter-mnist")
    assert not pad(at)["server"]
    for label, needed in (
        ("Why", True),
        ("Other models", False),
        ("During training", True),
        ("Fool it", False),
    ):
        at.session_state["explanation_tabs"] = label
        at.run()
        assert pad(at)["server"] is needed


def test_the_answer_can_be_had_in_the_browser_with_the_models_own_weights(visit: Visit) -> None:
    (data,) = answers_shown(visit("draw", run="starter-mnist"), single=True)
    (model,) = data["live"]["models"]
    run_id, digest = model["url"].removeprefix("/models/").removesuffix(".bin").split("/")
    body = model_cache.weights_file(run_id, digest)
    assert body is not None
    network = Classifier.load(singletons.store().open("starter-mnist"))
    numbers = np.frombuffer(gzip.decompress(body), "<f4")
    assert np.array_equal(numbers, np.concatenate([a.ravel() for w in network.weights for a in w]))
    assert [layer["units"] for layer in model["layers"]] == [128, 10]


@pytest.mark.parametrize("event", ["drawn", "mount"])
@pytest.mark.parametrize(
    "value",
    [
        *(None, 5, "x", {}, [1], [[1, 2]], [{"points": 5, "width": 20}], {"strokes": 5, "n": "1"}),
        *([{"points": [[1]], "width": 20}], {"strokes": [{"points": [[1, None]]}], "n": None}),
        *([{"points": [[1, 2]], "width": -1}], [{"points": [[1, 2]], "width": "wide"}]),
    ],
)
def test_what_no_pad_sends_is_a_blank_pad(event: str, value: Any) -> None:
    at = send_event(with_drawing(SEVEN), "pad", event, value)
    assert shown(at)["answer"] == ""
    send_event(at, "pad", "drawn", drawn(SEVEN))
    assert shown(at)["answer"] == "7"


def test_a_drawing_comes_back_to_a_pad_that_was_away() -> None:
    run = finished(Recipe(dataset="digits", hidden=()))
    at = AppTest.from_file(str(DRAW), default_timeout=20)
    at.query_params["run"] = run.id
    keep(at, STROKES, drawn(SEVEN))
    at.run()
    before = shown(at)
    assert before["answer"]
    at.get("button_group")[0].set_value("images").run()
    assert component_data(at, "drawable_canvas") == []
    assert "right" in shown(at)["status"] or "wrong, it is" in shown(at)["status"]
    at.get("button_group")[0].set_value("drawing").run()
    assert canvas(at)["initialDrawing"]["objects"] == on_canvas(SEVEN)
    assert shown(at) == before


def test_test_images_are_stepped_through_with_their_labels() -> None:
    run = finished(Recipe(dataset="digits", hidden=()))
    at = with_drawing(run=run.id)
    at.get("button_group")[0].set_value("images").run()
    data = singletons.dataset("digits")
    at.number_input[0].set_value(len(data.x_test) - 1).run()
    shares = Classifier.load(run).probabilities(data.x_test[-1])
    assert shown(at)["probabilities"] == pytest.approx([float(p) for p in shares], abs=1e-5)
    best, truth = int(shares.argmax()), int(data.y_test[-1])
    assert ("right" if best == truth else f"it is {truth}") in shown(at)["status"]


def test_a_clothing_model_has_no_pad_and_says_how_to_get_its_images(visit: Visit) -> None:
    at = visit("draw", run="starter-fashion-mnist")
    assert component_data(at, "drawable_canvas") == []
    assert "test images are not on this computer" in errors(at)
    assert at.get("page_link")


@pytest.mark.realdata
def test_a_clothing_model_is_asked_about_its_test_images(visit: Visit) -> None:
    data = shown(visit("draw", run="starter-fashion-mnist"))
    assert data["answer"] == "Ankle boot" and data["status"].endswith("right")


def test_damaged_weights_are_a_sentence() -> None:
    run = finished(Recipe(dataset="digits", hidden=()))
    (run.folder / "weights.npz").write_bytes(b"gone")
    at = with_drawing(SEVEN, run=run.id)
    assert "cannot be used" in errors(at) and "Choose another one" in errors(at)
    at.selectbox[0].set_value("starter-mnist").run()
    assert not at.exception and errors(at) == ""
    assert shown(at)["status"]


@pytest.mark.parametrize("far", [1e9, -2e4])
def test_a_drawing_beyond_all_bounds_is_a_sentence_and_can_be_cleared(far: float) -> None:
    at = with_drawing([(far, 10.0), (20.0, 20.0)])
    assert "cannot be read" in errors(at)
    assert pad(at)["strokes"] == [] and pad(at)["unreadable"]
    send_event(at, "pad", "mount", {"strokes": [], "n": 1})
    assert errors(at) == "" and shown(at)["answer"] == ""
    assert not pad(at)["unreadable"]


@pytest.mark.parametrize(
    "value",
    [
        *(None, {}, 5, [1], {"drawing": None}, {"drawing": 5}, {"drawing": [1]}),
        *({"drawing": {"data": None}}, {"drawing": {"raw": None}}, {"drawing": {"raw": "x"}}),
        *({"drawing": {"raw": {"objects": 5}}}, {"drawing": {"raw": 7}, "backgroundFit": 5}),
    ],
)
def test_a_state_that_no_canvas_sends_is_a_blank_pad(value: Any) -> None:
    at = AppTest.from_file(str(DRAW), default_timeout=20)
    at.session_state["lab_pad_0"] = value
    at.run()
    assert not at.exception, at.exception
    assert shown(at)["answer"] == ""
    assert pad(at)["strokes"] == []


def test_a_wrong_answer_names_the_right_one() -> None:
    shares = np.full(10, 0.02, np.float32)
    shares[4] = 0.82
    status = answer_card(shares, DIGITS, truth="9")["status"]
    assert status == "with 82.0 %: wrong, it is 9"
    assert answer_card(shares, DIGITS, truth="4")["status"] == "with 82.0 %: right"


def test_another_session_of_the_browser_finds_the_drawing_and_the_pen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pages.ui.state.visitor.visitor_id", lambda: "me")
    at = with_drawing(SEVEN, run="starter-mnist")
    send_event(at, "pad", "pen", "thick")
    send_event(at, "pad", "paper", "light")
    again = AppTest.from_file(str(DRAW), default_timeout=20).run()
    assert shown(again)["answer"] == "7"
    data = canvas(again)
    assert (data["strokeWidth"], data["strokeColor"]) == (32, "#000000")
    assert data["backgroundColor"] == "#ffffff"
    send_event(again, "pad", "drawn", [])
    assert shown(AppTest.from_file(str(DRAW), default_timeout=20).run())["answer"] == ""
    monkeypatch.setattr("pages.ui.state.visitor.visitor_id", lambda: "somebody else")
    assert shown(AppTest.from_file(str(DRAW), default_timeout=20).run())["answer"] == ""


def test_the_choice_of_a_pen_leaves_the_pad_where_it_is() -> None:
    at = with_drawing(SEVEN)
    before = canvas(at)
    send_event(at, "pad", "pen", "thin")
    assert canvas(at) == before | {"strokeWidth": 10}
    assert [choice["chosen"] for choice in pad(at)["choices"]] == ["thin", "dark"]


@pytest.mark.parametrize("event", ["pen", "paper"])
@pytest.mark.parametrize("value", ["broad", "", None, 3, ["thin"]])
def test_what_is_no_pen_and_no_paper_changes_nothing(event: str, value: object) -> None:
    at = with_drawing(SEVEN)
    before = canvas(at)
    send_event(at, "pad", event, value)
    assert canvas(at) == before


def test_other_paper_turns_the_ink_and_changes_no_answer() -> None:
    at = with_drawing(SEVEN, BAR)
    before = shown(at)
    send_event(at, "pad", "paper", "light")
    assert {o["stroke"] for o in canvas(at)["initialDrawing"]["objects"]} == {"#000000"}
    assert shown(at) == before
    toggle(at, "evened")
    assert shown(at)["probabilities"] != before["probabilities"], "the network sees light paper"
