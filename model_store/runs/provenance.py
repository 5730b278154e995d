"""Provenance of a run that did not start from random weights: `origin.json` in its folder.

A run that continues another run names its weights and drawings here, with their hashes, and its
folder keeps both. An imported run was trained elsewhere: its file is its start.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from model_store.recipe.text import printable

FILE = "origin.json"
WEIGHTS = "start.npz"  # in the run's folder: kernel_0, bias_0 and so on
IMPORTED_MODEL = "brought.npz"  # its weights, as `training.keras_import` read them


@dataclass(frozen=True, slots=True)
class Provenance:
    """Id and title of the run whose weights a run started from, and the sha256 of their file.

    `drawings` is the hash of the labelled drawings in the training set, each `copies` times (see
    `DrawingSet.hash`). `seen` are the ids of all drawings that this run or the earlier one was
    trained on: they no longer test it. An imported run has an empty `run`; `title` and `weights`
    are its file's name and sha256, `pixels` is the pixel range that its owner stated, and `notes`
    say what is another way here than in the file: English source text.
    """

    run: str
    title: str
    weights: str
    drawings: str = ""
    copies: int = 0
    seen: tuple[str, ...] = ()
    pixels: str = ""
    notes: tuple[str, ...] = ()

    @property
    def is_imported(self) -> bool:
        """True if the run was imported from a file."""
        return not self.run

    @property
    def weights_file(self) -> str:
        """Name of the file in the run's folder that keeps the initial weights."""
        return IMPORTED_MODEL if self.is_imported else WEIGHTS

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return asdict(self) | {"seen": list(self.seen), "notes": list(self.notes)}

    @property
    def facts(self) -> dict[str, Any]:
        """The values that a person is shown."""
        return {
            name: value
            for name, value in self.to_dict().items()
            if value and name not in ("seen", "notes")
        }

    def to_json(self) -> bytes:
        """Return the content of `FILE`."""
        return json.dumps(self.to_dict(), indent=2).encode()

    @classmethod
    def read(cls, folder: Path) -> Provenance | None:
        """Return the provenance in a run's folder; None if the run started from random weights.

        Raises:
            OSError, ValueError, KeyError, TypeError: if the file is damaged.
        """
        try:
            return cls.from_dict(json.loads((folder / FILE).read_bytes()))
        except FileNotFoundError:
            return None

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Provenance:
        """Return the provenance of a `to_dict`.

        Raises:
            ValueError, KeyError, TypeError: if it is none.
        """
        return cls(
            run=str(raw["run"]),
            title=printable(str(raw["title"])),
            weights=str(raw["weights"]),
            drawings=str(raw["drawings"]),
            copies=int(raw["copies"]),
            seen=tuple(str(drawing_id) for drawing_id in raw["seen"]),
            pixels=str(raw.get("pixels", "")),
            notes=tuple(printable(str(note)) for note in raw.get("notes", ())),
        )


@dataclass(frozen=True, slots=True)
class InitialWeights:
    """A provenance and the content of its `weights_file`."""

    provenance: Provenance
    weights: bytes
