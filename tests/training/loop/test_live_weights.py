"""Snapshots of weights: when they are due, what they cost, and what is in them."""

import json
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from model_store import ModelStore
from model_store.inference.classifier import Classifier
from model_store.storage.store import STARTER
from training.data.datasets import load
from training.loop.live_weights import (
    BYTES_A_SECOND,
    SHARE,
    SHORTEST_INTERVAL,
    LiveWeights,
    snapshot,
)

Weights = dict[str, NDArray[np.float32]]
STEPS = 100  # an epoch


def weights(*widths: int, scale: float = 0.05) -> Weights:
    """Return the kernels and biases of a network, as `Program.weights` does."""
    rng = np.random.default_rng(4)
    out: Weights = {}
    for layer, (rows, columns) in enumerate(pairwise(widths)):
        out[f"kernel_{layer}"] = rng.normal(0, scale, (rows, columns)).astype(np.float32)
        out[f"bias_{layer}"] = rng.normal(0, scale, columns).astype(np.float32)
    return out


def decoded(content: bytes) -> tuple[dict[str, float], NDArray[np.float16]]:
    """Return head and numbers of a snapshot."""
    (length,) = struct.unpack_from("<I", content)
    assert (4 + length) % 4 == 0, "a browser reads numbers at multiples of their size"
    return json.loads(content[4 : 4 + length].decode()), np.frombuffer(
        content, "<f2", -1, 4 + length
    )


@dataclass
class Training:
    """A training in chunks of equal length, on a clock that only it and its snapshots move."""

    shown_weights: Weights = field(default_factory=lambda: weights(784, 10))
    cost: float = 0.0001  # seconds of one snapshot
    chunk: float = 0.01  # seconds
    now: float = 5000.0
    step: int = 0
    trained: float = 0.0  # seconds
    read: int = 0  # how often the weights were asked for
    at: list[float] = field(default_factory=list)  # seconds of training before each snapshot
    shown: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.live = LiveWeights(self.show, self.weights, STEPS, lambda: self.now)
        self.began = self.now

    def weights(self) -> Iterable[NDArray[np.float32]]:
        self.now += self.cost / 2
        self.read += 1
        return self.shown_weights.values()

    def show(self, content: bytes) -> None:
        self.at.append(self.trained)
        self.shown.append(content)
        self.now += self.cost / 2

    def goes_on(self, seconds: float) -> None:
        for _ in range(round(seconds / self.chunk)):
            self.step += 1
            self.now += self.chunk
            self.trained += self.chunk
            self.live.offer(self.step, self.chunk)

    @property
    def spent(self) -> float:
        return self.now - self.began - self.trained


def test_the_bytes_are_the_weights_in_half_precision() -> None:
    network = weights(784, 3, 10)
    head, numbers = decoded(snapshot(120, 0.42, network.values()) or b"")
    assert head == {"step": 120, "epoch": 0.42}
    flat = np.concatenate([array.ravel() for array in network.values()])
    np.testing.assert_allclose(numbers, flat, rtol=2**-11, atol=2**-24)


@pytest.mark.parametrize("step", [1, 10, 100, 1000, 10_000])
def test_numbers_are_aligned_after_any_head(step: int) -> None:
    head, numbers = decoded(snapshot(step, step / 7, [np.ones((2, 3), np.float32)]) or b"")
    assert (head["step"], head["epoch"]) == (step, step / 7)
    assert numbers.tolist() == [1] * 6


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf, 1e6, -1e6, 65_520])
@pytest.mark.parametrize("name", ["kernel_0", "bias_1"])
def test_weights_that_16_bits_cannot_tell_are_not_shown(name: str, wrong: float) -> None:
    training = Training(weights(784, 3, 10))
    training.shown_weights[name].flat[2] = wrong
    training.live.show(0)
    training.goes_on(1)
    assert training.shown == []
    assert training.spent < SHARE * training.trained + training.cost, "looking costs time as well"
    training.shown_weights[name].flat[2] = 65_504
    training.goes_on(1)
    assert training.shown, "as soon as they can be told again"


def test_the_first_is_before_the_first_step_and_the_next_follows_soon() -> None:
    training = Training(chunk=0.004, cost=0.0003)
    training.live.show(0)
    training.goes_on(60)
    first, second, *others = training.at
    assert first == 0
    assert second == pytest.approx(training.cost / SHARE, abs=training.chunk)
    gaps = np.diff([second, *others])
    assert gaps == pytest.approx(SHORTEST_INTERVAL, abs=training.chunk)
    assert [decoded(content)[0]["epoch"] for content in training.shown[:2]] == [0, 0.04]


def test_a_large_network_is_shown_at_its_bytes_rate() -> None:
    training = Training(weights(784, 512, 10), chunk=0.04, cost=0.003)
    training.live.show(0)
    training.goes_on(120)
    gaps = np.diff(training.at[1:])
    assert gaps == pytest.approx(len(training.shown[0]) / BYTES_A_SECOND, abs=training.chunk)
    later = sum(map(len, training.shown[2:]))
    assert later <= BYTES_A_SECOND * (training.trained - training.at[1])


@pytest.mark.parametrize("cost", [0.001, 0.02, 0.5])
def test_snapshots_take_no_more_than_their_share(cost: float) -> None:
    """Whatever one of them costs: a slow disk makes them rare."""
    training = Training(cost=cost)
    training.live.show(0)
    first = training.spent
    for _ in range(600):
        training.goes_on(0.1)
        assert training.spent - first <= SHARE * training.trained + 1e-9
    assert len(training.shown) > 2


def test_one_slow_write_is_made_up_for() -> None:
    training = Training()
    training.live.show(0)
    training.goes_on(10)
    training.cost = 2.0
    training.live.show(training.step + 1)
    training.cost = 0.0001
    before = len(training.shown)
    training.goes_on(2.0 / SHARE - training.trained - 1)
    assert len(training.shown) == before
    training.goes_on(2)
    assert len(training.shown) > before, "time that earlier ones did not use pays for it"


def test_a_pause_earns_no_share() -> None:
    training = Training(cost=0.1)
    training.live.show(0)
    training.now += 3600
    training.goes_on(1)
    assert len(training.shown) == 1


def test_the_same_state_is_shown_once_and_the_last_one_for_certain() -> None:
    training = Training()
    training.live.show(0)
    training.live.show(0)
    assert training.read == 1
    training.goes_on(0.05)
    training.live.show(training.step)
    training.live.show(training.step)
    assert [decoded(content)[0]["step"] for content in training.shown] == [0, 1, 5]


@pytest.mark.parametrize("name", sorted(path.name for path in STARTER.iterdir()))
def test_half_precision_moves_no_bar_of_a_trained_network(name: str, tmp_path: Path) -> None:
    run = ModelStore(tmp_path).open(name)
    network = Classifier.load(run)
    images = load("digits").x_test
    arrays = [array for layer in network.weights for array in layer]
    _head, numbers = decoded(snapshot(1, 0.1, arrays) or b"")
    parts = np.split(numbers.astype(np.float32), np.cumsum([array.size for array in arrays])[:-1])
    halves = [part.reshape(array.shape) for part, array in zip(parts, arrays, strict=True)]
    rounded = Classifier(run.recipe, list(zip(halves[::2], halves[1::2], strict=True)))
    error = np.abs(network.probabilities(images) - rounded.probabilities(images)).max()
    assert 0 < error < 0.005
