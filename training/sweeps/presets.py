"""Questions of beginners, each a ready search space for any base recipe. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from model_store.recipe.validation import Choice
from model_store.text import N_
from training.sweeps.search_space import Dimension, Values

SEEDS = Values((0, 1))


@dataclass(frozen=True, slots=True)
class Question(Choice):
    """A question as a search space; `label` asks it, `help` says how it is answered."""

    space: tuple[tuple[str, Dimension], ...]


QUESTIONS: Mapping[str, Question] = {
    "learning-rate": Question(
        N_("What does the learning rate do?"),
        N_(
            "Six learning rates from very small to very large, two seeds each. See which learns "
            "slowly, which learns well and which jumps around."
        ),
        (("learning_rate", Values((0.0001, 0.001, 0.003, 0.01, 0.1, 1.0))), ("seed", SEEDS)),
    ),
    "shape": Question(
        N_("Wider or deeper?"),
        N_(
            "One, two or three hidden layers of 16, 64 or 256 units, two seeds each. See what more "
            "units bring, and what more layers bring."
        ),
        (("hidden_layers", Values((1, 2, 3))), ("units", Values((16, 64, 256))), ("seed", SEEDS)),
    ),
    "dropout": Question(
        N_("How much dropout?"),
        N_(
            "From none to three quarters, three seeds each. It costs accuracy in training. See "
            "what it brings on new images."
        ),
        (("dropout", Values((0.0, 0.2, 0.4, 0.6, 0.75))), ("seed", Values((0, 1, 2)))),
    ),
    "batch-size": Question(
        N_("Does batch size matter?"),
        N_(
            "From 4 to 256 images for each step, the same number of epochs, two seeds each. "
            "Compare the accuracy and the seconds."
        ),
        (("batch_size", Values((4, 16, 64, 256))), ("seed", SEEDS)),
    ),
    "wrong-labels": Question(
        N_("How many wrong labels does it stand?"),
        N_(
            "From none to four of five training labels wrong, two seeds each. Validation and test "
            "labels stay right, so they show what it learned all the same."
        ),
        (("wrong_labels", Values((0.0, 0.2, 0.4, 0.6, 0.8))), ("seed", SEEDS)),
    ),
}
