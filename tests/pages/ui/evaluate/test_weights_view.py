"""First-layer weights as pictures: templates, units and their order."""

import numpy as np

from model_store.recipe.recipe import Hidden, Recipe
from pages.ui.evaluate.weights_view import strongest_units
from pages.ui.services import model_cache
from tests.support.draw_page import Visit, finished
from tests.support.page_text import html

WIDE = Recipe(dataset="digits", hidden=(Hidden(48),))


def test_units_come_strongest_first() -> None:
    run = finished(WIDE)
    classifier = model_cache.classifier(run)
    order = strongest_units(classifier)
    assert sorted(order) == list(range(48))
    into = np.linalg.norm(classifier.weights[0][0], axis=0)
    strength = into * np.linalg.norm(classifier.weights[1][0], axis=1)
    assert (np.diff(strength[order]) <= 0).all()


def test_softmax_regression_shows_ten_templates(visit: Visit) -> None:
    at = visit("evaluate", run=finished(Recipe(dataset="digits", hidden=())).id, view="weights")
    assert html(at).count("<figure ") == 10


def test_units_are_paged(visit: Visit) -> None:
    run = finished(WIDE)
    at = visit("evaluate", run=run.id, view="weights", unit_page="2", units="number")
    assert html(at).count("<figure ") == 8
    assert "unit 40 →" in html(at) and "unit 39 " not in html(at)
