"""Sheet to print and teacher's key: complete, self-contained, escaped."""

import re
from dataclasses import replace
from html import unescape

import pytest

from model_store.lessons import library
from model_store.lessons.lesson import Lesson
from training.lessons.sheet import sheet

LESSONS = library.lessons()
HOSTILE = '<script>alert(1)</script> & "x" {{pixels}}'


def text(page: str) -> str:
    """Return a page's text without tags."""
    body = page[page.index("<body>") :]
    return unescape(re.sub(r"<[^>]+>", "", body))


@pytest.mark.parametrize("lesson", LESSONS, ids=[lesson.id for lesson in LESSONS])
def test_a_sheet_has_every_question_and_no_answer_and_the_key_has_both(lesson: Lesson) -> None:
    page, key = sheet(lesson, "digits"), sheet(lesson, "digits", key=True)
    for paper in (page, key):
        assert not re.search(r"<(script|link|iframe)|https?:|src=|url\(", paper)
        assert "{{" not in paper
    asked = sum(1 for _each in lesson.questions())
    assert page.count('<div class="question">') == key.count('<div class="question">') == asked
    assert page.count('class="key"') == 0
    assert key.count('class="key"') == asked
    assert page.count('class="line') + page.count('class="options') == asked
    for number, step in enumerate(lesson.steps, 1):
        assert f"{number} {lesson.fill(step.title, 'digits')}" in text(page)


def test_the_key_has_the_right_answers_of_the_data_set() -> None:
    softmax = LESSONS[0]
    assert "0.8668" in text(sheet(softmax, "digits", key=True))
    assert "0.8668" not in text(sheet(softmax, "digits"))
    label = {name: softmax.figure("label test 0", name) for name in ("digits", "mnist")}
    assert label == {"digits": 1, "mnist": 7}


def test_texts_are_escaped() -> None:
    softmax = LESSONS[0]
    step = softmax.steps[0]
    question = replace(step.questions[0], text=HOSTILE, options=(HOSTILE, "b", "c"), why=HOSTILE)
    step = replace(step, title=HOSTILE, look=HOSTILE, teacher=HOSTILE, questions=(question,))
    hostile = replace(softmax, title=HOSTILE, about=HOSTILE, aim=HOSTILE, steps=(step,))
    for key in (False, True):
        page = sheet(hostile, "digits", key=key)
        assert "<script" not in page and "alert(1)" in text(page)
