"""Training loop: a recipe and its data in, events and files out. Imports TensorFlow: workers only.

The loop runs in the caller's thread and polls its `Control` between chunks of steps. It knows
neither the store nor the engine: it is given `emit` and `save`. Events hold plain JSON types.
"""

import json
import math
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from enum import Enum, auto
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_store.inference.folding import dense_layers
from model_store.recipe.rates import step_rates, warmup_steps
from model_store.recipe.recipe import Recipe
from model_store.recipe.settings import LEARNING_RATE
from model_store.runs import events
from model_store.runs.events import Evaluated, Event
from model_store.storage.run_folder import BATCH
from model_store.text import _
from training.data.extra_images import AnyData
from training.data.training_set import training_set
from training.loop import checkpoint
from training.loop.batch_report import MAX_IMAGES, batch_report
from training.loop.checkpoint import Position, npz_bytes
from training.loop.compiled import (
    DeviceData,
    Metrics,
    Program,
    borrow_program,
    mean,
    steps_per_chunk,
)
from training.loop.control import Control
from training.loop.environment import versions
from training.loop.errors import Diverged
from training.loop.live_weights import LiveWeights, Show
from training.loop.model import AUGMENT, SHUFFLE, build, derive_seed
from training.loop.watching import enter, stops
from training.tensorflow_setup import load

load()
import keras  # noqa: E402 (`load` comes first)

BEST = "best_"  # starts the names of the best weights in a checkpoint
Emit = Callable[[Event], None]
Save = Callable[[str, bytes], None]


def train(
    recipe: Recipe,
    data: AnyData,
    *,
    emit: Emit,
    control: Control,
    save: Save,
    resume: bytes | None = None,
    start: bytes | None = None,
    worker: str = "",
    show: Show | None = None,
    clock: Callable[[], float] = time.time,
) -> Evaluated:
    """Train to the end of the recipe, or until stopped, and evaluate what was learned.

    That is the model of the best epoch if the recipe keeps it, also after a stop by hand. A
    learning rate that is set by hand ends warm-up and schedule; "plateau" goes on from it.

    `save` gets `checkpoints/epoch-0000.npz` before the first epoch, one more after each epoch, and
    at the end `weights.npz`, `model.keras` and `summary.json`; `batch.bin` after each single step,
    before its event. `emit` gets finite figures, and the
    states "paused" and "running"; the caller says how the run ended. `resume` is the content of a
    checkpoint: the training continues as if it was never interrupted. `start` is the content of a
    `weights.npz` in place of random weights. `show` gets the current weights now and then, as
    `LiveWeights` says. The same input gives the same figures, bit for bit, on the same machine.

    Raises:
        Diverged: if the loss overflows; the last checkpoint is from before.
        DataError: if spoiling leaves no image.
        CheckpointError: if `resume` or `start` is not of this recipe's network.
    """
    with borrow_program(recipe) as program:
        run = _Run(recipe, data, program, emit, save, control, clock)
        run.begin(start)
        if resume is not None:
            run.load(resume)
        run.emit(events.Started(clock(), run.steps, recipe.epochs, run.position.epoch, worker))
        if resume is None:
            run.save_checkpoint()
        if show is not None:
            run.live = LiveWeights(show, run.shown_weights, run.steps)
            run.show_weights()
        on_device = _on_device(run.data)
        while not run.is_over and run.train_epoch(on_device):
            control.epoch_ended()
        run.take_best()
        run.show_weights()
        return run.finish()


def evaluate_and_save(
    recipe: Recipe, data: AnyData, weights: bytes, *, emit: Emit, save: Save
) -> Evaluated:
    """Evaluate and save a network as `train` does at its end; `weights` is a `weights.npz`.

    Raises:
        CheckpointError: if it is not of this recipe's network.
    """
    with borrow_program(recipe) as program:
        run = _Run(recipe, data, program, emit, save)
        run.begin(weights)
        return run.finish()


