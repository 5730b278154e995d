"""Why a network answers as it does: what each pixel and each hidden unit adds to a class's score.

The method is integrated gradients, from an empty (black) picture to the drawing: M. Sundararajan,
A. Taly, Q. Yan, "Axiomatic Attribution for Deep Networks" (2017). A hidden unit's part of the same
sum is its conductance: K. Dhamdhere, M. Sundararajan, Q. Yan, "How Important Is a Neuron?" (2018).
The way is cut into pieces; within one, an activation's slope is that of its secant, as in the
rescale rule of A. Shrikumar, P. Greenside, A. Kundaje, "Learning Important Features Through
Propagating Activation Differences" (2017). So the parts add up to the score however few the pieces
are. Without a hidden layer the parts are weight times pixel; with one, a single piece is the whole
integral; with more, 64 pieces come close to it. NumPy alone; pure, any thread.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from gettext import gettext as _

import numpy as np
from numpy.typing import NDArray

from model_store.inference.classifier import ACTIVATIONS, Classifier
from model_store.recipe.choices import CLASSES, IMAGE_SIDE

Floats = NDArray[np.float64]
PIECES = 64
STILL = 1e-7  # a smaller step has no secant of its own


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
        """Sum of the pixels that lower it, zero or less."""
        return float(self.pixels[self.pixels < 0].sum())

    def top_units(self, count: int) -> list[int]:
        """Hidden units whose part is largest, for or against; those without any are left out."""
        order = np.argsort(-np.abs(self.units), kind="stable")[:count]
        return [int(unit) for unit in order if self.units[unit] != 0]


def attribute(
    classifier: Classifier,
    image: NDArray[np.uint8],
    target: int,
    against: int | None = None,
    pieces: int = PIECES,
) -> Attribution:
    """What speaks in `image`, uint8 [28, 28], for the class `target` (rather than `against`).

    Raises:
        ValueError: if the picture is none, or a class is not one of 0 to 9.
    """
    if image.dtype != np.uint8 or image.shape != (IMAGE_SIDE, IMAGE_SIDE):
        raise ValueError(_("A network reads pictures of 28 x 28 pixels from 0 to 255."))
    if not all(0 <= c < CLASSES for c in (target, 0 if against is None else against)):
        raise ValueError(_("A class is a number from 0 to 9."))
    last, bias = classifier.weights[-1]
    direction = _score(last.T.astype(np.float64), target, against)
    shift = float(_score(bias.astype(np.float64), target, against))
    x = image.ravel() / np.float64(255)
    count = pieces if len(classifier.weights) > 2 else 1
    outputs, slopes = _walk(classifier, x, count)
    scores = outputs[-1] @ direction + shift
    gradients = _back(classifier, direction, slopes)
    parts = [
        (gradient * np.diff(out, axis=0)).sum(axis=0)
        for gradient, out in zip(gradients[:2], outputs[:2], strict=False)
    ]
    hidden = len(classifier.weights) > 1
    none = np.zeros(0)
    return Attribution(
        score=float(scores[-1]),
        baseline=float(scores[0]),
        pixels=parts[0].reshape(image.shape),
        units=parts[1] if hidden else none,
        outputs=outputs[1][-1] if hidden else none,
        baseline_outputs=outputs[1][0] if hidden else none,
        weights=gradients[1].mean(axis=0) if hidden else none,
    )


def weight_pictures(classifier: Classifier, unit: int | None = None) -> NDArray[np.float32]:
    """The weights from the pixels as pictures, float32 [units of the first layer, 28, 28].

    Without hidden layers these are the ten templates, one a class. With `unit`, that one alone.
    """
    kernel = classifier.weights[0][0]
    chosen = kernel if unit is None else kernel[:, unit : unit + 1]
    pictures = chosen.T.reshape(-1, IMAGE_SIDE, IMAGE_SIDE)
    return pictures if unit is None else pictures[0]


def _score(values: Floats, target: int, against: int | None) -> Floats:
    """The row of a class, less that of the other."""
    return values[target] if against is None else values[target] - values[against]


def _walk(classifier: Classifier, x: Floats, pieces: int) -> tuple[list[Floats], list[Floats]]:
    """Along the way from black to `x`: each layer's outputs [pieces + 1, units], the picture's
    first, and the slope of each hidden layer's activation in each piece [pieces, units]."""
    outputs = [np.linspace(0, 1, pieces + 1)[:, None] * x]
    slopes = []
    for (kernel, bias), layer in zip(classifier.weights, classifier.recipe.hidden, strict=False):
        activation = ACTIVATIONS[layer.activation]
        before = outputs[-1] @ kernel.astype(np.float64) + bias
        outputs.append(np.asarray(activation(before), np.float64))
        slopes.append(_slopes(activation, before, outputs[-1]))
    return outputs, slopes


def _slopes(activation: Callable[..., Floats], before: Floats, after: Floats) -> Floats:
    step = np.diff(before, axis=0)
    still = np.abs(step) < STILL
    middle = (before[1:] + before[:-1]) / 2
    near = 1e-5
    tangent = (activation(middle + near) - activation(middle - near)) / (2 * near)
    return np.where(still, tangent, np.diff(after, axis=0) / np.where(still, 1, step))


def _back(classifier: Classifier, direction: Floats, slopes: list[Floats]) -> list[Floats]:
    """The score's slope by each layer's outputs [pieces, units], the picture's first."""
    pieces = len(slopes[0]) if slopes else 1
    found = [np.broadcast_to(direction, (pieces, len(direction)))]
    for (kernel, _bias), slope in zip(reversed(classifier.weights[:-1]), slopes[::-1], strict=True):
        found.append((found[-1] * slope) @ kernel.T.astype(np.float64))
    return found[::-1]
