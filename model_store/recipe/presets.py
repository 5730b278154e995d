"""Presets: recipes by name, six classifiers from published tutorials and the app's own.

Settings follow the documents exactly; those that are not given are the defaults of `Recipe`.
`Preset.figures` has figures that a document printed. `Preset.reference` is the test accuracy of
plain Keras 3.15 (`model.fit`, one thread) for the seeds 0, 1 and 2 on the full data sets. A seeded
`fit` repeats one order of the images in every epoch, and so do the tutorials' recipes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from model_store.recipe.recipe import Augment, Hidden, Recipe

SPREAD = 0.005  # widens the range of the reference on each side


@dataclass(frozen=True, slots=True)
class Preset:
    """A named recipe, its source, and figures to compare with; accuracies in [0, 1]."""

    recipe: Recipe
    source: str
    figures: Mapping[str, float | tuple[float, ...]] = field(default_factory=dict)
    reference: tuple[float, ...] = ()

    @property
    def accepted(self) -> tuple[float, float] | None:
        """Range of test accuracies that count as reproduced, `SPREAD` wider than the reference."""
        if not self.reference:
            return None
        return min(self.reference) - SPREAD, max(self.reference) + SPREAD


_FASHION = Recipe(
    name="Fashion MLP, 5 epochs",
    dataset="fashion_mnist",
    hidden=(Hidden(128, "relu"),),
    epochs=5,
    shuffle="once",
)
_ONE_HOT: Mapping[str, Any] = {"loss": "categorical_crossentropy", "labels": "one_hot"}

TUTORIALS: Mapping[str, Preset] = {
    "fashion-mlp-5": Preset(
        _FASHION,
        "Softmax regression with Keras (Fashion-MNIST)",
        {
            "train_accuracy_by_epoch": (0.8322, 0.8683, 0.8824, 0.8917, 0.9098),
            "test_loss": 0.2908,
            "test_accuracy": 0.8956,
        },
        (0.8704, 0.8698, 0.8718),
    ),
    "fashion-mlp-10": Preset(
        _FASHION.with_(name="Fashion MLP, 10 epochs", epochs=10),
        "Softmax activation for multi-class problems, first model",
        {
            "train_accuracy_by_epoch": (
                *(0.8255, 0.8658, 0.8773, 0.8858, 0.8913),
                *(0.8963, 0.9012, 0.9047, 0.9092, 0.9116),
            ),
            "test_loss": 0.3444,
            "test_accuracy": 0.8922,
        },
        (0.8777, 0.8781, 0.8784),
    ),
    "fashion-dropout": Preset(
        _FASHION.with_(
            name="Fashion MLP with dropout",
            hidden=(Hidden(128, "relu", 0.5), Hidden(64, "relu", 0.5), Hidden(64, "relu", 0.5)),
            epochs=10,
            validation="test",
            **_ONE_HOT,
        ),
        "Softmax activation for multi-class problems, second model (one-hot labels)",
        {"test_loss": 0.4362, "test_accuracy": 0.8410},
        (0.8354, 0.8454, 0.8474),
    ),
    "mnist-mlp-512": Preset(
        Recipe(
            name="MNIST MLP 512-512",
            hidden=(Hidden(512, "relu", 0.2), Hidden(512, "relu", 0.2)),
            optimizer="rmsprop",
            optimizer_options=(("epsilon", 1e-08), ("rho", 0.9)),
            batch_size=128,
            epochs=10,
            shuffle="once",
            validation="test",
            **_ONE_HOT,
        ),
        "Keras by example, part 2",
        reference=(0.9841, 0.9839, 0.9824),
    ),
    "tf-basic-classification": Preset(
        _FASHION.with_(name="Basic classification"),
        "Neural networks: basic classification",
        {
            "train_accuracy_by_epoch": (0.8267, 0.8641, 0.8784, 0.8855, 0.8921),
            "test_loss": 0.3489,
            "test_accuracy": 0.8713,
        },
        (0.8704, 0.8698, 0.8718),
    ),
    "mnist-softmax-regression": Preset(
        Recipe(
            name="MNIST softmax regression",
            hidden=(),
            bias_initializer="ones",
            optimizer="sgd",
            learning_rate=0.2,
            loss="mean_squared_error",
            labels="one_hot",
            epochs=10,
            shuffle="once",
        ),
        "MNIST classification",
        reference=(0.9177, 0.9183, 0.9193),
    ),
}

_DIGITS = Recipe(
    name="Digits, quick and offline",
    dataset="digits",
    hidden=(Hidden(64, "relu"),),
    batch_size=16,
    epochs=20,
    validation="test",
)
_AUGMENT = Augment(shift=1.5, rotation=10.0, shear=0.15, scale=0.1, stroke=0.4, warp=1.5)

PRESETS: Mapping[str, Preset] = {
    **TUTORIALS,
    "digits-quick": Preset(
        _DIGITS, "Softmax Lab: a first training that takes seconds and needs no network"
    ),
    "digits-softmax": Preset(
        _DIGITS.with_(name="Digits softmax regression", hidden=()),
        "Softmax Lab: no hidden layer, so each class has one picture of weights",
    ),
    "mnist-mlp-128": Preset(
        Recipe(
            name="MNIST MLP 128",
            hidden=(Hidden(128, "relu", 0.2),),
            batch_size=64,
            epochs=10,
            validation="test",
        ),
        "Softmax Lab: a digit model with a hundred thousand parameters, trained in ten epochs",
    ),
    "drawing-ready": Preset(
        Recipe(
            name="Drawing-ready",
            hidden=(Hidden(512, "relu", 0.2), Hidden(512, "relu", 0.2)),
            batch_size=128,
            epochs=20,
            validation="test",
            augment=_AUGMENT,
        ),
        "Softmax Lab: trained on changed digits, so that it recognises your handwriting",
    ),
}


def find_preset(recipe: Recipe) -> Preset | None:
    """Return the preset with these settings and reference figures; the seed is ignored.

    Two presets can have equal settings: the one with the recipe's name comes first.
    """
    settings = recipe.with_(seed=0).hash
    equal = [p for p in PRESETS.values() if p.reference and p.recipe.hash == settings]
    return next((p for p in equal if p.recipe.name == recipe.name), equal[0] if equal else None)
