"""Ask the curve: notes that a teacher would give, each with the figures that it rests on.

Every note is a function of a run's record (and, for dead units, of activations that the saved
network really has). Where the figures that a note needs are missing there is no note. Each
threshold stands with its reason above the function that uses it, in `trouble` and `learning`.
Pure, any thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from model_store.analysis.convergence import noisy, overfitting, plateau, rising
from model_store.analysis.failures import Firing, chance, dead_units, diverged, firing
from model_store.analysis.note import Kind, Note
from model_store.recipe.recipe import Recipe
from model_store.runs.history import History

__all__ = ["Firing", "Kind", "Note", "firing", "notes"]

_QUESTIONS: tuple[Callable[[Recipe, History], Note | None], ...] = (
    diverged,
    chance,
    overfitting,
    rising,
    noisy,
    plateau,
)
# What one note explains is not said a second time.
_EXPLAINS = {
    Kind.DIVERGED: (Kind.CHANCE, Kind.NOISY, Kind.PLATEAU, Kind.RISING, Kind.OVERFITTING),
    Kind.CHANCE: (Kind.PLATEAU, Kind.OVERFITTING),
    Kind.OVERFITTING: (Kind.PLATEAU,),
    Kind.NOISY: (Kind.PLATEAU, Kind.RISING),
}


def notes(recipe: Recipe, history: History, firing: Sequence[Firing] = ()) -> list[Note]:
    """All that can be said of a run that has ended, the gravest first."""
    found = [note for ask in _QUESTIONS if (note := ask(recipe, history))]
    if (dead := dead_units(firing)) is not None:
        found.append(dead)
    kinds = {note.kind for note in found}
    hidden = {kind for cause in kinds for kind in _EXPLAINS.get(cause, ())}
    order = list(Kind)
    return sorted((n for n in found if n.kind not in hidden), key=lambda n: order.index(n.kind))
