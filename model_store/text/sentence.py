"""Sentences that know their source text, so that they can be stored and shown in any language.

`_("{n} runs").format(n=3)` is a `str` in the language of the current thread. It also holds the
source text and the values. `stored` turns it into text for a database or a message, `read` back,
and `_` says it again in the language of whoever reads it. Any thread.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Self

from model_store.text.languages import LANGUAGES, SOURCE, catalogue, language, plural_form, speaking

# Places that `read` accepts: a stored text may come from another store, and a width can be huge.
_PLACE = re.compile(r"\{\w+(?::,?(?:\.\d)?[defg%]?)?\}|\{\{|\}\}")
NAME = "name"  # context of recipes' names in the catalogues
_TEXT, _PLURAL, _COUNT, _VALUES = "text", "plural", "n", "values"


def N_(text: str) -> str:
    """Mark a constant for the catalogues; `_` translates it where it is shown."""
    return text


class Sentence(str):
    """Text in the language in which it was made, with its source text and values.

    `plural` and `number` are those of `ngettext`. Values are numbers, texts or sentences.
    """

    __slots__ = ("number", "plural", "source", "values")
    source: str
    values: Mapping[str, Any]
    plural: str
    number: int

    def __new__(
        cls, source: str, values: Mapping[str, Any] | None = None, plural: str = "", number: int = 0
    ) -> Self:
        """Say the text in the language of the current thread."""
        code = language()
        text = _translated(code, source, plural, number)
        if values is not None:
            text = text.format(**{name: _again(value) for name, value in values.items()})
        self = super().__new__(cls, text)
        self.source, self.values = source, values or {}
        self.plural, self.number = plural, number
        return self

    def __str__(self) -> str:
        """Return the sentence itself, so that `str(error)` keeps its source text."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the source text: whoever loads it says it in their own language."""
        return type(self), (self.source, self.values or None, self.plural, self.number)

    def format(self, *args: object, **values: object) -> "Sentence":
        """Return the sentence with the values filled in; a sentence has no places by number."""
        if args:
            raise TypeError("The places of a sentence have names.")
        return Sentence(self.source, values, self.plural, self.number)

    def again(self) -> "Sentence":
        """Return the sentence in the language of the current thread."""
        return Sentence(self.source, self.values or None, self.plural, self.number)

    def as_json(self) -> dict[str, Any]:
        """Return source text and values as JSON types."""
        values = {
            name: value.as_json()
            if isinstance(value, Sentence)
            else value
            if isinstance(value, bool | int | float | str)
            else str(value)
            for name, value in self.values.items()
        }
        plural = {_PLURAL: self.plural, _COUNT: self.number} if self.plural else {}
        return {_TEXT: self.source, **plural, _VALUES: values}


def stored(text: str) -> str:
    """Return a sentence as text to store or send; `read` reads it. Other text is left alone."""
    if not isinstance(text, Sentence):
        return text
    has_more = text.values or text.plural
    return json.dumps(text.as_json(), ensure_ascii=False) if has_more else text.source


def read(text: str) -> str:
    """Return what `stored` wrote, as a sentence if it has values; any other text as it is."""
    if text.startswith("{"):
        try:
            return _from_json(json.loads(text))
        except (ValueError, KeyError, TypeError, AttributeError, IndexError):
            return text
    return text


def _(text: str) -> str:
    """Return the text in the language of the current thread; a sentence is said again."""
    return text.again() if isinstance(text, Sentence) else Sentence(text)


def named(name: str) -> str:
    """Return the name of a recipe of ours in the language of the thread; any other name as it is.

    Names have a context of their own in the catalogues: a word that a person chose as a name stays.
    """
    found = catalogue(language()).get(f"{NAME}\x04{name}", name)
    return found if isinstance(found, str) else name


def NAME_(name: str) -> str:
    """Mark the name of a recipe for the catalogues; `named` translates it where it is shown."""
    return name


def in_all_languages(text: str) -> dict[str, str]:
    """Return language -> text, for something that people of several languages get together."""
    found = {}
    for code in LANGUAGES:
        with speaking(code):
            found[code] = str.__str__(_(text))
    return found


def ngettext(singular: str, plural: str, n: int) -> str:
    """Return the form for `n` things in the language of the current thread."""
    return Sentence(singular, None, plural, n)


def _from_json(content: Mapping[str, Any]) -> Sentence:
    values = {
        str(name): _from_json(value) if isinstance(value, dict) else value
        for name, value in content[_VALUES].items()
    }
    text, plural = str(content[_TEXT]), str(content.get(_PLURAL, ""))
    if re.search(r"[{}]", _PLACE.sub("", text + plural)):
        raise ValueError("This text has places that no sentence of ours has.")
    return Sentence(text, values, plural, int(content.get(_COUNT, 0)))


def _again(value: Any) -> Any:
    return value.again() if isinstance(value, Sentence) else value


def _translated(code: str, source: str, plural: str, count: int) -> str:
    found = catalogue(code).get(source) if code != SOURCE else None
    if plural:
        forms = found if isinstance(found, tuple) else (source, plural)
        index = plural_form(code if isinstance(found, tuple) else SOURCE)(count)
        return forms[min(index, len(forms) - 1)]
    return found if isinstance(found, str) else source
