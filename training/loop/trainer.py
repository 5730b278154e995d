"""`train`: a recipe and its data in, events and files out. Imports TensorFlow: workers only.

The loop runs in the caller's thread and polls its `Control` between chunks of steps. It knows
neither the store nor the engine: it is given `emit` and `save`.
"""

from __future__ import annotations

import json
import math
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from gettext import gettext as _
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from model_store.recipe.recipe import Recipe
from model_store.recipe.settings import LEARNING_RATE
from model_store.runs.events import (
    Chunk,
    EpochEnd,
    Evaluated,
    Event,
    LearningRate,
    Started,
    StateChanged,
)
from training.data.datasets import training_indices
from training.loop.checkpoint import (
    Position,
    checkpoint_bytes,
    npz_bytes,
    read_checkpoint,
    read_weights,
)
from training.loop.compiled import (
    DeviceData,
    Metrics,
    Program,
    StateError,
    borrow_program,
    steps_per_chunk,
)
from training.loop.control import Control
from training.loop.environment import versions
from training.loop.errors import CheckpointError, Diverged
from training.loop.model import AUGMENT, SHUFFLE, build, derive_seed
from training.tensorflow_setup import load

load()
import keras  # noqa: E402 (`load` comes first)

Emit = Callable[[Event], None]
Save = Callable[[str, bytes], None]


class TrainingData(Protocol):
    """What a training reads of a data set: see `training.data.datasets.Arrays`."""

    @property
    def fingerprint(self) -> str: ...
    @property
    def x_train(self) -> NDArray[np.uint8]: ...
    @property
    def y_train(self) -> NDArray[np.uint8]: ...
    @property
    def x_test(self) -> NDArray[np.uint8]: ...
    @property
    def y_test(self) -> NDArray[np.uint8]: ...


def train(
    recipe: Recipe,
    data: TrainingData,
    *,
    emit: Emit,
    control: Control,
    save: Save,
    resume: bytes | None = None,
    start: bytes | None = None,
    worker: str = "",
    clock: Callable[[], float] = time.time,
) -> Evaluated:
    """Train to the end of the recipe, or until stopped, and evaluate what was learned.

    `save` is given `checkpoints/epoch-0000.npz` before the first epoch and one after each, and at
    the end `weights.npz`, `model.keras` and `summary.json`. `resume` is the content of a checkpoint
    of the same network: training goes on as if it had never been interrupted. `start` is the
    content of a `weights.npz` of the same network, to begin with in place of random weights. `emit`
    is given figures that are always finite, and states "paused" and "running"; how the run ended is
    for the caller to say. The same recipe, data and start give the same figures, bit for bit, on
    the same machine.

    Raises:
        Diverged: if the loss overflows; the last checkpoint is from before.
        CheckpointError: if `resume` or `start` is none of this recipe's network.
    """
    with borrow_program(recipe) as program:
        return _Run(recipe, data, program, emit, control, save, clock).run(resume, start, worker)


def evaluate_and_save(
    recipe: Recipe,
    data: TrainingData,
    weights: bytes,
    *,
    emit: Emit,
    control: Control,
    save: Save,
    clock: Callable[[], float] = time.time,
) -> Evaluated:
    """Evaluate and save a network as `train` does at its end, without training it.

    `weights` is the content of a `weights.npz`.

    Raises:
        CheckpointError: if it is none of this recipe's network.
    """
    with borrow_program(recipe) as program:
        training = _Run(recipe, data, program, emit, control, save, clock)
        training.begin(weights)
        return training.finish()


def warm_up(recipe: Recipe | None = None) -> None:
    """Compile the programs of a recipe (the default one), so that its first run is quick."""
    recipe = recipe or Recipe()
    n = recipe.data.train
    blank = np.zeros((n, 28, 28), np.uint8)
    with borrow_program(recipe) as program:
        program.restart(build(recipe), recipe.learning_rate)
        program.train(DeviceData.put(blank, blank[:, 0, 0]), np.arange(1, dtype=np.int32))
        program.evaluate(blank[:1], blank[:1, 0, 0])


