"""A whole lesson in fast motion: a teacher's desk, the board, and five students' devices."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from model_store.classroom.activities import KINDS
from pages.ui.figures.qr_code import qr_path
from tests.support.app_server import Server
from tests.support.browser_page import downloaded, settled
from tests.support.class_phone import SEVEN, THREE, drag, draw, join, send

NewPage = Callable[..., Page]
SCRIPT = "<script>a()</script>"
PHONE = {"width": 390, "height": 844}
SENT = "Sent. You can change it until time is up."


@dataclass
class Student:
    """A student's browser and personal code."""

    page: Page
    personal: str
    has_touch: bool = False

    def draw(self, points: Any) -> None:
        draw(self.page, points, self.has_touch)

    def drag(self, selector: str, points: Any) -> None:
        drag(self.page, selector, points, self.has_touch)


@pytest.fixture
def wandering(chromium: BrowserContext) -> Iterator[Page]:
    """A phone that loses its connection, which its console may say; scripts make no error."""
    assert chromium.browser is not None
    context = chromium.browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)  # type: ignore[arg-type]
    errors: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


class Lesson:
    """A class with its desk, its board and its students, who do one thing after the other."""

    def __init__(self, lab: Server, desk: Page, board: Page) -> None:
        self.desk, self.board = desk, board
        desk.goto(f"{lab.url}/classroom")
        settled(desk)
        desk.get_by_label("Name of the class").fill("9b")
        self.press("Open a class")
        desk.wait_for_url("**/classroom?class=*")
        self.code = desk.url.partition("class=")[2]
        board.goto(f"{lab.url}/classroom?class={self.code}&view=board")
        expect(board.locator(".lab-lobby-code")).to_have_text(self.code)
        self.join_page = f"http://{board.locator('.lab-lobby-address').inner_text()}"
        self.address = f"{self.join_page}/{self.code}"
        self.students: dict[str, Student] = {}

    @property
    def phones(self) -> list[Page]:
        return [student.page for student in self.students.values()]

    def press(self, name: str) -> None:
        self.desk.get_by_role("button", name=name, exact=True).click()

    def choose(self, kind: str) -> None:
        """Choose an activity on the desk, and wait for its form."""
        self.desk.get_by_role("radiogroup").get_by_text(KINDS[kind]).click()
        expect(self.desk.locator(f".st-key-start_button_{kind}")).to_be_visible()

    def start(self, kind: str) -> None:
        """Start what is chosen, and wait until every phone shows it."""
        self.desk.locator(f".st-key-start_button_{kind} button").click()
        for page in self.phones:
            expect(page.get_by_role("heading", name=KINDS[kind])).to_be_visible()

    def reveal(self) -> None:
        self.press("Reveal on the board")
        expect(self.desk.get_by_text("The board shows the result.")).to_be_visible()

    def given(self, text: str) -> None:
        """Expect how many have given something, at the board and at the desk."""
        expect(self.board.locator(".lab-board-given")).to_have_text(text)
        expect(self.desk.locator(".lab-class-progress b")).to_have_text(text)


def test_a_whole_lesson(lab: Server, new_page: NewPage, wandering: Page) -> None:
    lesson = Lesson(lab, new_page(), new_page(width=1920, height=1080))
    all_join(lesson, new_page, wandering)
    all_draw(lesson)
    all_fool_the_network(lesson)
    all_race(lesson)
    all_predict(lesson)
    all_answer(lesson, new_page)
    one_is_removed(lesson)
    all_follow(lesson)
    it_ends(lesson)


