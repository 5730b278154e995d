"""A `.keras` file from elsewhere becomes a run's model. Imports Keras: worker processes only.

What arrives here was checked and written anew by `training.keras_import.archive`, and is checked
again: a
worker believes nobody. Keras opens it in safe mode and uncompiled; whatever goes wrong is said in a
sentence, and the run fails alone.
"""

from __future__ import annotations

import io
import tempfile
from gettext import gettext as _
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_store.inference.classifier import Classifier
from model_store.recipe.recipe import Recipe
from model_store.runs.events import Evaluated
from training.keras_import.archive import KerasFile, read_keras_file, write_keras_file
from training.keras_import.config import KerasFileError
from training.keras_import.layers import Scaling
from training.loop import checkpoint, trainer
from training.loop.control import Control
from training.loop.errors import Diverged
from training.loop.trainer import Emit, Save, TrainingData
from training.tensorflow_setup import load

load()
import h5py  # noqa: E402
import keras  # noqa: E402 (`load` comes first)

PROBES = 64  # images that the opened model and the kept one have to agree on
AGREEMENT = 1e-3  # between probabilities: sums in another order, in 32 bits

Weights = list[tuple[NDArray[np.float32], NDArray[np.float32]]]


def import_model(
    recipe: Recipe,
    data: TrainingData,
    *,
    emit: Emit,
    control: Control,
    save: Save,
    resume: bytes | None = None,
    start: bytes | None = None,
    worker: str = "",
) -> Evaluated:
    """Open the file `start`, test the model and save it. Called as `training.loop.trainer.train`
    is.

    Raises:
        KerasFileError: if Keras cannot open it, its weights are no finite numbers, or it is not
            the network of the recipe.
    """
    given = read_keras_file(start or b"")
    if given.network.recipe(recipe.name, recipe.dataset) != recipe:
        raise KerasFileError(_("The file holds another network than the one that was checked."))
    model = _opened(given)
    weights = _weights(model, given.network.scaling)
    images = data.x_test[:PROBES]
    answers = _answers(model, images, given.network.dense[-1].activation == "linear")
    with np.errstate(over="ignore", invalid="ignore"):  # told in a sentence
        apart = np.abs(answers - Classifier(recipe, weights).probabilities(images)).max()
    if not apart <= AGREEMENT:  # not for what is no number
        raise _odd_answers()
    arrays: dict[str, Any] = {}
    for i, (kernel, bias) in enumerate(weights):
        arrays |= {f"kernel_{i}": kernel, f"bias_{i}": bias}
    try:
        return trainer.evaluate_and_save(
            recipe, data, checkpoint.npz_bytes(arrays), emit=emit, control=control, save=save
        )
    except Diverged:
        raise _odd_answers() from None


def _opened(given: KerasFile) -> Any:
    """The model as Keras reads it."""
    try:
        _expect_plain_arrays(given.weights)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "brought.keras"
            path.write_bytes(write_keras_file(given))
            return keras.saving.load_model(path, safe_mode=True, compile=False)
    except KerasFileError:
        raise
    except Exception as error:  # a hostile file makes HDF5 and Keras raise nearly anything
        raise KerasFileError(
            _(
                "Keras cannot open the file ({kind}): its weights are damaged, or not those of "
                "the layers that it describes."
            ).format(kind=type(error).__name__)
        ) from error


def _expect_plain_arrays(weights: bytes) -> None:
    """No array may unfold to more than the file itself; Keras refuses those that lie elsewhere."""

    def look(_name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and item.size * item.dtype.itemsize > len(weights):
            raise KerasFileError(_("An array in the file is larger than the file."))

    with h5py.File(io.BytesIO(weights), "r") as file:
        file.visititems(look)


def _weights(model: Any, scaling: Scaling) -> Weights:
    """Kernel and bias of each Dense layer for pixels from 0 to 1: the first takes up the scaling.

    Raises:
        KerasFileError: if one of them is no finite number.
    """
    out: Weights = []
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dense):
            kernel = np.asarray(layer.kernel, np.float32)
            bias = np.asarray(layer.bias, np.float32) if layer.use_bias else None
            out.append((kernel, np.zeros(kernel.shape[1], np.float32) if bias is None else bias))
    kernel, bias = out[0]
    if scaling != Scaling(1 / 255):
        wide = kernel.astype(np.float64)
        moved = bias + scaling.offset * wide.sum(axis=0)
        out[0] = ((wide * (255 * scaling.scale)).astype(np.float32), moved.astype(np.float32))
    if not all(np.isfinite(array).all() for arrays in out for array in arrays):
        raise KerasFileError(_("Some of its weights are no numbers: it has nothing to say."))
    return out


def _answers(model: Any, images: NDArray[np.uint8], logits: bool) -> NDArray[np.float32]:
    """What Keras itself makes of the images: probabilities [n, 10]."""
    answers = model(images.astype(np.float32))
    return np.asarray(keras.ops.softmax(answers) if logits else answers)


def _odd_answers() -> KerasFileError:
    return KerasFileError(_("Its answers are no numbers, or other ones in this app than in Keras."))
