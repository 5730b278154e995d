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
    def of(
        cls, kind: FindingKind, observation: str, evidence: str, advice: str, **values: object
    ) -> Finding:
        """Fill the values into all three texts; floats get three digits, ints separators."""
        shown = {name: _shown(value) for name, value in values.items()}
        return cls(kind, *(text.format(**shown) for text in (observation, evidence, advice)))


def last_learning_rate(recipe: Recipe, history: History) -> str:
    """Return the learning rate at the end: the recipe's, or the last one set by hand."""
    changes = history.learning_rates
    return f"{changes[-1].value if changes else recipe.learning_rate:g}"


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 1000 else f"{value:.2e}"
    return f"{value:,}" if isinstance(value, int) else str(value)
