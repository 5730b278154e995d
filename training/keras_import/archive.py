"""A `.keras` file of somebody else: checked before anything opens it, and written anew.

A `.keras` file is a ZIP archive of a description (`config.json`), a note on versions
(`metadata.json`) and the weights (`model.weights.h5`). The first two are read here. The weights
are not: they go, as they are, into an archive that `pack` writes, whose description has nothing in
it but what was understood. That archive alone is kept, and opened by Keras in a worker
(`training.keras_import.importer`). Pure Python, no heavy import; any thread.
"""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from gettext import gettext as _
from pathlib import PurePosixPath

from model_store.recipe.recipe import Recipe
from model_store.recipe.validation import MAX_NAME
from model_store.runs.provenance import InitialWeights, Provenance
from training.keras_import.config import KerasFileError
from training.keras_import.layers import Network, Scaling, network_config, parse_network

__all__ = [
    "MAX_BYTES",
    "PIXEL_RANGES",
    "KerasFile",
    "KerasFileError",
    "prepare_import",
    "read_keras_file",
]

MAX_BYTES = 20_000_000  # of a file, and of all that is in it; the server takes no more either
MAX_TEXT = 500_000  # bytes of each of the two descriptions
CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
WRITTEN_BY = {"keras_version": "3.0.0", "date_saved": ""}
HDF5 = b"\x89HDF\r\n\x1a\n"
_END = struct.Struct("<4s4H2LH")  # the record that ends a ZIP archive without a comment
_END64 = b"PK\x06\x07"
_MAX_DIRECTORY = 1_000  # bytes of the archive's table of contents: three short names

# The pixels that a network was trained on, as the person knows them: name -> words, and how they
# are made from 0 to 255.
PIXEL_RANGES: Mapping[str, tuple[str, Scaling]] = {
    "unit": ("0 to 1 (divided by 255)", Scaling(1 / 255)),
    "raw": ("0 to 255 (as they are)", Scaling()),
    "signed": ("-1 to 1", Scaling(1 / 127.5, -1.0)),
}


@dataclass(frozen=True, slots=True)
class KerasFile:
    """What was understood of a file, and its weights: an HDF5 file that nobody has opened yet."""

    network: Network
    weights: bytes

    @property
    def likely_pixel_range(self) -> str:
        """Of `PIXEL_RANGES`: a model that scales its pixels itself is mostly fed as they are."""
        return "raw" if self.network.scales else "unit"


def read_keras_file(content: bytes) -> KerasFile:
    """Check a file and read its description; no weight is looked at.

    Raises:
        KerasFileError: if it is too large, no such archive, damaged, or not a model that this app
            can ask.
    """
    if len(content) > MAX_BYTES:
        raise KerasFileError(_("The file is larger than {n} MB.").format(n=MAX_BYTES // 10**6))
    if not _has_short_directory(content):
        raise _no_archive()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = _parts(archive)
    except KerasFileError:
        raise
    except Exception as error:  # a hostile archive makes zipfile raise nearly anything
        raise KerasFileError(
            _("The file is damaged: its archive cannot be read ({why}).").format(
                why=type(error).__name__
            )
        ) from None
    network = parse_network(_json(parts[CONFIG]))
    network.recipe("", "digits")  # within the limits of a recipe
    weights = parts[WEIGHTS]
    if not weights.startswith(HDF5) or 4 * network.parameters > len(weights):
        raise KerasFileError(
            _("The file is too small for the {n} weights of its layers, or has none.").format(
                n=f"{network.parameters:,}"
            )
        )
    return KerasFile(network, weights)


def write_keras_file(given: KerasFile) -> bytes:
    """The archive for Keras: the weights, and a description written by this app."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(METADATA, json.dumps(WRITTEN_BY))
        archive.writestr(CONFIG, json.dumps(network_config(given.network)))
        archive.writestr(WEIGHTS, given.weights)
    return file.getvalue()


def prepare_import(
    content: bytes, file_name: str, name: str, dataset: str, pixels: str
) -> tuple[Recipe, InitialWeights]:
    """What to submit so that the model of a file is opened, tested on `dataset` and kept.

    `pixels` is one of `PIXEL_RANGES`; `name` "" takes the file's.

    Raises:
        KerasFileError: as `read`.
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
    recipe = given.network.recipe((name.strip() or stem)[:MAX_NAME], dataset)
    return recipe, InitialWeights(origin, write_keras_file(KerasFile(scaled, given.weights)))


def _has_short_directory(content: bytes) -> bool:
    """Whether the archive ends as it should, with a table of three files: else reading it is work.

    Source: APPNOTE.TXT of PKWARE, "End of central directory record".
    """
    if len(content) < _END.size or content[-_END.size - 20 :][:4] == _END64:
        return False
    mark, _disk, _start, _here, files, size, _offset, comment = _END.unpack(content[-_END.size :])
    return (mark, files, comment) == (b"PK\x05\x06", 3, 0) and size <= _MAX_DIRECTORY


def _parts(archive: zipfile.ZipFile) -> dict[str, bytes]:
    """The three files, each once, nothing else; read no further than they may be long."""
    listed = archive.infolist()
    if sorted(info.filename for info in listed) != [CONFIG, METADATA, WEIGHTS]:
        raise _no_archive()
    if sum(info.file_size for info in listed) > MAX_BYTES:
        raise KerasFileError(
            _("What is packed in the file is larger than {n} MB.").format(n=MAX_BYTES // 10**6)
        )
    out = {}
    for info in listed:
        if info.flag_bits & 1 or info.compress_type not in (
            zipfile.ZIP_STORED,
            zipfile.ZIP_DEFLATED,
        ):
            raise KerasFileError(_("The file is encrypted or packed as Keras does not do."))
        most = MAX_BYTES if info.filename == WEIGHTS else MAX_TEXT
        with archive.open(info) as part:
            out[info.filename] = part.read(most + 1)
        if len(out[info.filename]) > most:
            raise KerasFileError(_("{name} in the file is too long.").format(name=info.filename))
    return out


def _json(text: bytes) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise KerasFileError(_("The description of the model in the file is damaged.")) from None


def _printable(text: str) -> str:
    return "".join(c for c in text.replace("\\", "/").rpartition("/")[2] if c.isprintable())


def _no_archive() -> KerasFileError:
    return KerasFileError(
        _(
            "This is no .keras file as Keras 3 writes it: an archive of config.json, metadata.json "
            "and model.weights.h5."
        )
    )
