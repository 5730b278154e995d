"""One sweep at work: its open trials, the next ones and its record."""

from __future__ import annotations

import logging
import statistics
from collections.abc import Callable
from dataclasses import replace
from gettext import gettext as _

from model_store import ModelStore, Run, RunNotFound, RunState, StoreError
from model_store.recipe.recipe import RecipeError
from model_store.runs.history import History
from model_store.storage.sweep_store import Sweep, SweepState, SweepStore, Trial, TrialState
from training.engine.engine import Engine
from training.loop.control import Action, Command
from training.sweeps.optuna_study import Study
from training.sweeps.plan import Plan
from training.sweeps.search_space import Point

MOST_RESUMED = 3  # times that a trial's lost worker is replaced
HOPELESS = 5  # trials that fail alike before the sweep is given up
STOP = Command(Action.STOP)
_log = logging.getLogger(__name__)


class SweepRunner:
    """One sweep at work. The sweeps' thread only, except `sweep` (a snapshot) and `stop`."""

    def __init__(
        self,
        sweep: Sweep,
        engine: Engine,
        store: ModelStore,
        records: SweepStore,
        clock: Callable[[], float],
    ) -> None:
        self.sweep = sweep
        self._engine = engine
        self._store = store
        self._records = records
        self._clock = clock
        self._looked = clock()
        self._began = self._looked - sweep.spent
        self._trials = list(sweep.trials)
        self._first = len(sweep.trials)  # of those begun here
        self._heard = {trial.number: len(trial.curve) for trial in sweep.trials}
        self._plan: Plan | None = None
        self._study: Study | None = None
        self._exhausted = False
        self._stop = sweep.state is SweepState.STOPPING

    def stop(self) -> None:
        """End it at the next tick; any thread."""
        self._stop = True

    def tick(self) -> bool:
        """One look at everything; whether the sweep is over.

        Raises:
            EngineError, StoreError, PlanError: if it cannot go on.
        """
        if self._plan is None or self._study is None:
            self._plan = Plan.from_dict(self.sweep.plan)
            self._study = Study(self._plan, self._trials)
        self._wait_for_release()
        ending = self._ending(self._plan)
        for trial in self._open():
            self._look(trial, self._study, stopping=ending is not None)
        self._expect_hope()
        while ending is None and self._begin(self._plan, self._study):
            ending = self._ending(self._plan)
        if self._open() or (ending is None and not self._exhausted):
            return False
        state, message = ending or (SweepState.DONE, "")
        self._write(state=state, message=message)
        return True

    def leave(self) -> None:
        """Note the time spent; the next server goes on."""
        try:
            self._write()
        except StoreError as error:
            _log.warning("%s", error)

    def abandon(self, why: str) -> Sweep:
        """Stop its runs; returns the failed sweep, unwritten."""
        for trial in self._open():
            self._engine.command(trial.run, STOP)
            self._trials[trial.number] = replace(trial, state=TrialState.STOPPED)
        trials = tuple(self._trials)
        return replace(self.sweep, state=SweepState.FAILED, message=why, trials=trials)

    # -- one tick --------------------------------------------------------------------------------

    def _open(self) -> list[Trial]:
        return [trial for trial in self._trials if trial.state is TrialState.OPEN]

    def _wait_for_release(self) -> None:
        """The time in which the engine is held does not count."""
        now = self._clock()
        if self._engine.status().held:
            self._began += now - self._looked
        self._looked = now

    def _ending(self, plan: Plan) -> tuple[SweepState, str] | None:
        """How it is about to end before all is tried, if it is."""
        if self._stop:
            if self.sweep.state is not SweepState.STOPPING:
                self._write(state=SweepState.STOPPING)
            return SweepState.STOPPED, ""
        if plan.budget is not None and self._clock() - self._began > plan.budget:
            return SweepState.DONE, _("Its time budget is used up.")
        return None

    def _look(self, trial: Trial, study: Study, stopping: bool) -> None:
        """See how far the trial's run is, and what to do about it."""
        try:
            run = self._run(trial)
            history = History.from_events(self._store.events(run.id))
        except RunNotFound:
            self._ended(replace(trial, state=TrialState.GONE), study)
            return
        except StoreError as error:
            self._ended(replace(trial, state=TrialState.FAILED, message=str(error)), study)
            return
        curve = tuple(history.validation("accuracy")[1])
        if curve != trial.curve or run.id != trial.run:
            trial = self._keep(replace(trial, run=run.id, curve=curve))
        if run.state.is_finished():
            self._run_ended(trial, run, history, study, stopping)
        elif stopping:
            self._engine.command(run.id, STOP)
        elif self._worse(trial, run, study):
            trial = self._keep(replace(trial, pruned=True))
            self._write()
            self._engine.command(run.id, STOP)

    def _run(self, trial: Trial) -> Run:
        """The trial's run; one that was accepted as its server died is found by its recipe."""
        if trial.run:
            return self._store.open(trial.run)
        for run in self._store.list():
            if run.sweep == self.sweep.id and run.recipe.hash == trial.hash:
                return run
        assert self._plan is not None
        recipe = self._plan.recipe(trial.point)
        return self._engine.submit(recipe, self.sweep.owner, self.sweep.id)

    def _worse(self, trial: Trial, run: Run, study: Study) -> bool:
        """Tell the study the newest epochs; whether it would stop the trial."""
        worse = False
        for epoch in range(self._heard.get(trial.number, 0) + 1, len(trial.curve) + 1):
            worse = study.report(trial.number, epoch, trial.curve[epoch - 1])
            self._heard[trial.number] = epoch
        return worse and not trial.pruned and len(trial.curve) < run.recipe.epochs

    def _run_ended(
        self, trial: Trial, run: Run, history: History, study: Study, stopping: bool
    ) -> None:
        if run.state is RunState.INTERRUPTED and not stopping and not trial.pruned:
            if trial.resumed < MOST_RESUMED and self._engine.resume(run.id):
                self._keep(replace(trial, resumed=trial.resumed + 1))
                self._write()
                return
            state, message = TrialState.FAILED, run.message
        elif run.state is RunState.DONE and trial.curve:
            state, message = TrialState.COMPLETE, ""
        elif run.state in (RunState.FAILED, RunState.DONE):
            state, message = TrialState.FAILED, run.message
        elif trial.pruned:
            state, message = TrialState.PRUNED, ""
            self._mark(run)
        else:
            state, message = TrialState.STOPPED, ""
        self._worse(trial, run, study)
        ended = replace(
            trial,
            state=state,
            message=message,
            value=trial.curve[-1] if state is TrialState.COMPLETE else None,
            test=run.result.get("test_accuracy"),
            seconds=_steady_seconds(history, run),
            parameters=run.recipe.parameters,
        )
        self._ended(ended, study)

    def _mark(self, run: Run) -> None:
        """Say on the run's own page why it ended early."""
        sentence = _("Stopped early by its sweep: others did better at the same epoch.")
        try:
            self._store.set_state(run.id, RunState.STOPPED, sentence)
        except StoreError as error:
            _log.warning("%s", error)

    def _ended(self, trial: Trial, study: Study) -> None:
        self._keep(trial)
        study.tell(trial)
        self._write()

    def _expect_hope(self) -> None:
        """Raises StoreError if the first trials have all failed for the same reason."""
        mine = self._trials[self._first :]
        over = [trial for trial in mine if trial.state is not TrialState.OPEN]
        first = over[:HOPELESS]
        alike = {trial.message for trial in first}
        failed = all(trial.state is TrialState.FAILED for trial in over)
        if len(first) == HOPELESS and failed and len(alike) == 1:
            raise StoreError(_("All trials fail: {why}").format(why=first[0].message))

    # -- the next trial --------------------------------------------------------------------------

    def _begin(self, plan: Plan, study: Study) -> bool:
        """Begin one more trial, if there is room and something left to try."""
        workers = max(1, self._engine.status().workers)
        ahead = 1 if plan.method == "bayes" or plan.pruning != "none" else 2
        if self._exhausted or len(self._open()) >= ahead * workers:
            return False
        if self._engine.quota_refusal(self.sweep.owner):
            return False
        point = self._next(plan, study)
        if point is None:
            self._exhausted = True
            return False
        trial = Trial(number=len(self._trials), point=point)
        self._trials.append(trial)
        study.add(trial.number, point)
        try:
            recipe = plan.recipe(point)
        except RecipeError as error:
            self._ended(replace(trial, state=TrialState.FAILED, message=str(error)), study)
            return True
        trial = self._keep(replace(trial, hash=recipe.hash))
        self._write()  # before its run is there: none is ever nobody's
        run = self._engine.submit(recipe, self.sweep.owner, self.sweep.id)
        self._keep(replace(trial, run=run.id))
        self._write()
        return True

    def _next(self, plan: Plan, study: Study) -> Point | None:
        number = len(self._trials)
        if number >= plan.size:
            return None
        if plan.method == "bayes":
            return study.ask({trial.hash for trial in self._trials})
        return plan.points[number]

    # -- the record ------------------------------------------------------------------------------

    def _keep(self, trial: Trial) -> Trial:
        self._trials[trial.number] = trial
        self.sweep = replace(self.sweep, trials=tuple(self._trials))
        return trial

    def _write(self, state: SweepState | None = None, message: str | None = None) -> None:
        sweep = replace(
            self.sweep,
            state=state or self.sweep.state,
            message=self.sweep.message if message is None else message,
            spent=self._clock() - self._began,
            trials=tuple(self._trials),
        )
        self.sweep = self._records.save(sweep)


def _steady_seconds(history: History, run: Run) -> float | None:
    """Seconds of training at the pace after the first epoch: that one includes the compiler's."""
    if not run.result or not history.epochs:
        return run.result.get("seconds")
    later = history.epochs[1:] or history.epochs
    return statistics.median(epoch.seconds for epoch in later) * len(history.epochs)
