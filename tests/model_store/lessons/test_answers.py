"""Answers: what is read as a number, and what is right."""

from dataclasses import replace

import pytest

from model_store.lessons.answers import (
    answer_text,
    is_right,
    plain_word,
    read_numbers,
    right_answer_text,
)
from model_store.lessons.lesson import Lesson, Question
from model_store.lessons.parser import parse
from tests.model_store.lessons.test_parser import GOOD

LESSON = replace(
    parse(GOOD, "a-lesson", "en"),
    figures={
        "pixels": {"digits": 784, "mnist": 784},
        "test_accuracy main": {"digits": 0.93125, "mnist": None},
    },
)
BY_ID = {question.id: question for _step, question in LESSON.questions()}


def own(recipe: str, figure: str) -> float | None:
    return {("main", "test_accuracy"): 0.918}.get((recipe, figure))


def right(question: str | Question, given: str, lesson: Lesson = LESSON) -> bool | None:
    asked = BY_ID[question] if isinstance(question, str) else question
    return is_right(asked, given, lesson, "digits", own)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("784", 784),
        (" 0.867 ", 0.867),
        ("0,867", 0.867),
        ("1.000", 1.0),
        (".5", 0.5),
        ("−2.5", -2.5),
        ("1.5e-7", 1.5e-7),
        ("60,000", 60_000),
        ("60 000", 60_000),
        ("1,234,567.5", 1_234_567.5),
        ("91.8 %", 91.8),
        ("９１．８", 91.8),
        ("7.", 7),
    ],
)
def test_numbers_as_people_type_them(text: str, value: float) -> None:
    assert value in read_numbers(text)


def test_a_comma_can_be_a_point_or_a_separator() -> None:
    assert read_numbers("1,234") == (1.234, 1234)
    assert read_numbers("0,867") == (0.867,)


@pytest.mark.parametrize(
    "text",
    ["", "%", "seven", "1 2", "nan", "inf", "1e999", "0x10", "1,2,3", "--1", "1" * 999, "٣x"],
)
def test_what_is_no_number(text: str) -> None:
    assert read_numbers(text) == ()


def test_a_number_is_right_within_its_tolerance() -> None:
    assert right("number", "784") and right("number", "784.5") and right("number", "783.5")
    assert right("number", "784.51") is False
    assert right("number", "many") is False


def test_a_percentage_can_be_written_in_three_ways() -> None:
    assert right("own", "91.8 %") and right("own", "91,85") and right("own", "0.918")
    assert right("own", "92") is False
    assert right("own", "0.918 %") is False


def test_a_figure_of_a_run_that_is_not_there_cannot_be_marked() -> None:
    assert is_right(BY_ID["own"], "91.8", LESSON, "digits", lambda _r, _f: None) is None
    unmeasured = replace(LESSON, figures={})
    assert right("number", "784", unmeasured) is None


def test_words_are_compared_without_case_spaces_and_hyphens() -> None:
    for given in ("argmax", "Arg Max", "arg-max", " “ARGMAX” ", "ａｒｇｍａｘ"):
        assert right("word", given)
    assert right("word", "max") is False
    assert plain_word("独热 编码") == "独热编码"


def test_options_must_be_exactly_the_right_ones() -> None:
    assert right("choice", "1")
    assert right("choice", "0") is False
    assert right("several", "0 2")
    for given in ("0", "0 1 2", "", "2 0 0", "x"):
        assert right("several", given) is False


def test_a_prediction_is_not_marked() -> None:
    assert right("guess", "anything") is None


def test_answers_as_text() -> None:
    assert answer_text(BY_ID["several"], "0 2") == "This; Those"
    assert answer_text(BY_ID["several"], "7 x \u0663 99999") == ""
    assert answer_text(BY_ID["number"], "<b>") == "<b>"
    texts = {name: right_answer_text(q, LESSON, "digits", own) for name, q in BY_ID.items()}
    assert texts == {
        "choice": "That",
        "several": "This; Those",
        "number": "784",
        "own": "91.8 %",
        "word": "arg max",
        "guess": "",
    }


def test_figures_are_filled_in_for_the_data_set() -> None:
    text = "{{test_accuracy main | percent 2}}, {{ pixels }}, {{test_accuracy main|3}}, {{exp 2}}"
    assert LESSON.fill(text, "digits") == "93.12 %, 784, 0.931, {{exp 2}}"
    assert LESSON.fill("{{test_accuracy main}}", "mnist") == "{{test_accuracy main}}"
