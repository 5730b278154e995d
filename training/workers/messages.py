"""Messages to the engine's event thread, which handles them one by one in order of arrival."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any


class Signal(Enum):
    """Message without content."""

    START = auto()
    DISPATCH = auto()  # a run waits, or workers came or went
    WORKERS_LOST = auto()  # all of them, with the connection
    CLOSE = auto()


@dataclass(frozen=True, slots=True)
class RunMessage:
    """Message of an attempt at a run; `training.workers.worker.run` lists the contents."""

    attempt: str
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TaskEnded:
    """End of an attempt's task; `error` is the name of its exception, "" without one."""

    attempt: str
    error: str


@dataclass(frozen=True, slots=True)
class OutOfMemory:
    """A worker, by its address, that its nanny is about to kill for its use of memory."""

    worker: str


Message = Signal | RunMessage | TaskEnded | OutOfMemory
