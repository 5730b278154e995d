"""Results that all sessions share, with one reset for all of them. Any thread."""

from collections.abc import Callable, Hashable
from functools import wraps
from threading import RLock
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
_MISSING: Any = object()
_caches: list[dict[Hashable, Any]] = []


def shared(
    size: int | None = None, key: Callable[..., Hashable] = lambda *args: args
) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Keep the newest `size` results of a function (None: all), each under `key(*arguments)`.

    A caller that comes during a computation waits for its result. Exceptions are not kept.
    """

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        cache: dict[Hashable, T] = {}
        lock = RLock()
        _caches.append(cache)

        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> T:
            name = key(*args, **kwargs)
            if (result := cache.get(name, _MISSING)) is not _MISSING:
                return result
            with lock:
                if (result := cache.get(name, _MISSING)) is _MISSING:
                    result = cache[name] = function(*args, **kwargs)
                    if size is not None and len(cache) > size:
                        del cache[next(iter(cache))]
                return result

        return call

    return decorate


def reset() -> None:
    """Forget every shared result, store and engine included."""
    for cache in _caches:
        cache.clear()
