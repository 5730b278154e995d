"""Arrays of a model's layers, found in a `.keras` archive's weights or in an `.h5` file.

Optimizer state and whatever else the file has is never read. Any thread.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from model_store.text import _
from training.keras_import.config import Layer
from training.keras_import.errors import KerasFileError
from training.keras_import.hdf5 import Node

MAX_WEIGHTS = 5_000_000  # numbers of 32 bits: 20 MB
_ROOTS = ("layers", "_layer_checkpoint_dependencies")  # the second is Keras 2.13's

Find = Callable[[Layer, int], Node | None]


class Weights:
    """Arrays of a model, by layer and number: a kernel is 0, a bias 1, and so on."""

    def __init__(self, find: Find) -> None:
        self._find = find
        self._left = MAX_WEIGHTS

    def take(self, layer: Layer, number: int, *shape: int) -> NDArray[np.float64]:
        """Return an array of a layer, float64.

        Raises:
            KerasFileError: if it is missing, has another shape or is not finite, or if more than
                `MAX_WEIGHTS` numbers were asked for.
        """
        self._left -= math.prod(shape)
        if self._left < 0:
            sentence = _("The model has more than {n} weights. This app takes smaller ones.")
            raise KerasFileError(sentence.format(n=f"{MAX_WEIGHTS:,}"))
        node = self._find(layer, number)
        if node is None:
            sentence = _(
                "{layer}: its weights are missing in the file. Save the whole model again, with "
                'model.save("my.keras").'
            )
            raise KerasFileError(sentence.format(layer=layer.name))
        found = node.array(shape)
        if found is None:
            sentence = _(
                "{layer}: its weights have another shape than the model's description says. The "
                "file is damaged, or was put together from two models."
            )
            raise KerasFileError(sentence.format(layer=layer.name))
        if not np.isfinite(found).all():
            sentence = _(
                "{layer}: some of its weights are not numbers. Its training has diverged: train "
                "it again with a smaller learning rate."
            )
            raise KerasFileError(sentence.format(layer=layer.name))
        return found.astype(np.float64)


def archive_weights(root: Node) -> Weights:
    """Return the arrays of a `model.weights.h5`."""

    def find(layer: Layer, number: int) -> Node | None:
        for name in _ROOTS:
            path = [name if part == "layers" else part for part in layer.path]
            for groups in (path, ["\\".join(path)]):  # the second is Keras 2's on Windows
                if node := root.child(*groups, "vars", str(number)):
                    return node
        return None

    return Weights(find)


def legacy_weights(root: Node, layers: Sequence[Layer]) -> Weights:
    """Return the arrays of the group `model_weights` of an `.h5` file.

    A layer of the whole model has a group with its weights' names in order: those that are trained,
    then the others. A model inside the model counts as one layer.
    """
    places: dict[tuple[int, int], tuple[str, int]] = {}
    for group in dict.fromkeys(layer.group for layer in layers):
        inside = [layer for layer in layers if layer.group == group]
        trained = [(id(x), i) for x in inside if x.trainable for i in range(_counts(x)[0])]
        fixed = [
            (id(x), i)
            for x in inside
            for i in range(_counts(x)[0] if x.trainable else 0, sum(_counts(x)))
        ]
        places |= {key: (group, place) for place, key in enumerate((*trained, *fixed))}
    groups: dict[str, tuple[Node | None, list[str]]] = {}

    def find(layer: Layer, number: int) -> Node | None:
        group, place = places.get((id(layer), number), ("", 0))
        if group not in groups:
            node = root.child(group)
            groups[group] = (node, node.texts("weight_names") if node else [])
        node, names = groups[group]
        if node is None or place >= len(names):
            return None
        return node.child(*names[place].split("/"))

    return Weights(find)


def _counts(layer: Layer) -> tuple[int, int]:
    """Return how many weights of a layer are trained, and how many are not."""
    config = layer.config
    if layer.kind == "Dense":
        return 1 + (config.get("use_bias") is not False), 0
    if layer.kind == "BatchNormalization":
        return sum(config.get(name) is not False for name in ("scale", "center")), 2
    if layer.kind == "Normalization":
        return 0, 0 if config.get("mean") is not None else 3
    return int(layer.kind == "PReLU"), 0
