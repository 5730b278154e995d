"""Report of a single step: its layout, its rounding and its limits."""

import json
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.support.batch_reports import read_report
from training.loop.batch_report import MAX_BYTES, batch_report, units_shown

RNG = np.random.default_rng(0)
HEAD = {"step": 7, "epoch": 0.25, "loss": 2.5}
IMAGES = {
    "index": np.array([5, 60_000], np.int32),
    "label": np.array([9, 0], np.uint8),
    "image": RNG.integers(0, 256, (2, 784), np.uint8),
    "loss": np.array([0.1, 1e-9], np.float32),
}


def layers(*widths: int) -> dict[str, NDArray[np.float32]]:
    """Return kernels and biases of random numbers, those of later layers far smaller."""
    arrays: dict[str, NDArray[np.float32]] = {}
    for i, (inputs, outputs) in enumerate(pairwise(widths)):
        for name, shape in (("kernel", (inputs, outputs)), ("bias", (outputs,))):
            arrays[f"{name}_{i}"] = (RNG.normal(size=shape) * 1e-9**i).astype(np.float32)
    return arrays


def report(
    gradient: dict[str, NDArray[Any]], change: dict[str, NDArray[Any]] | None = None
) -> bytes:
    return batch_report(HEAD, IMAGES, gradient, gradient if change is None else change)


def test_everything_is_read_back() -> None:
    gradient, change = layers(784, 5, 10), layers(784, 5, 10)
    head, arrays = read_report(report(gradient, change))
    assert {name: head[name] for name in HEAD} == HEAD
    for name, array in IMAGES.items():
        assert arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(arrays[name], array)
    for kind, given in (("gradient", gradient), ("change", change)):
        for name, array in given.items():
            found = arrays[f"{kind}_{name}"]
            assert np.abs(found - array.T).max() <= 2**-11 * np.abs(array).max(), name
    assert arrays["gradient_kernel_1"].shape == (10, 5), "a row for each unit"


def test_offsets_suit_arrays_of_four_bytes_and_the_head_is_json() -> None:
    content = report(layers(784, 3, 10))
    length = int.from_bytes(content[:4], "little")
    assert length % 4 == 0
    described = json.loads(content[4 : 4 + length])["arrays"]
    assert all(about["offset"] % 4 == 0 for about in described.values())
    assert len(content) % 4 == 0


def test_weights_that_did_not_change_are_zeros() -> None:
    gradient = layers(784, 10)
    still = {name: np.zeros_like(array) for name, array in gradient.items()}
    _head, arrays = read_report(report(gradient, still))
    assert not arrays["change_kernel_0"].any()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("where", ["gradient", "change", "loss"])
def test_a_number_that_is_not_finite_makes_no_report(value: float, where: str) -> None:
    gradient, change, images = layers(784, 10), layers(784, 10), dict(IMAGES)
    if where == "loss":
        images["loss"] = np.array([0.5, value], np.float32)
    else:
        {"gradient": gradient, "change": change}[where]["bias_0"][3] = value
    assert batch_report(HEAD, images, gradient, change) == b""


@pytest.mark.parametrize(
    ("hidden", "units"),
    [((), [10]), ((128,), [128, 10]), ((512, 512), [381, 381, 10]), ((20_000, 5), [None, 5, 10])],
)
def test_of_large_layers_the_first_units_fit(hidden: tuple[int, ...], units: list[int]) -> None:
    widths = (784, *hidden, 10)
    shapes = list(pairwise(widths))
    shown = units_shown(shapes)
    assert all(want in (None, found) for want, found in zip(units, shown, strict=True))
    content = report(layers(*widths))
    assert len(content) < MAX_BYTES + 10_000
    assert len(content) > 0.9 * min(MAX_BYTES, 4 * sum((i + 1) * o for i, o in shapes))
