"""Trainings in this process: repeatable, resumable, obedient to commands, equal to Keras."""

import io
import json
import math
import zipfile
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from model_store.inference.classifier import Classifier
from model_store.inference.folding import dense_layers
from model_store.inference.metrics import Evaluation
from model_store.recipe.rates import step_rates
from model_store.recipe.recipe import Augment, Hidden, Recipe
from model_store.recipe.spoil import Spoil
from model_store.runs.events import (
    Batch,
    Chunk,
    EpochEnd,
    Evaluated,
    Event,
    LearningRate,
    Started,
    StateChanged,
)
from tests.support.batch_reports import read_report
from training.loop import live_weights
from training.loop.checkpoint import npz_bytes
from training.loop.control import Action, Command, Control
from training.loop.errors import CheckpointError, Diverged

RECIPE = Recipe(
    dataset="digits",
    hidden=(Hidden(12, dropout=0.3), Hidden(8)),
    epochs=3,
    batch_size=32,
    validation="test",
    shuffle="every_epoch",
    seed=11,
)
# Few shapes, since each is compiled: see `training.loop.compiled`.
SOFTMAX = RECIPE.with_(hidden=(), validation="split")
PENALISED = RECIPE.with_(optimizer="sgd", optimizer_options=(("momentum", 0.9),), l2=1.0)
AUGMENTED = RECIPE.with_(
    augment=Augment(shift=2, rotation=15, shear=0.2, scale=0.1, stroke=0.5, warp=2)
)
SMALL_BATCHES = RECIPE.with_(batch_size=8)
COSINE = SMALL_BATCHES.with_(schedule="cosine", warmup=0.5, lowest_rate=0.1)
# Its accuracy is soon so good that no epoch improves it by as much as it must.
STOPPING = SOFTMAX.with_(
    epochs=9,
    learning_rate=0.01,
    watch="accuracy",
    min_delta=0.3,
    patience=3,
    schedule="plateau",
    decay_epochs=1,
    warmup=1.5,
    optimizer_options=(("global_clipnorm", 0.5), ("weight_decay", 0.01)),
)
SPOILED = RECIPE.with_(spoil=Spoil(0.3, rare_class=3, rare_share=0.1, noise=0.2, patch=0.5))
NORMALISED = RECIPE.with_(
    hidden=(Hidden(12, dropout=0.3, batch_norm=True), Hidden(8, "tanh", batch_norm=True)),
    patience=3,
)
VARIANTS = [
    *(RECIPE, RECIPE.with_(shuffle="once", learning_rate=0.01), SOFTMAX, PENALISED, AUGMENTED),
    *(COSINE, STOPPING, SPOILED, NORMALISED),
]


@dataclass(frozen=True)
class Pictures:
    """Ten blobs that can be told apart; the numbers of images are no multiples of a batch."""

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
class Recorder:
    """Events and files of a training; `commands` are sent after so many chunks."""

    commands: dict[int, list[Command]] = field(default_factory=dict)
    control: Control = field(default_factory=Control)
    events: list[Event] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    shown: list[bytes] = field(default_factory=list)

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
        """All that was measured, without the times."""
        measured = [e for e in self.events if isinstance(e, Chunk | EpochEnd | Evaluated)]
        timeless: dict[str, Any] = {"time": 0.0, "seconds": 0.0, "images_per_second": 0.0}
        return [
            replace(e, **{n: v for n, v in timeless.items() if hasattr(e, n)}) for e in measured
        ]

    def weights(self, name: str = "weights.npz") -> dict[str, NDArray[Any]]:
        with np.load(io.BytesIO(self.files[name])) as archive:
            return {n: archive[n] for n in archive.files if n != "seconds"}


def trained(
    recipe: Recipe = RECIPE,
    resume: bytes | None = None,
    into: Recorder | None = None,
    *,
    watched: bool = False,
) -> Recorder:
    from training.loop import trainer

    into = into or Recorder()
    trainer.train(
        recipe,
        DATA,
        emit=into.emit,
        control=into.control,
        save=into.save,
        resume=resume,
        show=into.shown.append if watched else None,
    )
    return into


@cache
def whole(recipe: Recipe) -> Recorder:
    """Return a training from its beginning to its end, with which others are compared."""
    return trained(recipe)


