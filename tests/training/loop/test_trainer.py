"""Training in this process: repeatable, resumable, controllable, and equal to Keras."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from model_store.recipe.recipe import Augment, Hidden, Recipe
from model_store.runs.events import (
    Chunk,
    EpochEnd,
    Evaluated,
    Event,
    LearningRate,
    Started,
    StateChanged,
)
from training.loop.control import Action, Command, Control

RECIPE = Recipe(
    dataset="digits",
    hidden=(Hidden(12, dropout=0.3), Hidden(8)),
    epochs=3,
    batch_size=32,
    validation="test",
    shuffle="every_epoch",
    seed=11,
)
VARIANTS = [
    RECIPE,
    RECIPE.with_(shuffle="once", optimizer="adam", learning_rate=0.01),
    RECIPE.with_(optimizer="sgd", optimizer_options=(("momentum", 0.9),), l2=0.001),
    RECIPE.with_(hidden=(), validation="split"),
    RECIPE.with_(augment=Augment(rotation=10.0, shift=2.0)),
]


@dataclass(frozen=True)
class Pictures:
    """Ten distinguishable blobs; the numbers of images are no multiples of a batch."""

    x_train: NDArray[np.uint8]
    y_train: NDArray[np.uint8]
    x_test: NDArray[np.uint8]
    y_test: NDArray[np.uint8]
    fingerprint: str = "blobs"


def blobs() -> Pictures:
    rng = np.random.default_rng(3)
    prototypes = rng.integers(0, 256, (10, 28, 28))

    def some(count: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        labels = rng.integers(0, 10, count).astype(np.uint8)
        noisy = 0.7 * prototypes[labels] + 0.3 * rng.integers(0, 256, (count, 28, 28))
        return noisy.astype(np.uint8), labels

    digits = RECIPE.data
    return Pictures(*some(digits.train), *some(digits.test))


DATA = blobs()


@dataclass
class Log:
    """Events and files of a training; `commands` maps a number of chunks to what is then sent."""

    commands: dict[int, list[Command]] = field(default_factory=dict)
    control: Control = field(default_factory=Control)
    events: list[Event] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)

    def emit(self, event: Event) -> None:
        self.events.append(event)
        if isinstance(event, Chunk):
            for command in self.commands.get(len(self.of(Chunk)), ()):
                self.control.send(command)

    def save(self, name: str, data: bytes) -> None:
        self.files[name] = data

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def figures(self) -> list[Event]:
        """Return all measured events without their times."""
        measured = [e for e in self.events if isinstance(e, Chunk | EpochEnd | Evaluated)]
        timeless: dict[str, Any] = {"time": 0.0, "seconds": 0.0, "images_per_second": 0.0}
        return [
            replace(e, **{n: v for n, v in timeless.items() if hasattr(e, n)}) for e in measured
        ]

    def weights(self, name: str = "weights.npz") -> dict[str, NDArray[Any]]:
        with np.load(io.BytesIO(self.files[name])) as archive:
            return {n: archive[n] for n in archive.files if n != "seconds"}


def trained(recipe: Recipe = RECIPE, resume: bytes | None = None, log: Log | None = None) -> Log:
    from training.loop import trainer

    log = log or Log()
    trainer.train(recipe, DATA, emit=log.emit, control=log.control, save=log.save, resume=resume)
    return log


def same(one: dict[str, NDArray[Any]], other: dict[str, NDArray[Any]]) -> bool:
    return one.keys() == other.keys() and all((one[n] == other[n]).all() for n in one)


# -- events and files ----------------------------------------------------------------------------


def test_it_learns_and_says_so() -> None:
    log = trained(RECIPE.with_(epochs=8, learning_rate=0.01, hidden=(Hidden(12),)))
    (started,), epochs, (evaluated,) = log.of(Started), log.of(EpochEnd), log.of(Evaluated)
    images = len(DATA.x_train)
    assert started.steps_per_epoch == -(-images // 32), "the short last batch counts"
    assert [e.epoch for e in epochs] == list(range(1, 9))
    assert epochs[-1].step == evaluated.steps == 8 * started.steps_per_epoch
    assert epochs[-1].loss < 0.5 * epochs[0].loss
    assert evaluated.test_accuracy > 0.9
    assert evaluated.test_accuracy == epochs[-1].val_accuracy, "validated on the test images"
    assert {f"checkpoints/epoch-{n:04}.npz" for n in range(9)} <= log.files.keys()


def test_the_files_hold_one_network() -> None:
    """Weights, Keras' file and reported figures agree."""
    log = trained()
    with zipfile.ZipFile(io.BytesIO(log.files["model.keras"])) as archive:
        assert "model.weights.h5" in archive.namelist()
    weights = log.weights()
    last = log.weights("checkpoints/epoch-0003.npz")
    for name, value in weights.items():
        assert (last[name] == value).all(), name
    from training.loop.model import build

    model = build(RECIPE)
    model.set_weights(list(weights.values()))
    model.compile(loss=RECIPE.loss, metrics=["accuracy"])
    loss, accuracy = model.evaluate(DATA.x_test / np.float32(255), DATA.y_test, verbose=0)
    (evaluated,) = log.of(Evaluated)
    assert evaluated.test_accuracy == pytest.approx(accuracy, abs=1e-6)
    assert evaluated.test_loss == pytest.approx(loss, rel=1e-5)
    assert json.loads(log.files["summary.json"])


# -- repeatability -------------------------------------------------------------------------------