def all_join(lesson: Lesson, new_page: NewPage, wandering: Page) -> None:
    """Four join by the QR code's address or by typing the code; one comes later."""
    qr = lesson.board.locator(".lab-board-lobby .lab-qr path").last
    expect(qr).to_have_attribute("d", qr_path(lesson.address)[0])
    touch = {"has_touch": True, "is_mobile": True}
    phone, tablet = new_page(**PHONE, **touch), new_page(width=820, height=1180, **touch)
    ada = Student(phone, join(phone, lesson.address, SCRIPT), True)
    cleo = Student(tablet, join(tablet, lesson.address.lower(), "Cleo"), True)
    wandering.goto(lesson.join_page)
    wandering.get_by_label("Code on the board").fill(lesson.code.lower())
    ben = Student(wandering, join(wandering, "", "Ben"), True)
    laptop = new_page()
    dan = Student(laptop, join(laptop, lesson.address))
    lesson.students = {"ada": ada, "ben": ben, "cleo": cleo, "dan": dan}
    people = lesson.board.locator(".lab-people li")
    expect(people).to_have_text([SCRIPT, "Cleo", "Ben", "and 1 more"])


def all_draw(lesson: Lesson) -> None:
    """Draw this: one loses the Wi-Fi, one reloads, one has not sent when the time is up."""
    desk, board = lesson.desk, lesson.board
    ada, ben, cleo, dan = lesson.students.values()
    desk.get_by_label("Which digit").click()
    desk.get_by_role("option", name="3").click()
    desk.get_by_label("Drawings a person").fill("1")
    lesson.start("draw")
    ada.draw(THREE)
    expect(ada.page.locator(".lab-bars li[data-best=true]")).to_have_text(re.compile("^3"))
    send(ada.page)
    tiles = board.locator(".lab-tile")
    expect(tiles).to_have_count(1)
    expect(tiles).to_have_attribute("data-mark", "right")

    ben.page.context.set_offline(True)
    ben.draw(SEVEN)
    ben.page.get_by_role("button", name="Send").click()
    expect(ben.page.get_by_text("No connection.")).to_be_visible()
    cleo.draw(THREE)
    cleo.page.reload()
    expect(cleo.page.locator(".lab-bars li[data-best=true]")).to_have_text(re.compile("^3"))
    send(cleo.page)
    ben.page.context.set_offline(False)
    expect(tiles).to_have_count(3)
    expect(ben.page.locator("#notice")).not_to_contain_text("No connection")
    lesson.given("3 of 4 have drawn")

    # The teacher lets another network read, and everybody has it at once.
    expect(board.locator(".lab-board-title small")).to_have_text(
        "9b · Network: MNIST MLP 128, augmented"
    )
    desk.get_by_label("Network that reads the drawings").click()
    desk.get_by_role("option", name="Drawing-ready").click()
    expect(board.locator(".lab-board-title small")).to_have_text("9b · Network: Drawing-ready")
    expect(dan.page.get_by_text("Network: Drawing-ready")).to_be_visible()

    dan.draw(SEVEN)
    lesson.press("End now")
    expect(dan.page.get_by_text("the drawing on your pad was sent as it was")).to_be_visible()
    lesson.given("4 of 4 have drawn")
    lesson.reveal()
    expect(board.get_by_text("2 of 4 drawings are read correctly")).to_be_visible()
    expect(tiles).to_have_count(2)
    expect(board.get_by_text(re.compile("^is 3, read as 7"))).to_have_count(2)
    expect(dan.page.get_by_text("The network reads 0 of your 1 drawings right.")).to_be_visible()
    tiles.first.press("Enter")
    expect(board.get_by_role("dialog").get_by_role("heading")).to_have_text("Ben")
    board.keyboard.press("Escape")
    expect(board.get_by_role("dialog")).to_have_count(0)


