"""Is a store whole? Schema, database file, rows without folders, folders without rows, hashes."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select, text

from model_store.storage import manifest, run_folder
from model_store.storage.database.schema import HEAD, runs, unreadable
from model_store.storage.errors import RunDamaged, StoreError
from model_store.storage.store import GONE, ModelStore
from model_store.storage.takeover import is_run_id
from model_store.text import _


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be: a sentence, and one that says what to do."""

    what: str
    next_step: str = ""


def check(store: ModelStore) -> Iterator[Finding]:
    """Look through the whole store; it is changed by nothing but the first look at it.

    Raises:
        StoreError: if the database cannot be read at all.
    """
    if not store.database.prepare(writing=False):
        return
    yield from _schema(store)
    yield from _folders(store)
    yield from _runs(store)


def _schema(store: ModelStore) -> Iterator[Finding]:
    version = store.database.version()
    if version != HEAD:
        yield Finding(_("The schema is of version {version}.").format(version=version))
    if not store.database.is_sqlite:
        return
    damage = [row[0] for row in store.database.rows(text("PRAGMA integrity_check(5)"))]
    damage += [str(tuple(row)) for row in store.database.rows(text("PRAGMA foreign_key_check"))]
    if damage != ["ok"]:
        yield Finding(
            _("The database file is damaged: {why}").format(why="; ".join(damage[:3])),
            _("Close the app and run: python -m training store rebuild"),
        )


def _folders(store: ModelStore) -> Iterator[Finding]:
    """Folders that nothing refers to."""
    known = {row.id for row in store.database.rows(select(runs.c.id))}
    named = {row.folder for row in store.database.rows(select(unreadable.c.folder))}
    try:
        entries = [entry for entry in os.scandir(store.root) if entry.is_dir()]
    except OSError:
        entries = []
    for entry in entries:
        if entry.name.startswith(GONE):
            yield Finding(
                _("{folder} is what is left of a run that was deleted for good.").format(
                    folder=entry.name
                ),
                _("The app removes it at its next start."),
            )
        elif is_run_id(entry.name) and entry.name not in known and entry.name not in named:
            yield _stray(store, entry.name)
    for row in store.database.rows(select(unreadable)):
        yield Finding(row.why, _("Mend its files or delete the folder, then rebuild."))


def _stray(store: ModelStore, name: str) -> Finding:
    try:
        run_folder.read(name, store.root / name)
    except RunDamaged as error:
        return Finding(str(error), _("No run refers to it: delete it if you do not need it."))
    return Finding(
        _("The folder {folder} is a run that the database does not know.").format(folder=name),
        _("To take it in: python -m training store import {path}").format(path=store.root / name),
    )


def _runs(store: ModelStore) -> Iterator[Finding]:
    """Runs without a folder, and finished ones whose files are not what they were."""
    again = _("Delete the run and train it again.")
    for row in store.database.rows(select(runs.c.id, runs.c.deleted_at).order_by(runs.c.id)):
        if not (store.root / row.id).is_dir():
            yield Finding(_("The folder of the run {id} is gone.").format(id=row.id), again)
            continue
        if row.deleted_at is not None:
            continue
        try:
            run = store.open(row.id)
            if run.has_model:
                manifest.verify(run)
        except StoreError as error:
            yield Finding(str(error))
