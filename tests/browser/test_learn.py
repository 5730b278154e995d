"""A whole lesson in a real Chromium: every step, every question, a training, the hand-in."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from model_store.lessons import library
from model_store.lessons.answers import right_answer_text
from model_store.lessons.lesson import Kind, Question
from tests.support.app_server import Server
from tests.support.browser_pad import THREE, draw, expect_answer
from tests.support.browser_page import downloaded, screenshot, settled, sideways

LESSON = library.lessons()[0]


def answer(page: Page, number: int, question: Question, given: str = "") -> None:
    """Answer the question at a place of the step, rightly if no answer is given; press Check."""
    box = page.locator(f".st-key-learn_question_{number}")
    right = given or right_answer_text(question, LESSON, "digits")
    if question.kind is Kind.CHOICE or question.options:
        place = question.right[0] if question.right else 0
        box.get_by_text(question.options[place], exact=True).click()
    else:
        box.get_by_role("textbox").fill(right)
    box.get_by_role("button", name="Check" if question.marked else "Keep").click()
    said = box.get_by_text("Correct." if question.marked else "Kept:")
    expect(said).to_be_visible()


def train(page: Page) -> str:
    """Start the step's training; return its test accuracy in percent."""
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_text("Test accuracy", exact=True)).to_be_visible(timeout=60_000)
    expect(page.locator(".lab-log pre")).to_contain_text("Epoch 20/20 - ")
    expect(page.locator(".lab-log pre")).to_contain_text("µs/image - loss: ")
    return page.get_by_test_id("stMetricValue").first.inner_text()


def test_a_whole_lesson(lab: Server, page: Page, tmp_path: Path) -> None:
    page.goto(f"{lab.url}/")
    settled(page)
    page.get_by_role("link", name="Begin with the lesson").click()
    own = ""
    for number, step in enumerate(LESSON.steps, 1):
        expect(page.get_by_role("heading", name=f"{number} {step.title}")).to_be_visible()
        settled(page)
        if step.id == "train":
            own = train(page)
        if step.id == "nothing":
            draw(page, THREE)
            expect_answer(page, "3")
        for place, question in enumerate(step.questions, 1):
            is_own = question.number is not None and bool(question.number.run)
            answer(page, place, question, own if is_own else "")
        done = page.get_by_role("radio", name=f"{number} ✓")
        expect(done).to_be_visible()
        page.get_by_role("button", name=re.compile("^Next: ")).click()
    expect(page.get_by_text(f"All {len(LESSON.steps)} steps are done.")).to_be_visible()
    screenshot(page, "hand-in")
    file = downloaded(page, page.get_by_role("button", name="Download the file to hand in"))
    assert file.suggested_filename == "softmax-hand-in.html"
    page.reload()
    expect(page.get_by_text(f"All {len(LESSON.steps)} steps are done.")).to_be_visible()
    page.goto(f"{lab.url}/learn")
    expect(page.get_by_text("7 of 7 steps done")).to_be_visible()
    file.save_as(tmp_path / "hand-in.html")
    page.goto((tmp_path / "hand-in.html").as_uri())
    expect(page.get_by_role("heading", name="Hand-in: What does softmax do?")).to_be_visible()
    expect(page.get_by_text("10 of 10 questions answered correctly")).to_be_visible()
    expect(page.get_by_text(own)).to_have_count(2)  # the answer and the run
    expect(page.get_by_text("no answer")).to_have_count(0)
    receipt = downloaded(page, page.get_by_role("link", name="Download the receipt"))
    assert receipt.suggested_filename.endswith("-receipt.json")


def test_the_keyboard_leads_through_the_steps(lab: Server, page: Page) -> None:
    page.goto(f"{lab.url}/learn?lesson=softmax")
    settled(page)
    page.keyboard.press("Control+ArrowRight")
    expect(page.get_by_role("heading", name="2 Softmax by hand")).to_be_visible()
    page.wait_for_url("**step=by-hand*")
    page.keyboard.press("Control+ArrowLeft")
    expect(page.get_by_role("heading", name="1 Ten scores")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="2 Softmax by hand")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1366])
def test_what_one_reads_and_what_one_does(
    lab: Server, new_page: Callable[..., Page], width: int
) -> None:
    """Side by side on a laptop; on a phone text, live part, question, one below the other."""
    page = new_page(width=width, height=768)
    page.goto(f"{lab.url}/learn?lesson=softmax&step=by-hand")
    settled(page)
    places = [
        page.get_by_role("heading", name="2 Softmax by hand"),
        page.get_by_role("spinbutton", name="score 1"),
        page.get_by_role("textbox").first,
    ]
    boxes = [place.bounding_box() for place in places]
    reading, doing, asking = (box for box in boxes if box is not None)
    if width == 390:
        assert reading["y"] < doing["y"] < asking["y"]
    else:
        assert reading["x"] + reading["width"] <= doing["x"]
        assert 0.3 * width < doing["x"] < 0.42 * width
        assert doing["y"] < 300 and asking["x"] < doing["x"]
    assert sideways(page) <= 0
