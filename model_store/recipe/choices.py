"""Choices of a recipe, each once, as a name -> value map.

The form, the validation, the link and the exported script all read these maps: a choice that is
added here is added everywhere. Labels and help are English source text: translate them with `_`
where they are shown. Pure.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from model_store.recipe.validation import Choice as Choice
from model_store.recipe.validation import Number
from model_store.text import N_, _


@dataclass(frozen=True, slots=True)
class Dataset(Choice):
    """A data set of 28x28 grey images, uint8 in [0, 255], in 2 to 10 classes.

    `train` and `test` are numbers of images. `offline` data sets come with an installed package.
    `licence` names the authors and the terms. An `own` one was brought by a person, whose words
    are never translated.
    """

    class_names: tuple[str, ...]
    train: int
    test: int
    offline: bool = False
    drawable: bool = True
    licence: str = ""
    own: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Class names in the language of the current thread."""
        return self.class_names if self.own else tuple(map(_, self.class_names))

    @property
    def title(self) -> str:
        """The label in the language of the current thread."""
        return self.label if self.own else _(self.label)

    @property
    def is_digits(self) -> bool:
        """True if its classes are the digits, so that drawings of digits can test its models."""
        return self.class_names == DIGITS


@dataclass(frozen=True, slots=True)
class Option(Number):
    """A number that an optimizer takes beside its learning rate."""

    default: float = 0.0


@dataclass(frozen=True, slots=True)
class Optimizer(Choice):
    """An optimizer of Keras by its Keras name, with Keras' defaults."""

    learning_rate: float
    options: Mapping[str, Option] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Loss(Choice):
    """A loss of Keras by its Keras name; `labels` is the label form that it needs."""

    labels: str


IMAGE_SIDE = 28
# With Keras' own momentum, 0.99, the moving averages have 64 % of their first values after the 45
# batches of an epoch of Digits, with 0.9 they have 1 %.
BATCH_NORM_MOMENTUM = 0.9
BATCH_NORM_EPSILON = 1e-3  # Keras' own
CLASSES = 10  # of the data sets below; a recipe has as many as its own
DIGITS = tuple("0123456789")

DATASETS: Mapping[str, Dataset] = {
    "mnist": Dataset(
        N_("MNIST"),
        N_("70,000 handwritten digits, the classic first data set."),
        DIGITS,
        train=60_000,
        test=10_000,
        licence="LeCun, Cortes, Burges; CC BY-SA 3.0",
    ),
    "fashion_mnist": Dataset(
        N_("Fashion-MNIST"),
        N_("70,000 photographs of clothing: the format of MNIST, but harder."),
        (
            *(N_("T-shirt/top"), N_("Trouser"), N_("Pullover"), N_("Dress"), N_("Coat")),
            *(N_("Sandal"), N_("Shirt"), N_("Sneaker"), N_("Bag"), N_("Ankle boot")),
        ),
        train=60_000,
        test=10_000,
        drawable=False,
        licence="Zalando SE, 2017; MIT",
    ),
    "kmnist": Dataset(
        N_("KMNIST"),
        N_("70,000 letters of old Japanese handwriting, which few people today can read."),
        tuple("おきすつなはまやれを"),
        train=60_000,
        test=10_000,
        licence="KMNIST Dataset (CODH), from Kuzushiji Dataset (NIJL and others); CC BY-SA 4.0",
    ),
    "digits": Dataset(
        N_("Digits (offline)"),
        N_("1,797 handwritten digits that come with the app: small, quick, without a network."),
        DIGITS,
        train=1_437,
        test=360,
        offline=True,
        licence="Alpaydin, Kaynak, 1998, as scikit-learn has it; CC BY 4.0",
    ),
}

