"""Local replacement for the server that data sets are downloaded from."""

import gzip
import hashlib
import io
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest

from model_store.recipe.choices import DATASETS
from training.data import download
from training.data.datasets import ARRAY_NAMES


def made_up_arrays(name: str = "mnist") -> dict[str, np.ndarray]:
    """Return arrays with the shapes of a data set; they compress well."""
    data = DATASETS[name]
    return {
        "x_train": np.full((data.train, 28, 28), 7, np.uint8),
        "y_train": (np.arange(data.train) % 10).astype(np.uint8),
        "x_test": np.full((data.test, 28, 28), 9, np.uint8),
        "y_test": (np.arange(data.test) % 10).astype(np.uint8),
    }


@cache
def published_files(name: str) -> Mapping[str, bytes]:
    """Return the files of a made-up data set as the real one's are published."""
    arrays = made_up_arrays(name)
    if name == "mnist":
        file = io.BytesIO()
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
        return {"mnist.npz": file.getvalue()}
    out = {}
    for file_name, key in zip(download.FILES[name], ARRAY_NAMES, strict=True):
        array = arrays[key]
        header = struct.pack(f">{array.ndim + 1}I", 0x0800 + array.ndim, *array.shape)
        out[file_name] = gzip.compress(header + array.tobytes(), 1)
    return out


@cache
def _images_md5(name: str) -> str:
    return download.images_md5(made_up_arrays(name)["x_train"])


@dataclass
class DataServer:
    """Served files, byte limit of the next answer, and requested ranges."""

    files: dict[str, bytes] = field(default_factory=dict)
    cut: int | None = None
    ranges: list[str] = field(default_factory=list)


@contextmanager
def data_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[DataServer]:
    """Serve files to `training.data.download`, with ranges; `cut` truncates one answer."""
    served = DataServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.headers["Range"]
            served.ranges.append(asked)
            content = served.files[self.path[1:]][int(asked[6:-1]) :]
            self.send_response(206)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: served.cut])
            served.cut = None

        def log_message(self, *_arguments: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        for address in ("ADDRESS", "KMNIST_ADDRESS"):
            monkeypatch.setattr(download, address, f"http://127.0.0.1:{server.server_port}/")
        yield served
        server.shutdown()


def publish(
    monkeypatch: pytest.MonkeyPatch, server: DataServer, name: str = "mnist"
) -> Mapping[str, np.ndarray]:
    """Publish a made-up data set on the server, register its checksums and return its arrays."""
    server.files = dict(published_files(name))
    sizes = {file: len(content) for file, content in server.files.items()}
    if name == "kmnist":
        hashes = {file: hashlib.sha256(c).hexdigest() for file, c in server.files.items()}
        monkeypatch.setattr(download, "SHA256", hashes)
    monkeypatch.setattr(download, "FILES", {**download.FILES, name: sizes})
    monkeypatch.setattr(
        download, "TRAINING_IMAGES_MD5", {**download.TRAINING_IMAGES_MD5, name: _images_md5(name)}
    )
    return made_up_arrays(name)
