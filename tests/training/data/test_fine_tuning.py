"""Fine-tuning on drawings: training and test drawings, and a repeatable result."""

import io
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model_store import ModelStore, Run, RunDamaged
from model_store.classroom.drawing import Drawing, DrawingError, Stroke
from model_store.classroom.drawing_set import DrawingSet
from model_store.inference.classifier import Classifier
from model_store.recipe.recipe import Hidden, Recipe
from model_store.recipe.validation import MAX_NAME
from model_store.runs.provenance import Provenance
from tests.support.finished_runs import archive, random_weights
from training.data.datasets import load
from training.data.extra_images import extend
from training.data.fine_tuning import (
    MAX_COPIES,
    MAX_IMAGES,
    copies_per_drawing,
    prepare_fine_tuning,
    render_drawings,
    training_half,
)
from training.images.drawing_images import prepared_image
from training.loop.control import Control

RECIPE = Recipe(dataset="digits", hidden=(Hidden(8),), epochs=1, batch_size=64)
PIXELS = bytes([0] * 400 + [255] * 384)


def drawings(count: int = 20) -> DrawingSet:
    """Return lines, labelled 0 (horizontal) and 1 (vertical) in turn."""
    lines = [
        ((40, 100 + i), (240, 140)) if i % 2 == 0 else ((100 + i, 40), (120, 240))
        for i in range(count)
    ]
    return DrawingSet(tuple(Drawing(i % 2, (Stroke(line, 20),)) for i, line in enumerate(lines)))


def a_run(tmp_path: Path, recipe: Recipe = RECIPE) -> tuple[Run, bytes]:
    run = ModelStore(tmp_path / "runs", starter=None).create(recipe)
    return run, archive(random_weights(recipe))


def test_half_of_each_digit_is_taken_whatever_the_order() -> None:
    whole = drawings(21)
    taken = training_half(whole)
    assert Counter(d.label for d in taken.drawings) == {0: 6, 1: 5}
    assert training_half(DrawingSet(whole.drawings[::-1])).by_id.keys() == taken.by_id.keys()


def test_what_was_learned_from_before_is_taken_again_and_no_test_any_more() -> None:
    first = training_half(drawings(20))
    more = training_half(drawings(40), tuple(first.by_id))
    assert more.by_id.keys() > first.by_id.keys()
    assert len(more) == 10 + 16


@pytest.mark.parametrize("count", [1, 3, 60, 1000, 3000])
def test_few_drawings_are_shown_more_often_but_not_too_often(count: int) -> None:
    for recipe in (RECIPE, Recipe()):
        times = copies_per_drawing(recipe, count)
        assert 1 <= times <= MAX_COPIES and times * count <= max(count, MAX_IMAGES)
    assert copies_per_drawing(Recipe(), 60) == MAX_COPIES and copies_per_drawing(RECIPE, 60) == 2


def test_copies_are_drawn_by_other_hands_and_the_same_each_time() -> None:
    mixed = [*drawings(4).drawings, Drawing(5, pixels=PIXELS)]
    images, labels = render_drawings(mixed, 3, seed=1)
    assert images.shape == (15, 28, 28) and images.dtype == labels.dtype == np.uint8
    ordered = sorted(mixed, key=lambda drawing: drawing.id)
    assert np.array_equal(images[:5], [prepared_image(drawing) for drawing in ordered])
    assert labels.tolist() == [drawing.label for drawing in ordered] * 3
    for i, drawing in enumerate(ordered):
        assert np.array_equal(images[i], images[5 + i]) == bool(drawing.pixels)
    again, _labels = render_drawings(mixed[::-1], 3, seed=1)
    other, _labels = render_drawings(mixed, 3, seed=2)
    assert np.array_equal(images, again) and not np.array_equal(images, other)


