"""Layers of a Keras model, turned into a chain of Dense layers that computes the same.

What only scales and shifts (Rescaling, Normalization, BatchNormalization) is folded into the Dense
layer before or after it, in float64. But a BatchNormalization between a hidden Dense layer and its
activation is the recipe's own. Pure apart from NumPy; any thread.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_store.recipe.choices import (
    ACTIVATIONS,
    BATCH_NORM_EPSILON,
    IMAGE_SIDE,
    MORE_ACTIVATIONS,
    Dataset,
    activation_name,
)
from model_store.recipe.own_data import MAX_CLASSES, MIN_CLASSES
from model_store.recipe.recipe import Hidden, Recipe, RecipeError
from model_store.recipe.settings import UNITS
from model_store.text import N_, _
from training.keras_import.config import TRAINING_ONLY, WITHOUT_EFFECT, Layer
from training.keras_import.errors import KerasFileError
from training.keras_import.weights import Weights

PIXELS = IMAGE_SIDE**2
IMAGE_SHAPES = ((IMAGE_SIDE, IMAGE_SIDE), (IMAGE_SIDE, IMAGE_SIDE, 1))
SHAPES = (*IMAGE_SHAPES, (PIXELS,), (PIXELS, 1))
# Other names of an activation, in Keras or TensorFlow.
ALIASES = {
    "swish": "silu",
    "hard_swish": "hard_silu",
    "celu": "elu",
    "exp": "exponential",
    "softmax_v2": "softmax",
    "log_softmax_v2": "log_softmax",
    "leaky_relu": activation_name("leaky_relu", 0.2),
}
AT_THE_END = ("softmax", "log_softmax")
MAX_SCALE = 1e6  # factor or offset of a pixel
KERAS_EPSILON = 1e-7

# Said on the page where a model was not taken over layer by layer.
FOLDED = N_(
    "Its BatchNormalization is part of the Dense layers now: multiplied into their weights, it "
    "gives the same answers."
)
NORMALISED = N_(
    "Its ten sigmoid outputs are scores from 0 to 1 that need not add up to 1. Here each is "
    "divided by their sum, by one more layer of ten units and a softmax."
)
DOUBLED = N_(
    "Each unit of its PReLU layer is two ReLU units here, one for positive and one for negative "
    "values: together they give the same answers."
)
LEFT_OUT = N_(
    "Its layers of noise and random changes are left out: they act only while a model trains."
)

Array = NDArray[np.float32]
Wide = NDArray[np.float64]


@dataclass(slots=True, eq=False)
class Dense:
    """A Dense layer: kernel [inputs, units], bias [units], float64.

    `norm` has gamma, beta, mean and variance of its batch normalisation, each [units].
    """

    kernel: Wide
    bias: Wide
    activation: str
    dropout: float = 0.0
    norm: tuple[Wide, Wide, Wide, Wide] | None = None

    def scale(self, factor: Wide | float, offset: Wide | float = 0.0) -> None:
        """Multiply and shift what it puts out before its activation."""
        if self.norm is None:
            self.kernel = self.kernel * factor
            self.bias = self.bias * factor + offset
        else:
            gamma, beta, mean, variance = self.norm
            self.norm = gamma * factor, beta * factor + offset, mean, variance

    def fold(self) -> bool:
        """Make its batch normalisation part of kernel and bias; False if there is none."""
        if self.norm is None:
            return False
        gamma, beta, mean, variance = self.norm
        self.norm = None
        factor = gamma / np.sqrt(variance + BATCH_NORM_EPSILON)
        self.scale(factor, beta - mean * factor)
        return True


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Network from pixels, as the model was fed, through Dense layers to 2 to 10 classes.

    The last of `dense` has a unit for each class and the activation "softmax", or "linear" for
    logits. `shape` is the model's input. `pixel_norm` as in a recipe. `scales` is True if the
    model scales pixels itself. `notes` are sentences for the page: English source text.
    """

    dense: tuple[Dense, ...]
    shape: tuple[int, ...] = (IMAGE_SIDE, IMAGE_SIDE)
    pixel_norm: str = "none"
    scales: bool = False
    notes: tuple[str, ...] = ()

    @property
    def classes(self) -> int:
        """Number of classes."""
        return len(self.dense[-1].bias)

    def recipe(self, name: str, dataset: str, own: Dataset | None = None) -> Recipe:
        """Return the network as a recipe; its unknown training settings are the defaults.

        `own` describes a data set that somebody brought.

        Raises:
            KerasFileError: if a recipe cannot have such a network, or the data set has another
                number of classes.
        """
        hidden = tuple(
            Hidden(len(d.bias), d.activation, d.dropout, d.norm is not None)
            for d in self.dense[:-1]
        )
        norm = self.pixel_norm
        try:
            recipe = Recipe(
                name=name, dataset=dataset, hidden=hidden, epochs=1, pixel_norm=norm, own=own
            )
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

    def fed_with(self, scale: float, offset: float) -> Network:
        """Return the network for pixels from 0 to 1, if it was made for `scale * x + offset`."""
        first, *others = self.dense
        bias = first.bias + offset * first.kernel.sum(axis=0)
        return replace(
            self, dense=(replace(first, kernel=first.kernel * scale, bias=bias), *others)
        )

    @property
    def arrays(self) -> dict[str, Array]:
        """Arrays of a `weights.npz`.

        Raises:
            KerasFileError: if a number is too large for float32.
        """
        out: dict[str, Array] = {}
        with np.errstate(over="ignore"):
            for i, dense in enumerate(self.dense):
                out[f"kernel_{i}"] = dense.kernel.astype(np.float32)
                out[f"bias_{i}"] = dense.bias.astype(np.float32)
                names = ("gamma", "beta", "mean", "variance")
                for name, values in zip(names, dense.norm or (), strict=False):
                    out[f"{name}_{i}"] = values.astype(np.float32)
        if not all(np.isfinite(array).all() for array in out.values()):
            raise KerasFileError(_("Some of the model's weights are too large for 32 bits."))
        return out


