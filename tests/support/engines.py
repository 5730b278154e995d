"""What the engine's tests share: waiting, small recipes, processes, a cluster with certificates."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import psutil

from model_store import ModelStore, RunState
from model_store.recipe.recipe import Hidden, Recipe
from training.engine.engine import Engine
from training.workers.host import SETTINGS

CODE = Path(__file__).resolve().parents[2]
FAULTY = "tests.support.made_up_faults:train"
# What README sets for workers elsewhere.
ELSEWHERE = {
    name: SETTINGS[name]
    for name in ("DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED", "MALLOC_MMAP_THRESHOLD_")
}
SMALL = Recipe(dataset="digits", hidden=(Hidden(16),), epochs=2, batch_size=8, seed=5)
T = TypeVar("T")


def until(condition: Callable[[], T | None], seconds: float = 30.0) -> T:
    """The condition's value as soon as it is true."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.005)
    return value


def state(store: ModelStore, run_id: str) -> RunState:
    return store.open(run_id).state


def ends(store: ModelStore, run_id: str, seconds: float = 60.0) -> RunState:
    """The state in which the run ends."""
    until(lambda: state(store, run_id).is_finished(), seconds)
    return state(store, run_id)


def runs(store: ModelStore, run_id: str, seconds: float = 60.0) -> None:
    """Wait until a worker has begun to train it."""
    until(lambda: store.open(run_id).started is not None, seconds)


def ready(engine: Engine, workers: int, seconds: float = 90.0) -> None:
    """Wait until all workers are warm and idle."""
    until(
        lambda: (s := engine.status()).state == "ready" and s.workers == workers and not s.busy,
        seconds,
    )


def workers_of(pid: int) -> list[psutil.Process]:
    """The living worker processes below a process: spawned, or forked from one that is none."""
    made = [(p, " ".join(command_line(p))) for p in family(pid)[1:]]
    forker = {
        p.pid for p, words in made if "multiprocessing.forkserver" in words and p.ppid() == pid
    }
    return [
        p
        for p, words in made
        if "spawn_main" in words or ("multiprocessing.forkserver" in words and p.pid not in forker)
    ]


def command_line(process: psutil.Process) -> list[str]:
    """Empty for one that has just died."""
    try:
        return process.cmdline()
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return []


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that still run."""
    return [p for p in processes if p.is_running() and command_line(p)]


def family(pid: int) -> list[psutil.Process]:
    """A process and all that descend from it."""
    root = psutil.Process(pid)
    return [root, *root.children(recursive=True)]


@contextmanager
def tls_cluster(
    folder: Path, workers: int, memory: str, *more: str, port: int = 0
) -> Iterator[dict[str, str]]:
    """Scheduler and workers by Dask's own command lines; yields what a server's environment needs.

    `more` are arguments for the workers; `port` 0 is any free one.
    """
    cert, key = folder / "cert.pem", folder / "key.pem"
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    request += ["-subj", "/CN=softmax-lab", "-addext", "subjectAltName=IP:127.0.0.1"]
    request += ["-keyout", str(key), "-out", str(cert)]
    subprocess.run(request, check=True, capture_output=True)
    tls = ["--tls-ca-file", str(cert), "--tls-cert", str(cert), "--tls-key", str(key)]
    dask = [sys.executable, "-m", "distributed.cli.dask_"]
    log = (folder / "scheduler.log").open("wb")
    started = []
    try:
        scheduler = [*dask[:2], f"{dask[2]}scheduler", *tls]
        scheduler += ["--host", "tls://127.0.0.1", "--port", str(port), "--no-dashboard"]
        started.append(subprocess.Popen(scheduler, cwd=CODE, stderr=log, stdout=log))
        found = until(
            lambda: re.search(
                r"Scheduler at:\s+(tls://[\d.:]+)", (folder / "scheduler.log").read_text()
            )
        )
        worker = [*dask[:2], f"{dask[2]}worker", *tls, found[1], "--no-dashboard"]
        worker += ["--nthreads", "1", "--nworkers", str(workers), "--memory-limit", memory]
        worker += ["--preload", "training.workers.worker", "--local-directory", str(folder), *more]
        env = {**os.environ, **ELSEWHERE}
        started.append(subprocess.Popen(worker, cwd=CODE, env=env, stderr=log, stdout=log))
        yield {
            "SOFTMAX_LAB_ENGINE": found[1],
            "SOFTMAX_LAB_TLS_CA": str(cert),
            "SOFTMAX_LAB_TLS_CERT": str(cert),
            "SOFTMAX_LAB_TLS_KEY": str(key),
        }
    finally:
        for process in started:
            for member in family(process.pid) if process.poll() is None else []:
                member.kill()
            process.wait()
        log.close()
