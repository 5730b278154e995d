"""Layers of a Keras file, parsed into a network that this app can use.

The description is read, never executed. `network_config` writes a new one for Keras from what was
parsed. Pure Python, no heavy import; any thread.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from model_store.recipe.choices import ACTIVATIONS, IMAGE_SIDE, Dataset
from model_store.recipe.own_data import MAX_CLASSES, MIN_CLASSES
from model_store.recipe.recipe import Hidden, Recipe, RecipeError
from model_store.text import _
from training.keras_import.config import KerasFileError, layer_configs

PIXELS = IMAGE_SIDE**2
SHAPES = ((IMAGE_SIDE, IMAGE_SIDE), (IMAGE_SIDE, IMAGE_SIDE, 1), (PIXELS,))
ALIASES = {"swish": "silu"}  # two names for one activation
MAX_SCALE = 1e6  # factor or offset of a pixel


@dataclass(frozen=True, slots=True)
class Scaling:
    """Scaling of a pixel from 0 to 255 before the first layer."""

    scale: float = 1.0
    offset: float = 0.0

    def then(self, other: Scaling) -> Scaling:
        """Return this scaling followed by another."""
        return Scaling(self.scale * other.scale, self.offset * other.scale + other.offset)


@dataclass(frozen=True, slots=True)
class Dense:
    """A Dense layer; `dropout` matters only in training."""

    units: int
    activation: str
    dropout: float
    bias: bool


@dataclass(frozen=True, slots=True)
class Network:
    """Network from pixels of 0 to 255, scaled, through Dense layers to 2 to 10 classes.

    The last of `dense` has a unit for each class and the activation "softmax", or "linear" for
    logits.
    """

    dense: tuple[Dense, ...]
    scaling: Scaling = Scaling()

    @property
    def classes(self) -> int:
        """Number of classes."""
        return self.dense[-1].units

    def recipe(self, name: str, dataset: str, own: Dataset | None = None) -> Recipe:
        """Return the network as a recipe; its unknown training settings are the defaults.

        `own` describes a data set that somebody brought.

        Raises:
            KerasFileError: if a recipe cannot have such a network, or the data set has another
                number of classes.
        """
        hidden = tuple(Hidden(d.units, d.activation, d.dropout) for d in self.dense[:-1])
        try:
            recipe = Recipe(name=name, dataset=dataset, hidden=hidden, epochs=1, own=own)
        except RecipeError as error:
            sentence = _("The network does not fit this app: {why}")
            raise KerasFileError(sentence.format(why=error)) from None
        if recipe.classes != self.classes:
            sentence = _(
                "The model has {n} classes, and {dataset} has {m}. Choose another data set."
            )
            title = recipe.data.title
            raise KerasFileError(sentence.format(n=self.classes, dataset=title, m=recipe.classes))
        return recipe

    @property
    def parameters(self) -> int:
        """Number of weights and biases in the file."""
        inputs = [PIXELS, *(dense.units for dense in self.dense)]
        return sum((n + d.bias) * d.units for n, d in zip(inputs, self.dense, strict=False))


def parse_network(config: Any) -> Network:
    """Return the network of a `config.json`, given as plain JSON types.

    Raises:
        KerasFileError: if it is not a chain of the layers in `LAYERS` from one image to 2 to 10
            classes.
    """
    parser = _NetworkParser()
    for number, (kind, settings) in enumerate(layer_configs(config)):
        if (kind == "InputLayer") != (number == 0):
            raise KerasFileError(_("The model must begin with an Input of a known shape."))
        parser.read(kind, settings)
    return parser.network()


def network_config(network: Network) -> dict[str, Any]:
    """Return a `config.json` for Keras with nothing but what was parsed."""
    scaling = network.scaling
    layers = [
        _serialised("InputLayer", batch_shape=[None, IMAGE_SIDE, IMAGE_SIDE], dtype="float32"),
        _serialised("Rescaling", scale=scaling.scale, offset=scaling.offset),
        _serialised("Flatten"),
    ]
    for dense in network.dense:
        activation, bias = dense.activation, dense.bias
        layers.append(_serialised("Dense", units=dense.units, activation=activation, use_bias=bias))
        if dense.dropout:
            layers.append(_serialised("Dropout", rate=dense.dropout))
    return _serialised("Sequential", module="keras", name="imported", layers=layers)


def _serialised(kind: str, *, module: str = "keras.layers", **config: Any) -> dict[str, Any]:
    return {"module": module, "class_name": kind, "config": config, "registered_name": None}


class _NetworkParser:
    """Parser that follows the image through the layers."""

    def __init__(self) -> None:
        self._shape: tuple[int, ...] = ()
        self._scaling = Scaling()
        self._dense: list[Dense] = []

    def read(self, kind: str, config: Mapping[str, Any]) -> None:
        if not _is_float32(config.get("dtype", "float32")):
            raise KerasFileError(_("The model does not calculate in float32."))
        {
            "InputLayer": self._input,
            "Rescaling": self._rescaling,
            "Reshape": self._reshape,
            "Flatten": self._flatten,
            "Dense": self._add,
            "Dropout": self._dropout,
            "Activation": lambda config: self._activate(_activation(config)),
            "ReLU": self._relu,
            "Softmax": self._softmax,
        }[kind](config)

    def network(self) -> Network:
        if not self._dense or not MIN_CLASSES <= self._dense[-1].units <= MAX_CLASSES:
            sentence = _(
                "The model must answer with {least} to {most} numbers, one for each class."
            )
            raise KerasFileError(sentence.format(least=MIN_CLASSES, most=MAX_CLASSES))
        *hidden, last = (dense.activation for dense in self._dense)
        if last not in ("softmax", "linear"):
            sentence = _("The last layer's activation is {name}. It must be softmax or linear.")
            raise KerasFileError(sentence.format(name=last))
        if "softmax" in hidden:
            raise KerasFileError(_("A hidden layer must not have the activation softmax."))
        return Network(tuple(self._dense), self._scaling)

    def _input(self, config: Mapping[str, Any]) -> None:
        shape = config.get("batch_shape")
        self._shape = tuple(shape[1:]) if isinstance(shape, list) else ()
        if self._shape not in SHAPES:
            raise KerasFileError(_("The model must read 28 x 28 pixels, or 784 pixels in a row."))

    def _rescaling(self, config: Mapping[str, Any]) -> None:
        self._expect_pixels("Rescaling")
        scale = _number(config.get("scale"), MAX_SCALE)
        offset = _number(config.get("offset", 0.0), MAX_SCALE)
        if scale is None or offset is None:
            raise KerasFileError(_("Its Rescaling layer must multiply by and add one number."))
        self._scaling = self._scaling.then(Scaling(scale, offset))

    def _reshape(self, config: Mapping[str, Any]) -> None:
        self._expect_pixels("Reshape")
        target = config.get("target_shape")
        shape = tuple(target) if isinstance(target, list) else ()
        self._shape = (PIXELS,) if shape == (-1,) else shape
        if self._shape not in SHAPES:
            raise KerasFileError(_("Its Reshape layer must make 28 x 28 pixels, or rows of 784."))

    def _flatten(self, _config: Mapping[str, Any]) -> None:
        self._shape = (math.prod(self._shape),)

    def _add(self, config: Mapping[str, Any]) -> None:
        if len(self._shape) != 1:
            raise KerasFileError(_("A Flatten layer must come before the first Dense layer."))
        units, bias = config.get("units"), config.get("use_bias", True)
        if not isinstance(units, int) or isinstance(units, bool) or not isinstance(bias, bool):
            raise KerasFileError(_("A Dense layer in the file is not described like Keras does."))
        if config.get("quantization_config") or config.get("lora_rank"):
            raise KerasFileError(_("Its weights are quantised or adapted. They must be plain."))
        self._dense.append(Dense(units, _activation(config), 0.0, bias))
        self._shape = (units,)

    def _dropout(self, config: Mapping[str, Any]) -> None:
        rate = _number(config.get("rate"), 1.0)
        if rate is None:
            raise KerasFileError(_("A Dropout layer in the file has no valid rate."))
        if self._dense:  # a recipe has no dropout of pixels; without training that is the same
            self._dense[-1] = replace(self._dense[-1], dropout=rate)

    def _relu(self, config: Mapping[str, Any]) -> None:
        if any(config.get(name) for name in ("max_value", "negative_slope", "threshold")):
            raise KerasFileError(_("Its ReLU layer must be the plain one."))
        self._activate("relu")

    def _softmax(self, config: Mapping[str, Any]) -> None:
        if config.get("axis", -1) not in (-1, 1):
            raise KerasFileError(_("Its Softmax layer must run over the classes."))
        self._activate("softmax")

    def _activate(self, name: str) -> None:
        if not self._dense or self._dense[-1].activation != "linear":
            raise KerasFileError(_("An activation layer must follow a Dense layer without one."))
        self._dense[-1] = replace(self._dense[-1], activation=name)

    def _expect_pixels(self, kind: str) -> None:
        if self._dense:
            sentence = _("A {kind} layer must come before the Dense layers.")
            raise KerasFileError(sentence.format(kind=kind))


def _activation(config: Mapping[str, Any]) -> str:
    name = config.get("activation", "linear")
    name = ALIASES.get(name, name) if isinstance(name, str) else name
    if not isinstance(name, str) or (name not in ACTIVATIONS and name != "softmax"):
        sentence = _("The activation {name} is not one of: {known}, softmax.")
        raise KerasFileError(sentence.format(name=repr(name)[:40], known=", ".join(ACTIVATIONS)))
    return name


def _is_float32(dtype: Any) -> bool:
    if isinstance(dtype, dict):
        config = dtype.get("config")
        dtype = config.get("name") if isinstance(config, dict) else ""
    return dtype is None or dtype == "float32"


def _number(value: Any, most: float) -> float | None:
    """Return the value if it is a number between `-most` and `most`, else None."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) <= most:
        return None
    return float(value)
