"""Finished runs that were made without a training: with a record, a model and first weights."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from model_store import ModelStore, Run, RunState
from model_store.analysis.initial_weights import FIRST_CHECKPOINT
from model_store.recipe.recipe import Recipe
from model_store.runs.events import Chunk, EpochEnd, Evaluated


def arrays(recipe: Recipe, bias: float = 0.0) -> bytes:
    """Random weights, the same for the same widths; `bias` is that of the hidden layers."""
    random = np.random.default_rng(recipe.seed)
    widths = [784, *(layer.units for layer in recipe.hidden), 10]
    out = {}
    for i in range(len(widths) - 1):
        out[f"kernel_{i}"] = random.normal(0, 0.1, widths[i : i + 2]).astype(np.float32)
        out[f"bias_{i}"] = np.full(widths[i + 1], bias, np.float32)
    file = io.BytesIO()
    np.savez(file, **out)
    return file.getvalue()


def finished_run(
    store: ModelStore,
    recipe: Recipe,
    owner: str,
    losses: Sequence[float] = (1.0, 0.6, 0.5, 0.45),
    validation: Sequence[float] = (0.70, 0.90, 0.88, 0.80),
    bias: float = 0.0,
    facts: Mapping[str, Any] | None = None,
) -> Run:
    """A finished run with a record and a model, made without a training.

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
    """A finished run with random weights and without a record; `facts` go into its manifest."""
    run = store.create(recipe, owner, sweep=sweep)
    store.save(run.id, "weights.npz", arrays(recipe.with_(seed=seed)))
    store.save(run.id, "model.keras", b"not read here")
    store.save(run.id, "summary.json", b"{}")
    store.finish(run.id, **facts)
    store.set_state(run.id, RunState.DONE)
    return store.open(run.id)
