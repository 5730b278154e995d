"""Augmented images: unchanged by default, repeatable, and valid images."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from model_store.recipe.recipe import Augment, Hidden, Recipe
from model_store.runs.events import EpochEnd, Event
from training.data.datasets import load
from training.loop.control import Control

ALL = Augment(shift=2, rotation=15, shear=0.2, scale=0.1, stroke=0.5, warp=2)
Images = NDArray[np.float32]


@cache
def compiled(augment: Augment) -> Any:
    """Return the augmentation as a training compiles it."""
    import tensorflow as tf

    from training.loop.augment import augment_images

    return tf.function(lambda x, at: augment_images(x, augment, at), jit_compile=True)


def change(images: Images, augment: Augment, seed: int = 1, step: int = 0) -> Images:
    flat = compiled(augment)(images.reshape(-1, 784), np.array([seed, step], np.int32)).numpy()
    return np.asarray(flat.reshape(images.shape))


@pytest.fixture(scope="module")
def digits() -> Images:
    return load("digits").x_train[:64] / np.float32(255)


def middles(images: Images) -> NDArray[np.float64]:
    """Return centres of mass: rows and columns [n, 2]."""
    at = np.arange(28)
    mass = images.sum(axis=(1, 2))
    rows, columns = images.sum(axis=2) @ at, images.sum(axis=1) @ at
    return np.stack([rows, columns], axis=1) / mass[:, None]


def test_nothing_is_changed_where_nothing_is_asked_for(digits: Images) -> None:
    assert not Augment()
    np.testing.assert_array_equal(change(digits, Augment()), digits)


def test_the_same_seed_and_step_give_the_same_others_do_not(digits: Images) -> None:
    first = change(digits, ALL, 1, 5)
    np.testing.assert_array_equal(change(digits, ALL, 1, 5), first)
    assert np.abs(change(digits, ALL, 1, 6) - first).max() > 0.1
    assert np.abs(change(digits, ALL, 2, 5) - first).max() > 0.1


def test_images_of_one_batch_are_changed_each_in_its_own_way(digits: Images) -> None:
    same = np.repeat(digits[:1], 64, axis=0)
    assert len(np.unique(change(same, ALL), axis=0)) == 64


@pytest.mark.parametrize("name", ["shift", "rotation", "shear", "scale", "stroke", "warp"])
@pytest.mark.parametrize("share", [0.25, 1.0])
def test_stays_a_picture_at_every_strength(digits: Images, name: str, share: float) -> None:
    from model_store.recipe.choices import AUGMENTATIONS

    out = change(digits, Augment(**{name: share * AUGMENTATIONS[name].high}))
    assert np.isfinite(out).all()
    assert out.min() >= 0
    assert out.max() <= 1 + 1e-6
    assert np.abs(out - digits).max() > 0.05


def test_a_shift_moves_the_centre_of_mass_that_far_at_most(digits: Images) -> None:
    moved = middles(change(digits, Augment(shift=3))) - middles(digits)
    assert np.abs(moved).max() <= 3.01
    assert np.abs(moved).max() > 2
    assert (moved > 0.5).any()
    assert (moved < -0.5).any()


def test_turning_keeps_the_ink_and_the_middle_of_a_disc() -> None:
    row, column = np.mgrid[:28, :28] - 13.5
    disc = (row**2 + column**2 < 64).astype(np.float32)[None]
    turned = change(np.repeat(disc, 8, axis=0), Augment(rotation=90))
    np.testing.assert_allclose(middles(turned), 13.5, atol=0.05)
    np.testing.assert_allclose(turned.sum(axis=(1, 2)), disc.sum(), rtol=0.02)


def test_size_changes_width_and_height_on_their_own() -> None:
    bar = np.zeros((1, 28, 28), np.float32)
    bar[0, 9:19, 9:19] = 1
    out = change(np.repeat(bar, 32, axis=0), Augment(scale=0.4))
    wide, high = (out.max(axis=1) > 0.5).sum(axis=1), (out.max(axis=2) > 0.5).sum(axis=1)
    assert 5 <= min(wide.min(), high.min()) < 9
    assert 11 < max(wide.max(), high.max()) <= 15
    assert np.abs(wide - high).max() >= 3


def test_lines_get_thicker_and_thinner_around_the_same_middle(digits: Images) -> None:
    out = change(digits, Augment(stroke=0.8))
    ratio = out.sum(axis=(1, 2)) / digits.sum(axis=(1, 2))
    assert ratio.min() < 0.75
    assert ratio.max() > 1.3
    assert np.abs(middles(out) - middles(digits)).max() < 1


def test_a_rubber_sheet_bends_no_further_than_its_points_are_moved() -> None:
    from training.loop.augment import _spline_weights

    sheet = _spline_weights()
    np.testing.assert_allclose(sheet.sum(axis=0), 1, atol=1e-6)
    assert sheet.min() >= 0


# -- in a training -----------------------------------------------------------------------------

RECIPE = Recipe(
    dataset="digits",
    hidden=(Hidden(16, "relu", 0.1),),
    subset=200,
    batch_size=32,
    epochs=4,
    validation="split",
    augment=ALL,
)


class Log:
    """Events and files of a training."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.epochs: list[tuple[float, ...]] = []

    def emit(self, event: Event) -> None:
        if isinstance(event, EpochEnd):
            self.epochs.append((event.loss, event.accuracy, event.val_loss or 0.0))

    def save(self, name: str, content: bytes) -> None:
        self.files[name] = content


def trained(recipe: Recipe, resume: bytes | None = None) -> Log:
    from training.loop.trainer import train

    log = Log()
    train(
        recipe,
        load(recipe.dataset),
        emit=log.emit,
        control=Control(),
        save=log.save,
        resume=resume,
    )
    return log


@pytest.fixture(scope="module")
def whole() -> Log:
    return trained(RECIPE)


def test_a_run_repeats_bit_for_bit(whole: Log) -> None:
    again = trained(RECIPE)
    assert again.epochs == whole.epochs
    assert again.files["weights.npz"] == whole.files["weights.npz"]


def test_goes_on_after_a_resume_as_if_never_interrupted(whole: Log) -> None:
    rest = trained(RECIPE, whole.files["checkpoints/epoch-0002.npz"])
    assert rest.epochs == whole.epochs[2:]
    assert rest.files["weights.npz"] == whole.files["weights.npz"]


@pytest.mark.parametrize(
    "other", [lambda r: r.with_(augment=Augment()), lambda r: r.with_(augment=Augment(warp=2))]
)
def test_what_is_changed_is_part_of_what_is_learned(
    whole: Log, other: Callable[[Any], Recipe]
) -> None:
    assert trained(other(RECIPE)).epochs != whole.epochs


def test_evaluation_sees_the_images_as_they_are() -> None:
    from training.loop.compiled import Program
    from training.loop.model import build

    data = load("digits")
    figures = []
    for recipe in (RECIPE, RECIPE.with_(augment=Augment())):
        program = Program(recipe)
        program.restart(build(recipe), 0.001)
        figures.append(program.evaluate(data.x_test, data.y_test))
    assert figures[0] == figures[1]
