"""Small fitted model for pages to show: softmax regression on Digits."""

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model_store import ModelStore, Run, RunState
from model_store.inference.classifier import softmax
from model_store.recipe.recipe import Recipe
from model_store.runs.events import Evaluated
from training.data import datasets

STEPS = 60
Array = NDArray[np.float32]


def digits_model(folder: Path) -> Run:
    """Add a complete run to the store in `folder`: no hidden layer, about forty mistakes."""
    data = datasets.load("digits")
    seen, new = (
        images.reshape(-1, 784) / np.float32(255) for images in (data.x_train, data.x_test)
    )
    kernel, bias = _descend(seen, data.y_train)
    file = io.BytesIO()
    np.savez(file, kernel_0=kernel, bias_0=bias)
    store = ModelStore(folder)
    run = store.create(Recipe(dataset="digits", hidden=(), name="Fitted on Digits"), "somebody")
    store.save(run.id, "weights.npz", file.getvalue())
    store.save(run.id, "model.keras", b"not read by any page")
    store.save(run.id, "summary.json", b"{}")
    test, train = (
        _figures(new @ kernel + bias, data.y_test),
        _figures(seen @ kernel + bias, data.y_train),
    )
    store.append(run.id, Evaluated(*test, *train, STEPS, STEPS, seconds=0.5, time=1.0))
    store.finish(run.id, data=data.fingerprint)
    store.set_state(run.id, RunState.DONE)
    return store.open(run.id)


def _descend(images: Array, labels: NDArray[np.uint8]) -> tuple[Array, Array]:
    """Fit by gradient descent on the whole set."""
    kernel, bias = np.zeros((784, 10), np.float32), np.zeros(10, np.float32)
    wanted = np.eye(10, dtype=np.float32)[labels]
    for _ in range(STEPS):
        error = (softmax(images @ kernel + bias) - wanted) / len(images)
        kernel -= np.float32(0.3) * (images.T @ error)
        bias -= np.float32(0.3) * error.sum(axis=0)
    return kernel, bias


def _figures(logits: Array, labels: NDArray[np.uint8]) -> tuple[float, float]:
    """Return loss and accuracy."""
    right = softmax(logits)[np.arange(len(labels)), labels]
    return float(-np.log(right).mean()), float((logits.argmax(axis=1) == labels).mean())