ACTIVATIONS: Mapping[str, Choice] = {
    "relu": Choice(
        N_("ReLU"), N_("Keeps positive values, turns negative ones into 0. The usual choice.")
    ),
    "tanh": Choice(N_("tanh"), N_("Squeezes values into -1 to 1.")),
    "sigmoid": Choice(
        N_("sigmoid"), N_("Squeezes values into 0 to 1; learns slowly in deep networks.")
    ),
    "elu": Choice(N_("ELU"), N_("Like ReLU, but negative values fade out smoothly to -1.")),
    "gelu": Choice(N_("GELU"), N_("A smooth ReLU, common in transformers.")),
    "silu": Choice(
        N_("SiLU (swish)"), N_("The value times its sigmoid: smooth, slightly below zero.")
    ),
    "linear": Choice(
        N_("linear"), N_("No activation: the layer adds nothing that one layer could not do.")
    ),
}

# Activations that only an imported network has: Keras' name -> a name for people.
MORE_ACTIVATIONS: Mapping[str, str] = {
    "selu": "SELU",
    "softplus": "softplus",
    "softsign": "softsign",
    "exponential": "exponential",
    "mish": "Mish",
    "relu6": "ReLU6",
    "hard_sigmoid": "hard sigmoid",
    "hard_silu": "hard SiLU",
    "hard_tanh": "hard tanh",
    "log_sigmoid": "log sigmoid",
    "squareplus": "squareplus",
    "sparse_plus": "sparse plus",
    "sparse_sigmoid": "sparse sigmoid",
    "soft_shrink": "soft shrink",
    "hard_shrink": "hard shrink",
    "tanh_shrink": "tanh shrink",
}
# Those with a number in their name, the slope for negative values: leaky_relu(0.3), elu(0.5).
SLOPED_ACTIVATIONS: Mapping[str, str] = {"leaky_relu": "LeakyReLU", "elu": "ELU"}
MAX_SLOPE = 10.0
_SLOPED = re.compile(r"([a-z_]{3,10})\(([0-9.e-]{1,16})\)")


def activation_name(kind: str, slope: float) -> str:
    """Return the name of LeakyReLU ("leaky_relu") or ELU ("elu") with a slope in [0, 10]."""
    if not slope:
        return "relu"
    if slope == 1:
        return "linear" if kind == "leaky_relu" else kind
    return f"{kind}({slope:.7g})"


def sloped_activation(name: object) -> tuple[str, float] | None:
    """Return kind and slope of a name that `activation_name` wrote; None for any other value."""
    found = _SLOPED.fullmatch(name) if isinstance(name, str) else None
    if found is None or found[1] not in SLOPED_ACTIVATIONS:
        return None
    try:
        slope = float(found[2])
    except ValueError:
        return None
    same = 0 < slope <= MAX_SLOPE and activation_name(found[1], slope) == name
    return (found[1], slope) if same else None


def activation_label(name: str) -> str:
    """Return an activation's name for people, in the language of the current thread."""
    if sloped := sloped_activation(name):
        return f"{SLOPED_ACTIVATIONS[sloped[0]]} {sloped[1]:g}"
    return _(ACTIVATIONS[name].label) if name in ACTIVATIONS else MORE_ACTIVATIONS[name]


# What is done to pixels from 0 to 1 before the first layer: Keras' UnitNormalization.
PIXEL_NORMS: Mapping[str, Choice] = {
    "none": Choice(N_("none"), N_("Pixels from 0 to 1.")),
    "columns": Choice(
        N_("each column by its length"),
        N_("Divides each column of pixels by the root of the sum of its squares."),
    ),
    "image": Choice(
        N_("the image by its length"),
        N_("Divides all pixels by the root of the sum of their squares."),
    ),
}

