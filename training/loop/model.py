"""Keras objects of a recipe: model and optimizer. Imports TensorFlow: worker processes only.

Every random number comes from `recipe.seed`, none from a generator that the process shares. So a
run is the same alone or beside others.
"""

from functools import partial
from typing import Any

import numpy as np

from model_store.recipe.choices import (
    BATCH_NORM_EPSILON,
    BATCH_NORM_MOMENTUM,
    IMAGE_SIDE,
    sloped_activation,
)
from model_store.recipe.recipe import Hidden, Recipe
from training.tensorflow_setup import load

load()
import keras  # noqa: E402 (`load` comes first)

# Streams of random numbers; 1 selects the images.
WEIGHTS, SHUFFLE, DROPOUT, AUGMENT = 0, 2, 3, 4


def build(
    recipe: Recipe,
    *,
    dropout: type[keras.layers.Dropout] = keras.layers.Dropout,
    batch_norm: type[keras.layers.BatchNormalization] = keras.layers.BatchNormalization,
) -> keras.Sequential:
    """Return the model: images [n, 28, 28] float32 in [0, 1] -> probabilities [n, classes] float32.

    Layers are named as in `recipe.layers`. The same seed and widths give the same initial weights.
    """
    layers: list[Any] = [
        keras.Input((IMAGE_SIDE, IMAGE_SIDE), name="image"),
        *_pixel_norm(recipe.pixel_norm),
        keras.layers.Flatten(name="flatten"),
    ]
    for index, hidden in enumerate(recipe.hidden):
        layers.append(_dense(recipe, index, hidden, f"hidden_{index + 1}"))
        if hidden.batch_norm:
            given = {"momentum": BATCH_NORM_MOMENTUM, "epsilon": BATCH_NORM_EPSILON}
            layers.append(batch_norm(**given, name=f"norm_{index + 1}"))
            activation = _activation(hidden.activation)
            layers.append(keras.layers.Activation(activation, name=f"activation_{index + 1}"))
        if hidden.dropout:
            seed = derive_seed(recipe.seed, DROPOUT, index)
            layers.append(dropout(hidden.dropout, seed=seed, name=f"dropout_{index + 1}"))
    layers.append(_dense(recipe, len(recipe.hidden), Hidden(recipe.classes, "softmax"), "softmax"))
    return keras.Sequential(layers, name="classifier")


def make_optimizer(recipe: Recipe) -> keras.optimizers.Optimizer:
    """Return the optimizer with the recipe's learning rate and options, not yet built."""
    kind = type(keras.optimizers.get(recipe.optimizer))
    return kind(learning_rate=recipe.learning_rate, **recipe.optimizer_arguments)


def loss_function(recipe: Recipe) -> Any:
    """Return Keras' loss of the recipe: labels and probabilities [n, 10] -> losses [n]."""
    function = keras.losses.get(recipe.loss)
    if recipe.label_smoothing:
        return partial(function, label_smoothing=recipe.label_smoothing)
    return function


def derive_seed(seed: int, *stream: int) -> int:
    """Return a seed in [0, 2**31) for one purpose, independent of all others."""
    return int(np.random.SeedSequence([seed, *stream]).generate_state(1)[0]) >> 1


def _pixel_norm(name: str) -> list[keras.layers.Layer]:
    if name == "none":
        return []
    axis = 1 if name == "columns" else [1, 2]
    return [keras.layers.UnitNormalization(axis=axis, name="pixel_norm")]


def _activation(name: str) -> str | keras.layers.Layer:
    """Return what Keras takes as a layer's activation."""
    sloped = sloped_activation(name)
    if sloped is None:
        return name
    kind, slope = sloped
    elu, leaky = keras.layers.ELU, keras.layers.LeakyReLU
    return elu(alpha=slope) if kind == "elu" else leaky(negative_slope=slope)


def _dense(recipe: Recipe, index: int, layer: Hidden, name: str) -> keras.layers.Dense:
    penalty = keras.regularizers.L1L2(recipe.l1, recipe.l2) if recipe.l1 or recipe.l2 else None
    initializer = keras.initializers.get(recipe.kernel_initializer)
    if hasattr(initializer, "seed"):
        initializer = type(initializer)(seed=derive_seed(recipe.seed, WEIGHTS, index))
    return keras.layers.Dense(
        layer.units,
        activation=None if layer.batch_norm else _activation(layer.activation),
        kernel_initializer=initializer,
        bias_initializer=recipe.bias_initializer,
        kernel_regularizer=penalty,
        name=name,
    )
