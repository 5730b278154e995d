"""Fair queue: the owner with the fewest starts is next. Pure; the caller locks."""

from collections import Counter
from collections.abc import Sequence


class FairQueue:
    """Waiting runs in the order in which they will start.

    Next is the owner with the fewest starts since the queue was last empty; among equals, the one
    who asked first; of this owner, the oldest run. So a sweep waits behind thirty people's single
    runs. Between two additions the order never changes: each start moves everybody up by one.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, tuple[str, int]] = {}  # run -> owner, rank among the owner's
        self._starts: Counter[str] = Counter()
        self._added = 0
        self._order: list[str] | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, run_id: object) -> bool:
        return run_id in self._waiting

    def count(self, owner: str) -> int:
        """Return how many runs of this owner wait."""
        return sum(name == owner for name, _rank in self._waiting.values())

    def add(self, run_id: str, owner: str) -> None:
        """Put a run behind its owner's others."""
        self._added += 1
        self._order, self._waiting[run_id] = None, (owner, self._added)

    def put_back(self, run_id: str, owner: str) -> None:
        """Undo a `take`: the run is its owner's next again, and its start does not count."""
        self._added += 1
        self._order, self._waiting[run_id] = None, (owner, -self._added)
        self._starts[owner] = max(0, self._starts[owner] - 1)

    def remove(self, run_id: str) -> bool:
        """Take out a run at any place; False if it is not waiting."""
        self._order = None
        return self._waiting.pop(run_id, None) is not None

    def take(self) -> tuple[str, str] | None:
        """Remove the next run; return it and its owner, None if nothing waits."""
        if not self._waiting:
            return None
        run_id = self._sorted().pop(0)
        owner, _rank = self._waiting.pop(run_id)
        self._starts[owner] += 1
        return run_id, owner

    def order(self) -> Sequence[str]:
        """Return all waiting runs, the next one first."""
        return tuple(self._sorted())

    def position(self, run_id: str) -> int | None:
        """Return how many runs start before this one; None if it is not waiting."""
        return self._sorted().index(run_id) if run_id in self._waiting else None

    def forget_starts(self) -> None:
        """Make all owners equal again, unless something waits."""
        if not self._waiting:
            self._starts.clear()

    def _sorted(self) -> list[str]:
        """Sort by the starts that the owner will have had, then by rank."""
        if self._order is None:
            starts, keys = Counter(self._starts), {}
            for run_id, (owner, rank) in sorted(self._waiting.items(), key=lambda item: item[1][1]):
                keys[run_id] = starts[owner], rank
                starts[owner] += 1
            self._order = sorted(keys, key=keys.__getitem__)
        return self._order
