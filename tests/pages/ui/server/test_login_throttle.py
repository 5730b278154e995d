"""Throttle of the teacher's code: right and wrong codes, and the number of tries."""

import threading

import pytest

from pages.ui.server.login_throttle import ALL_TRIES, TRIES, WINDOW, LoginThrottle, TooManyTries

CODE = "sesame öffne dich"


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def throttle(clock: Clock) -> LoginThrottle:
    return LoginThrottle(clock)


def shut(throttle: LoginThrottle, visitor: str) -> int:
    """Return the seconds for which even the right code is refused."""
    with pytest.raises(TooManyTries) as error:
        throttle.check(CODE, CODE, visitor)
    return error.value.seconds


@pytest.mark.parametrize("given", [CODE, f"  {CODE}\n"])
def test_the_code_opens(throttle: LoginThrottle, given: str) -> None:
    for _ in range(2 * ALL_TRIES):
        assert throttle.check(CODE, given, "ada"), "right ones are not counted"


@pytest.mark.parametrize(
    "given", ["", CODE.upper(), CODE[:-1], CODE + "!", "\x00", "\ud800", "a" * 10**6]
)
def test_nothing_else_opens(throttle: LoginThrottle, given: str) -> None:
    assert not throttle.check(CODE, given, "eve")


@pytest.mark.parametrize("given", ["", " ", "anything"])
def test_without_a_code_nothing_opens(throttle: LoginThrottle, given: str) -> None:
    assert not throttle.check("", given, "eve")
    assert not throttle.check("  ", given, "eve")


def test_a_visitor_waits_after_some_wrong_tries_and_others_do_not(
    throttle: LoginThrottle, clock: Clock
) -> None:
    for _ in range(TRIES):
        assert not throttle.check(CODE, "wrong", "eve")
        clock.now += 1
    assert shut(throttle, "eve") == WINDOW - TRIES
    assert throttle.check(CODE, CODE, "ada")
    clock.now += WINDOW - TRIES - 0.5
    assert shut(throttle, "eve") == 1
    clock.now += 0.5
    assert not throttle.check(CODE, "wrong", "eve"), "the oldest is forgotten: one more try"
    assert shut(throttle, "eve") == 1


def test_tries_while_shut_do_not_make_it_longer(throttle: LoginThrottle, clock: Clock) -> None:
    for _ in range(TRIES):
        throttle.check(CODE, "wrong", "eve")
    for _ in range(100):
        shut(throttle, "eve")
    clock.now += WINDOW
    assert throttle.check(CODE, CODE, "eve")


def test_new_visitors_do_not_give_new_tries(throttle: LoginThrottle, clock: Clock) -> None:
    for n in range(ALL_TRIES):
        assert not throttle.check(CODE, "wrong", f"eve {n}")
    assert shut(throttle, "eve again") == WINDOW
    assert shut(throttle, "ada") == WINDOW
    clock.now += WINDOW
    assert throttle.check(CODE, CODE, "ada")


def test_tries_at_once_are_all_counted() -> None:
    throttle, compared = LoginThrottle(), []

    def guess(n: int) -> None:
        for _ in range(50):
            try:
                compared.append(throttle.check(CODE, "wrong", f"eve {n}"))
            except TooManyTries:
                continue

    threads = [threading.Thread(target=guess, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert compared == [False] * ALL_TRIES
