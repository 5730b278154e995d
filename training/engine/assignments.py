"""Runs of one engine that are not over, and their workers. Pure; the caller locks.

A run is in one place at most. A worker has one run, or none, or is unusable.
"""

from collections import Counter
from collections.abc import Callable, Set

from training.engine.attempt import Attempt, Phase
from training.engine.estimates import expected_starts
from training.engine.fair_queue import FairQueue

MAX_TRIES = 2  # workers that may die before a run has begun


class Assignments:
    """Waiting runs in `queue`, attempts by run. While it is `held`, nothing new starts."""

    def __init__(self) -> None:
        self.queue = FairQueue()
        self.attempts: dict[str, Attempt] = {}  # in the order of their starts
        self.held = False
        self.unusable: set[str] = set()  # workers that died or cannot be killed, until they go
        self._tries: Counter[str] = Counter()
        self._resumable: list[Attempt] = []  # paused by the hold alone

    def __contains__(self, run_id: object) -> bool:
        return run_id in self.attempts or run_id in self.queue

    def find(self, attempt_id: str) -> Attempt | None:
        """Return the attempt of this id, unless it is over."""
        return next((each for each in self.attempts.values() if each.id == attempt_id), None)

    def count(self, owner: str) -> int:
        """Return how many unfinished runs this owner has here."""
        running = sum(attempt.run.owner == owner for attempt in self.attempts.values())
        return running + self.queue.count(owner)

    def free(self, workers: Set[str]) -> list[str]:
        """Return those of these workers that can be given a run."""
        taken = {attempt.worker for attempt in self.attempts.values()}
        return sorted(workers - taken - self.unusable)

    def begin(self, attempt: Attempt) -> None:
        """Add an attempt at a run that was taken from the queue."""
        self.attempts[attempt.run.id] = attempt
        self._tries[attempt.run.id] += 1

    def end(self, attempt: Attempt) -> bool:
        """Remove an attempt whose run is over; False if it was removed before."""
        if self.attempts.get(attempt.run.id) is not attempt:
            return False
        del self.attempts[attempt.run.id], self._tries[attempt.run.id]
        return True

    def retry(self, attempt: Attempt) -> bool:
        """Put a run that has not begun back into its place; False if it had its tries."""
        if not attempt.may_retry or self._tries[attempt.run.id] >= MAX_TRIES:
            return False
        del self.attempts[attempt.run.id]
        self.queue.put_back(attempt.run.id, attempt.run.owner)
        return True

    def hold(self) -> list[Attempt]:
        """Let nothing start until `release`; return the attempts to pause."""
        self.held = True
        everyone = list(self.attempts.values())
        self._resumable = [each for each in everyone if each.phase is not Phase.PAUSED]
        return everyone

    def release(self, now: float) -> list[Attempt]:
        """Undo `hold`; return the attempts to resume: not those that were paused before it."""
        self.held = False
        for attempt in self.attempts.values():
            attempt.restart_pause(now)
        return [attempt for attempt in self.attempts.values() if attempt in self._resumable]

    def expected_start(
        self, run_id: str, workers: Set[str], seconds: Callable[[str], float | None]
    ) -> float | None:
        """Return the seconds until a waiting run starts; None if unknown or held.

        `seconds` forecasts a run's duration.
        """
        place = self.queue.position(run_id)
        if place is None or self.held:
            return None
        free = [0.0 for _worker in self.free(workers)]
        free_in = [*free, *(attempt.seconds_left() for attempt in self.attempts.values())]
        return expected_starts(free_in, map(seconds, self.queue.order()[: place + 1]))[place]
