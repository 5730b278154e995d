"""Labels on the Draw page: they add class drawings, and Undo removes them."""

import base64
import io
import time
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from pages.ui.services import model_cache, singletons
from tests.support.components import component_data, send_event
from tests.support.draw_page import BAR, DRAW, SEVEN, drawn, kept, shown, toggle, with_drawing
from tests.support.drawings import seven
from tests.support.page_text import errors, words
from tests.support.session import keep
from training.images.drawing_images import prepared_image
from training.images.photo import read_photo

SHIPPED = {"run": "starter-mnist"}
ME, OTHER = "me", "somebody else"


@pytest.fixture(autouse=True)
def visitor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.ui.state.visitor.visitor_id", lambda: ME)


def keys(at: AppTest) -> dict[str, Any]:
    """Return the data of the ten buttons that label a drawing."""
    (data,) = component_data(at, "label_buttons")
    return data


def press(at: AppTest, digit: object) -> None:
    send_event(at, "label_buttons", "label", digit)


def test_a_blank_pad_has_nothing_to_label() -> None:
    at = with_drawing(**SHIPPED)
    assert keys(at)["disabled"]
    assert "class drawings" not in words(at), "no figure of no drawings"


def test_a_label_adds_the_drawing_clears_the_pad_and_asks_the_model() -> None:
    at = with_drawing(SEVEN, **SHIPPED)
    data = keys(at)
    assert data["names"] == list("0123456789") and not data["disabled"]
    assert (data["chosen"], data["added"]) == (None, None)
    press(at, 7)
    assert kept() == [(7, ME)]
    added = keys(at)["added"]
    assert (added["text"], added["mine"]) == ("Added as a 7", True)
    assert added["image"].startswith("data:image/png")
    assert keys(at)["disabled"] and shown(at)["answer"] == ""
    assert "MNIST MLP 128, augmented: MNIST 98.9 %, class drawings 100.0 % (1 of 1)" in words(at)


def test_the_added_drawing_has_the_strokes_of_the_pad() -> None:
    at = with_drawing(SEVEN, BAR, **SHIPPED)
    press(at, 7)
    (drawing,) = singletons.class_drawings().all().drawings
    assert [stroke.width for stroke in drawing.strokes] == [20, 20]
    assert drawing.strokes[0].points == tuple(SEVEN)
    assert (drawing.ink, drawing.owner) == ("light", ME)
    assert time.time() - drawing.time < 60


def test_undo_removes_the_drawing_and_puts_it_back_on_the_pad() -> None:
    at = with_drawing(SEVEN, **SHIPPED)
    press(at, 1)
    send_event(at, "label_buttons", "undo", True)
    assert kept() == [] and shown(at)["answer"] == "7"
    assert keys(at)["added"] is None
    press(at, 7)
    assert kept() == [(7, ME)]


def test_undo_after_the_next_stroke_leaves_that_on_the_pad() -> None:
    at = with_drawing(SEVEN, **SHIPPED)
    press(at, 7)
    send_event(at, "pad", "mount", {"strokes": drawn([(90, 132), (190, 132)]), "n": 1})
    before = shown(at)
    assert keys(at)["added"]["text"] == "Added as a 7" and before["answer"]
    send_event(at, "label_buttons", "undo", True)
    assert kept() == [] and shown(at) == before


def test_steps_that_are_switched_off_do_not_change_the_test() -> None:
    at = with_drawing(SEVEN, **SHIPPED)
    press(at, 7)
    before = model_cache.drawing_results(singletons.store().open("starter-mnist"))
    toggle(at, "evened")
    assert model_cache.drawing_results(singletons.store().open("starter-mnist")) is before


@pytest.mark.parametrize("value", [10, -1, "7", None, 7.5, [7]])
def test_what_is_no_digit_labels_nothing(value: object) -> None:
    press(with_drawing(SEVEN, **SHIPPED), value)
    assert kept() == []


def test_the_same_drawing_of_somebody_else_is_a_sentence_and_stays_on_the_pad() -> None:
    at = with_drawing(SEVEN, **SHIPPED)
    press(at, 7)
    (mine,) = singletons.class_drawings().all().drawings
    singletons.class_drawings().remove(mine.id, ME)
    singletons.class_drawings().add(mine.labelled(4, OTHER))
    at = with_drawing(SEVEN, **SHIPPED)
    assert not keys(at)["added"]["mine"]
    press(at, 7)
    assert "Someone else gave this drawing another label: 4." in errors(at)
    assert kept() == [(4, OTHER)] and shown(at)["answer"] == "7"
    send_event(at, "label_buttons", "undo", True)
    assert kept() == [(4, OTHER)], "only the owner can remove it"


def test_a_drawing_of_endless_strokes_cannot_join_and_is_still_read() -> None:
    at = with_drawing(*[SEVEN] * 300, **SHIPPED)
    assert "cannot join the class drawings" in errors(at) and shown(at)["answer"]


def test_dark_ink_is_noted() -> None:
    at = send_event(with_drawing(SEVEN, **SHIPPED), "pad", "paper", "light")
    press(at, 7)
    assert singletons.class_drawings().all().drawings[0].ink == "dark"


def test_a_photo_joins_as_the_picture_that_the_network_saw(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = prepared_image(seven())
    at = AppTest.from_file(str(DRAW), default_timeout=20)
    at.query_params["run"] = "starter-mnist"
    at.run()
    at.get("button_group")[0].set_value("photo").run()
    assert component_data(at, "label_buttons") == [], "no photo yet"
    grey = np.repeat(np.repeat(255 - seen, 8, 0), 8, 1)
    file = io.BytesIO()
    Image.fromarray(grey).save(file, "PNG")
    keep(at, "lab_photo", ("", read_photo(file.getvalue())))
    at.run()
    press(at, 7)
    assert not at.exception
    (drawing,) = singletons.class_drawings().all().drawings
    assert (drawing.label, drawing.owner, drawing.strokes) == (7, ME, ())
    png = base64.b64decode(shown(at)["image"].partition(",")[2])
    assert np.array_equal(prepared_image(drawing), np.asarray(Image.open(io.BytesIO(png))))
    toggle(at, "evened")
    assert component_data(at, "label_buttons") == []
    assert "Switch all steps on" in words(at)
