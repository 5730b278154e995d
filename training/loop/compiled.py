"""Compiled training: chunks of steps as one XLA program around a Keras model and optimizer.

Imports TensorFlow: worker processes only. A `Program` fits every recipe of one shape. It is kept
after its training, so that a process compiles each shape once. A borrower has its program alone:
trainings in several threads get one each.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_store.recipe.choices import IMAGE_SIDE
from model_store.recipe.recipe import Recipe
from model_store.text import _
from training.loop.augment import augment_images
from training.loop.batch_report import MAX_IMAGES
from training.loop.dropout import Dropout
from training.loop.errors import CheckpointError
from training.loop.model import build, loss_function, make_optimizer
from training.loop.program_shape import are_too_many, program_shape, step_seconds
from training.tensorflow_setup import load

load()
import keras  # noqa: E402 (`load` comes first)
import tensorflow as tf  # noqa: E402

PIXELS = IMAGE_SIDE**2
EVALUATION_BATCH = 1000
EVALUATION_BATCHES = 10
POINTS_PER_EPOCH, FEW_POINTS = 15, 6
SHORTEST_CHUNK, SHORT_CHUNK, LONGEST_CHUNK = 0.003, 0.008, 0.040  # seconds


@dataclass(frozen=True, slots=True)
class DeviceData:
    """Training images on the device: uint8 [N, 784] and their labels, uint8 [N]."""

    images: Any
    labels: Any

    @classmethod
    def put(cls, images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> DeviceData:
        """Copy images [N, 28, 28] and labels [N] to the device."""
        return cls(tf.constant(images.reshape(-1, PIXELS)), tf.constant(labels))


@dataclass(frozen=True, slots=True)
class Metrics:
    """Means over `images`: loss with the recipe's penalties added, accuracy in [0, 1]."""

    loss: float
    accuracy: float
    images: int


@dataclass(frozen=True, slots=True)
class Inspection:
    """A batch as a training step sees it: with the step's augmentation and dropout.

    `images` float32 [n, 784] in [0, 1] and `losses` float32 [n], without penalties, are of the
    first `MAX_IMAGES` at most. `loss` is the mean over the batch with penalties, `gradient` its
    gradient by the names of `Program.weights`. `start`, values of the variables that are not
    trained, decided the dropout.
    """

    images: NDArray[np.float32]
    losses: NDArray[np.float32]
    loss: float
    gradient: Mapping[str, NDArray[np.float32]]
    start: list[Any]


def mean(parts: Iterable[Metrics]) -> Metrics:
    """Return the metrics over the images of all parts."""
    loss = accuracy = 0.0
    images = 0
    for part in parts:
        loss += part.loss * part.images
        accuracy += part.accuracy * part.images
        images += part.images
    return Metrics(loss / images, accuracy / images, images)


class _BatchNormalization(keras.layers.BatchNormalization):
    """Keras' layer for a batch of which only the first `size` images count.

    `size` is a tensor of the graph that is being made: set it before each call.
    """

    size: Any = None

    def call(self, inputs: Any, training: bool = False) -> Any:
        real = tf.range(inputs.shape[0]) < self.size
        return super().call(inputs, training=training, mask=real)


