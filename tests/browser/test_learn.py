"""A whole lesson in a real Chromium: every step, every question, a training, the hand-in."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from model_store.lessons import library
from model_store.lessons.answers import right_answer_text
from model_store.lessons.lesson import Lesson, Question
from model_store.text import _
from model_store.text.languages import LANGUAGES, speaking
from tests.support.accessibility import expect_nothing_serious
from tests.support.app_server import Server
from tests.support.browser_pad import THREE, draw, expect_answer
from tests.support.browser_page import downloaded, screenshot, settled, sideways
from training.lessons.sheet import sheet

LESSONS = library.lessons()
LESSON = LESSONS[0]
# The languages that it is written in.
LANGUAGES_OF_IT = [
    code for code in LANGUAGES if (library.TEXTS / LESSON.id / f"{code}.md").is_file()
]
PAGES = re.compile(rb"/Type\s*/Page\b")


def answer(page: Page, number: int, question: Question, right: str) -> None:
    """Give the right answer to the question at a place of the step, and press Check."""
    box = page.locator(f".st-key-learn_question_{number}")
    if question.options:
        for place in question.right or (0,):
            box.get_by_text(question.options[place], exact=True).click()
    else:
        box.get_by_role("textbox").fill(right or "?")
    box.get_by_role("button", name=_("Check") if question.marked else _("Keep")).click()
    said = _("**Correct.** {why}").split("**")[1]
    kept = _("Kept: {answer}").partition("{")[0].strip()
    verdict = box.get_by_text(said, exact=True) if question.marked else box.get_by_text(kept)
    expect(verdict).to_be_visible()


def train(page: Page) -> str:
    """Start the step's training; return its test accuracy in percent."""
    page.get_by_role("button", name=_("Start training")).click()
    expect(page.get_by_text(_("Test accuracy"), exact=True)).to_be_visible(timeout=60_000)
    log = page.locator(".lab-log pre")
    expect(log).to_contain_text(_("Epoch {n}/{all}").format(n=20, all=20))
    expect(log).to_contain_text(re.compile(r"- loss: 0\.\d{4} - accuracy: 0\.\d{4} - val_loss"))
    return page.get_by_test_id("stMetricValue").first.inner_text()


@pytest.mark.parametrize("code", LANGUAGES_OF_IT)
def test_a_whole_lesson(lab: Server, page: Page, tmp_path: Path, code: str) -> None:
    lesson = library.lesson(LESSON.id, code)
    assert lesson is not None and lesson.language == code
    with speaking(code):
        go_through(page, lab, lesson, tmp_path)


def go_through(page: Page, lab: Server, lesson: Lesson, folder: Path) -> None:
    """Walk from the first page to the file to hand in, with every question answered rightly."""
    page.context.clear_cookies()  # of a run before that failed
    page.goto(f"{lab.url}/?lang={lesson.language}")
    settled(page)
    page.locator("a", has_text=lesson.title).click()
    own = ""
    for number, step in enumerate(lesson.steps, 1):
        expect(page.get_by_role("heading", name=f"{number} {step.title}")).to_be_visible()
        settled(page)
        if step.id == "train":
            own = train(page)
        if step.id == "nothing":
            draw(page, THREE)
            expect_answer(page, "3")
        for place, question in enumerate(step.questions, 1):
            is_own = question.number is not None and bool(question.number.run)
            right = own if is_own else right_answer_text(question, lesson, "digits")
            answer(page, place, question, right)
        expect(page.get_by_role("radio", name=f"{number} ✓")).to_be_visible()
        page.locator(".st-key-onwards button").click()
    steps = len(lesson.steps)
    done = page.get_by_text(_("All {n} steps are done.").format(n=steps))
    expect(done).to_be_visible()
    screenshot(page, f"hand-in-{lesson.language}")
    button = page.get_by_role("button", name=_("Download the file to hand in"))
    file = downloaded(page, button)
    assert file.suggested_filename == f"{lesson.id}-hand-in.html"
    page.reload()
    expect(done).to_be_visible()
    page.goto(f"{lab.url}/learn")
    all_done = _("{done} of {all} steps done").format(done=steps, all=steps)
    expect(page.get_by_text(all_done)).to_be_visible()
    file.save_as(folder / "hand-in.html")
    page.goto((folder / "hand-in.html").as_uri())
    title = _("Hand-in: {lesson}").format(lesson=lesson.title)
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    marked = [question for _step, question in lesson.questions() if question.marked]
    expect(page.get_by_text(f"✓ {_('correct')}")).to_have_count(len(marked))
    expect(page.get_by_text(own)).to_have_count(2)  # the answer and the run
    expect(page.get_by_text(_("no answer"))).to_have_count(0)
    receipt = downloaded(page, page.get_by_role("link", name=_("Download the receipt")))
    assert receipt.suggested_filename.endswith("-receipt.json")


def test_sheets_and_keys_have_two_pages_at_most(page: Page) -> None:
    """As Chromium prints them on A4."""
    counts = {}
    for code in LANGUAGES:
        for lesson in library.lessons(code):
            for key in (False, True):
                page.set_content(sheet(lesson, "digits", key=key))
                pages = PAGES.findall(page.pdf(prefer_css_page_size=True))
                counts[lesson.id, lesson.language, key] = len(pages)
    assert counts and {name: n for name, n in counts.items() if not 1 <= n <= 2} == {}


def test_the_keyboard_leads_through_the_steps(lab: Server, page: Page) -> None:
    page.goto(f"{lab.url}/learn?lesson=softmax&lang=en")
    settled(page)
    page.keyboard.press("Alt+n")
    expect(page.get_by_role("heading", name="2 Softmax by hand")).to_be_visible()
    page.wait_for_url("**step=by-hand*")
    field = page.get_by_role("textbox").first
    field.fill("ab cd")
    field.press("Control+ArrowLeft")  # to the word before
    expect(page.get_by_role("heading", name="2 Softmax by hand")).to_be_visible()
    page.keyboard.press("Alt+p")
    expect(page.get_by_role("heading", name="1 Ten scores")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="2 Softmax by hand")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1366])
def test_what_one_reads_and_what_one_does(
    lab: Server, new_page: Callable[..., Page], width: int
) -> None:
    """Side by side on a laptop; on a phone text, live part, question, one below the other."""
    page = new_page(width=width, height=768)
    page.goto(f"{lab.url}/learn?lesson=softmax&step=by-hand&lang=en")
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


def test_a_drawing_fools_the_built_in_network_in_a_lesson(lab: Server, page: Page) -> None:
    page.goto(f"{lab.url}/learn?lesson=fool&step=draw&lang=en&dataset=digits")
    settled(page)
    box = page.locator(".lab-fool")
    expect(box.locator(".lab-fool-says")).to_contain_text("Draw a digit")
    draw(page, THREE)
    expect(box.locator(".lab-fool-says")).to_contain_text("instead of 3")
    expect(box).to_have_attribute("data-greys", re.compile(r"[1-9]\d*"))
    expect_nothing_serious(page)
