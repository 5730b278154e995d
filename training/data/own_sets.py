"""Data sets that people brought: kept in a folder of the model store, named by their hash.

```
<store>/.datasets/<name>/
  data.npz   x_train, y_train, x_test, y_test as in Keras' files, and class_names
  card.json  description, fingerprint, owner, time; written with the folder
```
The folder is moved into its place whole, so a set is there or it is not. Several servers may share
a store: there is no other record. A name is a hash of pictures and description, so a set never
changes. NumPy only; any thread.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import secrets
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from model_store import StoreError
from model_store.recipe import own_data
from model_store.recipe.choices import IMAGE_SIDE, Dataset
from model_store.recipe.own_data import is_own
from model_store.recipe.recipe import Recipe
from model_store.runs.run import Run
from model_store.storage import atomic_files
from model_store.storage.store import GONE
from model_store.text import _
from training.data import datasets
from training.data.datasets import ARRAY_NAMES, Arrays, ByName, DataError, fingerprint, read_file

FOLDER = ".datasets"  # of a store
FILE, CARD = "data.npz", "card.json"
MAX_OF_OWNER = 20  # data sets
MAX_BYTES = 4 * 1024**3  # of all data sets of a store


@dataclass(frozen=True, slots=True)
class Card:
    """A stored data set without its pictures; `created` in unix seconds, `size` in bytes.

    A `shared` one is listed for everybody, any other for its owner alone. Who has a link can use
    both.
    """

    name: str
    about: Dataset
    fingerprint: str
    owner: str
    created: float
    shared: bool
    size: int


class DataSetGone(DataError):
    """The data set is not in this store, or not any more."""

    def __init__(self, label: str) -> None:
        sentence = _(
            "The data set {name} is not on this server: it was deleted, or it never was here."
        )
        super().__init__(sentence.format(name=label))


class OwnSets:
    """The own data sets of one store."""

    def __init__(self, root: Path, *, clock: Callable[[], float] = time.time) -> None:
        """`root` is the store's folder; nothing is written before `add`."""
        self.folder = root / FOLDER
        self._root, self._clock = root, clock

    def add(self, arrays: ByName, about: Dataset, owner: str, *, shared: bool = False) -> Card:
        """Store a data set and return its card; one that is there already stays as it is.

        Raises:
            DataError: if it cannot be used, if there are too many, or if it cannot be written.
        """
        problem = own_data.description_problem(about) or _array_problem(arrays, about)
        if problem:
            raise DataError(problem)
        name = name_of(arrays, about)
        with suppress(DataSetGone):
            return self.open(name)
        cards = self.cards()
        if sum(card.owner == owner for card in cards) >= MAX_OF_OWNER:
            sentence = _("You have {n} data sets already. Delete one first.")
            raise DataError(sentence.format(n=MAX_OF_OWNER))
        content = pack(arrays, about)
        if sum(card.size for card in cards) + len(content) > MAX_BYTES:
            raise DataError(_("There is no more room for data sets on this server."))
        raw = {
            "about": own_data.to_dict(about),
            "fingerprint": fingerprint(arrays),
            "owner": owner,
            "created": self._clock(),
            "shared": shared,
        }
        busy = self.folder / f"{atomic_files.BUSY}{name}-{secrets.token_hex(4)}"
        try:
            busy.mkdir(parents=True)
            atomic_files.write(busy / FILE, content)
            atomic_files.write_json(busy / CARD, raw)
            with suppress(FileExistsError):  # another server was faster
                busy.rename(self.folder / name)
        except OSError as error:
            if not (self.folder / name / CARD).exists():
                sentence = _("The data set cannot be saved: {why}.")
                why = error.strerror or error
                raise DataError(sentence.format(why=why)) from None
        finally:
            shutil.rmtree(busy, ignore_errors=True)
        return self.open(name)

    def open(self, name: str) -> Card:
        """Return the card of a data set.

        Raises:
            DataSetGone: if there is none.
        """
        if not is_own(name):
            raise DataSetGone(repr(name)[:40])
        folder = self.folder / name
        try:
            raw = atomic_files.read_json(folder / CARD)
            about = own_data.from_dict(raw["about"])
            if about is None or own_data.description_problem(about):
                raise ValueError("description")
            return Card(
                name=name,
                about=about,
                fingerprint=str(raw["fingerprint"]),
                owner=str(raw["owner"]),
                created=float(raw["created"]),
                shared=raw.get("shared") is True,
                size=(folder / FILE).stat().st_size,
            )
        except (OSError, ValueError, LookupError, TypeError, RecursionError):
            raise DataSetGone(name) from None

    def cards(self) -> Sequence[Card]:
        """Return the cards of all data sets, the newest first; none of a damaged one."""
        found = []
        with suppress(OSError):
            for entry in os.scandir(self.folder):
                if is_own(entry.name):
                    with suppress(DataSetGone):
                        found.append(self.open(entry.name))
        return sorted(found, key=lambda card: (-card.created, card.name))

    def listed(self, owner: str) -> Sequence[Card]:
        """Return the cards that an owner is offered: their own and the shared ones."""
        return [card for card in self.cards() if card.shared or card.owner == owner]

    def content(self, name: str) -> bytes | None:
        """Return the content of a data set's `.npz` file; None if it is gone."""
        if not is_own(name):
            return None
        try:
            return (self.folder / name / FILE).read_bytes()
        except OSError:
            return None

    def has(self, name: str) -> bool:
        """True if there is such a data set; its file may still be damaged."""
        return is_own(name) and (self.folder / name / CARD).is_file()

    def load(self, name: str) -> Arrays:
        """Return the arrays of a data set, in memory and read-only.

        Raises:
            DataSetGone: if there is none.
            DataError: if its file is damaged.
        """
        card = self.open(name)
        content = read_file(self.folder / name / FILE)
        return unpack(name, card.about, content)

    def delete(self, name: str, owner: str | None) -> None:
        """Delete a data set for good; its runs keep their weights. `owner` None is a teacher.

        Raises:
            DataSetGone: if there is none.
            DataError: if it is somebody else's, or cannot be deleted.
        """
        card = self.open(name)
        if owner is not None and card.owner != owner:
            raise DataError(_("Only the person who added a data set can delete it."))
        gone = self._root / f"{GONE}{secrets.token_hex(8)}"
        try:
            (self.folder / name).rename(gone)
        except OSError as error:
            sentence = _("The data set cannot be deleted: {why}.")
            raise DataError(sentence.format(why=error.strerror or error)) from None
        shutil.rmtree(gone, ignore_errors=True)

    def forget(self, owner: str, since: float) -> None:
        """Delete what an owner added since a time, in unix seconds.

        Raises:
            StoreError: if something cannot be deleted.
        """
        for card in self.cards():
            if card.owner != owner or card.created < since:
                continue
            try:
                self.delete(card.name, owner)
            except DataSetGone:
                pass  # by another server just now
            except DataError as error:
                raise StoreError(str(error)) from None


