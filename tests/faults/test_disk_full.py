"""A full disk: finished runs stay, unfinished files are not shown, the page says why."""

import importlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from model_store import ModelStore, Run, RunState, StoreError
from model_store.classroom.drawing import DrawingError
from model_store.classroom.drawing_set import DrawingStore
from model_store.runs.events import Chunk, EpochEnd, Evaluated
from model_store.runs.provenance import InitialWeights, Provenance
from model_store.storage import run_folder
from model_store.storage.sweep_store import SweepStore
from pages.ui.services import singletons
from tests.support.components import press_start
from tests.support.drawings import seven
from tests.support.fault_tools import ME, SMALL, is_whole, litter, problems, room, sentences
from tests.support.finished_runs import all_runs, arrays
from training.engine.engine import Engine

Visit = Callable[..., AppTest]
CANNOT = r"cannot be written: .+\. Free some space"
EPOCH = EpochEnd(1, 40, 1.0, 0.9, None, None, 1.5, 0.001, 0.0)


Step = Callable[[ModelStore, str], object]
RECIPE = SMALL.with_(name="Cy", epochs=1)
STEPS: tuple[Step, ...] = (
    lambda store, run_id: store.save(run_id, "checkpoints/epoch-0000.npz", arrays(RECIPE)),
    lambda store, run_id: store.set_state(run_id, RunState.RUNNING),
    lambda store, run_id: store.append(run_id, Chunk(40, 1.0, 1.0, 0.5, 10.0, 2.0)),
    lambda store, run_id: store.append(run_id, EPOCH),
    lambda store, run_id: store.append(run_id, Evaluated(0.3, 0.9, 0.2, 0.9, 1, 40, 1.5, 3.0)),
    lambda store, run_id: store.save(run_id, "weights.npz", arrays(RECIPE)),
    lambda store, run_id: store.save(run_id, "model.keras", bytes(200)),
    lambda store, run_id: store.save(run_id, "summary.json", bytes(200)),
    lambda store, run_id: store.finish(run_id),
    lambda store, run_id: store.set_state(run_id, RunState.DONE),
)


