"""A letter and a colour for each chosen run: the same in table, curves and cards. Script thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from model_store import Run
from pages.ui.figures.theme import CLASS_COLOURS
from pages.ui.state import selection

LETTERS = "ABCDEFGH"
_COLOURS = (0, 6, 4, 1, 2, 9, 5, 7)  # of CLASS_COLOURS, the greys left out, the clearest first
MOST = len(LETTERS)


@dataclass(frozen=True, slots=True)
class Mark:
    """How a run is told from the others that are chosen."""

    letter: str
    colour: str

    @property
    def swatch(self) -> str:
        """The letter on its colour, as HTML."""
        return f'<b class="lab-mark" style="--lab-run:{self.colour}">{self.letter}</b>'


def run_marks(chosen: Sequence[Run]) -> dict[str, Mark]:
    """Run id -> mark for at most `MOST` runs; a run keeps its mark through the session."""
    places = assign_marks([run.id for run in chosen], selection.run_colours())
    selection.run_colours().update(places)
    return {
        run_id: Mark(LETTERS[place], CLASS_COLOURS[_COLOURS[place]])
        for run_id, place in places.items()
    }


def assign_marks(run_ids: Sequence[str], before: Mapping[str, int]) -> dict[str, int]:
    """A place in [0, MOST) for each run, no two alike: the one from before, or the first free."""
    out: dict[str, int] = {}
    for run_id in run_ids:
        place = before.get(run_id)
        if place is not None and place not in out.values():
            out[run_id] = place
    for run_id in run_ids:
        if run_id not in out:
            taken = set(out.values())
            out[run_id] = next(place for place in range(MOST) if place not in taken)
    return {run_id: out[run_id] for run_id in run_ids}


def marked_title(run: Run, mark: Mark) -> str:
    """Letter and title as HTML."""
    return f"{mark.swatch} {escape(run.title)}"
