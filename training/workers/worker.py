"""What runs inside a worker process: one training at a time, commanded from its event loop.

Dask imports this module in each worker before it registers (`dask_setup`), so that a worker that is
there is a warm one; a remote worker needs `--preload training.workers.worker`. TensorFlow is
imported in
functions alone: the server imports this module only to name `run`, `command` and `kill_worker`.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from gettext import gettext as _
from pathlib import Path
from typing import Any

from model_store import ModelStore, StoreError
from model_store.recipe.recipe import Recipe
from model_store.runs import events
from model_store.runs.events import Event
from model_store.runs.run import RunState
from training.data.datasets import DataError
from training.data.extra_images import training_data
from training.keras_import.config import KerasFileError
from training.loop.control import Action, Command, Control
from training.loop.environment import provenance_facts
from training.loop.errors import CheckpointError, Diverged

TOPIC = "softmax-lab"
TRAIN = "training.loop.trainer:train"
IMPORT = "training.keras_import.importer:import_model"  # for a run from a file
HOSTED = "SOFTMAX_LAB_HOSTED"  # set in workers that shall end with the process that made them
COLD = "SOFTMAX_LAB_COLD"  # set where TensorFlow shall be loaded only by the first training
PART = 65_536  # bytes of a file in one message; the scheduler remembers up to 1,000 messages
EARLY = 100  # commands kept for runs that have not begun
_log = logging.getLogger(__name__)

_controls: dict[str, Control] = {}
_early: list[tuple[str, Command]] = []


class _Heeded(Control):
    """Tells, once, when the loop has seen that it shall stop."""

    def __init__(self, tell: Callable[[], None]) -> None:
        super().__init__()
        self._tell = tell
        self._told = False

    @property
    def stopped(self) -> bool:
        stopped = super().stopped
        if stopped and not self._told:
            self._told = True
            self._tell()
        return stopped

    @property
    def was_stopped(self) -> bool:
        """The loop has seen a stop; one that came after its end does not count."""
        return self._told


# -- the process ---------------------------------------------------------------------------------


async def dask_setup(worker: Any) -> None:
    """Import TensorFlow and compile once, before the worker registers. Its event loop's thread.

    With `SOFTMAX_LAB_COLD` set, that is left to the first training: for machines of little memory.
    """
    from distributed import WorkerPlugin

    class Orphans(WorkerPlugin):
        """Stops a run whose server has gone: Dask then forgets its task, but cannot end it."""

        def transition(self, key: Any, start: str, finish: str, **_more: Any) -> None:
            if start == "executing" and finish == "released":
                command(str(key), Action.STOP.value, None)

    if os.environ.get(HOSTED):
        _die_with_parent()
    await worker.plugin_add(Orphans(), name="softmax-lab-orphans")
    if os.environ.get(COLD):
        return
    from training.loop import trainer

    trainer.warm_up()


def _die_with_parent() -> None:
    """Have the kernel end this process with its parent, even while a task holds Python's lock.

    Where there is no such call, Dask's own thread does it as soon as it gets the lock.
    """
    if sys.platform == "linux":
        import ctypes

        set_death_signal = 1  # PR_SET_PDEATHSIG
        ctypes.CDLL(None).prctl(set_death_signal, signal.SIGKILL)


# -- commands ------------------------------------------------------------------------------------


def command(attempt: str, action: str, value: float | None) -> None:
    """Pass a command to the run; if it has not begun, it finds it later. Event loop's thread."""
    order = Command(Action(action), value)
    control = _controls.get(attempt)
    if control is not None:
        control.send(order)
    else:
        _early.append((attempt, order))
        del _early[:-EARLY]


def kill_worker(dask_worker: Any) -> None:
    """End the worker of a nanny, which then starts another. Runs in the nanny's process."""
    import psutil

    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(dask_worker.pid).kill()


