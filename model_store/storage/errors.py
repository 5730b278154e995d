"""Errors of the store; each message says what happened, why, and what to do next."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from model_store.text import _


class StoreError(Exception):
    """A run cannot be used; the message is a sentence for a person."""


class RunNotFound(StoreError):
    """No run has that id (or the id is none)."""


class RunDamaged(StoreError):
    """A run, or a store, that cannot be read."""


class StoreDamaged(RunDamaged):
    """A database that is damaged; the folders of the runs are not."""


def not_found(run_id: object) -> RunNotFound:
    """Make the error for an unknown or invalid id."""
    return RunNotFound(
        _("There is no run {id}. It may have been deleted.").format(id=repr(run_id)[:60])
    )


def damaged(run_id: str, why: str) -> RunDamaged:
    """Make the error for a run whose folder cannot be read."""
    return RunDamaged(
        _("The folder {id} in the store is not a readable run: {why}.").format(
            id=run_id, why=why.rstrip(".")
        )
    )


def cannot_read(where: object, why: object) -> RunDamaged:
    """For a store that cannot be asked."""
    return RunDamaged(
        _("The model store at {where} cannot be read: {why}. Its runs are not shown.").format(
            where=where, why=why
        )
    )


def cannot_write(where: object, why: object) -> StoreError:
    """For a full disk, a missing right, or whatever else the disk refuses."""
    if isinstance(why, OSError):
        why = why.strerror or why
    return StoreError(
        _("The model store at {where} cannot be written: {why}. Free some space or rights.").format(
            where=where, why=why
        )
    )


def database_damaged(where: object) -> StoreDamaged:
    """For a database that is none (any more)."""
    return StoreDamaged(
        _(
            "The database of the model store at {where} is damaged. Finished runs are safe in "
            "their folders. Close the app and run: python -m training store rebuild"
        ).format(where=where)
    )


@contextmanager
def writing(folder: Path, run_id: str) -> Iterator[None]:
    """Around a write into a run's folder.

    Raises:
        RunNotFound: if the folder is gone: the run was deleted meanwhile.
        StoreError: if it cannot be written.
    """
    try:
        yield
    except FileNotFoundError:
        raise not_found(run_id) from None
    except OSError as error:
        raise cannot_write(folder, error) from None