@pytest.fixture(scope="module", autouse=True)
def _keeps_all_programs() -> Iterator[None]:
    """Compile each shape once, though there are more of them than a worker keeps."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("training.loop.compiled.are_too_many", lambda _parameters: False)
        yield


@pytest.fixture(scope="module")
def complete() -> Recorder:
    """A training of RECIPE from its beginning to its end."""
    return whole(RECIPE)


def same(one: dict[str, NDArray[Any]], other: dict[str, NDArray[Any]]) -> bool:
    return one.keys() == other.keys() and all((one[n] == other[n]).all() for n in one)


# -- events and files ----------------------------------------------------------------------------


def test_it_learns_and_emits_its_figures() -> None:
    record = trained(SOFTMAX.with_(epochs=8, learning_rate=0.01, validation="test"))
    (started,), (evaluated,) = record.of(Started), record.of(Evaluated)
    epochs = record.of(EpochEnd)
    images = len(DATA.x_train)
    assert started.steps_per_epoch == -(-images // 32), "the short last batch counts"
    assert [e.epoch for e in epochs] == list(range(1, 9))
    assert epochs[-1].step == evaluated.steps == 8 * started.steps_per_epoch
    assert epochs[-1].loss < 0.5 * epochs[0].loss
    assert evaluated.test_accuracy > 0.9
    assert evaluated.test_accuracy == epochs[-1].val_accuracy, "validated on the test images"
    assert {f"checkpoints/epoch-{n:04}.npz" for n in range(9)} <= record.files.keys()


def test_events_hold_plain_json_types(complete: Recorder) -> None:
    kinds = {type(value) for event in complete.events for value in asdict(event).values()}
    assert kinds <= {int, float, str, bool}


def test_the_files_hold_one_network(complete: Recorder, tmp_path: Path) -> None:
    """The weights, Keras' file and the emitted figures agree."""
    with zipfile.ZipFile(io.BytesIO(complete.files["model.keras"])) as archive:
        assert "model.weights.h5" in archive.namelist()
    weights = complete.weights()
    last = complete.weights("checkpoints/epoch-0003.npz")
    for name, value in weights.items():
        assert (last[name] == value).all(), name
    expect_the_figures_of_keras(complete, tmp_path)


def test_the_files_hold_one_network_with_batch_normalisation(tmp_path: Path) -> None:
    """And the moving averages are those of the epoch that is kept."""
    record = whole(NORMALISED)
    assert record.weights().keys() == NORMALISED.weight_shapes.keys()
    expect_the_figures_of_keras(record, tmp_path)
    (evaluated,) = record.of(Evaluated)
    kept = record.weights(f"checkpoints/epoch-{evaluated.kept_epoch:04}.npz")
    for name, value in record.weights().items():
        assert (kept[name] == value).all(), name
    first = record.weights("checkpoints/epoch-0000.npz")
    assert (first["mean_0"] == 0).all() and (first["variance_1"] == 1).all()
    assert evaluated.test_accuracy > 0.9


def test_a_training_goes_on_from_another_s_batch_normalisation() -> None:
    """Its moving averages as well, which the first steps change a little."""
    from training.loop import trainer

    weights = whole(NORMALISED).files["weights.npz"]
    record = Recorder()
    recipe = NORMALISED.with_(epochs=1, patience=0, learning_rate=1e-7)
    trainer.train(
        recipe, DATA, emit=record.emit, control=record.control, save=record.save, start=weights
    )
    first, wanted = record.weights("checkpoints/epoch-0000.npz"), whole(NORMALISED).weights()
    assert all((first[name] == value).all() for name, value in wanted.items())
    (evaluated,), (before,) = record.of(Evaluated), whole(NORMALISED).of(Evaluated)
    assert evaluated.test_accuracy == pytest.approx(before.test_accuracy, abs=0.02)
    assert not (record.weights()["mean_0"] == wanted["mean_0"]).any()


