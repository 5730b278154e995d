"""Faulty trainings, chosen by the recipe's name; any other name trains for real.

Workers run them through `Engine(train=FAULTY)`; `import_model` replaces
`training.workers.job.IMPORT`.
"""

import ctypes
import os
import signal
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from model_store.recipe.recipe import Recipe
from model_store.runs.events import Chunk, Evaluated, Event, Started, StateChanged
from training.loop.control import Control
from training.loop.errors import Diverged
from training.loop.live_weights import Show

Emit = Callable[[Event], None]
Save = Callable[[str, bytes], None]


def train(
    recipe: Recipe,
    data: Any,
    *,
    emit: Emit,
    control: Control,
    save: Save,
    resume: bytes | None = None,
    start: bytes | None = None,
    worker: str = "",
    show: Show | None = None,
) -> Evaluated:
    """Like `training.loop.trainer.train`."""
    fault = FAULTS.get(recipe.name)
    if fault is None:
        from training.loop import trainer

        return trainer.train(
            recipe,
            data,
            emit=emit,
            control=control,
            save=save,
            resume=resume,
            start=start,
            worker=worker,
            show=show,
        )
    emit(Started(time.time(), 1, recipe.epochs, worker=worker))
    fault(emit, control)
    for name in ("weights.npz", "model.keras", "summary.json"):
        save(name, b"{}")
    result = Evaluated(0.1, 0.9, 0.1, 0.9, 1, 1, 0.1, time.time())
    emit(result)
    return result


def import_model(recipe: Recipe, data: Any, **others: Any) -> Evaluated:
    """Like `training.keras_import.importer.import_model`."""
    if recipe.name in FAULTS:
        return train(recipe, data, **others)
    from training.keras_import import importer

    return importer.import_model(recipe, data, **others)


def pause(emit: Emit, control: Control) -> None:
    """Say that the training is paused, wait, and say that it goes on."""
    emit(StateChanged("paused", "", time.time()))
    control.wait()
    emit(StateChanged("running", "", time.time()))


def _obedient(emit: Emit, control: Control) -> None:
    """Run until stopped, and wait while paused; report when each new rate arrived in a chunk."""
    step = 0
    while not control.stopped:
        if control.paused:
            pause(emit, control)
        rate = control.take_learning_rate()
        if rate is not None:
            step += 1
            emit(Chunk(step, 0.0, rate, 0.0, 1.0, time.time()))
        time.sleep(0.001)


def _works(emit: Emit, _control: Control) -> None:
    """Finish after 0.2 s."""
    for step in range(1, 21):
        time.sleep(0.01)
        emit(Chunk(step, step / 20, 1.0, 0.5, 1.0, time.time()))


def _deaf(_emit: Emit, _control: Control) -> None:
    """Ignore all commands."""
    while True:
        time.sleep(1)


def _holds_the_lock(_emit: Emit, _control: Control) -> None:
    """Block every thread of this process, Dask's included."""
    time.sleep(0.2)  # time to send the messages
    if os.name == "posix":
        ctypes.PyDLL(None).sleep(3600)
    else:
        ctypes.PyDLL("kernel32").Sleep(3_600_000)


def _eats_memory(_emit: Emit, _control: Control) -> None:
    eaten = []
    while True:
        eaten.append(np.ones(12_500_000))  # 100 MB
        time.sleep(0.02)


def _dies(_emit: Emit, _control: Control) -> None:
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))


def _raises(_emit: Emit, _control: Control) -> None:
    raise ZeroDivisionError("a bug")


def _cannot_allocate(_emit: Emit, _control: Control) -> None:
    raise MemoryError


def _diverges(_emit: Emit, _control: Control) -> None:
    raise Diverged("The loss became too large.")


FAULTS: dict[str, Callable[[Emit, Control], None]] = {
    "quick": lambda _emit, _control: None,
    "obedient": _obedient,
    "works": _works,
    "deaf": _deaf,
    "holds the lock": _holds_the_lock,
    "eats memory": _eats_memory,
    "dies": _dies,
    "raises": _raises,
    "cannot allocate": _cannot_allocate,
    "diverges": _diverges,
}
