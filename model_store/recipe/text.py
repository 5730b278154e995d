"""Text that people and links give: refused where it enters, made harmless where it is shown.

Pure; any thread.
"""

import re

from model_store.text import _

_INVISIBLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    r"\U000e0000-\U000e0fff]"
)


def text_problem(*texts: str) -> str:
    """Return a sentence if one of the texts cannot be saved as UTF-8, else ""."""
    if all(text == printable(text) for text in texts):
        return ""
    return _("The text contains a character that cannot be saved. Delete it and type it again.")


def printable(text: str) -> str:
    """Return the text with a question mark for each character that UTF-8 cannot encode."""
    return text.encode("utf-8", "replace").decode("utf-8")


def visible(text: str) -> str:
    """Return the text without characters that are invisible or change its direction."""
    return _INVISIBLE.sub("", text)


def one_line(text: str) -> str:
    """Return the visible text as one line with single spaces."""
    return " ".join(visible(text).split())


def percent(fraction: float | None, digits: int = 1) -> str:
    """Return a fraction as text: 0.9776 -> "97.8 %"; None -> a dash."""
    if fraction is None:
        return "–"
    return _("{number} %").format(number=f"{100 * fraction:.{digits}f}")


def number(value: float) -> str:
    """Return three digits of a small number, and all digits before the point of a large one."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def fill(*texts: str, **values: object) -> tuple[str, ...]:
    """Return the texts with the values filled in."""
    return tuple(text.format(**values) for text in texts)
