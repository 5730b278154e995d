"""Evaluate: views from the URL, clicks that change the URL, messages for invalid parameters."""

import base64
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from model_store import Run, RunState
from model_store.inference.classifier import Classifier
from model_store.inference.metrics import Evaluation
from model_store.inference.robustness import STRENGTHS, measure
from model_store.recipe.recipe import Hidden, Recipe
from model_store.recipe.spoil import Spoil
from model_store.runs import provenance
from model_store.runs.provenance import Provenance
from pages.ui.components.picture_grid import PER_PAGE
from pages.ui.evaluate.confusion_view import ORDERS
from pages.ui.figures.evaluation import RIGHT, WRONG
from pages.ui.services import model_cache, singletons
from tests.support.components import component_data
from tests.support.finished_runs import bare_run
from tests.support.page_text import address, errors, html, words
from training.data.datasets import data_dir

Visit = Callable[..., AppTest]
VIEWS = ("figures", "matrix", "pictures", "calibration", "robustness", "weights")
DIGITS = Recipe(dataset="digits", hidden=(Hidden(48),))


def finished(recipe: Recipe = DIGITS, **facts: Any) -> Run:
    """Add a complete run with random weights; `facts` go into its manifest."""
    return bare_run(singletons.store(), recipe, **facts)


def positions(at: AppTest) -> list[int]:
    (grid,) = component_data(at, "picture_grid")
    return [cell["position"] for cell in grid["cells"]]


@pytest.fixture(autouse=True)
def visitor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.ui.state.visitor.visitor_id", lambda: "me")


@pytest.fixture
def run() -> Run:
    return finished()


@pytest.fixture
def answers(run: Run) -> Evaluation:
    return model_cache.evaluation(run)


@pytest.mark.parametrize("view", VIEWS)
def test_every_view(visit: Visit, run: Run, view: str) -> None:
    assert errors(visit("evaluate", run=run.id, view=view)) == ""


def test_the_figures_are_those_of_the_test_images(
    visit: Visit, run: Run, answers: Evaluation
) -> None:
    at = visit("evaluate", run=run.id)
    metrics = {m.label: m.value for m in at.metric}
    assert metrics["Test accuracy"] == f"{100 * answers.accuracy:.2f} %"
    assert metrics["Test images"] == "360"
    assert metrics["Mistakes"] == str(360 - answers.correct)
    low, high = answers.interval
    assert metrics["95 % interval"] == f"{100 * low:.2f} – {100 * high:.2f} %"
    rows = at.table[-1].value
    assert rows["support"].tolist()[-1] == "360"
    assert rows["recall"].tolist()[:2] == [f"{100 * c.recall:.1f} %" for c in answers.classes[:2]]
    assert "not evaluated at the end of this training" in words(at)


def test_images_that_are_not_here_can_be_downloaded(visit: Visit) -> None:
    at = visit("evaluate", run="starter-mnist")
    assert "test images are not on this computer" in errors(at)
    (link,) = [link.proto for link in at.get("page_link")]
    assert "dataset=mnist" in link.query_string
    assert errors(visit("evaluate", run="starter-mnist", view="weights")) == ""


def test_a_damaged_file_of_images_is_a_sentence(visit: Visit) -> None:
    path = data_dir() / "mnist.npz"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"PK no archive")
    for view in ("figures", "matrix", "pictures", "calibration"):
        said = errors(visit("evaluate", run="starter-mnist", view=view))
        assert "mnist.npz cannot be used" in said and "download it again" in said


@pytest.mark.parametrize("state", [s for s in RunState if s not in (RunState.DONE,)])
def test_a_run_without_a_model_says_why_and_links_to_its_training(
    visit: Visit, run: Run, state: RunState
) -> None:
    store = singletons.store()
    other = store.create(DIGITS.with_(name="Other <b>"), "me")
    store.set_state(other.id, state, "The disk is full." if state is RunState.FAILED else "")
    at = visit("evaluate", run=other.id)
    reason = "left no model" if state.is_finished() else "is not trained yet"
    assert f"Other <b> {reason}" in errors(at)
    assert ("The disk is full." in errors(at)) == (state is RunState.FAILED)
    assert f"run={other.id}" in at.get("page_link")[0].proto.query_string
    assert at.metric, "another model is shown meanwhile"


