"""Arrays of a network as `.npz` files; reading takes any bytes. NumPy alone."""

import io
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_store.text import _
from training.loop.errors import CheckpointError

ALWAYS = ("epoch", "step", "seconds")  # in every checkpoint


@dataclass(slots=True)
class Position:
    """Position in a training; `seconds` is time spent in epochs, without pauses.

    `best` is the best value of the recipe's watched figure, in `best_epoch`: 0 if there is none
    yet. `idle` epochs have passed since without improvement, `waited` of them since the schedule
    "plateau" changed the learning rate. `by_hand` is True once a person has set the learning rate.
    """

    epoch: int = 0
    step: int = 0
    seconds: float = 0.0
    best: float = 0.0
    best_epoch: int = 0
    idle: int = 0
    waited: int = 0
    by_hand: bool = False


def npz_bytes(arrays: Mapping[str, Any]) -> bytes:
    """Return an `.npz` file of the arrays."""
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def checkpoint_bytes(position: Position, state: Mapping[str, NDArray[Any]]) -> bytes:
    """Return a checkpoint; `state` is all that the next step depends on."""
    start = Position()  # each entry of the file costs 0.2 ms: what is as at the start is left out
    at = {name: value for name, value in asdict(position).items() if value != getattr(start, name)}
    always = {name: getattr(position, name) for name in ALWAYS}
    return npz_bytes({**state, **at, **always})


def read_checkpoint(content: bytes) -> tuple[Position, dict[str, NDArray[Any]]]:
    """Return position and state of a checkpoint.

    Raises:
        CheckpointError: if the file is damaged.
    """
    damaged = _("The checkpoint is damaged ({why}). Resume from an earlier one.")
    state = _read(content, damaged)
    try:
        found = {f.name: state.pop(f.name).item() for f in fields(Position) if f.name in state}
        if missing := set(ALWAYS) - found.keys():
            raise KeyError(*missing)
        start = asdict(Position())
        return Position(**{name: type(start[name])(value) for name, value in found.items()}), state
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(damaged.format(why=type(error).__name__)) from error


def read_weights(
    content: bytes, shapes: Mapping[str, tuple[int, ...]]
) -> list[NDArray[np.float32]]:
    """Return the arrays of a `weights.npz` in the order of `shapes`, which they have.

    All numbers are finite, and no variance is below 0.

    Raises:
        CheckpointError: if the file is damaged, or of another network.
    """
    damaged = _("The initial weights cannot be read ({why}). Start from another run.")
    arrays = _read(content, damaged)
    fit = {n: a.shape for n, a in arrays.items()} == shapes
    finite = all(a.dtype == np.float32 and np.isfinite(a).all() for a in arrays.values())
    variances = [a for name, a in arrays.items() if name.startswith("variance")]
    if not fit or not finite or not all((a >= 0).all() for a in variances):
        sentence = _("The initial weights are of another network. Start from another run.")
        raise CheckpointError(sentence)
    return [arrays[name] for name in shapes]


def _read(content: bytes, damaged: str) -> dict[str, NDArray[Any]]:
    """Return the arrays of an `.npz`; `damaged` is the sentence of the error."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except Exception as error:  # a damaged archive makes NumPy and zipfile raise nearly anything
        raise CheckpointError(damaged.format(why=type(error).__name__)) from error
