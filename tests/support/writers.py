"""Sixteen processes in one store: `python -m tests.support.writers ROOT` prints a JSON report.

Twelve of them create, delete, restore, rename and read runs. Four create runs until they are
killed. All are forked from this process, which has no threads and has loaded every module.
"""

import json
import multiprocessing
import random
import sys
import traceback
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path

from model_store import ModelStore, RunDamaged, RunNotFound
from model_store.inference.classifier import Classifier
from model_store.runs.label import Label
from tests.support.fault_tools import SMALL
from tests.support.finished_runs import all_runs, finished_run

PATIENT, KILLED = 12, 4
ROUNDS = 3
AS_READER = 4  # models opened per round
BEFORE, LONGEST = 2, 0.02  # runs finished before a process is killed, and seconds after that
_fork = multiprocessing.get_context("fork")


def write(root: Path, number: int, begin: Barrier, report: Connection) -> None:
    """Write and change runs; send the ids of finished runs, and unexpected errors."""
    store, choose = ModelStore(root, starter=None), random.Random(number)
    finished: list[str] = []
    wrong: list[str] = []
    begin.wait()
    for n in range(ROUNDS):
        try:
            finished.append(_make(store, number, n))
            wrong += [str(damaged) for damaged in store.damaged()]
            _read(store, choose)
            _change(store, choose, away=n == ROUNDS - 1)
        except RunNotFound:
            continue  # another process was faster
        except Exception:
            wrong.append(traceback.format_exc())
    report.send({"finished": finished, "wrong": wrong})


def write_until_killed(root: Path, number: int, begin: Barrier, report: Connection) -> None:
    """Create runs until killed; send the id of each finished run."""
    store = ModelStore(root, starter=None)
    begin.wait()
    for n in range(100 * BEFORE):
        report.send(_make(store, number, n))


def _make(store: ModelStore, number: int, n: int) -> str:
    recipe = SMALL.with_(name=f"Writer {number}", seed=100 * number + n)
    return finished_run(store, recipe, f"writer-{number}").id


def _read(store: ModelStore, choose: random.Random) -> None:
    """Each run that is shown with a model opens, or was deleted since."""
    shown = [run for run in all_runs(store) if run.has_model]
    for run in choose.sample(shown, min(AS_READER, len(shown))):
        store.events(run.id)
        try:
            Classifier.load(run)
        except RunDamaged:
            Classifier.load(store.open(run.id))


def _change(store: ModelStore, choose: random.Random, away: bool) -> None:
    """A new name for one, another one away and back; at the end one stays away."""
    done = [run.id for run in all_runs(store) if run.state.is_finished()]
    if not done:
        return  # other processes have claimed them all
    store.describe(choose.choice(done), Label.of(f"Named {choose.random()}"))
    other = choose.choice(done)
    store.delete(other)
    if not away:
        store.restore(other)


def main(root: Path) -> None:
    """Start all processes at once and print the report."""
    begin = _fork.Barrier(PATIENT + KILLED)
    ends, processes = [], []
    for number in range(PATIENT + KILLED):
        mine, theirs = _fork.Pipe(duplex=False)
        work = write if number < PATIENT else write_until_killed
        process = _fork.Process(target=work, args=(root, number, begin, theirs), daemon=True)
        process.start()
        theirs.close()
        ends.append(mine)
        processes.append(process)
    finished = []
    for process, end in list(zip(processes, ends, strict=True))[PATIENT:]:
        finished += [end.recv() for _n in range(BEFORE)]
        end.poll(random.uniform(0, LONGEST))  # in the middle of the next run
        process.kill()
        finished += _rest(end)
    reports = [end.recv() for end in ends[:PATIENT]]
    for process in processes:
        process.join()
    finished += [run_id for report in reports for run_id in report["finished"]]
    wrong = [sentence for report in reports for sentence in report["wrong"]]
    print(json.dumps({"finished": finished, "wrong": wrong}))


def _rest(end: Connection) -> list[str]:
    """Return all messages that a killed process had sent."""
    sent: list[str] = []
    while True:
        try:
            sent.append(end.recv())
        except (EOFError, OSError):
            return sent


if __name__ == "__main__":
    main(Path(sys.argv[1]))
