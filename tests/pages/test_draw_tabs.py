"""Tabs below the answer: several models side by side, and one answer's explanation."""

import base64
import io
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from model_store import Run
from model_store.recipe.choices import DIGITS
from model_store.recipe.recipe import Hidden, Recipe
from pages.ui.draw.model_panel import compare
from pages.ui.services import model_cache, singletons
from tests.support.components import component_data
from tests.support.draw_page import (
    SEVEN,
    Visit,
    answers_shown,
    errors,
    expected,
    finished,
    logits,
    with_drawing,
)

LINEAR = Recipe(dataset="digits", hidden=())
SMALL = Recipe(dataset="digits", hidden=(Hidden(8, "tanh"),))
DEEP = Recipe(dataset="digits", hidden=(Hidden(8), Hidden(6, "gelu")))


def panel(at: AppTest) -> dict[str, Any]:
    (data,) = answers_shown(at, single=False)
    return data


def choose(at: AppTest, runs: list[Run]) -> None:
    at.multiselect[0].set_value([run.id for run in runs]).run()
    assert not at.exception


def open_tab(at: AppTest, name: str) -> AppTest:
    at.session_state["explanation_tabs"] = name
    at.run()
    assert not at.exception, at.exception
    return at


def html(at: AppTest) -> str:
    return " ".join(element.proto.body for element in at.get("html"))


def read_by(run: Run) -> str:
    return str(int(np.argmax(expected(run, SEVEN))))


def vote(digit: int, share: float = 0.9) -> Any:
    shares = np.full(10, (1 - share) / 9, np.float32)
    shares[digit] = share
    return shares


# -- several models ------------------------------------------------------------------------------


def test_every_chosen_model_answers_the_same_drawing() -> None:
    runs = [finished(LINEAR, 1), finished(SMALL, 2), finished(DEEP, 3)]
    at = with_drawing(SEVEN, run=runs[0].id)
    choose(at, [*runs, singletons.store().open("starter-mnist")])
    models = panel(at)["models"]
    assert len(models) == 4
    for shown, run in zip(models, runs, strict=False):
        assert shown["probabilities"] == pytest.approx(expected(run, SEVEN), abs=1e-5)
        assert shown["answer"] == read_by(run)
    assert "built in" in models[3]["title"] and models[3]["answer"] == "7"


def test_the_models_at_first_are_the_one_asked_and_others_of_other_shapes() -> None:
    asked = finished(SMALL, 1)
    finished(SMALL, 2)
    finished(LINEAR, 3)
    at = with_drawing(SEVEN, run=asked.id)
    assert len(panel(at)["models"]) == 3
    assert panel(at)["models"][0]["probabilities"] == pytest.approx(
        expected(asked, SEVEN), abs=1e-5
    )
    networks = {singletons.store().open(value).recipe.network for value in at.multiselect[0].value}
    assert networks == {SMALL.network, LINEAR.network, "784-512-512-10"}


def test_models_of_other_classes_cannot_be_chosen() -> None:
    at = with_drawing(SEVEN)
    assert "Fashion" not in " ".join(at.multiselect[0].options)


def test_the_choice_stays_while_another_tab_is_open() -> None:
    runs = [finished(LINEAR, 1), finished(SMALL, 2)]
    at = with_drawing(SEVEN)
    choose(at, runs[:1])
    open_tab(at, "Why")
    assert answers_shown(at, single=False) == []
    open_tab(at, "Other models")
    assert len(panel(at)["models"]) == 1
    choose(at, [])
    assert panel(at)["models"] == [] and panel(at)["summary"] == "Choose one model or more."


def test_a_blank_pad_asks_for_a_drawing(visit: Visit) -> None:
    data = panel(visit("draw"))
    assert data["summary"].startswith("Draw a digit") and data["models"][0]["answer"] == ""
    assert not any(model["dissent"] for model in data["models"])


def test_a_damaged_model_is_left_out_with_a_sentence() -> None:
    good, bad = finished(LINEAR, 1), finished(SMALL, 2)
    (bad.folder / "weights.npz").write_bytes(b"gone")
    at = with_drawing(SEVEN, run=good.id)
    assert errors(at) == "", "it is not chosen by itself"
    choose(at, [good, bad])
    assert "One model cannot be used." in errors(at)
    assert len(panel(at)["models"]) == 1


