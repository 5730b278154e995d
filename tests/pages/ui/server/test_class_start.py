"""`make class` opens the Class page when the server answers."""

from pages.ui.server.class_start import EVERY, is_healthy, open_class_page


def test_the_page_is_opened_once_the_server_answers() -> None:
    answers = iter([False, False, True])
    shown: list[str] = []
    waits: list[float] = []
    opened = open_class_page(
        "http://localhost:1",
        healthy=lambda _base: next(answers),
        show=shown.append,
        wait=waits.append,
    )
    assert opened
    assert shown == ["http://localhost:1/classroom"]
    assert waits == [EVERY, EVERY]


def test_a_server_that_never_answers_is_given_up() -> None:
    shown: list[str] = []
    opened = open_class_page(
        "http://localhost:1",
        healthy=lambda _base: False,
        show=shown.append,
        wait=lambda _seconds: None,
        patience=2.0,
    )
    assert not opened
    assert shown == []


def test_nobody_answers_at_a_port_that_is_closed() -> None:
    assert not is_healthy("http://127.0.0.1:9")
