"""Checkpoints and weights: exact round trips, and refusal of any other file."""

import io
from typing import Any

import numpy as np
import pytest

from model_store.recipe.recipe import Hidden, Recipe
from training.loop.checkpoint import (
    Position,
    checkpoint_bytes,
    npz_bytes,
    read_checkpoint,
    read_weights,
)
from training.loop.errors import CheckpointError

SHAPES = Recipe(hidden=(Hidden(4, batch_norm=True),)).weight_shapes
PROGRESS = Position(3, 120, 4.5)


def arrays(**others: Any) -> dict[str, Any]:
    rng = np.random.default_rng(5)
    made = {n: np.abs(rng.normal(size=s)).astype(np.float32) for n, s in SHAPES.items()}
    return {**made, **others}


def pickled() -> bytes:
    file = io.BytesIO()
    np.savez(file, epoch=np.array([{}], dtype=object))
    return file.getvalue()


def is_refused(content: bytes) -> bool:
    """Expect both readers to refuse the content with an error message."""
    with pytest.raises(CheckpointError, match="The checkpoint is damaged"):
        read_checkpoint(content)
    with pytest.raises(CheckpointError, match="initial weights"):
        read_weights(content, SHAPES)
    return True


def test_a_checkpoint_is_read_as_it_was_written() -> None:
    state = arrays(optimizer_0=np.zeros(3, np.float32), seed_0=np.arange(2, dtype=np.uint32))
    progress, read = read_checkpoint(checkpoint_bytes(PROGRESS, state))
    assert progress == PROGRESS
    assert read.keys() == state.keys()
    assert all((read[name] == state[name]).all() for name in state)


def test_weights_are_read_as_they_were_written() -> None:
    given = arrays()
    for read, array in zip(read_weights(npz_bytes(given), SHAPES), given.values(), strict=True):
        assert read.dtype == np.float32 and (read == array).all()


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_half_a_file_is_refused(share: float) -> None:
    content = checkpoint_bytes(PROGRESS, arrays())
    assert is_refused(content[: int(share * len(content))])


@pytest.mark.parametrize("content", [b"nothing", b"PK" + bytes(100), b"PK\x05\x06" + bytes(18)])
def test_what_is_no_archive_of_ours_is_refused(content: bytes) -> None:
    assert is_refused(content)


def test_nothing_is_unpickled() -> None:
    assert is_refused(pickled())


@pytest.mark.parametrize("name", ["epoch", "step", "seconds"])
def test_a_checkpoint_has_its_epoch_and_step(name: str) -> None:
    whole = {"epoch": 1, "step": 2, "seconds": 3.0}
    for wrong in ({name: "soon"}, {name: [1, 2]}, {}):
        kept = {key: value for key, value in whole.items() if key != name}
        with pytest.raises(CheckpointError, match="damaged"):
            read_checkpoint(npz_bytes({**arrays(), **kept, **wrong}))


@pytest.mark.parametrize(
    "others",
    [
        {"more": np.zeros(3, np.float32)},
        {"bias_1": np.zeros(9, np.float32)},
        {"bias_1": np.full(10, np.nan, np.float32)},
        {"kernel_0": np.zeros((784, 4))},
        {"kernel_0": np.zeros((4, 784), np.float32)},
        {"gamma_0": np.zeros(5, np.float32)},
        {"variance_0": np.full(4, -1e-4, np.float32)},
    ],
)
def test_weights_of_another_network_are_refused(others: dict[str, Any]) -> None:
    with pytest.raises(CheckpointError, match="are of another network"):
        read_weights(npz_bytes(arrays(**others)), SHAPES)
