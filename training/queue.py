"""The fair queue: whoever has had the least is next. Pure; the caller locks."""

from __future__ import annotations

from collections import Counter


class FairQueue:
    """Waiting runs in the order in which they will start.

    The order takes, again and again, the oldest run of the owner who has had the fewest starts
    since the queue was last idle; so one person's sweep goes behind thirty people's single runs.
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[str, str]] = []
        self._had: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, run_id: str, owner: str) -> None:
        """Put a run at its owner's end."""
        self._waiting.append((run_id, owner))

    def remove(self, run_id: str) -> bool:
        """Take a run out, wherever it stands; False if it is not waiting."""
        before = len(self._waiting)
        self._waiting = [item for item in self._waiting if item[0] != run_id]
        return len(self._waiting) < before

    def order(self) -> list[str]:
        """All waiting runs, the next one first."""
        had = Counter(self._had)
        left = list(self._waiting)
        out = []
        while left:
            chosen = min(left, key=lambda item: had[item[1]])  # min keeps the oldest of equals
            left.remove(chosen)
            had[chosen[1]] += 1
            out.append(chosen[0])
        return out

    def take(self) -> str | None:
        """Remove and return the next run."""
        if not self._waiting:
            return None
        run_id, owner = min(self._waiting, key=lambda item: self._had[item[1]])
        self._had[owner] += 1
        self.remove(run_id)
        return run_id

    def idle(self) -> None:
        """Nothing runs and nothing waits: everybody is equal again."""
        if not self._waiting:
            self._had.clear()
