"""Preparation steps: five images with their own bars, switches that change the answer."""

from dataclasses import fields, replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.draw.preparation_steps import OPTIONAL_STEPS, STEPS
from pages.ui.figures.pictures import data_url
from pages.ui.services import singletons
from tests.support.components import component_data, send_event
from tests.support.draw_page import SEVEN, expected, prepared, shown, toggle, with_drawing
from training.images.preprocess import ALL_STEPS, StepImages, Steps

CORNER = [(190.0, 40.0), (250.0, 40.0), (210.0, 110.0)]


def cards(at: AppTest) -> list[dict[str, Any]]:
    (data,) = component_data(at, "preparation_steps")
    return data["steps"]


def answers(at: AppTest) -> list[str]:
    return [card["answer"] for card in cards(at)]


def corner_answer(steps: Steps = ALL_STEPS) -> list[float]:
    return expected(singletons.store().open("starter-mnist"), CORNER, steps=steps)


def corner() -> AppTest:
    return with_drawing(CORNER, run="starter-mnist")


def test_the_steps_are_those_of_the_preparation() -> None:
    assert list(STEPS) == [field.name for field in fields(StepImages)]
    assert set(OPTIONAL_STEPS) == set(STEPS) - {"raw"}


def test_each_step_answers_for_itself() -> None:
    at = corner()
    said = answers(at)
    assert len(said) == 5 and all("%" in words for words in said)
    assert said[-1].startswith("7, ") and shown(at)["answer"] == "7"


def test_a_blank_pad_has_pictures_and_no_answers() -> None:
    assert answers(with_drawing()) == [""] * 5


@pytest.mark.parametrize("name", OPTIONAL_STEPS)
def test_a_switch_changes_the_answer_and_says_so(name: str) -> None:
    at = corner()
    assert at.info == []
    before = shown(at)["image"]
    toggle(at, name)
    assert shown(at)["image"] != before
    assert shown(at)["probabilities"] == pytest.approx(
        corner_answer(replace(ALL_STEPS, **{name: False})), abs=2e-5
    )
    (hint,) = at.info
    assert "Answered without" in hint.value and STEPS[name][0] in hint.value


def test_all_steps_come_back_at_once() -> None:
    at = corner()
    toggle(at, *OPTIONAL_STEPS)
    assert len(set(answers(at))) == 1, "nothing is done, five times"
    at.button(key="all_steps_on").click().run()
    assert at.info == [] and all(card["on"] for card in cards(at))
    assert shown(at)["probabilities"] == pytest.approx(corner_answer(), abs=2e-5)


@pytest.mark.parametrize("value", ["raw", "__class__", "", None, 3, ["scaled"], {"cropped": 1}])
def test_what_is_no_switch_turns_nothing(value: object) -> None:
    at = send_event(corner(), "preparation_steps", "toggle", value)
    assert all(card["on"] for card in cards(at))


def test_each_step_shows_its_image() -> None:
    steps = prepared(CORNER)
    assert [card["image"] for card in cards(corner())] == [
        data_url(getattr(steps, name)) for name in STEPS
    ]


def test_a_drawing_can_be_any_size() -> None:
    assert shown(with_drawing(SEVEN, run="starter-mnist"))["answer"] == "7"