def warm_up(recipe: Recipe, control: Control | None = None) -> None:
    """Compile the program of a recipe, so that its run starts quickly; its data is not needed.

    A stop ends it after the present part, which cannot be interrupted. What was compiled is kept.
    """
    control = control or Control()
    blank = np.zeros((recipe.data.train, 28, 28), np.uint8)
    with borrow_program(recipe) as program:
        program.restart(build(recipe), recipe.learning_rate)
        if not control.stopped:
            program.train(DeviceData.put(blank, blank[:, 0, 0]), np.arange(1, dtype=np.int32))
        if not control.stopped:
            program.evaluate(blank[:1], blank[:1, 0, 0])


class Steps(Enum):
    """What the loop trains until it looks at the commands again."""

    NONE = auto()
    ONE = auto()
    CHUNK = auto()


@dataclass
class _Run:
    """State of one call of `train` or `evaluate_and_save`."""

    recipe: Recipe
    data: AnyData
    program: Program
    emit: Emit
    save: Save
    control: Control = field(default_factory=Control)
    clock: Callable[[], float] = time.time
    live: LiveWeights | None = None
    paused: bool = False  # as was emitted
    best: dict[str, NDArray[Any]] = field(default_factory=dict)  # weights, if they may be kept

    def __post_init__(self) -> None:
        chosen = training_set(self.recipe, self.data)
        self.data, self.trained = chosen.data, chosen.trained
        self.test = self.data.x_test, self.data.y_test
        self.validation = {"test": self.test, "split": chosen.held_out}.get(self.recipe.validation)
        self.steps = -(-len(self.trained) // self.recipe.batch_size)
        self.model = build(self.recipe)
        self.position = Position()

    def begin(self, start: bytes | None) -> None:
        """Reset the program to the initial weights."""
        if start is not None:
            self.model.set_weights(checkpoint.read_weights(start, self.recipe.weight_shapes))
        self.program.restart(self.model, self.recipe.learning_rate)

    def load(self, content: bytes) -> None:
        """Continue from a checkpoint."""
        self.position, state = checkpoint.read_checkpoint(content)
        self.program.load(state)
        if self.recipe.keeps_best and self.position.best_epoch:
            self.best = {name: state[f"{BEST}{name}"] for name in self.program.weights()}

    @property
    def is_over(self) -> bool:
        """True if there is no epoch left to train."""
        return self.position.epoch >= self.recipe.epochs or stops(self.position, self.recipe)

    def train_epoch(self, on_device: DeviceData) -> bool:
        """Train one epoch; return False if it was stopped before its end."""
        batch, at = self.recipe.batch_size, self.position
        shuffle = at.epoch if self.recipe.shuffle == "every_epoch" else 0
        rng = np.random.default_rng([self.recipe.seed, SHUFFLE, shuffle])
        order = rng.permutation(self.trained)
        augment_seed = derive_seed(self.recipe.seed, AUGMENT)
        size = batch * steps_per_chunk(self.recipe, self.steps)
        parts: list[Metrics] = []
        chunk: list[Metrics] = []  # what was trained of the present one
        seconds = 0.0
        start = 0
        while start < len(order):
            steps = self.apply_commands(start / batch / self.steps)
            if steps is Steps.NONE:
                at.seconds += seconds
                return False
            # Single steps leave the ends of chunks where they are, so that all later figures of the
            # run are those of a run without them.
            end = min(
                start + batch if steps is Steps.ONE else (start // size + 1) * size, len(order)
            )
            epoch = at.epoch + end / len(order)
            train = self.train_batch if steps is Steps.ONE else self.train_steps
            part, took = train(on_device, order[start:end], augment_seed, epoch)
            seconds += took
            parts.append(part)
            chunk.append(part)
            start = end
            if end % size and end < len(order):
                continue
            whole = mean(chunk) if len(chunk) > 1 else part
            chunk.clear()
            rate = part.images / max(took, 1e-9)
            self.emit(events.Chunk(at.step, epoch, whole.loss, whole.accuracy, rate, self.clock()))
            if self.live is not None:
                self.live.offer(at.step, took)
        began = time.perf_counter()
        validation = self.validation and self.program.evaluate(*self.validation)
        seconds += time.perf_counter() - began
        at.epoch += 1
        at.seconds += seconds
        whole = mean(parts)
        ended = events.EpochEnd(
            epoch=at.epoch,
            step=at.step,
            loss=whole.loss,
            accuracy=whole.accuracy,
            val_loss=validation.loss if validation else None,
            val_accuracy=validation.accuracy if validation else None,
            seconds=seconds,
            learning_rate=self.program.learning_rate,
            time=self.clock(),
        )
        if self.recipe.watches:
            self.watch(ended)
        self.save_checkpoint()
        self.emit(ended)
        rate = self.program.learning_rate
        if rate != ended.learning_rate:
            self.emit(events.LearningRate(at.step, at.epoch, rate, self.clock(), "plateau"))
        return True

    def watch(self, ended: events.EpochEnd) -> None:
        """Enter the watched figure: keep the weights, or lower the learning rate, if it is time."""
        value, rate = float(getattr(ended, self.recipe.watch)), ended.learning_rate
        new_rate = enter(self.position, self.recipe, value, rate)
        if new_rate != rate:
            self.program.learning_rate = new_rate
        if self.recipe.keeps_best and self.position.best_epoch == ended.epoch:
            self.best = self.program.weights()

    def take_best(self) -> None:
        """Go back to the weights of the best epoch, if they were kept."""
        if self.best:
            self.program.take_weights(self.best)

    def train_steps(
        self, data: DeviceData, order: NDArray[np.int32], seed: int, epoch: float
    ) -> tuple[Metrics, float]:
        """Train the batches of `order`, to the end of a chunk; return figures and seconds."""
        began = time.perf_counter()
        rates = self.rates(-(-len(order) // self.recipe.batch_size))
        part = self.program.train(data, order, seed, self.position.step, rates)
        took = time.perf_counter() - began
        self.position.step += -(-part.images // self.recipe.batch_size)
        self.expect_finite(part.loss, epoch)
        return part, took

    def rates(self, count: int) -> NDArray[np.float32] | None:
        """Return the learning rates of the next steps; None if the present one stays."""
        recipe, at = self.recipe, self.position
        if not recipe.rate_varies or at.by_hand:
            return None
        if recipe.schedule == "plateau" and at.step > warmup_steps(recipe, self.steps):
            return None
        return step_rates(recipe, np.arange(at.step, at.step + count), self.steps)

    def train_batch(
        self, data: DeviceData, order: NDArray[np.int32], seed: int, epoch: float
    ) -> tuple[Metrics, float]:
        """Train one batch as `train_steps` does, and report what it did."""
        program, step, rates = self.program, self.position.step, self.rates(1)
        rate = self.program.learning_rate if rates is None else float(rates[0])
        weights = program.weights()
        before = program.inspect(data, order, seed, step)
        part, took = self.train_steps(data, order, seed, epoch)
        after = program.inspect(data, order, seed, step, before.start)
        self.expect_finite(after.loss, epoch)
        shown = order[:MAX_IMAGES]
        head = {
            "step": self.position.step,
            "epoch": epoch,
            "size": len(order),
            "learning_rate": rate,
            "loss": before.loss,
            "loss_after": after.loss,
            "augmented": bool(self.recipe.augment),
            "dropout": any(layer.dropout for layer in self.recipe.hidden),
        }
        images: dict[str, NDArray[Any]] = {
            "index": shown.astype(np.int32),
            "label": self.data.y_train[shown],
            "image": np.rint(before.images * 255).astype(np.uint8),
            "loss": before.losses,
            "loss_after": after.losses,
        }
        change = {name: new - weights[name] for name, new in program.weights().items()}
        if content := batch_report(head, images, before.gradient, change):
            self.save(BATCH, content)
        step_done = self.position.step
        self.emit(events.Batch(step_done, epoch, before.loss, after.loss, self.clock()))
        return part, took

    def apply_commands(self, fraction: float) -> Steps:
        """Apply the commands since the last steps, or wait for one; return what to train now.

        A single step is no change of state: the training stays paused.
        """
        self.take_learning_rate(fraction)
        if self.control.paused:
            if not self.paused:
                self.emit(events.StateChanged("paused", "", self.clock()))
            self.paused = True
            self.show_weights()
            one_batch = self.control.wait()
            self.take_learning_rate(fraction)
            if one_batch and not self.control.stopped:
                return Steps.ONE
        if self.control.stopped:
            return Steps.NONE
        if self.paused:
            self.emit(events.StateChanged("running", "", self.clock()))
        self.paused = False
        return Steps.CHUNK

    def take_learning_rate(self, fraction: float) -> None:
        value = self.control.take_learning_rate()
        if value is not None and not LEARNING_RATE.problem(value):
            self.program.learning_rate = value
            at = self.position
            at.by_hand = True
            self.emit(events.LearningRate(at.step, at.epoch + fraction, value, self.clock()))

    def expect_finite(self, value: float, epoch: float) -> None:
        if not math.isfinite(value):
            sentence = _(
                "The loss became too large to be a number in epoch {epoch}, step {step}. "
                "Try a smaller learning rate."
            )
            step = f"{self.position.step:,}"
            raise Diverged(sentence.format(epoch=math.ceil(epoch), step=step))

    def shown_weights(self) -> list[NDArray[np.float32]]:
        """Return each layer's kernel and bias, with batch normalisation folded into them."""
        return list(chain.from_iterable(dense_layers(self.recipe, self.program.weights())))

    def show_weights(self) -> None:
        """Show the weights as they are, if somebody watches."""
        if self.live is not None:
            self.live.show(self.position.step)

    def save_checkpoint(self) -> None:
        state = self.program.state()
        state |= {f"{BEST}{name}": value for name, value in self.best.items()}
        at = self.position
        for value in state.values():
            self.expect_finite(float(np.sum(value, dtype=np.float64)), at.epoch)
        self.save(f"checkpoints/epoch-{at.epoch:04}.npz", checkpoint.checkpoint_bytes(at, state))

    def finish(self) -> Evaluated:
        """Evaluate on test and training images, save the files and emit the result."""
        at = self.position
        test = self.program.evaluate(*self.test)
        chosen = self.data.x_train[self.trained], self.data.y_train[self.trained]
        train = self.program.evaluate(*chosen)
        for metrics in (test, train):
            self.expect_finite(metrics.loss, at.epoch)
        weights = self.program.weights()
        self.save("weights.npz", npz_bytes(weights))
        self.model.set_weights(list(weights.values()))
        self.save("model.keras", _keras_file(self.model))
        summary = {
            "layers": [asdict(layer) for layer in self.recipe.layers],
            "parameters": self.recipe.parameters,
            "recipe_hash": self.recipe.hash,
            "versions": versions(),
        }
        self.save("summary.json", json.dumps(summary, indent=2).encode())
        evaluated = Evaluated(
            test_loss=test.loss,
            test_accuracy=test.accuracy,
            train_loss=train.loss,
            train_accuracy=train.accuracy,
            epochs=at.epoch,
            steps=at.step,
            seconds=at.seconds,
            time=self.clock(),
            kept_epoch=at.best_epoch if self.best else 0,
            stopped_early=stops(at, self.recipe) and at.epoch < self.recipe.epochs,
        )
        self.emit(evaluated)
        return evaluated


_device_cache: dict[str, DeviceData] = {}


def _on_device(data: AnyData) -> DeviceData:
    """Return the training images on the device; those of the last data set stay there."""
    kept = _device_cache.get(data.fingerprint)
    if kept is None:
        kept = DeviceData.put(data.x_train, data.y_train)
        _device_cache.clear()
        _device_cache[data.fingerprint] = kept
    return kept


def _keras_file(model: keras.Sequential) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        return path.read_bytes()
