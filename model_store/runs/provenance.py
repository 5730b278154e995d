"""What a run began with where it did not begin with random weights: `origin.json` in its folder.

A recipe says how to train, not with which weights and drawings of which server; so a run that goes
on from another one names both here, with hashes, and its folder keeps both. A run that was brought
in from a file was not trained here at all: what it began with is what it is.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = "origin.json"
WEIGHTS = "start.npz"  # in the run's folder: kernel_0, bias_0 and so on
BROUGHT = "brought.keras"  # in the folder of a run from a file


@dataclass(frozen=True, slots=True)
class Origin:
    """`run` and `title` of the run whose weights it began with, and the sha256 of their file.

    `drawings` is the hash of the labelled drawings that it was trained on as well (see
    `DrawingSet.hash`), each `copies` times; `seen` are the ids of all drawings that it or the run
    that it began with was trained on: those test it no more.

    Where `run` is "" it was brought in from a file of the name `title` and the sha256 `weights`;
    `pixels` are those that it reads, in the words of whoever brought it.
    """

    run: str
    title: str
    weights: str
    drawings: str = ""
    copies: int = 0
    seen: tuple[str, ...] = ()
    pixels: str = ""

    @property
    def is_file(self) -> bool:
        """Whether the run was brought in from a file."""
        return not self.run

    @property
    def start_file(self) -> str:
        """The file in the run's folder that holds what it began with."""
        return BROUGHT if self.is_file else WEIGHTS

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return {
            "run": self.run,
            "title": self.title,
            "weights": self.weights,
            "drawings": self.drawings,
            "copies": self.copies,
            "seen": list(self.seen),
            **({"pixels": self.pixels} if self.is_file else {}),
        }

    @property
    def facts(self) -> dict[str, Any]:
        """What a person is shown of it."""
        return {name: value for name, value in self.to_dict().items() if value and name != "seen"}

    def to_json(self) -> bytes:
        """The content of `FILE`."""
        return json.dumps(self.to_dict(), indent=2).encode()

    @classmethod
    def read(cls, folder: Path) -> Origin | None:
        """What stands in a run's folder; None where it began anew.

        Raises:
            OSError, ValueError, KeyError, TypeError: if the file is damaged.
        """
        try:
            raw = json.loads((folder / FILE).read_bytes())
        except FileNotFoundError:
            return None
        return cls(
            run=str(raw["run"]),
            title=str(raw["title"]),
            weights=str(raw["weights"]),
            drawings=str(raw["drawings"]),
            copies=int(raw["copies"]),
            seen=_texts(raw["seen"]),
            pixels=str(raw.get("pixels", "")),
        )


@dataclass(frozen=True, slots=True)
class Start:
    """An origin and the weights that it names: the content of its `start_file`."""

    origin: Origin
    weights: bytes


def _texts(raw: Sequence[Any]) -> tuple[str, ...]:
    return tuple(str(item) for item in raw)
