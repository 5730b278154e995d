"""Figures in the lessons: those that need no training are measured again on Digits."""

import numpy as np
import pytest

from benchmarks import lessons
from benchmarks.lessons import UnknownFigure, measure, needs_training
from model_store.inference.adversarial import fast_gradient_sign, loss_gradients
from model_store.inference.classifier import Classifier
from model_store.lessons import library
from model_store.lessons.lesson import Lesson
from model_store.recipe.recipe import Recipe
from model_store.runs.events import EpochEnd, Evaluated, Event
from training.data import datasets

LESSONS = library.lessons()
SOFTMAX = LESSONS[0]


@pytest.mark.parametrize("lesson", LESSONS, ids=[lesson.id for lesson in LESSONS])
def test_figures_of_digits_are_as_measured(lesson: Lesson) -> None:
    for expression in lesson.expressions():
        if not needs_training(expression):
            assert measure(lesson, expression, "digits") == lesson.figure(expression, "digits")


@pytest.mark.realdata
@pytest.mark.parametrize("lesson", LESSONS, ids=[lesson.id for lesson in LESSONS])
def test_figures_of_the_real_data_are_as_measured(lesson: Lesson) -> None:
    for expression in lesson.expressions():
        for dataset in lesson.datasets:
            if not needs_training(expression):
                assert measure(lesson, expression, dataset) == lesson.figure(expression, dataset)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("pixels", 784),
        ("images train", 1437),
        ("count test 0", 36),
        ("class 3", "3"),
        ("name test 0", "1"),
        ("softmax 1 of 0 0", 0.5),
        ("exp 0", 1.0),
        ("parameters main", 7850),
        ("layer main 1", 0),
        ("layer main 2", 7850),
        ("epochs main", 20),
        ("batch_size main", 16),
        ("steps main", 90),
    ],
)
def test_a_figure_is_named_by_its_words(expression: str, value: object) -> None:
    assert measure(SOFTMAX, expression, "digits") == value


@pytest.mark.parametrize(
    "expression",
    [
        "beauty",
        "label train",
        "label train 99999",
        "label up 1",
        "parameters none",
        "class 10",
        "exp x",
        "recall main",
        "robust main fog 0.1",
        "robust main noise 0.123",
        "dotted main 0 colour",
    ],
)
def test_what_cannot_be_measured_is_a_sentence(expression: str) -> None:
    with pytest.raises(UnknownFigure, match=r"softmax: \{\{"):
        measure(SOFTMAX, expression, "digits")


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Classifier:
    """Let every training of the softmax lesson give the class means, without training."""
    data = datasets.load("digits")
    pixels = data.x_train.reshape(-1, 784) / np.float32(255)
    means = np.stack([pixels[data.y_train == k].mean(axis=0) for k in range(10)], axis=1)
    bias = -(means**2).sum(axis=0) / 2
    recipe = SOFTMAX.recipe("main", "digits")
    found = Classifier(recipe, [(means.astype(np.float32), bias.astype(np.float32))])
    events: tuple[Event, ...] = (
        EpochEnd(1, 90, 1.0, 0.5, 1.0, 0.5, 1.5, 0.001, 0.0),
        Evaluated(0.6, 0.8, 0.4, 0.9, 1, 90, 6.0, 0.0, kept_epoch=1),
    )

    def trained(_recipe: Recipe) -> tuple[tuple[Event, ...], Classifier]:
        return events, found

    monkeypatch.setattr(lessons, "_trained", trained)
    lessons._robustness.cache_clear()
    yield found
    lessons._robustness.cache_clear()


def test_figures_of_a_network_are_of_its_answers(network: Classifier) -> None:
    data = datasets.load("digits")
    answers = network.logits(data.x_test).argmax(axis=1)
    of_class = data.y_test == 4

    def figure(expression: str) -> float:
        assert needs_training(expression)
        return float(measure(SOFTMAX, expression, "digits"))

    assert figure("recall main 4") == pytest.approx((answers[of_class] == 4).mean(), abs=1e-6)
    assert figure("confused main 4 9") == (answers[of_class] == 9).sum()
    assert figure("kept_epoch main") == 1
    assert figure("val_loss main 1") == 1.0
    assert figure("robust main noise 0.02") > 0.7 > figure("robust main aimed 0.2")
    assert figure("dotted main 0 accuracy") > 0.5 > figure("dotted main 0 said")


def test_the_smallest_change_is_the_first_that_changes_the_answer(network: Classifier) -> None:
    greys = measure(SOFTMAX, "smallest main 0", "digits")
    image = datasets.load("digits").x_test[:1]
    before = network.logits(image).argmax(axis=1)
    gradient = loss_gradients(network, image, before)

    def answer(n: int) -> int:
        changed = fast_gradient_sign(image, gradient, n / 255)
        return int(network.logits(changed).argmax())

    assert 1 <= greys < 128
    assert answer(greys) != before[0] == answer(greys - 1)


def test_figures_of_a_recipe_without_training() -> None:
    found = library.lesson("when-to-stop")
    assert found is not None
    rates = [measure(found, f"rate step {n}", "digits") for n in (1, 8, 9, 20)]
    assert rates == pytest.approx([0.03, 0.03, 0.006, 0.0012])
    assert measure(found, "train_images constant", "digits") == 1149
    assert measure(found, "validation_images constant", "digits") == 288
    assert measure(found, "patience stop", "digits") == 3
