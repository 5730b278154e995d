"""Events of a training: frozen dataclasses, to and from plain JSON types.

The trainer, in a worker process, emits them. The engine's event thread in the server appends them
to the run's folder, and pages read them. Figures are Python floats, times unix seconds.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Started:
    """The training has started or resumed."""

    time: float
    steps_per_epoch: int
    epochs: int
    epoch: int = 0  # epochs done before, above 0 for a resumed run
    worker: str = ""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Running training figures: means over the images of one compiled chunk of steps.

    They are measured before each step's update, with dropout and augmentation. `loss` includes the
    L1 and L2 penalties, `accuracy` is in [0, 1]. `step` is the chunk's last, counted from the start
    of the run.
    """

    step: int
    epoch: float  # epochs done, with the fraction of the current one
    loss: float
    accuracy: float
    images_per_second: float
    time: float


@dataclass(frozen=True, slots=True)
class EpochEnd:
    """End of an epoch, counted from 1.

    `loss` and `accuracy` are running training figures: the mean over the epoch's chunks. The
    `val_` figures are evaluated after the epoch, without dropout, if the recipe validates.
    """

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
    """The learning rate was set from this step on, by "hand" or by the schedule "plateau"."""

    step: int
    epoch: float
    value: float
    time: float
    by: str = "hand"


@dataclass(frozen=True, slots=True)
class Batch:
    """One step that was taken by itself, while paused; its `batch.bin` is written.

    Mean losses over the images of the batch, penalties included, before and after the step: with
    the same augmentation and the same dropout, by the weights before and after. The chunk that the
    step belongs to has its figures as well.
    """

    step: int
    epoch: float
    loss: float
    loss_after: float
    time: float


@dataclass(frozen=True, slots=True)
class Evaluated:
    """Figures evaluated at the end, without dropout: on the test set and on the training images.

    So `train_accuracy` is usually higher than the last running training accuracy. Losses include
    the L1 and L2 penalties, as in `Chunk`. `kept_epoch` is the epoch whose weights the model has, 0
    for those of the end. `stopped_early` is True if early stopping ended the training before its
    last epoch.
    """

    test_loss: float
    test_accuracy: float
    train_loss: float
    train_accuracy: float
    epochs: int
    steps: int
    seconds: float
    time: float
    kept_epoch: int = 0
    stopped_early: bool = False


@dataclass(frozen=True, slots=True)
class StateChanged:
    """New state, a `RunState`'s value; `message` is a sentence for a person."""

    state: str
    message: str
    time: float


Event = Started | Chunk | EpochEnd | LearningRate | Batch | Evaluated | StateChanged

_KINDS: Mapping[str, type[Event]] = {
    "started": Started,
    "chunk": Chunk,
    "epoch": EpochEnd,
    "learning_rate": LearningRate,
    "batch": Batch,
    "evaluated": Evaluated,
    "state": StateChanged,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def to_dict(event: Event) -> dict[str, Any]:
    """Return plain JSON types, with the event's kind under `"kind"`."""
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
    """Return the event of a `to_dict`; unknown fields of newer versions are left out.

    Raises:
        ValueError: if it is no event.
    """
    try:
        kind = _KINDS[raw["kind"]]
        return kind(**{f.name: raw[f.name] for f in fields(kind) if f.name in raw})
    except (KeyError, TypeError) as error:
        raise ValueError(f"no event: {error}") from None
