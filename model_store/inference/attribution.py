"""Attribution: the contribution of each pixel and hidden unit to a class's score. NumPy, pure.

The method is integrated gradients from a black picture to the drawing (M. Sundararajan, A. Taly,
Q. Yan, "Axiomatic Attribution for Deep Networks", 2017). A hidden unit's part of the same sum is
its conductance (K. Dhamdhere, M. Sundararajan, Q. Yan, "How Important Is a Neuron?", 2018). The
path is cut into pieces. In one piece an activation has the slope of its secant (rescale rule of
A. Shrikumar, P. Greenside, A. Kundaje, "Learning Important Features Through Propagating Activation
Differences", 2017): so the parts add up to the score with any number of pieces. With up to one
hidden layer a single piece is the whole integral; with more, 64 pieces come close to it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model_store.inference.classifier import Classifier, activation, unit_pixels
from model_store.recipe.choices import IMAGE_SIDE
from model_store.text import _

Floats = NDArray[np.float64]
PIECES = 64
STILL = 1e-7  # a smaller step has no secant of its own
NEAR = 1e-5  # half the step of a numerical derivative


@dataclass(frozen=True, slots=True)
class Attribution:
    """Contributions to a score: `pixels` and `units` each add up to `score - baseline`.

    The score is the logit of the class, or its lead over the logit of another class. `baseline` is
    the score of an empty picture. `pixels` is float64 [28, 28]. The others are float64 [n], n units
    of the first hidden layer, and empty without one: the contribution of each unit (`units`), its
    output for the drawing (`outputs`) and for an empty picture (`baseline_outputs`), and the change
    of the score for each unit of output (`weights`).
    """

    score: float
    baseline: float
    pixels: Floats
    units: Floats
    outputs: Floats
    baseline_outputs: Floats
    weights: Floats

    @property
    def positive(self) -> float:
        """Sum of the pixels that raise the score."""
        return float(self.pixels[self.pixels > 0].sum())

    @property
    def negative(self) -> float:
        """Sum of the pixels that lower the score, 0 or less."""
        return float(self.pixels[self.pixels < 0].sum())

    def top_units(self, count: int) -> list[int]:
        """Return the hidden units with the largest contributions that are not 0."""
        order = np.argsort(-np.abs(self.units), kind="stable")[:count]
        return [int(unit) for unit in order if self.units[unit] != 0]


def attribute(
    classifier: Classifier,
    image: NDArray[np.uint8],
    target: int,
    against: int | None = None,
    pieces: int = PIECES,
) -> Attribution:
    """Explain the score of class `target`, or its lead over `against`, for uint8 [28, 28].

    Raises:
        ValueError: if the image is none, or a class is none of the network's.
    """
    if image.dtype != np.uint8 or image.shape != (IMAGE_SIDE, IMAGE_SIDE):
        raise ValueError(_("A network reads images of 28 x 28 pixels from 0 to 255."))
    classes = classifier.recipe.classes
    if not all(0 <= c < classes for c in (target, 0 if against is None else against)):
        sentence = _("A class is a number from 0 to {last}.")
        raise ValueError(sentence.format(last=classes - 1))
    last, bias = (array.astype(np.float64) for array in classifier.weights[-1])
    chosen = np.zeros(classes)
    chosen[target] += 1
    if against is not None:
        chosen[against] -= 1
    layers = len(classifier.weights)
    x = unit_pixels(image, classifier.recipe.pixel_norm)[0].astype(np.float64)
    outputs, slopes = _walk(classifier, x, pieces if layers > 2 else 1)
    scores = outputs[-1] @ (last @ chosen) + bias @ chosen
    found = gradients(classifier, last @ chosen, slopes)
    parts = [
        (gradient * np.diff(out, axis=0)).sum(axis=0)
        for gradient, out in zip(found, outputs, strict=True)
    ]
    none = np.zeros(0)
    return Attribution(
        score=float(scores[-1]),
        baseline=float(scores[0]),
        pixels=parts[0].reshape(image.shape),
        units=parts[1] if layers > 1 else none,
        outputs=outputs[1][-1] if layers > 1 else none,
        baseline_outputs=outputs[1][0] if layers > 1 else none,
        weights=found[1].mean(axis=0) if layers > 1 else none,
    )


def weight_pictures(classifier: Classifier, unit: int | None = None) -> NDArray[np.float32]:
    """Return the weights from the pixels, float32 [units of the first layer, 28, 28].

    Without hidden layers these are the templates, one a class. With `unit`, only its picture.
    """
    pictures = classifier.weights[0][0].T.reshape(-1, IMAGE_SIDE, IMAGE_SIDE)
    return pictures if unit is None else pictures[unit]


def _walk(classifier: Classifier, x: Floats, pieces: int) -> tuple[list[Floats], list[Floats]]:
    """Follow the path from black to `x`: outputs of each layer [pieces + 1, units], pixels first,
    and the slope of each hidden layer's activation in each piece [pieces, units]."""
    outputs = [np.linspace(0, 1, pieces + 1)[:, None] * x]
    slopes = []
    for (kernel, bias), layer in zip(classifier.weights, classifier.recipe.hidden, strict=False):
        function = activation(layer.activation)
        before = outputs[-1] @ kernel.astype(np.float64) + bias
        outputs.append(np.asarray(function(before), np.float64))
        slopes.append(_slopes(function, before, outputs[-1]))
    return outputs, slopes


def _slopes(function: Callable[..., Floats], before: Floats, after: Floats) -> Floats:
    step = np.diff(before, axis=0)
    still = np.abs(step) < STILL
    middle = (before[1:] + before[:-1]) / 2
    secant = np.diff(after, axis=0) / np.where(still, 1, step)
    return np.where(still, tangents(function, middle), secant)


def tangents(function: Callable[..., Floats], x: Floats) -> Floats:
    """Return an activation's slope at each of `x`, a numerical derivative."""
    return (function(x + NEAR) - function(x - NEAR)) / (2 * NEAR)


def gradients(classifier: Classifier, direction: Floats, slopes: Sequence[Floats]) -> list[Floats]:
    """Return the gradient of a score at the outputs [n, units] of each layer, pixels first.

    Args:
        classifier: a network.
        direction: gradient at the outputs before the last layer, [units] or [n, units].
        slopes: of the activations of each hidden layer, [n, units].
    """
    count = len(slopes[0]) if slopes else len(np.atleast_2d(direction))
    found = [np.broadcast_to(direction, (count, direction.shape[-1]))]
    for (kernel, _bias), slope in zip(reversed(classifier.weights[:-1]), slopes[::-1], strict=True):
        found.append((found[-1] * slope) @ kernel.T.astype(np.float64))
    return found[::-1]
