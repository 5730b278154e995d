"""A read-only store: all runs are shown and usable, every change says why it fails."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from model_store import ModelStore, Run, RunState, StoreError
from model_store.classroom.drawing import DrawingError
from model_store.classroom.drawing_set import DrawingStore
from model_store.runs.events import Chunk
from model_store.runs.label import Label
from pages.ui.services import singletons
from tests.support.components import press_start
from tests.support.data_server import data_server, publish
from tests.support.drawings import seven
from tests.support.fault_tools import ME, SMALL, content, is_whole, problems, rights, sentences
from tests.support.finished_runs import all_runs, finished_run
from training.data import download
from training.data.download import DownloadFailed
from training.engine.engine import Engine

Visit = Callable[..., AppTest]
READ = 0o555
Verb = Callable[[ModelStore, str, str], object]
VERBS: dict[str, Verb] = {
    "create": lambda store, run, gone: store.create(SMALL),
    "append": lambda store, run, gone: store.append(run, Chunk(1, 0.1, 1.0, 0.5, 10.0, 2.0)),
    "set_state": lambda store, run, gone: store.set_state(run, RunState.INTERRUPTED),
    "claim": lambda store, run, gone: store.claim(run, "0" * 16),
    "save": lambda store, run, gone: store.save(run, "weights.npz", b"other"),
    "finish": lambda store, run, gone: store.finish(run),
    "describe": lambda store, run, gone: store.describe(run, Label.of("other")),
    "delete": lambda store, run, gone: store.delete(run),
    "restore": lambda store, run, gone: store.restore(gone),
    "forget": lambda store, run, gone: store.forget(gone),
}


@pytest.mark.parametrize("verb", VERBS)
def test_every_change_fails_with_a_sentence_and_changes_nothing(
    store: ModelStore, finished: list[Run], verb: str
) -> None:
    ada, bob = finished
    store.delete(bob.id)
    store.close()
    before = content(store.root)
    with rights(store.root, READ):
        with pytest.raises(StoreError, match=r"cannot be written: .+\. Free some space or rights"):
            VERBS[verb](store, ada.id, bob.id)
        store.tidy()
        assert content(store.root) == before
        assert is_whole(store, ada)
        assert [gone.run.id for gone in store.deleted()] == [bob.id]
    assert is_whole(store, store.restore(bob.id))


def test_a_run_whose_server_died_is_shown_as_interrupted(store: ModelStore) -> None:
    dead = store.lease()
    run = store.create(SMALL, ME, dead.id)
    store.set_state(run.id, RunState.RUNNING)
    dead.close()
    engine = Engine(store, workers=1, address="")
    with rights(store.root, READ, store):
        engine.recover()
        shown = store.open(run.id)
        assert shown.state is RunState.INTERRUPTED
        assert "ended while it was training" in shown.message
    engine.recover()
    assert ModelStore(store.root, starter=None).open(run.id).state is RunState.INTERRUPTED
    engine.close()


def test_drawings_that_joined_stay_and_no_other_joins(store: ModelStore) -> None:
    drawings = DrawingStore(store.database)
    kept = drawings.add(seven(owner=ME))
    with rights(store.root, READ, store):
        for change in (lambda: drawings.add(seven(9.0)), lambda: drawings.remove(kept.id, ME)):
            with pytest.raises(DrawingError, match="cannot be written"):
                change()
        assert DrawingStore(store.database).all().drawings == (kept,)


def test_every_page_shows_what_is_there(
    visit: Visit, store: ModelStore, finished: list[Run]
) -> None:
    ada, bob = finished
    with rights(singletons.store().root, READ, store, singletons.store()):
        for page in ("home", "sweep"):
            assert problems(visit(page)) == ""
        at = visit("compare", run=ada.id)
        assert problems(at) == "" and "Choose another run" in sentences(at)
        for page in ("train", "draw", "evaluate"):
            at = visit(page, run=bob.id)
            assert problems(at) == "" and "Bob" in f"{sentences(at)} {at.selectbox}"


def test_every_button_that_writes_says_why_not(
    visit: Visit, store: ModelStore, finished: list[Run]
) -> None:
    ada = finished[0]
    interrupted = singletons.store().create(SMALL, ME)
    singletons.store().set_state(interrupted.id, RunState.INTERRUPTED)
    train = visit("train", recipe="digits-quick")
    watch = visit("train", run=interrupted.id)
    compare = visit("compare", run=ada.id)
    for each in (store, singletons.store()):
        each.close()
    before = content(singletons.store().root)
    with rights(singletons.store().root, READ, store, singletons.store()):
        press_start(train)
        watch.button(key="again").click().run()
        compare.button(key=f"delete_{ada.id}").click().run()
        for at, what in (
            (train, "could not be started"),
            (watch, "could not be resumed"),
            (compare, "could not be deleted"),
        ):
            assert not at.exception
            assert what in problems(at) and "cannot be written" in problems(at)
        next(f for f in compare.text_input if f.label == "Name").set_value("A new name")
        next(b for b in compare.button if b.label == "Save").click().run()
        assert "could not be saved" in problems(compare)
        singletons.store().close()
    assert content(singletons.store().root) == before


@pytest.mark.parametrize("fault", ["a file in its place", "not to be read"])
def test_a_store_that_is_none_leaves_the_apps_own_models(
    visit: Visit, tmp_path: Path, fault: str
) -> None:
    root = tmp_path / "store"
    if fault == "a file in its place":
        root.write_text("not a folder")
    else:
        made = ModelStore(root)
        finished_run(made, SMALL, ME)
        made.close()
    with rights(root, READ if root.is_file() else 0):
        for page in ("home", "draw", "sweep"):
            assert problems(visit(page)) == ""
        at = visit("train", recipe="digits-quick")
        press_start(at)
        assert not at.exception
        assert "could not be started" in problems(at) and "cannot be written" in problems(at)
        said = problems(visit("compare"))
        assert "cannot be read" in said and "Its runs are not shown" in said
    assert root.is_file() or len(all_runs(singletons.store())) == 4, "they are there again"


def test_data_that_cannot_be_replaced_stay(
    visit: Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a shared data folder, a failed download keeps the existing file."""
    data = tmp_path / "data"
    data.mkdir()
    (data / "mnist.npz").write_bytes(b"PK\x03\x04 half of it")
    began: list[str] = []
    monkeypatch.setattr(download, "start", began.append)
    with rights(data, READ):
        at = visit("data", dataset="mnist")
        next(b for b in at.button if "Download" in b.label).click().run()
        assert not at.exception
        assert began == ["mnist"]
        with data_server(monkeypatch) as server:
            publish(monkeypatch, server)
            with pytest.raises(DownloadFailed, match=r"cannot be saved: .* Free some space"):
                download.download_dataset("mnist", data / "mnist.npz", lambda _file, _done: None)
    assert (data / "mnist.npz").read_bytes() == b"PK\x03\x04 half of it"
    assert [path.name for path in data.iterdir()] == ["mnist.npz"]