WEIGHT_DECAY = Option("weight_decay", N_("How hard weights are pulled towards zero."), 0.0, 1.0)
# At most one of these in a recipe; 0 is none.
CLIPPING: Mapping[str, Option] = {
    option.label: option
    for option in (
        Option(
            "clipnorm",
            N_("Longest gradient of one kernel or bias; 0 does not shorten it."),
            0.0,
            1e6,
        ),
        Option(
            "global_clipnorm",
            N_("Longest gradient of all weights together; 0 does not shorten it."),
            0.0,
            1e6,
        ),
        Option("clipvalue", N_("Largest number in a gradient; 0 has no limit."), 0.0, 1e6),
    )
}
OFF_AT_ZERO = (WEIGHT_DECAY.label, *CLIPPING)  # None in Keras
_RHO, _BETA_1, _BETA_2, _EPSILON, _MOMENTUM, _NESTEROV = (
    Option("rho", N_("Memory of the squared gradient."), 0.0, 0.9999, default=0.9),
    Option("beta_1", N_("Memory of the mean gradient; 0 is none."), 0.0, 0.9999, default=0.9),
    Option("beta_2", N_("Memory of the squared gradient."), 0.0, 0.99999, default=0.999),
    Option("epsilon", N_("Keeps the division finite."), 1e-12, 1.0, default=1e-7),
    Option("momentum", N_("Part of the last step that is kept; 0 is none."), 0.0, 0.9999),
    Option("nesterov", N_("1 looks ahead along the momentum first; 0 does not."), 0.0, 1.0),
)
BOOLEAN_OPTIONS = ("nesterov",)  # 0 or 1 in a recipe, False or True in Keras


def _named(*options: Option) -> Mapping[str, Option]:
    """Return these options, and after them those that every optimizer of Keras takes."""
    named = {option.label: option for option in options}
    return {**named, **{o.label: o for o in (WEIGHT_DECAY,) if o.label not in named}, **CLIPPING}


OPTIMIZERS: Mapping[str, Optimizer] = {
    "adam": Optimizer(
        N_("Adam"),
        N_("Adapts the step for each weight. Works well without tuning."),
        0.001,
        _named(_BETA_1, _BETA_2, _EPSILON),
    ),
    "sgd": Optimizer(
        N_("SGD"),
        N_("Stochastic gradient descent: every weight steps down its own gradient."),
        0.01,
        _named(_MOMENTUM, _NESTEROV),
    ),
    "rmsprop": Optimizer(
        N_("RMSprop"),
        N_("Divides each step by the recent size of its gradient."),
        0.001,
        _named(_RHO, _MOMENTUM, _EPSILON),
    ),
    "adagrad": Optimizer(
        N_("Adagrad"),
        N_("Steps shrink as a weight's squared gradients add up."),
        0.001,
        _named(_EPSILON),
    ),
    "adamw": Optimizer(
        N_("AdamW"),
        N_("Adam that also pulls all weights gently towards zero."),
        0.001,
        _named(replace(WEIGHT_DECAY, default=0.004), _BETA_1, _BETA_2, _EPSILON),
    ),
}

LABELS: Mapping[str, Choice] = {
    "integer": Choice(N_("integers"), N_("Each label is one number: the first class is 0.")),
    "one_hot": Choice(
        N_("one-hot"), N_("Each label is a number for each class: a 1 at its own and 0 elsewhere.")
    ),
}

LOSSES: Mapping[str, Loss] = {
    "sparse_categorical_crossentropy": Loss(
        N_("cross-entropy (integer labels)"),
        N_("Minus the logarithm of the right answer's probability."),
        "integer",
    ),
    "categorical_crossentropy": Loss(
        N_("cross-entropy (one-hot labels)"), N_("The same loss, for one-hot labels."), "one_hot"
    ),
    "mean_squared_error": Loss(
        N_("mean squared error"),
        N_("Mean squared distance between the probabilities and the one-hot label."),
        "one_hot",
    ),
}

KERNEL_INITIALIZERS: Mapping[str, Choice] = {
    "glorot_uniform": Choice(
        N_("Glorot uniform"), N_("Random, scaled to both sides of the layer.")
    ),
    "glorot_normal": Choice(N_("Glorot normal"), N_("Glorot's scale, bell-shaped.")),
    "he_uniform": Choice(N_("He uniform"), N_("Random, scaled for ReLU.")),
    "he_normal": Choice(N_("He normal"), N_("He's scale, bell-shaped.")),
    "random_normal": Choice(
        N_("small random"), N_("Bell-shaped with a standard deviation of 0.05.")
    ),
    "zeros": Choice(
        N_("zeros"), N_("All weights are equal: hidden layers cannot learn. Try it once.")
    ),
}

