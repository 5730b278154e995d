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
    STEP_BATCH = "step_batch"  # train one batch, then pause; each one sent counts
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
        self._batches = 0  # to train one by one while paused
        self._learning_rate: float | None = None

    def send(self, command: Command) -> None:
        """Leave a command for the loop's next poll; a stop is final."""
        with self._changed:
            match command.action:
                case Action.PAUSE:
                    self._go(paused=True)
                case Action.RESUME:
                    self._go(paused=False)
                case Action.STEP:
                    self._go(paused=False, one_epoch=True)
                case Action.STEP_BATCH:
                    self._go(paused=True, batches=self._batches + 1)
                case Action.STOP:
                    self._stopped = True
                case Action.LEARNING_RATE:
                    self._learning_rate = command.value
            self._changed.notify_all()

    def _go(self, *, paused: bool, one_epoch: bool = False, batches: int = 0) -> None:
        self._paused, self._one_epoch, self._batches = paused, one_epoch, batches

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

    def wait(self) -> bool:
        """Block while paused; True if the loop must train one batch and wait again."""
        with self._changed:
            self._changed.wait_for(lambda: self._batches or not self.paused)
            one_batch = self.paused
            self._batches -= one_batch
            return one_batch