def test_the_new_run_names_what_it_begins_with(tmp_path: Path) -> None:
    run, weights = a_run(tmp_path)
    taken = training_half(drawings())
    recipe, start, added = prepare_fine_tuning(run, weights, taken, epochs=4)
    assert recipe == run.recipe.with_(name=recipe.name, epochs=4)
    assert recipe.name == f"{run.title} + drawings"
    assert start.provenance.run == run.id and start.weights == weights
    assert start.provenance.drawings == taken.hash
    assert set(start.provenance.seen) == set(taken.by_id)
    assert taken.hash[:12] in added.source.name
    assert added.source.images == len(taken) * start.provenance.copies
    older = replace(run, provenance=replace(start.provenance, seen=("0" * 16,)))
    _recipe, start, _added = prepare_fine_tuning(older, weights, taken, epochs=4)
    assert "0" * 16 in start.provenance.seen, "what its own start has seen counts as well"
    long = replace(run, recipe=run.recipe.with_(name="x" * MAX_NAME))
    twice = replace(long, recipe=prepare_fine_tuning(long, weights, taken, 1)[0])
    assert prepare_fine_tuning(twice, weights, taken, 1)[0].name == twice.title
    with pytest.raises(DrawingError, match="no drawings"):
        prepare_fine_tuning(run, weights, DrawingSet(), 1)


def test_it_begins_there_learns_from_the_drawings_and_comes_out_the_same_again(
    tmp_path: Path,
) -> None:
    from training.loop import trainer

    run, weights = a_run(tmp_path)
    taken = drawings(30)
    recipe, start, added = prepare_fine_tuning(run, weights, taken, epochs=4)

    def train() -> dict[str, bytes]:
        files: dict[str, bytes] = {}
        data = extend(load("digits"), [added])
        trainer.train(
            recipe,
            data,
            emit=lambda event: None,
            control=Control(),
            save=files.__setitem__,
            start=start.weights,
        )
        return files

    files = train()
    with np.load(io.BytesIO(files["checkpoints/epoch-0000.npz"])) as begun:
        for name, array in random_weights(RECIPE).items():
            assert np.array_equal(begun[name], array)
    with np.load(io.BytesIO(files["weights.npz"])) as learned:
        arrays = {name: learned[name] for name in learned.files}
    images, labels = render_drawings(taken.drawings, 1, 0)
    right = {}
    for name, of in (("before", random_weights(RECIPE)), ("after", arrays)):
        pairs = [(of[f"kernel_{i}"], of[f"bias_{i}"]) for i in range(2)]
        right[name] = (
            Classifier(recipe, pairs).probabilities(images).argmax(axis=1) == labels
        ).mean()
    assert right["after"] > max(0.6, right["before"])
    assert train()["weights.npz"] == files["weights.npz"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"nothing",
        archive({"kernel_0": np.zeros(3, np.float32)}),
        archive(random_weights(Recipe(hidden=(Hidden(9),)))),
        archive({**random_weights(RECIPE), "more": np.zeros(3)}),
        archive({**random_weights(RECIPE), "bias_1": np.full(10, np.nan, np.float32)}),
        archive({n: a.astype(np.float64) for n, a in random_weights(RECIPE).items()}),
    ],
)
def test_weights_that_are_none_of_this_network_are_a_sentence(content: bytes) -> None:
    from training.loop import trainer
    from training.loop.errors import CheckpointError

    files: dict[str, bytes] = {}
    with pytest.raises(CheckpointError, match="initial weights"):
        trainer.train(
            RECIPE,
            load("digits"),
            emit=lambda event: None,
            control=Control(),
            save=files.__setitem__,
            start=content,
        )
    assert files == {}


def test_an_origin_is_kept_beside_the_run_and_in_its_manifest(tmp_path: Path) -> None:
    store = ModelStore(tmp_path / "runs", starter=None)
    run = store.create(RECIPE)
    assert run.provenance is None
    origin = Provenance("run-1", "A <b>", "ab" * 32, "cd" * 32, 3, ("0123456789abcdef",))
    store.save(run.id, "origin.json", origin.to_json())
    assert store.open(run.id).provenance == origin
    for name in ("weights.npz", "model.keras", "summary.json"):
        store.save(run.id, name, b"{}")
    assert store.finish(run.id).manifest["origin"] == origin.to_dict()
    assert "seen" not in origin.facts and origin.facts["copies"] == 3


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"run": 1, "copies": "x"}', b"[" * 9999])
def test_a_damaged_origin_is_refused(tmp_path: Path, content: bytes) -> None:
    store = ModelStore(tmp_path / "runs", starter=None)
    run = store.create(RECIPE)
    with pytest.raises(RunDamaged, match="not a readable run"):
        store.save(run.id, "origin.json", content)
    assert store.open(run.id) == run
