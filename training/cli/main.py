"""The same training without a page: `python -m training --recipe mnist-mlp-512 --seed 0`.

Writes its runs into the model store, where the app shows them. `--ship` makes one of the models
that come with the app.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import shlex
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from gettext import gettext as _
from pathlib import Path
from typing import Any

from model_store import ModelStore, Run, RunState, StoreError
from model_store.recipe.choices import DATASETS
from model_store.recipe.presets import PRESETS
from model_store.recipe.recipe import Recipe, RecipeError
from model_store.runs.events import EpochEnd, Event
from model_store.runs.provenance import WEIGHTS
from model_store.storage.store import STARTER, default_root
from training.cli.verify import verify
from training.data.datasets import Arrays, DataError, load
from training.data.extra_images import (
    EXTRA_FILE,
    ExtendedData,
    ExtraImages,
    as_extra_images,
    pack,
    sources,
    training_data,
)
from training.data.pen_files import COPIES, read_pen_file, render_copies
from training.export.receipt import ReceiptError
from training.export.verification import VerifyError
from training.loop.control import Action, Command, Control
from training.loop.environment import provenance_facts
from training.loop.errors import CheckpointError, Diverged

OWNER, SHIP_OWNER = "command line", "Softmax Lab"


class UsageError(Exception):
    """A sentence about what was asked for on the command line."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0 if trained (or stopped by Ctrl-C), 1 if it failed, 2 if it could not begin."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["verify"]:
        words[0] = "--verify"
    options = _parser().parse_args(words)
    if options.list:
        _list_recipes()
        return 0
    try:
        if options.ship:
            return _ship(options, options.ship)
        store = ModelStore(options.store or default_root())
        return _verify(store, options) if options.verify else _train_into(store, options)
    except (UsageError, VerifyError, ReceiptError, RecipeError, DataError, StoreError) as error:
        print(error, file=sys.stderr)
        return 2


def _train_into(store: ModelStore, options: argparse.Namespace) -> int:
    """Train, with a lease that tells the app when this process is gone."""
    run, checkpoint = _resumable(store, options) if options.resume else (None, None)
    with contextlib.closing(store.lease()) as lease:
        if run is None:
            run = _create(store, options, OWNER)
            store.claim(run.id, lease.id)
        elif not store.queue_again(run.id, lease.id):
            raise _not_resumable(store.open(run.id))  # the app was faster
        return _train(store, run, _data(run), _command(options), checkpoint)


def _verify(store: ModelStore, options: argparse.Namespace) -> int:
    def train(run: Run) -> int:
        with contextlib.closing(store.lease()) as lease:
            store.claim(run.id, lease.id)
            return _train(store, run, _data(run), _command(options))

    return verify(store, options.verify, OWNER, train)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m training",
        description=_("Train a classifier into the model store."),
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--recipe", help=_("a recipe's name, or a recipe .json file"))
    what.add_argument("--list", action="store_true", help=_("name the recipes"))
    what.add_argument(
        "--verify",
        metavar="RECEIPT",
        type=Path,
        help=_("train a receipt's run again and compare; also: verify RECEIPT"),
    )
    what.add_argument("--resume", metavar="RUN", help=_("go on from a run's last checkpoint"))
    parser.add_argument("--seed", type=int, help=_("instead of the recipe's"))
    parser.add_argument("--epochs", type=int, help=_("instead of the recipe's"))
    parser.add_argument("--subset", type=int, help=_("train on so many images"))
    parser.add_argument("--store", type=Path, help=_("folder of the runs"))
    added = parser.add_argument_group(
        _("training images beside the recipe's data set"),
        _("They are trained on in every epoch and never tested on; the run's card names them."),
    )
    added.add_argument(
        "--add", choices=DATASETS, action="append", help=_("another data set's training images")
    )
    added.add_argument(
        "--strokes", type=Path, metavar="FILE", help=_("digits from a pen: JSON, gzip or not")
    )
    added.add_argument(
        "--strokes-from", metavar="TEXT", help=_("authors and licence of the strokes, for the card")
    )
    parser.add_argument(
        "--ship",
        metavar="ID",
        help=_("make a model that comes with the app, under this id"),
    )
    return parser