class _WeightedMean:
    """Figures over several chunks, weighed by their images."""

    def __init__(self) -> None:
        self._loss = self._accuracy = 0.0
        self._images = 0

    def add(self, part: Metrics) -> None:
        self._loss += part.loss * part.images
        self._accuracy += part.accuracy * part.images
        self._images += part.images

    @property
    def figures(self) -> Metrics:
        return Metrics(self._loss / self._images, self._accuracy / self._images, self._images)


class _Run:
    """One call of `train`."""

    def __init__(
        self,
        recipe: Recipe,
        data: TrainingData,
        program: Program,
        emit: Emit,
        control: Control,
        save: Save,
        clock: Callable[[], float],
    ) -> None:
        self.recipe = recipe
        self.data = data
        self.program = program
        self.emit = emit
        self.control = control
        self.save = save
        self.clock = clock
        self.images, self.held_out = training_indices(recipe, len(data.x_train))
        self.steps = -(-len(self.images) // recipe.batch_size)
        self.chunk = steps_per_chunk(recipe, self.steps)
        self.model = build(recipe)
        self.augment_seed = derive_seed(recipe.seed, AUGMENT)
        self.at = Position()

    def run(self, resume: bytes | None, start: bytes | None, worker: str) -> Evaluated:
        self.begin(start)
        if resume is not None:
            self.resume(resume)
        self.emit(Started(self.clock(), self.steps, self.recipe.epochs, self.at.epoch, worker))
        if resume is None:
            self.save_checkpoint()
        on_device = _on_device(self.data)
        while self.at.epoch < self.recipe.epochs and self.train_epoch(on_device):
            self.control.epoch_ended()
        return self.finish()

    def begin(self, start: bytes | None) -> None:
        if start is not None:
            shapes = [tuple(variable.shape) for variable in self.model.trainable_variables]
            self.model.set_weights(read_weights(start, shapes))
        self.program.restart(self.model, self.recipe.learning_rate)

    def resume(self, content: bytes) -> None:
        self.at, state = read_checkpoint(content)
        try:
            self.program.load(state)
        except StateError as error:
            raise CheckpointError(
                _("The checkpoint is another network's ({why}). Train anew.").format(why=error)
            ) from None

    def train_epoch(self, on_device: DeviceData) -> bool:
        """False if it was stopped before the epoch's end."""
        shuffle = self.at.epoch if self.recipe.shuffle == "every_epoch" else 0
        rng = np.random.default_rng([self.recipe.seed, SHUFFLE, shuffle])
        order = rng.permutation(self.images)
        mean = _WeightedMean()
        seconds = 0.0
        size = self.chunk * self.recipe.batch_size
        for start in range(0, len(order), size):
            if not self.obey(start / self.recipe.batch_size / self.steps):
                self.at.seconds += seconds
                return False
            began = time.perf_counter()
            part = self.program.train(
                on_device, order[start : start + size], self.augment_seed, self.at.step
            )
            took = time.perf_counter() - began
            seconds += took
            mean.add(part)
            self.tell_chunk(part, min((start + size) / len(order), 1.0), took)
        began = time.perf_counter()
        validation = self.validate()
        seconds += time.perf_counter() - began
        self.at.epoch += 1
        self.at.seconds += seconds
        self.save_checkpoint()
        self.tell_epoch(mean.figures, validation, seconds)
        return True

    def obey(self, fraction: float) -> bool:
        """Do what was asked for since the last chunk; False if that is to stop."""
        self.take_learning_rate(fraction)
        if self.control.paused:
            self.emit(StateChanged("paused", "", self.clock()))
            while self.control.paused:
                self.control.wait()
            if not self.control.stopped:
                self.emit(StateChanged("running", "", self.clock()))
            self.take_learning_rate(fraction)
        return not self.control.stopped

    def take_learning_rate(self, fraction: float) -> None:
        value = self.control.take_learning_rate()
        if value is None or LEARNING_RATE.problem(value):
            return
        self.program.learning_rate = value
        self.emit(LearningRate(self.at.step, self.at.epoch + fraction, value, self.clock()))

    def validate(self) -> Metrics | None:
        if self.recipe.validation == "test":
            return self.program.evaluate(self.data.x_test, self.data.y_test)
        if self.recipe.validation == "split":
            return self.program.evaluate(*self.selected(self.held_out))
        return None

    def selected(self, chosen: NDArray[np.int32]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        return self.data.x_train[chosen], self.data.y_train[chosen]

    def tell_chunk(self, part: Metrics, fraction: float, seconds: float) -> None:
        self.at.step += -(-part.images // self.recipe.batch_size)
        epoch = self.at.epoch + fraction
        self.expect_finite(part.loss, epoch)
        rate = part.images / max(seconds, 1e-9)
        self.emit(Chunk(self.at.step, epoch, part.loss, part.accuracy, rate, self.clock()))

    def tell_epoch(self, mean: Metrics, validation: Metrics | None, seconds: float) -> None:
        self.emit(
            EpochEnd(
                epoch=self.at.epoch,
                step=self.at.step,
                loss=mean.loss,
                accuracy=mean.accuracy,
                val_loss=validation.loss if validation else None,
                val_accuracy=validation.accuracy if validation else None,
                seconds=seconds,
                learning_rate=self.program.learning_rate,
                time=self.clock(),
            )
        )

    def expect_finite(self, value: float, epoch: float) -> None:
        if not math.isfinite(value):
            raise Diverged(
                _(
                    "The loss became too large to be a number in epoch {epoch}, step {step}. "
                    "Try a smaller learning rate."
                ).format(epoch=math.ceil(epoch), step=f"{self.at.step:,}")
            )

    def save_checkpoint(self) -> None:
        state = self.program.state()
        for value in state.values():
            self.expect_finite(float(np.sum(value, dtype=np.float64)), self.at.epoch)
        self.save(f"checkpoints/epoch-{self.at.epoch:04}.npz", checkpoint_bytes(self.at, state))

    def finish(self) -> Evaluated:
        test = self.program.evaluate(self.data.x_test, self.data.y_test)
        train = self.program.evaluate(*self.selected(self.images))
        for figures in (test, train):
            self.expect_finite(figures.loss, self.at.epoch)
        weights = self.program.weights()
        self.save("weights.npz", npz_bytes(weights))
        self.model.set_weights(list(weights.values()))
        self.save("model.keras", _keras_file(self.model))
        self.save("summary.json", json.dumps(_summary(self.recipe), indent=2).encode())
        evaluated = Evaluated(
            test_loss=test.loss,
            test_accuracy=test.accuracy,
            train_loss=train.loss,
            train_accuracy=train.accuracy,
            epochs=self.at.epoch,
            steps=self.at.step,
            seconds=self.at.seconds,
            time=self.clock(),
        )
        self.emit(evaluated)
        return evaluated


_device_cache: list[tuple[str, DeviceData]] = []


def _on_device(data: TrainingData) -> DeviceData:
    """The training images on the device; those of the last data set stay there."""
    for fingerprint, kept in _device_cache:
        if fingerprint == data.fingerprint:
            return kept
    put = DeviceData.put(data.x_train, data.y_train)
    _device_cache[:] = [(data.fingerprint, put)]
    return put


def _keras_file(model: keras.Sequential) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        return path.read_bytes()


def _summary(recipe: Recipe) -> dict[str, Any]:
    return {
        "layers": [asdict(layer) for layer in recipe.layers],
        "parameters": recipe.parameters,
        "recipe_hash": recipe.hash,
        "versions": versions(),
    }
