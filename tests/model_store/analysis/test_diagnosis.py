"""Diagnosis: on made-up records that show one thing each, and on real small runs."""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

from model_store.analysis.diagnosis import Finding, FindingKind, diagnose
from model_store.analysis.failures import DeadUnits, count_dead_units
from model_store.inference.classifier import Classifier
from model_store.recipe.recipe import Hidden, Recipe
from model_store.runs.events import Chunk, EpochEnd, Evaluated, Event, LearningRate
from model_store.runs.history import History

DIGITS = Recipe(dataset="digits", validation="test", hidden=(Hidden(32),))
WIDE = (Hidden(64),)  # few shapes, since each is compiled
FLAT = [0.5] * 12


def history(
    losses: Sequence[float] = (),
    val_losses: Sequence[float] = (),
    val_accuracies: Sequence[float] = (),
    accuracies: Sequence[float] = (),
    chunks: Sequence[float] = (),
    test: float | None = None,
) -> History:
    """Return a record with as many epochs as the longest list; other figures stay constant."""
    epochs = max(map(len, (losses, val_losses, val_accuracies, accuracies)))
    events: list[Event] = [Chunk(i, i / 10, v, 0.5, 10.0, 0.0) for i, v in enumerate(chunks, 1)]
    validated = bool(val_losses or val_accuracies)
    for i in range(epochs):
        val_loss = val_losses[i] if val_losses else 0.5 if validated else None
        val_accuracy = val_accuracies[i] if val_accuracies else 0.5 if validated else None
        loss = losses[i] if losses else 0.5
        accuracy = accuracies[i] if accuracies else 0.5
        events.append(EpochEnd(i + 1, i, loss, accuracy, val_loss, val_accuracy, 1.0, 0.001, 0.0))
    if test is not None:
        events.append(Evaluated(0.3, test, 0.2, test, epochs, 10, 1.0, 0.0))
    return History.from_events(events)


def kinds(found: Sequence[Finding]) -> set[FindingKind]:
    return {finding.kind for finding in found}


def falling(start: float, epochs: int, factor: float = 0.8) -> list[float]:
    return [start * factor**i for i in range(epochs)]


# -- no evidence, no finding ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "nothing", [History(), history(chunks=[2.3]), history(losses=[1.0], accuracies=[0.4])]
)
def test_without_evidence_there_is_no_finding(nothing: History) -> None:
    assert diagnose(DIGITS, nothing) == []
    assert diagnose(DIGITS.with_(validation="none"), nothing) == []


def test_every_finding_has_its_figures() -> None:
    found = diagnose(DIGITS, history(falling(1, 12), [0.5, 0.3, *falling(0.4, 10, 1.1)], FLAT))
    assert found
    for finding in found:
        assert any(letter.isdigit() for letter in finding.evidence)
        assert finding.observation and finding.advice


# -- over-fitting ----------------------------------------------------------------------------------


def test_overfitting_names_the_epoch_and_the_losses() -> None:
    (finding,) = diagnose(
        DIGITS, history(falling(1, 8), [0.9, 0.5, 0.4, 0.42, 0.45, 0.5, 0.55, 0.6], FLAT[:8])
    )
    assert finding.kind is FindingKind.OVERFITTING
    assert "epoch 3" in finding.observation
    assert "0.4" in finding.evidence and "0.6" in finding.evidence and "epoch 8" in finding.evidence


@pytest.mark.parametrize(
    ("why", "losses", "val_losses"),
    [
        ("still falling", falling(1, 8), falling(1, 8)),
        ("one bad last epoch", falling(1, 8), [*falling(1, 7), 0.9]),
        ("both rise: no over-fitting", falling(0.2, 8, 1.2), [0.4, *falling(0.4, 7, 1.1)]),
        ("within noise", falling(1, 8), [0.5, 0.4, 0.41, 0.405, 0.412, 0.4, 0.41, 0.405]),
        ("too short", falling(1, 3), [0.5, 0.6, 0.7]),
    ],
)
def test_no_overfitting(why: str, losses: list[float], val_losses: list[float]) -> None:
    assert FindingKind.OVERFITTING not in kinds(diagnose(DIGITS, history(losses, val_losses))), why


