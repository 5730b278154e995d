"""What a run says while it trains: frozen dataclasses, to and from plain JSON types.

The trainer (a worker process) emits them; the engine's event thread in the server appends them to
the run's folder; pages read them back. Figures are Python floats, times are unix seconds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Started:
    """The first sign of life: what will be trained, on what."""

    time: float
    steps_per_epoch: int
    epochs: int
    epoch: int = 0  # epochs already done, above 0 for a resumed run
    worker: str = ""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Figures over one compiled chunk of steps: means over its images, dropout and all.

    `step` counts batches from the start of the run and is the chunk's last. `accuracy` in [0, 1].
    """

    step: int
    epoch: float  # epochs done, with the fraction of the running one
    loss: float
    accuracy: float
    images_per_second: float
    time: float


@dataclass(frozen=True, slots=True)
class EpochEnd:
    """Means over one epoch; validation figures where the recipe validates. `epoch` from 1."""

    epoch: int
    step: int
    loss: float
    accuracy: float
    val_loss: float | None
    val_accuracy: float | None
    seconds: float
    learning_rate: float
    time: float


@dataclass(frozen=True, slots=True)
class LearningRate:
    """The learning rate was changed by hand, from this step on."""

    step: int
    epoch: float
    value: float
    time: float


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The end: the whole test set, and the training images without dropout."""

    test_loss: float
    test_accuracy: float
    train_loss: float
    train_accuracy: float
    epochs: int
    steps: int
    seconds: float
    time: float


@dataclass(frozen=True, slots=True)
class StateChanged:
    """The run is now in `state` (a `RunState`'s value); `message` is a sentence for a person."""

    state: str
    message: str
    time: float


Event = Started | Chunk | EpochEnd | LearningRate | Evaluated | StateChanged

KINDS: Mapping[str, type[Event]] = {
    "started": Started,
    "chunk": Chunk,
    "epoch": EpochEnd,
    "learning_rate": LearningRate,
    "evaluated": Evaluated,
    "state": StateChanged,
}
_NAMES = {kind: name for name, kind in KINDS.items()}


def to_dict(event: Event) -> dict[str, Any]:
    """Plain JSON types with the event's kind under `"kind"`."""
    return {"kind": _NAMES[type(event)], **asdict(event)}


def to_json(event: Event) -> str:
    """Return the event as one line; NumPy's numbers become Python's."""
    return json.dumps(to_dict(event), default=lambda number: number.item())


def from_json(line: str | bytes) -> Event:
    """Return the event of a `to_json`.

    Raises:
        ValueError, AttributeError, RecursionError: if it is no event.
    """
    return from_dict(json.loads(line))


def from_dict(raw: Mapping[str, Any]) -> Event:
    """The event of a `to_dict`; unknown fields are left out, so newer runs stay readable.

    Raises:
        ValueError: if it is no event.
    """
    kind = KINDS.get(str(raw.get("kind")))
    if kind is None:
        raise ValueError(f"unknown kind of event: {raw.get('kind')!r}")
    known = {f.name for f in fields(kind)}
    try:
        return kind(**{k: v for k, v in raw.items() if k in known})
    except TypeError as error:
        raise ValueError(str(error)) from None
