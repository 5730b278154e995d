"""Uploaded `.keras` file: checked before it is opened, and written again.

A `.keras` file is a ZIP archive of a description (`config.json`), versions (`metadata.json`) and
the weights (`model.weights.h5`). The weights are not read here: `write_keras_file` puts them beside
a new description of what was parsed. Only that archive is kept, and Keras opens it in a worker
(`training.keras_import.importer`). No heavy import; any thread.
"""

import hashlib
import io
import json
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from model_store.recipe.choices import Dataset
from model_store.recipe.own_data import unnamed
from model_store.recipe.recipe import Recipe
from model_store.recipe.validation import MAX_NAME
from model_store.runs.provenance import InitialWeights, Provenance
from model_store.text import N_, _
from training.keras_import.config import KerasFileError
from training.keras_import.layers import Network, Scaling, network_config, parse_network

__all__ = ["KerasFile", "KerasFileError", "prepare_import", "read_keras_file", "write_keras_file"]

MAX_BYTES = 20_000_000  # of a file, and of its unpacked content; also the upload limit
MAX_TEXT = 500_000  # bytes of each of the two descriptions
CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
HDF5 = b"\x89HDF\r\n\x1a\n"
_END = struct.Struct("<4s4H2LH")  # the record that ends a ZIP archive without a comment
_END64 = b"PK\x06\x07"
_MAX_DIRECTORY = 1_000  # bytes of the archive's table of contents: three short names

# Pixel range that a network was trained on: name -> words, and the scaling from 0 to 255.
PIXEL_RANGES: Mapping[str, tuple[str, Scaling]] = {
    "unit": (N_("0 to 1 (divided by 255)"), Scaling(1 / 255)),
    "raw": (N_("0 to 255 (as they are)"), Scaling()),
    "signed": (N_("-1 to 1"), Scaling(1 / 127.5, -1.0)),
}


@dataclass(frozen=True, slots=True)
class KerasFile:
    """Parsed description of a file, and its weights: an HDF5 file, not opened yet."""

    network: Network
    weights: bytes

    @property
    def likely_pixel_range(self) -> str:
        """Likely key of `PIXEL_RANGES`: a model with a Rescaling layer mostly gets raw pixels."""
        return "unit" if self.network.scaling == Scaling() else "raw"


def read_keras_file(content: bytes) -> KerasFile:
    """Check a file and parse its description, without reading a weight.

    Raises:
        KerasFileError: if it is too large, not such an archive, damaged, or not a model that this
            app can use.
    """
    if len(content) > MAX_BYTES:
        raise KerasFileError(_("The file is larger than {n} MB.").format(n=MAX_BYTES // 10**6))
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
    try:
        config = json.loads(parts[CONFIG])
    except (ValueError, RecursionError):
        raise KerasFileError(_("The description of the model in the file is damaged.")) from None
    network = parse_network(config)
    network.recipe("", *unnamed(network.classes))  # within the limits of a recipe
    weights = parts[WEIGHTS]
    if not weights.startswith(HDF5) or 4 * network.parameters > len(weights):
        sentence = _("The file is too small for the {n} weights of its layers, or has none.")
        raise KerasFileError(sentence.format(n=f"{network.parameters:,}"))
    return KerasFile(network, weights)


def write_keras_file(given: KerasFile) -> bytes:
    """Return the archive for Keras: the weights, and a description written by this app."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(METADATA, json.dumps({"keras_version": "3.0.0", "date_saved": ""}))
        archive.writestr(CONFIG, json.dumps(network_config(given.network)))
        archive.writestr(WEIGHTS, given.weights)
    return file.getvalue()


def prepare_import(
    content: bytes, file_name: str, name: str, dataset: str, pixels: str, own: Dataset | None = None
) -> tuple[Recipe, InitialWeights]:
    """Return what to submit to open the model of a file, test it on `dataset` and keep it.

    `pixels` is a key of `PIXEL_RANGES`; an empty `name` becomes the file's. `own` describes a data
    set that somebody brought.

    Raises:
        KerasFileError: as `read_keras_file`.
    """
    given = read_keras_file(content)
    stem = PurePosixPath(_printable(file_name)).stem
    words, fed = PIXEL_RANGES[pixels]
    scaled = replace(given.network, scaling=fed.then(given.network.scaling))
    origin = Provenance(
        run="",
        title=_printable(file_name)[:MAX_NAME],
        weights=hashlib.sha256(content).hexdigest(),
        pixels=words,
    )
    recipe = given.network.recipe((name.strip() or stem)[:MAX_NAME], dataset, own)
    return recipe, InitialWeights(origin, write_keras_file(KerasFile(scaled, given.weights)))


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
        "This is not a .keras file of Keras 3: an archive of config.json, metadata.json and "
        "model.weights.h5."
    )
    return KerasFileError(sentence)