# -- still rising, plateau -------------------------------------------------------------------------


def test_still_rising() -> None:
    found = history(falling(1, 8), falling(1, 8), [0.5, 0.6, 0.66, 0.71, 0.75, 0.78, 0.8, 0.82])
    (finding,) = diagnose(DIGITS, found)
    assert finding.kind is FindingKind.RISING
    assert "82.0 %" in finding.evidence and "epoch 8" in finding.evidence
    assert "deeper" in finding.advice


def test_still_rising_without_validation_says_what_is_not_known() -> None:
    recipe = DIGITS.with_(validation="none")
    (finding,) = diagnose(recipe, history(falling(1, 5), accuracies=[0.5, 0.6, 0.7, 0.75, 0.8]))
    assert finding.kind is FindingKind.RISING
    assert finding.evidence.startswith("Training accuracy")
    assert "Validate" in finding.advice


@pytest.mark.parametrize(
    ("why", "losses", "accuracies"),
    [
        ("level", falling(1, 8), [0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8]),
        ("up and down", falling(1, 8), [0.5, 0.8, 0.5, 0.8, 0.5, 0.8, 0.5, 0.81]),
        ("the loss does not fall", FLAT[:8], [0.5, 0.6, 0.66, 0.71, 0.75, 0.78, 0.8, 0.82]),
        ("a tenth of a point", falling(1, 8), [0.9 + i / 5000 for i in range(8)]),
        ("too short", falling(1, 3), [0.5, 0.6, 0.7]),
    ],
)
def test_not_rising(why: str, losses: list[float], accuracies: list[float]) -> None:
    found = diagnose(DIGITS, history(losses, falling(1, len(losses)), accuracies))
    assert FindingKind.RISING not in kinds(found), why


def test_a_plateau_says_since_when() -> None:
    accuracies = [0.5, 0.7, 0.9, 0.95, *([0.95, 0.949] * 4)]
    (finding,) = diagnose(DIGITS, history(falling(1, 12), falling(1, 12), accuracies))
    assert finding.kind is FindingKind.PLATEAU
    assert "last 8 epochs" in finding.observation
    assert "epoch 4" in finding.evidence and "95.0 %" in finding.evidence


def test_a_curve_that_falls_back_is_no_plateau() -> None:
    accuracies = [0.5, 0.7, 0.9, 0.95, 0.94, 0.9, 0.85, 0.8, 0.75, 0.7]
    found = diagnose(DIGITS, history(falling(1, 10), falling(1, 10), accuracies))
    assert FindingKind.PLATEAU not in kinds(found)


def test_a_gain_of_one_image_counts_as_none() -> None:
    image = 1 / DIGITS.data.test
    accuracies = [0.5, 0.7, 0.9, 0.9 + 0.9 * image, *([0.9 + 0.9 * image] * 5)]
    found = diagnose(DIGITS, history(falling(1, 9), falling(1, 9), accuracies))
    assert "reached 90.0 % in epoch 3" in found[0].evidence


# -- trouble ---------------------------------------------------------------------------------------


def test_diverged_and_nothing_else() -> None:
    chunks = [2.3, 1.5, 1.1, 1.3, 4.0, 30.0, 900.0, 5000.0]
    found = history([1.5, 2000.0], [3.0, 4000.0], [0.4, 0.1], chunks=chunks, test=0.1)
    (finding,) = diagnose(DIGITS.with_(learning_rate=0.4), found)
    assert finding.kind is FindingKind.DIVERGED
    assert "1.1" in finding.evidence and "step 8" in finding.evidence
    assert "0.4" in finding.advice


def test_a_rate_set_by_hand_is_the_one_to_lower() -> None:
    found = history(chunks=[2.3, 1.0, 50.0, 900.0])
    changed = History(found.chunks, learning_rates=(LearningRate(2, 0.2, 5.0, 0.0),))
    assert "than 5," in diagnose(DIGITS, changed)[0].advice


