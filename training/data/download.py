"""Fetches MNIST or Fashion-MNIST with Keras' own loaders: `python -m training.data.download NAME`.

Keras, and TensorFlow with it, is imported in that process alone. It prints one JSON line a step:
`{"file": ..., "done": bytes, "total": bytes}`, or at a failure's end `{"error": sentence}` with
exit code 1. `start` and `Fetch` run it from the server and follow it in a thread.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import hashlib
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from gettext import gettext as _
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_store.recipe.choices import DATASETS
from training import tensorflow_setup
from training.data.datasets import (
    ARRAY_NAMES,
    DataError,
    cache_dir,
    find_problem,
    source_path,
)

STALLED_SECONDS = 30.0
REPORT_SECONDS = 0.2

DOWNLOADS: Mapping[str, Mapping[str, int]] = {  # what Keras downloads, in its order: name -> bytes
    "mnist": {"mnist.npz": 11_490_434},
    "fashion_mnist": {
        "fashion-mnist/train-labels-idx1-ubyte.gz": 29_515,
        "fashion-mnist/train-images-idx3-ubyte.gz": 26_421_880,
        "fashion-mnist/t10k-labels-idx1-ubyte.gz": 5_148,
        "fashion-mnist/t10k-images-idx3-ubyte.gz": 4_422_102,
    },
}
IDX_IMAGES = 0x0803  # magic number of an IDX file of bytes in three dimensions
TRAINING_IMAGES_MD5: Mapping[str, str] = {  # of the published IDX file, unpacked: header and bytes
    "mnist": "6bbc9ace898e44ae57da46a324031adb",
    "fashion_mnist": "f4a8712d7a061bf5bd6d2ca38dc4d50a",
}

Split = tuple[NDArray[np.uint8], NDArray[np.uint8]]
Loader = Callable[[str], tuple[Split, Split]]
Emit = Callable[[Mapping[str, Any]], None]


class DownloadFailed(DataError):
    """A data set that could not be fetched; the message is a sentence for a person."""


@dataclass(frozen=True, slots=True)
class DownloadProgress:
    """How far a fetch is: `done` of `total` bytes after `seconds`, all files taken together.

    `total` is 0 until the first file begins. `error` is a sentence for a person.
    """

    file: str = ""
    done: int = 0
    total: int = 0
    seconds: float = 0.0
    error: str | None = None
    finished: bool = False


class Download:
    """One fetch in a process of its own, followed by a daemon thread. Safe to read in any thread.

    The process goes on if the server ends. `command` replaces the process, `clock` is in seconds.
    """

    def __init__(
        self,
        name: str,
        data: Path | None = None,
        *,
        command: Sequence[str] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._clock = clock
        self._began = clock()
        self._lock = threading.Lock()
        self._progress = DownloadProgress()
        self._target = source_path(name, data)
        self._command = command or [
            *(sys.executable, "-m", "training.data.download", name),
            *("--data", str(self._target.parent)),
        ]
        self._thread = threading.Thread(target=self._follow, name=f"fetch-{name}", daemon=True)
        self._thread.start()

    @property
    def progress(self) -> DownloadProgress:
        """A snapshot of how far it is."""
        with self._lock:
            if self._progress.finished:
                return self._progress
            return replace(self._progress, seconds=self._clock() - self._began)

    def wait(self, seconds: float | None = None) -> DownloadProgress:
        """Waits for the end, at most so many seconds, and tells how far it is."""
        self._thread.join(seconds)
        return self.progress

    def _follow(self) -> None:
        error: str | None = None
        try:
            error = self._run()
        except OSError as problem:
            error = _not_fetched(self.name, self._target, str(problem))
        with self._lock:
            seconds = self._clock() - self._began
            self._progress = replace(self._progress, error=error, seconds=seconds, finished=True)

    def _run(self) -> str | None:
        """Runs the process to its end; returns what went wrong."""
        error: str | None = None
        with subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_child_environment(),
            encoding="utf-8",
            errors="replace",
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                error = self._read(line) or error
        if process.returncode and not error:
            reason = _("the process ended with code {code}").format(code=process.returncode)
            return _not_fetched(self.name, self._target, reason)
        return error

    def _read(self, line: str) -> str | None:
        """Takes one line in; returns the error that it tells, if it does."""
        try:
            said = json.loads(line)
            if "error" in said:
                return str(said["error"])
            file, done, total = str(said["file"]), int(said["done"]), int(said["total"])
        except (ValueError, KeyError, TypeError):
            return None  # not one of ours
        with self._lock:
            self._progress = replace(self._progress, file=file, done=done, total=total)
        return None


_downloads: dict[str, Download] = {}
_registry = threading.Lock()


def latest(name: str) -> Download | None:
    """The latest fetch of a data set that this process started, running or ended."""
    with _registry:
        return _downloads.get(name)


def start(name: str) -> Download:
    """Starts fetching a data set, or joins the fetch of it that runs already."""
    with _registry:
        current = _downloads.get(name)
        if current is None or current.progress.finished:
            current = _downloads[name] = Download(name)
        return current


def download_dataset(name: str, target: Path, emit: Emit, load: Loader | None = None) -> Path:
    """Loads a data set, verifies it and writes it to `target` (`<name>.npz`), atomically.

    `emit` is called with progress from a second thread; `load` defaults to Keras' loader.

    Raises:
        FetchFailed: with a sentence that says what to do, if any of that fails.
    """
    cache = cache_dir().absolute() / "keras"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        (cache / "datasets").mkdir(parents=True, exist_ok=True)
        _drop_partial(name, cache / "datasets")
    except OSError as error:
        raise DownloadFailed(_not_written(name, target, error)) from error
    try:
        with _reporting(name, cache / "datasets", emit):
            (x_train, y_train), (x_test, y_test) = (load or _load_with_keras)(name)
    except (gzip.BadGzipFile, zlib.error, EOFError, ValueError) as error:
        _drop_downloads(name, cache / "datasets")
        raise DownloadFailed(_damaged(name, target)) from error
    except Exception as error:  # get_file raises a bare Exception where the network fails
        raise DownloadFailed(_not_fetched(name, target, str(error))) from error
    arrays = dict(zip(ARRAY_NAMES, (x_train, y_train, x_test, y_test), strict=True))
    if find_problem(name, arrays) or _md5(x_train) != TRAINING_IMAGES_MD5[name]:
        _drop_downloads(name, cache / "datasets")
        raise DownloadFailed(_damaged(name, target))
    try:
        _write(target, arrays)
    except OSError as error:
        raise DownloadFailed(_not_written(name, target, error)) from error
    return target


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: fetches a data set and prints JSON lines; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m training.data.download", description=_("Fetch data.")
    )
    names = [name for name, dataset in DATASETS.items() if not dataset.offline]
    parser.add_argument("name", choices=names, help=_("the data set"))
    parser.add_argument("--data", type=Path, help=_("the folder to put it in"))
    options = parser.parse_args(arguments)
    said = sys.stdout

    def emit(line: Mapping[str, Any]) -> None:
        print(json.dumps(line), file=said, flush=True)

    socket.setdefaulttimeout(STALLED_SECONDS)
    try:
        with contextlib.redirect_stdout(sys.stderr):  # Keras prints a progress bar of its own
            download_dataset(options.name, source_path(options.name, options.data), emit)
    except DownloadFailed as error:
        emit({"error": str(error)})
        return 1
    return 0


def _load_with_keras(name: str) -> tuple[Split, Split]:
    """Keras' loader; it finds its cache by `KERAS_HOME`, read when Keras is imported."""
    os.environ["KERAS_HOME"] = str(cache_dir().absolute() / "keras")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    tensorflow_setup.load()
    from keras import datasets

    loaded: tuple[Split, Split] = getattr(datasets, name).load_data()
    return loaded


