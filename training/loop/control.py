"""Commands to a running training, as a mailbox between two threads.

The engine's thread sends commands; the training loop polls them between chunks of steps. Any thread
of the worker process may call either side.
"""

import threading
from dataclasses import dataclass
from enum import StrEnum


class Action(StrEnum):
    """Commands that a run accepts."""

    PAUSE = "pause"
    RESUME = "resume"
    STEP = "step"  # train to the end of the epoch, then pause
    STOP = "stop"  # end now and save what was learned
    LEARNING_RATE = "learning_rate"


@dataclass(frozen=True, slots=True)
class Command:
    """One command; `value` is the new learning rate of `LEARNING_RATE`."""

    action: Action
    value: float | None = None


class Control:
    """Mailbox of one run."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._stopped = False
        self._paused = False
        self._one_epoch = False
        self._learning_rate: float | None = None

    def send(self, command: Command) -> None:
        """Leave a command for the loop's next poll; a stop is final."""
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
        """True if the loop must end now."""
        return self._stopped

    @property
    def paused(self) -> bool:
        """True if the loop must wait (see `wait`); False after a stop."""
        return self._paused and not self._stopped

    def take_learning_rate(self) -> float | None:
        """Return the learning rate that was sent since the last call, if any."""
        with self._changed:
            value, self._learning_rate = self._learning_rate, None
            return value

    def epoch_ended(self) -> None:
        """Pause at the end of an epoch if the last command was `STEP`."""
        with self._changed:
            if self._one_epoch:
                self._paused, self._one_epoch = True, False

    def wait(self) -> None:
        """Block while paused."""
        with self._changed:
            self._changed.wait_for(lambda: not self.paused)