def build_network(layers: Sequence[Layer], weights: Weights, *, is_keras_2: bool) -> Network:
    """Return the network of a model's layers.

    Raises:
        KerasFileError: if they do not lead from one image through Dense layers to 2 to 10
            classes.
    """
    builder = _Builder(weights, is_keras_2=is_keras_2)
    for number, layer in enumerate(layers):
        if (layer.kind == "InputLayer") != (number == 0):
            builder.expect_inner_input(layer)
        else:
            builder.add(layer)
    return builder.network()


class _Builder:
    """Follows the image through the layers."""

    def __init__(self, weights: Weights, *, is_keras_2: bool) -> None:
        self._weights = weights
        self._is_keras_2 = is_keras_2
        self._input: tuple[int, ...] = ()
        self._shape: tuple[int, ...] = ()
        self._dense: list[Dense] = []
        # Of what the last layer puts out, for the next Dense: factor and offset of each number.
        self._factor: Wide | None = None
        self._offset: Wide | None = None
        self._slopes: Wide | None = None  # of a PReLU: the next Dense gets two units for each
        self._norm = "none"
        self._scales = False
        self._notes: dict[str, None] = {}

    def add(self, layer: Layer) -> None:
        """Add a layer of `LAYERS`, or pass over one without effect."""
        kind = layer.kind
        if kind in (*TRAINING_ONLY, *WITHOUT_EFFECT):
            if kind in TRAINING_ONLY:
                self._notes[LEFT_OUT] = None
            return
        if kind != "InputLayer":
            _expect_float32(layer)
        {
            "InputLayer": self._begin,
            "Rescaling": self._rescaling,
            "Normalization": self._normalization,
            "UnitNormalization": self._unit_normalization,
            "Reshape": self._reshape,
            "Flatten": self._flatten,
            "Dense": self._add_dense,
            "BatchNormalization": self._batch_normalization,
            "Dropout": self._dropout,
            "Activation": lambda layer: self._activate(
                layer, layer.config.get("activation", "linear")
            ),
            "ReLU": self._relu,
            "LeakyReLU": lambda layer: self._sloped(layer, "leaky_relu", 0.3),
            "ELU": lambda layer: self._sloped(layer, "elu", 1.0),
            "PReLU": self._prelu,
            "Softmax": self._softmax,
        }[kind](layer)

    def expect_inner_input(self, layer: Layer) -> None:
        """Check the input of a model inside the model, or refuse a model without an input."""
        shape = _shape_of(layer.config)
        if layer.kind != "InputLayer" or not self._shape:
            sentence = _(
                "The model must begin with an Input of a known shape. Add keras.Input((28, 28)) as "
                "its first layer and save it again."
            )
            raise KerasFileError(sentence)
        if shape != self._shape:
            sentence = _("{layer}: a model inside the model reads {there}, but gets {here}.")
            there, here = _times(shape), _times(self._shape)
            raise KerasFileError(sentence.format(layer=layer.name, there=there, here=here))

    def network(self) -> Network:
        last = self._dense[-1] if self._dense else None
        if last is not None and (self._factor is not None or self._slopes is not None):
            sentence = _(
                "The model's last layer changes its answers in a way that this app does not "
                "compute. Let it end with Dense(10) and softmax."
            )
            raise KerasFileError(sentence)
        if last is None or not MIN_CLASSES <= len(last.bias) <= MAX_CLASSES:
            sentence = _(
                "The model must answer with {least} to {most} numbers, one for each class, from a "
                "last layer such as Dense(10)."
            )
            raise KerasFileError(sentence.format(least=MIN_CLASSES, most=MAX_CLASSES))
        if last.activation == "sigmoid":
            classes = len(last.bias)
            last.activation = "log_sigmoid"  # softmax of logarithms divides by the sum
            self._dense.append(Dense(np.eye(classes), np.zeros(classes), "softmax"))
            self._notes[NORMALISED] = None
        elif last.activation == "log_softmax":
            last.activation = "softmax"
        elif last.activation not in ("softmax", "linear"):
            sentence = _(
                "The last layer's activation is {name}: its numbers are not probabilities. It "
                "must be softmax or sigmoid, or none for scores."
            )
            raise KerasFileError(sentence.format(name=last.activation))
        if self._dense[-1].fold():
            self._notes[FOLDED] = None
        for dense in self._dense[:-1]:
            if dense.activation in AT_THE_END:
                sentence = _(
                    "A hidden layer has the activation {name}. This app has it only at the end: "
                    "use relu there."
                )
                raise KerasFileError(sentence.format(name=dense.activation))
        notes = tuple(self._notes)
        return Network(tuple(self._dense), self._input, self._norm, self._scales, notes)

    def _begin(self, layer: Layer) -> None:
        self._shape = self._input = _shape_of(layer.config)
        if self._shape not in SHAPES:
            sentence = _(
                "The model must read 28 x 28 grey pixels, or 784 in a row. This one reads {shape}."
            )
            raise KerasFileError(sentence.format(shape=_times(self._shape) or _("another shape")))

    # -- pixels ----------------------------------------------------------------------------------

    def _rescaling(self, layer: Layer) -> None:
        self._expect_pixels(layer)
        scale = _number(layer.config.get("scale"), MAX_SCALE)
        offset = _number(layer.config.get("offset", 0.0), MAX_SCALE)
        if scale is None or offset is None:
            sentence = _("{layer}: it must multiply by one number and add one number.")
            raise KerasFileError(sentence.format(layer=layer.name))
        self._affine(layer, np.full(self._size, scale), np.full(self._size, offset))
        self._scales = True

    def _normalization(self, layer: Layer) -> None:
        self._expect_pixels(layer)
        config = layer.config
        axes = self._axes(layer, config.get("axis", -1))
        kept = tuple(self._shape[axis] for axis in axes)
        if config.get("invert"):
            sentence = _("{layer}: it undoes a normalization, which this app does not compute.")
            raise KerasFileError(sentence.format(layer=layer.name))
        if config.get("mean") is None:
            mean, variance = (self._weights.take(layer, i, *kept) for i in (0, 1))
        else:
            mean, variance = (_numbers(layer, config.get(name)) for name in ("mean", "variance"))
        root = np.maximum(np.sqrt(np.maximum(variance, 0)), KERAS_EPSILON)
        factor, shift = (self._spread(layer, x, axes) for x in (1 / root, -mean / root))
        self._affine(layer, factor, shift)
        self._scales = True

    def _unit_normalization(self, layer: Layer) -> None:
        self._expect_pixels(layer)
        axes = self._axes(layer, layer.config.get("axis", -1))
        across = math.prod(self._shape[axis] for axis in axes)
        norm = "image" if across == PIXELS else "columns" if axes == (0,) else ""
        plain = self._offset is None or not self._offset.any()
        first = 1.0 if self._factor is None else float(self._factor[0])
        even = self._factor is None or (first > 0 and (self._factor == first).all())
        if not norm or not plain or not even or self._norm not in ("none", norm):
            sentence = _(
                "{layer}: this app divides only the columns of an image, or all of it, by their "
                "length, before anything else. Give it axis=1 as the first layer."
            )
            raise KerasFileError(sentence.format(layer=layer.name))
        self._factor = self._offset = None
        self._norm = norm

    def _reshape(self, layer: Layer) -> None:
        target = layer.config.get("target_shape")
        shape = tuple(target) if isinstance(target, list) else ()
        if shape.count(-1) == 1 and all(isinstance(side, int) and side for side in shape):
            known = -math.prod(shape)
            shape = tuple(self._size // known if side == -1 else side for side in shape)
        if shape != self._shape and (self._dense or shape not in SHAPES):
            sentence = _("{layer}: it must make 28 x 28 pixels, or a row of 784.")
            raise KerasFileError(sentence.format(layer=layer.name))
        self._shape = shape

    def _flatten(self, layer: Layer) -> None:
        if layer.config.get("data_format") == "channels_first" and len(self._shape) > 1:
            sentence = _("{layer}: it reads colours first. Use data_format='channels_last'.")
            raise KerasFileError(sentence.format(layer=layer.name))
        self._shape = (self._size,)

    # -- units -----------------------------------------------------------------------------------

    def _add_dense(self, layer: Layer) -> None:
        config = layer.config
        if len(self._shape) != 1:
            sentence = _("{layer}: a Flatten layer must come before the first Dense layer.")
            raise KerasFileError(sentence.format(layer=layer.name))
        units, bias = config.get("units"), config.get("use_bias", True)
        if not isinstance(units, int) or isinstance(units, bool) or not isinstance(bias, bool):
            sentence = _("{layer}: it is not described like Keras does.")
            raise KerasFileError(sentence.format(layer=layer.name))
        if problem := UNITS.problem(units):
            raise KerasFileError(f"{layer.name}: {problem}")
        if config.get("quantization_config") or config.get("lora_rank"):
            sentence = _(
                "{layer}: its weights are quantised or adapted. Save the model before that step."
            )
            raise KerasFileError(sentence.format(layer=layer.name))
        kernel = self._weights.take(layer, 0, *self._shape, units)
        offset = self._weights.take(layer, 1, units) if bias else np.zeros(units)
        if self._factor is not None and self._offset is not None:
            offset = offset + self._offset @ kernel
            kernel = self._factor[:, None] * kernel
            self._factor = self._offset = None
        if self._slopes is not None:
            kernel = np.concatenate([kernel, -self._slopes[:, None] * kernel])
            self._slopes = None
        self._dense.append(Dense(kernel, offset, "linear"))
        self._shape = (units,)
        self._activate(layer, config.get("activation", "linear"))

    def _batch_normalization(self, layer: Layer) -> None:
        config = layer.config
        axes = self._axes(layer, config.get("axis", -1))
        if len(axes) != 1 or config.get("renorm"):
            sentence = _("{layer}: it must normalise along one axis, without renorm.")
            raise KerasFileError(sentence.format(layer=layer.name))
        size = self._shape[axes[0]]
        flags = [config.get(name) is not False for name in ("scale", "center")]
        number = sum(flags)
        gamma = self._weights.take(layer, 0, size) if flags[0] else np.ones(size)
        beta = self._weights.take(layer, number - 1, size) if flags[1] else np.zeros(size)
        mean = self._weights.take(layer, number, size)
        variance = self._weights.take(layer, number + 1, size)
        epsilon = _number(config.get("epsilon", 1e-3), 1.0)
        if epsilon is None or not (variance + epsilon > 0).all():
            sentence = _("{layer}: it divides by the root of a number that is not above 0.")
            raise KerasFileError(sentence.format(layer=layer.name))
        last, own = self._plain, variance + epsilon - BATCH_NORM_EPSILON
        if last is not None and last.norm is None and (own >= 0).all():
            last.norm = gamma, beta, mean, own
            return
        factor = gamma / np.sqrt(variance + epsilon)
        shift = beta - mean * factor
        self._affine(layer, *(self._spread(layer, x, axes) for x in (factor, shift)))
        self._notes[FOLDED] = None
        self._scales |= not self._dense

    def _dropout(self, layer: Layer) -> None:
        rate = _number(layer.config.get("rate"), 1.0)
        if rate is None:
            sentence = _("{layer}: it has no valid rate.")
            raise KerasFileError(sentence.format(layer=layer.name))
        if self._dense:  # a recipe has no dropout of pixels; without training that is the same
            self._dense[-1].dropout = rate

    # -- activations -----------------------------------------------------------------------------

    def _activate(self, layer: Layer, given: Any) -> None:
        """Give the last Dense layer an activation: a name, or a layer in place of one."""
        inner = given if isinstance(given, Mapping) else {}
        config = inner.get("config")
        if inner.get("class_name") in ("ReLU", "LeakyReLU", "ELU", "Softmax") and isinstance(
            config, Mapping
        ):
            name = str(inner["class_name"])
            self.add(Layer(name, config, layer.path, layer.group, layer.trainable))
            return
        if inner.get("class_name") == "function" and isinstance(config, str):
            given = config
        given = "linear" if given is None else given
        if not isinstance(given, str):
            sentence = _(
                "{layer}: its activation is a function of its own, whose code this app never runs. "
                "Use one of Keras' own: {known}."
            )
            known = ", ".join((*ACTIVATIONS, *MORE_ACTIVATIONS))
            raise KerasFileError(sentence.format(layer=layer.name, known=known))
        name = ALIASES.get(given, given)
        if name == "linear":
            return
        if name not in (*ACTIVATIONS, *MORE_ACTIVATIONS, *AT_THE_END, ALIASES["leaky_relu"]):
            sentence = _("{layer}: this app has no activation {name}. Use one of: {known}.")
            known = ", ".join((*ACTIVATIONS, *MORE_ACTIVATIONS))
            values = {"layer": layer.name, "name": repr(given)[:40], "known": known}
            raise KerasFileError(sentence.format(**values))
        last = self._unactivated(layer, name)
        if last is None:
            return
        if name == "hard_sigmoid" and self._is_keras_2:  # there it is 0.2 x + 0.5, here x / 6 + 0.5
            last.scale(1.2)
        last.activation = name

    def _unactivated(self, layer: Layer, name: str) -> Dense | None:
        """Return the Dense layer that has no activation yet; None if it has this one already."""
        if self._plain is not None:
            return self._plain
        untouched = self._factor is None and self._slopes is None
        if self._dense and untouched and self._dense[-1].activation == name == "relu":
            return None
        sentence = _(
            "{layer}: an activation must follow a Dense layer that has none yet. Remove it, or put "
            "a Dense layer before it."
        )
        raise KerasFileError(sentence.format(layer=layer.name))

    @property
    def _plain(self) -> Dense | None:
        """The last Dense layer, if it has no activation yet."""
        untouched = self._factor is None and self._slopes is None
        if self._dense and untouched and self._dense[-1].activation == "linear":
            return self._dense[-1]
        return None

    def _relu(self, layer: Layer) -> None:
        config = layer.config
        slope, threshold = (config.get(name) or 0.0 for name in ("negative_slope", "threshold"))
        most = config.get("max_value")
        if threshold or (most is not None and (slope or not _number(most, MAX_SCALE) or most <= 0)):
            sentence = _(
                "{layer}: this app has no ReLU with a threshold, or with a slope and a maximum."
            )
            raise KerasFileError(sentence.format(layer=layer.name))
        if slope:
            self._sloped(layer, "leaky_relu", 0.0)
        elif most is None:
            self._activate(layer, "relu")
        elif last := self._unactivated(layer, "relu6"):
            last.scale(6 / most)  # min(max(x, 0), m) is m / 6 times ReLU6 of 6 x / m
            last.activation = "relu6"
            if most != 6:
                self._affine(layer, np.full(self._size, most / 6), np.zeros(self._size))

    def _sloped(self, layer: Layer, kind: str, default: float) -> None:
        config = layer.config
        names = ("negative_slope", "alpha") if kind == "leaky_relu" else ("alpha",)
        given = next((config[name] for name in names if name in config), default)
        slope = _number(given, 10.0)
        if slope is None or slope < 0:
            sentence = _("{layer}: its slope must be a number from 0 to 10.")
            raise KerasFileError(sentence.format(layer=layer.name))
        if last := self._unactivated(layer, kind):
            last.activation = activation_name(kind, slope)

    def _prelu(self, layer: Layer) -> None:
        last = self._unactivated(layer, "prelu")
        if last is None or layer.config.get("shared_axes"):
            sentence = _("{layer}: it must have one slope for each unit.")
            raise KerasFileError(sentence.format(layer=layer.name))
        slopes = self._weights.take(layer, 0, self._size)
        slope = float(slopes[0])
        if (slopes == slope).all() and 0 <= slope <= 10:
            last.activation = activation_name("leaky_relu", slope)
            return
        if last.fold():
            self._notes[FOLDED] = None
        # max(x, 0) - slope * max(-x, 0): two ReLU units, which the next Dense layer adds up.
        last.kernel = np.concatenate([last.kernel, -last.kernel], axis=1)
        last.bias = np.concatenate([last.bias, -last.bias])
        last.activation = "relu"
        self._slopes = slopes
        self._notes[DOUBLED] = None

    def _softmax(self, layer: Layer) -> None:
        if layer.config.get("axis", -1) not in (-1, 1):
            sentence = _("{layer}: it must run over the classes.")
            raise KerasFileError(sentence.format(layer=layer.name))
        self._activate(layer, "softmax")

    # -- shapes ----------------------------------------------------------------------------------

    @property
    def _size(self) -> int:
        return math.prod(self._shape)

    def _expect_pixels(self, layer: Layer) -> None:
        if self._dense:
            sentence = _("{layer}: it must come before the Dense layers.")
            raise KerasFileError(sentence.format(layer=layer.name))

    def _axes(self, layer: Layer, given: Any) -> tuple[int, ...]:
        """Return the axes of one image that a layer names; there 0 is the axis of the images."""
        axes = given if isinstance(given, list) else [] if given is None else [given]
        rank = len(self._shape) + 1
        whole = [a for a in axes if isinstance(a, int) and not isinstance(a, bool)]
        if len(whole) != len(axes) or not all(-rank < a < rank and a for a in whole):
            sentence = _("{layer}: it has no axis {axis}.")
            axis = ", ".join(str(a)[:10] for a in axes if isinstance(a, int))
            raise KerasFileError(sentence.format(layer=layer.name, axis=axis or "?"))
        return tuple(sorted({(a % rank) - 1 for a in whole}))

    def _spread(self, layer: Layer, values: Wide, axes: tuple[int, ...]) -> Wide:
        """Return a number for each input of values along these axes."""
        sides = [side if axis in axes else 1 for axis, side in enumerate(self._shape)]
        try:
            if values.size == math.prod(sides):
                values = values.reshape(sides)
            return np.broadcast_to(values, self._shape).ravel()
        except ValueError:
            sentence = _("{layer}: its numbers have another shape than its input.")
            raise KerasFileError(sentence.format(layer=layer.name)) from None

    def _affine(self, layer: Layer, factor: Wide, offset: Wide) -> None:
        """Scale and shift what the last layer puts out: in it, or in the next Dense layer."""
        last = self._dense[-1] if self._dense else None
        if last is not None and last.activation in AT_THE_END:
            sentence = _("{layer}: nothing may follow the softmax.")
            raise KerasFileError(sentence.format(layer=layer.name))
        if last is not None and last.activation == "linear":
            last.scale(factor, offset)
        elif self._factor is None or self._offset is None:
            self._factor, self._offset = factor, offset
        else:
            self._factor, self._offset = self._factor * factor, self._offset * factor + offset


def _shape_of(config: Mapping[str, Any]) -> tuple[int, ...]:
    """Return the shape of one input; () if it is not known."""
    shape = config.get("batch_shape") or config.get("batch_input_shape")
    known = isinstance(shape, list) and all(
        isinstance(side, int) and not isinstance(side, bool) for side in shape[1:]
    )
    return tuple(shape[1:]) if known and isinstance(shape, list) else ()


def _times(shape: tuple[int, ...]) -> str:
    return " x ".join(str(side)[:12] for side in shape[:6])


def _expect_float32(layer: Layer) -> None:
    dtype = layer.config.get("dtype", "float32")
    if isinstance(dtype, Mapping):
        config = dtype.get("config")
        dtype = config.get("name") if isinstance(config, Mapping) else ""
    if dtype not in (None, "float32", "float64"):
        sentence = _(
            "{layer}: it does not calculate with 32 bits. Build the model without mixed precision "
            "or quantisation, and copy its weights."
        )
        raise KerasFileError(sentence.format(layer=layer.name))


def _number(value: Any, most: float) -> float | None:
    """Return the value if it is a number between `-most` and `most`, else None."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) <= most:
        return None
    return float(value)


def _numbers(layer: Layer, value: Any) -> Wide:
    """Return numbers that a description has, in nested lists."""
    try:
        found = np.asarray(value, np.float64)
        if found.size <= PIXELS and np.isfinite(found).all():
            return found
    except (TypeError, ValueError, OverflowError):
        pass
    sentence = _("{layer}: its numbers have another shape than its input.")
    raise KerasFileError(sentence.format(layer=layer.name))