def _create(store: ModelStore, options: argparse.Namespace, owner: str) -> Run:
    """A new run of the recipe, whose folder keeps what the command adds to its data set."""
    recipe = _recipe(options)
    load(recipe.dataset)  # refuses before there is a run
    added = [as_extra_images(load(name)) for name in options.add or ()]
    if options.strokes:
        drawn = render_copies(read_pen_file(options.strokes), COPIES, recipe.seed)
        known_as = options.strokes_from or _("licence not named")
        added.append(ExtraImages.of(options.strokes.name, known_as, *drawn))
    run = store.create(recipe, owner)
    if added:
        store.save(run.id, EXTRA_FILE, pack(added))
    return run


def _data(run: Run) -> Arrays | ExtendedData:
    path = run.folder / EXTRA_FILE
    try:
        return training_data(run.recipe, path.read_bytes() if path.exists() else None)
    except OSError as error:
        raise UsageError(
            _("The images {path} cannot be read: {why}.").format(path=path, why=error.strerror)
        ) from None


def _start(run: Run) -> bytes | None:
    """The weights that a run begins with, if not with random ones."""
    path = run.folder / WEIGHTS
    return path.read_bytes() if path.exists() else None


def _list_recipes() -> None:
    for name, published in PRESETS.items():
        recipe = published.recipe
        print(f"{name:26}{recipe.data.label:18}{recipe.network:22}{published.source}")


def _recipe(options: argparse.Namespace) -> Recipe:
    recipe = _find_recipe(options.recipe)
    names = ("seed", "epochs", "subset")
    return recipe.with_(
        **{n: getattr(options, n) for n in names if getattr(options, n) is not None}
    )


def _find_recipe(name: str) -> Recipe:
    if name in PRESETS:
        return PRESETS[name].recipe
    if not name.endswith(".json"):
        raise UsageError(
            _("There is no recipe {name}. There are: {names}.").format(
                name=repr(name)[:60], names=", ".join(PRESETS)
            )
        )
    try:
        return Recipe.from_dict(json.loads(Path(name).read_text("utf-8")))
    except OSError as error:
        raise UsageError(
            _("The recipe {path} cannot be read: {why}.").format(path=name, why=error.strerror)
        ) from None
    except (ValueError, RecursionError) as error:
        if isinstance(error, RecipeError):
            raise
        raise UsageError(_("{path} is not a JSON file.").format(path=name)) from None


def _resumable(store: ModelStore, options: argparse.Namespace) -> tuple[Run, bytes]:
    run_id = options.resume
    if options.add or options.strokes:
        raise UsageError(
            _("A run goes on with the images that it began with; leave out --add and --strokes.")
        )
    run = store.open(run_id)
    if not run.state.ended_early():
        raise _not_resumable(run)
    checkpoints = store.checkpoints(run_id)
    if not checkpoints:
        raise UsageError(_("The run {id} has no checkpoint. Train it anew.").format(id=run_id))
    try:
        return run, checkpoints[max(checkpoints)].read_bytes()
    except OSError as error:
        raise UsageError(
            _("The checkpoint of {id} cannot be read: {why}.").format(id=run_id, why=error.strerror)
        ) from None


def _not_resumable(run: Run) -> UsageError:
    return UsageError(
        _("The run {id} is {state}; only one that was stopped or failed can resume.").format(
            id=run.id, state=run.state
        )
    )


