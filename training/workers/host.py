"""`python -m training.workers.host --workers 3`: a scheduler and warm workers in one process tree.

The engine starts it. It prints one JSON line with its address when the workers are warm. The end of
standard input means that the server is gone: then it kills its workers and exits.
"""

import argparse
import json
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from contextlib import suppress

import psutil

HOSTED = "SOFTMAX_LAB_HOSTED"  # process id of the host; not set in workers on other machines
COLD = "SOFTMAX_LAB_COLD"  # set where TensorFlow is loaded only by the first training
SETTINGS = {
    # one crash fails one run, at once
    "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0",
    # without this the pool shrinks for good after a crash
    "DASK_DISTRIBUTED__DEPLOY__LOST_WORKER_TIMEOUT": "24h",
    # a worker that hangs is killed by the engine, not forgotten by the scheduler
    "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "24h",
    # Dask opens HTTP servers whatever its dashboard's address: they answer nothing
    "DASK_DISTRIBUTED__SCHEDULER__HTTP__ROUTES": "[]",
    "DASK_DISTRIBUTED__WORKER__HTTP__ROUTES": "[]",
    # less work for idle workers
    "DASK_DISTRIBUTED__ADMIN__LOW_LEVEL_LOG_LENGTH": "20",
    "DASK_DISTRIBUTED__ADMIN__SYSTEM_MONITOR__INTERVAL": "5s",
    "DASK_DISTRIBUTED__ADMIN__TICK__INTERVAL": "1s",
    "DASK_DISTRIBUTED__ADMIN__TICK__LIMIT": "60s",
    "DASK_DISTRIBUTED__SCHEDULER__WORK_STEALING": "False",
    "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False",
    # Dask's own allocator setting makes training a quarter slower; this undoes it
    "MALLOC_MMAP_THRESHOLD_": "33554432",
}
START_METHOD = "DASK_DISTRIBUTED__WORKER__MULTIPROCESSING_METHOD"
PRELOAD = "training.workers.preload"
NICENESS = 5  # of workers: beside one, the server gets three quarters of a core


def main() -> None:
    """Serve until standard input ends; never returns."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--memory", type=int, default=0, help="bytes a worker; 0 is no limit")
    options = parser.parse_args()
    os.environ.update(SETTINGS)
    os.environ[HOSTED] = str(os.getpid())
    scratch = tempfile.mkdtemp(prefix="softmax-lab-")
    threading.Thread(target=_exit_after_input, args=[scratch], daemon=True).start()
    try:
        _serve(options.workers, options.memory, scratch)
    finally:
        _exit(scratch, 1)


def _serve(workers: int, memory: int, scratch: str) -> None:
    forks = workers > 1 and sys.platform == "linux" and os.environ.get(START_METHOD) != "spawn"
    if forks:
        _start_fork_server()
    import dask
    from distributed import LocalCluster

    if forks:  # Dask leaves the start method, and what is preloaded, to Python
        dask.config.set({"distributed.worker.multiprocessing-method": None})
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


def _start_fork_server() -> None:
    """Start the process that workers are forked from; they share what it has loaded.

    A single worker gains nothing, Windows cannot fork, and on macOS such a fork is not safe. The
    main thread starts it: the kernel kills it when the thread that started it ends.
    """
    from multiprocessing import forkserver

    multiprocessing.set_start_method("forkserver")
    multiprocessing.set_forkserver_preload([PRELOAD])
    forkserver.ensure_running()


def lower_priority() -> None:
    """Let the server go first where processors are short: people wait for its answers.

    Linux with autogroups and without control groups compares niceness within a session only.
    """
    process = psutil.Process()
    lower = psutil.BELOW_NORMAL_PRIORITY_CLASS if sys.platform == "win32" else NICENESS
    with suppress(psutil.Error, OSError):
        if sys.platform == "win32" or process.nice() < lower:
            process.nice(lower)


def die_with_parent() -> None:
    """Have the kernel kill this process with its parent, even while a task holds Python's lock.

    Only on Linux. Elsewhere Dask's own thread ends the process as soon as it gets the lock.
    """
    if sys.platform == "linux":
        import ctypes

        set_death_signal = 1  # PR_SET_PDEATHSIG
        ctypes.CDLL(None).prctl(set_death_signal, signal.SIGKILL)


def _exit_after_input(scratch: str) -> None:
    sys.stdin.buffer.read()
    _exit(scratch, 0)


def _exit(scratch: str, code: int) -> None:
    """Kill the workers and exit at once: nothing of theirs is worth waiting for."""
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline and (children := psutil.Process().children(recursive=True)):
        for child in children:
            with suppress(psutil.NoSuchProcess):
                child.kill()
        psutil.wait_procs(children, timeout=0.05)
    shutil.rmtree(scratch, ignore_errors=True)
    os._exit(code)


if __name__ == "__main__":
    main()
