"""Full page runs take turns, and a slow one delays others only briefly."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread

import pytest

from pages.ui.server import turns

SOON, LONG = 0.02, 60.0  # seconds


@pytest.mark.parametrize(("patience", "visits", "seconds"), [(LONG, 60, 0.001), (2.0, 30, 0.1)])
def test_one_page_after_the_other(patience: float, visits: int, seconds: float) -> None:
    """Also where all of them together take longer than the patience for one."""
    pages = turns.Turns(patience)
    inside: list[int] = []
    most: list[int] = []

    def visit(number: int) -> None:
        with pages.turn():
            inside.append(number)
            most.append(len(inside))
            Event().wait(seconds)
            inside.remove(number)

    with ThreadPoolExecutor(30) as pool:
        list(pool.map(visit, range(visits)))
    assert most == [1] * visits


def test_a_slow_page_blocks_no_other() -> None:
    pages = turns.Turns(SOON)
    overtook = Event()

    def overtake() -> None:
        with pages.turn():
            overtook.set()

    with pages.turn():
        Thread(target=overtake, daemon=True).start()
        assert overtook.wait(LONG)


def test_a_page_that_fails_ends_its_turn() -> None:
    pages = turns.Turns(LONG)
    with pytest.raises(ZeroDivisionError), pages.turn():
        raise ZeroDivisionError
    with pages.turn():
        pass