@pytest.mark.parametrize(
    ("votes", "status", "dissent"),
    [
        ([7], "It reads 7. Choose more models to compare.", []),
        ([7, 7, 7], "All 3 models read 7.", []),
        ([7, 2, 7], "2 of 3 models read 7. m1 reads 2.", [1]),
        ([7, 2, 7, 7, 1], "3 of 5 models read 7. m1 reads 2; m4 reads 1.", [1, 4]),
        ([7, 2], "No majority: 7 (1), 2 (1).", []),
        ([7, 2, 7, 1], "No majority: 7 (2), 2 (1), 1 (1).", []),
    ],
)
def test_agreement_of_models_is_a_sentence(
    votes: list[int], status: str, dissent: list[int]
) -> None:
    answers = {f"m{i}": vote(digit) for i, digit in enumerate(votes)}
    cards, summary = compare(answers, {title: title for title in answers}, DIGITS)
    assert summary == status
    assert [i for i, card in enumerate(cards) if card["dissent"]] == dissent


# -- why -----------------------------------------------------------------------------------------


def metrics(at: AppTest) -> dict[str, float]:
    return {m.label: float(m.value.replace("−", "-")) for m in at.metric}


def logit(run: Run, digit: int) -> float:
    return float(logits(run, SEVEN)[digit])


@pytest.mark.parametrize("recipe", [LINEAR, SMALL, DEEP], ids=["linear", "one layer", "two"])
def test_the_account_adds_up_to_the_score(recipe: Recipe) -> None:
    run = finished(recipe, 5)
    at = open_tab(with_drawing(SEVEN, run=run.id), "Why")
    read = read_by(run)
    found = metrics(at)
    assert found[f"Score of {read}"] == pytest.approx(logit(run, int(read)), abs=0.01)
    parts = found["Empty pad"] + found["Pixels for"] + found["Pixels against"]
    assert parts == pytest.approx(found[f"Score of {read}"], abs=0.02)
    shown = html(at)
    assert shown.count("evidence for and against") == 2, "alternative and caption"
    assert ("\nscore " in shown) == (not recipe.hidden), "templates belong to the linear model"
    assert ("times weight" in shown) == (len(recipe.hidden) == 1)
    assert ("of output adds" in shown) == (len(recipe.hidden) == 2)


def test_any_class_can_be_asked_about_and_held_against_another() -> None:
    run = finished(SMALL, 5)
    at = open_tab(with_drawing(SEVEN, run=run.id), "Why")
    at.selectbox(key="attribution_target").set_value(3).run()
    assert metrics(at)["Score of 3"] == pytest.approx(logit(run, 3), abs=0.01)
    at.selectbox(key="attribution_contrast").set_value(8).run()
    lead = logit(run, 3) - logit(run, 8)
    assert metrics(at)["Lead of 3 over 8"] == pytest.approx(lead, abs=0.01)
    words = " ".join(caption.value for caption in at.caption)
    first, second = ("3", "8") if lead > 0 else ("8", "3")
    times = f"{np.exp(abs(lead)):,.0f}"
    assert f"For the model {first} is {times} times as probable as {second}" in words
    at.selectbox(key="attribution_contrast").set_value(3).run()
    assert "Score of 3" in metrics(at), "a class has no lead over itself"


def test_an_empty_pad_shows_what_was_learned_and_asks_for_a_drawing() -> None:
    linear, small = finished(LINEAR), finished(SMALL)
    at = open_tab(with_drawing(run=linear.id), "Why")
    assert html(at).count("lab-signed") == 10 and not at.metric
    at = open_tab(with_drawing(run=small.id), "Why")
    assert "lab-signed" not in html(at)
    assert any("which pixels" in caption.value for caption in at.caption)


def test_test_images_are_explained_as_well() -> None:
    run = finished(SMALL)
    at = with_drawing(run=run.id)
    at.get("button_group")[0].set_value("images").run()
    open_tab(at, "Why")
    image = singletons.dataset("digits").x_test[0]
    scores = model_cache.classifier(run).logits(image)
    assert metrics(at)[f"Score of {scores.argmax()}"] == pytest.approx(scores.max(), abs=0.01)


# -- while it learned ----------------------------------------------------------------------------


