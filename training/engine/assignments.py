"""Who trains at which worker, and who waits. Pure; the caller locks.

A run is in one place at most, and so is a worker: it has one run, or none, or is given up.
"""

from __future__ import annotations

from collections.abc import Callable, Set

from training.engine.attempt import Attempt
from training.engine.estimates import expected_starts
from training.engine.fair_queue import FairQueue

MOST_TRIES = 2  # workers that may die before a run has begun


class Assignments:
    """The runs of one engine that are not over. While it is `held`, nothing new starts."""

    def __init__(self) -> None:
        self.waiting = FairQueue()
        self.held = False
        self._attempts: dict[str, Attempt] = {}
        self._tries: dict[str, int] = {}
        self._given_up: set[str] = set()  # workers that could not be ended

    def __contains__(self, run_id: object) -> bool:
        return run_id in self._attempts or run_id in self.waiting

    @property
    def attempts(self) -> list[Attempt]:
        """What workers have, in the order in which they were given it."""
        return list(self._attempts.values())

    def of(self, run_id: str) -> Attempt | None:
        """The attempt at a run, if a worker has it."""
        return self._attempts.get(run_id)

    def has(self, attempt: Attempt) -> bool:
        """Whether this attempt is not over."""
        return self._attempts.get(attempt.run.id) is attempt

    def unfinished_of(self, owner: str) -> int:
        """How many runs this person has here."""
        running = sum(attempt.run.owner == owner for attempt in self._attempts.values())
        return running + self.waiting.waiting_of(owner)

    def free(self, workers: Set[str]) -> list[str]:
        """Those of these workers that can be given a run."""
        taken = {attempt.worker for attempt in self._attempts.values()}
        return sorted(workers - taken - self._given_up)

    @property
    def others_wait(self) -> bool:
        """Whether somebody would have the worker of a run that does nothing."""
        return len(self.waiting) > 0 and not self.held

    # -- beginning and ending --------------------------------------------------------------------

    def begin(self, attempt: Attempt) -> None:
        """A worker was given the run that was taken from those that wait."""
        self._attempts[attempt.run.id] = attempt

    def end(self, attempt: Attempt) -> bool:
        """The run is over and its worker free; False if that was known."""
        if not self.has(attempt):
            return False
        del self._attempts[attempt.run.id]
        self._tries.pop(attempt.run.id, None)
        return True

    def again(self, attempt: Attempt) -> bool:
        """Let a run wait for another worker, in its place; False if it had enough of them."""
        run = attempt.run
        tries = self._tries.get(run.id, 1)
        if tries >= MOST_TRIES:
            return False
        self._tries[run.id] = tries + 1
        del self._attempts[run.id]
        self.waiting.put_back(run.id, run.owner)
        return True

    def give_up(self, worker: str) -> None:
        """Nothing more is sent to this worker."""
        self._given_up.add(worker)

    def forget_workers(self) -> None:
        """All of them are gone; the next ones are others."""
        self._given_up.clear()

    # -- holding ---------------------------------------------------------------------------------

    def hold(self) -> list[Attempt]:
        """Let nothing start until `release`; returns what is to be paused."""
        if self.held:
            return []
        self.held = True
        for attempt in self.attempts:
            attempt.held = attempt.paused is None
        return self.attempts

    def release(self, now: float) -> list[Attempt]:
        """Undo `hold`; returns what it paused, and what is to go on."""
        if not self.held:
            return []
        self.held = False
        paused = [attempt for attempt in self.attempts if attempt.held]
        for attempt in self.attempts:
            attempt.held = False
            if attempt.paused is not None:
                attempt.paused = now  # the time until now is nobody's fault
        return paused

    # -- forecast --------------------------------------------------------------------------------

    def expected_start(
        self, run_id: str, workers: Set[str], seconds: Callable[[str], float | None]
    ) -> float | None:
        """Seconds until a waiting run starts; `seconds` is what a waiting run will take, if known.

        None if it is not waiting, if nobody knows, or while everything is held.
        """
        place = self.waiting.position(run_id)
        if place is None or self.held:
            return None
        free: list[float | None] = [0.0] * len(self.free(workers))
        free += [attempt.left() for attempt in self.attempts]
        durations = [seconds(name) for name in self.waiting.order()[: place + 1]]
        return expected_starts(free, durations)[place]