def test_the_visitors_newest_run_is_the_default(visit: Visit) -> None:
    store = singletons.store()
    bare_run(store, DIGITS, owner="somebody")
    assert singletons.store().open(visit("evaluate").selectbox(key="model").value).shipped
    mine = bare_run(store, DIGITS)
    trial = bare_run(store, DIGITS, sweep="s1")
    assert visit("evaluate").selectbox(key="model").value == mine.id
    box = visit("evaluate", run=trial.id).selectbox(key="model")
    assert box.index == len(box.options) - 1, "trials are the last options"


@pytest.mark.realdata
def test_the_shipped_model_is_as_good_as_its_record(visit: Visit) -> None:
    at = visit("evaluate", run="starter-mnist")
    metrics = {m.label: m.value for m in at.metric}
    assert (metrics["Test accuracy"], metrics["Test loss"]) == ("98.91 %", "0.0334")
    gap = at.table[0].value["gap"].tolist()
    assert gap == ["+0.89 percentage points", "+0.0254"]
    assert "This is over-fitting" in words(at)


@pytest.mark.realdata
def test_four_read_as_nine_of_mnist(visit: Visit) -> None:
    at = visit("evaluate", run="starter-mnist", view="matrix", truth="4", answer="9")
    (grid,) = component_data(at, "picture_grid")
    run = singletons.store().open("starter-mnist")
    assert len(grid["cells"]) == model_cache.evaluation(run).confusion[4, 9] <= PER_PAGE
    for cell in grid["cells"]:
        assert ": 9, " in cell["description"] and cell["description"].endswith("it is 4")


@pytest.mark.realdata
def test_the_training_and_this_page_count_the_same_loss() -> None:
    run = singletons.store().open("starter-fashion-mnist")  # some of its mistakes are certain
    loss = model_cache.evaluation(run).loss(run.recipe.loss)
    assert loss == pytest.approx(run.result["test_loss"], abs=1e-6)


def test_a_data_set_other_than_the_trainings_is_reported(visit: Visit) -> None:
    at = visit("evaluate", run=finished(data="0" * 64).id)
    assert "was trained with other images" in words(at)


def test_pictures_follow_the_address(visit: Visit, run: Run, answers: Evaluation) -> None:
    for order in ORDERS:
        at = visit("evaluate", run=run.id, view="pictures", show=order, page="2")
        expected = answers.select(order)[PER_PAGE : 2 * PER_PAGE]
        assert positions(at) == expected.tolist()


def test_filters_go_into_the_address_and_start_at_page_one(
    visit: Visit, run: Run, answers: Evaluation
) -> None:
    at = visit("evaluate", run=run.id, view="pictures", page="3")
    at.selectbox(key="linked_show").set_value("wrong").run()
    at.selectbox(key="linked_truth").set_value("4").run()
    assert not at.exception
    assert positions(at) == answers.select("wrong", truth=4)[:PER_PAGE].tolist()
    assert address(at) == {"run": run.id, "view": "pictures", "show": "wrong", "truth": "4"}
    at.selectbox(key="linked_truth").set_value("").run()
    assert "truth" not in address(at)
    assert positions(at) == answers.select("wrong")[:PER_PAGE].tolist()


def test_paging_goes_into_the_address(visit: Visit, run: Run) -> None:
    at = visit("evaluate", run=run.id, view="pictures")
    assert positions(at) == list(range(15))
    at = visit("evaluate", run=run.id, view="pictures", page="24")
    assert positions(at) == list(range(345, 360))
    at = visit("evaluate", run=run.id, view="pictures", page="99999999")
    assert positions(at)[-1] == 359, "a page beyond the last one shows the last"


def test_the_boxes_choose_a_cell_of_the_matrix(visit: Visit, run: Run, answers: Evaluation) -> None:
    (worst,) = answers.mistakes(1)
    at = visit("evaluate", run=run.id, view="matrix")
    assert component_data(at, "picture_grid") == []
    at.selectbox(key="linked_truth").set_value(str(worst.truth)).run()
    at.selectbox(key="linked_answer").set_value(str(worst.answer)).run()
    expected = answers.select("all", worst.truth, worst.answer)
    assert positions(at) == expected[:PER_PAGE].tolist()
    ((spec, how),) = component_data(at, "live_plot")
    assert how["clickable"]
    (shape,) = spec["layout"]["shapes"]
    assert (shape["x0"], shape["y0"]) == (worst.answer - 0.5, worst.truth - 0.5)