def expect_the_figures_of_keras(record: Recorder, folder: Path) -> None:
    """Expect Keras' file of the model to give the figures that were emitted."""
    import keras

    (folder / "model.keras").write_bytes(record.files["model.keras"])
    model = keras.saving.load_model(folder / "model.keras")
    for ours, theirs in zip(record.weights().values(), model.get_weights(), strict=True):
        assert (ours == theirs).all()
    model.compile(loss=RECIPE.loss, metrics=["accuracy"], run_eagerly=True)
    loss, accuracy = model.evaluate(DATA.x_test / np.float32(255), DATA.y_test, verbose=0)
    (evaluated,) = record.of(Evaluated)
    assert evaluated.test_accuracy == pytest.approx(accuracy, abs=1e-6)
    assert evaluated.test_loss == pytest.approx(loss, rel=1e-5)
    assert json.loads(record.files["summary.json"])


@pytest.mark.parametrize("factor", [1, 4], ids=["usual", "overconfident"])
def test_the_test_loss_is_the_one_that_evaluate_counts(complete: Recorder, factor: int) -> None:
    """Also where the network gives the right class a probability below 1e-7."""
    from training.loop.trainer import evaluate_and_save

    weights = {name: np.float32(factor) * array for name, array in complete.weights().items()}
    record = Recorder()
    result = evaluate_and_save(RECIPE, DATA, npz_bytes(weights), emit=record.emit, save=record.save)
    pairs = [(weights[f"kernel_{i}"], weights[f"bias_{i}"]) for i in range(3)]
    probabilities = Classifier(RECIPE, pairs).probabilities(DATA.x_test)
    evaluation = Evaluation.of(probabilities, DATA.y_test)
    right = probabilities[np.arange(len(DATA.y_test)), DATA.y_test]
    assert (right.min() < 1e-7) == (factor > 1)
    assert result.test_loss == pytest.approx(evaluation.loss(RECIPE.loss), rel=1e-4)
    assert result.test_accuracy == evaluation.accuracy


# -- the same again ------------------------------------------------------------------------------


@pytest.mark.parametrize("recipe", VARIANTS, ids=lambda r: r.hash)
def test_bit_for_bit_again_and_from_every_checkpoint(recipe: Recipe) -> None:
    """Dropout, augmentation, the optimizer's state and the order of the images included."""
    first = whole(recipe)
    assert trained(recipe).figures() == first.figures()
    for epoch in (1, 2):
        rest = trained(recipe, first.files[f"checkpoints/epoch-{epoch:04}.npz"])
        assert rest.of(Started)[0].epoch == epoch
        assert rest.figures() == [e for e in first.figures() if getattr(e, "epoch", 9.0) > epoch]
        assert same(rest.weights(), first.weights())


@pytest.mark.parametrize(
    "recipe",
    [RECIPE.with_(seed=12), RECIPE.with_(shuffle="once"), SMALL_BATCHES, AUGMENTED, SPOILED],
    ids=["seed", "shuffle", "batch size", "augmentation", "spoiling"],
)
def test_another_recipe_is_another_curve(complete: Recorder, recipe: Recipe) -> None:
    assert whole(recipe).figures() != complete.figures()


def test_evaluation_sees_the_images_as_they_are(complete: Recorder) -> None:
    from training.loop.trainer import evaluate_and_save

    results = []
    for recipe in (RECIPE, AUGMENTED):
        record = Recorder()
        weights = complete.files["weights.npz"]
        evaluate_and_save(recipe, DATA, weights, emit=record.emit, save=record.save)
        results += record.figures()
    assert results[0] == results[1]


def test_a_resumed_finished_run_is_only_evaluated(complete: Recorder) -> None:
    again = trained(resume=complete.files["checkpoints/epoch-0003.npz"])
    assert not again.of(Chunk)
    assert again.of(Evaluated)[0].test_accuracy == complete.of(Evaluated)[0].test_accuracy


# -- compiled ahead ------------------------------------------------------------------------------


