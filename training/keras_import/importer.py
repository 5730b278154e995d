"""Import of an uploaded `.keras` file as a run's model. Imports Keras: worker processes only.

`training.keras_import.archive` has checked the file and written it again. The worker checks it once
more, since it trusts no input. Keras opens it in safe mode and uncompiled. Any error fails this run
alone, with a message.
"""

import io
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_store.inference.classifier import Classifier
from model_store.recipe.recipe import Recipe
from model_store.runs.events import Evaluated
from model_store.text import _
from training.data.extra_images import AnyData
from training.keras_import.archive import KerasFile, read_keras_file, write_keras_file
from training.keras_import.config import KerasFileError
from training.keras_import.layers import Scaling
from training.loop.checkpoint import npz_bytes
from training.loop.control import Control
from training.loop.errors import Diverged
from training.loop.live_weights import Show
from training.loop.trainer import Emit, Save, evaluate_and_save
from training.tensorflow_setup import load

load()
import h5py  # noqa: E402
import keras  # noqa: E402 (`load` comes first)

PROBE_IMAGES = 64  # test images on which Keras and the app have to agree
TOLERANCE = 1e-3  # between probabilities: float32 sums in another order

Weights = list[tuple[NDArray[np.float32], NDArray[np.float32]]]


def import_model(
    recipe: Recipe,
    data: AnyData,
    *,
    emit: Emit,
    control: Control,
    save: Save,
    resume: bytes | None = None,
    start: bytes | None = None,
    worker: str = "",
    show: Show | None = None,
) -> Evaluated:
    """Open the file `start`, test the model and save it; called like `training.loop.trainer.train`.

    Raises:
        KerasFileError: if Keras cannot open it, a weight is not finite, or it is not the network
            of the recipe.
    """
    given = read_keras_file(start or b"")
    if given.network.recipe(recipe.name, recipe.dataset, recipe.own) != recipe:
        raise KerasFileError(_("The file has another network than the one that was checked."))
    model = _open(given)
    weights = _weights(model, given.network.scaling)
    images = data.x_test[:PROBE_IMAGES]
    answers = model(images.astype(np.float32))
    if given.network.dense[-1].activation == "linear":
        answers = keras.ops.softmax(answers)
    sentence = _("The model's answers are not numbers, or this app answers differently than Keras.")
    with np.errstate(over="ignore", invalid="ignore"):  # the sentence says it
        difference = np.asarray(answers) - Classifier(recipe, weights).probabilities(images)
    if not np.abs(difference).max() <= TOLERANCE:  # true for nan as well
        raise KerasFileError(sentence)
    arrays: dict[str, Any] = {}
    for i, (kernel, bias) in enumerate(weights):
        arrays |= {f"kernel_{i}": kernel, f"bias_{i}": bias}
    try:
        return evaluate_and_save(recipe, data, npz_bytes(arrays), emit=emit, save=save)
    except Diverged:
        raise KerasFileError(sentence) from None


def _open(given: KerasFile) -> Any:
    """Return the model that Keras reads from a file."""
    try:
        _refuse_large_arrays(given.weights)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "imported.keras"
            path.write_bytes(write_keras_file(given))
            return keras.saving.load_model(path, safe_mode=True, compile=False)
    except KerasFileError:
        raise
    except Exception as error:  # a hostile file makes HDF5 and Keras raise nearly anything
        sentence = _("Keras cannot open the file ({kind}): its weights do not fit its layers.")
        raise KerasFileError(sentence.format(kind=type(error).__name__)) from error


def _refuse_large_arrays(weights: bytes) -> None:
    """Refuse an array that unpacks to more than the file; Keras refuses those in other files."""

    def check(_name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and item.size * item.dtype.itemsize > len(weights):
            raise KerasFileError(_("An array in the file is larger than the file."))

    with h5py.File(io.BytesIO(weights), "r") as file:
        file.visititems(check)


def _weights(model: Any, scaling: Scaling) -> Weights:
    """Return kernel and bias of each Dense layer; the first includes the scaling of its pixels.

    Raises:
        KerasFileError: if a weight is not finite.
    """
    out: Weights = []
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dense):
            kernel = np.asarray(layer.kernel, np.float32)
            bias = layer.bias if layer.use_bias else np.zeros(kernel.shape[1])
            out.append((kernel, np.asarray(bias, np.float32)))
    kernel, bias = out[0]
    if scaling != Scaling(1 / 255):
        wide = kernel.astype(np.float64)
        moved = bias + scaling.offset * wide.sum(axis=0)
        out[0] = ((wide * (255 * scaling.scale)).astype(np.float32), moved.astype(np.float32))
    if not all(np.isfinite(array).all() for arrays in out for array in arrays):
        raise KerasFileError(_("Some of the model's weights are not numbers."))
    return out
