"""The layers that a Keras file describes, as a network that this app can ask.

The description is read, never carried out: what Keras is given later is written anew by `described`
from what was understood here. Pure Python, no heavy import; any thread.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from gettext import gettext as _
from typing import Any

from model_store.recipe.choices import ACTIVATIONS, CLASSES, IMAGE_SIDE
from model_store.recipe.recipe import Hidden, Recipe, RecipeError
from training.keras_import.config import KerasFileError, layer_configs

PIXELS = IMAGE_SIDE**2
SHAPES = ((IMAGE_SIDE, IMAGE_SIDE), (IMAGE_SIDE, IMAGE_SIDE, 1), (PIXELS,))
OTHER_NAMES = {"swish": "silu"}  # Keras has two for one activation
MAX_SCALE = 1e6  # that a pixel may be multiplied by, or moved


@dataclass(frozen=True, slots=True)
class Scaling:
    """What becomes of a pixel from 0 to 255 before the first layer sees it."""

    scale: float = 1.0
    offset: float = 0.0

    def then(self, other: Scaling) -> Scaling:
        """This one, and then another."""
        return Scaling(self.scale * other.scale, self.offset * other.scale + other.offset)


@dataclass(frozen=True, slots=True)
class Dense:
    """A layer of `units`; `dropout` counts in training alone."""

    units: int
    activation: str
    dropout: float
    bias: bool


@dataclass(frozen=True, slots=True)
class Network:
    """Pixels from 0 to 255, scaled, through Dense layers to ten classes.

    The last of `dense` has ten units; its activation is "softmax", or "linear" for a network that
    answers with logits. `scales` says whether the file itself scales its pixels.
    """

    dense: tuple[Dense, ...]
    scaling: Scaling = Scaling()
    scales: bool = False

    def recipe(self, name: str, dataset: str) -> Recipe:
        """The same network as a recipe. How it was trained is not known: that is Keras' default.

        Raises:
            KerasFileError: if no recipe may have such a network.
        """
        hidden = tuple(Hidden(d.units, d.activation, d.dropout) for d in self.dense[:-1])
        try:
            return Recipe(name=name, dataset=dataset, hidden=hidden, epochs=1)
        except RecipeError as error:
            raise KerasFileError(
                _("The network does not fit this app: {why}").format(why=error)
            ) from None

    @property
    def parameters(self) -> int:
        """Weights and biases that the file has to hold."""
        widths = [PIXELS, *(dense.units for dense in self.dense)]
        return sum(
            (inputs + dense.bias) * dense.units
            for inputs, dense in zip(widths, self.dense, strict=False)
        )


def parse_network(config: Any) -> Network:
    """The network of a `config.json`, given as plain JSON types.

    Raises:
        KerasFileError: for anything but a chain of the layers in `LAYERS`, from one image to ten
            classes.
    """
    reader = _NetworkParser()
    for number, (kind, its) in enumerate(layer_configs(config)):
        if (kind == "InputLayer") != (number == 0):
            raise KerasFileError(_("The model has to begin with an Input of a known shape."))
        reader.read(kind, its)
    return reader.network()


def network_config(network: Network) -> dict[str, Any]:
    """A `config.json` for Keras with nothing in it but what was understood."""
    layers = [
        _layer("InputLayer", batch_shape=[None, IMAGE_SIDE, IMAGE_SIDE], dtype="float32"),
        _layer("Rescaling", scale=network.scaling.scale, offset=network.scaling.offset),
        _layer("Flatten"),
    ]
    for dense in network.dense:
        layers.append(
            _layer("Dense", units=dense.units, activation=dense.activation, use_bias=dense.bias)
        )
        if dense.dropout:
            layers.append(_layer("Dropout", rate=dense.dropout))
    return {
        "module": "keras",
        "class_name": "Sequential",
        "config": {"name": "brought", "layers": layers},
        "registered_name": None,
    }


def _layer(kind: str, **config: Any) -> dict[str, Any]:
    return {
        "module": "keras.layers",
        "class_name": kind,
        "config": config,
        "registered_name": None,
    }


# -- one layer after the other -------------------------------------------------------------------


class _NetworkParser:
    """Follows the image through the layers."""

    def __init__(self) -> None:
        self._shape: tuple[int, ...] = ()
        self._scaling = Scaling()
        self._scales = False
        self._dense: list[Dense] = []

    def read(self, kind: str, config: Mapping[str, Any]) -> None:
        if not _is_float32(config.get("dtype", "float32")):
            raise KerasFileError(_("The model does not count in float32, as this app does."))
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
        if not self._dense or self._dense[-1].units != CLASSES:
            raise KerasFileError(_("The model has to answer with ten numbers, one for each class."))
        if self._dense[-1].activation not in ("softmax", "linear"):
            raise KerasFileError(
                _("The last layer's activation is {name}; it has to be softmax, or none.").format(
                    name=self._dense[-1].activation
                )
            )
        if any(dense.activation == "softmax" for dense in self._dense[:-1]):
            raise KerasFileError(_("A hidden layer has the activation softmax: none may have it."))
        return Network(tuple(self._dense), self._scaling, self._scales)

    def _input(self, config: Mapping[str, Any]) -> None:
        shape = config.get("batch_shape")
        self._shape = tuple(shape[1:]) if isinstance(shape, list) else ()
        if self._shape not in SHAPES:
            raise KerasFileError(
                _("The model has to read images of 28 x 28 pixels, or their 784 pixels in a row.")
            )

    def _rescaling(self, config: Mapping[str, Any]) -> None:
        self._expect_pixels("Rescaling")
        scale = _number(config.get("scale"), MAX_SCALE)
        offset = _number(config.get("offset", 0.0), MAX_SCALE)
        if scale is None or offset is None:
            raise KerasFileError(_("Its Rescaling layer has to multiply and add one number each."))
        self._scaling = self._scaling.then(Scaling(scale, offset))
        self._scales = True

    def _reshape(self, config: Mapping[str, Any]) -> None:
        self._expect_pixels("Reshape")
        target = config.get("target_shape")
        shape = tuple(target) if isinstance(target, list) else ()
        self._shape = (PIXELS,) if shape == (-1,) else shape
        if self._shape not in SHAPES:
            raise KerasFileError(
                _("Its Reshape layer has to keep images of 28 x 28 pixels, or make rows of 784.")
            )

    def _flatten(self, _config: Mapping[str, Any]) -> None:
        self._shape = (math.prod(self._shape),)

    def _add(self, config: Mapping[str, Any]) -> None:
        if len(self._shape) != 1:
            raise KerasFileError(_("A Flatten layer has to come before the first Dense layer."))
        units, bias = config.get("units"), config.get("use_bias", True)
        if not isinstance(units, int) or isinstance(units, bool) or not isinstance(bias, bool):
            raise KerasFileError(_("A Dense layer in the file is not described as Keras does."))
        if config.get("quantization_config") or config.get("lora_rank"):
            raise KerasFileError(_("Its weights are quantised or adapted; plain ones are needed."))
        self._dense.append(Dense(units, _activation(config), 0.0, bias))
        self._shape = (units,)

    def _dropout(self, config: Mapping[str, Any]) -> None:
        rate = _number(config.get("rate"), 1.0)
        if rate is None:
            raise KerasFileError(_("A Dropout layer in the file has no share that it drops."))
        if self._dense:  # of pixels, a recipe drops none: without a training that is the same
            self._dense[-1] = replace(self._dense[-1], dropout=rate)

    def _relu(self, config: Mapping[str, Any]) -> None:
        changed = [config.get(name) for name in ("max_value", "negative_slope", "threshold")]
        if any(changed):
            raise KerasFileError(_("Its ReLU layer is not the plain one: only that is known here."))
        self._activate("relu")

    def _softmax(self, config: Mapping[str, Any]) -> None:
        if config.get("axis", -1) not in (-1, 1):
            raise KerasFileError(_("Its Softmax layer has to run over the classes."))
        self._activate("softmax")

    def _activate(self, name: str) -> None:
        if not self._dense or self._dense[-1].activation != "linear":
            raise KerasFileError(
                _("An activation layer has to follow a Dense layer that has no activation.")
            )
        self._dense[-1] = replace(self._dense[-1], activation=name)

    def _expect_pixels(self, kind: str) -> None:
        if self._dense:
            raise KerasFileError(
                _("A {kind} layer may only come before the Dense layers.").format(kind=kind)
            )


def _activation(config: Mapping[str, Any]) -> str:
    name = config.get("activation", "linear")
    name = OTHER_NAMES.get(name, name) if isinstance(name, str) else name
    if not isinstance(name, str) or (name not in ACTIVATIONS and name != "softmax"):
        raise KerasFileError(
            _("The activation {name} is not one of: {known}, softmax.").format(
                name=repr(name)[:40], known=", ".join(ACTIVATIONS)
            )
        )
    return name


def _is_float32(dtype: Any) -> bool:
    if isinstance(dtype, dict):
        config = dtype.get("config")
        dtype = config.get("name") if isinstance(config, dict) else ""
    return dtype is None or dtype == "float32"


def _number(value: Any, most: float) -> float | None:
    """The value, if it is a number between `-most` and `most`."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) <= most:
        return None
    return float(value)
