"""Values of one session, each under its key.

All are in one entry of Streamlit's session state: each number field and select box of a page copies
all entries, and each look at one costs as much as a whole dictionary.
"""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

import streamlit as st

T = TypeVar("T")
ENTRY = "lab"  # of the session state
_found: ContextVar[dict[str, Any]] = ContextVar("lab_found")


def begin() -> None:
    """Find this session's values once for a script run: Train looks at them 54 times.

    A script thread, and so its context, belongs to one session.
    """
    _found.set(_find())


def kept() -> dict[str, Any]:
    """Return the values that this session keeps, by their keys; the caller may change them."""
    found = _found.get(None)
    return _find() if found is None else found


def _find() -> dict[str, Any]:
    return cast(dict[str, Any], st.session_state.setdefault(ENTRY, {}))


@dataclass(frozen=True)
class Slot(Generic[T]):
    """A value that a session keeps across page switches."""

    key: str
    default: T

    def get(self) -> T:
        """Return the value, or the default if none is kept."""
        return cast(T, kept().get(self.key, self.default))

    def set(self, value: T) -> None:
        """Keep a value."""
        kept()[self.key] = value

    def take(self) -> T:
        """Return the value and forget it."""
        return cast(T, kept().pop(self.key, self.default))

    def clear(self) -> None:
        """Forget the value; also a callback."""
        self.take()

    def is_kept(self) -> bool:
        """True if a value is kept, even if it is the default."""
        return self.key in kept()
