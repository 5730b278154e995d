"""Training without a worker: a run whose events and weights are written at a steady rate."""

import asyncio
import time

import numpy as np

from model_store import ModelStore, RunState
from model_store.recipe.recipe import Hidden, Recipe
from model_store.recipe.validation import MAX_EPOCHS
from model_store.runs.events import Chunk, Started
from model_store.storage import run_folder
from training.loop.live_weights import snapshot

RECIPE = Recipe(dataset="digits", hidden=(Hidden(128),), epochs=MAX_EPOCHS, name="Made up")
RATE = 10  # events a second
STEPS = 100  # an epoch


class MadeUpTraining:
    """Run after run in a store, as another server's; `run` is the id of the one that trains."""

    def __init__(self, store: ModelStore) -> None:
        self._store, self._lease = store, store.lease()
        self._task: asyncio.Task[None] | None = None
        self.run = ""
        self._begin()

    def start(self, seconds: float) -> None:
        """Train each run for so many seconds, until `close`."""
        self._task = asyncio.create_task(self._train(seconds))

    def close(self) -> None:
        """End the last run."""
        if self._task is not None:
            self._task.cancel()
        self._store.set_state(self.run, RunState.STOPPED)
        self._lease.close()

    def _begin(self) -> None:
        self.run = self._store.create(RECIPE, "0" * 16, self._lease.id).id
        self._store.set_state(self.run, RunState.RUNNING)
        self._store.append(self.run, Started(time.time(), STEPS, RECIPE.epochs))

    async def _train(self, seconds: float) -> None:
        weights = [
            np.zeros(pair, np.float32)
            for pair in zip(RECIPE.widths, RECIPE.widths[1:], strict=False)
        ]
        arrays = [array for kernel in weights for array in (kernel, kernel[0])]
        while True:
            for step in range(1, round(RATE * seconds)):
                if step % RATE == 1:
                    content = snapshot(step, step / STEPS, arrays)
                    self._store.save(self.run, run_folder.LIVE, content or b"")
                chunk = Chunk(step, step / STEPS, 1 / step, 0.5, 1000.0, time.time())
                self._store.append(self.run, chunk)
                await asyncio.sleep(1 / RATE)
            self._store.set_state(self.run, RunState.STOPPED)
            self._begin()
