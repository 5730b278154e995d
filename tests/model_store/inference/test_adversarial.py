"""Adversarial examples: gradients as TensorFlow has them, and the weakest change that fools."""

import itertools
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from model_store.inference.adversarial import GREYS, fast_gradient_sign, loss_gradients
from model_store.inference.classifier import Classifier
from model_store.recipe.choices import ACTIVATIONS, MORE_ACTIVATIONS
from model_store.recipe.recipe import Hidden, Recipe
from tests.support.fooling import smallest_change

NAMES = (*ACTIVATIONS, *MORE_ACTIVATIONS, "leaky_relu(0.3)", "elu(0.5)")
NETWORKS: dict[str, tuple[Hidden, ...]] = {
    "softmax regression": (),
    **{name: (Hidden(16, name),) * 2 for name in NAMES},
    "four layers": tuple(Hidden(10 + i, name) for i, name in enumerate(NAMES[:4])),
}
BLACK = np.zeros((28, 28), np.uint8)


def network(
    hidden: tuple[Hidden, ...] = (Hidden(24, "tanh"),),
    norm: str = "none",
    classes: int = 10,
    scale: float = 0.15,
) -> Classifier:
    random = np.random.default_rng(3)
    widths = [784, *(layer.units for layer in hidden), classes]
    weights = [
        (
            random.normal(0, scale, (n, m)).astype(np.float32),
            random.normal(0, 0.3, m).astype(np.float32),
        )
        for n, m in itertools.pairwise(widths)
    ]
    return Classifier(Recipe(hidden=hidden, pixel_norm=norm), weights)


def pictures(count: int, seed: int = 0) -> NDArray[np.uint8]:
    """Return images with ink on about a third of the pixels."""
    random = np.random.default_rng(seed)
    ink = random.integers(1, 256, (count, 28, 28))
    return np.where(random.random(ink.shape) < 0.35, ink, 0).astype(np.uint8)


def by_tensorflow(ours: Classifier, images: NDArray[np.uint8], labels: Any) -> Any:
    import tensorflow as tf
    from keras import activations

    x = tf.constant(images / np.float64(255))
    with tf.GradientTape() as tape:
        tape.watch(x)
        axes = {"none": None, "columns": [1], "image": [1, 2]}[ours.recipe.pixel_norm]
        out = x if axes is None else x / tf.sqrt(tf.reduce_sum(x * x, axes, keepdims=True))
        out = tf.reshape(out, [len(images), 784])
        for i, (kernel, bias) in enumerate(ours.weights):
            out = out @ kernel.astype(np.float64) + bias.astype(np.float64)
            if i < len(ours.recipe.hidden):
                name = ours.recipe.hidden[i].activation
                kind, _, slope = name.rstrip(")").partition("(")
                given = {"leaky_relu": "negative_slope", "elu": "alpha"}
                more = {given[kind]: float(slope)} if slope else {}
                out = activations.get(kind)(out, **more)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, out)
    return tape.gradient(losses, x).numpy()


@pytest.mark.parametrize("hidden", NETWORKS.values(), ids=NETWORKS)
def test_gradients_are_those_of_tensorflow(hidden: tuple[Hidden, ...]) -> None:
    ours, images, labels = network(hidden), pictures(4), np.array([7, 0, 9, 3])
    expected = by_tensorflow(ours, images, labels)
    found = loss_gradients(ours, images, labels)
    assert found.shape == (4, 28, 28) and np.abs(expected).max() > 0
    np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize("norm", ["columns", "image"])
def test_gradients_go_through_divided_pixels(norm: str) -> None:
    ours, images, labels = network(norm=norm), pictures(3, seed=5), np.array([1, 2, 3])
    expected = by_tensorflow(ours, images, labels)
    found = loss_gradients(ours, images, labels)
    np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize("norm", ["none", "columns", "image"])
def test_a_black_image_has_finite_gradients(norm: str) -> None:
    found = loss_gradients(network(norm=norm), BLACK[np.newaxis], np.array([4]))
    assert np.isfinite(found).all() and found.any()


def test_a_certain_answer_still_has_a_gradient() -> None:
    """In float64 the probability is exactly 1; one minus it would be 0."""
    ours, image = network(hidden=()), pictures(1)
    answer, second = np.argsort(-ours.logits(image)[0])[:2]
    ours.weights[0][1][answer] += 60
    ours.weights[0][1][second] += 10
    found = loss_gradients(ours, image, np.array([answer]))
    kernel = ours.weights[0][0].astype(np.float64)
    towards = (kernel[:, second] - kernel[:, answer]).reshape(28, 28)
    assert (np.sign(found[0]) == np.sign(towards)).mean() > 0.95