def _open_control(attempt: str, tell: Callable[[], None]) -> _Heeded:
    """The run's mailbox, with what came before it was there."""
    control = _controls[attempt] = _Heeded(tell)
    for item in [item for item in _early if item[0] == attempt]:
        control.send(item[1])
        _early.remove(item)
    return control


# -- one run -------------------------------------------------------------------------------------


def run(job: Mapping[str, Any]) -> None:
    """Train one run and tell the engine all about it. The worker's one task thread.

    `job` has `run` and `attempt` (which marks every message), `recipe`, `train` (dotted name of a
    function like `training.loop.trainer.train`), `root` (the store's folder, or None if this
    machine
    does not see it: files then travel in messages), `resume` (a checkpoint), `added` (images
    beside the data set's) and `start` (what to begin with): a file's path, its content, or
    None. With `brought` it is not known what the network has learned from.
    """
    from distributed import get_worker

    worker = get_worker()
    marks = {"run": job["run"], "attempt": job["attempt"]}

    def tell(**message: Any) -> None:
        worker.log_event(TOPIC, {**marks, **message})

    control = _open_control(job["attempt"], lambda: tell(heeded=True))
    tell(begun=True)
    try:
        end = _train(job, control, tell, str(worker.name))
    finally:
        _controls.pop(job["attempt"], None)
    tell(end=end)


def _train(
    job: Mapping[str, Any], control: _Heeded, tell: Callable[..., None], worker: str
) -> dict[str, Any]:
    try:
        train = _named(job["train"])
        recipe = Recipe.trusted(job["recipe"])
        data: Any = training_data(recipe, _content(job["added"]))
        train(
            recipe,
            data,
            emit=lambda event: tell(event=_plain(event)),
            control=control,
            save=_saver(job, tell),
            resume=_content(job["resume"]),
            start=_content(job["start"]),
            worker=worker,
        )
    except (
        *(Diverged, CheckpointError),
        *(DataError, StoreError, KerasFileError),
    ) as error:
        return _end(RunState.FAILED, str(error))
    except Exception as error:
        words = traceback.format_exc()
        if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":
            return _end(RunState.FAILED, out_of_memory(), log=words)
        sentence = _("The training ended with an unexpected error ({kind}). The log has more.")
        return _end(RunState.FAILED, sentence.format(kind=type(error).__name__), log=words)
    state = RunState.STOPPED if control.was_stopped else RunState.DONE
    brought = job["brought"]
    facts = provenance_facts(None if brought else data, _("a file") if brought else _("this app"))
    return _end(state, "", facts=facts)


def out_of_memory() -> str:
    """Why a run failed, for a person."""
    return _(
        "The worker ran out of memory. Resume from the last checkpoint when less is running, or "
        "try fewer units or a smaller batch."
    )


def _named(dotted: str) -> Callable[..., Any]:
    module, name = dotted.split(":")
    function: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return function


def _plain(event: Event) -> dict[str, Any]:
    """Of Python's own types, even where NumPy's slipped in: nothing else travels."""
    return {
        key: value.item() if hasattr(value, "item") else value
        for key, value in events.to_dict(event).items()
    }


def _saver(job: Mapping[str, Any], tell: Callable[..., None]) -> Callable[[str, bytes], None]:
    if job["root"] is not None:
        store = ModelStore(Path(job["root"]))
        return lambda name, data: store.save(job["run"], name, data)

    def send(name: str, data: bytes) -> None:
        for start in range(0, len(data), PART):
            tell(file=name, part=data[start : start + PART], last=start + PART >= len(data))

    return send


def _content(file: str | bytes | None) -> bytes | None:
    return Path(file).read_bytes() if isinstance(file, str) else file


def _end(
    state: RunState, message: str, facts: Mapping[str, Any] | None = None, log: str = ""
) -> dict[str, Any]:
    return {
        "state": state.value,
        "message": message,
        "facts": dict(facts or {}),
        "log": log,
        "time": time.time(),
    }
