"""Runner of one sweep: its open trials, the next ones and its record."""

import logging
import statistics
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from model_store import ModelStore, Run, RunNotFound, RunState, StoreError
from model_store.recipe.recipe import RecipeError
from model_store.runs.history import History
from model_store.storage.sweep_store import Sweep, SweepState, SweepStore, Trial, TrialState
from model_store.text import _, read, stored
from training.engine.engine import Engine
from training.loop.control import Action, Command
from training.sweeps.optuna_study import Study
from training.sweeps.plan import Plan
from training.sweeps.search_space import Point

MAX_RESUMED = 3  # times that a trial's lost worker is replaced
HOPELESS = 5  # trials that fail alike before the sweep is given up
STOP = Command(Action.STOP)
TRIAL_STATES: Mapping[RunState, TrialState] = {  # by the end of its run
    RunState.DONE: TrialState.COMPLETE,
    RunState.STOPPED: TrialState.STOPPED,
    RunState.CANCELLED: TrialState.STOPPED,
    RunState.FAILED: TrialState.FAILED,
    RunState.INTERRUPTED: TrialState.FAILED,
}
_log = logging.getLogger(__name__)


class SweepRunner:
    """One sweep that trains. The sweeps' thread only, except `sweep` (a snapshot) and `stop`."""

    def __init__(
        self,
        sweep: Sweep,
        engine: Engine,
        store: ModelStore,
        records: SweepStore,
        clock: Callable[[], float],
    ) -> None:
        self.sweep = sweep
        self._engine, self._store, self._records, self._clock = engine, store, records, clock
        self._last_tick = clock()
        self._began = self._last_tick - sweep.spent
        self._first = len(sweep.trials)  # of those begun here
        self._exhausted = False
        self._stop = sweep.state is SweepState.STOPPING

    def stop(self) -> None:
        """End it at the next tick; any thread."""
        self._stop = True

    def tick(self) -> bool:
        """Look at every trial and begin the next ones; True if the sweep is over.

        Raises:
            EngineError, StoreError, PlanError: if it cannot go on.
        """
        before, self._last_tick = self._last_tick, self._clock()
        if self._engine.status().held:  # that time does not count
            self._began += self._last_tick - before
        ending = self._ending()
        for trial in self._open:
            self._update(trial, stopping=ending is not None)
        self._check_hope()
        while ending is None and self._begin():
            ending = self._ending()
        if self._open or (ending is None and not self._exhausted):
            return False
        state, message = ending or (SweepState.DONE, "")
        self._write(state=state, message=stored(message))
        return True

    def leave(self) -> None:
        """Record the time spent; the next server goes on."""
        try:
            self._write()
        except StoreError as error:
            _log.warning("%s", error)

    def abandon(self, reason: str) -> Sweep:
        """Stop its runs; return the failed sweep, unwritten."""
        for trial in self._open:
            self._engine.command(trial.run, STOP)
            self._keep(replace(trial, state=TrialState.STOPPED))
        return replace(self.sweep, state=SweepState.FAILED, message=stored(reason))

    @cached_property
    def _plan(self) -> Plan:
        return Plan.from_dict(self.sweep.plan)

    @cached_property
    def _study(self) -> Study:
        return Study(self._plan, self.sweep.trials)

    @property
    def _open(self) -> list[Trial]:
        return self.sweep.of(TrialState.OPEN)

    def _ending(self) -> tuple[SweepState, str] | None:
        """Return how it is about to end before all is tried, if it is."""
        if self._stop:
            if self.sweep.state is not SweepState.STOPPING:
                self._write(state=SweepState.STOPPING)
            return SweepState.STOPPED, ""
        budget = self._plan.budget
        if budget is not None and self._clock() - self._began > budget:
            return SweepState.DONE, _("Its time budget is used up.")
        return None

    def _update(self, trial: Trial, stopping: bool) -> None:
        """Take over the state of the trial's run, and stop the run where it should be."""
        try:
            run = self._run(trial)
            history = History.from_events(self._store.events(run.id))
        except StoreError as error:
            gone = isinstance(error, RunNotFound)
            state, message = (
                (TrialState.GONE, "") if gone else (TrialState.FAILED, stored(str(error)))
            )
            self._end(replace(trial, state=state, message=message))
            return
        curve = tuple(history.validation("accuracy")[1])
        if curve != trial.curve or run.id != trial.run:
            trial = self._keep(replace(trial, run=run.id, curve=curve))
        prune = self._study.report(trial) and len(curve) < run.recipe.epochs
        if run.state.is_finished():
            self._end_run(trial, run, history, stopping)
        elif stopping:
            self._engine.command(run.id, STOP)
        elif prune and not trial.pruned:
            self._keep(replace(trial, pruned=True))
            self._write()
            self._engine.command(run.id, STOP)

    def _run(self, trial: Trial) -> Run:
        """Return the trial's run; one that was accepted as its server died is found by recipe."""
        if trial.run:
            return self._store.open(trial.run)
        for run in self._store.trials_of(self.sweep.id):
            if run.recipe.hash == trial.hash:
                return run
        return self._submit(trial)

    def _end_run(self, trial: Trial, run: Run, history: History, stopping: bool) -> None:
        """End a trial with its run, or resume the run if its workers were lost."""
        state = TRIAL_STATES[run.state]
        if run.state is RunState.INTERRUPTED:
            if stopping or trial.pruned:
                state = TrialState.STOPPED
            elif trial.resumed < MAX_RESUMED and self._engine.resume(run.id):
                self._keep(replace(trial, resumed=trial.resumed + 1))
                self._write()
                return
        if state is TrialState.COMPLETE and not trial.curve:
            state = TrialState.FAILED
        if state is TrialState.STOPPED and trial.pruned:
            state = TrialState.PRUNED
            sentence = _("Stopped early by its sweep: others did better at the same epoch.")
            try:
                self._store.set_state(run.id, RunState.STOPPED, sentence)
            except StoreError as error:
                _log.warning("%s", error)
        self._end(
            replace(
                trial,
                state=state,
                message=stored(run.message) if state is TrialState.FAILED else "",
                value=_value(trial, run) if state is TrialState.COMPLETE else None,
                test=run.result.get("test_accuracy"),
                seconds=_steady_seconds(history, run),
                parameters=run.recipe.parameters,
            )
        )

    def _end(self, trial: Trial) -> None:
        self._keep(trial)
        self._study.tell(trial)
        self._write()

    def _check_hope(self) -> None:
        """Raise StoreError if the first trials have all failed for the same reason."""
        over = [t for t in self.sweep.trials[self._first :] if t.state is not TrialState.OPEN]
        reasons = {trial.message for trial in over[:HOPELESS]}
        failed = all(trial.state is TrialState.FAILED for trial in over)
        if len(over) >= HOPELESS and failed and len(reasons) == 1:
            raise StoreError(_("All trials fail: {why}").format(why=read(reasons.pop())))

    def _begin(self) -> bool:
        """Begin one more trial, if a worker and the owner's quota have room; False if not."""
        full = len(self._open) >= max(1, self._engine.status().workers)
        if self._exhausted or full or self._engine.quota_refusal(self.sweep.owner):
            return False
        point = self._next_point()
        if point is None:
            self._exhausted = True
            return False
        trial = Trial(number=len(self.sweep.trials), point=point)
        self._study.add(trial.number, point)
        try:
            trial = self._keep(replace(trial, hash=self._plan.recipe(point).hash))
        except RecipeError as error:
            self._end(replace(trial, state=TrialState.FAILED, message=stored(str(error))))
            return True
        self._write()  # before its run is stored: the run belongs to a trial at any time
        self._keep(replace(trial, run=self._submit(trial).id))
        self._write()
        return True

    def _submit(self, trial: Trial) -> Run:
        return self._engine.submit(self._plan.recipe(trial.point), self.sweep.owner, self.sweep.id)

    def _next_point(self) -> Point | None:
        trials = self.sweep.trials
        if len(trials) >= self._plan.size:
            return None
        if self._plan.method == "bayes":
            return self._study.ask({trial.hash for trial in trials})
        return self._plan.points[len(trials)]

    def _keep(self, trial: Trial) -> Trial:
        """Replace or add a trial."""
        trials = list(self.sweep.trials)
        trials[trial.number : trial.number + 1] = [trial]
        self.sweep = replace(self.sweep, trials=tuple(trials))
        return trial

    def _write(self, **changes: Any) -> None:
        spent = self._clock() - self._began
        self.sweep = self._records.save(replace(self.sweep, spent=spent, **changes))


def _value(trial: Trial, run: Run) -> float:
    """Return the validation accuracy of the model: at the end, or in the epoch that was kept."""
    kept = run.kept_epoch
    return trial.curve[kept - 1 if 0 < kept <= len(trial.curve) else -1]


def _steady_seconds(history: History, run: Run) -> float | None:
    """Return the seconds of training without compiling: the first epoch counts as the others."""
    if not run.result or not history.epochs:
        return run.result.get("seconds")
    later = history.epochs[1:] or history.epochs
    return statistics.median(epoch.seconds for epoch in later) * len(history.epochs)
