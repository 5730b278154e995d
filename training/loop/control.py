"""What a person asks of a running training, as a mailbox between two threads.

The engine's thread sends commands; the training loop polls between chunks of steps. Both sides may
be called from any thread of the worker process.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import StrEnum


class Action(StrEnum):
    """The commands that a run obeys."""

    PAUSE = "pause"
    RESUME = "resume"
    STEP = "step"  # train to the end of the epoch, then pause
    STOP = "stop"  # end now, keep what was learned
    LEARNING_RATE = "learning_rate"


@dataclass(frozen=True, slots=True)
class Command:
    """One request; `value` is the new learning rate, for that action alone."""

    action: Action
    value: float | None = None


class Control:
    """The mailbox of one run."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._stopped = False
        self._paused = False
        self._one_epoch = False
        self._learning_rate: float | None = None

    def send(self, command: Command) -> None:
        """Note a command for the loop's next poll; a stop is final."""
        with self._changed:
            match command.action:
                case Action.PAUSE:
                    self._paused, self._one_epoch = True, False
                case Action.RESUME:
                    self._paused, self._one_epoch = False, False
                case Action.STEP:
                    self._paused, self._one_epoch = False, True
                case Action.STOP:
                    self._stopped = True
                case Action.LEARNING_RATE:
                    self._learning_rate = command.value
            self._changed.notify_all()

    @property
    def stopped(self) -> bool:
        """The loop shall end now."""
        return self._stopped

    @property
    def paused(self) -> bool:
        """The loop shall wait (see `wait`), unless it was stopped."""
        return self._paused and not self._stopped

    def take_learning_rate(self) -> float | None:
        """The learning rate asked for since the last call, if any."""
        with self._changed:
            value, self._learning_rate = self._learning_rate, None
            return value

    def epoch_ended(self) -> None:
        """The loop finished an epoch: a step of one epoch ends in a pause."""
        with self._changed:
            if self._one_epoch:
                self._paused, self._one_epoch = True, False

    def wait(self, timeout: float | None = None) -> None:
        """Block while paused, at most `timeout` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: not self.paused, timeout)
