"""Ask the curve: diagnose that a teacher would give, each with the figures that it rests on.

Every note is a function of a run's record (and, for dead units, of activations that the saved
network really has). Where the figures that a note needs are missing there is no note. Each
threshold stands with its reason above the function that uses it, in `trouble` and `learning`.
Pure, any thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from model_store.analysis.convergence import noisy, overfitting, plateau, rising
from model_store.analysis.failures import DeadUnits, chance, count_dead_units, dead_units, diverged
from model_store.analysis.note import Finding, FindingKind
from model_store.recipe.recipe import Recipe
from model_store.runs.history import History

__all__ = ["DeadUnits", "Finding", "FindingKind", "count_dead_units", "diagnose"]

_QUESTIONS: tuple[Callable[[Recipe, History], Finding | None], ...] = (
    diverged,
    chance,
    overfitting,
    rising,
    noisy,
    plateau,
)
# What one note explains is not said a second time.
_EXPLAINS = {
    FindingKind.DIVERGED: (
        FindingKind.CHANCE,
        FindingKind.NOISY,
        FindingKind.PLATEAU,
        FindingKind.RISING,
        FindingKind.OVERFITTING,
    ),
    FindingKind.CHANCE: (FindingKind.PLATEAU, FindingKind.OVERFITTING),
    FindingKind.OVERFITTING: (FindingKind.PLATEAU,),
    FindingKind.NOISY: (FindingKind.PLATEAU, FindingKind.RISING),
}


def diagnose(recipe: Recipe, history: History, firing: Sequence[DeadUnits] = ()) -> list[Finding]:
    """All that can be said of a run that has ended, the gravest first."""
    found = [note for ask in _QUESTIONS if (note := ask(recipe, history))]
    if (dead := dead_units(firing)) is not None:
        found.append(dead)
    kinds = {note.kind for note in found}
    hidden = {kind for cause in kinds for kind in _EXPLAINS.get(cause, ())}
    order = list(FindingKind)
    return sorted((n for n in found if n.kind not in hidden), key=lambda n: order.index(n.kind))
