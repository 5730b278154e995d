"""The class's own test: a key labels a drawing, every model is asked, files come and go."""

from __future__ import annotations

import base64
import io
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from model_store import Run
from model_store.analysis.run_query import Column, sort_runs
from model_store.classroom.drawing import Drawing, Stroke
from model_store.inference.classifier import Classifier
from model_store.recipe.recipe import Hidden, Recipe
from model_store.runs.provenance import Provenance
from pages.ui.evaluate import drawings_files
from pages.ui.evaluate.drawings_view import PER_PAGE, caption, shown_positions
from pages.ui.figures import theme
from pages.ui.services import model_cache, record_cache, singletons
from tests.support.components import component_data, send_event
from tests.support.draw_page import (
    BAR,
    DRAW,
    SEVEN,
    Visit,
    errors,
    finished,
    shown,
    toggle,
    with_drawing,
)
from training.images import drawing_files
from training.images.drawing_files import prepared_image, to_json, to_zip
from training.images.photo import read_photo

SMALL = Recipe(dataset="digits", hidden=(Hidden(6, "relu"),))
SHIPPED = {"run": "starter-mnist"}
ME, OTHER = "me", "somebody else"


@pytest.fixture(autouse=True)
def i_am_me(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.ui.state.visitor.visitor_id", lambda: ME)


def some(count: int, owner: str = OTHER, label: int = 7) -> list[Drawing]:
    """Drawings of sevens, each a little different."""
    return [
        Drawing(label, (Stroke(((60.0 + 2 * i, 70.0), *SEVEN[1:]), 20),), owner=owner, time=1.0 + i)
        for i in range(count)
    ]


def keys(at: AppTest) -> dict[str, Any]:
    """What the ten buttons that label a drawing show."""
    (data,) = component_data(at, "label_buttons")
    return data


def press(at: AppTest, digit: object) -> None:
    send_event(at, "label_buttons", "label", digit)


def kept() -> list[tuple[int, str]]:
    return [
        (drawing.label, drawing.owner) for drawing in singletons.class_drawings().all().drawings
    ]


def words(at: AppTest) -> str:
    """All sentences, as they are read."""
    said = [element.value for element in [*at.markdown, *at.caption, *at.info]]
    return " ".join(said).replace("\\", "")


def cards(at: AppTest) -> list[str]:
    return [h.proto.body for h in at.get("html") if "lab-class-drawing" in h.proto.body]


# -- on the page Draw ----------------------------------------------------------------------------


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
    assert "MNIST MLP 128: MNIST 97.9 %, class drawings 100.0 % (1 of 1)" in words(at)


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
    send_event(at, "pad_keyboard", "stroke", [[90, 132], [190, 132]])
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
    at = send_event(with_drawing(SEVEN, **SHIPPED), "pad_controls", "paper", "light")
    press(at, 7)
    assert singletons.class_drawings().all().drawings[0].ink == "dark"


# -- on the page Evaluate ------------------------------------------------------------------------


def test_without_drawings_it_says_how_they_come(visit: Visit) -> None:
    at = visit("evaluate", run="starter-mnist", view="drawings")
    assert any("No drawings yet" in h.proto.body for h in at.get("html"))
    assert cards(at) == []


def test_every_run_has_its_figure_on_the_drawings(visit: Visit) -> None:
    singletons.class_drawings().add_all([*some(9), some(10, label=1)[9]])
    run = finished(SMALL)
    at = visit("evaluate", run="starter-mnist", view="drawings")
    metrics = {m.label: m.value for m in at.metric}
    assert metrics["Class drawings"] == "90.0 %" and metrics["MNIST"] == "97.9 %"
    assert (metrics["Drawings"], metrics["Mistakes"]) == ("10", "1")
    assert "too few drawings to see a difference" in words(at)
    table = at.table[0].value
    assert table["class drawings"].tolist()[0] == "90.0 % (9 of 10)"
    assert set(table["learned from"]) == {"MNIST", "Digits (offline)"}, "no model of clothing"
    images = np.stack([prepared_image(d) for d in singletons.class_drawings().all().drawings])
    right = (Classifier.load(run).probabilities(images).argmax(axis=1) == [*[7] * 9, 1]).sum()
    assert f"({right} of 10)" in table["class drawings"].tolist()[-1]
    figures = visit("evaluate", run=run.id)
    assert f"{10 * right}.0 %" in [m.value for m in figures.metric if m.label == "Class drawings"]


def test_mistakes_can_be_looked_at(visit: Visit) -> None:
    singletons.class_drawings().add_all([*some(3), some(4, label=1)[3]])
    at = visit("evaluate", run="starter-mnist", view="drawings")
    assert len(cards(at)) == 4
    at.get("button_group")[1].set_value("wrong").run()
    (card,) = cards(at)
    assert "1, read as 7" in card and 'data-right="false"' in card
    at.get("button_group")[1].set_value("mine").run()
    assert cards(at) == [] and "None of them is yours" in words(at)


def test_only_its_maker_finds_a_button_that_removes_it(visit: Visit) -> None:
    singletons.class_drawings().add_all([*some(2), *some(3, ME)[2:]])
    mine = next(d for d in singletons.class_drawings().all().drawings if d.owner == ME)
    at = visit("evaluate", run="starter-mnist", view="drawings")
    assert [b.key for b in at.button if b.key and b.key.startswith("remove_")] == [
        f"remove_{mine.id}"
    ]
    at.button(key=f"remove_{mine.id}").click().run()
    assert not at.exception
    assert kept() == [(7, OTHER)] * 2 and len(cards(at)) == 2


def test_many_are_paged_the_last_drawn_first(visit: Visit) -> None:
    singletons.class_drawings().add_all(some(PER_PAGE + 3))
    at = visit("evaluate", run="starter-mnist", view="drawings")
    assert len(cards(at)) == PER_PAGE
    answers = model_cache.drawing_results(singletons.store().open("starter-mnist"))
    assert answers is not None
    assert shown_positions(answers, "all", ME).tolist() == list(range(PER_PAGE + 3))[::-1]
    assert caption(answers, 0).startswith("7, correct (")


def test_a_model_of_clothing_is_not_asked(visit: Visit) -> None:
    singletons.class_drawings().add_all(some(1))
    at = visit("evaluate", run="starter-fashion-mnist", view="drawings")
    assert "knows clothing" in words(at) and not errors(at)


# -- files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("write", [to_json, to_zip])
def test_a_set_is_loaded_and_is_the_loaders(write: Callable[[list[Drawing]], bytes]) -> None:
    given = some(4)
    assert drawings_files.add_drawings(write(given)) == (
        "Added: 4. Already there: 0.",
        "",
    )
    assert kept() == [(7, ME)] * 4
    images = drawing_files.prepared_images(singletons.class_drawings().all().drawings)
    assert {i.tobytes() for i in images} == {prepared_image(d).tobytes() for d in given}
    told, _refused = drawings_files.add_drawings(to_json(given))
    assert len(kept()) == (4 if write is to_json else 8)
    assert told.startswith("Added: 0." if write is to_json else "Added: 4.")


def test_a_hostile_file_changes_nothing(visit: Visit) -> None:
    for content in (b"{}", b"PK\x03\x04", b"\x00" * 100, b'{"drawings": [1]}'):
        told, refused = drawings_files.add_drawings(content)
        assert told == "" and refused.endswith(".")
    assert kept() == []
    at = visit("evaluate", run="starter-mnist", view="drawings")
    at.session_state["lab_loaded"] = ("", "The file has no drawings of this app.")
    at.run()
    assert "has no drawings of this app" in errors(at)
    at.run()
    assert errors(at) == ""


def test_the_downloads_are_there_and_name_nobody(visit: Visit) -> None:
    singletons.class_drawings().add_all(some(3))
    at = visit("evaluate", run="starter-mnist", view="drawings")
    assert [b.proto.label for b in at.get("download_button")] == [
        "Strokes (JSON)",
        "Pictures (PNG in a ZIP)",
    ]
    assert singletons.class_drawings().all().hash[:12] in words(at)


# -- photos, and the table of runs ---------------------------------------------------------------


def test_a_photo_joins_as_the_picture_that_the_network_saw(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = prepared_image(some(1)[0])
    at = AppTest.from_file(str(DRAW), default_timeout=20)
    at.query_params["run"] = "starter-mnist"
    at.run()
    at.get("button_group")[0].set_value("photo").run()
    assert component_data(at, "label_buttons") == [], "no photo yet"
    grey = np.repeat(np.repeat(255 - seen, 8, 0), 8, 1)
    file = io.BytesIO()
    Image.fromarray(grey).save(file, "PNG")
    at.session_state["lab_photo"] = ("", read_photo(file.getvalue()))
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


def test_the_table_of_runs_has_a_column_once_there_are_drawings(visit: Visit) -> None:
    run = finished(SMALL)
    (table,) = component_data(visit("compare"), "run_table")
    assert "ours" not in [column["key"] for column in table["columns"]]
    singletons.class_drawings().add_all(some(8))
    (table,) = component_data(visit("compare", sort="ours"), "run_table")
    heads = [column["key"] for column in table["columns"]]
    assert heads.index("ours") == heads.index("test") + 1
    answers = model_cache.drawing_results(run)
    assert answers is not None
    cells = {row["id"]: row["cells"]["ours"]["text"] for row in table["rows"]}
    assert cells[run.id] == theme.percent(answers.evaluation.accuracy)
    assert cells["starter-mnist"] == "100.0 %"
    assert cells["starter-fashion-mnist"] == "–"
    by_ours = sort_runs(
        singletons.store().list(),
        Column.OURS,
        True,
        record_cache.scores,
        model_cache.drawing_accuracy,
    )
    assert by_ours[-1].id == "starter-fashion-mnist"
    figures = [model_cache.drawing_accuracy(run) for run in by_ours[:-1]]
    assert figures == sorted(figures, key=lambda figure: -(figure or 0.0))


def test_a_run_with_damaged_weights_has_no_figure(visit: Visit) -> None:
    singletons.class_drawings().add_all(some(3))
    run = finished(SMALL)
    (run.folder / "weights.npz").write_bytes(b"PK nothing")
    assert model_cache.drawing_accuracy(run) is None
    assert model_cache.drawing_accuracy(singletons.store().create(SMALL)) is None, "not trained yet"
    assert not visit("compare").exception
    assert len(visit("evaluate", run="starter-mnist", view="drawings").table[0].value) >= 1


# -- answers that are kept -----------------------------------------------------------------------


def test_answers_are_computed_once_for_the_same_weights_and_drawings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    prepared: list[str] = []
    monkeypatch.setattr(
        "pages.ui.services.model_cache.prepared_image",
        lambda drawing: prepared.append(drawing.id) or prepared_image(drawing),
    )
    runs = [finished(SMALL, seed) for seed in (1, 2)]
    singletons.class_drawings().add_all(some(5))
    first = model_cache.drawing_results(runs[0])
    assert first is not None and len(first.evaluation) == 5
    assert model_cache.drawing_results(runs[0]) is first
    accuracy = model_cache.drawing_accuracy(runs[0])
    assert model_cache.drawing_results(runs[1]) is not first and len(prepared) == 5
    singletons.class_drawings().add_all(some(6))
    grown = model_cache.drawing_results(runs[0])
    assert grown is not None and len(grown.evaluation) == 6 and len(prepared) == 6
    singletons.class_drawings().remove(some(6)[5].id, OTHER)
    (runs[0].folder / "weights.npz").write_bytes(b"gone")
    assert model_cache.drawing_accuracy(runs[0]) == accuracy, "known without the network"


# -- training on them ----------------------------------------------------------------------------


def test_a_run_is_trained_further_on_half_of_the_drawings(visit: Visit) -> None:
    singletons.class_drawings().add_all(some(10))
    run = finished(SMALL)
    at = visit("evaluate", run=run.id, view="drawings")
    assert "The other 5 drawings test the new model" in words(at)
    at.number_input(key="further_epochs").set_value(2)
    at.button(key="further").click().run()
    new = next(r for r in singletons.store().list() if r.provenance)
    assert (new.owner, new.recipe.epochs, new.recipe.hidden) == (ME, 2, SMALL.hidden)
    assert (
        new.provenance is not None
        and new.provenance.run == run.id
        and len(new.provenance.seen) == 5
    )
    assert (new.folder / "start.npz").read_bytes() == (run.folder / "weights.npz").read_bytes()
    assert (new.folder / "added.npz").is_file()
    told = words(visit("train", run=new.id))
    assert "It began with the weights of **" in told and "the run keeps them" in told


def test_all_can_be_taken_and_nothing_is_left_to_test() -> None:
    at = AppTest.from_file(str(DRAW.with_name("evaluate.py")), default_timeout=20)
    at.query_params["run"], at.query_params["view"] = finished(SMALL).id, "drawings"
    at.run()
    assert "further" not in [b.key for b in at.button], "nothing to train on yet"
    singletons.class_drawings().add_all(some(4))
    at.run()
    at.get("button_group")[2].set_value("all").run()
    assert "No drawing is left to test the new model" in words(at)


def trained_on(count: int) -> Run:
    """A run that was trained on the first so many of `some`."""
    run = finished(SMALL)
    seen = tuple(drawing.id for drawing in some(count))
    origin = Provenance("another", "An <b>older</b> one", "ab" * 32, "cd" * 32, 2, seen)
    singletons.store().save(run.id, "origin.json", origin.to_json())
    return singletons.store().open(run.id)


def test_what_it_was_trained_on_is_no_test_of_it(visit: Visit) -> None:
    singletons.class_drawings().add_all(some(6))
    answers = model_cache.drawing_results(trained_on(4))
    assert answers is not None
    assert [drawing.id for drawing in answers.drawings] == [d.id for d in some(6)[4:]]
    whole = trained_on(6)
    assert model_cache.drawing_results(whole) is None
    at = visit("evaluate", run=whole.id, view="drawings")
    assert "they cannot test it" in words(at)
    assert "An <b>older</b> one" in words(at), "as text"
    assert "trained on all of them" in at.table[0].value["class drawings"].tolist()
    assert "our drawings" not in words(with_drawing(SEVEN, run=whole.id))


def test_without_the_training_images_it_says_where_they_are(visit: Visit) -> None:
    singletons.class_drawings().add_all(some(2))
    at = visit("evaluate", run="starter-mnist", view="drawings")
    assert "training images are not on this computer" in words(at)
    assert "further" not in [b.key for b in at.button]
