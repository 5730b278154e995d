"""The store: whole runs or none, on each database."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from model_store import ModelStore, RunNotFound, RunState, StoreError
from model_store.recipe.recipe import Hidden, Recipe
from model_store.runs.events import Chunk, EpochEnd, Evaluated, Started, StateChanged
from model_store.runs.scores import Scores
from model_store.storage.run_query import RunQuery
from tests.support.databases import OpenStore

RESULT = Evaluated(0.3, 0.9, 0.2, 0.95, 2, 20, 1.5, 5.0)
FILES = ("model.keras", "weights.npz", "summary.json")


def complete(store: ModelStore) -> str:
    run = store.create(Recipe(), "me")
    for name in FILES:
        store.save(run.id, name, name.encode())
    store.append(run.id, RESULT)
    store.finish(run.id, data="abc")
    store.set_state(run.id, RunState.DONE)
    return run.id


def test_a_run_is_there_the_moment_it_is_accepted(store: ModelStore) -> None:
    recipe = Recipe(hidden=(Hidden(5, "tanh", 0.1),), seed=7)
    run = store.open(store.create(recipe, "me").id)
    assert (run.recipe, run.owner, run.state) == (recipe, "me", RunState.QUEUED)
    assert not run.has_model


def test_a_complete_run_tells_its_result_and_verifies(store: ModelStore) -> None:
    run = store.open(complete(store))
    assert run.state is RunState.DONE
    assert run.has_model
    assert run.result["test_accuracy"] == 0.9
    assert run.manifest["data"] == "abc"
    store.verify(run.id)


def test_newest_first(store: ModelStore) -> None:
    ids = [store.create(Recipe(seed=seed)).id for seed in range(3)]
    assert [run.id for run in store.find().runs] == ids[::-1]


def test_events_come_back_in_order_and_only_whole_lines(
    open_store: OpenStore, store: ModelStore
) -> None:
    run = store.create(Recipe())
    said = [Started(1.0, 10, 2), *(Chunk(i, i / 10, 1.0, 0.5, 10.0, 2.0) for i in range(1, 5))]
    for event in said[:2]:
        store.append(run.id, event)
    assert store.events(run.id) == said[:2]
    with (run.folder / "events.jsonl").open("a") as file:
        file.write('{"kind": "chu')
    assert store.events(run.id) == said[:2]
    with (run.folder / "events.jsonl").open("a") as file:
        file.write('nk", "broken": true}\nnot json\n[]\n')
    for event in said[2:]:
        store.append(run.id, event)
    assert store.events(run.id) == said
    assert open_store().events(run.id) == said


@pytest.mark.parametrize(
    "run_id", ["../secret", "", ".", "a/b/c/d", "a" * 500, "nul\0byte", "UPPER", "%2e%2e", None, 3]
)
def test_a_hostile_id_is_simply_not_found(store: ModelStore, run_id: object) -> None:
    store.root.mkdir(parents=True)
    (store.root.parent / "secret").mkdir()
    for verb in (store.open, store.events, store.delete, store.verify, store.checkpoints):
        with pytest.raises(RunNotFound):
            verb(run_id)  # type: ignore[operator]
    assert (store.root.parent / "secret").is_dir()


@pytest.mark.parametrize("name", ["../x.npz", "/etc/x.json", "a.py", "checkpoints/../x.npz", ""])
def test_only_a_runs_own_files_are_saved(store: ModelStore, name: str) -> None:
    run = store.create(Recipe())
    with pytest.raises(ValueError):
        store.save(run.id, name, b"x")


def live(store: ModelStore, run_id: str) -> Path:
    """Save the weights of a run that trains; return their file."""
    store.save(run_id, "live.bin", b"weights")
    path = store.open(run_id).folder / "live.bin"
    assert path.read_bytes() == b"weights"
    return path


@pytest.mark.parametrize("state", [state for state in RunState if state.is_finished()])
def test_live_weights_end_with_their_training(store: ModelStore, state: RunState) -> None:
    run_id = store.create(Recipe()).id
    store.set_state(run_id, RunState.RUNNING)
    path = live(store, run_id)
    store.set_state(run_id, RunState.PAUSED)
    store.save(run_id, "live.bin", b"newer")
    assert path.read_bytes() == b"newer", "one file, which each snapshot replaces"
    store.set_state(run_id, state)
    assert not path.exists()


def test_live_weights_of_a_server_that_died_go_as_well(
    open_store: OpenStore, store: ModelStore
) -> None:
    """Also those that its worker wrote after the run was known to be over."""
    lease = store.lease()
    trained_here, orphan = store.create(Recipe(), "me", lease.id), store.create(Recipe(), "me", "x")
    deleted = store.create(Recipe(), "me", lease.id)
    for run in (trained_here, orphan, deleted):
        store.set_state(run.id, RunState.RUNNING)
    paths = [live(store, run.id) for run in (trained_here, orphan, deleted)]
    store.interrupt_orphans("Its server is gone.")
    store.delete(deleted.id)
    assert [path.exists() for path in paths] == [True, False, False]
    for path in paths:
        path.write_bytes(b"late")
    open_store(clock=lambda: time.time() + 7 * 24 * 3600).tidy()
    assert [path.exists() for path in paths] == [True, False, False]
    lease.close()


def test_live_weights_are_no_part_of_the_finished_run(store: ModelStore) -> None:
    run_id = complete(store)
    path = live(store, run_id)
    assert "live.bin" not in store.finish(run_id).manifest["files"]
    path.write_bytes(b"other")
    store.verify(run_id)


def test_deleted_is_gone_for_every_verb(store: ModelStore) -> None:
    run_id = complete(store)
    store.delete(run_id)
    assert store.find().runs == []
    with pytest.raises(RunNotFound):
        store.append(run_id, RESULT)
    with pytest.raises(RunNotFound):
        store.save(run_id, "weights.npz", b"x")
    assert (store.root / run_id / "weights.npz").read_bytes() == b"weights.npz", "it can come back"


def test_foreign_things_in_the_store_are_passed_over(store: ModelStore) -> None:
    good = complete(store)
    (store.root / "notes.txt").write_text("hello")
    (store.root / "Holiday Photos").mkdir()
    (store.root / ".new-half").mkdir()
    assert [run.id for run in store.find().runs] == [good]
    assert store.damaged() == []


def test_a_folder_of_damaged_files_costs_its_files_and_not_its_row(store: ModelStore) -> None:
    run_id = complete(store)
    for file in ("run.json", "recipe.json", "manifest.json"):
        (store.root / run_id / file).write_text("{")
    run = store.open(run_id)
    assert run.state is RunState.DONE and run.has_model
    with pytest.raises(StoreError, match="changed or damaged"):
        store.verify(run_id)


def test_a_store_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file where the folder should be")
    with pytest.raises(StoreError, match="cannot be written"):
        ModelStore(tmp_path / "runs", starter=None).create(Recipe())


def test_readers_never_see_half_a_run(open_store: OpenStore, store: ModelStore) -> None:
    seen: list[BaseException] = []
    done = threading.Event()

    def read() -> None:
        other = open_store()
        while not done.is_set():
            try:
                for run in other.find(RunQuery(has_model=True)).runs:
                    other.verify(run.id)
            except RunNotFound:
                continue  # deleted since
            except Exception as error:
                seen.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    ids = [complete(store) for _ in range(15)]
    for run_id in ids[::2]:
        store.delete(run_id)
    done.set()
    reader.join()
    assert seen == []
    assert store.find().total == 7


def test_shipped_runs_are_listed_last_and_stay(open_store: OpenStore, tmp_path: Path) -> None:
    maker = ModelStore(tmp_path / "starter", starter=None)
    shipped = complete(maker)
    store = open_store(starter=maker.root)
    mine = complete(store)
    found = store.find().runs
    assert [(run.id, run.shipped) for run in found] == [(mine, False), (shipped, True)]
    assert found[1] == store.open(shipped)
    assert store.events(shipped)
    with pytest.raises(StoreError, match="comes with the app"):
        store.delete(shipped)


def test_what_the_epochs_showed_is_known_at_once(open_store: OpenStore, store: ModelStore) -> None:
    run_id = store.create(Recipe(epochs=4)).id

    def epoch(number: int, accuracy: float) -> EpochEnd:
        return EpochEnd(number, 9 * number, 0.5, 0.9, 0.4, accuracy, 2.0, 0.001, 5.0)

    for event in (Started(1.0, 9, 4), epoch(1, 0.7), epoch(2, 0.9), epoch(3, 0.8)):
        store.append(run_id, event)
    assert open_store().open(run_id).scores == Scores(3, 6.0, 0.9, 0.8, 0.9, 2)
    assert store.open(run_id).seconds == 6.0
    for event in (Started(2.0, 9, 4, epoch=1), epoch(2, 0.6)):  # resumed from the first
        store.append(run_id, event)
    assert store.open(run_id).scores == Scores(2, 4.0, 0.9, 0.6, 0.7, 1)
    store.append(run_id, RESULT)
    assert store.open(run_id).seconds == RESULT.seconds


def test_a_state_that_is_none_changes_nothing(store: ModelStore) -> None:
    run_id = store.create(Recipe()).id
    with pytest.raises(ValueError):
        store.append(run_id, StateChanged("dancing", "", 1.0))
    assert store.open(run_id).state is RunState.QUEUED


def test_checkpoints_by_epoch(store: ModelStore) -> None:
    run = store.create(Recipe())
    for epoch in (10, 2, 0):
        store.save(run.id, f"checkpoints/epoch-{epoch:04d}.npz", b"x")
    assert list(store.checkpoints(run.id)) == [0, 2, 10]


def test_of_many_servers_one_gets_a_run_that_ended_early(open_store: OpenStore) -> None:
    stores = [open_store() for _each in range(8)]
    run_id = stores[0].create(Recipe(), lease="f" * 16).id
    stores[0].set_state(run_id, RunState.INTERRUPTED)
    begin = threading.Barrier(len(stores))

    def ask(number: int) -> bool:
        stores[number].open(run_id)
        begin.wait()
        return stores[number].queue_again(run_id, f"{number:016x}")

    with ThreadPoolExecutor(len(stores)) as pool:
        got = list(pool.map(ask, range(len(stores))))
    assert got.count(True) == 1
    run = stores[0].open(run_id)
    assert (run.state, run.lease) == (RunState.QUEUED, f"{got.index(True):016x}")
    states = [event for event in stores[0].events(run_id) if isinstance(event, StateChanged)]
    assert [event.state for event in states] == [RunState.INTERRUPTED, RunState.QUEUED]


@pytest.mark.parametrize("state", RunState)
def test_only_what_ended_early_is_queued_again(store: ModelStore, state: RunState) -> None:
    again = {RunState.STOPPED, RunState.FAILED, RunState.INTERRUPTED, RunState.CANCELLED}
    run_id = store.create(Recipe(), lease="f" * 16).id
    store.set_state(run_id, state)
    assert store.queue_again(run_id, "0" * 16) == (state in again)
    run = store.open(run_id)
    if state in again:
        assert (run.state, run.lease) == (RunState.QUEUED, "0" * 16)
    else:
        assert (run.state, run.lease) == (state, "f" * 16)


def test_what_ships_with_the_app_is_nobodys_to_queue(open_store: OpenStore, tmp_path: Path) -> None:
    shipped = ModelStore(tmp_path / "starter", starter=None)
    run_id = shipped.create(Recipe()).id
    shipped.set_state(run_id, RunState.STOPPED)
    assert not open_store(starter=shipped.root).queue_again(run_id, "0" * 16)
    assert shipped.open(run_id).state is RunState.STOPPED


def test_text_that_no_database_takes_is_stored_harmlessly(
    open_store: OpenStore, store: ModelStore
) -> None:
    """Lone surrogates and NUL, wherever text comes from."""
    run = store.create(Recipe(), "own\ud800er\x00", verifies="\udfff")
    store.set_state(run.id, RunState.FAILED, "why\ud800\x00")
    assert store.find(RunQuery(text="\ud800")).total == 0
    shown = open_store().open(run.id)
    assert (shown.owner, shown.message) == ("own?er", "why?")
    f"{shown}".encode()


def test_looking_makes_no_file(open_store: OpenStore, tmp_path: Path) -> None:
    store = open_store()
    assert store.find().total == 0 and store.deleted() == [] and store.damaged() == []
    assert not (tmp_path / "runs").exists()
