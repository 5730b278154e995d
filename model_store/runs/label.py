"""What a person wrote on a run: a name, a note, tags. Pure but for `read` and `write`; any thread.

It lies in the run's `label.json`, apart from `run.json`: whoever trains a run rewrites that one,
perhaps in another process, and neither may undo what the other wrote.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from gettext import gettext as _
from pathlib import Path
from typing import Any

from model_store.recipe.text import one_line, printable, text_problem, visible

FILE = "label.json"
MAX_NAME = 60
MAX_NOTE = 2000
MAX_TAG = 24
MAX_TAGS = 8


class LabelError(ValueError):
    """A name, note or tag that cannot be kept; the message is a sentence for a person."""


@dataclass(frozen=True, slots=True)
class Label:
    """Clean text: no control characters, no white space around, `tags` each once and in order."""

    name: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()

    @classmethod
    def of(cls, name: str = "", note: str = "", tags: str | tuple[str, ...] = ()) -> Label:
        """A label from what was typed; `tags` may be one text with commas.

        Raises:
            LabelError: if something is too long, or there are too many tags.
        """
        given = tags.split(",") if isinstance(tags, str) else tags
        words = tuple(dict.fromkeys(word for tag in given if (word := one_line(tag).lstrip("#"))))
        label = cls(one_line(name), visible(note).strip(), words)
        if problem := text_problem(label.name, label.note, *words):
            raise LabelError(problem)
        if len(label.name) > MAX_NAME:
            raise LabelError(_("A name is at most {n} characters.").format(n=MAX_NAME))
        if len(label.note) > MAX_NOTE:
            raise LabelError(_("A note is at most {n} characters.").format(n=f"{MAX_NOTE:,}"))
        if any(len(word) > MAX_TAG for word in words):
            raise LabelError(_("A tag is at most {n} characters.").format(n=MAX_TAG))
        if len(words) > MAX_TAGS:
            raise LabelError(_("A run has at most {n} tags.").format(n=MAX_TAGS))
        return label

    @classmethod
    def read(cls, folder: Path) -> Label:
        """The label in a run's folder; an empty one where there is none or it is damaged."""
        try:
            raw: Any = json.loads((folder / FILE).read_bytes())
            name, note, *tags = map(printable, map(str, (raw["name"], raw["note"], *raw["tags"])))
            return cls.of(name, note, tuple(tags))
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return cls()

    def to_json(self) -> bytes:
        """What `read` reads."""
        values = {"name": self.name, "note": self.note, "tags": list(self.tags)}
        return json.dumps(values, indent=2).encode()
