"""Augmented images: unchanged without amounts, the same for a seed, and still pictures."""

from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from model_store.recipe.choices import AUGMENTATIONS
from model_store.recipe.recipe import Augment
from training.data.datasets import load

ALL = Augment(shift=2, rotation=15, shear=0.2, scale=0.1, stroke=0.5, warp=2)
Images = NDArray[np.float32]


@cache
def compiled(augment: Augment) -> Any:
    """The function that a training compiles into its steps."""
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
    """Centres of mass: rows and columns [n, 2]."""
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


def strongest(name: str) -> Augment:
    """One amount alone at its highest; with 64 images, each is compiled once for all tests."""
    return Augment(**{name: AUGMENTATIONS[name].high})


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_stays_a_picture_at_the_highest_amount(digits: Images, name: str) -> None:
    out = change(digits, strongest(name))
    assert np.isfinite(out).all()
    assert out.min() >= 0
    assert out.max() <= 1 + 1e-6
    assert np.abs(out - digits).max() > 0.05


def test_a_shift_moves_the_centre_of_mass_that_far_at_most() -> None:
    most = AUGMENTATIONS["shift"].high
    dot = np.zeros((64, 28, 28), np.float32)
    dot[:, 13:15, 13:15] = 1
    moved = middles(change(dot, strongest("shift"))) - middles(dot)
    assert 0.8 * most < np.abs(moved).max() <= most + 0.01
    assert (moved > 0.5).any()
    assert (moved < -0.5).any()


def test_turning_keeps_the_ink_and_the_middle_of_a_disc() -> None:
    row, column = np.mgrid[:28, :28] - 13.5
    disc = (row**2 + column**2 < 64).astype(np.float32)[None]
    turned = change(np.repeat(disc, 64, axis=0), strongest("rotation"))
    np.testing.assert_allclose(middles(turned), 13.5, atol=0.05)
    np.testing.assert_allclose(turned.sum(axis=(1, 2)), disc.sum(), rtol=0.02)


def test_size_changes_width_and_height_on_their_own() -> None:
    bar = np.zeros((64, 28, 28), np.float32)
    bar[:, 9:19, 9:19] = 1
    out = change(bar, strongest("scale"))
    most = AUGMENTATIONS["scale"].high
    wide, high = (out.max(axis=1) > 0.5).sum(axis=1), (out.max(axis=2) > 0.5).sum(axis=1)
    assert 10 * (1 - most) - 1 <= min(wide.min(), high.min()) < 9
    assert 11 < max(wide.max(), high.max()) <= 10 * (1 + most) + 1
    assert np.abs(wide - high).max() >= 3


def test_lines_get_thicker_and_thinner_around_the_same_middle(digits: Images) -> None:
    out = change(digits, strongest("stroke"))
    ratio = out.sum(axis=(1, 2)) / digits.sum(axis=(1, 2))
    assert ratio.min() < 0.75
    assert ratio.max() > 1.3
    assert np.abs(middles(out) - middles(digits)).max() < 1.5


def test_a_deformation_moves_no_pixel_further_than_its_amount() -> None:
    """On a ramp of brightness, a move is a difference of brightness."""
    most = AUGMENTATIONS["warp"].high
    edge = int(most) + 1
    ramp = np.tile(np.arange(28, dtype=np.float32) / 27, (64, 28, 1))
    moved = 27 * np.abs(change(ramp, strongest("warp")) - ramp)[:, edge:-edge, edge:-edge]
    assert 0.25 * most < moved.max() <= most + 1e-4
