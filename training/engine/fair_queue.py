"""The fair queue: whoever has had the least is next. Pure; the caller locks."""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Sequence


class FairQueue:
    """Waiting runs in the order in which they will start.

    The order takes, again and again, the owner who has had the fewest starts since the queue was
    last idle, the one who asked first among equals, and of this owner the oldest run. So one
    person's sweep goes behind thirty people's single runs, and between two additions the order
    never changes: each start moves everybody up by one.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, deque[tuple[int, str]]] = {}
        self._owners: dict[str, str] = {}
        self._had: Counter[str] = Counter()
        self._number = 0
        self._order: list[str] | None = None

    def __len__(self) -> int:
        return len(self._owners)

    def __contains__(self, run_id: object) -> bool:
        return run_id in self._owners

    def waiting_of(self, owner: str) -> int:
        """How many runs of this owner wait."""
        return len(self._waiting.get(owner, ()))

    def add(self, run_id: str, owner: str) -> None:
        """Put a run behind its owner's others.

        Raises:
            ValueError: if it is waiting already.
        """
        self._number += 1
        self._insert(run_id, owner, self._number)

    def put_back(self, run_id: str, owner: str) -> None:
        """Undo a `take`: the run is its owner's next again, and does not count as a start.

        Raises:
            ValueError: if it is waiting already.
        """
        self._insert(run_id, owner, 0)
        if self._had[owner]:
            self._had[owner] -= 1

    def remove(self, run_id: str) -> bool:
        """Take a run out, wherever it stands; False if it is not waiting."""
        owner = self._owners.pop(run_id, None)
        if owner is None:
            return False
        left = deque(item for item in self._waiting[owner] if item[1] != run_id)
        self._keep(owner, left)
        return True

    def take(self) -> tuple[str, str] | None:
        """Remove the next run; returns it and its owner, None if nothing waits."""
        if not self._waiting:
            return None
        owner = min(self._waiting, key=lambda name: (self._had[name], self._waiting[name][0]))
        _number, run_id = self._waiting[owner].popleft()
        del self._owners[run_id]
        self._had[owner] += 1
        self._keep(owner, self._waiting[owner])
        return run_id, owner

    def order(self) -> Sequence[str]:
        """All waiting runs, the next one first; not to be changed."""
        if self._order is None:
            self._order = self._forecast()
        return self._order

    def position(self, run_id: str) -> int | None:
        """How many start before this one; None if it is not waiting."""
        return self.order().index(run_id) if run_id in self._owners else None

    def idle(self) -> None:
        """Nothing runs any more: unless something waits, everybody is equal again."""
        if not self._owners:
            self._had.clear()

    def _insert(self, run_id: str, owner: str, number: int) -> None:
        if run_id in self._owners:
            raise ValueError(f"{run_id} is waiting already")
        self._owners[run_id] = owner
        line = self._waiting.setdefault(owner, deque())
        if number:
            line.append((number, run_id))
        else:
            line.appendleft((number, run_id))
        self._order = None

    def _keep(self, owner: str, line: deque[tuple[int, str]]) -> None:
        if line:
            self._waiting[owner] = line
        else:
            del self._waiting[owner]
        self._order = None

    def _forecast(self) -> list[str]:
        lines = {owner: iter(line) for owner, line in self._waiting.items()}
        heap = [(self._had[owner], *next(line), owner) for owner, line in lines.items()]
        heapq.heapify(heap)
        out = []
        while heap:
            had, _number, run_id, owner = heap[0]
            out.append(run_id)
            following = next(lines[owner], None)
            if following is None:
                heapq.heappop(heap)
            else:
                heapq.heapreplace(heap, (had + 1, *following, owner))
        return out
