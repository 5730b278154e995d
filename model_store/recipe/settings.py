"""Settings of a recipe: label, help, bounds and choices of each, in one table.

The form, the check, the tables of settings and the trainer read them here. Pure.
"""

from collections.abc import Mapping

from model_store.recipe.choices import (
    ACTIVATIONS,
    BIAS_INITIALIZERS,
    DATASETS,
    FIGURES,
    KEPT_WEIGHTS,
    KERNEL_INITIALIZERS,
    LABELS,
    LOSSES,
    MORE_ACTIVATIONS,
    OPTIMIZERS,
    PIXEL_NORMS,
    SCHEDULES,
    SHUFFLES,
    VALIDATIONS,
    sloped_activation,
)
from model_store.recipe.validation import (
    MAX_EPOCHS,
    MAX_NAME,
    Number,
    OneOf,
    Setting,
    Switch,
    Text,
    choice_problem,
)
from model_store.text import N_


class Activation(OneOf):
    """A key of `choices`, or one that only an imported network has."""

    __slots__ = ()

    def problem(self, value: object) -> str:
        """Return why the value is not allowed, or ""."""
        is_more = isinstance(value, str) and value in MORE_ACTIVATIONS
        return "" if is_more or sloped_activation(value) else choice_problem(value, self.choices)


LEARNING_RATE = Number(
    N_("Learning rate"),
    N_("Size of each step. Too small learns slowly, too large makes the loss jump."),
    1e-7,
    100.0,
)
NUMBERS: Mapping[str, Number] = {
    "learning_rate": LEARNING_RATE,
    "l1": Number(
        N_("L1 penalty"), N_("Added to the loss for large weights; 0 is none."), 0.0, 10.0, 1e-4
    ),
    "l2": Number(
        N_("L2 penalty"), N_("Added to the loss for large weights; 0 is none."), 0.0, 10.0, 1e-4
    ),
    "batch_size": Number(N_("Batch size"), N_("Images for each step."), 1, 60_000, whole=True),
    "epochs": Number(
        N_("Epochs"), N_("Passes through all training images."), 1, MAX_EPOCHS, whole=True
    ),
    "validation_share": Number(
        N_("Part kept for validation"), N_("0.1 keeps every tenth training image aside."), 0.01, 0.9
    ),
    "seed": Number(
        N_("Seed"),
        N_("The same recipe and seed give the same initial weights and the same curve."),
        0,
        2**31 - 1,
        whole=True,
    ),
    "subset": Number(
        N_("Training images"),
        N_("Fewer images make a quick demo. Empty: all of them."),
        10,
        60_000,
        whole=True,
        optional=True,
    ),
    "warmup": Number(
        N_("Warm-up (epochs)"),
        N_("The learning rate grows from 0 to its value over so many epochs; 0 is no warm-up."),
        0.0,
        float(MAX_EPOCHS),
        0.5,
    ),
    "decay": Number(
        N_("Factor"), N_("The learning rate is multiplied by it: 0.5 halves it."), 0.001, 0.999
    ),
    "decay_epochs": Number(
        N_("Epochs for the factor"),
        N_(
            "The learning rate is multiplied by the factor every so many epochs. On plateau: after "
            "so many epochs without improvement."
        ),
        1,
        MAX_EPOCHS,
        whole=True,
    ),
    "lowest_rate": Number(
        N_("Lowest learning rate (part)"),
        N_("The learning rate never falls below this part of itself: 0.1 is a tenth."),
        0.0,
        1.0,
        0.01,
    ),
    "patience": Number(
        N_("Patience (epochs)"),
        N_(
            "The training stops when the watched figure has not improved for so many epochs; 0 "
            "trains all epochs."
        ),
        0,
        MAX_EPOCHS,
        whole=True,
    ),
    "min_delta": Number(
        N_("Smallest improvement"),
        N_("A change of the watched figure that is smaller does not count as an improvement."),
        0.0,
        10.0,
    ),
    "label_smoothing": Number(
        N_("Label smoothing"),
        N_(
            "This part of each label is spread over all classes, so that the network gets less "
            "sure of itself; 0 is none."
        ),
        0.0,
        0.9,
        0.05,
    ),
}
CHOICES: Mapping[str, OneOf] = {
    "dataset": OneOf(N_("Data set"), N_("Images that the network learns from."), DATASETS),
    "kernel_initializer": OneOf(
        N_("Weights start as"),
        N_("Values of the weights before the first step."),
        KERNEL_INITIALIZERS,
    ),
    "bias_initializer": OneOf(
        N_("Biases start as"), N_("Value of every bias before the first step."), BIAS_INITIALIZERS
    ),
    "optimizer": OneOf(N_("Optimizer"), N_("How the weights follow the gradient."), OPTIMIZERS),
    "pixel_norm": OneOf(
        N_("Pixels divided"), N_("What pixels are divided by before the first layer."), PIXEL_NORMS
    ),
    "loss": OneOf(N_("Loss"), N_("The number that training makes small."), LOSSES),
    "labels": OneOf(N_("Labels"), N_("How the right answers are written."), LABELS),
    "shuffle": OneOf(N_("Shuffle"), N_("When the images get a new order."), SHUFFLES),
    "validation": OneOf(
        N_("Validation"), N_("Images that check the network after every epoch."), VALIDATIONS
    ),
    "schedule": OneOf(
        N_("Learning rate schedule"),
        N_("How the learning rate changes while the network learns."),
        SCHEDULES,
    ),
    "watch": OneOf(
        N_("Watched figure"),
        N_("Decides when to stop early, and when the learning rate falls on plateau."),
        FIGURES,
    ),
    "kept_weights": OneOf(
        N_("Weights kept"),
        N_("Which weights the model has at the end, if the training can stop early."),
        KEPT_WEIGHTS,
    ),
}
SETTINGS: Mapping[str, Setting] = {"name": Text(N_("Name"), "", MAX_NAME), **CHOICES, **NUMBERS}
UNITS = Number(
    N_("Units"), N_("Outputs of this layer. More can learn more, but slower."), 1, 4096, whole=True
)
DROPOUT = Number(
    N_("Dropout"),
    N_("Part of the outputs that is set to 0 at random in training, against over-fitting."),
    0.0,
    0.95,
    0.1,
)
BATCH_NORM = Switch(
    N_("Batch normalisation"),
    N_(
        "Each unit's weighted sums are brought to mean 0 and spread 1 over the batch, then scaled "
        "and shifted by two learned numbers. After the training, mean and spread are moving "
        "averages over the batches."
    ),
)
LAYER_SETTINGS: Mapping[str, Setting] = {
    "units": UNITS,
    "activation": Activation(N_("Activation"), "", ACTIVATIONS),
    "dropout": DROPOUT,
    "batch_norm": BATCH_NORM,
}
