"""Names that owners chose: one file each, `<root>/.people/<hash of the owner's id>`.

A name proves nothing: only the id decides who owns a run. Any thread,
several processes.
"""

import hashlib
from pathlib import Path

from model_store.recipe.text import one_line, printable, text_problem
from model_store.storage import atomic_files
from model_store.storage.errors import StoreError, cannot_write

FOLDER = ".people"
MAX_NAME = 24


def short_id(owner: str) -> str:
    """Return four characters that distinguish owners without revealing the id."""
    return _hash(owner)[:4]


class DisplayNames:
    """The names in one store."""

    def __init__(self, root: Path) -> None:
        self._folder = root / FOLDER

    def name(self, owner: str) -> str:
        """Return the owner's name; "" if there is none, or none that can be read."""
        try:
            with (self._folder / _hash(owner)).open("rb") as file:
                return _clean(file.read(4 * MAX_NAME).decode("utf-8", "ignore"))
        except OSError:
            return ""

    def rename(self, owner: str, name: str) -> str:
        """Keep and return the name as one line, cut off; "" removes it.

        Raises:
            StoreError: if it contains a character that cannot be saved, or cannot be written.
        """
        if problem := text_problem(name):
            raise StoreError(problem)
        kept, path = _clean(name), self._folder / _hash(owner)
        try:
            if kept:
                path.parent.mkdir(parents=True, exist_ok=True)
                atomic_files.write(path, kept.encode("utf-8"))
            else:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise cannot_write(self._folder, error) from None
        return kept


def _clean(name: str) -> str:
    return one_line(printable(name[: 10 * MAX_NAME]))[:MAX_NAME].strip()


def _hash(owner: str) -> str:
    return hashlib.sha256(owner.encode("utf-8", "surrogatepass")).hexdigest()
