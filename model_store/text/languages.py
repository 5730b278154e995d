"""Languages of the app, and the one that the current thread speaks. Any thread.

English is the language of the source texts. Every other language is one catalogue,
`catalogues/<code>.po`, whose first line is a comment with the language's own name.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from types import MappingProxyType

SOURCE = "en"
CATALOGUES = Path(__file__).parent / "catalogues"
_chosen: ContextVar[str] = ContextVar("language", default="")
_session_language: list[Callable[[], str]] = []


def _names() -> dict[str, str]:
    found = {SOURCE: "English"}
    for file in sorted(CATALOGUES.glob("*.po")):
        with file.open(encoding="utf-8") as lines:
            found[file.stem] = next(lines).removeprefix("#").strip()
    return found


LANGUAGES = MappingProxyType(_names())  # code -> the language's own name, English first


def language() -> str:
    """Return the language of this thread, else that of its session, else English."""
    chosen = _chosen.get()
    if not chosen and _session_language:
        chosen = _session_language[0]()
    return chosen or SOURCE


def speak(code: str) -> None:
    """Set the language of the current thread or task; "" leaves it to the session."""
    _chosen.set(code)


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Set the language inside the block."""
    token = _chosen.set(code)
    try:
        yield
    finally:
        _chosen.reset(token)


def ask_session(session_language: Callable[[], str]) -> None:
    """Name the function that returns the language of the thread's session, or "" without one."""
    _session_language[:] = [session_language]


def accepted(header: str) -> str:
    """Return the language that a browser's `Accept-Language` prefers; English if we have none.

    `zh-CN`, `zh-Hans` and `zh` are one language here. A header that cannot be read is no wish.
    """
    wishes: list[tuple[float, int, str]] = []
    for place, part in enumerate(header[:1000].split(",")):
        tag, _semicolon, weight = part.strip().partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=")) if weight else 1.0
        except ValueError:
            continue
        code = tag.strip().lower().partition("-")[0]
        if code in LANGUAGES and 0 < quality <= 1:
            wishes.append((-quality, place, code))
    return min(wishes)[2] if wishes else SOURCE


@cache
def catalogue(code: str) -> dict[str, str | tuple[str, ...]]:
    """Return a language's translations by source text; plural forms as a tuple.

    A text with a context stands under `context`, the character 4 and the text, as in gettext.
    Takes about 0.2 s at the first call, and nothing for English.
    """
    if code == SOURCE:
        return {}
    from babel.messages.pofile import read_po

    with (CATALOGUES / f"{code}.po").open("rb") as file:
        found = read_po(file, locale=code)
    return {
        _key(entry.id if isinstance(entry.id, str) else entry.id[0], entry.context): (
            entry.string if isinstance(entry.string, str) else tuple(entry.string)
        )
        for entry in found
        if entry.id and entry.string and not entry.fuzzy
    }


def _key(text: str, context: str | None) -> str:
    return f"{context}\x04{text}" if context else text


@cache
def plural_form(code: str) -> Callable[[int], int]:
    """Return the function from a number to the index of its plural form."""
    if code == SOURCE:
        return lambda n: int(n != 1)
    from gettext import c2py

    from babel.messages.plurals import get_plural

    return c2py(get_plural(code).plural_expr)
