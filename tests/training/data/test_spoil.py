"""Spoiled training images: as many as asked for, by the seed, and never a test image."""

import numpy as np
import pytest

from model_store.recipe.recipe import Recipe
from model_store.recipe.spoil import Spoil
from training.data.datasets import DataError, load, training_indices
from training.data.extra_images import ExtraImages, extend
from training.data.spoil import kept_images, spoiled_images, spoiled_labels
from training.data.training_set import training_set

LABELS = np.tile(np.arange(10, dtype=np.uint8), 100)
IMAGES = np.random.default_rng(0).integers(0, 256, (1000, 28, 28), np.uint8)
DIGITS = Recipe(dataset="digits", hidden=())


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 1.0])
def test_so_many_labels_are_wrong_and_spread_over_all_other_classes(share: float) -> None:
    found = spoiled_labels(LABELS, Spoil(share), 3, 10)
    wrong = found != LABELS
    assert found.dtype == np.uint8 and wrong.sum() == round(1000 * share)
    moved = (found.astype(int) - LABELS)[wrong] % 10
    assert not share or set(moved.tolist()) == set(range(1, 10))
    assert found.max() <= 9


@pytest.mark.parametrize(("share", "wrong"), [(0.5, 50), (1.0, 100)])
def test_one_class_is_taken_for_another(share: float, wrong: int) -> None:
    found = spoiled_labels(LABELS, Spoil(share, wrong_from=4, wrong_to=9), 0, 10)
    changed = found != LABELS
    assert changed.sum() == wrong
    assert set(LABELS[changed]) == {4} and set(found[changed]) == {9}
    into = spoiled_labels(LABELS, Spoil(share, wrong_to=9), 0, 10)
    assert (into != LABELS).sum() == round(900 * share) and set(into[into != LABELS]) == {9}
    out_of = spoiled_labels(LABELS, Spoil(share, wrong_from=4), 0, 10)
    assert (out_of != LABELS).sum() == wrong and set(LABELS[out_of != LABELS]) == {4}


@pytest.mark.parametrize(("share", "left"), [(0.0, 0), (0.05, 5), (1.0, 100)])
def test_a_class_is_left_out_or_rare(share: float, left: int) -> None:
    kept = kept_images(LABELS, Spoil(rare_class=7, rare_share=share), 0)
    assert np.bincount(LABELS[kept]).tolist() == [100] * 7 + [left] + [100] * 2


def test_noise_has_its_strength_and_the_first_images_do_not_depend_on_how_many_follow() -> None:
    grey = np.full((1500, 28, 28), 128, np.uint8)
    noisy = spoiled_images(grey, np.zeros(1500, np.uint8), Spoil(noise=0.1), 5)
    change = noisy.astype(float) - 128
    assert change.std() / 255 == pytest.approx(0.1, rel=0.01) and abs(change.mean()) < 0.1
    first = spoiled_images(grey[:7], np.zeros(7, np.uint8), Spoil(noise=0.1, patch=0.5), 5)
    whole = spoiled_images(grey, np.zeros(1500, np.uint8), Spoil(noise=0.1, patch=0.5), 5)
    np.testing.assert_array_equal(first, whole[:7])
    white = spoiled_images(grey * 0 + 255, np.zeros(1500, np.uint8), Spoil(noise=1.0), 5)
    assert white.max() == 255, "it does not overflow"


def test_the_place_of_the_dot_alone_tells_the_label() -> None:
    black = np.zeros((1000, 28, 28), np.uint8)
    found = spoiled_images(black, LABELS, Spoil(patch=1.0), 0)
    corner = found[:, 1, 4:24:2] > 0
    np.testing.assert_array_equal(corner.argmax(1), LABELS)
    assert (found > 0).sum() == 4 * 1000
    some = spoiled_images(black, LABELS, Spoil(patch=0.3), 0).any(axis=(1, 2))
    assert 250 < some.sum() < 350


def test_the_seed_chooses_and_the_given_arrays_stay() -> None:
    spoil = Spoil(0.3, rare_class=1, rare_share=0.5, noise=0.2, patch=0.5)
    before = LABELS.copy(), IMAGES.copy()

    def spoiled(seed: int) -> list[np.ndarray]:
        labels = spoiled_labels(LABELS, spoil, seed, 10)
        return [
            labels,
            kept_images(LABELS, spoil, seed),
            spoiled_images(IMAGES, labels, spoil, seed),
        ]

    for one, again, other in zip(spoiled(1), spoiled(1), spoiled(2), strict=True):
        np.testing.assert_array_equal(one, again)
        assert (one != other).any()
    np.testing.assert_array_equal(before[0], LABELS)
    np.testing.assert_array_equal(before[1], IMAGES)


SPLIT = DIGITS.with_(validation="split", validation_share=0.2)
EVERYTHING = Spoil(0.5, rare_class=3, noise=0.2, patch=0.5)


@pytest.mark.parametrize("where", ["training", "validation"])
def test_validation_images_are_spoiled_only_on_demand_and_test_images_never(where: str) -> None:
    recipe = SPLIT.with_(spoil=Spoil(**{**EVERYTHING.values, "where": where}))
    data = load("digits")
    found, (trained, held_out) = training_set(recipe, data), training_indices(recipe)
    assert found.data.x_test is data.x_test and found.data.y_test is data.y_test
    assert found.data.fingerprint != data.fingerprint
    assert set(found.trained) == {row for row in trained if data.y_train[row] != 3}
    images, labels = found.held_out
    if where == "training":
        np.testing.assert_array_equal(images, data.x_train[held_out])
        np.testing.assert_array_equal(labels, data.y_train[held_out])
    else:
        shown = held_out[data.y_train[held_out] != 3]
        np.testing.assert_array_equal(images, found.data.x_train[shown])
        np.testing.assert_array_equal(labels, found.data.y_train[shown])
        assert 0.4 < (labels != data.y_train[shown]).mean() < 0.6


def test_extra_images_are_not_spoiled() -> None:
    digits = load("digits")
    extra = ExtraImages.of("mine", "CC0", digits.x_train[:50], digits.y_train[:50])
    data = extend(digits, [extra])
    found = training_set(DIGITS.with_(spoil=EVERYTHING), data)
    np.testing.assert_array_equal(found.data.x_train[-50:], digits.x_train[:50])
    np.testing.assert_array_equal(found.data.y_train[-50:], digits.y_train[:50])
    assert set(range(1437, 1487)) <= set(found.trained.tolist()), "none is taken away"


def test_without_spoiling_nothing_is_copied() -> None:
    data = load("digits")
    assert training_set(DIGITS, data).data is data


def test_what_leaves_no_image_is_refused_with_a_sentence() -> None:
    data = load("digits")
    recipe = SPLIT.with_(subset=10, batch_size=4, validation_share=0.1)  # one validation image
    (held_out,) = data.y_train[training_indices(recipe)[1]]
    spoil = Spoil(rare_class=int(held_out), where="validation")
    with pytest.raises(DataError, match="No image remains"):
        training_set(recipe.with_(spoil=spoil), data)
    assert training_set(recipe.with_(spoil=Spoil(rare_class=int(held_out))), data)
