"""A note on a run: what is seen, the figures that show it, what to try. Pure, any thread."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from model_store.recipe.recipe import Recipe
from model_store.runs.history import History


class FindingKind(StrEnum):
    """What a note is about."""

    DIVERGED = "diverged"
    CHANCE = "chance"
    DEAD = "dead"
    OVERFITTING = "overfitting"
    RISING = "rising"
    NOISY = "noisy"
    PLATEAU = "plateau"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is seen, the figures that show it, and what to try: a sentence or two each, plain."""

    kind: FindingKind
    observation: str
    evidence: str
    advice: str


def last_rate(recipe: Recipe, history: History) -> float:
    """The learning rate that counted last: the recipe's, or the one set by hand."""
    return history.learning_rates[-1].value if history.learning_rates else recipe.learning_rate


def percent(share: float) -> str:
    """0.9776 -> "97.8 %"."""
    return f"{100 * share:.1f} %"


def number(value: float) -> str:
    """Three digits that count."""
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.2e}"
