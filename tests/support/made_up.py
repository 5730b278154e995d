"""Fake trainings whose figures follow from the learning rate: fast, without TensorFlow.

Workers run them through `Engine(train=MADE_UP)`. A recipe with a hidden layer goes to
`tests.support.made_up_faults`.
"""

import json
import time
from typing import Any

from model_store.recipe.recipe import Recipe
from model_store.runs.events import Chunk, EpochEnd, Evaluated, Started
from tests.support import made_up_faults
from tests.support.made_up_faults import Emit, Save
from training.loop.control import Control

MADE_UP = "tests.support.made_up:train"


def train(recipe: Recipe, data: Any, **given: Any) -> Evaluated:
    """Like `training.loop.trainer.train`."""
    return (
        made_up_faults.train(recipe, data, **given) if recipe.hidden else _made_up(recipe, **given)
    )


def _made_up(
    recipe: Recipe, emit: Emit, control: Control, save: Save, resume: bytes | None, **_others: Any
) -> Evaluated:
    """Train an epoch in 0.01 s, or 0.1 s if the recipe is called "slow"; wait while paused.

    Each loss depends on the one before, as weights do.
    """
    done, loss = json.loads(resume) if resume else (0, 1.0)
    rate = recipe.learning_rate
    good = min(0.9, 0.1 + 50 * rate)
    emit(Started(time.time(), 1, recipe.epochs, done))
    while done < recipe.epochs and not control.stopped:
        if control.paused:
            made_up_faults.pause(emit, control)
            continue
        time.sleep(0.1 if recipe.name == "slow" else 0.01)
        done, loss, now = done + 1, (3 * loss + rate) / 4, time.time()
        emit(Chunk(done, float(done), loss, good, 1.0, now))
        save(f"checkpoints/epoch-{done:04}.npz", json.dumps([done, loss]).encode())
        emit(EpochEnd(done, done, loss, good, loss, good, 0.01, rate, now))
    for name in ("weights.npz", "model.keras", "summary.json"):
        save(name, b"{}")
    result = Evaluated(loss, good, loss, good, done, done, 0.01 * done, time.time())
    emit(result)
    return result
