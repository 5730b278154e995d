"""Worker process: one training at a time, with commands through its event loop.

Dask imports this module in each worker and calls `dask_setup` before the worker registers, so that
registered workers are warm. A worker on another machine needs `--preload training.workers.worker`.
Only functions import TensorFlow: the server imports this module to name `run` and `command`.
"""

import contextlib
import importlib
import os
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from math import inf
from pathlib import Path
from typing import Any

from model_store import StoreError
from model_store.recipe.recipe import Recipe
from model_store.runs import events
from model_store.runs.events import Chunk, Event
from model_store.runs.run import RunState
from model_store.storage import run_folder
from model_store.text import N_, _, stored
from training.data.datasets import DataError, read_file
from training.data.extra_images import training_data
from training.keras_import.errors import KerasFileError
from training.loop.control import Action, Command, Control
from training.loop.environment import provenance_facts
from training.loop.errors import CheckpointError, Diverged
from training.workers import dask_private
from training.workers.host import COLD, HOSTED, die_with_parent, lower_priority
from training.workers.job import Content, Job

TOPIC = "softmax-lab"
TOGETHER = 0.1  # seconds: pages are told at most that often
PART = 65_536  # bytes of a file in one message; the scheduler remembers up to 1,000 messages
FAILURES = (Diverged, CheckpointError, DataError, StoreError, KerasFileError)  # sentences

_lock = threading.Lock()  # of the two below
_controls: dict[str, Control] = {}  # of the attempts that have begun
_early: deque[tuple[str, Command]] = deque(maxlen=100)  # commands for those that have not


class _ReportingControl(Control):
    """Control that reports, once, when the loop has seen a stop; one after its end is not seen."""

    def __init__(self, report: Callable[[], None]) -> None:
        super().__init__()
        self._report = report
        self.reported = False

    @property
    def stopped(self) -> bool:
        stopped = super().stopped
        if stopped and not self.reported:
            self.reported = True
            self._report()
        return stopped


async def dask_setup(worker: Any) -> None:
    """Import TensorFlow and compile once. The worker's event loop.

    With `SOFTMAX_LAB_COLD` set, the first training does this: for machines of little memory.
    """
    from distributed import WorkerPlugin

    class StopOrphans(WorkerPlugin):
        """Stop a run whose server has gone: Dask then drops its task, but cannot end it."""

        def transition(self, key: Any, start: str, finish: str, **_more: Any) -> None:
            if start == "executing" and finish == "released":
                command(str(key), Command(Action.STOP))

    if os.environ.get(HOSTED):
        die_with_parent()
        lower_priority()
    await worker.plugin_add(StopOrphans(), name="softmax-lab-orphans")
    if not os.environ.get(COLD):
        from training.loop import trainer

        trainer.warm_up(Recipe())


def command(attempt: str, order: Command) -> None:
    """Pass a command to an attempt; one that has not begun finds it later. The event loop."""
    with _lock:
        if (control := _controls.get(attempt)) is not None:
            control.send(order)
        else:
            _early.append((attempt, order))


def kill_worker(dask_worker: Any) -> None:
    """Kill the worker of a nanny, which then starts another. The nanny's process."""
    import psutil

    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(dask_private.worker_pid(dask_worker)).kill()


@contextlib.contextmanager
def _listening(attempt: str, control: Control) -> Iterator[None]:
    """Let commands reach a task, those from before it began as well."""
    with _lock:
        _controls[attempt] = control
        for order in [order for name, order in _early if name == attempt]:
            control.send(order)
    try:
        yield
    finally:
        del _controls[attempt]


def prepare(task: str, recipe: Recipe) -> None:
    """Compile the program of a recipe ahead of its run. The worker's one task thread.

    A stop ends it early. With `SOFTMAX_LAB_COLD` set it does nothing.
    """
    if os.environ.get(COLD):
        return
    from training.loop import trainer

    control = Control()
    with _listening(task, control):
        trainer.warm_up(recipe, control)


