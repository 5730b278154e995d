"""Comparison of starts: by recipes, and by the weights saved before the first step."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model_store import ModelStore, Run
from model_store.analysis.data_diff import differences
from model_store.analysis.initial_weights import (
    FIRST_CHECKPOINT,
    WeightsCheck,
    compare_starts,
    fingerprint,
)
from model_store.recipe.recipe import Hidden, Recipe
from model_store.runs.provenance import Provenance

BASE = Recipe("", "digits", (Hidden(6),), seed=3)


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path, starter=None)


def begun(store: ModelStore, recipe: Recipe, shift: float = 0.0) -> Run:
    """Add a run whose first checkpoint has Keras' real initial weights for its recipe."""
    from training.loop.model import build

    run = store.create(recipe)
    arrays = [weights + np.float32(shift) for weights in build(recipe).get_weights()]
    file = io.BytesIO()
    np.savez(file, **dict(zip(recipe.weight_shapes, arrays, strict=True)))
    store.save(run.id, FIRST_CHECKPOINT, file.getvalue())
    return store.open(run.id)


def checks(runs: list[Run]) -> list[tuple[bool, WeightsCheck]]:
    found = compare_starts(runs, [fingerprint(run) for run in runs])
    return [(diff.same, check) for _run, diff, check in found]


def test_recipes_and_saved_weights_agree(store: ModelStore) -> None:
    runs = [
        begun(store, BASE),
        begun(store, BASE.with_(learning_rate=0.5, epochs=9, hidden=(Hidden(6, "tanh", 0.5),))),
        begun(store, BASE.with_(hidden=(Hidden(6, batch_norm=True),))),
        begun(store, BASE.with_(seed=4)),
        begun(store, BASE.with_(hidden=(Hidden(7),))),
    ]
    assert checks(runs) == [
        (True, WeightsCheck.EQUAL),
        (True, WeightsCheck.EQUAL),
        (False, WeightsCheck.UNEQUAL),
        (False, WeightsCheck.UNEQUAL),
    ]


def test_other_saved_weights_contradict_the_recipe(store: ModelStore) -> None:
    assert checks([begun(store, BASE), begun(store, BASE, shift=1e-6)]) == [
        (True, WeightsCheck.UNEQUAL)
    ]


def test_without_saved_weights_there_is_no_check(store: ModelStore) -> None:
    bare, damaged = store.create(BASE), store.create(BASE)
    store.save(damaged.id, FIRST_CHECKPOINT, b"PK\x03\x04 no archive")
    assert fingerprint(bare) is None and fingerprint(damaged) is None
    assert checks([begun(store, BASE), bare, damaged]) == [(True, WeightsCheck.UNKNOWN)] * 2
    assert checks([bare, begun(store, BASE)]) == [(True, WeightsCheck.UNKNOWN)]


def test_another_networks_file_is_no_check(store: ModelStore) -> None:
    other = begun(store, BASE.with_(hidden=(Hidden(7),)))
    run = store.create(BASE)
    store.save(run.id, FIRST_CHECKPOINT, (other.folder / FIRST_CHECKPOINT).read_bytes())
    assert fingerprint(run) is None


def test_fine_tuned_runs_start_from_the_other_runs_weights(store: ModelStore) -> None:
    fresh = begun(store, BASE)
    further = [
        replace(begun(store, BASE, shift=0.5), provenance=Provenance("x", "X", "5e")) for _n in "ab"
    ]
    found = compare_starts([fresh, *further], [fingerprint(run) for run in (fresh, *further)])
    assert [(diff.same, diff.why) for _run, diff, _check in found] == [(False, ("provenance",))] * 2
    assert checks(further) == [(True, WeightsCheck.EQUAL)]
    assert differences([fresh, *further])["provenance"] == ("", "X", "X")
    assert "provenance" not in differences(further)
