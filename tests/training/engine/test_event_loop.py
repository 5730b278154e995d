"""Event loop: messages in order despite errors, and periodic jobs in time."""

import logging
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from training.engine.event_loop import EventLoop

Message = Callable[[], object]
Make = Callable[..., EventLoop[Message]]
RARELY = 3600.0


def nothing() -> None:
    pass


@pytest.fixture
def make() -> Iterator[Make]:
    """Return a factory of loops whose messages are functions to call."""
    made = []

    def loop(
        *periodic: tuple[float, Message], clock: Callable[[], float] = time.monotonic
    ) -> EventLoop[Message]:
        periodic = periodic or ((RARELY, nothing),)
        made.append(EventLoop("a_loop", lambda message: message(), periodic, clock))
        return made[-1]

    yield loop
    for each in made:
        each.close(nothing)
        assert not each.thread.is_alive()


def test_messages_are_handled_in_order_by_one_thread(make: Make) -> None:
    loop, done = make(), []
    for number in range(50):
        loop.post(lambda n=number: done.append((n, threading.current_thread())))
    assert done == [] and not loop.started
    loop.start()
    loop.close(nothing)
    assert done == [(number, loop.thread) for number in range(50)]


def test_an_error_costs_only_its_message(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    loop, done = make((RARELY, lambda: [][0])), []
    loop.post(lambda: 1 / 0)
    loop.post(lambda: done.append("next"))
    loop.start()
    with caplog.at_level(logging.ERROR):
        loop.close(nothing)
    assert done == ["next"]
    assert "a_loop goes on after an error" in caplog.text
    assert "ZeroDivisionError" in caplog.text and "IndexError" in caplog.text


def test_closing_handles_what_was_posted_and_then_the_last(make: Make) -> None:
    loop, done = make(), []
    loop.start()
    for number in range(5):
        loop.post(lambda n=number: done.append(n))
    loop.close(lambda: done.append("last"))
    loop.post(lambda: done.append("too late"))
    assert done == [0, 1, 2, 3, 4, "last"]


def test_one_that_was_never_started_handles_only_the_last(make: Make) -> None:
    loop, done = make(), []
    loop.post(lambda: done.append("waits for a thread"))
    loop.close(lambda: done.append(threading.current_thread()))
    assert done == [threading.current_thread()]


def test_periodic_jobs_run_while_no_message_comes(make: Make) -> None:
    thrice = threading.Semaphore(0)
    make((0.001, thrice.release)).start()
    for _time in range(3):
        assert thrice.acquire(timeout=10)


def test_periodic_jobs_run_though_messages_never_end(make: Make) -> None:
    looked, handled = threading.Event(), 0

    def post_another() -> None:
        nonlocal handled
        handled += 1
        if not looked.is_set():
            loop.post(post_another)

    loop = make((0.02, lambda: handled > 100 and looked.set()))
    loop.post(post_another)
    loop.start()
    assert looked.wait(10), "each message posts the next"


def test_each_periodic_job_has_its_own_time(make: Make) -> None:
    now, done, over = [0.0], [], threading.Event()

    def tick() -> None:
        done.append("often")
        now[0] += 1.0
        if now[0] > 10.0:
            over.set()

    make((0.001, tick), (5.0, lambda: done.append("seldom")), clock=lambda: now[0]).start()
    assert over.wait(10)
    assert done[:2] == ["often", "seldom"]
    assert done[:10].count("seldom") == 2
