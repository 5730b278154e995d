"""Recipes by name: six classifiers from published tutorials, and the app's own.

Settings follow the documents exactly. `Preset.figures` is what a document printed, where it
printed any; `Preset.reference` is the test accuracy of plain Keras 3.15 (`model.fit`, one
thread) for the seeds 0, 1 and 2, measured on the full data sets. A seeded `fit` repeats one order
of the images in every epoch, so the tutorials' recipes do the same (`shuffle="once"`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from model_store.recipe.recipe import Augment, Hidden, Recipe

SPREAD = 0.005  # a reproduction is right within the reference's spread, widened by this


@dataclass(frozen=True, slots=True)
class Preset:
    """A named recipe, where it is from, and the figures to compare with; accuracies in [0, 1]."""

    recipe: Recipe
    source: str
    figures: Mapping[str, float | tuple[float, ...]] = field(default_factory=dict)
    reference: tuple[float, ...] = ()

    @property
    def accepted(self) -> tuple[float, float] | None:
        """Lowest and highest test accuracy that count as reproduced."""
        if not self.reference:
            return None
        return min(self.reference) - SPREAD, max(self.reference) + SPREAD


_FASHION_5 = Recipe(
    name="Fashion MLP, 5 epochs",
    dataset="fashion_mnist",
    hidden=(Hidden(128, "relu"),),
    optimizer="adam",
    learning_rate=0.001,
    loss="sparse_categorical_crossentropy",
    labels="integer",
    batch_size=32,
    epochs=5,
    shuffle="once",
    validation="none",
)

TUTORIALS: Mapping[str, Preset] = {
    "fashion-mlp-5": Preset(
        _FASHION_5,
        "Softmax regression with Keras (Fashion-MNIST)",
        {
            "train_accuracy_by_epoch": (0.8322, 0.8683, 0.8824, 0.8917, 0.9098),
            "train_loss_by_epoch": (0.4714, 0.3598, 0.3201, 0.2949, 0.2767),
            "test_loss": 0.2908,
            "test_accuracy": 0.8956,
        },
        (0.8704, 0.8698, 0.8718),
    ),
    "fashion-mlp-10": Preset(
        _FASHION_5.with_(name="Fashion MLP, 10 epochs", epochs=10),
        "Softmax activation for multi-class problems, first model",
        {
            "train_accuracy_by_epoch": (
                *(0.8255, 0.8658, 0.8773, 0.8858, 0.8913),
                *(0.8963, 0.9012, 0.9047, 0.9092, 0.9116),
            ),
            "test_loss": 0.3444,
            "test_accuracy": 0.8922,
            "train_accuracy": 0.9440,
        },
        (0.8777, 0.8781, 0.8784),
    ),
    "fashion-dropout": Preset(
        Recipe(
            name="Fashion MLP with dropout",
            dataset="fashion_mnist",
            hidden=(
                Hidden(128, "relu", 0.5),
                Hidden(64, "relu", 0.5),
                Hidden(64, "relu", 0.5),
            ),
            optimizer="adam",
            learning_rate=0.001,
            loss="categorical_crossentropy",
            labels="one_hot",
            batch_size=32,
            epochs=10,
            shuffle="once",
            validation="test",
        ),
        "Softmax activation for multi-class problems, second model (one-hot labels)",
        {
            "val_accuracy_by_epoch": (
                *(0.7851, 0.7965, 0.8118, 0.8302, 0.8285),
                *(0.8297, 0.8290, 0.8410, 0.8334, 0.8410),
            ),
            "test_loss": 0.4362,
            "test_accuracy": 0.8410,
            "last_train_accuracy": 0.8159,
        },
        (0.8354, 0.8454, 0.8474),
    ),
    "mnist-mlp-512": Preset(
        Recipe(
            name="MNIST MLP 512-512",
            dataset="mnist",
            hidden=(Hidden(512, "relu", 0.2), Hidden(512, "relu", 0.2)),
            optimizer="rmsprop",
            learning_rate=0.001,
            optimizer_options=(("epsilon", 1e-08), ("rho", 0.9)),
            loss="categorical_crossentropy",
            labels="one_hot",
            batch_size=128,
            epochs=10,
            shuffle="once",
            validation="test",
        ),
        "Keras by example, part 2",
        {"first_test_image_probability": 1.0},
        (0.9841, 0.9839, 0.9824),
    ),
    "tf-basic-classification": Preset(
        _FASHION_5.with_(name="Basic classification"),
        "Neural networks: basic classification",
        {
            "train_accuracy_by_epoch": (0.8267, 0.8641, 0.8784, 0.8855, 0.8921),
            "train_loss_by_epoch": (0.4949, 0.3753, 0.3355, 0.3136, 0.2955),
            "test_loss": 0.3489,
            "test_accuracy": 0.8713,
            "first_test_image_probability": 0.897,
        },
        (0.8704, 0.8698, 0.8718),
    ),
    "mnist-softmax-regression": Preset(
        Recipe(
            name="MNIST softmax regression",
            dataset="mnist",
            hidden=(),
            bias_initializer="ones",
            optimizer="sgd",
            learning_rate=0.2,
            loss="mean_squared_error",
            labels="one_hot",
            batch_size=32,
            epochs=10,
            shuffle="once",
            validation="none",
        ),
        "MNIST classification",
        {},
        (0.9177, 0.9183, 0.9193),
    ),
}

OWN: Mapping[str, Preset] = {
    "digits-quick": Preset(
        Recipe(
            name="Digits, quick and offline",
            dataset="digits",
            hidden=(Hidden(64, "relu"),),
            batch_size=16,
            epochs=20,
            validation="test",
        ),
        "Softmax Lab: a first training that takes seconds and needs no network",
    ),
    "digits-softmax": Preset(
        Recipe(
            name="Digits softmax regression",
            dataset="digits",
            hidden=(),
            batch_size=16,
            epochs=20,
            validation="test",
        ),
        "Softmax Lab: no hidden layer, so that each class has one picture of weights",
    ),
    "mnist-mlp-128": Preset(
        Recipe(
            name="MNIST MLP 128",
            dataset="mnist",
            hidden=(Hidden(128, "relu", 0.2),),
            batch_size=64,
            epochs=10,
            validation="test",
        ),
        "Softmax Lab: a digit model of a hundred thousand parameters, learned in ten epochs",
    ),
    "drawing-ready": Preset(
        Recipe(
            name="Drawing-ready",
            dataset="mnist",
            hidden=(Hidden(512, "relu", 0.2), Hidden(512, "relu", 0.2)),
            batch_size=128,
            epochs=20,
            validation="test",
            augment=Augment(shift=1.5, rotation=10.0, shear=0.15, scale=0.1, stroke=0.4, warp=1.5),
        ),
        "Softmax Lab: sees each digit as other hands would write it, so that it reads yours",
    ),
}

PRESETS: Mapping[str, Preset] = {**TUTORIALS, **OWN}


def find_preset(recipe: Recipe) -> Preset | None:
    """Return the preset with these settings and reference figures; the seed is ignored.

    Two presets can have equal settings: the one with the recipe's name comes first.
    """
    settings = recipe.with_(seed=0).hash
    equal = [p for p in PRESETS.values() if p.reference and p.recipe.hash == settings]
    return next((p for p in equal if p.recipe.name == recipe.name), equal[0] if equal else None)
