"""A run's label: the name, note and tags that its owner gave it. Any thread.

It is in the run's `label.json`, apart from `run.json`, which the trainer rewrites, perhaps in
another process: neither undoes what the other wrote.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from model_store.recipe.text import one_line, printable, visible
from model_store.recipe.validation import MAX_NAME, Text
from model_store.text import N_, _

FILE = "label.json"
MAX_NOTE = 2000
MAX_TAG = 24
MAX_TAGS = 8
_NAME, _NOTE, _TAG = (
    Text(N_("Name"), "", MAX_NAME),
    Text(N_("Note"), "", MAX_NOTE),
    Text(N_("Tag"), "", MAX_TAG),
)


class LabelError(ValueError):
    """A name, note or tag that cannot be kept; the message is a sentence for a person."""


@dataclass(frozen=True, slots=True)
class Label:
    """Clean text: without control characters and outer white space; `tags` each once, in order."""

    name: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()

    @classmethod
    def of(cls, name: str = "", note: str = "", tags: str | tuple[str, ...] = ()) -> Label:
        """Return the label that was typed; `tags` may be one text with commas.

        Raises:
            LabelError: if a text is too long or cannot be saved, or there are too many tags.
        """
        given = tags.split(",") if isinstance(tags, str) else tags
        words = tuple(dict.fromkeys(word for tag in given if (word := one_line(tag).lstrip("#"))))
        label = cls(one_line(name), visible(note).strip(), words)
        if len(words) > MAX_TAGS:
            raise LabelError(_("A run has at most {n} tags.").format(n=MAX_TAGS))
        problems = (_NAME.problem(label.name), _NOTE.problem(label.note), *map(_TAG.problem, words))
        if any(problems):
            raise LabelError(" ".join(filter(None, problems)))
        return label

    @classmethod
    def read(cls, folder: Path) -> Label:
        """Return the label in a run's folder; an empty one if there is none or it is damaged."""
        try:
            raw: Any = json.loads((folder / FILE).read_bytes())
            name, note, *tags = map(printable, map(str, (raw["name"], raw["note"], *raw["tags"])))
            return cls.of(name, note, tuple(tags))
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return cls()

    def to_json(self) -> bytes:
        """Return the content of `FILE`."""
        return json.dumps(asdict(self), indent=2).encode()
