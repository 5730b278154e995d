"""Images added to a data set are trained on, named, hashed, and never tested on."""

import io
import json

import numpy as np
import pytest

from model_store.recipe.recipe import Hidden, Recipe
from model_store.runs.events import Started
from training.data.datasets import Arrays, DataError, load, training_indices
from training.data.extra_images import (
    ExtraImages,
    as_extra_images,
    extend,
    pack,
    sources,
    training_data,
    unpack,
)
from training.loop.control import Control

BLANK = np.zeros((30, 28, 28), np.uint8)
LABELS = np.arange(30, dtype=np.uint8) % 10


@pytest.fixture(scope="module")
def digits() -> Arrays:
    return load("digits")


def test_additions_stand_after_the_data_sets_own(digits: Arrays) -> None:
    data = extend(digits, [as_extra_images(digits), ExtraImages.of("blanks", "CC0", BLANK, LABELS)])
    n = len(digits.x_train)
    np.testing.assert_array_equal(data.x_train[:n], digits.x_train)
    np.testing.assert_array_equal(data.x_train[n : 2 * n], digits.x_train)
    np.testing.assert_array_equal(data.y_train[2 * n :], LABELS)
    assert data.x_test is digits.x_test
    assert [(s.name, s.images) for s in sources(data)] == [
        *[("Digits (offline)", n)] * 2,
        ("blanks", 30),
    ]
    assert all(source.licence for source in sources(data))


def test_the_hash_covers_images_and_labels(digits: Arrays) -> None:
    added = [
        ExtraImages.of("a", "", BLANK, LABELS),
        ExtraImages.of("a", "", BLANK + 1, LABELS),
        ExtraImages.of("a", "", BLANK, LABELS[::-1]),
    ]
    prints = {extend(digits, [one]).fingerprint for one in added}
    assert len(prints | {digits.fingerprint, extend(digits, []).fingerprint}) == 5


def test_all_of_them_are_trained_on_and_none_is_validated_on() -> None:
    recipe = Recipe(dataset="digits", subset=100, validation="split", validation_share=0.2)
    n = recipe.data.train
    own, held_out = training_indices(recipe)
    trained, still_held_out = training_indices(recipe, n + 30)
    np.testing.assert_array_equal(trained[:80], own)
    np.testing.assert_array_equal(trained[80:], np.arange(n, n + 30))
    np.testing.assert_array_equal(still_held_out, held_out)
    assert trained.dtype == np.int32


def test_a_training_goes_through_them(digits: Arrays) -> None:
    from training.loop.trainer import train

    recipe = Recipe(dataset="digits", hidden=(Hidden(8),), subset=100, batch_size=10, epochs=1)
    said = []
    train(
        recipe,
        extend(digits, [ExtraImages.of("blanks", "CC0", BLANK, LABELS)]),
        emit=said.append,
        control=Control(),
        save=lambda name, content: None,
    )
    assert isinstance(said[0], Started)
    assert said[0].steps_per_epoch == 13


def test_a_runs_file_brings_them_back_and_of_run_adds_them(digits: Arrays) -> None:
    added = [as_extra_images(digits), ExtraImages.of("blanks", "CC0", BLANK, LABELS)]
    again = unpack(pack(added))
    assert [a.source for a in again] == [a.source for a in added]
    for one, other in zip(again, added, strict=True):
        np.testing.assert_array_equal(one.images, other.images)
        np.testing.assert_array_equal(one.labels, other.labels)
    recipe = Recipe(dataset="digits")
    assert training_data(recipe, pack(added)).fingerprint == extend(digits, added).fingerprint
    assert training_data(recipe, None).fingerprint == digits.fingerprint


def _archive(**arrays: object) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)  # type: ignore[arg-type]
    return file.getvalue()


NAMED = json.dumps([{"name": "a", "licence": "", "images": 30}])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK",
        _archive(images=BLANK, labels=LABELS),
        _archive(images=BLANK, labels=LABELS, sources="{"),
        _archive(images=BLANK, labels=LABELS, sources="[]"),
        _archive(images=BLANK[:9], labels=LABELS[:9], sources=NAMED),
        _archive(images=BLANK, labels=LABELS[:9], sources=NAMED),
        _archive(images=BLANK, labels=LABELS + 1, sources=NAMED),
        _archive(images=BLANK.astype(float), labels=LABELS, sources=NAMED),
        _archive(images=BLANK, labels=LABELS, sources=NAMED.replace("30", "-30")),
        _archive(images=np.array([{}], object), labels=LABELS, sources=NAMED),
    ],
)
def test_a_damaged_file_is_a_sentence(content: bytes) -> None:
    with pytest.raises(DataError, match="damaged"):
        unpack(content)


@pytest.mark.parametrize(
    ("images", "labels"),
    [(BLANK[:0], LABELS[:0]), (BLANK, LABELS[:9]), (BLANK[:, :9], LABELS), (BLANK, LABELS + 9)],
)
def test_what_is_no_picture_with_a_label_cannot_be_added(
    images: np.ndarray, labels: np.ndarray
) -> None:
    with pytest.raises(DataError, match="28 x 28"):
        ExtraImages.of("a", "", images, labels)
