"""Figures of a run for a table of hundreds, read without parsing its whole log."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_EPOCH = b'{"kind": "epoch"'
_STARTED = b'{"kind": "started"'


@dataclass(frozen=True, slots=True)
class Scores:
    """Accuracies in [0, 1], None where there are none; `epochs` that were trained to their end."""

    epochs: int = 0
    seconds: float = 0.0
    training: float | None = None
    last: float | None = None
    best: float | None = None
    best_epoch: int | None = None

    @classmethod
    def of(cls, lines: Iterable[bytes]) -> Scores:
        """The figures in the lines of an `events.jsonl`; only a few of them are parsed.

        Epochs that a resumed run repeats count once, the last time. Damaged lines are skipped.
        """
        ends: dict[int, dict[str, Any]] = {}
        for line in lines:
            if not line.startswith((_EPOCH, _STARTED)):
                continue
            try:
                event = json.loads(line)
                number = int(event["epoch"])
            except (ValueError, KeyError, TypeError):
                continue
            if line.startswith(_EPOCH):
                ends[number] = event
            else:
                ends = {n: end for n, end in ends.items() if n <= number}
        if not ends:
            return cls()
        validated = [
            (float(end["val_accuracy"]), -number)
            for number, end in ends.items()
            if end.get("val_accuracy") is not None
        ]
        last = ends[max(ends)]
        best = max(validated, default=None)
        return cls(
            epochs=len(ends),
            seconds=sum(float(end.get("seconds", 0.0)) for end in ends.values()),
            training=last.get("accuracy"),
            last=last.get("val_accuracy"),
            best=best[0] if best else None,
            best_epoch=-best[1] if best else None,
        )


class ScoreBook:
    """`Scores` of runs by folder, read again only when the record has changed. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[Path, tuple[tuple[int, int], Scores]] = {}

    def of(self, folder: Path) -> Scores:
        """Return the scores of the run in `folder`; empty ones without a log."""
        path = folder / "events.jsonl"
        try:
            stat = path.stat()
            stamp = (stat.st_mtime_ns, stat.st_size)
            with self._lock:
                known = self._known.get(folder)
            if known and known[0] == stamp:
                return known[1]
            with path.open("rb") as file:
                scores = Scores.of(file)
        except OSError:
            return Scores()
        with self._lock:
            self._known[folder] = (stamp, scores)
        return scores

    def keep(self, folders: Iterable[Path]) -> None:
        """Forget all runs but these."""
        wanted = set(folders)
        with self._lock:
            self._known = {f: known for f, known in self._known.items() if f in wanted}
