"""Sweeps at work: trials as ordinary runs of the engine, driven by one thread of the server.

The thread looks at each sweep's open trials a few times a second, asks the study for the next
points, stops what is not worth training on, and writes the record whenever a trial begins or ends.
A sweep whose server died is taken over by the next server on the same store: its runs are resumed.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from gettext import gettext as _

from model_store import ModelStore, RunNotFound, StoreError
from model_store.storage.process_lease import Lease, is_alive
from model_store.storage.sweep_store import (
    Sweep,
    SweepNotFound,
    SweepState,
    SweepStore,
    Trial,
    TrialState,
)
from training.engine.engine import Engine, EngineError, LimitError
from training.sweeps.plan import Plan, PlanError
from training.sweeps.runner import SweepRunner

TICK = 0.1  # seconds between two looks at a sweep at work
ADOPT_EVERY = 10.0  # seconds between two looks for sweeps of servers that died
_log = logging.getLogger(__name__)


class SweepManager:
    """All sweeps of one server. Methods may be called from any thread."""

    def __init__(
        self,
        engine: Engine,
        store: ModelStore,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is started, and no file is touched, before `start` or `submit`."""
        self._engine = engine
        self._store = store
        self._records = SweepStore(store.root)
        self._clock = clock
        self._wake = threading.Condition(threading.RLock())
        self._lease: Lease | None = None
        self._work: dict[str, SweepRunner] = {}
        self._broken: dict[str, Sweep] = {}  # could not be written: what the disk does not say
        self._thread: threading.Thread | None = None
        self._closing = False

    def start(self) -> None:
        """Begin to drive sweeps, those of servers that are gone as well."""
        with self._wake:
            if self._thread is None and not self._closing:
                self._thread = threading.Thread(target=self._drive, name="sweeps", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Leave all sweeps as they are, for the next server. To be called before the engine's."""
        with self._wake:
            self._closing = True
            self._wake.notify_all()
        if self._thread is not None:
            self._thread.join(10)
        if self._lease is not None:
            self._lease.close()

    def submit(self, plan: Plan, owner: str) -> Sweep:
        """Begin a sweep.

        Raises:
            LimitError: if a trial could have more epochs than the engine's limits allow.
            StoreError: if the store cannot be written.
        """
        self._expect_allowed(plan)
        with self._wake:
            sweep = self._records.create(plan.to_dict(), owner, self._lease_id())
            self._take_on(sweep)
        return sweep

    def open(self, sweep_id: str) -> Sweep:
        """The sweep as it stands now.

        Raises:
            SweepNotFound, StoreError: as `SweepStore.open`.
        """
        with self._wake:
            if (work := self._work.get(sweep_id)) is not None:
                return work.sweep
            if (broken := self._broken.get(sweep_id)) is not None:
                return broken
        return self._records.open(sweep_id)

    def list(self) -> list[Sweep]:
        """All readable sweeps, newest first."""
        found = []
        for sweep in self._records.list():
            try:
                found.append(self.open(sweep.id))
            except StoreError:
                continue  # deleted meanwhile
        return found

    def stop(self, sweep_id: str) -> bool:
        """End a sweep early; what its trials learned is kept. False if it is not at work here."""
        with self._wake:
            work = self._work.get(sweep_id)
            if work is None:
                return False
            work.stop()
            self._wake.notify_all()
            return True

    def resume(self, sweep_id: str) -> bool:
        """Let a sweep that ended early go on, with its whole time budget; False if it is at work.

        Raises:
            SweepNotFound, StoreError: if there is none, or it cannot be written.
            PlanError: if its plan cannot be read.
            EngineError: if the engine is set up in a way that can never work.
            LimitError: as `submit`.
        """
        with self._wake:
            sweep = self.open(sweep_id)
            if not sweep.state.is_finished():
                return False
            self._expect_allowed(Plan.from_dict(sweep.plan))
            self._broken.pop(sweep_id, None)
            trials = tuple(self._again(trial) for trial in sweep.trials)
            sweep = replace(
                sweep,
                state=SweepState.RUNNING,
                message="",
                spent=0.0,
                lease=self._lease_id(),
                trials=trials,
            )
            self._take_on(self._records.save(sweep))
            return True

    def delete(self, sweep_id: str) -> None:
        """Remove the record of a sweep that is not at work; its runs stay.

        Raises:
            SweepNotFound: if there is none.
            StoreError: if it is at work or cannot be removed.
        """
        with self._wake:
            if sweep_id in self._work:
                raise StoreError(_("This sweep is at work: stop it first."))
            self._broken.pop(sweep_id, None)
            self._records.delete(sweep_id)

    # -- inside ----------------------------------------------------------------------------------

    def _expect_allowed(self, plan: Plan) -> None:
        why = self._engine.limits().epochs_problem(plan.max_epochs)
        if why:
            raise LimitError(why)

    def _again(self, trial: Trial) -> Trial:
        if trial.state is not TrialState.STOPPED:
            return trial
        try:
            if not self._engine.resume(trial.run):
                return trial
        except RunNotFound:
            return trial
        return replace(trial, state=TrialState.OPEN, message="", pruned=False)

    def _lease_id(self) -> str:
        if self._lease is None:
            self._lease = self._store.lease()
        return self._lease.id

    def _take_on(self, sweep: Sweep) -> None:
        self._work[sweep.id] = SweepRunner(
            sweep, self._engine, self._store, self._records, self._clock
        )
        self._wake.notify_all()

    def _drive(self) -> None:
        adopted = float("-inf")
        while True:
            with self._wake:
                if self._closing:
                    break
                at_work = list(self._work.values())
            if self._clock() - adopted > ADOPT_EVERY:
                adopted = self._clock()
                self._adopt()
            for work in at_work:
                self._tick(work)
            with self._wake:
                if not self._closing:
                    self._wake.wait(TICK if self._work else 1.0)
        for work in self._work.values():
            work.leave()

    def _tick(self, work: SweepRunner) -> None:
        try:
            over = work.tick()
        except SweepNotFound:
            work.abandon(_("It was deleted."))
            over = True
        except (EngineError, StoreError, PlanError) as error:
            if self._closing:
                return
            self._break(work, str(error))
            return
        except Exception as error:
            _log.exception("the sweep %s failed", work.sweep.id)
            sentence = _("Something went wrong inside ({kind}). The log has more.")
            self._break(work, sentence.format(kind=type(error).__name__))
            return
        if over:
            with self._wake:
                del self._work[work.sweep.id]

    def _break(self, work: SweepRunner, why: str) -> None:
        """It cannot go on: say so on disk or, where that fails, in memory."""
        sweep = work.abandon(why)
        with self._wake:
            del self._work[sweep.id]
            try:
                self._records.save(sweep)
            except StoreError:
                self._broken[sweep.id] = sweep

    def _adopt(self) -> None:
        """Take over what servers that are gone have left."""
        for sweep in self._records.list():
            if sweep.state.is_finished() or is_alive(self._store.root, sweep.lease):
                continue
            try:
                with self._wake:
                    claimed = self._records.claim(sweep, self._lease_id())
                    if claimed is not None:
                        self._take_on(claimed)
            except StoreError as error:
                _log.warning("%s", error)
