"""Class drawings as a test: results of one model and of all, and the gallery."""

import numpy as np
from streamlit.testing.v1 import AppTest

from model_store import Run
from model_store.inference.classifier import Classifier
from model_store.recipe.recipe import Hidden, Recipe
from model_store.runs.provenance import Provenance
from pages.ui.evaluate.drawings_view import PER_PAGE, caption, shown_positions
from pages.ui.services import model_cache, singletons
from tests.support.draw_page import SEVEN, Visit, finished, kept, with_drawing
from tests.support.drawings import sevens
from tests.support.page_text import errors, words
from training.images.drawing_images import prepared_image

SMALL = Recipe(dataset="digits", hidden=(Hidden(6, "relu"),))
ME, OTHER = "me", "somebody else"


def cards(at: AppTest) -> list[str]:
    return [h.proto.body for h in at.get("html") if "lab-class-drawing" in h.proto.body]


def trained_on(count: int) -> Run:
    """Add a run that was trained on the first drawings of `some`."""
    run = finished(SMALL)
    seen = tuple(drawing.id for drawing in sevens(count))
    origin = Provenance("another", "An <b>older</b> one", "ab" * 32, "cd" * 32, 2, seen)
    singletons.store().save(run.id, "origin.json", origin.to_json())
    return singletons.store().open(run.id)


def test_without_drawings_it_says_how_they_come(visit: Visit) -> None:
    at = visit("evaluate", run="starter-mnist", view="drawings")
    assert any("No drawings yet" in h.proto.body for h in at.get("html"))
    assert cards(at) == []


def test_every_run_has_its_figure_on_the_drawings(visit: Visit) -> None:
    singletons.class_drawings().add_all([*sevens(9), sevens(10, label=1)[9]])
    run = finished(SMALL)
    at = visit("evaluate", run="starter-mnist", view="drawings")
    metrics = {m.label: m.value for m in at.metric}
    assert metrics["Class drawings"] == "90.0 %" and metrics["MNIST"] == "98.9 %"
    assert (metrics["Drawings"], metrics["Mistakes"]) == ("10", "1")
    assert "there are too few drawings to see one" in words(at), "1 mistake of 10, with 98.9 %"
    table = at.table[0].value
    assert table["class drawings"].tolist()[0] == "90.0 % (9 of 10)"
    assert set(table["learned from"]) == {"MNIST", "Digits (offline)"}, "no model of clothing"
    images = np.stack([prepared_image(d) for d in singletons.class_drawings().all().drawings])
    right = (Classifier.load(run).probabilities(images).argmax(axis=1) == [*[7] * 9, 1]).sum()
    assert f"({right} of 10)" in table["class drawings"].tolist()[-1]
    figures = visit("evaluate", run=run.id)
    assert f"{10 * right}.0 %" in [m.value for m in figures.metric if m.label == "Class drawings"]


def test_mistakes_can_be_looked_at(visit: Visit) -> None:
    singletons.class_drawings().add_all([*sevens(3), sevens(4, label=1)[3]])
    at = visit("evaluate", run="starter-mnist", view="drawings")
    assert len(cards(at)) == 4
    at.get("button_group")[1].set_value("wrong").run()
    (card,) = cards(at)
    assert "1, read as 7" in card and 'data-right="false"' in card
    at.get("button_group")[1].set_value("mine").run()
    assert cards(at) == [] and "None of them is yours" in words(at)


def test_only_its_maker_finds_a_button_that_removes_it(visit: Visit) -> None:
    singletons.class_drawings().add_all([*sevens(2), *sevens(3, ME)[2:]])
    mine = next(d for d in singletons.class_drawings().all().drawings if d.owner == ME)
    at = visit("evaluate", run="starter-mnist", view="drawings")
    assert [b.key for b in at.button if b.key and b.key.startswith("remove_")] == [
        f"remove_{mine.id}"
    ]
    at.button(key=f"remove_{mine.id}").click().run()
    assert not at.exception
    assert kept() == [(7, OTHER)] * 2 and len(cards(at)) == 2


def test_many_are_paged_the_last_drawn_first(visit: Visit) -> None:
    singletons.class_drawings().add_all(sevens(PER_PAGE + 3))
    at = visit("evaluate", run="starter-mnist", view="drawings")
    assert len(cards(at)) == PER_PAGE
    answers = model_cache.drawing_results(singletons.store().open("starter-mnist"))
    assert answers is not None
    assert shown_positions(answers, "all", ME).tolist() == list(range(PER_PAGE + 3))[::-1]
    assert caption(answers, 0).startswith("7, correct (")


def test_a_model_of_clothing_is_not_asked(visit: Visit) -> None:
    singletons.class_drawings().add_all(sevens(1))
    at = visit("evaluate", run="starter-fashion-mnist", view="drawings")
    assert "knows other classes" in words(at) and not errors(at)


def test_what_it_was_trained_on_is_no_test_of_it(visit: Visit) -> None:
    singletons.class_drawings().add_all(sevens(6))
    answers = model_cache.drawing_results(trained_on(4))
    assert answers is not None
    assert [drawing.id for drawing in answers.drawings] == [d.id for d in sevens(6)[4:]]
    whole = trained_on(6)
    assert model_cache.drawing_results(whole) is None
    at = visit("evaluate", run=whole.id, view="drawings")
    assert "they cannot test it" in words(at)
    assert "An <b>older</b> one" in words(at), "as text"
    assert "trained on all of them" in at.table[0].value["class drawings"].tolist()
    assert "our drawings" not in words(with_drawing(SEVEN, run=whole.id))