BIAS_INITIALIZERS: Mapping[str, Choice] = {
    "zeros": Choice(N_("zeros"), N_("Every bias starts at 0. The usual choice.")),
    "ones": Choice(N_("ones"), N_("Every bias starts at 1.")),
}

SHUFFLES: Mapping[str, Choice] = {
    "every_epoch": Choice(
        N_("before every epoch"), N_("A new order each time, so the batches differ.")
    ),
    "once": Choice(
        N_("once"), N_("One order for all epochs: what Keras' `fit` does when a seed is set.")
    ),
}

VALIDATIONS: Mapping[str, Choice] = {
    "none": Choice(
        N_("none"), N_("No validation while it trains; the test set is used at the end.")
    ),
    "test": Choice(
        N_("test set"),
        N_(
            "The test set after every epoch, as many tutorials do. If you choose settings by it, "
            "the test accuracy looks better than it is."
        ),
    ),
    "split": Choice(
        N_("part of the training set"),
        N_("Keeps some training images aside for validation: the right way to choose settings."),
    ),
}

SCHEDULES: Mapping[str, Choice] = {
    "constant": Choice(N_("constant"), N_("The learning rate stays as it is.")),
    "step": Choice(
        N_("steps down"), N_("Every few epochs the learning rate is multiplied by the factor.")
    ),
    "exponential": Choice(
        N_("exponential"),
        N_("Falls smoothly: over the given number of epochs it is multiplied by the factor once."),
    ),
    "cosine": Choice(
        N_("cosine"), N_("Falls like half a wave: slowly, then fast, then slowly, to its lowest.")
    ),
    "plateau": Choice(
        N_("on plateau"),
        N_(
            "Multiplied by the factor when the watched figure has not improved for the given "
            "number of epochs."
        ),
    ),
}

SCHEDULED: Mapping[str, tuple[str, ...]] = {  # setting -> the schedules that it counts for
    "decay": ("step", "exponential", "plateau"),
    "decay_epochs": ("step", "exponential", "plateau"),
    "lowest_rate": ("cosine", "plateau"),
}

FIGURES: Mapping[str, Choice] = {
    "val_loss": Choice(N_("validation loss"), N_("Lower is better. The usual choice.")),
    "val_accuracy": Choice(N_("validation accuracy"), N_("Higher is better.")),
    "loss": Choice(
        N_("training loss"), N_("Lower is better. It does not show if new images gain as well.")
    ),
    "accuracy": Choice(
        N_("training accuracy"),
        N_("Higher is better. It does not show if new images gain as well."),
    ),
}

KEPT_WEIGHTS: Mapping[str, Choice] = {
    "best": Choice(N_("of the best epoch"), N_("The model goes back to its best epoch.")),
    "last": Choice(N_("of the last epoch"), N_("The model stays as the training left it.")),
}

AUGMENTATIONS: Mapping[str, Number] = {
    "shift": Number(
        N_("Shift (pixels)"),
        N_("Largest move to the left or right, and up or down."),
        0.0,
        8.0,
        0.5,
    ),
    "rotation": Number(
        N_("Rotation (degrees)"), N_("Largest turn to either side."), 0.0, 180.0, 1.0
    ),
    "shear": Number(
        N_("Slant"),
        N_("Largest slant to either side: 0.5 moves the top by half the height."),
        0.0,
        1.0,
        0.05,
    ),
    "scale": Number(
        N_("Size"),
        N_("0.1 makes it up to 10 % wider or narrower, and taller or flatter."),
        0.0,
        0.5,
        0.05,
    ),
    "stroke": Number(
        N_("Line width"), N_("1 makes lines up to two pixels thicker or thinner."), 0.0, 1.0, 0.1
    ),
    "warp": Number(
        N_("Wobble (pixels)"),
        N_("Bends the image like a rubber sheet: largest move of points 7 pixels apart."),
        0.0,
        8.0,
        0.5,
    ),
}