def _command(options: argparse.Namespace) -> str:
    """The command that trains the same again."""
    words = ["python -m training"]
    for name in ("recipe", "verify", "resume", "seed", "epochs", "subset", "ship"):
        value = getattr(options, name)
        if value is not None:
            words.append(f"--{name} {value}")
    words += [f"--add {name}" for name in options.add or ()]
    if options.strokes:
        words.append(f"--strokes {shlex.quote(options.strokes.name)}")
    if options.strokes_from:
        words.append(f"--strokes-from {shlex.quote(options.strokes_from)}")
    return " ".join(words)


def _train(
    store: ModelStore,
    run: Run,
    data: Arrays | ExtendedData,
    command: str,
    resume: bytes | None = None,
) -> int:
    from training.loop import trainer  # TensorFlow: seconds, spent only once all else is in order

    recipe = run.recipe
    store.set_state(run.id, RunState.RUNNING)
    print(f"{recipe.title}: {recipe.network}, {recipe.parameters:,} parameters -> {run.folder}")
    printer = _Printer(recipe, sum(source.images for source in sources(data)[1:]))

    def emit(event: Event) -> None:
        store.append(run.id, event)
        printer.show(event)

    control = Control()
    try:
        with _interrupt_stops(control):
            result = trainer.train(
                recipe,
                data,
                emit=emit,
                control=control,
                save=lambda name, content: store.save(run.id, name, content),
                resume=resume,
                start=_start(run),
            )
        store.finish(run.id, **provenance_facts(data, command))
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
        f"test accuracy {result.test_accuracy:.4f}, loss {result.test_loss:.4f}; "
        f"training images {result.train_accuracy:.4f}, {result.train_loss:.4f}; "
        f"{result.seconds:.1f} s"
    )
    return 0


class _Printer:
    """Prints a line an epoch."""

    def __init__(self, recipe: Recipe, added: int) -> None:
        self._epochs = recipe.epochs
        self._images = recipe.train_images + added

    def show(self, event: Event) -> None:
        if isinstance(event, EpochEnd):
            print(self._line(event), flush=True)

    def _line(self, end: EpochEnd) -> str:
        words = [
            f"epoch {end.epoch}/{self._epochs}",
            f"loss {end.loss:.4f}",
            f"accuracy {end.accuracy:.4f}",
        ]
        if end.val_loss is not None:
            words += [
                f"val loss {end.val_loss:.4f}",
                f"val accuracy {end.val_accuracy:.4f}",
            ]
        words += [f"{end.seconds:.2f} s", f"{self._images / end.seconds:,.0f} images/s"]
        return "  ".join(words)


@contextlib.contextmanager
def _interrupt_stops(control: Control) -> Iterator[None]:
    """Ctrl-C ends the training after its chunk and keeps what was learned; a second one aborts."""

    def stop(_number: int, _frame: Any) -> None:
        signal.signal(signal.SIGINT, before)
        print(_("Stopping: what was learned is kept."), file=sys.stderr)
        control.send(Command(Action.STOP))

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _ship(options: argparse.Namespace, ship_id: str) -> int:
    """Train aside, then put the run, without checkpoints, among those that come with the app."""
    with tempfile.TemporaryDirectory() as folder:
        store = ModelStore(Path(folder), starter=None)
        run = _create(store, options, SHIP_OWNER)
        code = _train(store, run, _data(run), _command(options))
        if code == 0 and store.open(run.id).state is RunState.DONE:
            _put_among_starters(run, ship_id, STARTER)
    return code


def _put_among_starters(run: Run, ship_id: str, starter: Path) -> None:
    shutil.rmtree(run.folder / "checkpoints")
    (run.folder / EXTRA_FILE).unlink(missing_ok=True)
    for name in ("run.json", "manifest.json"):
        path = run.folder / name
        path.write_text(json.dumps({**json.loads(path.read_text()), "id": ship_id}, indent=2))
    shutil.rmtree(starter / ship_id, ignore_errors=True)
    shutil.copytree(run.folder, starter / ship_id)
    print(starter / ship_id)