@pytest.mark.parametrize(
    "chunks", [falling(2.3, 20), [300.0, 5.0, 2.4, 2.3, 2.3, 2.3], [0.01, 0.02, 0.03, 0.05], [9.0]]
)
def test_not_diverged(chunks: list[float]) -> None:
    assert FindingKind.DIVERGED not in kinds(diagnose(DIGITS, history(chunks=chunks)))


def test_a_penalty_makes_a_high_loss_normal() -> None:
    assert not diagnose(DIGITS.with_(l2=0.1), history(chunks=[40.0, 9.0, 12.0, 20.0]))
    assert diagnose(DIGITS, history(chunks=[40.0, 9.0, 12.0, 20.0]))


def test_guessing() -> None:
    (finding,) = diagnose(DIGITS, history([2.3], test=0.1135))
    assert finding.kind is FindingKind.CHANCE
    assert "11.3 %" in finding.evidence and "10.0 %" in finding.evidence
    (finding,) = diagnose(DIGITS.with_(kernel_initializer="zeros"), history([2.3], test=0.1))
    assert "initialiser" in finding.advice
    (finding,) = diagnose(DIGITS, history([2.3], chunks=[2.5, 80.0, 2.3, 2.3], test=0.1))
    assert "80" in finding.advice
    assert diagnose(DIGITS, history([2.3], test=0.2)) == []


def test_small_changes_of_a_small_loss_are_no_noise() -> None:
    jumping = [1.0, 0.5, 0.5, 0.3, 0.6, 0.3, 0.7, 0.3, 0.6]
    (finding,) = diagnose(DIGITS, history(jumping, FLAT[:9], FLAT[:9]))
    assert finding.kind is FindingKind.NOISY
    assert "3 of the last 5 epochs" in finding.evidence
    small = [loss / 1000 for loss in jumping]
    assert FindingKind.NOISY not in kinds(diagnose(DIGITS, history(small, FLAT[:9], FLAT[:9])))


def test_dead_units_are_counted_in_relu_layers_alone() -> None:
    recipe = DIGITS.with_(hidden=(Hidden(3), Hidden(2, "tanh"), Hidden(2)))
    out = [np.ones((400, n), np.float32) for n in (3, 2, 2, 10)]
    out[0][:, 1] = 0
    out[1][:] = -1
    out[2][:399, 0] = 0
    assert count_dead_units(recipe, out) == [DeadUnits(1, 3, 1, 400), DeadUnits(3, 2, 0, 400)]
    first = [np.ones_like(layer) for layer in out]
    assert count_dead_units(recipe, out, first)[0].dead_at_start == 0
    first[0][:, :2] = 0
    assert count_dead_units(recipe, out, first)[0].dead_at_start == 1


def test_dead_units_and_when_they_died() -> None:
    nothing = History()
    (finding,) = diagnose(
        DIGITS, nothing, [DeadUnits(1, 40, 10, 1000, 1), DeadUnits(2, 10, 0, 1000, 0)]
    )
    assert finding.kind is FindingKind.DEAD
    assert (
        "25 %" in finding.observation
        and "10 of 40" in finding.evidence
        and "1,000" in finding.evidence
    )
    assert "learning rate" in finding.advice
    (finding,) = diagnose(DIGITS, nothing, [DeadUnits(1, 40, 10, 1000, 9)])
    assert "before the training" in finding.advice
    (finding,) = diagnose(DIGITS, nothing, [DeadUnits(1, 40, 10, 1000)])
    assert "learning rate" not in finding.advice, "when they died is not known"


@pytest.mark.parametrize(
    "layer", [DeadUnits(1, 100, 5, 1000), DeadUnits(1, 10, 9, 50), DeadUnits(1, 9, 0, 999)]
)
def test_few_dead_units_or_few_images_are_no_finding(layer: DeadUnits) -> None:
    assert diagnose(DIGITS, History(), [layer]) == []


# -- real runs on the offline digits ---------------------------------------------------------------


@dataclass(frozen=True)
class Real:
    history: History
    firing: tuple[DeadUnits, ...]


