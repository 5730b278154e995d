"""Differences, results and initial weights of chosen runs."""

import pytest

from model_store.analysis.initial_weights import FIRST_CHECKPOINT
from model_store.analysis.recipe_diff import settings
from model_store.recipe.recipe import Hidden
from pages.ui.services import model_cache, singletons
from tests.support.compare_page import BASE, Visit, chosen, trained
from tests.support.finished_runs import arrays
from tests.support.page_text import html, words


def test_differences_are_shown_and_the_rest_is_folded(visit: Visit) -> None:
    one, other = trained(), trained(BASE.with_(learning_rate=0.03, hidden=(Hidden(8), Hidden(4))))
    at = chosen(visit, one, other)
    differing = html(at).split("data-differs>")[1:]
    names = [row.split("</th>")[0].rpartition(">")[2] for row in differing]
    assert names == [
        *("Hidden layer 2: units", "Hidden layer 2: activation", "Hidden layer 2: dropout"),
        "Learning rate",
    ]
    assert "<td>0.001</td><td data-other>0.03</td>" in html(at)
    (folded,) = [box for box in at.expander if "settings are the same" in box.label]
    assert folded.label.startswith(f"{len(settings(one.recipe)) - 1} ")


def test_the_highest_accuracy_is_marked_unless_it_is_shared(visit: Visit) -> None:
    one, other = trained(), trained(validation=(0.7, 0.9, 0.8, 0.85))
    body = html(chosen(visit, one, other))
    assert "<td>80.00 %</td><td data-best>85.00 %</td>" in body
    assert "<td>90.00 %</td><td>90.00 %</td>" in body
    assert "recipes are equal" in words(chosen(visit, one, other))


def test_the_same_start_is_shown_and_checked(visit: Visit) -> None:
    one, faster = trained(), trained(BASE.with_(learning_rate=0.03))
    other, wider = trained(BASE.with_(seed=2)), trained(BASE.with_(hidden=(Hidden(9),)))
    said = words(chosen(visit, one, faster, other, wider))
    mark = model_cache.first_weights(one)
    assert "**Same initial weights:** B compared with A, a fair comparison" in said
    assert f"(the saved weights are equal, fingerprint {mark})" in said
    assert "They learned from the same images in the same order." in said
    assert "C compared with A (another seed)" in said
    assert "D compared with A (other layer widths)" in said
    deeper = trained(BASE.with_(hidden=(Hidden(8), Hidden(4))))
    said = words(chosen(visit, one, deeper))
    assert "(other layer widths). Only the first layer started equal." in said
    singletons.store().save(faster.id, FIRST_CHECKPOINT, arrays(BASE.with_(seed=5)))
    assert "but the saved ones differ" in words(chosen(visit, one, faster))
    (faster.folder / FIRST_CHECKPOINT).unlink()
    assert "the initial weights were not saved" in words(chosen(visit, one, faster))


def test_images_beside_the_data_set_are_a_difference(visit: Visit) -> None:
    sources = [{"name": "Digits"}, {"name": "<b>class</b>.json", "images": 3000}]
    plain, more = trained(), trained(facts={"data": "other", "sources": sources})
    at = chosen(visit, plain, more)
    assert "Images beside the data set" in html(at)
    assert "<td>–</td><td data-other>&lt;b&gt;class&lt;/b&gt;.json (3,000)</td>" in html(at)
    assert "recipes are equal" not in words(at) and "same order" not in words(at)
    other = trained(facts={"data": "changed"})
    assert "Data hash" in html(chosen(visit, plain, other))
    assert "Data hash" not in html(chosen(visit, plain, trained()))


@pytest.mark.parametrize("sources", [7, "text", [1, 2], [{}, {"name": 3, "images": "x"}], None])
def test_a_strange_manifest_is_passed_over(visit: Visit, sources: object) -> None:
    at = chosen(visit, trained(facts={"sources": sources}), trained())
    assert not at.error
