"""Robustness: what each change does to images, and accuracies that follow from it."""

import numpy as np
import pytest
from numpy.typing import NDArray

from model_store.inference import robustness
from model_store.inference.classifier import Classifier
from model_store.inference.robustness import (
    CHANGES,
    FEWEST,
    IMAGES,
    STRENGTHS,
    blurred,
    measure,
    noisy,
    rotated,
    shifted,
)
from model_store.recipe.recipe import Hidden, Recipe
from tests.model_store.inference.test_adversarial import network, pictures


def random() -> np.random.Generator:
    return np.random.default_rng(1)


def one_pixel(row: int, column: int, count: int = 1) -> NDArray[np.uint8]:
    images = np.zeros((count, 28, 28), np.uint8)
    images[:, row, column] = 255
    return images


def test_noise_has_the_strength_as_its_standard_deviation() -> None:
    grey = np.full((20, 28, 28), 128, np.uint8)
    moved = noisy(grey, 0.1, random()).astype(float) - 128
    assert moved.std() == pytest.approx(25.5, rel=0.03) and abs(moved.mean()) < 0.5


def test_blur_spreads_ink_and_keeps_its_amount() -> None:
    images = one_pixel(14, 13)
    found = blurred(images, 2, random())[0]
    assert found.sum() == pytest.approx(255, abs=30), "rounded pixel by pixel"
    assert found.max() == found[14, 13] == 10, "255 / (2 pi 2²)"
    assert (found == found[:, 26::-1][:, [*range(27), 26]])[:, :26].all(), "the same to both sides"
    assert found[14, 15] == found[16, 13] > 0


def test_a_shift_goes_whole_pixels_in_one_of_four_ways() -> None:
    found = shifted(one_pixel(10, 12, 200), 3, random())
    assert (found.sum(axis=(1, 2)) == 255).all()
    places = {tuple(np.argwhere(image)[0].tolist()) for image in found}
    assert places == {(7, 12), (13, 12), (10, 9), (10, 15)}
    gone = shifted(one_pixel(0, 0, 200), 6, random()).sum(axis=(1, 2))
    assert set(gone.tolist()) == {0, 255}, "what leaves the image is lost, and black comes in"


def test_a_rotation_turns_about_the_middle() -> None:
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 4:12, 13:15] = 200  # above the middle
    for quarter in rotated(np.repeat(image, 20, axis=0), 90, random()):
        assert any((quarter == np.rot90(image[0], k)).all() for k in (1, 3))
    both = {quarter.tobytes() for quarter in rotated(np.repeat(image, 20, axis=0), 90, random())}
    assert len(both) == 2, "left and right"
    assert (rotated(image, 180, random())[0] == image[0, ::-1, ::-1]).all()
    slightly = rotated(image, 10, random())[0]
    assert slightly.sum() == pytest.approx(image.sum(), rel=0.02)
    assert (slightly != image[0]).any()


@pytest.mark.parametrize("kind", CHANGES)
def test_a_change_without_strength_is_none(kind: str) -> None:
    images = pictures(3)
    assert (CHANGES[kind](images, 0.001 if kind == "blur" else 0, random()) == images).all()


def test_accuracies_are_those_of_the_changed_images() -> None:
    ours = network()
    images = pictures(40)
    labels = ours.logits(images).argmax(axis=1)
    found = measure(ours, images, labels)
    assert found.count == 40 and found.unchanged == 1
    assert found.accuracies.keys() == found.examples.keys() == STRENGTHS.keys()
    for kind, strengths in STRENGTHS.items():
        assert len(found.accuracies[kind]) == len(strengths)
        assert found.examples[kind].shape == (len(strengths) + 1, 28, 28)
        assert (found.examples[kind][0] == images[0]).all()
        assert all(0 <= accuracy <= 1 for accuracy in found.accuracies[kind])
    changed = shifted(images, 2, np.random.default_rng(0))
    expected = (ours.logits(changed).argmax(axis=1) == labels).mean()
    assert found.accuracies["shift"][1] == expected
    assert measure(ours, images, labels).accuracies == found.accuracies, "seeded"
    aimed, noise = found.accuracies["aimed"], found.accuracies["noise"]
    assert aimed[1] < noise[1], "a change that is aimed at the model does more"


def test_a_share_of_a_large_test_set_is_tried() -> None:
    first = np.zeros((784, 1), np.float32), np.zeros(1, np.float32)
    last = np.zeros((1, 4), np.float32), np.array([0, 0, 1, 0], np.float32)
    ours = Classifier(Recipe(hidden=(Hidden(1),)), [first, last])
    labels = np.arange(3 * IMAGES) % 4
    found = measure(ours, np.zeros((3 * IMAGES, 28, 28), np.uint8), labels)
    assert found.count == IMAGES
    assert found.unchanged == pytest.approx(0.25, abs=0.04), "from all of it, in any order"
    assert {found.unchanged} == set(found.accuracies["blur"]), "it reads no pixel"
    one = measure(ours, np.zeros((1, 28, 28), np.uint8), np.array([2]))
    assert one.count == 1 and one.unchanged == 1


@pytest.mark.parametrize(("weights", "count"), [(10_000, 1049), (100, FEWEST), (19_056, IMAGES)])
def test_a_large_network_reads_fewer_images(
    monkeypatch: pytest.MonkeyPatch, weights: int, count: int
) -> None:
    monkeypatch.setattr(robustness, "WEIGHTS", weights)
    ours, images = network((Hidden(24),)), np.zeros((IMAGES, 28, 28), np.uint8)
    assert measure(ours, images, np.zeros(IMAGES, int)).count == count
