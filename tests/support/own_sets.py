"""Small data sets of a person's own, made by the tests: bars that lie in other places."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model_store.recipe.choices import Dataset
from model_store.recipe.own_data import describe
from model_store.recipe.recipe import Hidden, Recipe
from training.data.own_sets import Card, OwnSets

NAMES = ("cat", "dog", "a fish", "horse", "bird", "cow", "hen", "pig", "owl", "ant")


def bars(label: int, count: int, seed: int = 0) -> NDArray[np.uint8]:
    """Return pictures of class `label`, uint8 [count, 28, 28]: a bar, its height its class."""
    rng = np.random.default_rng([seed, label])
    images = rng.integers(0, 60, (count, 28, 28)).astype(np.uint8)
    images[:, 2 * label + 3 : 2 * label + 5, 4:24] = 255
    return images


def made_up_set(classes: int, train: int = 20, test: int = 4) -> dict[str, NDArray[np.uint8]]:
    """Return the four arrays of a set with so many images of each class."""
    parts = {}
    for split, count in (("train", train), ("test", test)):
        seed = len(split)
        parts[f"x_{split}"] = np.concatenate([bars(c, count, seed) for c in range(classes)])
        parts[f"y_{split}"] = np.repeat(np.arange(classes), count).astype(np.uint8)
    return parts


def about(classes: int, train: int = 20, test: int = 4, label: str = "Our animals") -> Dataset:
    """Return the description of a `made_up_set`."""
    sizes = classes * train, classes * test
    return describe(label, NAMES[:classes], *sizes, "drawn by class 9b; CC0", True)


def own_recipe(root: Path, classes: int, owner: str = "ada", **settings: object) -> Recipe:
    """Store a `made_up_set` in the store at `root` and return a recipe that is trained on it."""
    card = stored(root, classes, owner)
    chosen = {"hidden": (Hidden(16),), "epochs": 4, "batch_size": 10, "seed": 3} | settings
    return Recipe(dataset=card.name, own=card.about, **chosen)  # type: ignore[arg-type]


def stored(root: Path, classes: int, owner: str = "ada", label: str = "Our animals") -> Card:
    """Store a `made_up_set` in the store at `root`."""
    return OwnSets(root).add(made_up_set(classes), about(classes, label=label), owner)
