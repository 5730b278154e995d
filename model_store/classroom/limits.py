"""What the teacher of a class allows each person: `<root>/.limits.json`. No Streamlit; any thread.

The file outlives the server and is read at every question, so that two servers on one store agree.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass
from gettext import gettext as _
from pathlib import Path

from model_store import StoreError
from model_store.recipe.validation import MAX_EPOCHS
from model_store.storage import atomic_files

FILE = ".limits.json"
MAX_UNFINISHED = 1000
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """The most epochs of a run, and the most unfinished runs of a person; None: no limit.

    While `held`, what ran is paused and nothing new starts.

    Raises:
        ValueError: on creation, for what is no whole number from 1 to the most that there can be.
    """

    epochs: int | None = None
    unfinished: int | None = None
    held: bool = False

    def __post_init__(self) -> None:
        for value, most in ((self.epochs, MAX_EPOCHS), (self.unfinished, MAX_UNFINISHED)):
            if value is not None and not (type(value) is int and 1 <= value <= most):
                raise ValueError(f"{value!r} is no limit")
        if type(self.held) is not bool:
            raise ValueError(f"{self.held!r} is neither true nor false")

    def epochs_problem(self, epochs: int) -> str:
        """Why a run may not have so many; "" if it may."""
        if self.epochs is None or epochs <= self.epochs:
            return ""
        return _("Your teacher has set the most epochs of a run to {most}; this has {n}.").format(
            most=self.epochs, n=epochs
        )

    def new_run_problem(self, unfinished: int) -> str:
        """Why a person who has so many unfinished runs may not start another; "" if they may."""
        if self.unfinished is None or unfinished < self.unfinished:
            return ""
        return _(
            "Your teacher has set the most unfinished runs of a person to {most}; you have {n}. "
            "Wait until one ends, or stop one."
        ).format(most=self.unfinished, n=unfinished)


class LimitsFile:
    """The limits of one store."""

    def __init__(self, root: Path) -> None:
        self._path = root / FILE
        self._read: tuple[atomic_files.Stamp, Limits] | None = None

    def read(self) -> Limits:
        """Those that were set last; none where there is no file, or one that cannot be read.

        The engine asks several times a second: only a file that is another one is read again.
        """
        now = atomic_files.stamp(self._path)
        if self._read is None or self._read[0] != now:
            self._read = now, self._found()
        return self._read[1]

    def _found(self) -> Limits:
        try:
            return Limits(**json.loads(self._path.read_bytes()))
        except FileNotFoundError:
            pass
        except (OSError, TypeError, ValueError, RecursionError) as error:
            _log.warning("%s holds no limits: %s", self._path, error)
        return Limits()

    def write(self, limits: Limits) -> None:
        """Set them for everybody, from now on, at every server of the store.

        Raises:
            StoreError: if they cannot be written.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            atomic_files.write(self._path, json.dumps(asdict(limits)).encode())
        except OSError as error:
            raise StoreError(
                _("The limits could not be kept in {where}: {why}.").format(
                    where=self._path, why=error.strerror or error
                )
            ) from None
