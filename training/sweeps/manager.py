"""Sweeps of a server: trials are ordinary runs of the engine, driven by one thread.

The thread looks at each sweep's trials when a run ends and several times a second. A sweep whose
server died is taken over by another server on the same store: its runs are resumed.
"""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from model_store import ModelStore, RunNotFound, StoreError
from model_store.storage.database.processes import Lease
from model_store.storage.sweep_store import (
    Sweep,
    SweepNotFound,
    SweepState,
    SweepStore,
    Trial,
    TrialState,
)
from model_store.text import _
from training.engine.engine import Engine, EngineError, LimitError
from training.sweeps.plan import Plan, PlanError
from training.sweeps.runner import SweepRunner

TICK = 0.1  # seconds between two looks at a sweep that trains
IDLE_TICK = 1.0  # seconds, while none trains
ADOPT_EVERY = 10.0  # seconds between two looks for sweeps of servers that died
_log = logging.getLogger(__name__)


class SweepManager:
    """All sweeps of one server. Methods may be called from any thread."""

    def __init__(
        self, engine: Engine, store: ModelStore, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Nothing is started, and no file is touched, before `start` or `submit`."""
        self._engine, self._store, self._clock = engine, store, clock
        self._records = SweepStore(store.database)
        self._lock = threading.RLock()
        self._wake = threading.Event()
        self._closing = False
        self._lease: Lease | None = None
        self._runners: dict[str, SweepRunner] = {}
        self._unwritten: dict[str, Sweep] = {}  # failed ones that the disk did not take
        self._thread: threading.Thread | None = None
        engine.on_run_end(self._wake.set)

    def start(self) -> None:
        """Begin to drive sweeps, those of servers that are gone as well."""
        with self._lock:
            if self._thread is None and not self._closing:
                self._thread = threading.Thread(target=self._drive, name="sweeps", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Leave all sweeps as they are, for the next server. To be called before the engine's."""
        self._closing = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(10)
        if self._lease is not None:
            self._lease.close()

    def submit(self, plan: Plan, owner: str) -> Sweep:
        """Begin a sweep.

        Raises:
            LimitError: if a trial could have too many epochs; StoreError: if it cannot be written.
        """
        self._check_limits(plan)
        with self._lock:
            return self._run(self._records.create(plan.to_dict(), owner, self._lease_id()))

    def open(self, sweep_id: str) -> Sweep:
        """Return a snapshot of the sweep.

        Raises:
            SweepNotFound, StoreError: as `SweepStore.open`.
        """
        return self._shown(self._records.open(sweep_id))

    def newest(self, limit: int, *, but: str = "") -> list[Sweep]:
        """Return the newest sweeps, without the one of the id `but`."""
        return [self._shown(sweep) for sweep in self._records.newest(limit, but=but)]

    def running(self) -> list[Sweep]:
        """Return the sweeps that are at work, at any server."""
        return [self._shown(sweep) for sweep in self._records.unfinished()]

    def stop(self, sweep_id: str) -> bool:
        """End a sweep early; what its trials learned is kept. False if it does not train here."""
        with self._lock:
            runner = self._runners.get(sweep_id)
        if runner is not None:
            runner.stop()
            self._wake.set()
        return runner is not None

    def resume(self, sweep_id: str) -> bool:
        """Let a sweep that ended early go on, with its whole time budget; False if it trains.

        Raises:
            SweepNotFound, StoreError: if there is none, or it cannot be read or written.
            PlanError, EngineError, LimitError: if it cannot be trained, as set up or at all.
        """
        with self._lock:
            sweep = self.open(sweep_id)
            if not sweep.state.is_finished():
                return False
            self._check_limits(Plan.from_dict(sweep.plan))
            self._unwritten.pop(sweep_id, None)
            trials = tuple(map(self._resume_trial, sweep.trials))
            again = replace(sweep, state=SweepState.RUNNING, message="", spent=0.0, trials=trials)
            self._run(self._records.save(replace(again, lease=self._lease_id())))
        return True

    def delete(self, sweep_id: str) -> None:
        """Remove the record of a sweep; its runs stay.

        Raises:
            SweepNotFound: if there is none; StoreError: if it trains or cannot be removed.
        """
        with self._lock:
            if sweep_id in self._runners:
                raise StoreError(_("This sweep still trains. Stop it first."))
            self._unwritten.pop(sweep_id, None)
            self._records.delete(sweep_id)

    # -- inside ----------------------------------------------------------------------------------

    def _check_limits(self, plan: Plan) -> None:
        problem = self._engine.limits().epochs_problem(plan.max_epochs)
        if problem:
            raise LimitError(problem)

    def _resume_trial(self, trial: Trial) -> Trial:
        with suppress(RunNotFound):
            if trial.state is TrialState.STOPPED and self._engine.resume(trial.run):
                return replace(trial, state=TrialState.OPEN, message="", pruned=False)
        return trial

    def _lease_id(self) -> str:
        self._lease = self._lease or self._store.lease()
        return self._lease.id

    def _run(self, sweep: Sweep) -> Sweep:
        parts = self._engine, self._store, self._records, self._clock
        self._runners[sweep.id] = SweepRunner(sweep, *parts)
        self._wake.set()
        return sweep

    def _drive(self) -> None:
        adopted = float("-inf")
        while True:
            self._wake.clear()
            if self._closing:
                break
            if self._clock() - adopted > ADOPT_EVERY:
                adopted = self._clock()
                self._adopt()
            with self._lock:
                runners = list(self._runners.values())
            for runner in runners:
                self._tick(runner)
            self._wake.wait(TICK if runners else IDLE_TICK)
        for runner in self._runners.values():
            runner.leave()

    def _tick(self, runner: SweepRunner) -> None:
        failed = None
        try:
            if not runner.tick():
                return
        except (EngineError, StoreError, PlanError) as error:
            if self._closing:
                return
            failed = runner.abandon(str(error))
        except Exception as error:
            _log.exception("the sweep %s failed", runner.sweep.id)
            sentence = _("Something went wrong inside ({kind}). The log has more.")
            failed = runner.abandon(sentence.format(kind=type(error).__name__))
        with self._lock:
            del self._runners[runner.sweep.id]
            if failed is None:
                return
            try:
                self._records.save(failed)
            except SweepNotFound:
                pass  # that was the failure
            except StoreError:  # what the disk does not say, this server does
                self._unwritten[failed.id] = failed

    def _adopt(self) -> None:
        """Take over the sweeps of servers that are gone."""
        try:
            running = self._records.unfinished()
            alive = self._store.alive(sweep.lease for sweep in running)
            for sweep in running:
                with self._lock:
                    is_left = sweep.lease not in alive
                    claimed = self._records.claim(sweep, self._lease_id()) if is_left else None
                    if claimed is not None:
                        self._run(claimed)
        except StoreError as error:
            _log.warning("%s", error)

    def _shown(self, sweep: Sweep) -> Sweep:
        """Return the sweep as this server knows it: newer than what is stored."""
        with self._lock:
            runner = self._runners.get(sweep.id)
            return runner.sweep if runner else self._unwritten.get(sweep.id, sweep)
