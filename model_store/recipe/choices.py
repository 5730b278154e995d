"""What a recipe can name: each choice once, as a name -> value map.

The form, the validation, the link and the exported script all read these maps; adding a choice
here adds it everywhere. Labels and help are English source text: pass them through gettext where
they are shown. Pure data, no heavy import: safe in the server process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Choice:
    """A named option with the words a person reads."""

    label: str
    help: str


@dataclass(frozen=True, slots=True)
class Dataset(Choice):
    """A data set of 28x28 grey images, uint8 in [0, 255], in ten classes.

    `train` and `test` are numbers of images. `offline` data sets come with an installed package.
    `licence` names the authors and the terms.
    """

    class_names: tuple[str, ...]
    train: int
    test: int
    offline: bool = False
    drawable: bool = True
    licence: str = ""

    @property
    def total(self) -> int:
        """Images in both splits."""
        return self.train + self.test


@dataclass(frozen=True, slots=True)
class Option:
    """One number that an optimizer takes beside its learning rate; `low` <= value <= `high`."""

    default: float
    low: float
    high: float
    help: str


@dataclass(frozen=True, slots=True)
class Optimizer(Choice):
    """An optimizer of Keras by its Keras name, with Keras' defaults."""

    learning_rate: float
    options: Mapping[str, Option] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Loss(Choice):
    """A loss of Keras by its Keras name; `labels` is the label form that it needs."""

    labels: str


@dataclass(frozen=True, slots=True)
class AugmentationRange(Choice):
    """A way to change a training image at random: by at most a value in [0, `high`]; 0 is not."""

    high: float
    step: float


IMAGE_SIDE = 28
CLASSES = 10
DIGITS = tuple("0123456789")

DATASETS: Mapping[str, Dataset] = {
    "mnist": Dataset(
        "MNIST",
        "70,000 handwritten digits, the classic first data set.",
        DIGITS,
        train=60_000,
        test=10_000,
        licence="LeCun, Cortes, Burges; CC BY-SA 3.0",
    ),
    "fashion_mnist": Dataset(
        "Fashion-MNIST",
        "70,000 photographs of clothing: the same format as MNIST, and harder.",
        (
            "T-shirt/top",
            "Trouser",
            "Pullover",
            "Dress",
            "Coat",
            "Sandal",
            "Shirt",
            "Sneaker",
            "Bag",
            "Ankle boot",
        ),
        train=60_000,
        test=10_000,
        drawable=False,
        licence="Zalando SE, 2017; MIT",
    ),
    "digits": Dataset(
        "Digits (offline)",
        "1,797 handwritten digits that come with the app: small, quick, needs no network.",
        DIGITS,
        train=1_437,
        test=360,
        offline=True,
        licence="Alpaydin, Kaynak, 1998, as scikit-learn has it; CC BY 4.0",
    ),
}

ACTIVATIONS: Mapping[str, Choice] = {
    "relu": Choice("ReLU", "Passes positive values, cuts negative ones to zero. The usual choice."),
    "tanh": Choice("tanh", "Squeezes values into -1 to 1."),
    "sigmoid": Choice("sigmoid", "Squeezes values into 0 to 1; learns slowly in deep networks."),
    "elu": Choice("ELU", "Like ReLU, but negative values fade out smoothly to -1."),
    "gelu": Choice("GELU", "A smooth ReLU, common in transformers."),
    "silu": Choice("SiLU (swish)", "The value times its sigmoid: smooth, slightly below zero."),
    "linear": Choice(
        "linear", "No activation: the layer adds nothing that one layer could not do."
    ),
}

