"""Writers that are killed: `python -m tests.support.killed_writer ROOT HOW_MANY`, a JSON report.

One after the other, each forked from this process, makes runs, deletes and restores them, until it
is killed after a time that its number, the seed, decides.
"""

import json
import multiprocessing
import random
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path

from sqlalchemy import text

from model_store import ModelStore, RunState
from model_store.runs.events import Chunk
from tests.support.fault_tools import SMALL
from tests.support.finished_runs import finished_run

LONGEST = 0.2  # seconds until a process is killed
_fork = multiprocessing.get_context("fork")


def write(root: Path, seed: int, report: Connection) -> None:
    """Make runs for ever; say what is done once it has returned."""
    store, choose = ModelStore(root, starter=None), random.Random(seed)
    lease = store.lease()
    report.send(("begun", "", 0))
    for n in range(10**6):
        going = store.create(SMALL.with_(seed=n), "me", lease.id)
        store.set_state(going.id, RunState.RUNNING)
        for step in range(1, choose.randrange(2, 20)):
            store.append(going.id, Chunk(step, step / 20, 1.0, 0.5, 10.0, 2.0))
            report.send(("said", going.id, step + 1))
        done = finished_run(store, SMALL.with_(seed=n), "me").id
        report.send(("finished", done, 0))
        if choose.random() < 0.5:
            report.send(("deleting", done, 0))  # of many, the oldest are removed for good
            store.delete(done)
            if choose.random() < 0.5:
                store.restore(done)
                report.send(("finished", done, 0))


def main(root: Path, how_many: int) -> None:
    """Kill them all, look at the store after each."""
    kills, wrong = [], []
    finished: set[str] = set()
    said: dict[str, int] = {}
    for seed in range(how_many):
        mine, theirs = _fork.Pipe(duplex=False)
        process = _fork.Process(target=write, args=(root, seed, theirs), daemon=True)
        process.start()
        theirs.close()
        mine.recv()
        wait = random.Random(seed).uniform(0.0, LONGEST)
        time.sleep(wait)
        process.kill()
        process.join()
        kills.append({"seed": seed, "seconds": round(wait, 4)})
        while True:
            try:
                what, run_id, number = mine.recv()
            except (EOFError, OSError):
                break
            if what == "finished":
                finished.add(run_id)
            elif what == "deleting":
                finished.discard(run_id)
            elif what == "said":
                said[run_id] = max(number, said.get(run_id, 0))
        store = ModelStore(root, starter=None)
        whole = store.database.rows(text("PRAGMA quick_check"))[0][0]
        store.interrupt_orphans("It was killed.")
        left = [run.id for run in store.unfinished() if run.lease]
        store.close()
        if whole != "ok" or left:
            wrong.append(f"seed {seed}: {whole} {left}")
    report = {"kills": kills, "finished": sorted(finished), "said": said, "wrong": wrong}
    print(json.dumps(report))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
