"""The names that people gave themselves: `<root>/.people/<hash of an owner's id>`, a file each.

A name says who somebody is to the others, and proves nothing: who owns what is told by ids alone.
Any thread, several processes.
"""

from __future__ import annotations

import hashlib
from gettext import gettext as _
from pathlib import Path

from model_store.recipe.text import one_line, printable, text_problem
from model_store.storage import atomic_files
from model_store.storage.errors import StoreError

FOLDER = ".people"
MAX_NAME = 24
_MOST_BYTES = 4 * MAX_NAME


def short_id(owner: str) -> str:
    """Four characters that tell an owner from others without giving the id away."""
    return _hash(owner)[:4]


def clean(name: str) -> str:
    """One line of at most `MAX_NAME` characters, without any that are unseen or turn the text."""
    return one_line(printable(name[: 10 * MAX_NAME]))[:MAX_NAME].strip()


class DisplayNames:
    """The names in one store."""

    def __init__(self, root: Path) -> None:
        self._folder = root / FOLDER

    def name(self, owner: str) -> str:
        """The owner's name; "" if there is none, or none that can be read."""
        try:
            with self._path(owner).open("rb") as file:
                return clean(file.read(_MOST_BYTES).decode("utf-8", "ignore"))
        except OSError:
            return ""

    def rename(self, owner: str, name: str) -> str:
        """Keep what is left of `name` after `clean`, "" for none; returns it.

        Raises:
            StoreError: if it contains a character that cannot be saved, or cannot be written.
        """
        if problem := text_problem(name):
            raise StoreError(problem)
        kept = clean(name)
        path = self._path(owner)
        try:
            if kept:
                path.parent.mkdir(parents=True, exist_ok=True)
                atomic_files.write(path, kept.encode("utf-8"))
            else:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(
                _("The name could not be kept in {where}: {why}.").format(
                    where=self._folder, why=error.strerror or error
                )
            ) from None
        return kept

    def _path(self, owner: str) -> Path:
        return self._folder / _hash(owner)


def _hash(owner: str) -> str:
    return hashlib.sha256(owner.encode("utf-8", "surrogatepass")).hexdigest()
