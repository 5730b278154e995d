"""`python -m training.engine_host --workers 3`: scheduler and warm workers in one place.

Started by the engine. Prints one JSON line with its address when the workers are warm, then reads
its standard input to the end: the end means that the server is gone, by whatever death, and
everything closes. Dask's workers watch a pipe from this process and end with it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys

SETTINGS = {
    # one crash fails one run, at once
    "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0",
    # without this the pool shrinks for good after a crash
    "DASK_DISTRIBUTED__DEPLOY__LOST_WORKER_TIMEOUT": "24h",
    # what idle workers need not do
    "DASK_DISTRIBUTED__ADMIN__LOW_LEVEL_LOG_LENGTH": "20",
    "DASK_DISTRIBUTED__ADMIN__SYSTEM_MONITOR__INTERVAL": "5s",
    "DASK_DISTRIBUTED__ADMIN__TICK__INTERVAL": "1s",
    "DASK_DISTRIBUTED__ADMIN__TICK__LIMIT": "60s",
    "DASK_DISTRIBUTED__SCHEDULER__WORK_STEALING": "False",
    "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False",
    # the nanny's allocator setting makes training a quarter slower; this undoes it
    "MALLOC_MMAP_THRESHOLD_": "33554432",
}


def main() -> int:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--memory", type=int, default=0, help="bytes a worker; 0 is no limit")
    options = parser.parse_args()
    os.environ.update(SETTINGS)

    from distributed import LocalCluster

    with LocalCluster(
        n_workers=options.workers,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address=None,
        memory_limit=options.memory or None,
        preload=["training.worker"],
        silence_logs=40,
    ) as cluster:
        print(json.dumps({"address": cluster.scheduler_address}), flush=True)
        sys.stdin.buffer.read()
    return 0


if __name__ == "__main__":
    sys.exit(main())
