"""Runs of one engine that are not over, and their workers. Pure; the caller locks.

A run is in one place at most. A worker has one run, or none, or is unusable.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Set

from training.engine.attempt import Attempt, Phase
from training.engine.estimates import expected_starts
from training.engine.fair_queue import FairQueue

MAX_TRIES = 2  # workers that may die before a run has begun


class Assignments:
    """Waiting runs and attempts. While it is `held`, nothing new starts."""

    def __init__(self) -> None:
        self.queue = FairQueue()
        self.held = False
        self.unusable: set[str] = set()  # workers that could not be killed
        self._attempts: dict[str, Attempt] = {}  # by run, in the order of their starts
        self._tries: Counter[str] = Counter()
        self._resumable: list[Attempt] = []  # paused by the hold alone

    def __contains__(self, run_id: object) -> bool:
        return run_id in self._attempts or run_id in self.queue

    @property
    def attempts(self) -> list[Attempt]:
        """All attempts, in the order of their starts."""
        return list(self._attempts.values())

    @property
    def others_wait(self) -> bool:
        """True if a paused run keeps its worker from somebody."""
        return len(self.queue) > 0 and not self.held

    def get(self, run_id: str) -> Attempt | None:
        """Return the attempt at a run, if a worker has it."""
        return self._attempts.get(run_id)

    def find(self, attempt_id: str) -> Attempt | None:
        """Return the attempt of this id, unless it is over."""
        return next((each for each in self.attempts if each.id == attempt_id), None)

    def count(self, owner: str) -> int:
        """Return how many unfinished runs this owner has here."""
        return self.queue.count(owner) + sum(each.run.owner == owner for each in self.attempts)

    def free(self, workers: Set[str]) -> list[str]:
        """Return those of these workers that can be given a run."""
        return sorted(workers - {attempt.worker for attempt in self.attempts} - self.unusable)

    def begin(self, attempt: Attempt) -> None:
        """Add an attempt at a run that was taken from the queue."""
        self._attempts[attempt.run.id] = attempt
        self._tries[attempt.run.id] += 1

    def end(self, attempt: Attempt) -> bool:
        """Remove an attempt whose run is over; False if it was removed before."""
        if self.get(attempt.run.id) is not attempt:
            return False
        del self._attempts[attempt.run.id], self._tries[attempt.run.id]
        return True

    def retry(self, attempt: Attempt) -> bool:
        """Put a run back into its place in the queue; False if it had its tries."""
        if self.get(attempt.run.id) is not attempt or self._tries[attempt.run.id] >= MAX_TRIES:
            return False
        del self._attempts[attempt.run.id]
        self.queue.put_back(attempt.run.id, attempt.run.owner)
        return True

    def hold(self) -> list[Attempt]:
        """Let nothing start until `release`; return the attempts to pause."""
        self.held = True
        self._resumable = [each for each in self.attempts if each.phase is not Phase.PAUSED]
        return self.attempts

    def release(self, now: float) -> list[Attempt]:
        """Undo `hold`; return the attempts to resume: not those that were paused before it."""
        self.held = False
        for attempt in self.attempts:
            attempt.restart_pause(now)
        return [attempt for attempt in self.attempts if attempt in self._resumable]

    def expected_start(
        self, run_id: str, workers: Set[str], seconds: Callable[[str], float | None]
    ) -> float | None:
        """Return the seconds until a waiting run starts; `seconds` forecasts a run's duration.

        None if it is not waiting, if that is unknown, or while everything is held.
        """
        place = self.queue.position(run_id)
        if place is None or self.held:
            return None
        free = [0.0 for _worker in self.free(workers)]
        free_in = [*free, *(attempt.seconds_left() for attempt in self.attempts)]
        return expected_starts(free_in, map(seconds, self.queue.order()[: place + 1]))[place]
