"""Diagnosis of a run: findings that a teacher would point out, each with its figures.

A finding follows from the run's record, or from activations of the saved network. Without the
figures that it needs there is no finding. Pure, any thread.
"""

from __future__ import annotations

from collections.abc import Sequence

from model_store.analysis.convergence import noisy, overfitting, plateau, rising
from model_store.analysis.failures import DeadUnits, chance, count_dead_units, dead_units, diverged
from model_store.analysis.finding import Finding, FindingKind
from model_store.recipe.recipe import Recipe
from model_store.runs.history import History

__all__ = ["DeadUnits", "Finding", "FindingKind", "count_dead_units", "diagnose"]

_CHECKS = (diverged, chance, overfitting, rising, noisy, plateau)
# A finding hides others that have the same cause.
_HIDES = {
    FindingKind.DIVERGED: set(FindingKind) - {FindingKind.DIVERGED, FindingKind.DEAD},
    FindingKind.CHANCE: {FindingKind.PLATEAU, FindingKind.OVERFITTING},
    FindingKind.OVERFITTING: {FindingKind.PLATEAU},
    FindingKind.NOISY: {FindingKind.PLATEAU, FindingKind.RISING},
}


def diagnose(recipe: Recipe, history: History, dead: Sequence[DeadUnits] = ()) -> list[Finding]:
    """Return the findings about a run that has ended, the gravest first."""
    findings = [*(check(recipe, history) for check in _CHECKS), dead_units(dead)]
    found = {finding.kind: finding for finding in findings if finding}
    hidden = {kind for cause in found for kind in _HIDES.get(cause, ())}
    return [found[kind] for kind in FindingKind if kind in found and kind not in hidden]
