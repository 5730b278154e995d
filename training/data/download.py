"""Download of MNIST and Fashion-MNIST from the address of Keras' own loaders, KMNIST from its own.

A download runs in one daemon thread and is shared by everybody in this process. It needs no
TensorFlow. A file that was interrupted goes on where it ended. A data set appears in the data
folder only after its training images, or all of its files, have their published checksum.
"""

import gzip
import hashlib
import io
import struct
import threading
import time
import urllib.request
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import URLError

import numpy as np
from numpy.typing import NDArray

from model_store.recipe.choices import DATASETS, IMAGE_SIDE
from model_store.storage import atomic_files
from model_store.text import _
from training.data.datasets import (
    ARRAY_NAMES,
    DataDamaged,
    DataError,
    cache_dir,
    find_problem,
    read_npz,
    source_path,
)

ADDRESS = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
KMNIST_ADDRESS = "https://codh.rois.ac.jp/kmnist/dataset/kmnist/"
TIMEOUT = 30.0  # seconds without a byte
BLOCK = 65_536  # bytes
FILES: Mapping[str, Mapping[str, int]] = {  # data set -> file -> bytes, in the order of ARRAY_NAMES
    "mnist": {"mnist.npz": 11_490_434},
    "fashion_mnist": {
        "train-images-idx3-ubyte.gz": 26_421_880,
        "train-labels-idx1-ubyte.gz": 29_515,
        "t10k-images-idx3-ubyte.gz": 4_422_102,
        "t10k-labels-idx1-ubyte.gz": 5_148,
    },
    "kmnist": {
        "train-images-idx3-ubyte.gz": 18_165_135,
        "train-labels-idx1-ubyte.gz": 29_497,
        "t10k-images-idx3-ubyte.gz": 3_041_136,
        "t10k-labels-idx1-ubyte.gz": 5_120,
    },
}
# Of the files of KMNIST, as TensorFlow Datasets and torchvision for Ruby list them, with the sizes
# above; torchvision for Python lists the MD5 of the same files.
SHA256: Mapping[str, str] = {
    "train-images-idx3-ubyte.gz": (
        "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4"
    ),
    "train-labels-idx1-ubyte.gz": (
        "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17"
    ),
    "t10k-images-idx3-ubyte.gz": (
        "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5"
    ),
    "t10k-labels-idx1-ubyte.gz": (
        "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c"
    ),
}
IDX_IMAGES = 0x0803  # magic number of an IDX file of bytes in three dimensions
TRAINING_IMAGES_MD5: Mapping[str, str] = {  # of the published IDX file, unpacked: header and bytes
    "mnist": "6bbc9ace898e44ae57da46a324031adb",
    "fashion_mnist": "f4a8712d7a061bf5bd6d2ca38dc4d50a",
}

NETWORK_ERRORS = (URLError, HTTPException, TimeoutError, ConnectionError)
DAMAGE_ERRORS = (DataDamaged, ValueError, EOFError, gzip.BadGzipFile, zlib.error)

Report = Callable[[str, int], None]  # file that arrives, bytes of the whole data set so far


class DownloadFailed(DataError):
    """A data set that could not be downloaded; the message is a sentence for a person."""


class Download(threading.Thread):
    """Download in a daemon thread: `done` of `total` bytes, all files together. Any thread reads.

    `file` arrives now; it is empty until the first one does. `error` is a sentence for a person.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name=f"download-{name}", daemon=True)
        self.file, self.done, self.total = "", 0, sum(FILES[name].values())
        self.error: str | None = None
        self.finished = False
        self._dataset, self._began = name, time.monotonic()

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._began

    def run(self) -> None:
        """Download in this thread; called by `start`."""
        try:
            download_dataset(self._dataset, source_path(self._dataset), self._report)
        except Exception as failed:  # whatever it is, the download is over
            self.error = str(failed) or type(failed).__name__
        self.finished = True

    def _report(self, file: str, done: int) -> None:
        self.file, self.done = file, done


downloads: dict[str, Download] = {}  # the latest of each data set
_lock = threading.Lock()


def latest(name: str) -> Download | None:
    """Return this process's latest download of a data set, running or finished."""
    return downloads.get(name)


