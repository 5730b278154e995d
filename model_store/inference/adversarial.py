"""Adversarial examples: small changes of an image that change a network's answer. NumPy, pure.

The method is the fast gradient sign (I. Goodfellow, J. Shlens, C. Szegedy, "Explaining and
Harnessing Adversarial Examples", 2015): each pixel changes by the same amount, in the direction in
which the loss grows. The loss is the cross-entropy of the softmax, whatever a recipe trains with.
pages/ui/browser/fool.js does the same in the browser.
"""

import numpy as np
from numpy.typing import NDArray

from model_store.inference.attribution import gradients, tangents
from model_store.inference.classifier import Classifier, activation, unit_pixels
from model_store.recipe.choices import IMAGE_SIDE
from model_store.text import _

Images = NDArray[np.uint8]
Floats = NDArray[np.float64]
GREYS = 255  # one grey level is a strength of 1 / 255


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
