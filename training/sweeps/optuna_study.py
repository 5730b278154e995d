"""Optuna behind a small interface: the next point, pruning, importance of parameters.

A study lives in memory and can be rebuilt at any time from the trials' records. One thread at a
time. Optuna is loaded with the first study, not with this module.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from model_store.recipe.recipe import RecipeError
from model_store.storage.sweep_store import Trial, TrialState
from training.sweeps.plan import Plan
from training.sweeps.search_space import PARAMETERS, WHOLE, Dimension, Point, Values, rounded

if TYPE_CHECKING:
    from optuna import Study as OptunaStudy
    from optuna import Trial as OptunaTrial

REDUCTION = 3  # Hyperband: one in so many goes on
WARM_UP = 1  # epochs in which no trial is stopped
ASKS = 20  # proposals until one is not a repetition
TREES = 64


class Study:
    """Search of one plan. Trials are known by their numbers."""

    def __init__(self, plan: Plan, trials: Sequence[Trial] = ()) -> None:
        """The search goes on from `trials`."""
        self._plan = plan
        self.optuna = _new_study(plan, len(trials))
        self._space = {name: _distribution(name, each) for name, each in plan.space}
        self._open: dict[int, OptunaTrial] = {}
        self._reported: dict[int, int] = {}  # epochs
        for trial in trials:
            self.add(trial.number, trial.point)
            self.report(trial)
            if trial.state is not TrialState.OPEN:
                self.tell(trial)

    def ask(self, seen: set[str]) -> Point | None:
        """Return a point by Optuna's TPE; its recipe's hash is not in `seen`. None without one."""
        from optuna.trial import TrialState as OptunaState

        for attempt in range(ASKS):
            asked = self.optuna.ask(self._space)
            point = {name: rounded(name, value) for name, value in asked.params.items()}
            self.optuna.tell(asked, state=OptunaState.FAIL)  # `add` enters what is really tried
            with suppress(RecipeError):
                if self._plan.recipe(point).hash not in seen:
                    return point
            if attempt % 2:  # the sampler insists: try elsewhere
                other = self._plan.draw(seen, len(seen) + attempt)
                if other is not None:
                    return other
        return None

    def add(self, number: int, point: Point) -> None:
        """Enter a trial at this point."""
        self.optuna.enqueue_trial(dict(point))
        self._open[number] = self.optuna.ask(self._space)

    def report(self, trial: Trial) -> bool:
        """Enter the newest epochs of a trial's curve; True if the trial should be stopped."""
        known = self._reported.get(trial.number, 0)
        prune = False
        for epoch, value in list(enumerate(trial.curve, 1))[known:]:
            self._open[trial.number].report(value, epoch)
            prune = self._plan.pruning != "none" and bool(self._open[trial.number].should_prune())
        self._reported[trial.number] = len(trial.curve)
        return prune

    def tell(self, trial: Trial) -> None:
        """End a trial. One that failed ranks below all others, so that TPE keeps away."""
        from optuna.trial import TrialState as OptunaState

        own = self._open.pop(trial.number)
        if trial.state is TrialState.COMPLETE and trial.value is not None:
            self.optuna.tell(own, trial.value)
        else:
            pruned = trial.state in (TrialState.PRUNED, TrialState.FAILED)
            self.optuna.tell(own, state=OptunaState.PRUNED if pruned else OptunaState.FAIL)


def importances(plan: Plan, trials: Sequence[Trial]) -> Mapping[str, float]:
    """Return how much of the difference in accuracy each parameter explains, largest first.

    The parts sum to 1. By functional ANOVA on a random forest (Hutter, Hoos and Leyton-Brown, 2014,
    in Optuna's form), from complete trials alone. Empty with fewer than two parameters that vary,
    with too few trials, or where all are equally good.
    """
    complete = [t for t in trials if t.state is TrialState.COMPLETE and t.value is not None]
    varied = [name for name, _each in plan.space if len({t.point.get(name) for t in complete}) > 1]
    values = {trial.value for trial in complete}
    if len(varied) < 2 or len(complete) < max(4, 2 * len(varied)) or len(values) < 2:
        return {}
    from optuna.importance import FanovaImportanceEvaluator, get_param_importances

    forest = FanovaImportanceEvaluator(n_trees=TREES, seed=0)
    study = Study(plan, complete).optuna
    found = get_param_importances(study, evaluator=forest, params=varied)
    return {name: float(share) for name, share in found.items()}


def _new_study(plan: Plan, trials: int) -> OptunaStudy:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        sampler = optuna.samplers.TPESampler(
            seed=(plan.seed + trials) % 2**31,  # a search that goes on does not repeat its draws
            n_startup_trials=max(4, min(10, plan.trials // 3)),
            multivariate=True,
            constant_liar=True,
        )
        pruner: optuna.pruners.BasePruner = optuna.pruners.NopPruner()
        if plan.pruning == "median":
            pruner = optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=WARM_UP + 1)
        elif plan.pruning == "hyperband":
            pruner = optuna.pruners.HyperbandPruner(
                min_resource=1, max_resource=plan.max_epochs, reduction_factor=REDUCTION
            )
    name = f"sweep-{plan.seed}"  # Hyperband assigns trials to its brackets by it
    return optuna.create_study(
        study_name=name, direction="maximize", sampler=sampler, pruner=pruner
    )


def _distribution(name: str, dimension: Dimension) -> Any:
    from optuna import distributions

    if isinstance(dimension, Values):
        return distributions.CategoricalDistribution(list(dict.fromkeys(dimension.values)))
    low, high = (float(rounded(name, end)) for end in (dimension.low, dimension.high))
    if PARAMETERS[name].kind == WHOLE:
        return distributions.IntDistribution(int(low), int(high), log=dimension.log)
    return distributions.FloatDistribution(low, high, log=dimension.log)