def run(job: Job) -> None:
    """Train one run. The worker's one task thread.

    Each message to the engine has one of these contents:

    - `begun`: the task has started;
    - `event`: lines of the run's record, serialised here and stored as they are;
    - `file`, `part`, `last`: a piece of a file, from workers that do not see the store;
    - `stopping`: the loop has seen a stop, and evaluates;
    - `end`: state, sentence, manifest facts and log of the run. It is the last message.
    """
    from distributed import get_worker

    worker = get_worker()

    def send(**content: Any) -> None:
        worker.log_event(TOPIC, {"attempt": job.attempt, **content})

    control = _ReportingControl(lambda: send(stopping=True))
    with _listening(job.attempt, control):
        send(begun=True)
        end = _train(job, control, send, str(worker.name))
    send(end=end)


class _Emitter:
    """Events on their way to the engine. Any thread.

    Chunks of `TOGETHER` go in one message: a message costs the server more than a line
    (`python -m benchmarks.load --only watch`: 8 % of a core instead of 16 %).
    """

    def __init__(
        self, send: Callable[..., None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._send, self._clock = send, clock
        self._lock = threading.Lock()
        self._lines: list[str] = []
        self._sent = -inf
        self._timer: threading.Timer | None = None

    def emit(self, event: Event) -> None:
        """Send an event; a chunk at the latest after `TOGETHER`, with those that came meanwhile."""
        with self._lock:
            self._lines.append(events.to_json(event))
            if not isinstance(event, Chunk) or self._clock() - self._sent >= TOGETHER:
                self._flush()
            elif self._timer is None:
                self._timer = threading.Timer(TOGETHER, self.flush)
                self._timer.daemon = True
                self._timer.start()

    def flush(self) -> None:
        """Send what was kept."""
        with self._lock:
            self._flush()

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._lines:
            self._send(event="\n".join(self._lines))
            self._lines.clear()
            self._sent = self._clock()


def _train(
    job: Job, control: _ReportingControl, send: Callable[..., None], worker: str
) -> dict[str, Any]:
    """Return the content of the run's last message."""
    end: dict[str, Any] = {"state": RunState.FAILED.value, "message": "", "facts": {}, "log": ""}
    emitter = _Emitter(send)
    try:
        module, name = job.train.split(":")
        data: Any = training_data(job.recipe, _read(job.extra_images), _own_data(job))
        train = getattr(importlib.import_module(module), name)
        save = _saver(job, send)
        train(
            job.recipe,
            data,
            emit=emitter.emit,
            control=control,
            save=save,
            resume=_read(job.resume),
            start=_read(job.start),
            worker=worker,
            show=partial(save, run_folder.LIVE) if job.is_watched else None,
        )
    except FAILURES as error:
        return {**end, "message": stored(str(error))}
    except Exception as error:
        kind = type(error).__name__
        sentence = _("The training ended with an unexpected error ({kind}). The log has more.")
        if isinstance(error, MemoryError) or kind == "ResourceExhaustedError":
            sentence = out_of_memory()
        message = stored(sentence.format(kind=kind))
        return {**end, "message": message, "log": traceback.format_exc()}
    finally:
        emitter.flush()
    source = (None, N_("a file")) if job.is_import else (data, N_("this app"))
    state = RunState.STOPPED if control.reported else RunState.DONE
    return {**end, "state": state.value, "facts": provenance_facts(*source)}


def out_of_memory() -> str:
    """Return why a run failed, as a sentence for a person."""
    return _(
        "The worker ran out of memory. Resume from the last checkpoint when less is running, or "
        "try fewer units or a smaller batch."
    )


def _saver(job: Job, send: Callable[..., None]) -> Callable[[str, bytes], None]:
    """Return the function that stores a file: this process is the only writer of a run's files."""
    if job.root is not None:
        folder, epochs = Path(job.root) / job.run, job.recipe.epochs
        return partial(run_folder.save, folder, epochs=epochs, trial=job.is_trial)

    def send_file(name: str, data: bytes) -> None:
        for start in range(0, len(data), PART):
            send(file=name, part=data[start : start + PART], last=start + PART >= len(data))

    return send_file


def _own_data(job: Job) -> bytes | None:
    """Return the file of the recipe's own data set; DataError if it was deleted just now."""
    return read_file(Path(job.own_data)) if isinstance(job.own_data, str) else job.own_data


def _read(file: Content) -> bytes | None:
    return Path(file).read_bytes() if isinstance(file, str) else file
