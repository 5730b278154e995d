"""The arrays of a network as a file, and back from bytes that may be anything. NumPy alone."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from gettext import gettext as _
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.loop.errors import CheckpointError


@dataclass(slots=True)
class Position:
    """Where a training stands; `seconds` is time spent in epochs, pauses not counted."""

    epoch: int = 0
    step: int = 0
    seconds: float = 0.0


def npz_bytes(arrays: Mapping[str, Any]) -> bytes:
    """An `.npz` file of these arrays."""
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def checkpoint_bytes(progress: Position, state: Mapping[str, NDArray[Any]]) -> bytes:
    """What `read_checkpoint` reads; `state` is all that the next step depends on."""
    return npz_bytes({**state, **asdict(progress)})


def read_checkpoint(content: bytes) -> tuple[Position, dict[str, NDArray[Any]]]:
    """What `checkpoint` was given.

    Raises:
        CheckpointError: if it is no checkpoint.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            state = {name: archive[name] for name in archive.files}
        progress = Position(
            int(state.pop("epoch")), int(state.pop("step")), float(state.pop("seconds"))
        )
    except Exception as error:  # a damaged archive makes NumPy and zipfile raise nearly anything
        raise CheckpointError(
            _("The checkpoint is damaged ({why}). Resume from an earlier one.").format(
                why=type(error).__name__
            )
        ) from error
    return progress, state


def read_weights(content: bytes, shapes: Sequence[tuple[int, ...]]) -> list[NDArray[np.float32]]:
    """`kernel_0`, `bias_0` and so on of a `weights.npz`: finite numbers of these shapes.

    Raises:
        CheckpointError: if they are none, or others.
    """
    names = [f"{kind}_{i}" for i in range(len(shapes) // 2) for kind in ("kernel", "bias")]
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            weights = [archive[name] for name in names]
            others = len(archive.files) - len(names)
    except Exception as error:  # a damaged archive makes NumPy and zipfile raise nearly anything
        raise CheckpointError(
            _("The weights to begin with cannot be read ({why}). Start from another run.").format(
                why=type(error).__name__
            )
        ) from error
    fit = [array.shape for array in weights] == list(shapes) and not others
    if not fit or not all(
        array.dtype == np.float32 and np.isfinite(array).all() for array in weights
    ):
        raise CheckpointError(
            _("The weights to begin with are another network's. Start from another run.")
        )
    return weights