@cache
def real(recipe: Recipe) -> Real:
    """Train, and examine the units before and after with NumPy, as the app does."""
    from training.data import datasets
    from training.loop.control import Control
    from training.loop.errors import Diverged
    from training.loop.trainer import train

    events: list[Event] = []
    files: dict[str, bytes] = {}
    data = datasets.load("digits")
    try:
        train(recipe, data, emit=events.append, control=Control(), save=files.__setitem__)
    except Diverged:
        return Real(History.from_events(events), ())
    outs = []
    for name in ("weights.npz", "checkpoints/epoch-0000.npz"):
        with np.load(io.BytesIO(files[name])) as archive:
            layers = range(len(recipe.hidden) + 1)
            weights = [(archive[f"kernel_{i}"], archive[f"bias_{i}"]) for i in layers]
        outs.append(Classifier(recipe, weights).activations(np.asarray(data.x_test)))
    return Real(History.from_events(events), tuple(count_dead_units(recipe, *outs)))


def findings(recipe: Recipe) -> dict[FindingKind, Finding]:
    run = real(recipe)
    return {finding.kind: finding for finding in diagnose(recipe, run.history, run.firing)}


def test_a_real_run_that_is_too_short_is_still_rising() -> None:
    found = findings(DIGITS.with_(hidden=WIDE, optimizer="sgd", learning_rate=0.01, epochs=6))
    assert FindingKind.RISING in found
    assert not {
        FindingKind.OVERFITTING,
        FindingKind.PLATEAU,
        FindingKind.DIVERGED,
        FindingKind.CHANCE,
    } & set(found)


def test_a_real_run_on_few_images_overfits() -> None:
    hidden = (Hidden(256), Hidden(256))
    recipe = DIGITS.with_(
        hidden=hidden,
        learning_rate=0.003,
        batch_size=16,
        subset=150,
        validation="split",
        validation_share=0.5,
        epochs=30,
    )
    found = findings(recipe)
    assert FindingKind.OVERFITTING in found
    losses = [end.val_loss for end in real(recipe).history.epochs]
    lowest = losses.index(min(losses)) + 1
    assert f"since epoch {lowest}:" in found[FindingKind.OVERFITTING].observation


def test_a_real_run_with_a_wild_learning_rate_diverges() -> None:
    hidden = (Hidden(64, "linear"),)
    recipe = DIGITS.with_(
        hidden=hidden, optimizer="sgd", learning_rate=0.5, optimizer_options=(("momentum", 0.99),)
    )
    found = findings(recipe)
    assert set(found) == {FindingKind.DIVERGED}
    assert all(math.isfinite(chunk.loss) for chunk in real(recipe).history.chunks)


def test_a_real_run_that_lost_its_units_guesses() -> None:
    recipe = DIGITS.with_(hidden=WIDE, optimizer="sgd", learning_rate=2.0, epochs=4)
    found = findings(recipe)
    assert {FindingKind.CHANCE, FindingKind.DEAD} <= set(found)
    assert "learning rate is too large" in found[FindingKind.CHANCE].advice
    assert "died in the training" in found[FindingKind.DEAD].advice


def test_a_real_run_from_zeros_guesses_for_another_reason() -> None:
    found = findings(DIGITS.with_(hidden=WIDE, kernel_initializer="zeros", epochs=1))
    assert "initialiser" in found[FindingKind.CHANCE].advice


def test_a_real_run_that_learned_all_it_could_is_on_a_plateau() -> None:
    hidden = (Hidden(64, "relu", 0.2),)
    found = findings(DIGITS.with_(hidden=hidden, batch_size=16, epochs=30))
    assert FindingKind.PLATEAU in found
    assert not {
        FindingKind.RISING,
        FindingKind.DIVERGED,
        FindingKind.CHANCE,
        FindingKind.NOISY,
    } & set(found)


def test_a_real_run_with_large_steps_is_noisy() -> None:
    found = findings(DIGITS.with_(hidden=WIDE, learning_rate=0.02, epochs=15))
    assert FindingKind.NOISY in found
    assert FindingKind.RISING not in found