@pytest.mark.parametrize("recipe", VARIANTS, ids=lambda r: r.hash)
def test_bit_for_bit_again_and_from_every_checkpoint(recipe: Recipe) -> None:
    """Test dropout, augmentation, the optimizer's state and the order of images, too."""
    whole = trained(recipe)
    assert trained(recipe).figures() == whole.figures()
    for epoch in (1, 2):
        rest = trained(recipe, whole.files[f"checkpoints/epoch-{epoch:04}.npz"])
        assert rest.of(Started)[0].epoch == epoch
        assert rest.figures() == [e for e in whole.figures() if getattr(e, "epoch", 9.0) > epoch]
        assert same(rest.weights(), whole.weights())


@pytest.mark.parametrize("change", [{"seed": 12}, {"shuffle": "once"}, {"batch_size": 31}])
def test_another_recipe_is_another_curve(change: dict[str, Any]) -> None:
    assert trained(RECIPE.with_(**change)).figures() != trained().figures()


def test_a_resumed_finished_run_is_only_evaluated() -> None:
    whole = trained()
    again = trained(resume=whole.files["checkpoints/epoch-0003.npz"])
    assert not again.of(Chunk)
    assert again.of(Evaluated)[0].test_accuracy == whole.of(Evaluated)[0].test_accuracy


# -- commands ------------------------------------------------------------------------------------


def test_a_stop_in_mid_epoch_keeps_what_was_learned() -> None:
    """The weights are those at the stop; the checkpoint is that of the last complete epoch."""
    recipe = RECIPE.with_(batch_size=8)
    whole = trained(recipe)
    per_epoch = sum(chunk.epoch <= 1 for chunk in whole.of(Chunk))
    assert per_epoch > 1
    log = trained(recipe, log=Log({per_epoch + 1: [Command(Action.STOP)]}))
    assert len(log.of(Chunk)) == per_epoch + 1
    assert [e.epoch for e in log.of(EpochEnd)] == [1]
    assert max(name for name in log.files if "epoch-" in name) == "checkpoints/epoch-0001.npz"
    kept = log.weights("checkpoints/epoch-0001.npz")
    assert not any((kept[name] == value).all() for name, value in log.weights().items())
    rest = trained(recipe, log.files["checkpoints/epoch-0001.npz"])
    assert same(rest.weights(), whole.weights()), "and resumes as if it had not been stopped"


def test_a_learning_rate_changes_at_the_next_chunk_and_lasts() -> None:
    log = trained(log=Log({1: [Command(Action.LEARNING_RATE, 0.5)]}))
    (change,) = log.of(LearningRate)
    assert (change.value, change.step) == (0.5, log.of(Chunk)[0].step)
    assert [e.learning_rate for e in log.of(EpochEnd)][1:] == [0.5, 0.5]
    rest = trained(resume=log.files["checkpoints/epoch-0002.npz"])
    assert same(rest.weights(), log.weights()), "a checkpoint remembers it"


@pytest.mark.parametrize("value", [0.0, -1.0, 1e9, float("nan"), float("inf")])
def test_a_senseless_learning_rate_is_not_taken(value: float) -> None:
    log = trained(log=Log({1: [Command(Action.LEARNING_RATE, value)]}))
    assert not log.of(LearningRate)
    assert log.figures() == trained().figures()


def test_steps_then_a_stop_while_paused() -> None:
    """A run paused before its start trains one epoch per step, until the stop."""
    log = Log()
    log.control.send(Command(Action.PAUSE))
    after_two = {"paused": 0}

    def emit(event: Event) -> None:
        Log.emit(log, event)
        if isinstance(event, StateChanged) and event.state == "paused":
            after_two["paused"] += 1
            last = after_two["paused"] > 2
            log.control.send(Command(Action.STOP if last else Action.STEP))

    log.emit = emit  # type: ignore[method-assign]
    trained(log=log)
    assert [e.epoch for e in log.of(EpochEnd)] == [1, 2]
    assert [e.state for e in log.of(StateChanged)] == ["paused", "running"] * 2 + ["paused"]


# -- errors --------------------------------------------------------------------------------------


def test_a_loss_that_overflows_is_said_and_no_checkpoint_holds_it() -> None:
    from training.loop.errors import Diverged

    recipe = RECIPE.with_(
        hidden=(Hidden(12, "linear"),) * 3, optimizer="sgd", learning_rate=10.0, l2=1.0, epochs=9
    )
    log = Log()
    with pytest.raises(Diverged, match="smaller learning rate"):
        trained(recipe, log=log)
    for name in log.files:
        assert all(np.isfinite(value).all() for value in log.weights(name).values()), name


def damaged() -> dict[str, bytes]:
    good = trained().files["checkpoints/epoch-0001.npz"]
    other = trained(RECIPE.with_(hidden=(Hidden(9),))).files["checkpoints/epoch-0001.npz"]
    pickled = io.BytesIO()
    np.savez(pickled, epoch=np.array([{}], dtype=object))
    return {
        "empty": b"",
        "half": good[: len(good) // 2],
        "no archive": b"PK" + bytes(100),
        "another network's": other,
        "pickled": pickled.getvalue(),
    }


def test_a_checkpoint_that_cannot_be_used_is_a_sentence() -> None:
    from training.loop.errors import CheckpointError

    for name, content in damaged().items():
        log = Log()
        with pytest.raises(CheckpointError, match="checkpoint"):
            trained(resume=content, log=log)
        assert not log.files, name
