"""Snapshots of a network's weights while it trains: when one is due, and its bytes. Pure.

A page shows with them how the network's answer to a drawing changes.
"""

import json
import math
import struct
import time
from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

SHARE = 0.02  # of the training's time
SHORTEST_INTERVAL = 0.2  # seconds
BYTES_A_SECOND = 200_000

Show = Callable[[bytes], object]


def snapshot(step: int, epoch: float, weights: Iterable[NDArray[np.float32]]) -> bytes | None:
    """Return the bytes of a snapshot; None if a weight is not a finite number of 16 bits.

    All of it is little-endian: the length of the head as uint32; the head, JSON in UTF-8 such as
    `{"step": 120, "epoch": 0.42}`, padded with spaces to a multiple of 4 bytes; then float16
    numbers in the order of `weights`, each array row by row. A network's weights are each layer's
    kernel [in, out] and its bias [out].
    """
    with np.errstate(over="ignore", invalid="ignore"):  # too large a number becomes infinite
        halves = [array.astype("<f2") for array in weights]
    if not all(np.isfinite(array).all() for array in halves):
        return None
    head = json.dumps({"step": step, "epoch": epoch}).encode()
    head += b" " * (-len(head) % 4)
    return b"".join((struct.pack("<I", len(head)), head, *(array.tobytes() for array in halves)))


class LiveWeights:
    """Snapshots of one training, few enough to cost it little. One thread.

    The first is to be shown at once, by `show`; the second is due as soon as `SHARE` of the
    training's time pays for it. From then on they are `SHORTEST_INTERVAL` apart, or longer so that
    they stay below `BYTES_A_SECOND`. `SHARE` covers the time from reading the weights until `show`
    returns, that of the first snapshot excepted.
    """

    def __init__(
        self,
        show: Show,
        weights: Callable[[], Iterable[NDArray[np.float32]]],
        steps_per_epoch: int,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """`show` gets the bytes and raises nothing; `weights` returns each layer's kernel and bias.

        `clock` returns seconds and only goes forward.
        """
        self._show, self._weights, self._clock = show, weights, clock
        self._steps_per_epoch = steps_per_epoch
        self._step: int | None = None  # of the last snapshot
        self._next = -math.inf
        self._cost = math.inf  # seconds of the quickest snapshot: the expected cost of the next
        self._left = 0.0  # seconds of `SHARE` that are not used up

    def offer(self, step: int, seconds: float) -> None:
        """Show the weights if that is due after a chunk of so many seconds; `step` was its last."""
        self._left += SHARE * seconds
        if self._left >= self._cost and self._clock() >= self._next:
            self.show(step)

    def show(self, step: int) -> None:
        """Show the weights after this step, due or not, unless that was done."""
        if step == self._step:
            return
        began = self._clock()
        content = snapshot(step, step / self._steps_per_epoch, self._weights())
        if content is not None:
            self._show(content)
        cost = self._clock() - began
        self._cost = min(self._cost, cost)
        if self._step is not None:
            self._left -= cost
            self._next = began + max(SHORTEST_INTERVAL, len(content or b"") / BYTES_A_SECOND)
        self._step = step
