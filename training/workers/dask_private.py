"""Parts of Dask that its documentation does not promise; checked with distributed 2026.8.0.

Without the topic, a run that outgrows its memory counts as killed. Without an attribute,
`WorkerPool` cannot connect: the engine's status says so, and the log names the attribute.
"""

from typing import Any

MEMORY_TOPIC = "worker-restart-memory"  # nannies report here before they kill a worker


def connection(client: Any) -> object:
    """Return the client's present connection; another object once it has reconnected."""
    return client.scheduler_comm


async def workers(client: Any) -> frozenset[str]:
    """Ask the scheduler for the addresses of its workers. The client's event loop."""
    return frozenset((await client.scheduler.identity(n_workers=-1))["workers"])


def worker_pid(nanny: Any) -> int:
    """Return the process id of a nanny's worker. The nanny's process."""
    return int(nanny.pid)
