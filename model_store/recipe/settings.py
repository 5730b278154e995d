"""Settings of a recipe: label, help, bounds and choices of each, in one table.

The form, the check, the tables of settings and the trainer read them here. Pure.
"""

from collections.abc import Mapping

from model_store.recipe.choices import (
    ACTIVATIONS,
    BIAS_INITIALIZERS,
    DATASETS,
    KERNEL_INITIALIZERS,
    LABELS,
    LOSSES,
    OPTIMIZERS,
    SHUFFLES,
    VALIDATIONS,
)
from model_store.recipe.validation import MAX_EPOCHS, MAX_NAME, Number, OneOf, Setting, Text

LEARNING_RATE = Number(
    "Learning rate",
    "Size of each step. Too small learns slowly, too large makes the loss jump.",
    1e-7,
    100.0,
)
NUMBERS: Mapping[str, Number] = {
    "learning_rate": LEARNING_RATE,
    "l1": Number("L1 penalty", "Added to the loss for large weights; 0 is none.", 0.0, 10.0, 1e-4),
    "l2": Number("L2 penalty", "Added to the loss for large weights; 0 is none.", 0.0, 10.0, 1e-4),
    "batch_size": Number("Batch size", "Images for each step.", 1, 60_000, whole=True),
    "epochs": Number("Epochs", "Passes through all training images.", 1, MAX_EPOCHS, whole=True),
    "validation_share": Number(
        "Part kept for validation", "0.1 keeps every tenth training image aside.", 0.01, 0.9
    ),
    "seed": Number(
        "Seed",
        "The same recipe and seed give the same initial weights and the same curve.",
        0,
        2**31 - 1,
        whole=True,
    ),
    "subset": Number(
        "Training images",
        "Fewer images make a quick demo. Empty: all of them.",
        10,
        60_000,
        whole=True,
        optional=True,
    ),
}
CHOICES: Mapping[str, OneOf] = {
    "dataset": OneOf("Data set", "Images that the network learns from.", DATASETS),
    "kernel_initializer": OneOf(
        "Weights start as", "Values of the weights before the first step.", KERNEL_INITIALIZERS
    ),
    "bias_initializer": OneOf(
        "Biases start as", "Value of every bias before the first step.", BIAS_INITIALIZERS
    ),
    "optimizer": OneOf("Optimizer", "How the weights follow the gradient.", OPTIMIZERS),
    "loss": OneOf("Loss", "The number that training makes small.", LOSSES),
    "labels": OneOf("Labels", "How the right answers are written.", LABELS),
    "shuffle": OneOf("Shuffle", "When the images get a new order.", SHUFFLES),
    "validation": OneOf(
        "Validation", "Images that check the network after every epoch.", VALIDATIONS
    ),
}
SETTINGS: Mapping[str, Setting] = {"name": Text("Name", "", MAX_NAME), **CHOICES, **NUMBERS}
UNITS = Number(
    "Units", "Outputs of this layer. More can learn more, but slower.", 1, 4096, whole=True
)
DROPOUT = Number(
    "Dropout",
    "Part of the outputs that is set to 0 at random in training, against over-fitting.",
    0.0,
    0.95,
    0.1,
)
LAYER_SETTINGS: Mapping[str, Setting] = {
    "units": UNITS,
    "activation": OneOf("Activation", "", ACTIVATIONS),
    "dropout": DROPOUT,
}
