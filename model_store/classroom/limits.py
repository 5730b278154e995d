"""Limits that the teacher of a class sets for each person: `<root>/.limits.json`. Any thread.

The file outlives the server. It is asked at every question, so servers on one store agree.
"""

import json
import logging
from dataclasses import asdict, dataclass
from gettext import gettext as _
from pathlib import Path

from model_store.recipe.validation import MAX_EPOCHS, is_whole
from model_store.storage import atomic_files
from model_store.storage.errors import cannot_write

FILE = ".limits.json"
MAX_UNFINISHED = 1000
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """The most epochs of a run, and the most unfinished runs of a person; None: no limit.

    While `held`, every training is paused and nothing new starts. Other values: ValueError.
    """

    epochs: int | None = None
    unfinished: int | None = None
    held: bool = False

    def __post_init__(self) -> None:
        for value, most in ((self.epochs, MAX_EPOCHS), (self.unfinished, MAX_UNFINISHED)):
            if value is not None and not is_whole(value, 1, most):
                raise ValueError(f"{value!r} is no limit")
        if not isinstance(self.held, bool):
            raise ValueError(f"{self.held!r} is neither true nor false")

    def epochs_problem(self, epochs: int) -> str:
        """Return why a run may not have so many epochs, or ""."""
        if self.epochs is None or epochs <= self.epochs:
            return ""
        text = _("Your teacher allows at most {most} epochs in a run. This one has {n}.")
        return text.format(most=self.epochs, n=epochs)

    def new_run_problem(self, unfinished: int) -> str:
        """Return why a person with so many unfinished runs may not start another, or ""."""
        if self.unfinished is None or unfinished < self.unfinished:
            return ""
        return _(
            "Your teacher allows each student at most {most} open runs. You have {n}. "
            "Wait until one ends, or stop one."
        ).format(most=self.unfinished, n=unfinished)


class LimitsFile:
    """The limits of one store."""

    def __init__(self, root: Path) -> None:
        self._path = root / FILE
        self._stamp: atomic_files.Stamp | None = None
        self._limits = Limits()

    def read(self) -> Limits:
        """Return the limits; none without a file that can be read.

        The engine asks several times a second: only a changed file is read again.
        """
        now = atomic_files.stamp(self._path)
        if now != self._stamp:
            try:
                self._limits = Limits(**atomic_files.read_json(self._path, missing={}))
            except (OSError, TypeError, ValueError, RecursionError) as error:
                self._limits = Limits()
                _log.warning("%s has no limits: %s", self._path, error)
            self._stamp = now
        return self._limits

    def write(self, limits: Limits) -> None:
        """Set the limits at every server of the store; StoreError if they cannot be written."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            atomic_files.write(self._path, json.dumps(asdict(limits)).encode())
        except OSError as error:
            raise cannot_write(self._path, error) from None
