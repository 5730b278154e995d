"""The switchboard: five pictures with their own bars, switches that change the answer."""

from __future__ import annotations

from dataclasses import fields, replace
from html.parser import HTMLParser

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from model_store.classifier import Classifier
from pages.ui import services
from pages.ui.pad import SIDE, STRIP
from pages.ui.switchboard import STEPS, SWITCHED, card
from tests.pages.test_draw import SEVEN, shown, with_drawing
from training.choices import DIGITS
from training.images import ALL_ON, Stages, Stroke, Switches, stages

CORNER = [(190.0, 40.0), (250.0, 40.0), (210.0, 110.0)]


class Cards(HTMLParser):
    """What the cards say, in order."""

    def __init__(self, at: AppTest) -> None:
        super().__init__()
        self.said: list[str] = []
        self._inside = False
        for element in at.get("html"):
            self.feed(element.proto.body)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = ("class", "lab-said") in attrs

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.said.append(data.strip())
            self._inside = False


def answers(at: AppTest) -> list[str]:
    return Cards(at).said


def expected(on: Switches = ALL_ON) -> list[float]:
    stroke = Stroke(tuple((x, y - STRIP) for x, y in CORNER), 20)
    image = stages([stroke], SIDE, SIDE, on).centred
    run = services.store().open("starter-mnist")
    return [float(share) for share in Classifier.load(run).probabilities(image)]


def corner() -> AppTest:
    return with_drawing(CORNER, run="starter-mnist")


def switch(at: AppTest, name: str, on: bool) -> None:
    at.toggle(key=f"lab_stage_{name}").set_value(on).run()
    assert not at.exception


def test_the_steps_are_those_of_the_preparation() -> None:
    assert list(STEPS) == [field.name for field in fields(Stages)]
    assert set(SWITCHED) == set(STEPS) - {"raw"}


def test_each_step_answers_for_itself() -> None:
    at = corner()
    said = answers(at)
    assert len(said) == 5 and all("%" in words for words in said)
    assert said[-1].startswith("7, ") and shown(at)["answer"] == "7"


def test_a_blank_pad_has_pictures_and_no_answers() -> None:
    assert answers(with_drawing()) == [""] * 5


@pytest.mark.parametrize("name", SWITCHED)
def test_a_switch_changes_the_answer_and_says_so(name: str) -> None:
    at = corner()
    assert at.info == []
    before = shown(at)["seen"]
    switch(at, name, False)
    assert shown(at)["seen"] != before
    assert shown(at)["shares"] == pytest.approx(
        expected(replace(ALL_ON, **{name: False})), abs=2e-5
    )
    (hint,) = at.info
    assert "Answered without" in hint.value and STEPS[name].title in hint.value


def test_all_steps_come_back_at_once() -> None:
    at = corner()
    for name in SWITCHED:
        switch(at, name, False)
    assert len(set(answers(at))) == 1, "nothing is done, five times"
    at.button(key="all_steps_on").click().run()
    assert at.info == [] and all(toggle.value for toggle in at.toggle)
    assert shown(at)["shares"] == pytest.approx(expected(), abs=2e-5)


def test_words_in_a_card_are_escaped() -> None:
    image = np.zeros((28, 28), np.uint8)
    text = card(image, np.eye(10, dtype=np.float32)[0], ("<b>", *DIGITS[1:]), "<script>")
    assert "<script>" not in text and "<b>" not in text.replace('<b class="lab-said">', "")


def test_a_drawing_can_be_any_size() -> None:
    assert shown(with_drawing(SEVEN, run="starter-mnist"))["answer"] == "7"