class Program:
    """Model, optimizer and their compiled steps. For one thread at a time."""

    def __init__(self, recipe: Recipe) -> None:
        self.batch_size = recipe.batch_size
        self.capacity = max_steps(recipe)
        self.parameters = recipe.parameters
        self._augment = recipe.augment
        self._one_hot = recipe.labels == "one_hot"
        self._classes = recipe.classes
        self._model = build(recipe, dropout=Dropout, batch_norm=_BatchNormalization)
        self._weights = dict(zip(recipe.weight_shapes, self._model.weights, strict=True))
        layers = self._model.layers
        self._norms = [layer for layer in layers if isinstance(layer, _BatchNormalization)]
        self._loss = loss_function(recipe)
        self._has_rates = recipe.rate_varies
        self._optimizer = make_optimizer(recipe)
        self._optimizer.build(self._model.trainable_variables)
        # Every slot of every optimizer starts as one number.
        self._first = [np.ravel(variable.numpy())[0] for variable in self._optimizer.variables]
        number, at = tf.TensorSpec([], tf.int32), tf.TensorSpec([2], tf.int32)
        self._train = _compiled(
            self._train_chunk,
            tf.TensorSpec([None, PIXELS], tf.uint8),
            tf.TensorSpec([None], tf.uint8),
            tf.TensorSpec([self.capacity, self.batch_size], tf.int32),
            *(number, number, at),
            *([tf.TensorSpec([self.capacity], tf.float32)] if self._has_rates else []),
        )
        blocks = (EVALUATION_BATCHES, EVALUATION_BATCH)
        images, labels = tf.TensorSpec([*blocks, PIXELS], tf.uint8), tf.TensorSpec(blocks, tf.uint8)
        self._evaluate = _compiled(self._evaluate_block, images, labels, number, number)

    def restart(self, model: keras.Sequential, learning_rate: float) -> None:
        """Take another model's weights and seeds, and reset the optimizer."""
        for own, given in zip(self._model.variables, model.variables, strict=True):
            own.assign(given)
        for variable, value in zip(self._optimizer.variables, self._first, strict=True):
            variable.assign(np.full(variable.shape, value))
        self.learning_rate = learning_rate

    @property
    def learning_rate(self) -> float:
        """Learning rate from the next step on."""
        return float(self._optimizer.learning_rate)

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        self._optimizer.learning_rate = value

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """Return copies of the arrays of `recipe.weight_shapes`, in their order."""
        return _copies(self._weights)

    def take_weights(self, weights: Mapping[str, NDArray[np.float32]]) -> None:
        """Set the weights to what `weights` returned; the optimizer stays as it is."""
        for name, variable in self._weights.items():
            variable.assign(weights[name])

    def state(self) -> dict[str, NDArray[Any]]:
        """Return copies of the weights and of all else that the next step depends on."""
        return _copies(self._named())

    def load(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue from what `state` returned; other names are ignored.

        Raises:
            CheckpointError: if it is of another network or optimizer; then nothing changes.
        """
        named = self._named()
        for name, variable in named.items():
            given, own = state.get(name), variable.numpy()
            if given is None or (given.shape, given.dtype) != (own.shape, own.dtype):
                sentence = _("The checkpoint is of another network ({name}). Start a new training.")
                raise CheckpointError(sentence.format(name=name))
        for name, variable in named.items():
            variable.assign(state[name])

    def _named(self) -> dict[str, Any]:
        weights = {id(variable) for variable in self._weights.values()}
        seeds = [variable for variable in self._untrained() if id(variable) not in weights]
        named = self._weights | {f"seed_{n}": variable for n, variable in enumerate(seeds)}
        return named | {f"optimizer_{n}": v for n, v in enumerate(self._optimizer.variables)}

    def _untrained(self) -> list[Any]:
        """Return the seeds, and the moving means and variances."""
        return [variable for variable in self._model.variables if not variable.trainable]

    def train(
        self,
        data: DeviceData,
        order: NDArray[np.int32],
        seed: int = 0,
        step: int = 0,
        rates: NDArray[np.float32] | None = None,
    ) -> Metrics:
        """Train one step for each batch of `order`, positions in `data`; at most `capacity` steps.

        The last batch may be short. The metrics are those of the steps themselves, with dropout
        and before each update. `seed` and `step`, the number of earlier steps, decide how images
        are augmented. `rates`, float32, has the learning rate of each step, the last of which
        stays; for recipes whose rate varies alone. Without it the present one stays.
        """
        count = -(-len(order) // self.batch_size)
        last = len(order) - (count - 1) * self.batch_size
        chunk = np.zeros((self.capacity, self.batch_size), np.int32)
        chunk.ravel()[: len(order)] = order
        at = np.array([seed, step], np.int32)
        given = [data.images, data.labels, chunk, count, last, at]
        if self._has_rates:
            each = np.full(self.capacity, self.learning_rate, np.float32)
            if rates is not None:
                each[:count] = rates
            given.append(each)
        return _metrics(self._train(*given), len(order))

    def inspect(
        self,
        data: DeviceData,
        order: NDArray[np.int32],
        seed: int,
        step: int,
        start: list[Any] | None = None,
    ) -> Inspection:
        """Look at one batch as `train` would, by the present weights; nothing changes.

        `order` has at most `batch_size` positions. `start` of an earlier inspection repeats its
        dropout; without it that is the one of the next step. The first call compiles.
        """
        own = self._untrained()
        kept = [variable.numpy() for variable in own]
        used = kept if start is None else start
        positions = np.zeros(self.batch_size, np.int32)
        positions[: len(order)] = order
        at = np.array([seed, step], np.int32)
        for variable, value in zip(own, used, strict=True):
            variable.assign(value)
        found = self._inspect(data.images, data.labels, positions, len(order), at)
        for variable, value in zip(own, kept, strict=True):
            variable.assign(value)
        images, losses, loss, *gradient = (part.numpy() for part in found)
        n = min(len(order), MAX_IMAGES)
        trained = [name for name, variable in self._weights.items() if variable.trainable]
        named = dict(zip(trained, gradient, strict=True))
        return Inspection(images[:n], losses[:n], float(loss), named, used)

    def evaluate(self, images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> Metrics:
        """Return the metrics of images [n, 28, 28] and labels [n], n > 0, without dropout."""
        room = EVALUATION_BATCH * EVALUATION_BATCHES
        starts = range(0, len(images), room)
        return mean(self._block(images[i : i + room], labels[i : i + room]) for i in starts)

    def _block(self, images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> Metrics:
        n = len(images)
        count = -(-n // EVALUATION_BATCH)
        last = n - (count - 1) * EVALUATION_BATCH
        x = np.zeros((EVALUATION_BATCHES, EVALUATION_BATCH, PIXELS), np.uint8)
        y = np.zeros((EVALUATION_BATCHES, EVALUATION_BATCH), np.uint8)
        x.reshape(-1, PIXELS)[:n] = images.reshape(n, PIXELS)
        y.ravel()[:n] = labels
        return _metrics(self._evaluate(x, y, count, last), n)

    def _train_chunk(
        self, images: Any, labels: Any, chunk: Any, count: Any, last: Any, at: Any, *rates: Any
    ) -> Any:
        sums, index = tf.zeros([2]), tf.constant(0)
        while index < count:  # not `for`: XLA would compile again for each number of steps
            size = tf.where(index == count - 1, last, self.batch_size)
            x, truth = self._batch(images, labels, chunk[index], at + tf.stack([0, index]))
            with tf.GradientTape() as tape:
                loss, hits, _each = self._losses(x, truth, size, training=True)
            variables = self._model.trainable_variables
            if rates:
                self._optimizer.learning_rate.assign(rates[0][index])
            self._optimizer.apply(tape.gradient(loss, variables), variables)
            sums += tf.stack([loss * tf.cast(size, tf.float32), hits])
            index += 1
        return sums

    @cached_property
    def _inspect(self) -> Callable[..., Any]:
        number, at = tf.TensorSpec([], tf.int32), tf.TensorSpec([2], tf.int32)
        return _compiled(
            self._inspect_batch,
            tf.TensorSpec([None, PIXELS], tf.uint8),
            tf.TensorSpec([None], tf.uint8),
            tf.TensorSpec([self.batch_size], tf.int32),
            *(number, at),
        )

    def _inspect_batch(self, images: Any, labels: Any, positions: Any, size: Any, at: Any) -> Any:
        x, truth = self._batch(images, labels, positions, at)
        with tf.GradientTape() as tape:
            loss, _hits, each = self._losses(x, truth, size, training=True)
        gradient = tape.gradient(loss, self._model.trainable_variables)
        return x[:MAX_IMAGES], each[:MAX_IMAGES], loss, *gradient

    def _batch(self, images: Any, labels: Any, positions: Any, at: Any) -> tuple[Any, Any]:
        """Return a batch, float32 [batch_size, 784], augmented for seed and step, and labels."""
        x = tf.cast(tf.gather(images, positions), tf.float32) * (1 / 255)
        if self._augment:
            x = augment_images(x, self._augment, at)
        return x, tf.gather(labels, positions)

    def _evaluate_block(self, images: Any, labels: Any, count: Any, last: Any) -> Any:
        sums, index = tf.zeros([2]), tf.constant(0)
        while index < count:
            size = tf.where(index == count - 1, last, EVALUATION_BATCH)
            x = tf.cast(images[index], tf.float32) * (1 / 255)
            loss, hits, _each = self._losses(x, labels[index], size, training=False)
            sums += tf.stack([loss * tf.cast(size, tf.float32), hits])
            index += 1
        return sums

    def _losses(self, x: Any, labels: Any, size: Any, *, training: bool) -> tuple[Any, Any, Any]:
        """Return mean loss and number of right answers of a batch's first `size` images.

        The third is each image's own loss, of those after `size` as well.
        """
        n = x.shape[0]
        real = tf.cast(tf.range(n) < size, tf.float32)
        y = tf.cast(labels, tf.int32)
        for layer in self._norms:
            layer.size = size
        p = self._model(tf.reshape(x, [n, IMAGE_SIDE, IMAGE_SIDE]), training=training)
        each = self._loss(tf.one_hot(y, self._classes) if self._one_hot else y, p)
        loss = tf.reduce_sum(each * real) / tf.cast(size, tf.float32)
        for penalty in self._model.losses:
            loss += penalty
        hits = tf.cast(tf.argmax(p, 1, output_type=tf.int32) == y, tf.float32)
        return loss, tf.reduce_sum(hits * real), each


def _compiled(function: Callable[..., Any], *arguments: tf.TensorSpec) -> Callable[..., Any]:
    """Return one XLA program; its shapes are fixed here, so that no call looks them up."""
    concrete = tf.function(function, arguments, jit_compile=True).get_concrete_function()
    types = [argument.dtype for argument in arguments]
    return lambda *given: concrete(*map(tf.convert_to_tensor, given, types))


def _copies(variables: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    return {name: np.array(variable.numpy()) for name, variable in variables.items()}


def _metrics(sums: Any, images: int) -> Metrics:
    loss, hits = sums.numpy().astype(float) / images
    return Metrics(float(loss), float(hits), images)


def max_steps(recipe: Recipe) -> int:
    """Return the number of steps that last about `LONGEST_CHUNK`; at least one."""
    return max(1, int(LONGEST_CHUNK / step_seconds(recipe)))


def steps_per_chunk(recipe: Recipe, steps_per_epoch: int) -> int:
    """Return the number of steps between two live points: about 15 points an epoch.

    Short epochs get 6, and those of small data sets still fewer, since a short chunk costs more
    than it shows. Large networks
    get more, since commands take effect between chunks. A recipe always gets the same number.
    """
    wanted = -(-steps_per_epoch // POINTS_PER_EPOCH)
    shortest, short = (
        int(seconds / step_seconds(recipe)) + 1 for seconds in (SHORTEST_CHUNK, SHORT_CHUNK)
    )
    size = max(wanted, shortest, min(short, steps_per_epoch // FEW_POINTS))
    return max(1, min(size, max_steps(recipe), steps_per_epoch))


_pool: OrderedDict[Recipe, Program] = OrderedDict()
_pool_lock = threading.Lock()


@contextmanager
def borrow_program(recipe: Recipe) -> Iterator[Program]:
    """Lend a program for recipes of this shape, from the pool if possible."""
    shape = program_shape(recipe)
    with _pool_lock:
        program = _pool.pop(shape, None)
    program = program or Program(shape)
    try:
        yield program
    finally:
        with _pool_lock:
            _pool[shape] = program
            while are_too_many([kept.parameters for kept in _pool.values()]):
                _pool.popitem(last=False)
