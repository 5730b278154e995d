"""Shared results: computed once, dropped when full, forgotten at a reset."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from pages.ui.services import shared


def test_a_result_is_kept_under_its_key() -> None:
    calls: list[str] = []

    @shared.shared(2, key=str.lower)
    def upper(word: str) -> str:
        calls.append(word)
        return word.upper()

    assert [upper(word) for word in ("a", "A", "b", "c", "b", "a")] == list("AABCBA")
    assert calls == ["a", "b", "c", "a"], "the oldest of three is dropped"
    shared.reset()
    upper("a")
    assert calls == ["a", "b", "c", "a", "a"]


def test_callers_at_once_wait_for_one_result() -> None:
    calls: list[int] = []
    ready = Barrier(8)

    @shared.shared()
    def slow() -> object:
        calls.append(1)
        return object()

    def call(_number: int) -> object:
        ready.wait(10)
        return slow()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(call, range(8)))) == 1
    assert calls == [1]


def test_a_failure_is_not_kept() -> None:
    @shared.shared()
    def fail() -> None:
        raise ValueError

    for _twice in range(2):
        with pytest.raises(ValueError):
            fail()
