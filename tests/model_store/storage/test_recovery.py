"""Orphans: unfinished runs whose process has ended, and no others."""

from pathlib import Path

import pytest

from model_store import ModelStore, Run, RunState
from model_store.recipe.recipe import Recipe
from model_store.storage.process_lease import Lease
from model_store.storage.recovery import orphans


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path, starter=None)


@pytest.fixture
def gone(store: ModelStore) -> str:
    """The lease of a process that is gone."""
    lease = Lease(store.root)
    lease.close()
    return lease.id


def test_only_runs_without_their_process_are_orphans(store: ModelStore, gone: str) -> None:
    theirs = store.lease()
    store.create(Recipe(), lease=theirs.id)
    store.create(Recipe())
    waiting, training, ended = (store.create(Recipe(), lease=gone) for _each in range(3))
    store.set_state(training.id, RunState.RUNNING)
    store.set_state(ended.id, RunState.STOPPED)
    assert {run.id for run in orphans(store)} == {waiting.id, training.id}
    theirs.close()


def test_a_run_that_was_shipped_while_it_trained_has_no_process_to_lose(
    tmp_path: Path, store: ModelStore, gone: str
) -> None:
    store.create(Recipe(), lease=gone)
    assert list(orphans(ModelStore(tmp_path / "other", starter=store.root))) == []


@pytest.mark.parametrize("fate", ["ended", "resumed", "deleted"])
def test_what_was_true_a_moment_ago_is_asked_again(store: ModelStore, gone: str, fate: str) -> None:
    other = store.lease()
    run = store.create(Recipe(), lease=gone)

    class Late(ModelStore):
        """Store that changes the run just after listing it."""

        def list(self) -> list[Run]:
            before = super().list()
            if fate == "ended":
                store.set_state(run.id, RunState.DONE)
            elif fate == "resumed":
                store.claim(run.id, other.id)
            else:
                store.delete(run.id)
            return before

    assert list(orphans(Late(store.root, starter=None))) == []
    other.close()