def test_a_full_disk_keeps_no_truncated_bytecode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Truncated bytecode would break every later test that imports the module."""
    (tmp_path / "a_long_module.py").write_text("\n".join(f"word_{n} = {n}" for n in range(200)))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    ask = [sys.executable, "-c", "import a_long_module; print(a_long_module.word_199)"]
    with room(100):
        importlib.import_module("a_long_module")
        begun = subprocess.run(ask, cwd=tmp_path, stdout=subprocess.PIPE, check=False)
    assert begun.stdout == b"199\n"
    later = subprocess.run(ask, cwd=tmp_path, stdout=subprocess.PIPE, check=False)
    assert later.stdout == b"199\n"


@pytest.mark.parametrize("size", [0, 100])
@pytest.mark.parametrize("number", range(len(STEPS)))
def test_wherever_a_run_meets_the_end_of_the_disk(
    store: ModelStore, finished: list[Run], number: int, size: int
) -> None:
    """The write with this number fails: before its first byte, or after some bytes."""
    run = store.create(RECIPE, ME)
    for step in STEPS[:number]:
        step(store, run.id)
    complete = bool(store.open(run.id).manifest)
    with room(size), pytest.raises(StoreError, match=CANNOT):
        STEPS[number](store, run.id)
    assert litter(store.root) == []
    other = ModelStore(store.root, starter=None)
    assert other.damaged() == []
    assert {run.id for run in all_runs(other)} == {run.id, *(run.id for run in finished)}
    assert other.open(run.id).has_model == complete
    assert all(is_whole(other, run) for run in finished)
    for step in STEPS[number:]:
        step(store, run.id)
    assert is_whole(other, other.open(run.id)), "with room again it comes to its end"


@pytest.mark.parametrize("name", run_folder.OF_A_MOMENT)
@pytest.mark.parametrize("size", [0, 100])
def test_what_is_of_a_moment_and_finds_no_room_ends_nothing(
    store: ModelStore, size: int, name: str
) -> None:
    run = store.create(RECIPE, ME)
    path = run.folder / name
    store.save(run.id, name, bytes(200))
    with room(size):
        store.save(run.id, name, bytes(300))
        run_folder.save(run.folder, name, bytes(300))
    assert path.read_bytes() == bytes(200), "the last whole one is still there"
    assert litter(store.root) == []
    run_folder.save(run.folder, name, bytes(300))
    assert path.read_bytes() == bytes(300)
    run_folder.save(store.root / "no-such-run", name, bytes(300))
    assert not (store.root / "no-such-run").exists()


@pytest.mark.parametrize("size", [0, 100, 500])
def test_a_run_that_finds_no_room_is_none(
    store: ModelStore, finished: list[Run], size: int
) -> None:
    with room(size), pytest.raises(StoreError, match=CANNOT):
        store.create(SMALL, ME)
    assert {run.id for run in all_runs(store)} == {run.id for run in finished}
    assert litter(store.root) == []


def test_half_a_line_costs_only_itself(store: ModelStore) -> None:
    run = store.create(SMALL)
    points = [Chunk(n, n / 10, 1.0, 0.5, 10.0, 2.0) for n in range(5)]
    for n, point in enumerate(points):
        before = (run.folder / "events.jsonl").stat().st_size
        if n == 3:
            with room(before + 20), pytest.raises(StoreError, match=CANNOT):
                store.append(run.id, point)
            assert (run.folder / "events.jsonl").stat().st_size == before + 20
        else:
            store.append(run.id, point)
    assert store.events(run.id) == [point for n, point in enumerate(points) if n != 3]


def test_an_end_that_cannot_be_written_is_shown_and_written_later(store: ModelStore) -> None:
    run = store.create(SMALL)
    store.set_state(run.id, RunState.RUNNING)
    with room(0), pytest.raises(StoreError, match=CANNOT):
        store.set_state(run.id, RunState.FAILED, "The disk is full.")
    shown = store.open(run.id)
    assert (shown.state, shown.message) == (RunState.FAILED, "The disk is full.")
    assert [run.state for run in all_runs(store)] == [RunState.FAILED]
    assert shown.finished is not None
    other = ModelStore(store.root, starter=None)
    assert other.open(run.id).state is RunState.RUNNING
    with room(0):
        store.settle()
    assert other.open(run.id).state is RunState.RUNNING
    store.settle()
    assert other.open(run.id) == store.open(run.id) == shown


def test_a_run_is_there_with_all_that_it_begins_with_or_not_at_all(
    store: ModelStore, finished: list[Run]
) -> None:
    start = InitialWeights(Provenance(finished[0].id, "Ada", "0" * 64), arrays(SMALL))
    engine = Engine(store, workers=1, address="")
    try:
        with room(5_000), pytest.raises(StoreError, match=CANNOT):
            engine.submit(SMALL, ME, start=start)
        assert {run.id for run in all_runs(store)} == {run.id for run in finished}
        assert engine.status().queued == 0
        assert litter(store.root) == []
        run = engine.submit(SMALL, ME, start=start)
        assert (run.folder / "start.npz").read_bytes() == start.weights
    finally:
        engine.close()


def test_a_sweep_that_could_not_be_taken_over_can_be_later(store: ModelStore) -> None:
    records = SweepStore(store.database)
    with room(10), pytest.raises(StoreError, match=CANNOT):
        records.create({"space": []}, "", "")
    assert records.newest(9) == []
    left = records.create({"space": []}, "", "0" * 16)
    lease = store.lease()
    try:
        with room(10), pytest.raises(StoreError, match=CANNOT):
            records.claim(left, lease.id)
        claimed = records.claim(left, lease.id)
        assert claimed is not None
        assert SweepStore(store.database).open(left.id).lease == lease.id
    finally:
        lease.close()


def test_a_drawing_joins_whole_or_not(store: ModelStore) -> None:
    drawings = DrawingStore(store.database)
    kept = drawings.add(seven())
    with room(30), pytest.raises(DrawingError, match=CANNOT):
        drawings.add(seven(shift=9.0))
    assert drawings.all().drawings == (kept,)
    assert litter(store.root) == []


def test_train_says_why_it_cannot_start(visit: Visit, finished: list[Run]) -> None:
    singletons.dataset("digits")
    at = visit("train", recipe="digits-quick")
    with room(0):
        press_start(at)
        assert not at.exception
        said = problems(at)
        assert "could not be started" in said and "Free some space" in said
        assert "Ada" in sentences(visit("train", run=finished[0].id))
    assert {run.id for run in all_runs(singletons.store()) if not run.shipped} == {
        run.id for run in finished
    }


def test_a_run_whose_end_could_not_be_written_is_not_shown_as_training(
    visit: Visit, finished: list[Run]
) -> None:
    store = singletons.store()
    run = store.create(SMALL, ME)
    store.set_state(run.id, RunState.RUNNING)
    with room(0):
        with pytest.raises(StoreError) as full:
            store.append(run.id, EPOCH)
        with pytest.raises(StoreError):
            store.set_state(run.id, RunState.FAILED, str(full.value))
        at = visit("train", run=run.id)
        assert "failed" in sentences(at) and "Free some space" in sentences(at)
        at.button(key="again").click().run()
        assert not at.exception
        assert "could not be resumed" in problems(at)


def test_compare_and_draw_go_on(visit: Visit, finished: list[Run]) -> None:
    """What needs no room works: drawing. A new name and a deletion say why they do not."""
    ada, bob = finished
    at = visit("compare", run=ada.id)
    next(field for field in at.text_input if field.label == "Name").set_value("A new name")
    with room(0):
        next(b for b in at.button if b.label == "Save").click().run()
        assert "could not be saved" in problems(at) and "Free some space" in problems(at)
        at.button(key=f"delete_{ada.id}").click().run()
        assert not at.exception
        assert "could not be deleted" in problems(at) and "Free some space" in problems(at)
        assert {run.id for run in all_runs(singletons.store()) if not run.shipped} == {
            *(ada.id, bob.id)
        }
        assert is_whole(singletons.store(), ada)
        assert problems(visit("draw", run=bob.id)) == ""
    at.button(key=f"delete_{ada.id}").click().run()
    at.button(key="undo").click().run()
    assert is_whole(singletons.store(), ada)


def test_data_that_cannot_be_prepared_are_named(
    visit: Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOFTMAX_LAB_CACHE", str(tmp_path / "cache"))
    with room(1_000):
        said = problems(visit("data", dataset="digits"))
    assert "Digits" in said and "cannot be prepared" in said and "Free some space" in said
    assert list((tmp_path / "cache" / "arrays").iterdir()) == []
    assert problems(visit("data", dataset="digits")) == ""
