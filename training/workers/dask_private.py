"""Parts of Dask that its documentation does not promise; checked with distributed 2026.8.0.

If the release in use lacks a topic, nothing breaks: new workers are found by `workers` within
seconds, and a run that outgrows its memory counts as killed. If it lacks an attribute,
`WorkerPool` cannot connect: the engine's status says so, and the log names the attribute.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

WORKERS_TOPIC = "all"  # the scheduler reports on workers here
MEMORY_TOPIC = "worker-restart-memory"  # nannies report here before they kill a worker


def connection(client: Any) -> object:
    """Return the client's present connection; another object once it has reconnected."""
    return client.scheduler_comm


async def workers(client: Any) -> frozenset[str]:
    """Ask the scheduler for the addresses of its workers. The client's event loop."""
    return frozenset((await client.scheduler.identity(n_workers=-1))["workers"])


def worker_change(message: Any) -> tuple[str, bool]:
    """Return the worker that `WORKERS_TOPIC` reports on, and whether it came; else "", False."""
    if isinstance(message, Mapping) and message.get("action") in ("add-worker", "remove-worker"):
        return str(message["worker"]), message["action"] == "add-worker"
    return "", False


def worker_pid(nanny: Any) -> int:
    """Return the process id of a nanny's worker. The nanny's process."""
    return int(nanny.pid)
