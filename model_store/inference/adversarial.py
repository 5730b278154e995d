"""Adversarial examples: small changes of an image that change a network's answer. NumPy, pure.

The method is the fast gradient sign (I. Goodfellow, J. Shlens, C. Szegedy, "Explaining and
Harnessing Adversarial Examples", 2015): each pixel changes by the same amount, in the direction in
which the loss grows. The loss is the cross-entropy of the softmax, whatever a recipe trains with.
pages/ui/browser/fool.js does the same in the browser.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model_store.inference.attribution import gradients, tangents
from model_store.inference.classifier import Classifier, activation, unit_pixels
from model_store.recipe.choices import IMAGE_SIDE
from model_store.text import _

Images = NDArray[np.uint8]
Floats = NDArray[np.float64]
GREYS = 255  # one grey level is a strength of 1 / 255


@dataclass(frozen=True, slots=True)
class Fooled:
    """The weakest change that changes an answer.

    `image` is uint8 [28, 28]. `strength` is in (0, 1]: a share of the way from black to white, a
    whole number of grey levels. `answer` is the class of the highest score.
    """

    image: Images
    strength: float
    answer: int


def loss_gradients(classifier: Classifier, images: Images, labels: NDArray[np.integer]) -> Floats:
    """Return the gradient of each image's loss by its pixels from 0 to 1, float64 [N, 28, 28].

    Args:
        classifier: a network of C classes.
        images: uint8 [N, 28, 28].
        labels: the classes whose cross-entropy is the loss, integers [N] from 0 to C - 1.

    Raises:
        ValueError: if the images are none, or a label is no class.
    """
    if images.dtype != np.uint8 or images.shape[1:] != (IMAGE_SIDE, IMAGE_SIDE):
        raise ValueError(_("A network reads images of 28 x 28 pixels from 0 to 255."))
    classes = classifier.weights[-1][1].size
    if labels.shape != images.shape[:1] or ((labels < 0) | (labels >= classes)).any():
        raise ValueError(_("A class is a number from 0 to {last}.").format(last=classes - 1))
    x = unit_pixels(images, classifier.recipe.pixel_norm).astype(np.float64)
    out, slopes = x, []
    for (kernel, bias), layer in zip(classifier.weights, classifier.recipe.hidden, strict=False):
        function = activation(layer.activation)
        before = out @ kernel.astype(np.float64) + bias
        slopes.append(tangents(function, before))
        out = np.asarray(function(before), np.float64)
    last, offset = (array.astype(np.float64) for array in classifier.weights[-1])
    errors = _softmax_errors(out @ last + offset, labels)
    by_input = gradients(classifier, errors @ last.T, slopes)[0]
    return _undo_norm(by_input, x, images, classifier.recipe.pixel_norm)


def fast_gradient_sign(images: Images, gradient: Floats, strength: float) -> Images:
    """Return images whose loss has grown: each pixel changes by `strength`, black and white stay.

    Args:
        images: uint8 [..., 28, 28].
        gradient: of the loss, of the same shape. A pixel without one stays as it is. Of the
            negative gradient the loss shrinks.
        strength: from 0 to 1, rounded to grey levels.

    Raises:
        ValueError: if the strength is not from 0 to 1.
    """
    changed = images.astype(np.int16) + _greys(strength) * np.sign(gradient).astype(np.int16)
    return np.clip(changed, 0, GREYS).astype(np.uint8)


def smallest_change(
    classifier: Classifier, image: Images, target: int | None = None, most: float = 1.0
) -> Fooled | None:
    """Return the weakest fast gradient sign with which the network gives another answer.

    Every grey level is tried: an answer can change and change back, which a bisection would miss.

    Args:
        classifier: a network.
        image: uint8 [28, 28].
        target: the wanted answer, away from which the loss is measured; None is any other class.
        most: the strongest change that is tried, from 0 to 1.

    Returns:
        None if no strength does, or the answer is `target` already.

    Raises:
        ValueError: as `loss_gradients` and `fast_gradient_sign`.
    """
    batch = image[np.newaxis]
    answer = int(classifier.logits(batch)[0].argmax())
    label = np.array([answer if target is None else target])
    gradient = loss_gradients(classifier, batch, label) * (1 if target is None else -1)
    if answer == target:
        return None
    tried = range(1, _greys(most) + 1)
    images = [fast_gradient_sign(batch, gradient, greys / GREYS) for greys in tried]
    if not images:
        return None
    changed = np.concatenate(images)
    answers = classifier.logits(changed).argmax(axis=1)
    found = np.flatnonzero(answers != answer if target is None else answers == target)
    if not len(found):
        return None
    at = int(found[0])
    return Fooled(changed[at], tried[at] / GREYS, int(answers[at]))


def _greys(strength: float) -> int:
    if not 0 <= strength <= 1:
        raise ValueError(_("A strength is a number from 0 to 1."))
    return round(strength * GREYS)


def _softmax_errors(logits: Floats, labels: NDArray[np.integer]) -> Floats:
    """Return probabilities minus one-hot labels [N, C]: the gradient of the loss by the logits.

    The label's own is minus the sum of the others, which is exact where its probability rounds
    to 1.
    """
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    errors = powers / powers.sum(axis=1, keepdims=True)
    rows = np.arange(len(labels))
    errors[rows, labels] = 0
    errors[rows, labels] = -errors.sum(axis=1)
    return errors


def _undo_norm(by_input: Floats, x: Floats, images: Images, pixel_norm: str) -> Floats:
    """Return gradients by pixels from those by the first layer's input, both of N images.

    A divided input x / |x| passes on what is across x, divided by |x|; all zeros pass on as is.
    """
    shape = (-1, IMAGE_SIDE, IMAGE_SIDE)
    by_input, x = by_input.reshape(shape), x.reshape(shape)
    if pixel_norm == "none":
        return by_input
    axes = (1,) if pixel_norm == "columns" else (1, 2)
    pixels = images / GREYS
    lengths = np.sqrt((pixels * pixels).sum(axis=axes, keepdims=True))
    across = by_input - x * (x * by_input).sum(axis=axes, keepdims=True)
    return across / np.where(lengths == 0, 1, lengths)
