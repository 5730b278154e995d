"""Values of one session, each under its key."""

from dataclasses import dataclass
from typing import Generic, TypeVar, cast

import streamlit as st

T = TypeVar("T")


@dataclass(frozen=True)
class Slot(Generic[T]):
    """A value that a session keeps across page switches."""

    key: str
    default: T

    def get(self) -> T:
        """Return the value, or the default if none is kept."""
        return cast(T, st.session_state.get(self.key, self.default))

    def set(self, value: T) -> None:
        """Keep a value."""
        st.session_state[self.key] = value

    def take(self) -> T:
        """Return the value and forget it."""
        return cast(T, st.session_state.pop(self.key, self.default))

    def clear(self) -> None:
        """Forget the value; also a callback."""
        self.take()
