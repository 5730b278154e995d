"""Uploaded model file: checked, read and turned into a network of the app, without Keras.

A `.keras` file is a ZIP archive of a description (`config.json`), versions (`metadata.json`) and
the weights, an HDF5 file. An `.h5` file is HDF5 with the description as an attribute. The file's
first bytes say which it is. Only the weights of the model's layers are read and kept; neither Keras
nor the HDF5 library ever sees the file. No heavy import; any thread.
"""

import hashlib
import io
import json
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from model_store.recipe.choices import Dataset
from model_store.recipe.own_data import unnamed
from model_store.recipe.recipe import Recipe
from model_store.recipe.validation import MAX_NAME
from model_store.runs.provenance import InitialWeights, Provenance
from model_store.text import N_, _
from training.keras_import.config import read_layers
from training.keras_import.errors import KerasFileError
from training.keras_import.hdf5 import DAMAGE, SIGNATURE, Hdf5File, Node
from training.keras_import.layers import IMAGE_SHAPES, Network, build_network
from training.keras_import.weights import archive_weights, legacy_weights

__all__ = ["KerasFileError", "Network", "prepare_import", "read_keras_file"]

MAX_BYTES = 64_000_000  # of a file: Adam makes it three times as large as its weights
MAX_TEXT = 500_000  # bytes of the description
CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
_END = struct.Struct("<4s4H2LH")  # the record that ends a ZIP archive without a comment
_END64 = b"PK\x06\x07"
_MAX_DIRECTORY = 1_000  # bytes of the archive's table of contents: three short names

# Pixel range that a network was trained on: name -> words, and what makes it from 0 to 1.
PIXEL_RANGES: Mapping[str, tuple[str, tuple[float, float]]] = {
    "unit": (N_("0 to 1 (divided by 255)"), (1.0, 0.0)),
    "raw": (N_("0 to 255 (as they are)"), (255.0, 0.0)),
    "signed": (N_("-1 to 1"), (2.0, -1.0)),
    "normalised": (
        N_("0 to 1, divided by their length: keras.utils.normalize(x, axis=1)"),
        (1.0, 0.0),
    ),
}


def likely_pixel_range(network: Network) -> str:
    """Return the likely key of `PIXEL_RANGES`: a model that scales by itself gets raw pixels."""
    return "raw" if network.scales else "unit"


