"""Errors of the store; each message says what happened, why, and what to do next."""

from collections.abc import Iterator
from contextlib import contextmanager
from gettext import gettext as _
from pathlib import Path


class StoreError(Exception):
    """A run cannot be used; the message is a sentence for a person."""


class RunNotFound(StoreError):
    """No run has that id (or the id is none)."""


class RunDamaged(StoreError):
    """A folder is not a readable run."""


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


def cannot_read(where: Path, error: OSError) -> RunDamaged:
    """Make the error for a store whose runs cannot be listed."""
    return RunDamaged(
        _("The model store at {where} cannot be read: {why}. Its runs are not shown.").format(
            where=where, why=error.strerror or error
        )
    )


def cannot_write(where: Path, error: OSError) -> StoreError:
    """Make the error for a write that the disk refused."""
    return StoreError(
        _("The model store at {where} cannot be written: {why}. Free some space or rights.").format(
            where=where, why=error.strerror or error
        )
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
