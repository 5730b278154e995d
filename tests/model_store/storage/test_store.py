"""The store: whole runs or none, whatever happens to its folder."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from model_store import ModelStore, RunDamaged, RunNotFound, RunState, StoreError
from model_store.recipe.recipe import Hidden, Recipe
from model_store.runs import events
from model_store.runs.events import Chunk, Evaluated, Started, StateChanged

RESULT = Evaluated(0.3, 0.9, 0.2, 0.95, 2, 20, 1.5, 5.0)
FILES = ("model.keras", "weights.npz", "summary.json")


class Clock:
    """Seconds that pass only when asked."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "runs", starter=None, clock=Clock())


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
    assert [run.id for run in store.list()] == ids[::-1]


def test_events_come_back_in_order_and_only_whole_lines(store: ModelStore) -> None:
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
        assert store.append(run.id, events.to_json(event)) == event, "a line is taken as it is"
    assert store.events(run.id) == said
    assert ModelStore(store.root, starter=None).events(run.id) == said


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


def test_deleted_is_gone_for_every_verb(store: ModelStore) -> None:
    run_id = complete(store)
    store.delete(run_id)
    assert store.list() == []
    with pytest.raises(RunNotFound):
        store.append(run_id, RESULT)
    with pytest.raises(RunNotFound):
        store.save(run_id, "weights.npz", b"x")
    assert [path.name for path in store.root.iterdir()] == [f".bin-{run_id}"]


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("run.json", "{"),
        ("run.json", "[]"),
        ("run.json", '{"state": "dancing"}'),
        ("recipe.json", '{"dataset": "cats"}'),
        ("recipe.json", "\x00\xff"),
        ("manifest.json", "half"),
    ],
)
def test_a_damaged_run_is_a_sentence_and_the_others_stay(
    store: ModelStore, file: str, content: str
) -> None:
    good, bad = complete(store), complete(store)
    (store.root / bad / file).write_text(content)
    assert [run.id for run in store.list()] == [good]
    assert len(store.damaged()) == 1
    with pytest.raises(RunDamaged, match=bad):
        store.open(bad)


def test_foreign_things_in_the_store_are_passed_over(store: ModelStore) -> None:
    good = complete(store)
    (store.root / "notes.txt").write_text("hello")
    (store.root / "Holiday Photos").mkdir()
    (store.root / ".new-half").mkdir()
    assert [run.id for run in store.list()] == [good]
    assert store.damaged() == []


def test_a_store_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file where the folder should be")
    with pytest.raises(StoreError, match="cannot be written"):
        ModelStore(tmp_path / "runs", starter=None).create(Recipe())


def test_readers_never_see_half_a_run(store: ModelStore) -> None:
    seen: list[BaseException] = []
    done = threading.Event()

    def read() -> None:
        other = ModelStore(store.root, starter=None)
        while not done.is_set():
            try:
                if other.damaged():
                    seen.append(AssertionError("half a run"))
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
    assert len(store.list()) == 7


def test_shipped_runs_are_listed_last_and_stay(tmp_path: Path) -> None:
    maker = ModelStore(tmp_path / "starter", starter=None, clock=Clock())
    shipped = complete(maker)
    store = ModelStore(tmp_path / "runs", starter=maker.root)
    mine = complete(store)
    assert [(run.id, run.shipped) for run in store.list()] == [(mine, False), (shipped, True)]
    assert store.events(shipped)
    with pytest.raises(StoreError, match="comes with the app"):
        store.delete(shipped)


def test_checkpoints_by_epoch(store: ModelStore) -> None:
    run = store.create(Recipe())
    for epoch in (10, 2, 0):
        store.save(run.id, f"checkpoints/epoch-{epoch:04d}.npz", b"x")
    assert list(store.checkpoints(run.id)) == [0, 2, 10]


def test_of_many_servers_one_gets_a_run_that_ended_early(tmp_path: Path) -> None:
    stores = [ModelStore(tmp_path, starter=None) for _each in range(8)]
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


def test_built_in_models_cannot_be_queued(tmp_path: Path) -> None:
    shipped = ModelStore(tmp_path / "starter", starter=None)
    run_id = shipped.create(Recipe()).id
    shipped.set_state(run_id, RunState.STOPPED)
    assert not ModelStore(tmp_path, starter=shipped.root).queue_again(run_id, "0" * 16)
    assert shipped.open(run_id).state is RunState.STOPPED
