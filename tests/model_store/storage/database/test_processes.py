"""Which processes are alive: on this machine by the system's word, elsewhere by their counters."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from sqlalchemy import select, update

from model_store import ModelStore, RunState
from model_store.recipe.recipe import Recipe
from model_store.runs.events import StateChanged
from model_store.storage.database import processes as module
from model_store.storage.database.processes import PATIENCE, Lease, Processes
from model_store.storage.database.schema import processes
from tests.support.databases import OpenStore
from tests.support.engines import CODE, until

HOLDER = """
import sys
from pathlib import Path
from model_store import ModelStore
print(ModelStore(Path(sys.argv[1]), address=sys.argv[2]).lease().id, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def lease(store: ModelStore) -> Iterator[Lease]:
    lease = store.lease()
    yield lease
    lease.close()


def test_a_lease_lives_until_it_is_closed(store: ModelStore, open_store: OpenStore) -> None:
    lease = store.lease()
    assert store.alive([lease.id, "0" * 16, "../x", ""]) == {lease.id}
    assert open_store().alive([lease.id]) == {lease.id}
    lease.close()
    assert store.alive([lease.id]) == set()


def test_a_lease_ends_with_its_process(store: ModelStore) -> None:
    words = [sys.executable, "-c", HOLDER, str(store.root), store.database.address]
    with subprocess.Popen(
        words, cwd=CODE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        theirs = holder.stdout.readline().strip()
        assert store.alive([theirs]) == {theirs}
        holder.kill()
        until(lambda: store.alive([theirs]) == set())
        holder.communicate()


def test_a_later_process_of_the_same_number_is_another(store: ModelStore, lease: Lease) -> None:
    with store.database.write() as connection:
        connection.execute(update(processes).values(born="1"))
    assert store.alive([lease.id]) == set()


def elsewhere(store: ModelStore, beat: int) -> None:
    with store.database.write() as connection:
        connection.execute(update(processes).values(host="another machine", pid=1, beat=beat))


def test_a_process_elsewhere_lives_while_its_counter_moves(store: ModelStore, lease: Lease) -> None:
    """By the clock of whoever looks, and that one only goes forward."""
    now = 0.0
    seen = Processes(store.database, clock=lambda: now)
    for beat in range(3):
        elsewhere(store, beat)
        assert seen.alive([lease.id]) == {lease.id}
        now += PATIENCE - 1
    now += 2
    assert seen.alive([lease.id]) == set()
    elsewhere(store, 9)
    assert seen.alive([lease.id]) == {lease.id}, "it was suspended"


def test_a_lease_counts_and_comes_back_if_it_was_taken_for_dead(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BEAT", 0.01)
    lease = store.lease()
    asked = select(processes.c.beat)
    until(lambda: (store.database.rows(asked) or [[0]])[0][0] > 1)
    with store.database.write() as connection:
        connection.execute(processes.delete())
    until(lambda: store.alive([lease.id]))
    lease.close()
    assert store.database.rows(asked) == []


def test_only_who_is_gone_is_forgotten(store: ModelStore, lease: Lease) -> None:
    with store.database.write() as connection:
        row = {"id": "f" * 16, "host": module._host(), "pid": 4_000_000, "born": "1", "beat": 0}
        connection.execute(processes.insert().values(row))
    Processes(store.database).forget_dead()
    assert [row.id for row in store.database.rows(select(processes.c.id))] == [lease.id]


def test_runs_of_dead_processes_are_interrupted_once(
    store: ModelStore, open_store: OpenStore, lease: Lease
) -> None:
    mine = store.create(Recipe(), lease=lease.id).id
    theirs, ended = (store.create(Recipe(), lease="f" * 16).id for _n in range(2))
    nobodys = store.create(Recipe()).id
    store.set_state(ended, RunState.DONE)
    for each in (store, open_store()):
        each.interrupt_orphans("It ended.")
    assert store.open(theirs).state is RunState.INTERRUPTED
    assert store.open(theirs).message == "It ended."
    assert [type(event) for event in store.events(theirs)] == [StateChanged]
    assert store.open(ended).state is RunState.DONE
    assert {run.id for run in store.unfinished()} == {mine, nobodys}
