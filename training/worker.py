"""What runs inside a worker process: one training at a time, commanded from its event loop.

Dask imports this module in each worker before it registers (`dask_setup`), so that a worker that is
there is a warm one. TensorFlow is imported inside functions: the server imports this module only to
name `run` and `command`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from gettext import gettext as _
from pathlib import Path
from typing import Any

from model_store import ModelStore, StoreError
from model_store.run import RunState
from training import events
from training.backend import configure
from training.control import Action, Command, Control
from training.datasets import DataError, load
from training.events import Event
from training.recipe import Recipe

TOPIC = "softmax-lab"
_controls: dict[str, Control] = {}
_log = logging.getLogger(__name__)


def dask_setup(_worker: Any) -> None:
    """Import TensorFlow and compile once, before the worker registers. Its event loop's thread."""
    configure()
    from training import trainer

    trainer.warm_up()


def command(run_id: str, action: str, value: float | None) -> bool:
    """Pass a command to the run if this worker has it. The worker's event loop thread."""
    control = _controls.get(run_id)
    if control is not None:
        control.send(Command(Action(action), value))
    return control is not None


def run(run_id: str, recipe: Mapping[str, Any], root: str, resume: str | None) -> dict[str, Any]:
    """Train one run and tell the engine all about it; returns the end that it told.

    Figures go to the engine as events, files straight into the store at `root`. The worker's one
    task thread.
    """
    from distributed import get_worker

    worker = get_worker()

    def tell(**message: Any) -> None:
        worker.log_event(TOPIC, {"run": run_id, **message})

    control = _controls[run_id] = Control()
    try:
        tell(begun=time.time())
        end = _train(run_id, Recipe.from_dict(recipe), Path(root), resume, control, tell)
    finally:
        _controls.pop(run_id, None)
    tell(end=end)
    return end


def _train(
    run_id: str, recipe: Recipe, root: Path, resume: str | None, control: Control, tell: Any
) -> dict[str, Any]:
    from training import trainer

    store = ModelStore(root)

    def emit(event: Event) -> None:
        tell(event=events.to_dict(event))

    try:
        data = load(recipe.dataset)
        trainer.train(
            recipe,
            data,
            emit=emit,
            control=control,
            save=lambda name, content: store.save(run_id, name, content),
            resume=Path(resume).read_bytes() if resume else None,
        )
    except (trainer.Diverged, trainer.CheckpointError, DataError, StoreError) as error:
        return _end(RunState.FAILED, str(error))
    except Exception as error:
        _log.exception("run %s failed", run_id)
        sentence = _("The training ended with an unexpected error ({kind}). The log has more.")
        return _end(RunState.FAILED, sentence.format(kind=type(error).__name__))
    state = RunState.STOPPED if control.stopped else RunState.DONE
    return _end(state, "", trainer.facts(data, _("this app")))


def _end(state: RunState, message: str, facts: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {
        "state": state.value,
        "message": message,
        "facts": dict(facts or {}),
        "time": time.time(),
    }
