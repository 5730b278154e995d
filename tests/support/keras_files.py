"""Keras files made without Keras: descriptions of models, and weights that h5py writes."""

import io
import json
import zipfile
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import h5py
import numpy as np

from model_store.storage.store import STARTER
from training.keras_import.archive import CONFIG, METADATA, WEIGHTS

OURS = STARTER / "starter-mnist"  # a built-in run and its export
Layer = dict[str, Any]


def layer(kind: str, **config: Any) -> Layer:
    """Return the configuration of one layer, as Keras writes it."""
    return {
        "module": "keras.layers",
        "class_name": kind,
        "config": {"name": kind.lower(), "dtype": "float32", **config},
        "registered_name": None,
    }


def image(*shape: int) -> Layer:
    return layer("InputLayer", batch_shape=[None, *(shape or (28, 28))])


def dense(units: Any, activation: Any = "relu", **more: Any) -> Layer:
    return layer("Dense", units=units, activation=activation, use_bias=True, **more)


FLAT, END = layer("Flatten"), dense(10, "softmax")
PLAIN = [image(), FLAT, dense(16), layer("Dropout", rate=0.2), END]


def sequential(layers: Iterable[Any]) -> dict[str, Any]:
    return {
        "module": "keras",
        "class_name": "Sequential",
        "config": {"name": "sequential", "layers": list(layers)},
        "registered_name": None,
    }


def functional(layers: Iterable[Layer]) -> dict[str, Any]:
    """Return the configuration of a functional model that is a chain of layers."""
    chain: list[Layer] = []
    for number, each in enumerate(layers):
        name = f"layer_{number}"
        nodes: list[Any] = []
        if chain:
            history = [chain[-1]["name"], 0, 0]
            tensor = {"class_name": "__keras_tensor__", "config": {"keras_history": history}}
            nodes = [{"args": [tensor], "kwargs": {"mask": None}}]
        chain.append({**each, "name": name, "inbound_nodes": nodes})
    return {
        "module": "keras.src.models.functional",
        "class_name": "Functional",
        "config": {
            "layers": chain,
            "input_layers": ["layer_0", 0, 0],
            "output_layers": [chain[-1]["name"], 0, 0],
        },
        "registered_name": "Functional",
    }


def archive(files: Iterable[tuple[str, bytes]], packed: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packed) as out:
        for name, content in files:
            out.writestr(name, content)
    return file.getvalue()


def weights(*units: int) -> bytes:
    """Return a `model.weights.h5` of Dense layers with so many units each."""
    file = io.BytesIO()
    with h5py.File(file, "w") as out:
        for number, (inputs, outputs) in enumerate(pairwise((784, *units))):
            place = f"layers/dense_{number}/vars" if number else "layers/dense/vars"
            random = np.random.default_rng(number)
            out[f"{place}/0"] = random.normal(0, 0.05, (inputs, outputs)).astype(np.float32)
            out[f"{place}/1"] = random.normal(0, 0.05, outputs).astype(np.float32)
    return file.getvalue()


PLAIN_WEIGHTS = weights(16, 10)


def keras_file(config: Any, weights: bytes = PLAIN_WEIGHTS) -> bytes:
    """Return a `.keras` archive; `config` is the configuration or its text."""
    text = config if isinstance(config, bytes) else json.dumps(config).encode()
    return archive([(METADATA, b"{}"), (CONFIG, text), (WEIGHTS, weights)])
