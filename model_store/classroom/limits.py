"""Limits that the teacher of a class sets for each person, in the store's database. Any thread.

They outlive the server. They are read at every question, so servers on one store agree.
"""

import logging
from dataclasses import asdict, dataclass

from sqlalchemy import select

from model_store.recipe.validation import MAX_EPOCHS, is_whole
from model_store.storage.database.database import Database
from model_store.storage.database.schema import settings
from model_store.storage.errors import RunDamaged
from model_store.text import _

NAME = "limits"  # among the settings
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


class LimitsStore:
    """The limits of one store."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._limits = Limits()

    def read(self) -> Limits:
        """Return the limits; while the database cannot be read they stay as they were."""
        asked = select(settings.c.value).where(settings.c.name == NAME)
        try:
            found = self._database.rows(asked)
            self._limits = Limits(**found[0].value) if found else Limits()
        except RunDamaged:
            pass
        except (TypeError, ValueError) as error:
            _log.warning("the store has no limits: %s", error)
            self._limits = Limits()
        return self._limits

    def write(self, limits: Limits) -> None:
        """Set the limits at every server of the store; StoreError if they cannot be written."""
        values = asdict(limits)
        statement = self._database.insert(settings).values(name=NAME, value=values)
        key = [settings.c.name]
        with self._database.write() as connection:
            connection.execute(
                statement.on_conflict_do_update(index_elements=key, set_={"value": values})
            )