def test_the_matrix_knows_no_filter_of_the_pictures(
    visit: Visit, run: Run, answers: Evaluation
) -> None:
    hit = int(answers.confusion.diagonal().argmax())
    at = visit("evaluate", run=run.id, view="matrix", show="wrong", truth=str(hit), answer=str(hit))
    assert positions(at) == answers.select("all", hit, hit)[:PER_PAGE].tolist()


def test_a_frequent_mistake_is_one_click_away(visit: Visit, run: Run, answers: Evaluation) -> None:
    worst = answers.mistakes(5)[-1]
    at = visit("evaluate", run=run.id, view="matrix")
    at.button(key=f"mistake_{worst.truth}_{worst.answer}").click().run()
    assert address(at)["truth"] == str(worst.truth)
    assert positions(at) == answers.select("all", worst.truth, worst.answer)[:PER_PAGE].tolist()


def test_one_image_is_a_batch_of_one(visit: Visit, run: Run, answers: Evaluation) -> None:
    at = visit("evaluate", run=run.id, view="pictures", show="wrong", image="7")
    (data,) = component_data(at, "answer")
    (shown,) = data["models"]
    wrong = not answers.right[7]
    assert shown["answer"] == str(answers.answers[7])
    assert shown["probabilities"] == pytest.approx(answers.probabilities[7].tolist(), abs=1e-5)
    truth = int(answers.labels[7])
    assert data["colours"][truth] == RIGHT
    assert data["colours"][int(answers.answers[7])] == (WRONG if wrong else RIGHT)
    assert "(28, 28)" in words(at) and "(1, 28, 28)" in words(at) and "(1, 10)" in words(at)
    logits = [float(v) for v in at.table[-1].value["logit"]]
    images = singletons.dataset("digits").x_test
    assert logits == pytest.approx(model_cache.classifier(run).logits(images[7]).tolist(), abs=6e-4)


def test_the_arrows_step_through_what_is_shown(visit: Visit, run: Run, answers: Evaluation) -> None:
    first, second = answers.select("wrong")[:2]
    at = visit("evaluate", run=run.id, view="pictures", show="wrong", image=str(first))
    assert at.button(key="image_-1").disabled
    at.button(key="image_1").click().run()
    assert address(at)["image"] == str(second)
    assert f"**{second}**" in words(at)


@pytest.mark.parametrize("view", ["figures", "matrix", "pictures"])
def test_nonsense_in_the_address_is_a_sentence(visit: Visit, run: Run, view: str) -> None:
    nonsense = {"truth": "10", "answer": "²", "show": "<b>", "image": "seven"}
    found = errors(visit("evaluate", run=run.id, view=view, **nonsense))
    assert "There is no class 10 here" in found and "There is no class ² here" in found
    assert "cannot be shown as <b>" in found and "There is no image seven here" in found


@pytest.mark.parametrize("image", ["360", "-1"])
def test_an_image_that_is_not_there_is_a_sentence(visit: Visit, run: Run, image: str) -> None:
    at = visit("evaluate", run=run.id, view="pictures", image=image)
    assert f"There is no image {image} here" in errors(at)


def test_a_run_that_is_not_there_is_a_sentence(visit: Visit, run: Run) -> None:
    assert "not here" in errors(visit("evaluate", run="../../etc"))


@pytest.mark.parametrize("view", [*VIEWS, "-7e9"])
def test_harmless_nonsense_gets_the_usual(visit: Visit, run: Run, view: str) -> None:
    nonsense = dict.fromkeys(("page", "cells", "units", "unit_page"), "-7e9")
    assert errors(visit("evaluate", run=run.id, view=view, **nonsense)) == ""


def test_a_cell_without_images_says_so(visit: Visit, run: Run, answers: Evaluation) -> None:
    truth, answer = np.argwhere(answers.confusion == 0)[0]
    at = visit("evaluate", run=run.id, view="matrix", truth=str(truth), answer=str(answer))
    assert component_data(at, "picture_grid") == []
    assert errors(at) == ""


def test_a_model_with_damaged_weights_is_a_sentence(visit: Visit, run: Run) -> None:
    (run.folder / "weights.npz").write_bytes(b"PK nothing")
    for view in ("figures", "weights"):
        assert "cannot be used" in errors(visit("evaluate", run=run.id, view=view))


def test_the_dialog_has_its_image_for_fooling(visit: Visit, run: Run) -> None:
    at = visit("evaluate", run=run.id, view="pictures", image="7")
    (data,) = component_data(at, "fool_view")
    image = singletons.dataset("digits").x_test[7]
    assert base64.b64decode(data["image"]) == image.tobytes()
    assert data["model"] == model_cache.browser_model(run)


