"""Drawing on the pad in a real browser."""

from playwright.sync_api import Page, expect

from model_store.classroom.drawing import Point

# Hand-drawn strokes in the unit square, x to the right and y downwards.
THREE = [
    [(0.25, 0.2), (0.4, 0.1), (0.6, 0.12), (0.7, 0.25), (0.62, 0.4), (0.42, 0.48)],
    [(0.42, 0.48), (0.65, 0.55), (0.74, 0.7), (0.64, 0.86), (0.42, 0.9), (0.25, 0.82)],
]
ONE = [[(0.5, 0.12), (0.5, 0.88)]]
ZERO = [
    [
        *((0.5, 0.12), (0.34, 0.2), (0.27, 0.4), (0.27, 0.6), (0.34, 0.8), (0.5, 0.88)),
        *((0.66, 0.8), (0.73, 0.6), (0.73, 0.4), (0.66, 0.2), (0.5, 0.12)),
    ]
]
STAR = [[(0.5, 0.1), (0.75, 0.9), (0.1, 0.4), (0.9, 0.4), (0.25, 0.9), (0.5, 0.1)]]
BLANK = "Draw a digit: the ten bars answer here."
SEVEN = [[(0.25, 0.15), (0.75, 0.15), (0.62, 0.45), (0.45, 0.88)]]


def draw(page: Page, strokes: list[list[Point]], size: float = 240) -> None:
    """Draw on the pad with the mouse."""
    canvas = page.locator("canvas.upper-canvas")
    canvas.wait_for()
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    left, top = box["x"] + 30, box["y"] + 30
    for stroke in strokes:
        points = [(left + x * size, top + y * size) for x, y in stroke]
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point, steps=2)  # each step waits for a frame
        page.mouse.up()


def expect_answer(page: Page, digit: str) -> None:
    """Wait until the bars answer with this digit."""
    expect(page.locator(".lab-answers .lab-answer")).to_have_attribute("data-answer", digit)


def expect_blank(page: Page) -> None:
    """Wait until the bars ask for a drawing."""
    expect(page.get_by_text(BLANK)).to_be_visible()


def network_reads(page: Page, digit: str) -> None:
    """Wait until the network's picture says that it reads this digit."""
    expect(page.locator(".lab-network")).to_have_attribute("data-answer", digit)