def all_fool_the_network(lesson: Lesson) -> None:
    """Fool the network: secret until it is revealed; a vote between."""
    board = lesson.board
    lesson.choose("fool")
    lesson.start("fool")
    for student in lesson.students.values():
        student.draw(SEVEN)
        student.page.get_by_role("button", name="2", exact=True).click()
        expect(student.page.get_by_text(re.compile("^Fooled: the network reads 7"))).to_be_visible()
        send(student.page)
    tiles = board.locator(".lab-tile")
    expect(tiles).to_have_count(4)
    expect(board.get_by_text("What does the network read?")).to_have_count(4)
    tiles.first.click()
    expect(board.get_by_role("dialog").locator(".lab-bars")).to_have_count(0)
    board.keyboard.press("Escape")
    lesson.press("Let everybody vote")
    for page in lesson.phones:
        for n in (1, 2, 3):
            expect(page.get_by_text(f"Which digit is this? ({n} of 3)")).to_be_visible()
            page.get_by_role("button", name="2", exact=True).click()
        expect(page.get_by_text("All sent.")).to_be_visible()
    lesson.reveal()
    expect(
        board.get_by_text("4 of 4 drawings fooled the network but not the class")
    ).to_be_visible()
    expect(tiles.first).to_have_attribute("data-mark", "fooled")
    for page in lesson.phones:
        expect(page.get_by_text("3 of 3 people read it right")).to_be_visible()


def all_race(lesson: Lesson) -> None:
    """Race: everybody sees their own curve, and the board ranks them with intervals."""
    board = lesson.board
    lesson.choose("race")
    lesson.desk.get_by_label("Epochs for everybody").fill("3")
    lesson.start("race")
    for number, page in enumerate(lesson.phones):
        page.get_by_label("Learning rate").select_option(
            ["0.01", "0.003", "0.001", "0.0001"][number]
        )
        page.get_by_role("button", name="Start").click()
    lesson.given("4 of 4 are in the race")
    for page in lesson.phones:
        tested = page.get_by_text(re.compile("^Finished. Test accuracy: "))
        expect(tested).to_be_visible(timeout=90_000)
        curve = page.locator("svg.curve .own")
        expect(curve).to_have_attribute("points", re.compile(r"(\S+,\S+ ?){2,}"))
    rows = board.locator(".lab-ranking button")
    expect(rows).to_have_count(4)
    rows.first.press("Enter")
    expect(rows.first).to_have_attribute("aria-pressed", "true")
    expect(rows.first).to_be_focused()
    lesson.reveal()
    expect(board.locator(".lab-rank-track u")).to_have_count(4)
    expect(rows.last).to_be_in_viewport()
    for page in lesson.phones:
        expect(page.get_by_text(re.compile("^Place [1-4] of 4$"))).to_be_visible()


def all_predict(lesson: Lesson) -> None:
    """Predict the curve: the guesses stay once the training has begun."""
    board = lesson.board
    lesson.choose("predict")
    lesson.desk.get_by_label("Recipe").click()
    lesson.desk.get_by_role("option", name="Digits, quick and offline").click()
    lesson.start("predict")
    for number, student in enumerate(lesson.students.values()):
        height = 0.7 - 0.15 * number
        student.drag(".lab-prediction svg", [(0.2, 0.8), (0.5, height), (0.8, height)])
        expect(student.page.get_by_text(SENT)).to_be_visible()
    lesson.given("4 of 4 have guessed")
    lesson.press("Train it")
    for page in lesson.phones:
        away = page.get_by_text(re.compile("Your curve is .* percentage points away on average"))
        expect(away).to_be_visible(timeout=90_000)
    expect(board.get_by_text("The training has begun")).to_be_visible()
    lesson.reveal()
    rows = board.locator(".lab-ranking button")
    expect(rows).to_have_count(4)
    expect(rows.first).to_have_text(re.compile(r"^1.* points off$"))
    for page in lesson.phones:
        expect(page.get_by_text(re.compile("^Place [1-4] of 4$"))).to_be_visible()