@contextlib.contextmanager
def _reporting(name: str, folder: Path, emit: Emit) -> Iterator[None]:
    """Tells how the downloaded files grow, from a thread, for as long as the block runs.

    Keras shows its progress on a terminal only; the files and their sizes are all public.
    """
    ended = threading.Event()

    def report() -> None:
        last: Mapping[str, Any] = {}
        more = True
        while more:
            more = not ended.wait(REPORT_SECONDS)
            line = _grown(name, folder)
            if line != last:
                emit(line)
                last = line

    thread = threading.Thread(target=report, name="report", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _grown(name: str, folder: Path) -> Mapping[str, Any]:
    """The file that is arriving now, and the bytes that are here of all files."""
    sizes = DOWNLOADS[name]
    here = {file: _size(folder / file) for file in sizes}
    arriving = next((file for file in sizes if here[file] < sizes[file]), list(sizes)[-1])
    return {
        "file": arriving.rpartition("/")[2],
        "done": sum(here.values()),
        "total": sum(sizes.values()),
    }


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _drop_partial(name: str, folder: Path) -> None:
    """Deletes what an ended download left: Keras takes a file of its name for a whole one."""
    for file, size in DOWNLOADS[name].items():
        if _size(folder / file) != size:
            (folder / file).unlink(missing_ok=True)


def _drop_downloads(name: str, folder: Path) -> None:
    for file in DOWNLOADS[name]:
        with contextlib.suppress(OSError):
            (folder / file).unlink()


def _md5(images: NDArray[np.uint8]) -> str:
    """Of the IDX file that holds the images [N, 28, 28]: that is what its authors publish."""
    digest = hashlib.md5(struct.pack(">4I", IDX_IMAGES, *images.shape), usedforsecurity=False)
    digest.update(images.tobytes())
    return digest.hexdigest()


def _write(target: Path, arrays: Mapping[str, Any]) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
    made = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez_compressed(file, **arrays)
        made.chmod(0o644)  # mkstemp's files are their owner's alone; data sets are shared
        made.replace(target)
    finally:
        made.unlink(missing_ok=True)


def _child_environment() -> dict[str, str]:
    """This environment, with the project on the child's path from any working folder."""
    root = str(Path(__file__).resolve().parents[2])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def _not_fetched(name: str, target: Path, reason: str) -> str:
    return _(
        "{dataset} could not be downloaded ({reason}). Check this computer's network and try "
        "again, or put {file} at {path}; Digits works offline."
    ).format(
        dataset=DATASETS[name].label,
        reason=" ".join(reason.split())[:200],
        file=target.name,
        path=target,
    )


def _damaged(name: str, target: Path) -> str:
    return _(
        "{dataset} arrived damaged: its checksum is not the known one, so it was not kept. Try "
        "again; if that does not help, put {file} at {path}."
    ).format(dataset=DATASETS[name].label, file=target.name, path=target)


def _not_written(name: str, target: Path, error: OSError) -> str:
    return _(
        "{dataset} cannot be saved: {problem}. Free some space or choose another folder with "
        "SOFTMAX_LAB_DATA, then fetch again."
    ).format(dataset=DATASETS[name].label, problem=error)


if __name__ == "__main__":
    sys.exit(main())
