"""Orphans: unfinished runs whose process has ended."""

from collections.abc import Iterator

from model_store.runs.run import Run
from model_store.storage.errors import StoreError
from model_store.storage.process_lease import alone, is_alive
from model_store.storage.store import ModelStore


def orphans(store: ModelStore) -> Iterator[Run]:
    """Yield unfinished runs whose process has ended, of any server.

    Nobody else takes one over until the next is asked for.
    """
    for run in store.list():
        if _is_orphan(store, run):
            with alone(store.root):
                if _is_orphan_still(store, run.id):
                    yield run


def _is_orphan(store: ModelStore, run: Run) -> bool:
    if run.shipped or run.state.is_finished() or not run.lease:
        return False
    return not is_alive(store.root, run.lease)


def _is_orphan_still(store: ModelStore, run_id: str) -> bool:
    """Asked once its process is known to be gone: that one may have ended the run since it was
    read, or another may have resumed it."""
    try:
        return _is_orphan(store, store.open(run_id))
    except StoreError:
        return False
