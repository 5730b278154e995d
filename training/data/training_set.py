"""Images that a recipe's training uses: which it learns from, and which validate it.

NumPy only; any thread.
"""

import hashlib
import json
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from model_store.recipe.recipe import Recipe
from model_store.text import _
from training.data.datasets import DataError, training_indices
from training.data.extra_images import AnyData
from training.data.spoil import kept_images, spoiled_images, spoiled_labels

Labelled = tuple[NDArray[np.uint8], NDArray[np.uint8]]


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """The data as it is learned from, spoiled if the recipe says so.

    `trained` are the positions in `data.x_train` to learn from, int32 [n]. `held_out` has the
    images and labels of a validation split, which may be none.
    """

    data: AnyData
    trained: NDArray[np.int32]
    held_out: Labelled


def training_set(recipe: Recipe, data: AnyData) -> TrainingSet:
    """Return what a recipe learns from. Extra images are not spoiled, nor are test images.

    Raises:
        DataError: if too few images remain.
    """
    trained, held_out = training_indices(recipe, len(data.x_train))
    spoil = recipe.spoil
    if not spoil:
        return TrainingSet(data, trained, (data.x_train[held_out], data.y_train[held_out]))
    own = recipe.data.train  # extra images come after them
    kept = np.ones(len(data.x_train), dtype=bool)
    kept[:own] = kept_images(data.y_train[:own], spoil, recipe.seed)
    labels, images = np.array(data.y_train), data.x_train
    labels[:own] = spoiled_labels(labels[:own], spoil, recipe.seed, recipe.classes)
    if spoil.noise or spoil.patch:
        changed = spoiled_images(images[:own], labels[:own], spoil, recipe.seed)
        images = np.concatenate([changed, images[own:]])
    key = json.dumps([data.fingerprint, recipe.seed, spoil.to_dict()])
    digest = hashlib.sha256(key.encode()).hexdigest()
    spoiled = replace(data, fingerprint=digest, x_train=images, y_train=labels)
    validation = spoiled if spoil.where == "validation" else data
    shown = held_out[kept[held_out]] if spoil.where == "validation" else held_out
    trained = trained[kept[trained]]
    if not len(trained) or (recipe.validation == "split" and not len(shown)):
        raise DataError(
            _("No image remains without the rare class. Keep more of it, or use more images.")
        )
    return TrainingSet(spoiled, trained, (validation.x_train[shown], validation.y_train[shown]))
