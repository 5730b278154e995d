"""An inbox does everything in order, whatever fails, and what is regular however much there is."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator

import pytest

from training.engine.serial_executor import SerialExecutor

Make = Callable[..., SerialExecutor]
RARELY = 3600.0


def nothing() -> None:
    pass


@pytest.fixture
def make() -> Iterator[Make]:
    made = []

    def inbox(*every: tuple[float, Callable[[], object]]) -> SerialExecutor:
        made.append(SerialExecutor("an_inbox", every or ((RARELY, nothing),)))
        return made[-1]

    yield inbox
    for inbox_ in made:
        inbox_.close(nothing)
        assert not inbox_.thread.is_alive()


def test_jobs_are_done_in_order_by_one_thread(make: Make) -> None:
    inbox, done = make(), []
    for number in range(50):
        inbox.put(lambda n=number: done.append((n, threading.current_thread())))
    assert done == [] and not inbox.started
    inbox.start()
    inbox.close(nothing)
    assert done == [(number, inbox.thread) for number in range(50)]


def test_a_job_that_raises_costs_only_itself(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    inbox, done = make(), []
    inbox.put(lambda: 1 / 0)
    inbox.put(lambda: done.append("next"))
    inbox.start()
    with caplog.at_level(logging.ERROR):
        inbox.close(nothing)
    assert done == ["next"]
    assert "an_inbox survived an error" in caplog.text and "ZeroDivisionError" in caplog.text


def test_closing_does_what_was_put_and_then_the_last(make: Make) -> None:
    inbox, done = make(), []
    inbox.start()
    for number in range(5):
        inbox.put(lambda n=number: done.append(n))
    inbox.close(lambda: done.append("last"))
    inbox.put(lambda: done.append("too late"))
    assert done == [0, 1, 2, 3, 4, "last"]


def test_one_that_was_never_started_does_only_the_last(make: Make) -> None:
    inbox, done = make(), []
    inbox.put(lambda: done.append("waits for a thread"))
    inbox.close(lambda: done.append(threading.current_thread()))
    assert done == [threading.current_thread()]


def test_what_is_regular_is_done_while_nothing_comes(make: Make) -> None:
    thrice = threading.Semaphore(0)
    make((0.001, thrice.release)).start()
    for _time in range(3):
        assert thrice.acquire(timeout=10)


def test_what_is_regular_is_done_though_jobs_never_end(make: Make) -> None:
    looked, jobs = threading.Event(), 0

    def job() -> None:
        nonlocal jobs
        jobs += 1
        if not looked.is_set():
            inbox.put(job)

    inbox = make((0.02, lambda: jobs > 100 and looked.set()))
    inbox.put(job)
    inbox.start()
    assert looked.wait(10), "each job puts the next"


def test_each_regular_job_has_its_own_time() -> None:
    now, done, over = [0.0], [], threading.Event()

    def tick() -> None:
        done.append("often")
        now[0] += 1.0
        if now[0] > 10.0:
            over.set()

    inbox = SerialExecutor(
        "an_inbox", [(0.001, tick), (5.0, lambda: done.append("seldom"))], lambda: now[0]
    )
    inbox.start()
    assert over.wait(10)
    inbox.close(nothing)
    found = done[:10]
    assert found[:2] == ["often", "seldom"]
    assert found.count("seldom") == 2
