"""Letter and colour of each chosen run: the same in table, curves and cards. Script thread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from model_store import Run
from model_store.analysis.run_titles import display_titles
from pages.ui.figures.theme import CLASS_COLOURS
from pages.ui.frame.owners import owner_name
from pages.ui.state import selection

LETTERS = "ABCDEFGH"
_COLOURS = (0, 6, 4, 1, 2, 9, 5, 7)  # of CLASS_COLOURS without the greys, the clearest first
MOST = len(LETTERS)


@dataclass(frozen=True, slots=True)
class Mark:
    """Letter, colour and title that identify a run among the chosen ones."""

    letter: str
    colour: str
    title: str

    @property
    def html(self) -> str:
        """The letter on its colour, and the title."""
        letter = f'<b class="lab-mark" style="--lab-run:{self.colour}">{self.letter}</b>'
        return f"{letter} {escape(self.title)}"


def run_marks(chosen: Sequence[Run]) -> dict[str, Mark]:
    """Return run id -> mark for at most `MOST` runs; a run keeps its mark through the session."""
    places = assign_marks([run.id for run in chosen], selection.run_colours())
    selection.run_colours().update(places)
    titles = display_titles(chosen, owner_name)
    return {
        run_id: Mark(LETTERS[place], CLASS_COLOURS[_COLOURS[place]], titles[run_id])
        for run_id, place in places.items()
    }


def assign_marks(run_ids: Sequence[str], before: Mapping[str, int]) -> dict[str, int]:
    """Return a place in [0, MOST) for each run: the one from before if it is free, or the first."""
    kept: dict[int, str] = {}
    for run_id in run_ids:
        if run_id in before:
            kept.setdefault(before[run_id], run_id)
    free = (place for place in range(MOST) if place not in kept)
    places = {run_id: place for place, run_id in kept.items()}
    return {run_id: places[run_id] if run_id in places else next(free) for run_id in run_ids}
