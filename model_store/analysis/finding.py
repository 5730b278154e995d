"""A finding about a run: an observation, its figures, and advice. Pure, any thread."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from model_store.recipe.recipe import Recipe
from model_store.runs.history import History


class FindingKind(StrEnum):
    """Subject of a finding, the gravest first."""

    DIVERGED = "diverged"
    CHANCE = "chance"
    DEAD = "dead"
    OVERFITTING = "overfitting"
    RISING = "rising"
    NOISY = "noisy"
    PLATEAU = "plateau"


@dataclass(frozen=True, slots=True)
class Finding:
    """An observation, the figures that show it, and advice: a sentence or two each."""

    kind: FindingKind
    observation: str
    evidence: str
    advice: str

    @classmethod
    def of(cls, kind: FindingKind, *texts: str, **values: object) -> Finding:
        """Fill the values into observation, evidence and advice."""
        return cls(kind, *(text.format(**values) for text in texts))


def last_learning_rate(recipe: Recipe, history: History) -> float:
    """Return the learning rate at the end: the recipe's, or the last one set by hand."""
    return history.learning_rates[-1].value if history.learning_rates else recipe.learning_rate