def all_answer(lesson: Lesson, new_page: NewPage) -> None:
    """Question: somebody comes late, and somebody comes back with another phone."""
    desk, board = lesson.desk, lesson.board
    lesson.choose("question")
    desk.get_by_role("textbox", name="Question").fill("What does softmax make?")
    desk.get_by_role("textbox", name="Answers, one a line").fill("Pixels\n*Probabilities\nWeights")
    lesson.start("question")
    ada, ben, cleo, _dan = lesson.students.values()
    for student in (ada, ben):
        student.page.get_by_role("button", name="Pixels").click()
        expect(student.page.get_by_text(SENT)).to_be_visible()
    late = new_page()
    lesson.students["eve"] = Student(late, join(late, lesson.address, "Eve"))
    late.get_by_role("button", name="Probabilities").click()
    expect(late.get_by_text(SENT)).to_be_visible()
    ben.page.goto("about:blank")
    other = new_page(**PHONE, has_touch=True, is_mobile=True)
    other.goto(lesson.address)
    other.get_by_text("I was here before").click()
    other.get_by_label("Personal code").fill(ben.personal.lower())
    other.get_by_role("button", name="Join").click()
    pixels = other.get_by_role("button", name="Pixels")
    expect(pixels).to_have_attribute("aria-pressed", "true")
    other.get_by_role("button", name="Probabilities").click()
    expect(pixels).to_have_attribute("aria-pressed", "false")
    ben.page = other
    lesson.given("3 of 5 have answered")

    lesson.press("Pause all")
    for page in lesson.phones:
        expect(page.get_by_text("Your teacher has paused the class.")).to_be_visible()
    expect(cleo.page.get_by_role("button", name="Weights")).to_be_disabled()
    expect(board.get_by_role("status")).to_have_text("Paused. Look at your teacher.")
    lesson.press("Resume")
    expect(cleo.page.get_by_role("button", name="Weights")).to_be_enabled()
    lesson.reveal()
    expect(board.locator(".lab-option-count")).to_have_text(["1", "2", "0"])
    expect(board.get_by_text("2 of 3 answered correctly")).to_be_visible()
    expect(other.get_by_text("Right. 2 of 3 in the class are right.")).to_be_visible()


def one_is_removed(lesson: Lesson) -> None:
    """One is removed with all that they gave, and nicknames are hidden."""
    desk, board = lesson.desk, lesson.board
    cleo = lesson.students.pop("cleo").page
    desk.get_by_text("Hide or remove somebody").click()
    desk.get_by_role("button", name="Remove").nth(1).click()
    desk.get_by_role("button", name="Yes, remove").click()
    expect(board.locator(".lab-board-people")).to_have_text("4 here")
    expect(cleo.get_by_text("You are not in this class any more.")).to_be_visible()
    expect(cleo.get_by_role("heading", name="Join your class")).to_be_visible()
    expect(board.locator(".lab-option-count")).to_have_text(["1", "2", "0"])


def all_follow(lesson: Lesson) -> None:
    """Follow me: phones go where the teacher is, and the board shows how far everybody is."""
    board = lesson.board
    lesson.choose("follow")
    lesson.start("follow")
    for page in lesson.phones:
        expect(page.frame_locator("iframe").get_by_role("heading", level=1)).to_be_visible()
    people = board.locator(".lab-people li")
    expect(people).to_have_text([f"{name}0/7" for name in (SCRIPT, "Ben", "somebody", "Eve")])
    lesson.press("Next step")
    for page in lesson.phones:
        step = page.frame_locator("iframe").get_by_role("heading", name=re.compile("^2 "))
        expect(step).to_be_visible()
    lesson.press("Hide nicknames")
    expect(people).to_have_text(["somebody0/7"] * 4)


def it_ends(lesson: Lesson) -> None:
    """The report is downloaded; deleting the class ends it for everybody."""
    desk = lesson.desk
    path = downloaded(desk, desk.get_by_role("button", name="Report to print")).path()
    report = path.read_text("utf-8")
    for text in ("1 of 3 drawings are read correctly", "What does softmax make?", "Ben"):
        assert text in report
    assert SCRIPT not in report and "Cleo" not in report
    lesson.press("Delete this class")
    lesson.press("Yes, delete everything")
    for page in lesson.phones:
        gone = page.get_by_role("heading", name="This class does not exist any more.")
        expect(gone).to_be_visible()
    expect(lesson.board.get_by_role("status")).to_have_text("This class was deleted.")
    expect(desk.get_by_role("heading", name="Join a class")).to_be_visible()
