"""Evaluation in a real Chromium: matrix, images of a cell, filters, one image."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from model_store import Run
from model_store.inference.classifier import Classifier
from model_store.inference.metrics import Evaluation
from pages.ui.components.picture_grid import PER_PAGE
from tests.support.app_server import Server
from tests.support.browser_page import screenshot, settled
from training.data import datasets

VIEWS = {
    "Results": "Class by class",
    "Confusion matrix": "Most frequent mistakes",
    "Pictures": "1 to 15 of 360",
    "Calibration": "Calibration error (ECE)",
    "Robustness": "Aimed at the model",
    "Weights and layers": "Templates",
}
# Centre of a heat map's cell on the screen.
CELL = """([truth, answer]) => {
  const plot = document.querySelector(".lab-live-plot");
  const { x, y } = plot.getBoundingClientRect();
  const { xaxis, yaxis } = plot._fullLayout;
  return [x + xaxis._offset + xaxis.d2p(answer), y + yaxis._offset + yaxis.d2p(truth)];
}"""


@pytest.fixture(scope="module")
def answers(digits_model: Run) -> Evaluation:
    data = datasets.load("digits")
    return Evaluation.of(Classifier.load(digits_model).probabilities(data.x_test), data.y_test)


def visit(page: Page, lab: Server, run: str, **params: str) -> None:
    rest = "".join(f"&{name}={value}" for name, value in params.items())
    page.goto(f"{lab.url}/evaluate?run={run}{rest}")
    settled(page)
    expect(page.get_by_role("heading", name="Evaluate")).to_be_visible()


def click_cell(page: Page, truth: int, answer: int) -> None:
    page.locator(".lab-live-plot[data-drawn]").scroll_into_view_if_needed()
    page.mouse.click(*page.evaluate(CELL, [truth, answer]))


def expect_pictures(page: Page, positions: list[int]) -> None:
    """Wait until the grid shows these images, in this order."""
    page.wait_for_function(
        """(wanted) => [...document.querySelectorAll(".lab-pictures a")]
            .map((link) => link.dataset.position).join() === wanted""",
        arg=",".join(map(str, positions)),
    )


def expect_address(page: Page, /, **params: str | None) -> None:
    """Wait until the URL has these parameters; None means absent."""
    page.wait_for_function(
        """(wanted) => Object.entries(wanted).every(
            ([name, value]) => new URL(location.href).searchParams.get(name) === value)""",
        arg=params,
    )


def choose(page: Page, label: str, option: str) -> None:
    """Choose in a select box with the keyboard."""
    box = page.get_by_role("combobox", name=label, exact=False)
    box.focus()
    box.fill(option)
    page.get_by_role("option", name=option, exact=True).wait_for()
    box.press("Enter")


def test_a_click_on_the_matrix_shows_that_mistakes_images(
    lab: Server, page: Page, digits_model: Run, answers: Evaluation
) -> None:
    worst = answers.mistakes(2)[-1]
    visit(page, lab, digits_model.id, view="matrix", show="wrong")
    expect(page.get_by_text("No cell chosen yet")).to_be_visible()
    click_cell(page, worst.truth, worst.answer)
    found = answers.select("all", worst.truth, worst.answer).tolist()
    expect_pictures(page, found[:PER_PAGE])
    expect(
        page.get_by_role("heading", name=f"{worst.truth}, read as {worst.answer}")
    ).to_be_visible()
    expect_address(page, truth=str(worst.truth), answer=str(worst.answer))
    screenshot(page, "evaluate-cell")
    click_cell(page, 0, 0)
    expect_pictures(page, answers.select("all", 0, 0).tolist()[:PER_PAGE])
    page.reload()
    expect_pictures(page, answers.select("all", 0, 0).tolist()[:PER_PAGE])


def test_the_keyboard_reaches_a_cell_and_its_images(
    lab: Server, page: Page, digits_model: Run, answers: Evaluation
) -> None:
    worst = answers.mistakes(1)[0]
    visit(page, lab, digits_model.id, view="matrix")
    choose(page, "True class", str(worst.truth))
    expect_address(page, truth=str(worst.truth))
    settled(page)
    choose(page, "Read as", str(worst.answer))
    found = answers.select("all", worst.truth, worst.answer).tolist()
    expect_pictures(page, found)
    page.locator(".lab-pictures a").first.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text(f"Test image {found[0]}, true class")
    expect_address(page, image=str(found[0]))
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect_address(page, image=None, truth=str(worst.truth))


def test_filters_and_pages(lab: Server, page: Page, digits_model: Run, answers: Evaluation) -> None:
    visit(page, lab, digits_model.id, view="pictures")
    expect_pictures(page, list(range(PER_PAGE)))
    for order, option in (
        ("wrong", "mistakes"),
        ("uncertain", "least confident answers"),
        ("confident", "most confident mistakes"),
    ):
        choose(page, "Show", option)
        expect_pictures(page, answers.select(order)[:PER_PAGE].tolist())
        expect_address(page, show=order)
    assert page.locator('.lab-pictures a[data-right="true"]').count() == 0
    page.get_by_role("button", name="Page 2").click()
    expect_pictures(page, answers.select("confident")[PER_PAGE:].tolist())
    expect_address(page, page="2")
    screenshot(page, "evaluate-confident")


def test_one_image_in_full(lab: Server, page: Page, digits_model: Run, answers: Evaluation) -> None:
    first, second = answers.select("wrong")[:2].tolist()
    visit(page, lab, digits_model.id, view="pictures", show="wrong", image=str(first))
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"Test image {first}, true class")
    expect(dialog).to_contain_text("the shape (1, 28, 28)")
    sure = f"{100 * answers.confidence[first]:.1f} %"
    expect(dialog.locator(".lab-answer")).to_contain_text(f"with {sure}: wrong")
    screenshot(page, "evaluate-image")
    expect(dialog.get_by_role("button", name="Previous")).to_be_disabled()
    dialog.get_by_role("button", name="Next").press("Enter")
    expect(dialog).to_contain_text(f"Test image {second}, true class")
    expect_address(page, image=str(second))
    dialog.get_by_role("link", name="Find it in the data").click()
    expect(page.get_by_role("heading", name="Data")).to_be_visible()
    expect_address(page, index=str(second), split="test", dataset="digits")


def test_every_view_in_the_dark_on_a_phone(
    lab: Server, new_page: Callable[..., Page], digits_model: Run
) -> None:
    page = new_page("dark", width=390)
    visit(page, lab, digits_model.id)
    for view, content in VIEWS.items():
        page.get_by_role("radio", name=view).click()
        expect(page.get_by_text(content, exact=False).first).to_be_visible()
        settled(page)
        expect(page.locator('[data-testid="stException"]')).to_have_count(0)
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{view} scrolls sideways"
        screenshot(page, f"evaluate-{view.split()[0].lower()}-dark-390")