# -- robustness ----------------------------------------------------------------------------------


def curves(at: AppTest) -> list[list[tuple[str, list[float], list[float]]]]:
    """Return name, strengths and accuracies of each curve of each chart."""
    return [
        [(c["name"], c["x"], c["y"]) for c in figure["data"]]
        for figure, _options in component_data(at, "live_plot")
    ]


def test_robustness_is_measured_for_each_kind_and_strength(visit: Visit, run: Run) -> None:
    at = visit("evaluate", run=run.id, view="robustness")
    data = singletons.dataset("digits")
    found = measure(Classifier.load(run), data.x_test, data.y_test)
    charts = curves(at)
    assert len(charts) == len(STRENGTHS)
    for (curve,), (kind, strengths) in zip(charts, STRENGTHS.items(), strict=True):
        assert curve[1] == [0, *strengths]
        assert curve[2] == [found.unchanged, *found.accuracies[kind]]
    assert "360 test images" in words(at)
    lost = 100 * (found.unchanged - found.accuracies["aimed"][2])
    assert f"aimed at the model costs {max(0, lost):.1f}" in words(at)


def test_two_models_are_compared_on_the_same_images(visit: Visit, run: Run) -> None:
    other = finished(DIGITS.with_(name="The <b>other", hidden=()))
    finished(DIGITS.with_(name="Of clothes", dataset="fashion_mnist"))
    at = visit("evaluate", run=run.id, view="robustness", beside=other.id)
    assert len(at.selectbox[-1].options) == 2, "no model of other classes"
    for chart in curves(at):
        assert len(chart) == 2 and "The &lt;b>other" in chart[1][0].replace("&gt;", ">")
    assert model_cache.robustness(other).unchanged == curves(at)[0][1][2][0]


@pytest.mark.parametrize("beside", ["nothing", "../etc", ""])
def test_an_unknown_model_beside_is_none(visit: Visit, run: Run, beside: str) -> None:
    at = visit("evaluate", run=run.id, view="robustness", beside=beside)
    assert errors(at) == "" and all(len(chart) == 1 for chart in curves(at))


SPOILED = DIGITS.with_(spoil=Spoil(0.5, wrong_from=4, wrong_to=9, rare_class=3))


def test_a_run_on_good_data_has_no_view_of_spoiled_data(visit: Visit, run: Run) -> None:
    at = visit("evaluate", run=run.id, view="spoiled")
    assert errors(at) == "" and "Spoiled" not in words(at)


def test_a_spoiled_run_says_so_and_trains_its_clean_twin(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = finished(SPOILED)
    at = visit("evaluate", run=run.id, view="spoiled")
    assert "50 % of the images of 4 are labelled 9. There is no image of 3." in words(at)
    assert "No clean twin yet" in html(at)
    gone: list[str] = []
    monkeypatch.setattr(
        "pages.ui.frame.navigation.go", lambda _page, **params: gone.append(params["run"])
    )
    at.button(key="clean_twin").click().run()
    twin = singletons.store().open(gone[0])
    assert twin.recipe.hash == DIGITS.hash and twin.recipe.title.endswith("clean twin")
    at = visit("evaluate", run=run.id, view="spoiled")
    assert "The clean twin is being trained" in html(at)
    assert not [button for button in at.button if button.key == "clean_twin"]


def test_the_clean_twin_stands_beside_a_spoiled_run(visit: Visit, run: Run) -> None:
    spoiled = finished(SPOILED, seed=1)
    finished(DIGITS.with_(seed=2))
    at = visit("evaluate", run=spoiled.id, view="spoiled")
    assert errors(at) == ""
    metrics = {m.label: m.value for m in at.metric}
    mine, twin = (model_cache.evaluation(each).accuracy for each in (spoiled, run))
    assert metrics["Test accuracy of this model"] == f"{100 * mine:.2f} %"
    assert metrics["Test accuracy of the clean twin"] == f"{100 * twin:.2f} %"
    assert len(component_data(at, "live_plot")) == 2


def test_a_run_from_other_weights_is_no_twin(visit: Visit, run: Run) -> None:
    spoiled = finished(SPOILED)
    origin = Provenance("elsewhere", "another", "ab" * 32).to_json()
    singletons.store().save(run.id, provenance.FILE, origin)
    assert "No clean twin yet" in html(visit("evaluate", run=spoiled.id, view="spoiled"))
