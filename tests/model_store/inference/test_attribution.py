"""Attribution: contributions add up to the score and match integrated gradients."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from model_store.inference.attribution import PIECES, attribute, weight_pictures
from model_store.inference.classifier import Classifier
from model_store.recipe.choices import ACTIVATIONS
from model_store.recipe.recipe import Hidden, Recipe

NETWORKS: dict[str, tuple[Hidden, ...]] = {
    "softmax regression": (),
    **{name: (Hidden(24, name, 0.4),) for name in ACTIVATIONS},
    **{f"three layers of {name}": (Hidden(20, name),) * 3 for name in ACTIVATIONS},
    "one of each": tuple(Hidden(8 + i, name) for i, name in enumerate(ACTIVATIONS)),
}


def network(hidden: tuple[Hidden, ...], seed: int = 0, scale: float = 0.15) -> Classifier:
    random = np.random.default_rng(seed)
    widths = [784, *(layer.units for layer in hidden), 10]
    weights = [
        (
            random.normal(0, scale, widths[i : i + 2]).astype(np.float32),
            random.normal(0, 0.3, widths[i + 1]).astype(np.float32),
        )
        for i in range(len(widths) - 1)
    ]
    return Classifier(Recipe(hidden=hidden), weights)


def picture(seed: int = 0) -> NDArray[np.uint8]:
    """Return an image with ink on about a third of the pixels."""
    random = np.random.default_rng(seed)
    ink = random.integers(0, 256, (28, 28))
    return np.where(random.random((28, 28)) < 0.35, ink, 0).astype(np.uint8)


BLACK = np.zeros((28, 28), np.uint8)


@pytest.mark.parametrize("hidden", NETWORKS.values(), ids=NETWORKS)
@pytest.mark.parametrize("against", [None, 3])
def test_pixels_and_units_add_up_to_the_score(
    hidden: tuple[Hidden, ...], against: int | None
) -> None:
    ours, image = network(hidden), picture()
    found = attribute(ours, image, 7, against)
    ends = ours.logits(np.stack([image, BLACK])).astype(np.float64)
    score, start = ends[:, 7] - (0 if against is None else ends[:, against])
    assert found.score == pytest.approx(score, abs=1e-3)
    assert found.baseline == pytest.approx(start, abs=1e-3)
    assert found.pixels.shape == (28, 28)
    assert found.pixels.sum() == pytest.approx(found.score - found.baseline, abs=1e-9)
    assert found.positive + found.negative == pytest.approx(found.pixels.sum(), abs=1e-9)
    assert (found.pixels[image == 0] == 0).all(), "paper says nothing"
    if hidden:
        assert found.units.shape == found.outputs.shape == (hidden[0].units,)
        assert found.units.sum() == pytest.approx(found.score - found.baseline, abs=1e-9)
        first = ours.activations(image)[0][0]
        assert found.outputs == pytest.approx(first, abs=1e-4)


@pytest.mark.parametrize("against", [None, 3])
def test_without_hidden_layers_a_part_is_weight_times_pixel(against: int | None) -> None:
    ours, image = network(()), picture()
    kernel, bias = ours.weights[0]
    weights = kernel[:, 7] - (0 if against is None else kernel[:, against])
    found = attribute(ours, image, 7, against)
    assert found.pixels == pytest.approx((weights * image.ravel() / 255).reshape(28, 28), abs=1e-6)
    assert found.baseline == pytest.approx(bias[7] - (0 if against is None else bias[against]))
    assert len(found.units) == 0 and found.top_units(8) == []


def test_with_one_layer_a_unit_gives_its_output_times_its_weight() -> None:
    ours, image = network((Hidden(24, "relu"),)), picture()
    found = attribute(ours, image, 7)
    assert found.weights == pytest.approx(ours.weights[1][0][:, 7], abs=1e-6)
    assert found.units == pytest.approx(
        found.weights * (found.outputs - found.baseline_outputs), abs=1e-6
    )


def gradients(hidden: tuple[Hidden, ...], ours: Classifier, image: Any, steps: int) -> Any:
    """Return integrated gradients by TensorFlow: mean gradient along the path, times the pixel."""
    import tensorflow as tf

    from training.loop import model as keras_network

    model = keras_network.build(Recipe(hidden=hidden))
    model.set_weights([array for pair in ours.weights for array in pair])
    model.layers[-1].activation = tf.identity
    x = image.astype(np.float32) / np.float32(255)
    fractions = (np.arange(steps, dtype=np.float32) + np.float32(0.5)) / np.float32(steps)
    way = tf.constant(fractions[:, None, None] * x)
    with tf.GradientTape() as tape:
        tape.watch(way)
        logits = model(way)[:, 7]
    return x * tape.gradient(logits, way).numpy().mean(axis=0)


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("layers", [1, 3])
def test_parts_are_integrated_gradients(name: str, layers: int) -> None:
    hidden = (Hidden(16, name),) * layers
    ours, image = network(hidden, seed=4), picture(2)
    expected = gradients(hidden, ours, image, 4000)
    found = attribute(ours, image, 7).pixels
    near = 0.002 if layers == 1 else 0.02
    assert np.abs(found - expected).max() <= near * np.abs(expected).max()


def test_more_pieces_come_closer_and_the_sum_never_suffers() -> None:
    hidden = (Hidden(16, "tanh"),) * 3
    ours, image = network(hidden, seed=4), picture(2)
    expected = gradients(hidden, ours, image, 4000)
    far, near = (
        np.abs(attribute(ours, image, 7, pieces=pieces).pixels - expected).max()
        for pieces in (2, PIECES)
    )
    assert near < far / 4
    rough = attribute(ours, image, 7, pieces=1)
    assert rough.pixels.sum() == pytest.approx(rough.score - rough.baseline, abs=1e-9)


def test_an_empty_picture_has_no_evidence() -> None:
    found = attribute(network((Hidden(12, "gelu"), Hidden(6, "relu"))), BLACK, 0)
    assert found.score == found.baseline and not found.pixels.any() and not found.units.any()
    assert found.top_units(5) == []


def test_dead_and_saturated_units_give_finite_parts() -> None:
    for name in ACTIVATIONS:
        ours = network((Hidden(12, name), Hidden(6, name)), scale=60.0)
        found = attribute(ours, picture(), 1)
        assert np.isfinite(found.pixels).all() and np.isfinite(found.units).all()
        gap = abs(found.pixels.sum() - (found.score - found.baseline))
        assert gap <= 1e-9 * max(1.0, np.abs(found.pixels).sum())


def test_the_top_units_have_the_largest_parts() -> None:
    found = attribute(network((Hidden(24, "relu"),)), picture(), 7)
    units = found.top_units(6)
    parts = np.abs(found.units[units])
    assert len(units) == 6 and (np.diff(parts) <= 0).all()
    assert parts.min() >= np.abs(np.delete(found.units, units)).max()


def test_weights_of_the_first_layer_are_pictures() -> None:
    ours = network((Hidden(12, "relu"),))
    pictures = weight_pictures(ours)
    assert pictures.shape == (12, 28, 28)
    assert np.array_equal(pictures[5].ravel(), ours.weights[0][0][:, 5])
    assert np.array_equal(weight_pictures(ours, 5), pictures[5])
    assert weight_pictures(network(())).shape == (10, 28, 28)


@pytest.mark.parametrize(
    ("image", "target", "against"),
    [
        (np.zeros((28, 27), np.uint8), 0, None),
        (np.zeros((1, 28, 28), np.uint8), 0, None),
        (np.zeros((28, 28), np.float32), 0, None),
        (BLACK, 10, None),
        (BLACK, -1, None),
        (BLACK, 0, 10),
    ],
)
def test_wrong_arguments_get_a_sentence(image: Any, target: int, against: int | None) -> None:
    with pytest.raises(ValueError, match=r"28 x 28|0 to 9"):
        attribute(network(()), image, target, against)
