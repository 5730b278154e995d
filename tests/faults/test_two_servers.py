"""Two servers on one store: each shows all runs and controls its own; one ends, one continues."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from model_store import ModelStore, Run, RunState
from model_store.inference.classifier import Classifier
from pages.ui.services import singletons
from tests.support.engines import CODE, FAULTY, ends, runs, state, until
from tests.support.fault_tools import ME, SMALL, is_whole, problems, room, sentences
from tests.support.finished_runs import all_runs, finished_run
from training.engine import engine as engine_module
from training.engine.engine import Engine
from training.loop.control import Action, Command

Visit = Callable[..., AppTest]
OBEDIENT = SMALL.with_(name="obedient")
OTHER = """
import sys
from pathlib import Path
from model_store import ModelStore, RunState
from tests.support.fault_tools import ME, SMALL
from tests.support.finished_runs import all_runs, finished_run
from training.engine.engine import Engine
store = ModelStore(Path(sys.argv[1]))
engine = Engine(store, workers=1, address="")
finished = finished_run(store, SMALL.with_(name="Theirs"), ME)
running = engine.submit(SMALL.with_(seed=1), ME)
store.set_state(running.id, RunState.RUNNING)
waiting = engine.submit(SMALL.with_(seed=2), ME)
print(finished.id, running.id, waiting.id, flush=True)
sys.stdin.read()
"""


@dataclass(frozen=True)
class Other:
    """Another server's process, with a finished run, one that trains and one that waits."""

    process: subprocess.Popen[str]
    finished: str
    running: str
    waiting: str


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Start this server's engine with one worker, once for the file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTMAX_LAB_COLD", "1")
        patch.setattr(engine_module, "RECOVER_EVERY", 0.2)
        store = ModelStore(tmp_path_factory.mktemp("servers") / "store")
        engine = Engine(store, workers=1, address="", train=FAULTY)
        engine.start()
        yield engine
        engine.close()


@pytest.fixture
def here(ours: Engine, monkeypatch: pytest.MonkeyPatch) -> ModelStore:
    """Return this server's store and make the pages use this server."""
    store = ours.store
    monkeypatch.setattr(singletons, "store", lambda: store)
    monkeypatch.setattr(singletons, "engine", lambda: ours)
    monkeypatch.setattr(singletons, "stop", lambda: None)
    return store


@pytest.fixture
def other(here: ModelStore) -> Iterator[Other]:
    process = subprocess.Popen(
        [sys.executable, "-c", OTHER, str(here.root)],
        cwd=CODE,
        env=os.environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    yield Other(process, *process.stdout.readline().split())
    process.kill()
    process.communicate()


def test_each_shows_all_and_the_end_of_one_leaves_the_other(
    visit: Visit, ours: Engine, here: ModelStore, other: Other
) -> None:
    mine = ours.submit(OBEDIENT, ME)
    shown = {run.id for run in all_runs(here)}
    assert {mine.id, other.finished, other.running, other.waiting} <= shown

    for run_id in (other.running, other.waiting):
        at = visit("train", run=run_id)
        assert "Another server trains this run" in sentences(at)
        assert not [button for button in at.button if button.key and run_id in button.key]
    assert problems(visit("draw", run=other.finished)) == ""
    assert is_whole(here, here.open(other.finished))

    runs(here, mine.id)
    at = visit("train", run=mine.id)
    assert "Another server" not in sentences(at)
    assert at.button(key=f"stop_{mine.id}")
    assert state(here, other.running) is RunState.RUNNING, "its server lives"

    other.process.kill()
    for run_id in (other.running, other.waiting):
        assert ends(here, run_id) is RunState.INTERRUPTED
        assert "app ended while it was training" in sentences(visit("train", run=run_id))
    assert state(here, other.finished) is RunState.DONE
    assert state(here, mine.id) is RunState.RUNNING
    assert ours.resume(other.waiting), "this server can resume it"
    assert ours.command(other.waiting, Command(Action.STOP))
    assert ours.command(mine.id, Command(Action.STOP))
    assert ends(here, mine.id) is RunState.STOPPED


def test_what_is_resumed_at_several_servers_at_once_goes_on_at_one(tmp_path: Path) -> None:
    run_id = ModelStore(tmp_path, starter=None).create(SMALL, ME, "0" * 16).id
    ModelStore(tmp_path, starter=None).set_state(run_id, RunState.INTERRUPTED)
    engines = [Engine(ModelStore(tmp_path, starter=None), workers=1, address="") for _ in range(6)]
    begin = threading.Barrier(len(engines))

    def resume(engine: Engine) -> bool:
        begin.wait()
        return engine.resume(run_id)

    try:
        with ThreadPoolExecutor(len(engines)) as pool:
            got = list(pool.map(resume, engines))
        assert sorted(got) == [False] * 5 + [True]
        assert [engine.has(run_id) for engine in engines] == got
    finally:
        for engine in engines:
            engine.close()


def test_a_disk_that_fills_while_a_run_trains(visit: Visit, ours: Engine, here: ModelStore) -> None:
    """The run ends and its page says why; the record says so when it can be written again."""
    mine = ours.submit(OBEDIENT, ME)
    runs(here, mine.id)
    elsewhere = ModelStore(here.root)
    with room(0):
        ours.command(mine.id, Command(Action.LEARNING_RATE, 0.5))
        assert ends(here, mine.id) is RunState.FAILED
        at = visit("train", run=mine.id)
        assert "cannot be written" in sentences(at) and "Free some space" in sentences(at)
        assert state(elsewhere, mine.id) is RunState.RUNNING
    until(lambda: state(elsewhere, mine.id) is RunState.FAILED)
    assert elsewhere.open(mine.id).message == here.open(mine.id).message
    quick = ours.submit(SMALL.with_(name="quick"), ME)
    assert ends(here, quick.id) is RunState.DONE, "the engine keeps working"


def test_a_run_that_ends_as_its_server_closes_stays_as_it_ended(tmp_path: Path) -> None:
    """The other server has just read the run's state as training."""
    store = ModelStore(tmp_path, starter=None)
    lease = store.lease()
    begun = store.create(SMALL, ME, lease.id)
    store.set_state(begun.id, RunState.RUNNING)

    class Late(ModelStore):
        """What it found unfinished was so a moment ago."""

        def unfinished(self) -> Sequence[Run]:
            before = super().unfinished()
            store.set_state(begun.id, RunState.DONE)
            lease.close()
            return before

    engine = Engine(Late(tmp_path, starter=None), workers=1, address="")
    engine.recover()
    assert state(store, begun.id) is RunState.DONE
    engine.close()


def test_a_model_of_one_server_answers_at_the_other(tmp_path: Path) -> None:
    ours, theirs = ModelStore(tmp_path), ModelStore(tmp_path)
    run = finished_run(theirs, SMALL, ME)
    first = Classifier.load(ours.open(run.id))
    assert is_whole(ours, run)
    assert len(first.weights) == len(SMALL.hidden) + 1
