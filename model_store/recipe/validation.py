"""Kinds of settings, with bounds and the words of the form; the check of a value. Pure.

A check returns a sentence for a person, or "" for a value that is allowed.
"""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from model_store.recipe.text import text_problem
from model_store.text import _

MAX_HIDDEN = 8
MAX_EPOCHS = 200
MAX_NAME = 60  # characters
MAX_PARAMETERS = 20_000_000
LARGEST = sys.float_info.max  # a larger int has no float


@dataclass(frozen=True, slots=True)
class Choice:
    """Label and help of an option or a setting, as English source text."""

    label: str
    help: str

    @property
    def title(self) -> str:
        """The label in the language of the current thread."""
        return _(self.label)


@dataclass(frozen=True, slots=True)
class Number(Choice):
    """A number in [`low`, `high`], a `whole` one if so; None too if it is `optional`.

    `step` is the increment in a form.
    """

    low: float
    high: float
    step: float | None = None
    whole: bool = False
    optional: bool = False

    def problem(self, value: object) -> str:
        """Return why the value is not allowed, or ""."""
        if self.optional and value is None:
            return ""
        if is_number(value, self.low, self.high) and not (self.whole and isinstance(value, float)):
            return ""
        kind = _("a whole number") if self.whole else _("a number")
        text = _("{label} must be {kind} from {low} to {high}.")
        low, high = format_number(self.low), format_number(self.high)
        return text.format(label=_(self.label), kind=kind, low=low, high=high)


@dataclass(frozen=True, slots=True)
class OneOf(Choice):
    """A key of `choices`."""

    choices: Mapping[str, Any]

    def problem(self, value: object) -> str:
        """Return why the value is not allowed, or ""."""
        return choice_problem(value, self.choices)


@dataclass(frozen=True, slots=True)
class Text(Choice):
    """Text of at most `longest` characters."""

    longest: int

    def problem(self, value: object) -> str:
        """Return why the value is not allowed, or ""."""
        if not isinstance(value, str) or len(value) > self.longest:
            text = _("{label} must be text with at most {n} characters.")
            return text.format(label=_(self.label), n=self.longest)
        return text_problem(value)


@dataclass(frozen=True, slots=True)
class Switch(Choice):
    """True or False."""

    def problem(self, value: object) -> str:
        """Return why the value is not allowed, or ""."""
        if isinstance(value, bool):
            return ""
        return _("{label} is either on or off.").format(label=_(self.label))


Setting = Number | OneOf | Text | Switch


def choice_problem(value: object, choices: Iterable[str]) -> str:
    """Return why `value` cannot be chosen; "" if it is among the `choices`."""
    names = list(choices)
    if isinstance(value, str) and value in names:
        return ""
    text = _("{value} is not one of: {choices}.")
    shown = repr(value)[:40] if isinstance(value, str | int | float) else _("The value")
    return text.format(value=shown, choices=", ".join(names))


def format_number(value: float) -> str:
    """Return an int with separators, any other number with the digits that count."""
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


def is_number(
    value: object, low: float = -LARGEST, high: float = LARGEST
) -> TypeGuard[int | float]:
    """True for a number in [`low`, `high`]: finite, and not True or False."""
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def is_whole(value: object, low: int, high: int) -> TypeGuard[int]:
    """True for an int in [`low`, `high`], but not for True or False."""
    return isinstance(value, int) and is_number(value, low, high)
