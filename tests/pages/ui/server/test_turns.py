"""Full page runs take turns, and a slow one delays others only briefly."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Event, Thread

import pytest

from pages.ui.server import turns

SOON, LONG = 0.02, 60.0  # seconds


def test_one_page_after_the_other() -> None:
    inside: list[int] = []
    most: list[int] = []

    def visit(number: int) -> None:
        with turns.PAGES.turn(LONG):
            inside.append(number)
            most.append(len(inside))
            Event().wait(0.001)
            inside.remove(number)

    with ThreadPoolExecutor(30) as pool:
        list(pool.map(visit, range(60)))
    assert most == [1] * 60


def test_a_slow_page_blocks_no_other_and_the_next_turn_is_free() -> None:
    with ExitStack() as slow:
        slow.enter_context(turns.PAGES.turn())
        overtaker = Thread(target=lambda: turns.PAGES.turn(SOON).__enter__())
        overtaker.start()
        overtaker.join(LONG)
        assert not overtaker.is_alive()
    with turns.PAGES.turn(LONG):
        pass


def test_a_page_that_fails_ends_its_turn() -> None:
    with pytest.raises(ZeroDivisionError), turns.PAGES.turn(LONG):
        raise ZeroDivisionError
    with turns.PAGES.turn(LONG):
        pass
