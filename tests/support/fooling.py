"""Weakest change that fools a network, in NumPy: what the browser must find."""

from dataclasses import dataclass

import numpy as np

from model_store.inference.adversarial import GREYS, Images, fast_gradient_sign, loss_gradients
from model_store.inference.classifier import Classifier


@dataclass(frozen=True, slots=True)
class Fooled:
    """The weakest change that changes an answer.

    `image` is uint8 [28, 28]. `strength` is in (0, 1]: a share of the way from black to white, a
    whole number of grey levels. `answer` is the class of the highest score.
    """

    image: Images
    strength: float
    answer: int


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
    tried = range(1, round(most * GREYS) + 1)
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
