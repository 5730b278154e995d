"""Questions that beginners ask, each a ready search space for any base recipe. Pure, any thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from model_store.recipe.choices import Choice
from training.sweeps.search_space import Dimension, Values

SEEDS = Values((0, 1))


@dataclass(frozen=True, slots=True)
class Question(Choice):
    """A question as a search space; `label` asks it, `help` says how it is answered."""

    space: tuple[tuple[str, Dimension], ...]


QUESTIONS: Mapping[str, Question] = {
    "learning-rate": Question(
        "What does the learning rate do?",
        "Six learning rates, each ten times the last or so, two seeds each: watch one crawl, one "
        "arrive and one jump about.",
        (("learning_rate", Values((0.0001, 0.001, 0.003, 0.01, 0.1, 1.0))), ("seed", SEEDS)),
    ),
    "shape": Question(
        "Wider or deeper?",
        "One, two or three hidden layers of 16, 64 or 256 units, two seeds each: what do more "
        "units bring, and what do more layers?",
        (
            ("hidden_layers", Values((1, 2, 3))),
            ("units", Values((16, 64, 256))),
            ("seed", SEEDS),
        ),
    ),
    "dropout": Question(
        "How much dropout?",
        "From none to three quarters, three seeds each: it costs accuracy in training, and what "
        "does it bring on new images?",
        (("dropout", Values((0.0, 0.2, 0.4, 0.6, 0.75))), ("seed", Values((0, 1, 2)))),
    ),
    "batch-size": Question(
        "Does batch size matter?",
        "From 4 to 256 images a step at the same number of epochs, two seeds each: look at the "
        "accuracy and at the seconds.",
        (("batch_size", Values((4, 16, 64, 256))), ("seed", SEEDS)),
    ),
}
