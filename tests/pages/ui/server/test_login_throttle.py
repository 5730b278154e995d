"""The teacher's code: right or wrong, and how often one may try."""

from __future__ import annotations

import threading

import pytest

from pages.ui.server.login_throttle import ALL_TRIES, TRIES, WINDOW, Gate, TooManyTries

CODE = "sesame öffne dich"


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gate(clock: Clock) -> Gate:
    return Gate(clock)


def shut(gate: Gate, visitor: str) -> int:
    """Seconds that even the right code has to wait."""
    with pytest.raises(TooManyTries) as told:
        gate.opens(CODE, CODE, visitor)
    return told.value.seconds


@pytest.mark.parametrize("given", [CODE, f"  {CODE}\n"])
def test_the_code_opens(gate: Gate, given: str) -> None:
    for _ in range(2 * ALL_TRIES):
        assert gate.opens(CODE, given, "ada"), "right ones are not counted"


@pytest.mark.parametrize(
    "given", ["", CODE.upper(), CODE[:-1], CODE + "!", "\x00", "\ud800", "a" * 10**6]
)
def test_nothing_else_opens(gate: Gate, given: str) -> None:
    assert not gate.opens(CODE, given, "eve")


@pytest.mark.parametrize("given", ["", " ", "anything"])
def test_without_a_code_nothing_opens(gate: Gate, given: str) -> None:
    assert not gate.opens("", given, "eve")
    assert not gate.opens("  ", given, "eve")


def test_a_visitor_waits_after_some_wrong_tries_and_others_do_not(gate: Gate, clock: Clock) -> None:
    for _ in range(TRIES):
        assert not gate.opens(CODE, "wrong", "eve")
        clock.now += 1
    assert shut(gate, "eve") == WINDOW - TRIES
    assert gate.opens(CODE, CODE, "ada")
    clock.now += WINDOW - TRIES - 0.5
    assert shut(gate, "eve") == 1
    clock.now += 0.5
    assert not gate.opens(CODE, "wrong", "eve"), "the oldest is forgotten: one more try"
    assert shut(gate, "eve") == 1


def test_tries_while_shut_do_not_make_it_longer(gate: Gate, clock: Clock) -> None:
    for _ in range(TRIES):
        gate.opens(CODE, "wrong", "eve")
    for _ in range(100):
        shut(gate, "eve")
    clock.now += WINDOW
    assert gate.opens(CODE, CODE, "eve")


def test_new_visitors_do_not_give_new_tries(gate: Gate, clock: Clock) -> None:
    for n in range(ALL_TRIES):
        assert not gate.opens(CODE, "wrong", f"eve {n}")
    assert shut(gate, "eve again") == WINDOW
    assert shut(gate, "ada") == WINDOW
    clock.now += WINDOW
    assert gate.opens(CODE, CODE, "ada")


def test_tries_at_once_are_all_counted() -> None:
    gate, compared = Gate(), []

    def guess(n: int) -> None:
        for _ in range(50):
            try:
                compared.append(gate.opens(CODE, "wrong", f"eve {n}"))
            except TooManyTries:
                continue

    threads = [threading.Thread(target=guess, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert compared == [False] * ALL_TRIES
