"""Learn: the lessons, and one of them step by step; each step has an address."""

from model_store.lessons import library
from model_store.text import _
from pages.ui.frame import layout
from pages.ui.learn.lesson_list import lesson_list
from pages.ui.learn.lesson_view import lesson_view
from pages.ui.state import language, url


def all_lessons() -> None:
    """Draw the page's title and the list of lessons."""
    layout.header(
        _("Learn"), _("Lessons that lead you step by step: read, do it here, answer, hand in.")
    )
    lesson_list(library.lessons(language.current()))


chosen = url.param("lesson")
lesson = library.lesson(chosen, language.current()) if chosen else None
if lesson is None:
    if chosen:
        layout.problem(_("There is no such lesson."), "", _("Choose one below."))
    all_lessons()
else:
    lesson_view(lesson)
