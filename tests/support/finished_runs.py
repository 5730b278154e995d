"""Finished runs made without training: with a record, a model and first weights."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_store import ModelStore, Run, RunState
from model_store.analysis.initial_weights import FIRST_CHECKPOINT
from model_store.recipe.recipe import Recipe
from model_store.runs.events import Chunk, EpochEnd, Evaluated
from model_store.storage.run_query import RunQuery


def pictures(count: int, seed: int = 0) -> NDArray[np.uint8]:
    """Return random images, uint8 [count, 28, 28]."""
    return np.random.default_rng(seed).integers(0, 256, (count, 28, 28), np.uint8)


def random_weights(recipe: Recipe, bias: float | None = None) -> dict[str, NDArray[np.float32]]:
    """Return random weights for `archive`, by the seed; every bias is `bias`, if given."""
    random = np.random.default_rng(recipe.seed)
    out = {}
    for name, shape in recipe.weight_shapes.items():
        fixed = bias is not None and name.startswith("bias")
        values = np.full(shape, bias) if fixed else random.normal(0, 0.1, shape)
        if name.startswith("variance"):
            values = np.abs(values)
        out[name] = values.astype(np.float32)
    return out


def archive(arrays: Mapping[str, Any]) -> bytes:
    """Return the content of an `.npz` file."""
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def arrays(recipe: Recipe, bias: float = 0.0) -> bytes:
    """Return an archive of random kernels; every bias is `bias`."""
    return archive(random_weights(recipe, bias))


def finished_run(
    store: ModelStore,
    recipe: Recipe,
    owner: str,
    losses: Sequence[float] = (1.0, 0.6, 0.5, 0.45),
    validation: Sequence[float] = (0.70, 0.90, 0.88, 0.80),
    bias: float = 0.0,
    facts: Mapping[str, Any] | None = None,
) -> Run:
    """Add a finished run with a record and a model, without training.

    `facts` go into its manifest; `bias` is that of the hidden layers at the end.
    """
    run = store.create(recipe, owner)
    store.save(run.id, FIRST_CHECKPOINT, arrays(recipe))
    for n, (loss, accuracy) in enumerate(zip(losses, validation, strict=False), 1):
        store.append(run.id, Chunk(n * 40, float(n), loss, 0.9, 1000.0, 0.0))
        store.append(run.id, EpochEnd(n, n * 40, loss, 0.9, loss, accuracy, 1.5, 0.001, 0.0))
    store.append(run.id, Evaluated(0.6, validation[-1], 0.4, 0.95, 4, 160, 6.0, 0.0))
    for name, content in (("model.keras", b"-"), ("summary.json", b"{}")):
        store.save(run.id, name, content)
    store.save(run.id, "weights.npz", arrays(recipe, bias))
    store.finish(run.id, **{"data": recipe.dataset, **(facts or {})})
    store.set_state(run.id, RunState.DONE)
    return store.open(run.id)


def bare_run(
    store: ModelStore,
    recipe: Recipe,
    seed: int = 0,
    owner: str = "me",
    sweep: str = "",
    **facts: Any,
) -> Run:
    """Add a finished run with random weights and no record; `facts` go into its manifest."""
    run = store.create(recipe, owner, sweep=sweep)
    store.save(run.id, "weights.npz", arrays(recipe.with_(seed=seed)))
    store.save(run.id, "model.keras", b"not read here")
    store.save(run.id, "summary.json", b"{}")
    store.finish(run.id, **facts)
    store.set_state(run.id, RunState.DONE)
    return store.open(run.id)


def all_runs(store: ModelStore) -> list[Run]:
    """Every run of a test's store, trials too, newest first, the app's models last."""
    return list(store.find(RunQuery(trials=True), limit=10_000).runs)