def read_keras_file(content: bytes) -> Network:
    """Check a file and return its network, for pixels as the model was fed.

    Raises:
        KerasFileError: if it is too large, not such a file, damaged, or not a model that this app
            can use.
    """
    if len(content) > MAX_BYTES:
        raise KerasFileError(_("The file is larger than {n} MB.").format(n=MAX_BYTES // 10**6))
    try:
        network = _of_hdf5(content) if content.startswith(SIGNATURE) else _of_archive(content)
    except KerasFileError:
        raise
    except DAMAGE:
        sentence = _("The file is damaged: its HDF5 cannot be read. Save or download it again.")
        raise KerasFileError(sentence) from None
    network.recipe("", *unnamed(network.classes))  # within the limits of a recipe
    return network


def prepare_import(
    content: bytes, file_name: str, name: str, dataset: str, pixels: str, own: Dataset | None = None
) -> tuple[Recipe, InitialWeights]:
    """Return what to submit to test the model of a file on `dataset` and keep it.

    `pixels` is a key of `PIXEL_RANGES`; an empty `name` becomes the file's. `own` describes a data
    set that somebody brought.

    Raises:
        KerasFileError: as `read_keras_file`, and if the model cannot have been fed with `pixels`.
    """
    stem = PurePosixPath(_printable(file_name)).stem
    words, scaling = PIXEL_RANGES[pixels]
    network = _fed_with(read_keras_file(content), pixels, scaling)
    origin = Provenance(
        run="",
        title=_printable(file_name)[:MAX_NAME],
        weights=hashlib.sha256(content).hexdigest(),
        pixels=words,
        notes=network.notes,
    )
    recipe = network.recipe((name.strip() or stem)[:MAX_NAME], dataset, own)
    file = io.BytesIO()
    np.savez(file, **network.arrays)  # type: ignore[arg-type]
    return recipe, InitialWeights(origin, file.getvalue())


def _fed_with(network: Network, pixels: str, scaling: tuple[float, float]) -> Network:
    """Return the network for pixels from 0 to 1."""
    norm = network.pixel_norm
    if pixels == "normalised":
        here = "columns" if network.shape in IMAGE_SHAPES else "image"
        if norm not in ("none", here):
            sentence = _("The model divides pixels by their length itself: choose 0 to 1.")
            raise KerasFileError(sentence)
        return replace(network, pixel_norm=here)
    if norm != "none":
        if pixels == "signed":
            sentence = _(
                "The model divides pixels by their length, which this app does only for pixels "
                "without a sign: choose 0 to 1."
            )
            raise KerasFileError(sentence)
        return network  # a factor makes no difference to it
    return network.fed_with(*scaling)


def _of_archive(content: bytes) -> Network:
    if not _has_short_directory(content):
        raise _not_keras()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = _parts(archive)
    except KerasFileError:
        raise
    except Exception as error:  # a hostile archive makes zipfile raise nearly anything
        sentence = _("The file is damaged: its archive cannot be read ({why}).")
        raise KerasFileError(sentence.format(why=type(error).__name__)) from None
    layers = read_layers(_json(parts[CONFIG]))
    metadata = _json(parts[METADATA])
    version = metadata.get("keras_version") if isinstance(metadata, dict) else None
    if not parts[WEIGHTS].startswith(SIGNATURE):
        raise KerasFileError(_("The file is damaged: its weights are not HDF5."))
    weights = archive_weights(Hdf5File(parts[WEIGHTS]).root)
    return build_network(layers, weights, is_keras_2=str(version)[:2] == "2.")


def _of_hdf5(content: bytes) -> Network:
    root = Hdf5File(content).root
    stored = root.child("model_weights")
    config = root.text("model_config")
    if config is None or stored is None:
        if _has_weights(root):
            sentence = _(
                "The file has only weights, without the description of their layers. Save the "
                'whole model: model.save("my.keras").'
            )
            raise KerasFileError(sentence)
        raise _not_keras()
    if len(config) > MAX_TEXT:
        raise KerasFileError(_("The description of the model in the file is too long."))
    layers = read_layers(_json(config))
    version = root.text("keras_version") or ""
    return build_network(
        layers, legacy_weights(stored, layers), is_keras_2=version[:2] in ("", "1.", "2.")
    )


def _has_weights(root: Node) -> bool:
    names = ("layers", "_layer_checkpoint_dependencies", "model_weights")
    return bool(root.texts("layer_names")) or any(root.child(name) for name in names)


def _json(text: str | bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise KerasFileError(_("The description of the model in the file is damaged.")) from None


def _has_short_directory(content: bytes) -> bool:
    """True if the archive ends with a table of three files; a long table is slow to read.

    Source: APPNOTE.TXT of PKWARE, "End of central directory record".
    """
    if len(content) < _END.size or content[-_END.size - 20 :][:4] == _END64:
        return False
    mark, _disk, _start, _here, files, size, _offset, comment = _END.unpack(content[-_END.size :])
    return (mark, files, comment) == (b"PK\x05\x06", 3, 0) and size <= _MAX_DIRECTORY


def _parts(archive: zipfile.ZipFile) -> dict[str, bytes]:
    """Return the three files, each once and nothing else, read up to their limits."""
    listed = archive.infolist()
    if sorted(info.filename for info in listed) != [CONFIG, METADATA, WEIGHTS]:
        raise _not_keras()
    if sum(info.file_size for info in listed) > MAX_BYTES:
        sentence = _("The unpacked content of the file is larger than {n} MB.")
        raise KerasFileError(sentence.format(n=MAX_BYTES // 10**6))
    out = {}
    for info in listed:
        plain = info.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
        if info.flag_bits & 1 or not plain:
            raise KerasFileError(_("The file is encrypted, or packed as Keras does not do it."))
        most = MAX_BYTES if info.filename == WEIGHTS else MAX_TEXT
        with archive.open(info) as part:
            out[info.filename] = part.read(most + 1)
        if len(out[info.filename]) > most:
            raise KerasFileError(_("{name} in the file is too long.").format(name=info.filename))
    return out


def _printable(text: str) -> str:
    return "".join(c for c in text.replace("\\", "/").rpartition("/")[2] if c.isprintable())


def _not_keras() -> KerasFileError:
    sentence = _(
        "This is not a model file of Keras. Save the model in Python with "
        'model.save("my.keras") or model.save("my.h5"), and choose that file.'
    )
    return KerasFileError(sentence)