OPTIMIZERS: Mapping[str, Optimizer] = {
    "adam": Optimizer(
        "Adam",
        "Adapts the step for each weight. Works well without tuning.",
        0.001,
        {
            "beta_1": Option(0.9, 0.0, 0.9999, "Memory of the mean gradient; 0 forgets at once."),
            "beta_2": Option(0.999, 0.0, 0.99999, "Memory of the squared gradient."),
            "epsilon": Option(1e-7, 1e-12, 1.0, "Keeps the division from exploding."),
        },
    ),
    "sgd": Optimizer(
        "SGD",
        "Stochastic gradient descent: every weight steps down its own gradient.",
        0.01,
        {
            "momentum": Option(0.0, 0.0, 0.9999, "Share of the last step that is kept; 0 is none."),
            "nesterov": Option(
                0.0, 0.0, 1.0, "1 looks ahead along the momentum first; 0 does not."
            ),
        },
    ),
    "rmsprop": Optimizer(
        "RMSprop",
        "Divides each step by the recent size of its gradient.",
        0.001,
        {
            "rho": Option(0.9, 0.0, 0.9999, "Memory of the squared gradient."),
            "momentum": Option(0.0, 0.0, 0.9999, "Share of the last step that is kept; 0 is none."),
            "epsilon": Option(1e-7, 1e-12, 1.0, "Keeps the division from exploding."),
        },
    ),
    "adagrad": Optimizer(
        "Adagrad",
        "Steps shrink as a weight's squared gradients add up.",
        0.001,
        {"epsilon": Option(1e-7, 1e-12, 1.0, "Keeps the division from exploding.")},
    ),
    "adamw": Optimizer(
        "AdamW",
        "Adam that also pulls all weights gently towards zero.",
        0.001,
        {
            "weight_decay": Option(0.004, 0.0, 1.0, "How hard weights are pulled towards zero."),
            "beta_1": Option(0.9, 0.0, 0.9999, "Memory of the mean gradient; 0 forgets at once."),
            "beta_2": Option(0.999, 0.0, 0.99999, "Memory of the squared gradient."),
            "epsilon": Option(1e-7, 1e-12, 1.0, "Keeps the division from exploding."),
        },
    ),
}

LABELS: Mapping[str, Choice] = {
    "integer": Choice("integers", "Each label is one number, 0 to 9."),
    "one_hot": Choice("one-hot", "Each label is ten numbers: a 1 at its class and nine 0."),
}

LOSSES: Mapping[str, Loss] = {
    "sparse_categorical_crossentropy": Loss(
        "cross-entropy (integer labels)",
        "Surprise at the right answer: minus the log of its probability.",
        "integer",
    ),
    "categorical_crossentropy": Loss(
        "cross-entropy (one-hot labels)",
        "The same surprise, reading one-hot labels.",
        "one_hot",
    ),
    "mean_squared_error": Loss(
        "mean squared error",
        "Mean squared distance between the ten probabilities and the one-hot label.",
        "one_hot",
    ),
}

KERNEL_INITIALIZERS: Mapping[str, Choice] = {
    "glorot_uniform": Choice("Glorot uniform", "Random, scaled to both sides of the layer."),
    "glorot_normal": Choice("Glorot normal", "Glorot's scale, bell-shaped."),
    "he_uniform": Choice("He uniform", "Random, scaled for ReLU."),
    "he_normal": Choice("He normal", "He's scale, bell-shaped."),
    "random_normal": Choice("small random", "Bell-shaped with a standard deviation of 0.05."),
    "zeros": Choice("zeros", "All weights equal: hidden layers cannot learn. Try it once."),
}

BIAS_INITIALIZERS: Mapping[str, Choice] = {
    "zeros": Choice("zeros", "Every bias starts at 0. The usual choice."),
    "ones": Choice("ones", "Every bias starts at 1."),
}

SHUFFLES: Mapping[str, Choice] = {
    "every_epoch": Choice("before every epoch", "A new order each time: no batch comes back."),
    "once": Choice(
        "once",
        "One seeded order, the same in each epoch: what Keras' `fit` does once a seed is set.",
    ),
}

VALIDATIONS: Mapping[str, Choice] = {
    "none": Choice(
        "none",
        "Only training figures while it trains; the test set is used at the end.",
    ),
    "test": Choice(
        "test set",
        "The test set after every epoch, as many tutorials do. Choosing by it flatters the result.",
    ),
    "split": Choice(
        "share of the training set",
        "Keeps some training images aside to validate on: the honest way to choose settings.",
    ),
}

AUGMENTATIONS: Mapping[str, AugmentationRange] = {
    "shift": AugmentationRange(
        "Shift (pixels)", "Moved this far at most, left or right and up or down.", 8.0, 0.5
    ),
    "rotation": AugmentationRange(
        "Rotation (degrees)", "Turned this far at most, either way.", 180.0, 1.0
    ),
    "shear": AugmentationRange(
        "Slant", "Leaned over this far at most: 0.5 moves the top by half its height.", 1.0, 0.05
    ),
    "scale": AugmentationRange(
        "Size", "0.1 makes it up to 10% wider or narrower, and taller or flatter.", 0.5, 0.05
    ),
    "stroke": AugmentationRange(
        "Line width", "Lines up to this share of two pixels thicker, or thinner.", 1.0, 0.1
    ),
    "warp": AugmentationRange(
        "Wobble (pixels)",
        "Bent like a rubber sheet: points 7 pixels apart are moved this far at most.",
        8.0,
        0.5,
    ),
}