def name_of(arrays: ByName, about: Dataset) -> str:
    """Return the name that pictures and description have together."""
    described = json.dumps(own_data.to_dict(about), sort_keys=True)
    digest = hashlib.sha256(f"{fingerprint(arrays)}\0{described}".encode())
    return f"own-{digest.hexdigest()[:16]}"


def pack(arrays: ByName, about: Dataset) -> bytes:
    """Return the content of a data set's `.npz` file: the same arrays give the same bytes."""
    file = io.BytesIO()
    given: dict[str, Any] = {key: np.ascontiguousarray(arrays[key]) for key in ARRAY_NAMES}
    np.savez_compressed(file, **given, class_names=np.array(about.class_names))
    return file.getvalue()


def unpack(name: str, about: Dataset, content: bytes | None) -> Arrays:
    """Return the arrays of a data set's `.npz` file.

    Raises:
        DataSetGone: without content.
        DataError: if the file is damaged, or is another data set than `name` and `about` say.
    """
    if content is None:
        raise DataSetGone(about.label)
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            arrays = {key: archive[key] for key in ARRAY_NAMES}
        fits = not _array_problem(arrays, about) and name_of(arrays, about) == name
    except Exception:  # a damaged archive makes NumPy and zipfile raise nearly anything
        fits = False
    if not fits:
        sentence = _("The file of the data set {name} is damaged, or it is another data set's.")
        raise DataError(sentence.format(name=about.label))
    for array in arrays.values():
        array.setflags(write=False)
    return Arrays(name, fingerprint(arrays), **arrays, own=about)


def own_set_path(root: Path, recipe: Recipe) -> Path | None:
    """Return the file of a recipe's own data set in the store at `root`; None if it has none."""
    return None if recipe.own is None else root / FOLDER / recipe.dataset / FILE


def recipe_data(recipe: Recipe, root: Path) -> Arrays:
    """Return the data set of a recipe, whose own data sets are in the store at `root`.

    Raises:
        DataError: if it cannot be read, or is not here.
    """
    if recipe.own is None:
        return datasets.load(recipe.dataset)
    return unpack(recipe.dataset, recipe.own, OwnSets(root).content(recipe.dataset))


def has_data(run: Run) -> bool:
    """True if the run's data set is on this computer; its file may still be damaged."""
    path = own_set_path(run.folder.parent, run.recipe)
    return datasets.available(run.recipe.dataset) if path is None else path.is_file()


def _array_problem(arrays: ByName, about: Dataset) -> str:
    """Return a sentence if the arrays are not those of the description, else ""."""
    for key in ARRAY_NAMES:
        count = about.train if key.endswith("train") else about.test
        shape = (count, IMAGE_SIDE, IMAGE_SIDE) if key.startswith("x") else (count,)
        array = arrays[key]
        if array.dtype != np.uint8 or array.shape != shape:
            return _("The pictures of the data set do not fit its description.")
        if key.startswith("y") and int(array.max()) >= len(about.class_names):
            return _("A label of the data set is none of its classes.")
    return ""
