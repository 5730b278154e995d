"""Local replacement for the server that data sets are downloaded from."""

import gzip
import hashlib
import io
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
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


def published_files(name: str, arrays: Mapping[str, np.ndarray]) -> dict[str, bytes]:
    """Return the files of a data set as they are published."""
    if name == "mnist":
        file = io.BytesIO()
        np.savez_compressed(file, **dict(arrays))  # type: ignore[arg-type]
        return {"mnist.npz": file.getvalue()}
    out = {}
    for file_name, key in zip(download.FILES[name], ARRAY_NAMES, strict=True):
        array = arrays[key]
        header = struct.pack(f">{array.ndim + 1}I", 0x0800 + array.ndim, *array.shape)
        out[file_name] = gzip.compress(header + array.tobytes(), 1)
    return out


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
    monkeypatch: pytest.MonkeyPatch, server: DataServer, name: str, arrays: Mapping[str, np.ndarray]
) -> None:
    """Publish a data set on the server and register its checksums."""
    server.files = published_files(name, arrays)
    sizes = {file: len(content) for file, content in server.files.items()}
    if name == "kmnist":
        hashes = {file: hashlib.sha256(c).hexdigest() for file, c in server.files.items()}
        monkeypatch.setattr(download, "SHA256", hashes)
    checksum = download.images_md5(arrays["x_train"])
    monkeypatch.setattr(download, "FILES", {**download.FILES, name: sizes})
    monkeypatch.setattr(
        download, "TRAINING_IMAGES_MD5", {**download.TRAINING_IMAGES_MD5, name: checksum}
    )