def test_what_was_compiled_ahead_is_used_and_changes_no_figure(
    complete: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By another recipe of the same shape, whose data set is not here."""
    from training.loop import compiled, trainer

    monkeypatch.setattr(compiled, "_pool", OrderedDict())
    trainer.warm_up(RECIPE.with_(dataset="mnist", seed=4, learning_rate=0.5))
    monkeypatch.setattr(compiled, "Program", lambda _recipe: pytest.fail("it is made again"))
    assert trained().figures() == complete.figures()


def test_a_stop_ends_the_compiling_before_its_next_part(monkeypatch: pytest.MonkeyPatch) -> None:
    from training.loop import compiled, trainer

    recipe, control = RECIPE.with_(hidden=(Hidden(4),)), Control()
    done = []

    def train(*_args: Any) -> None:
        done.append("train")
        control.send(Command(Action.STOP))

    monkeypatch.setattr(compiled.Program, "train", train)
    monkeypatch.setattr(compiled.Program, "evaluate", lambda *_args: done.append("evaluate"))
    for _twice in range(2):
        trainer.warm_up(recipe, control)
    assert done == ["train"]


# -- its weights while it trains -----------------------------------------------------------------


def shown(content: bytes) -> tuple[dict[str, float], NDArray[np.float16]]:
    """Return head and numbers of a snapshot."""
    length = int.from_bytes(content[:4], "little")
    return json.loads(content[4 : 4 + length]), np.frombuffer(content, "<f2", -1, 4 + length)


def halves(weights: dict[str, NDArray[Any]]) -> NDArray[np.float16]:
    """Return kernels and biases, layer by layer, as a snapshot has them."""
    layers = sum(name.startswith("kernel") for name in weights)
    names = [f"{kind}_{i}" for i in range(layers) for kind in ("kernel", "bias")]
    return np.concatenate([weights[name].ravel() for name in names]).astype("<f2")


def test_batch_normalisation_is_folded_into_the_weights_shown() -> None:
    record = trained(NORMALISED, watched=True)
    for content, name in ((record.shown[0], "checkpoints/epoch-0000.npz"), (record.shown[-1], "")):
        weights = record.weights(name) if name else record.weights()
        layers = dense_layers(NORMALISED, weights)
        numbers = np.concatenate([array.ravel() for layer in layers for array in layer])
        assert (shown(content)[1] == numbers.astype("<f2")).all()


@pytest.mark.parametrize("recipe", [RECIPE, SOFTMAX], ids=["hidden layers", "none"])
def test_its_weights_are_shown_from_first_to_last(recipe: Recipe) -> None:
    """Not that each is shown: a small training is over before the third is due."""
    record = trained(recipe, watched=True)
    (first, initial), *_between, (last, final) = map(shown, record.shown)
    assert first == {"step": 0, "epoch": 0.0}
    assert (initial == halves(record.weights("checkpoints/epoch-0000.npz"))).all()
    assert last == {"step": record.of(Chunk)[-1].step, "epoch": 3.0}
    assert (final == halves(record.weights())).all()
    steps = [shown(content)[0]["step"] for content in record.shown]
    assert steps == sorted(set(steps))


@pytest.mark.parametrize("recipe", [RECIPE, AUGMENTED], ids=["plain", "augmented"])
def test_watching_changes_no_bit(recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even when every chunk is shown."""
    monkeypatch.setattr(live_weights, "SHARE", 1e9)
    monkeypatch.setattr(live_weights, "SHORTEST_INTERVAL", 0.0)
    monkeypatch.setattr(live_weights, "BYTES_A_SECOND", float("inf"))
    watched, alone = trained(recipe, watched=True), whole(recipe)
    assert [shown(content)[0]["step"] for content in watched.shown] == [
        0,
        *(chunk.step for chunk in watched.of(Chunk)),
    ]
    assert watched.figures() == alone.figures()
    assert same(watched.weights(), alone.weights())


def test_a_paused_and_a_resumed_training_show_where_they_are(complete: Recorder) -> None:
    """The first pause is before the first step; the second shows the weights of the moment."""
    record = Recorder()
    record.control.send(Command(Action.PAUSE))
    at_pauses = []

    def emit(event: Event) -> None:
        Recorder.emit(record, event)
        if isinstance(event, StateChanged) and event.state == "paused":
            at_pauses.append(len(record.of(Chunk)))
            record.control.send(Command(Action.STOP if len(at_pauses) > 1 else Action.STEP))

    record.emit = emit  # type: ignore[method-assign]
    trained(into=record, watched=True)
    assert shown(record.shown[-1])[0]["epoch"] == 1
    kept = record.weights("checkpoints/epoch-0001.npz")
    assert (shown(record.shown[-1])[1] == halves(kept)).all()
    rest = trained(resume=complete.files["checkpoints/epoch-0002.npz"], watched=True)
    epochs = [shown(content)[0]["epoch"] for content in rest.shown]
    assert (epochs[0], epochs[-1]) == (2, 3)


# -- commands ------------------------------------------------------------------------------------


def test_a_stop_in_mid_epoch_keeps_what_was_learned() -> None:
    """The weights are of the moment; the checkpoint is of the last whole epoch."""
    complete = whole(SMALL_BATCHES)
    per_epoch = sum(chunk.epoch <= 1 for chunk in complete.of(Chunk))
    assert per_epoch > 1
    stopped = Recorder({per_epoch + 1: [Command(Action.STOP)]})
    trained(SMALL_BATCHES, into=stopped)
    assert len(stopped.of(Chunk)) == per_epoch + 1
    assert [e.epoch for e in stopped.of(EpochEnd)] == [1]
    assert max(name for name in stopped.files if "epoch-" in name) == "checkpoints/epoch-0001.npz"
    kept = stopped.weights("checkpoints/epoch-0001.npz")
    assert not any((kept[name] == value).all() for name, value in stopped.weights().items())
    rest = trained(SMALL_BATCHES, stopped.files["checkpoints/epoch-0001.npz"])
    assert same(rest.weights(), complete.weights()), "and resumes as if it had not been stopped"


def test_a_learning_rate_changes_at_the_next_chunk_and_lasts() -> None:
    record = trained(into=Recorder({1: [Command(Action.LEARNING_RATE, 0.5)]}))
    (change,) = record.of(LearningRate)
    assert (change.value, change.step) == (0.5, record.of(Chunk)[0].step)
    assert [e.learning_rate for e in record.of(EpochEnd)][1:] == [0.5, 0.5]
    rest = trained(resume=record.files["checkpoints/epoch-0002.npz"])
    assert same(rest.weights(), record.weights()), "a checkpoint keeps it"


# -- schedules and early stopping ----------------------------------------------------------------


def test_every_epoch_ends_with_the_rate_of_its_last_step() -> None:
    record = whole(COSINE)
    steps = record.of(Started)[0].steps_per_epoch
    rates = step_rates(COSINE, np.arange(3 * steps), steps)
    ends = record.of(EpochEnd)
    assert [e.learning_rate for e in ends] == [rates[e.step - 1] for e in ends]
    assert not record.of(LearningRate)
    constant = whole(SMALL_BATCHES)
    assert not same(record.weights(), constant.weights())
    first = (
        record.weights("checkpoints/epoch-0000.npz"),
        constant.weights("checkpoints/epoch-0000.npz"),
    )
    assert all((first[0][name] == first[1][name]).all() for name in record.weights())


def test_it_stops_early_and_has_the_weights_of_its_best_epoch() -> None:
    record = whole(STOPPING)
    (evaluated,) = record.of(Evaluated)
    ends = record.of(EpochEnd)
    assert evaluated.stopped_early
    assert evaluated.epochs == len(ends) == evaluated.kept_epoch + 3 < 9
    kept = record.weights(f"checkpoints/epoch-{evaluated.kept_epoch:04}.npz")
    assert all((kept[name] == value).all() for name, value in record.weights().items())
    last = record.weights(f"checkpoints/epoch-{evaluated.epochs:04}.npz")
    assert not (last["kernel_0"] == kept["kernel_0"]).all()
    changes = record.of(LearningRate)
    assert {change.by for change in changes} == {"plateau"}
    rates = [e.learning_rate for e in ends]
    assert [change.value for change in changes][:-1] == rates[-len(changes) + 1 :]
    assert changes[-1].value == rates[-1] / 2
    again = trained(STOPPING, record.files[f"checkpoints/epoch-{evaluated.epochs:04}.npz"])
    assert not again.of(EpochEnd), "it has stopped"
    assert same(again.weights(), record.weights())


def test_a_checkpoint_from_before_there_was_early_stopping_goes_on() -> None:
    state = whole(SOFTMAX).weights("checkpoints/epoch-0001.npz")
    assert not state.keys() & {"best", "best_epoch", "idle", "waited", "by_hand"}
    rest = trained(SOFTMAX, npz_bytes({**state, "seconds": 1.0}))
    assert same(rest.weights(), whole(SOFTMAX).weights())


def test_the_last_weights_stay_if_they_are_to_be_kept() -> None:
    record = trained(STOPPING.with_(kept_weights="last"))
    (evaluated,) = record.of(Evaluated)
    assert (evaluated.kept_epoch, evaluated.stopped_early) == (0, True)
    last = record.weights(f"checkpoints/epoch-{evaluated.epochs:04}.npz")
    assert not any(name.startswith("best_k") for name in last)
    assert all((last[name] == value).all() for name, value in record.weights().items())
    assert record.of(EpochEnd) == [
        replace(e, time=mine.time, seconds=mine.seconds)
        for e, mine in zip(whole(STOPPING).of(EpochEnd), record.of(EpochEnd), strict=True)
    ]


def test_the_best_weights_come_back_also_at_the_last_epoch_and_after_a_stop_by_hand() -> None:
    stopped = STOPPING.with_(epochs=3)
    record = trained(stopped)
    (evaluated,) = record.of(Evaluated)
    assert not evaluated.stopped_early and evaluated.epochs == 3
    best = evaluated.kept_epoch
    assert best < 3
    by_hand = Recorder({3: [Command(Action.STOP)]})  # a chunk is an epoch
    trained(STOPPING, into=by_hand)
    (evaluated,) = by_hand.of(Evaluated)
    assert (evaluated.kept_epoch, evaluated.stopped_early) == (best, False)
    assert same(by_hand.weights(), record.weights())


@pytest.mark.parametrize("recipe", [COSINE, STOPPING], ids=["cosine", "plateau"])
def test_a_rate_set_by_hand_ends_the_schedule_and_plateau_goes_on_from_it(recipe: Recipe) -> None:
    record = trained(recipe, into=Recorder({1: [Command(Action.LEARNING_RATE, 0.25)]}))
    first, *later = record.of(LearningRate)
    assert (first.value, first.by) == (0.25, "hand")
    ends = record.of(EpochEnd)[1:]
    if recipe is COSINE:
        assert {e.learning_rate for e in ends} == {0.25}
        assert not later
    else:
        assert ends[0].learning_rate == 0.25, "the warm-up is over"
        assert later
        assert [each.value for each in later] == [0.25 / 2**n for n in range(1, len(later) + 1)]
    rest = trained(recipe, record.files["checkpoints/epoch-0002.npz"])
    assert same(rest.weights(), record.weights()), "a checkpoint knows it"


def test_single_steps_have_the_rates_of_the_schedule() -> None:
    record = stepped(COSINE, 3, at=0)
    head, _arrays = read_report(record.files["batch.bin"])
    steps = record.of(Started)[0].steps_per_epoch
    assert head["learning_rate"] == step_rates(COSINE, np.array([2]), steps)[0]
    assert same(record.weights(), whole(COSINE).weights())


def test_a_senseless_learning_rate_is_ignored() -> None:
    values = (0.0, -1.0, 1e9, float("nan"), float("inf"))
    commands = {n: [Command(Action.LEARNING_RATE, v)] for n, v in enumerate(values, 1)}
    record = trained(SMALL_BATCHES, into=Recorder(commands))
    assert len(record.of(Chunk)) > len(values)
    assert not record.of(LearningRate)
    assert record.figures() == whole(SMALL_BATCHES).figures()


def test_steps_then_a_stop_while_paused() -> None:
    """Paused before it begins: each step is an epoch; the stop ends it where it is."""
    record = Recorder()
    record.control.send(Command(Action.PAUSE))
    pauses = []

    def emit(event: Event) -> None:
        Recorder.emit(record, event)
        if isinstance(event, StateChanged) and event.state == "paused":
            pauses.append(event)
            record.control.send(Command(Action.STOP if len(pauses) > 2 else Action.STEP))

    record.emit = emit  # type: ignore[method-assign]
    trained(into=record)
    assert [e.epoch for e in record.of(EpochEnd)] == [1, 2]
    assert [e.state for e in record.of(StateChanged)] == ["paused", "running"] * 2 + ["paused"]


# -- one step at a time --------------------------------------------------------------------------


def stepped(recipe: Recipe, presses: int, then: Action = Action.RESUME, at: int = 0) -> Recorder:
    """A training that takes single steps after `at` chunks, and then does something else."""
    record = Recorder({at: [Command(Action.PAUSE)]})
    if not at:
        record.control.send(Command(Action.PAUSE))

    def emit(event: Event) -> None:
        Recorder.emit(record, event)
        if isinstance(event, StateChanged) and event.state == "paused":
            record.control.send(Command(Action.STEP_BATCH))
        if isinstance(event, Batch):
            more = len(record.of(Batch)) < presses
            record.control.send(Command(Action.STEP_BATCH if more else then))

    record.emit = emit  # type: ignore[method-assign]
    return trained(recipe, into=record, watched=True)


@pytest.mark.parametrize(
    ("recipe", "at"),
    [(SMALL_BATCHES, 0), (SMALL_BATCHES, 1), (AUGMENTED, 0), (PENALISED, 1), (NORMALISED, 0)],
    ids=["from the start", "later", "augmented", "momentum", "batch normalisation"],
)
def test_single_steps_change_no_later_bit(recipe: Recipe, at: int) -> None:
    """Dropout, augmentation and momentum included; their own chunk is a mean of other parts."""
    record, other = stepped(recipe, 3, at=at), whole(recipe)
    assert same(record.weights(), other.weights())
    for name in other.files:
        if name.startswith("checkpoints/"):
            assert same(record.weights(name), other.weights(name)), name
    stepped_in = math.ceil(record.of(Batch)[0].epoch)
    ours, theirs = record.figures(), other.figures()
    assert len(ours) == len(theirs)
    for mine, its in zip(ours, theirs, strict=True):
        if isinstance(mine, Evaluated) or math.ceil(mine.epoch) != stepped_in:  # type: ignore[union-attr]
            assert mine == its
        else:
            for name, value in asdict(mine).items():
                assert value == pytest.approx(getattr(its, name), rel=1e-6), name
    touched = [m for m, o in zip(ours, theirs, strict=True) if m != o]
    assert len([each for each in touched if isinstance(each, Chunk)]) <= 1
    assert [e.state for e in record.of(StateChanged)] == ["paused", "running"]


def test_a_single_step_shows_its_images_and_what_it_changed() -> None:
    recipe = SOFTMAX.with_(optimizer="sgd", optimizer_options=(), learning_rate=0.0625, epochs=1)
    record = stepped(recipe, 2, Action.STOP)
    first, second = record.of(Batch)
    head, arrays = read_report(record.files["batch.bin"])
    said = (head["step"], head["epoch"], head["loss"], head["loss_after"])
    assert said == (2, second.epoch, second.loss, second.loss_after)
    assert (first.step, second.step) == (1, 2)
    assert second.loss_after < second.loss
    assert (head["size"], head["learning_rate"]) == (32, 0.0625)
    assert (head["augmented"], head["dropout"]) == (False, False)
    index = arrays["index"]
    np.testing.assert_array_equal(arrays["image"], DATA.x_train[index].reshape(-1, 784))
    np.testing.assert_array_equal(arrays["label"], DATA.y_train[index])
    assert arrays["loss"].mean() == pytest.approx(second.loss, rel=1e-5)
    assert arrays["loss_after"].mean() == pytest.approx(second.loss_after, rel=1e-5)
    for name in ("kernel_0", "bias_0"):
        gradient, change = arrays[f"gradient_{name}"], arrays[f"change_{name}"]
        atol = 2e-3 * np.abs(change).max()  # numbers of 16 bits
        np.testing.assert_allclose(change, -0.0625 * gradient, atol=atol)
    step, numbers = shown(record.shown[-1])
    assert step["step"] == 2, "the weights are shown as well"
    assert (numbers == halves(record.weights())).all()
    assert not record.of(Chunk) and not record.of(EpochEnd)
    assert record.of(Evaluated)[0].steps == 2


def test_augmented_images_and_dropout_are_those_of_the_step() -> None:
    record = stepped(AUGMENTED, 1, Action.STOP)
    head, arrays = read_report(record.files["batch.bin"])
    assert head["augmented"] and head["dropout"]
    plain = DATA.x_train[arrays["index"]].reshape(-1, 784).astype(int)
    assert np.abs(arrays["image"] - plain).max() > 50
    assert arrays["loss_after"].sum() < arrays["loss"].sum()


def test_single_steps_to_the_end_are_the_whole_training() -> None:
    """Validation, checkpoints and the short last batch of each epoch included."""
    recipe = SOFTMAX.with_(epochs=2)
    complete = whole(recipe)
    steps = complete.of(Evaluated)[0].steps
    record = stepped(recipe, steps + 1)
    assert [each.step for each in record.of(Batch)] == list(range(1, steps + 1))
    assert [chunk.step for chunk in record.of(Chunk)] == [c.step for c in complete.of(Chunk)]
    assert same(record.weights(), complete.weights())
    last, arrays = read_report(record.files["batch.bin"])
    assert (last["step"], last["epoch"]) == (steps, 2)
    assert last["size"] == len(arrays["index"]) == SOFTMAX.train_images % 32 > 0


def test_a_learning_rate_set_while_paused_counts_for_the_next_single_step() -> None:
    record = Recorder()
    for command in (Command(Action.PAUSE), Command(Action.LEARNING_RATE, 0.125)):
        record.control.send(command)

    def emit(event: Event) -> None:
        Recorder.emit(record, event)
        if isinstance(event, StateChanged):
            record.control.send(Command(Action.LEARNING_RATE, 0.0625))
            record.control.send(Command(Action.STEP_BATCH))
        if isinstance(event, Batch):
            record.control.send(Command(Action.STOP))

    record.emit = emit  # type: ignore[method-assign]
    trained(SOFTMAX, into=record)
    assert read_report(record.files["batch.bin"])[0]["learning_rate"] == 0.0625
    assert [each.value for each in record.of(LearningRate)] == [0.125, 0.0625]


def test_a_single_step_while_it_trains_pauses_it() -> None:
    record = Recorder({1: [Command(Action.STEP_BATCH)]})

    def emit(event: Event) -> None:
        Recorder.emit(record, event)
        if isinstance(event, Batch):
            record.control.send(Command(Action.STEP))
        if len(record.of(StateChanged)) == 3:
            record.control.send(Command(Action.STOP))

    record.emit = emit  # type: ignore[method-assign]
    trained(SMALL_BATCHES, into=record)
    assert [e.state for e in record.of(StateChanged)] == ["paused", "running", "paused"]
    (batch,) = record.of(Batch)
    assert batch.step == record.of(Chunk)[0].step + 1
    assert [e.epoch for e in record.of(EpochEnd)] == [1], "an epoch's end is where it was"


def test_a_single_step_that_overflows_ends_as_any_step_does() -> None:
    record = Recorder()
    record.control.send(Command(Action.STEP_BATCH))
    record.control.send(Command(Action.LEARNING_RATE, 10.0))
    presses = []

    def emit(event: Event) -> None:
        Recorder.emit(record, event)
        if isinstance(event, Batch):
            presses.append(event)
            assert np.isfinite([event.loss, event.loss_after]).all()
            assert len(presses) < 500
            record.control.send(Command(Action.STEP_BATCH))

    record.emit = emit  # type: ignore[method-assign]
    with pytest.raises(Diverged, match="smaller learning rate"):
        trained(PENALISED, into=record)
    assert presses
    assert all(np.isfinite(a).all() for a in read_report(record.files["batch.bin"])[1].values())


# -- what goes wrong -----------------------------------------------------------------------------


def test_a_loss_that_overflows_is_a_sentence_and_no_checkpoint_holds_it() -> None:
    record = Recorder()
    with pytest.raises(Diverged, match="smaller learning rate"):
        trained(PENALISED.with_(learning_rate=10.0, epochs=9), into=record, watched=True)
    assert all(np.isfinite(shown(content)[1]).all() for content in record.shown)
    for name in record.files:
        assert all(np.isfinite(value).all() for value in record.weights(name).values()), name


def test_a_checkpoint_of_another_network_is_a_sentence(complete: Recorder) -> None:
    """Files that are no checkpoint: see `test_checkpoint`."""
    record = Recorder()
    with pytest.raises(CheckpointError, match="another network"):
        trained(SOFTMAX, complete.files["checkpoints/epoch-0001.npz"], record)
    assert not record.files
