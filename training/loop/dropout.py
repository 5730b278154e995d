"""Dropout for compiled training. Imports TensorFlow: worker processes only."""

from __future__ import annotations

from typing import Any

from training.tensorflow_setup import load

load()
import keras  # noqa: E402 (`load` comes first)
import tensorflow as tf  # noqa: E402


class Dropout(keras.layers.Dropout):
    """Keras' layer with random numbers that XLA makes in the same loop as the activations.

    Keras' own numbers, and those of `tf.random`, are arrays that XLA writes and reads again.
    """

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not training:
            return inputs
        bits = _random_bits(self.seed_generator.next(), inputs.shape)
        return tf.where(bits >= int(self.rate * 2**32), inputs * (1 / (1 - self.rate)), 0.0)


def _random_bits(seed: Any, shape: Any) -> Any:
    """Return uint32 of `shape`: hashes of numbers whose start and distance `seed`, [2], decides."""
    first, second = tf.unstack(tf.cast(seed, tf.uint32))
    start = _lowbias32(first + _lowbias32(second))
    distance = _lowbias32(start) | 1  # odd: no number comes twice
    positions = tf.reshape(tf.range(shape.num_elements(), dtype=tf.int32), shape)
    return _lowbias32(tf.cast(positions, tf.uint32) * distance + start)


def _lowbias32(x: Any) -> Any:
    """Return the hash of uint32 numbers: Chris Wellons, "Prospecting for Hash Functions", 2018."""
    x = (x ^ tf.bitwise.right_shift(x, tf.constant(16, tf.uint32))) * 0x7FEB352D
    x = (x ^ tf.bitwise.right_shift(x, tf.constant(15, tf.uint32))) * 0x846CA68B
    return x ^ tf.bitwise.right_shift(x, tf.constant(16, tf.uint32))
