"""Real engines for tests: waiting, small recipes, processes, a cluster with certificates."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import psutil
import pytest

from model_store import ModelStore, RunState
from model_store.recipe.recipe import Hidden, Recipe
from model_store.runs.history import History
from tests.support.made_up import MADE_UP
from training.engine.engine import Engine
from training.loop.control import Action, Command
from training.workers.host import SETTINGS

CODE = Path(__file__).resolve().parents[2]
FAULTY = "tests.support.made_up_faults:train"
# The README's settings for workers on other machines.
ELSEWHERE = {
    name: SETTINGS[name]
    for name in ("DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED", "MALLOC_MMAP_THRESHOLD_")
}
MEMORY = 2_000_000_000  # bytes per worker
STOP = Command(Action.STOP)
SMALL = Recipe(dataset="digits", hidden=(Hidden(16),), epochs=2, batch_size=8, seed=5)
LONG = SMALL.with_(epochs=200)  # equal shapes: compiled once
OBEDIENT = SMALL.with_(name="obedient")
QUICK = SMALL.with_(name="quick")
T = TypeVar("T")


@dataclass(frozen=True)
class Lab:
    """An engine with warm workers, and its store."""

    engine: Engine
    store: ModelStore

    def submit(self, recipe: Recipe, owner: str = "ada", **more: Any) -> str:
        return self.engine.submit(recipe, owner, **more).id

    def starts(self, recipe: Recipe, owner: str = "ada", **more: Any) -> str:
        """Submit a run and wait until a worker trains it."""
        run_id = self.submit(recipe, owner, **more)
        runs(self.store, run_id)
        return run_id

    def stop(self, run_id: str) -> None:
        """Stop a training and wait for its end."""
        assert self.engine.command(run_id, STOP)
        assert ends(self.store, run_id) is RunState.STOPPED

    def history(self, run_id: str) -> History:
        return History.from_events(self.store.events(run_id))

    def figures(self, run_id: str) -> list[tuple[float, ...]]:
        """Return a run's figures without its times."""
        history, result = self.history(run_id), self.store.open(run_id).result
        out: list[tuple[float, ...]] = [(c.step, c.loss, c.accuracy) for c in history.chunks]
        out += [(e.step, e.loss, e.accuracy) for e in history.epochs]
        return [*out, (result["test_loss"], result["train_loss"], result["steps"])]


@contextmanager
def real_lab(folder: Path, workers: int, *, cold: bool, memory: int = MEMORY) -> Iterator[Lab]:
    """An engine as the environment says; its workers load TensorFlow at once, or if `cold` never
    before they train. Recipes of `tests.support.made_up` are made up."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTMAX_LAB_COLD", "1" if cold else "")
        store = ModelStore(folder / "store")
        engine = Engine(store, workers=workers, memory=memory, train=MADE_UP)
        engine.start()
        try:
            ready(engine, workers)
            yield Lab(engine, store)
        finally:
            engine.close()


def until(condition: Callable[[], T | None], seconds: float = 30.0) -> T:
    """Wait until the condition is true and return its value."""
    deadline, pause = time.monotonic() + seconds, 0.002
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(pause)
        pause = min(1.5 * pause, 0.02)  # most wait shortly; the others leave the cores to workers
    return value


def state(store: ModelStore, run_id: str) -> RunState:
    return store.open(run_id).state


def ends(store: ModelStore, run_id: str, seconds: float = 60.0) -> RunState:
    """Wait for the run's end and return its state."""
    until(lambda: state(store, run_id).is_finished(), seconds)
    return state(store, run_id)


def runs(store: ModelStore, run_id: str, seconds: float = 60.0) -> None:
    """Wait until a worker trains the run."""
    until(lambda: store.open(run_id).started is not None, seconds)


def ready(engine: Engine, workers: int, seconds: float = 90.0) -> None:
    """Wait until all workers are warm and idle."""
    until(
        lambda: (s := engine.status()).state == "ready" and s.workers == workers and not s.busy,
        seconds,
    )


def hosts() -> list[psutil.Process]:
    """Return the host processes of this process' engines."""
    return [p for p in psutil.Process().children() if "training.workers.host" in command_line(p)]


def workers_of(root: psutil.Process) -> list[psutil.Process]:
    """Return a process' living workers: spawned, or forked from a process that is no worker."""
    made = [(p, " ".join(command_line(p))) for p in family(root.pid)[1:]]
    forked = [p for p, words in made if "multiprocessing.forkserver" in words]
    return [
        p for p, words in made if "spawn_main" in words or (p in forked and p.parent() in forked)
    ]


def command_line(process: psutil.Process) -> list[str]:
    """Return the command line; empty if the process has just ended."""
    try:
        return process.cmdline()
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return []


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Return the processes that still run."""
    return [p for p in processes if p.is_running() and command_line(p)]


def family(pid: int) -> list[psutil.Process]:
    """Return a process and all its descendants."""
    root = psutil.Process(pid)
    return [root, *root.children(recursive=True)]


@contextmanager
def tls_cluster(
    folder: Path, workers: int, memory: str, *more: str, port: int = 0
) -> Iterator[dict[str, str]]:
    """Start a scheduler and workers with Dask's commands; yield the server's environment.

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
        worker += ["--preload", "training.worker", "--local-directory", str(folder), *more]
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


SERVER = """
import json, sys
from pathlib import Path
from model_store import ModelStore
from tests.support.made_up import MADE_UP
from training.engine.engine import Engine
from model_store.recipe.recipe import Recipe

store = ModelStore(Path(sys.argv[1]))
engine = Engine(store, workers=2, address="", train=MADE_UP)
engine.start()
for line in sys.stdin:
    print(engine.submit(Recipe.from_dict(json.loads(line)), "ada").id, flush=True)
"""


class Server:
    """Process with an engine, like the app's server, in a folder outside the code."""

    def __init__(self, root: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(root)],
            cwd=root.parent,
            env={**os.environ, "PYTHONPATH": str(CODE), "SOFTMAX_LAB_CACHE": "relative"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def submit(self, recipe: Recipe) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps(recipe.to_dict()), file=self.process.stdin, flush=True)
        return self.process.stdout.readline().strip()

    def kill(self) -> list[psutil.Process]:
        """Kill the server; return its process and all descendants."""
        had = family(self.process.pid)
        self.process.kill()
        self.process.wait()
        return had
