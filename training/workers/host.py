"""`python -m training.workers.host --workers 3`: a scheduler and warm workers in one place.

Started by the engine. Prints one JSON line with its address when the workers are warm. A thread
reads standard input to its end: the end means that the server is gone, by whatever death, and
everything closes at once; what trained has its checkpoints. The workers watch this process in turn.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import threading
import time

import psutil

from training.workers.worker import HOSTED

SETTINGS = {
    # one crash fails one run, at once
    "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0",
    # without this the pool shrinks for good after a crash
    "DASK_DISTRIBUTED__DEPLOY__LOST_WORKER_TIMEOUT": "24h",
    # a worker that hangs is ended by the engine, not forgotten by the scheduler
    "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "24h",
    # what idle workers need not do
    "DASK_DISTRIBUTED__ADMIN__LOW_LEVEL_LOG_LENGTH": "20",
    "DASK_DISTRIBUTED__ADMIN__SYSTEM_MONITOR__INTERVAL": "5s",
    "DASK_DISTRIBUTED__ADMIN__TICK__INTERVAL": "1s",
    "DASK_DISTRIBUTED__ADMIN__TICK__LIMIT": "60s",
    "DASK_DISTRIBUTED__SCHEDULER__WORK_STEALING": "False",
    "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False",
    # the nanny's allocator setting makes training a quarter slower; this undoes it
    "MALLOC_MMAP_THRESHOLD_": "33554432",
    HOSTED: "1",
}
METHOD = "DASK_DISTRIBUTED__WORKER__MULTIPROCESSING_METHOD"  # "spawn" there is obeyed
PRELOADED = "training.workers.preload"


def main() -> None:
    """Serve until standard input ends; never returns."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--memory", type=int, default=0, help="bytes a worker; 0 is no limit")
    options = parser.parse_args()
    os.environ.update(SETTINGS)
    scratch = tempfile.mkdtemp(prefix="softmax-lab-")
    threading.Thread(target=_end_with_input, args=[scratch], daemon=True).start()
    try:
        _serve(options.workers, options.memory, scratch)
    finally:
        _end(scratch, 1)


def _serve(workers: int, memory: int, scratch: str) -> None:
    from distributed import LocalCluster

    if workers > 1 and sys.platform == "linux" and os.environ.get(METHOD) != "spawn":
        _fork_workers()
    cluster = LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address=None,
        memory_limit=memory or None,
        local_directory=scratch,
        preload=["training.workers.worker"],
        silence_logs=40,
    )
    print(json.dumps({"address": cluster.scheduler_address}), flush=True)
    threading.Event().wait()


def _fork_workers() -> None:
    """Fork workers from one process that has loaded what all need, and not each loads it anew.

    They share that memory, and after a crash the next one is there sooner. One alone would only
    have a second process beside it; Windows cannot, and on macOS such a fork is not safe.
    """
    import dask
    from distributed import utils

    dask.config.set({"distributed.worker.multiprocessing-method": "forkserver"})
    utils._forkserver_preload_set = True  # Dask's own list imports pandas and more
    utils.get_mp_context().set_forkserver_preload([PRELOADED])


def _end_with_input(scratch: str) -> None:
    sys.stdin.buffer.read()
    _end(scratch, 0)


def _end(scratch: str, code: int) -> None:
    """Kill the workers and leave, with no goodbye: nothing of theirs is worth waiting for."""
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline and (children := psutil.Process().children(recursive=True)):
        for child in children:
            try:
                child.kill()
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(children, timeout=0.05)
    shutil.rmtree(scratch, ignore_errors=True)
    os._exit(code)


if __name__ == "__main__":
    main()
