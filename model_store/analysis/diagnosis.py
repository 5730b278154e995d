"""Diagnosis of a run: findings that a teacher would point out, each with its figures.

A finding follows from the run's record, or from activations of the saved network. Without the
figures that it needs there is no finding. Pure, any thread.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from model_store.analysis.convergence import noisy, overfitting, plateau, rising
from model_store.analysis.failures import DeadUnits, chance, dead_units, diverged
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


# A finding hides others that have the same cause.
_HIDES = {
    FindingKind.DIVERGED: set(FindingKind) - {FindingKind.DIVERGED, FindingKind.DEAD},
    FindingKind.CHANCE: {FindingKind.PLATEAU, FindingKind.OVERFITTING},
    FindingKind.OVERFITTING: {FindingKind.PLATEAU},
    FindingKind.NOISY: {FindingKind.PLATEAU, FindingKind.RISING},
}


def diagnose(recipe: Recipe, history: History, dead: Sequence[DeadUnits] = ()) -> list[Finding]:
    """Return the findings about a run that has ended, the gravest first."""
    results = {
        FindingKind.DIVERGED: diverged(recipe, history),
        FindingKind.CHANCE: chance(recipe, history),
        FindingKind.DEAD: dead_units(dead),
        FindingKind.OVERFITTING: overfitting(history, keeps_best=recipe.keeps_best),
        FindingKind.RISING: rising(recipe, history),
        FindingKind.NOISY: noisy(recipe, history),
        FindingKind.PLATEAU: plateau(recipe, history),
    }
    found = {kind: texts for kind, texts in results.items() if texts}
    hidden = {kind for cause in found for kind in _HIDES.get(cause, ())}
    return [Finding(kind, *texts) for kind, texts in found.items() if kind not in hidden]
