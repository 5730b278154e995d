"""How everybody on the server gets an answer soon."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event, Thread

import pytest

from pages.ui.server import turns
from pages.ui.server.turns import Line

SOON, SURE, LONG = 0.05, 20.0, 60.0  # seconds


def test_the_garbage_collector_leaves_alone_what_is_loaded_once_all_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[str] = []
    monkeypatch.setattr(turns, "_settled", Event())
    monkeypatch.setattr("gc.collect", lambda: done.append("collect"))
    monkeypatch.setattr("gc.freeze", lambda: done.append("freeze"))
    turns.settle(loading=True)
    assert done == []
    for loading in (False, False, True):
        turns.settle(loading)
    assert done == ["collect", "freeze"]


@contextmanager
def inside(line: Line) -> Iterator[Event]:
    """Somebody who is in until the event is set, or the block ends."""
    entered, leave = Event(), Event()

    def stay() -> None:
        with line.turn():
            entered.set()
            leave.wait(LONG)

    somebody = Thread(target=stay)
    somebody.start()
    assert entered.wait(SURE)
    yield leave
    leave.set()
    somebody.join()


def test_one_after_the_other_however_many_come() -> None:
    line = Line(LONG)
    now = [0]
    most = []

    def visit(_number: int) -> None:
        with line.turn():
            now[0] += 1
            most.append(now[0])
            Event().wait(0.001)
            now[0] -= 1

    with ThreadPoolExecutor(30) as class_:
        list(class_.map(visit, range(60)))
    assert most == [1] * 60


def test_who_comes_waits_for_who_is_in() -> None:
    line = Line(LONG)
    mine = Event()

    def come() -> None:
        with line.turn():
            mine.set()

    with inside(line) as leave:
        next_one = Thread(target=come)
        next_one.start()
        assert not mine.wait(SOON)
        leave.set()
        assert mine.wait(SURE)
        next_one.join()


def test_who_is_slow_keeps_nobody_out_and_lets_nobody_in_when_leaving() -> None:
    line = Line(SOON)
    with inside(line) as slow, inside(line) as overtaker:
        line._patience = LONG
        slow.set()
        late = Event()

        def come() -> None:
            with line.turn():
                late.set()

        third = Thread(target=come)
        third.start()
        assert not late.wait(SOON), "the overtaker is in"
        overtaker.set()
        assert late.wait(SURE)
        third.join()


def test_a_page_that_fails_leaves() -> None:
    line = Line(LONG)
    with pytest.raises(ZeroDivisionError), line.turn():
        raise ZeroDivisionError
    with inside(line):
        pass
