"""Figures in the lessons: those that need no training are measured again on Digits."""

import pytest

from benchmarks.lessons import UnknownFigure, measure, needs_training
from model_store.lessons import library
from model_store.lessons.lesson import Lesson

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
    ],
)
def test_what_cannot_be_measured_is_a_sentence(expression: str) -> None:
    with pytest.raises(UnknownFigure, match=r"softmax: \{\{"):
        measure(SOFTMAX, expression, "digits")