def test_each_pixel_changes_by_the_strength_and_black_and_white_stay() -> None:
    images = pictures(2)
    images[0, 0, :3] = [255, 250, 3]
    gradient = np.random.default_rng(1).normal(size=images.shape)
    gradient[0, 0, :3], gradient[1, 5] = [1, 1, -1], 0
    found = fast_gradient_sign(images, gradient, 20 / GREYS)
    assert found.dtype == np.uint8 and found.shape == images.shape
    assert found[0, 0, :3].tolist() == [255, 255, 0]
    assert (found[1, 5] == images[1, 5]).all(), "a pixel without a gradient stays"
    moved = found.astype(int) - images
    inside = (found > 0) & (found < GREYS) & (gradient != 0)
    assert inside.sum() > 300
    assert (moved[inside] == 20 * np.sign(gradient[inside])).all()
    assert (fast_gradient_sign(images, gradient, 0) == images).all()
    whole = fast_gradient_sign(images, gradient, 1)
    assert (whole[gradient > 0] == 255).all() and (whole[gradient < 0] == 0).all()


@pytest.mark.parametrize("hidden", [(), (Hidden(24, "tanh"),), (Hidden(24), Hidden(12, "gelu"))])
@pytest.mark.parametrize("chooses", [False, True])
def test_the_change_is_the_smallest_of_all_grey_levels(
    hidden: tuple[Hidden, ...], chooses: bool
) -> None:
    ours, found = network(hidden), 0
    for image in pictures(8, seed=9):
        answer, second = np.argsort(-ours.logits(image))[:2].tolist()
        target = second if chooses else None
        label = np.array([answer if target is None else target])
        gradient = loss_gradients(ours, image[np.newaxis], label)[0]
        gradient = gradient if target is None else -gradient
        first = None
        for greys in range(1, 256):
            changed = fast_gradient_sign(image, gradient, greys / GREYS)
            now = int(ours.logits(changed).argmax())
            if now != answer if target is None else now == target:
                first = greys, now, changed
                break
        fooled = smallest_change(ours, image, target)
        if first is None:
            assert fooled is None
            continue
        assert fooled is not None
        found += 1
        assert (round(fooled.strength * GREYS), fooled.answer) == first[:2]
        assert (fooled.image == first[2]).all()
        stopped = smallest_change(ours, image, target, most=(first[0] - 1) / GREYS)
        assert stopped is None, "a weaker one does not fool"
    assert found >= 3


def test_some_images_cannot_be_fooled() -> None:
    ours = network()
    answer = int(ours.logits(BLACK).argmax())
    assert smallest_change(ours, BLACK, target=answer) is None, "it says so already"
    kernel, bias = ours.weights[-1]
    firm = Classifier(ours.recipe, [*ours.weights[:-1], (kernel * 0, bias)])
    assert smallest_change(firm, pictures(1)[0]) is None, "its answer knows no image"


def test_classes_are_counted_by_the_weights() -> None:
    ours, images = network(classes=3), pictures(2)
    assert loss_gradients(ours, images, np.array([2, 0])).any()
    with pytest.raises(ValueError, match="0 to 2"):
        loss_gradients(ours, images, np.array([3, 0]))
    fooled = smallest_change(ours, images[0])
    assert fooled is not None and fooled.answer in range(3)


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        (BLACK, [0]),
        (np.zeros((1, 28, 27), np.uint8), [0]),
        (np.zeros((1, 28, 28), np.float32), [0]),
        (BLACK[np.newaxis], [10]),
        (BLACK[np.newaxis], [-1]),
        (BLACK[np.newaxis], [0, 1]),
    ],
)
def test_wrong_arguments_get_a_sentence(images: Any, labels: list[int]) -> None:
    with pytest.raises(ValueError, match=r"28 x 28|0 to 9"):
        loss_gradients(network(), images, np.array(labels))


@pytest.mark.parametrize("strength", [-0.1, 1.01, float("nan")])
def test_a_strength_is_from_0_to_1(strength: float) -> None:
    with pytest.raises(ValueError, match="0 to 1"):
        fast_gradient_sign(BLACK, np.ones((28, 28)), strength)


@pytest.mark.parametrize("image", [np.zeros((1, 28, 28), np.uint8), np.zeros((28, 28))])
def test_only_bytes_of_28_by_28_have_a_gradient(image: Any) -> None:
    with pytest.raises(ValueError, match="28 x 28"):
        loss_gradients(network(), image[np.newaxis], np.array([0]))