def start(name: str) -> Download:
    """Start to download a data set, or join the download that runs already."""
    with _lock:
        current = latest(name)
        if current is None or current.finished:
            current = downloads[name] = Download(name)
            current.start()
        return current


def download_dataset(name: str, target: Path, report: Report) -> None:
    """Download a data set, verify it and move it to `target`, an `.npz` file.

    Raises:
        DownloadFailed: with a sentence that says what to do next.
    """
    address = KMNIST_ADDRESS if name == "kmnist" else ADDRESS
    parts = [cache_dir().absolute() / "downloads" / f"{name}-{file}.part" for file in FILES[name]]

    try:
        for folder in (target.parent, parts[0].parent):
            folder.mkdir(parents=True, exist_ok=True)
        done = 0
        for (file, size), part in zip(FILES[name].items(), parts, strict=True):
            for arrived in _fetch(address + file, size, part):
                report(file, done + arrived)
            done += size
        content = io.BytesIO()
        np.savez_compressed(content, **_read(name, parts))
        atomic_files.write(target, content.getvalue())
    except NETWORK_ERRORS as error:
        sentence = _(
            "{dataset} could not be downloaded ({reason}). Check this computer's network and try "
            "again, or put {file} at {path}. Digits works offline."
        )
        raise _failed(sentence, name, target, error) from error
    except DAMAGE_ERRORS as error:
        for part in parts:
            part.unlink(missing_ok=True)
        sentence = _(
            "{dataset} arrived damaged: its checksum is wrong, so it was not kept. Try again. If "
            "that does not help, put {file} at {path}."
        )
        raise _failed(sentence, name, target, error) from error
    except OSError as error:
        sentence = _(
            "{dataset} cannot be saved: {reason}. Free some space, or choose another folder with "
            "SOFTMAX_LAB_DATA. Then download it again."
        )
        raise _failed(sentence, name, target, error) from error
    for part in parts:
        part.unlink(missing_ok=True)


def _failed(sentence: str, name: str, target: Path, error: Exception) -> DownloadFailed:
    words = {"dataset": DATASETS[name].label, "file": target.name, "path": target}
    return DownloadFailed(sentence.format(reason=" ".join(str(error).split())[:200], **words))


def _fetch(address: str, size: int, part: Path) -> Iterator[int]:
    """Append to `part` what it lacks of the `size` bytes at `address`; yield its bytes so far."""
    done = part.stat().st_size if part.exists() else 0
    yield done
    if done >= size:
        return
    request = urllib.request.Request(address, headers={"Range": f"bytes={done}-"})
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer, part.open("ab") as out:
        if answer.status != HTTPStatus.PARTIAL_CONTENT:
            done = out.truncate(0)
        while block := answer.read(BLOCK):
            done += out.write(block)
            yield done
    if done < size:
        raise ConnectionError(_("the connection ended after {n} bytes").format(n=f"{done:,}"))


def _read(name: str, parts: Sequence[Path]) -> Mapping[str, Any]:
    """Return the arrays of the downloaded files; raise one of `DAMAGE_ERRORS` if they are wrong."""
    if len(parts) == 1:
        arrays = dict(read_npz(name, parts[0]))
    else:
        images, labels = (16, (-1, IMAGE_SIDE, IMAGE_SIDE)), (8, (-1,))  # header bytes, shape
        arrays = {}
        for key, part in zip(ARRAY_NAMES, parts, strict=True):
            header, shape = images if key.startswith("x") else labels
            content = np.frombuffer(gzip.decompress(part.read_bytes()), np.uint8, offset=header)
            arrays[key] = content.reshape(shape)
    if name == "kmnist":
        found = [atomic_files.sha256(part) for part in parts]
        is_right = found == [SHA256[file] for file in FILES[name]]
    else:
        is_right = images_md5(arrays["x_train"]) == TRAINING_IMAGES_MD5[name]
    if not is_right or find_problem(name, arrays):
        raise ValueError("checksum")
    return arrays


def images_md5(images: NDArray[np.uint8]) -> str:
    """Return the md5 of the IDX file that holds the images [N, 28, 28]; its authors publish it."""
    digest = hashlib.md5(struct.pack(">4I", IDX_IMAGES, *images.shape), usedforsecurity=False)
    digest.update(images.tobytes())
    return digest.hexdigest()
