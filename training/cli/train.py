"""Training of one run in this process, with a line printed for each epoch."""

import argparse
import contextlib
import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from model_store import ModelStore, Run, RunState, StoreError
from model_store.recipe.presets import PRESETS
from model_store.recipe.recipe import Recipe
from model_store.runs.events import EpochEnd, Event
from model_store.text import _
from training.cli.arguments import UsageError, command
from training.data.datasets import load, read_file
from training.data.extra_images import (
    EXTRA_FILE,
    ExtraImages,
    as_extra_images,
    sources,
    training_data,
)
from training.data.own_sets import OwnSets, recipe_data
from training.data.pen_files import COPIES, read_pen_file, render_copies
from training.loop.control import Action, Command, Control
from training.loop.environment import provenance_facts
from training.loop.errors import CheckpointError, Diverged
from training.workers.job import initial_files

OWNER = "command line"


def train(store: ModelStore, options: argparse.Namespace) -> int:
    """Train a new run, or resume one; return the exit code.

    A lease shows the app when this process has ended.

    Raises:
        UsageError, RecipeError, DataError, StoreError: if the training cannot begin.
    """
    with contextlib.closing(store.lease()) as lease:
        if options.resume:
            run, checkpoint = _queue_again(store, options, lease.id)
        else:
            run, checkpoint = create_run(store, options, OWNER, lease.id), None
        return train_run(store, run, command(options), checkpoint)


def create_run(store: ModelStore, options: argparse.Namespace, owner: str, lease: str = "") -> Run:
    """Create a run of the recipe; its folder keeps the extra images.

    Raises:
        UsageError, RecipeError, DataError, StoreError: if the options cannot be used.
    """
    changes = {name: getattr(options, name) for name in ("seed", "epochs", "subset")}
    given = {name: value for name, value in changes.items() if value is not None}
    recipe = _find_recipe(options.recipe).with_(**given)
    recipe_data(recipe, store.root)  # refuses before there is a run
    extra = [as_extra_images(load(name)) for name in options.add or ()]
    if options.strokes:
        images, labels = render_copies(read_pen_file(options.strokes), COPIES, recipe.seed)
        licence = options.strokes_from or _("licence not named")
        extra.append(ExtraImages.of(options.strokes.name, licence, images, labels))
    return store.create(recipe, owner, lease, files=initial_files(extra, None))


def _find_recipe(name: str) -> Recipe:
    if name in PRESETS:
        return PRESETS[name].recipe
    if not name.endswith(".json"):
        sentence = _("There is no recipe {name}. The recipes are: {names}.")
        raise UsageError(sentence.format(name=repr(name)[:60], names=", ".join(PRESETS)))
    try:
        raw = json.loads(read_file(Path(name)))
    except (ValueError, RecursionError):
        raise UsageError(_("{path} is not a JSON file.").format(path=name)) from None
    return Recipe.from_dict(raw)


def _queue_again(store: ModelStore, options: argparse.Namespace, lease: str) -> tuple[Run, bytes]:
    """Return the run to resume and its last checkpoint."""
    if options.add or options.strokes:
        raise UsageError(_("A resumed run keeps its images. Leave out --add and --strokes."))
    run = store.open(options.resume)
    checkpoints = store.checkpoints(run.id)
    if not checkpoints:
        sentence = _("The run {id} has no checkpoint. Start a new training.")
        raise UsageError(sentence.format(id=run.id))
    content = read_file(checkpoints[max(checkpoints)])
    if not store.queue_again(run.id, lease):
        sentence = _("The run {id} is {state}. Only a run that ended early can be resumed.")
        raise UsageError(sentence.format(id=run.id, state=run.state))
    return run, content


def train_run(store: ModelStore, run: Run, made_by: str, checkpoint: bytes | None = None) -> int:
    """Train a queued run to its end and return the exit code; `made_by` goes into its manifest.

    Raises:
        DataError: if the images of the run cannot be read.
        StoreError: if the store cannot be written.
    """
    extra = run.folder / EXTRA_FILE
    added = read_file(extra) if extra.exists() else None
    own = OwnSets(store.root).content(run.recipe.dataset)
    data = training_data(run.recipe, added, own)
    origin = run.provenance
    start = read_file(run.folder / origin.weights_file) if origin else None
    from training.loop import trainer  # TensorFlow: seconds, spent only once all else is in order

    recipe = run.recipe
    store.set_state(run.id, RunState.RUNNING)
    print(f"{recipe.title}: {recipe.network}, {recipe.parameters:,} parameters -> {run.folder}")
    images = recipe.train_images + sum(source.images for source in sources(data)[1:])

    def emit(event: Event) -> None:
        store.append(run.id, event)
        if isinstance(event, EpochEnd):
            print(_epoch_line(event, recipe.epochs, images), flush=True)

    control = Control()
    try:
        with _interrupt_stops(control):
            result = trainer.train(
                recipe,
                data,
                emit=emit,
                control=control,
                save=lambda name, content: store.save(run.id, name, content),
                resume=checkpoint,
                start=start,
            )
        store.finish(run.id, **provenance_facts(data, made_by))
    except (Diverged, CheckpointError) as error:
        store.set_state(run.id, RunState.FAILED, str(error))
        print(error, file=sys.stderr)
        return 1
    except BaseException:
        with contextlib.suppress(StoreError):
            store.set_state(run.id, RunState.FAILED, _("The training ended unexpectedly."))
        raise
    store.set_state(run.id, RunState.STOPPED if control.stopped else RunState.DONE)
    print(
        f"test accuracy {result.test_accuracy:.4f}, loss {result.test_loss:.4f}; training images, "
        f"evaluated: {result.train_accuracy:.4f}, {result.train_loss:.4f}; {result.seconds:.1f} s"
    )
    return 0


def _epoch_line(end: EpochEnd, epochs: int, images: int) -> str:
    line = f"epoch {end.epoch}/{epochs}  loss {end.loss:.4f}  accuracy {end.accuracy:.4f}"
    if end.val_loss is not None:
        line += f"  val loss {end.val_loss:.4f}  val accuracy {end.val_accuracy:.4f}"
    return f"{line}  {end.seconds:.2f} s  {images / end.seconds:,.0f} images/s"


@contextlib.contextmanager
def _interrupt_stops(control: Control) -> Iterator[None]:
    """Let Ctrl-C end the training after its chunk and keep what it learned; a second one aborts."""

    def stop(_number: int, _frame: Any) -> None:
        signal.signal(signal.SIGINT, before)
        print(_("Stopping. What was learned is kept."), file=sys.stderr)
        control.send(Command(Action.STOP))

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
