"""Results that all sessions share, with one reset for all of them. Any thread."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
_clear: list[Callable[[], None]] = []


def shared(size: int | None = None) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Keep the last `size` results of a function (None: all) for all sessions."""

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        kept = lru_cache(size)(function)
        _clear.append(kept.cache_clear)
        return kept  # type: ignore[return-value]  # the cache takes the same arguments

    return decorate


def reset() -> None:
    """Forget every shared result, store and engine included."""
    for clear in _clear:
        clear()
