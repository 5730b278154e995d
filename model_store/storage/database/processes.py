"""Leases: which processes are alive, so that the runs of a dead one can be taken over.

A process that trains runs holds a lease, a row with its host, its number and a counter that it
counts up. On the same host the operating system says whether it lives. A process on another host
lives while its counter changes. Clocks of two machines are never compared.
"""

import os
import re
import secrets
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import Row, delete, select, update

from model_store.storage.database.database import Database
from model_store.storage.database.schema import processes
from model_store.storage.errors import StoreError

BEAT = 5.0  # seconds between two counts
PATIENCE = 30.0  # seconds without a count after which a process elsewhere is dead
_ID = re.compile(r"[0-9a-f]{16}")


class Lease:
    """Held by a process for as long as it lives; `id` is what its runs and sweeps name."""

    def __init__(self, database: Database) -> None:
        """Raises StoreError if the store cannot be written."""
        self.id = secrets.token_hex(8)
        self._database = database
        self._closed = threading.Event()
        self._register()
        threading.Thread(target=self._count, name="lease", daemon=True).start()

    def close(self) -> None:
        """Release the lease; without effect if the store cannot be written."""
        self._closed.set()
        with suppress(StoreError), self._database.write() as connection:
            connection.execute(delete(processes).where(processes.c.id == self.id))

    def _register(self) -> None:
        with self._database.write() as connection:
            connection.execute(
                self._database.insert(processes)
                .values(id=self.id, host=_host(), pid=os.getpid(), born=_born(os.getpid()), beat=0)
                .on_conflict_do_nothing()
            )

    def _count(self) -> None:
        beat = update(processes).where(processes.c.id == self.id)
        while not self._closed.wait(BEAT):
            with suppress(StoreError):
                with self._database.write(durable=False) as connection:
                    there = connection.execute(beat.values(beat=processes.c.beat + 1)).rowcount
                if not there and not self._closed.is_set():
                    self._register()  # taken for dead while it was suspended


class Processes:
    """The leases of all processes on one store. Any thread."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: dict[str, tuple[int, float]] = {}  # lease -> beat, and when it was new

    def alive(self, leases: Iterable[str]) -> set[str]:
        """Return those of the leases that some process, this one included, holds.

        Raises:
            StoreError: if the database cannot be read.
        """
        asked = [lease for lease in set(leases) if _ID.fullmatch(lease)]
        found = self._database.rows(select(processes).where(processes.c.id.in_(asked)))
        return {row.id for row in found if self._lives(row)}

    def forget_dead(self) -> None:
        """Remove the rows of processes that are gone.

        Raises:
            StoreError: if the database cannot be written.
        """
        known = [row.id for row in self._database.rows(select(processes.c.id))]
        dead = set(known) - self.alive(known)
        if dead:
            with self._database.write() as connection:
                connection.execute(delete(processes).where(processes.c.id.in_(dead)))

    def _lives(self, row: Row[Any]) -> bool:
        if row.host == _host():
            return _born(row.pid) == row.born
        now = self._clock()
        with self._lock:
            last, since = self._seen.get(row.id, (-1, now))
            if last != row.beat:
                since = now
            self._seen[row.id] = (row.beat, since)
        return now - since < PATIENCE


def _host() -> str:
    """Return a name of this boot of this machine and of its process namespace."""
    parts = [socket.gethostname()]
    if sys.platform == "linux":
        with suppress(OSError):
            parts.append(Path("/proc/sys/kernel/random/boot_id").read_text().strip())
            parts.append(os.readlink("/proc/self/ns/pid"))
    return " ".join(parts)


def _born(pid: int) -> str:
    """Return the start time of a process since boot; "" if no process has that number."""
    try:
        if sys.platform != "linux":
            return str(psutil.Process(pid).create_time())
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except (OSError, psutil.Error):
        return ""
    state, ticks = fields[0], fields[19]  # since the machine started
    return "" if state in "ZX" else ticks