def learned(epochs: int, recipe: Recipe = SMALL) -> Run:
    """Add a finished run with checkpoints."""
    run = finished(recipe, 6)
    weights = dict(np.load(run.folder / "weights.npz"))
    for epoch in range(epochs + 1):
        state = {name: array * np.float32(epoch / epochs) for name, array in weights.items()}
        file = io.BytesIO()
        np.savez(file, **state, optimizer_0=np.zeros(4))
        singletons.store().save(run.id, f"checkpoints/epoch-{epoch:04}.npz", file.getvalue())
    return run


def lines(at: AppTest) -> list[dict[str, Any]]:
    ((spec, _how),) = component_data(at, "live_plot")
    return list(spec["data"])


def test_ten_lines_lead_to_the_answer_and_the_slider_goes_along_them() -> None:
    run = learned(4)
    at = open_tab(with_drawing(SEVEN, run=run.id), "During training")
    found = lines(at)
    assert [line["name"] for line in found] == list(DIGITS)
    assert [line["x"] for line in found] == [[0, 1, 2, 3, 4]] * 10
    assert [line["y"][-1] for line in found] == pytest.approx(expected(run, SEVEN), abs=1e-4)
    assert [line["y"][0] for line in found] == pytest.approx([0.1] * 10)
    at.select_slider[0].set_value(0).run()
    assert not at.exception
    answers = [a["models"][0]["probabilities"] for a in answers_shown(at, single=True)]
    assert pytest.approx([0.1] * 10) in answers
    ((spec, _how),) = component_data(at, "live_plot")
    assert spec["layout"]["shapes"][0]["x0"] == 0
    assert any("at the end with" in caption.value for caption in at.caption)


def test_the_default_model_shows_the_epochs_of_a_small_built_in_one() -> None:
    at = open_tab(with_drawing(SEVEN), "During training")
    assert any("those of MNIST MLP 128" in caption.value for caption in at.caption)
    assert lines(at)[7]["x"] == [0, 10, 20, 30, 40]
    known = expected(singletons.store().open("starter-mnist"), SEVEN)
    assert [line["y"][-1] for line in lines(at)] == pytest.approx(known, abs=1e-2), "rounded"


def test_a_run_without_checkpoints_says_so_and_offers_to_train_one() -> None:
    at = open_tab(with_drawing(SEVEN, run=finished(SMALL).id), "During training")
    assert component_data(at, "live_plot") == []
    assert any("has no checkpoints" in caption.value for caption in at.caption)
    assert at.get("page_link")


def test_an_empty_pad_asks_for_a_drawing_first() -> None:
    at = open_tab(with_drawing(run=learned(2).id), "During training")
    assert component_data(at, "live_plot") == []
    assert any("Draw to see" in caption.value for caption in at.caption)


def test_a_damaged_checkpoint_is_left_out_with_a_sentence() -> None:
    run = learned(3)
    (run.folder / "checkpoints" / "epoch-0001.npz").write_bytes(b"gone")
    at = open_tab(with_drawing(SEVEN, run=run.id), "During training")
    assert lines(at)[0]["x"] == [0, 2, 3]
    assert "left out: 1" in " ".join(info.value for info in at.info).replace("\\", "")


# -- fooled --------------------------------------------------------------------------------------


def test_the_browser_fools_the_model_about_the_drawing() -> None:
    run = finished(DEEP)
    (data,) = component_data(open_tab(with_drawing(SEVEN, run=run.id), "Fool it"), "fool_view")
    assert data["model"] == model_cache.browser_model(run)
    assert data["image"] == "", "it follows the pad"
    assert data["names"] == [str(digit) for digit in range(10)]


def test_the_browser_fools_the_model_about_a_test_image() -> None:
    run = finished(DEEP)
    at = open_tab(with_drawing(run=run.id, way="images", index="9"), "Fool it")
    (data,) = component_data(at, "fool_view")
    image = singletons.dataset("digits").x_test[9]
    assert base64.b64decode(data["image"]) == image.tobytes()


def test_without_a_photo_nothing_is_fooled() -> None:
    at = open_tab(with_drawing(SEVEN, run=finished(DEEP).id, way="photo"), "Fool it")
    assert component_data(at, "fool_view") == []
    assert any("Choose a photo" in caption.value for caption in at.caption)
