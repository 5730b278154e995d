"""What a sweep found, in figures and sentences that never say more than the figures do. Pure.

Trials of one setting with other seeds form a group; groups are compared by their mean validation
accuracy. How much a difference is worth is judged by the noise between seeds where settings were
repeated, else by the number of validation images, at 95 %, corrected for the number of comparisons.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from gettext import gettext as _
from statistics import NormalDist, fmean

from scipy.special import stdtrit

from model_store.recipe.text import percent
from model_store.storage.sweep_store import Trial, TrialState
from training.sweeps.plan import Plan
from training.sweeps.search_space import (
    CHOICE,
    PARAMETERS,
    Value,
    describe_point,
    format_value,
    label,
)

RISK = 0.05  # of calling a difference real that is none
SEED = "seed"
FEW = 3  # settings that are named, not counted


@dataclass(frozen=True, slots=True)
class Group:
    """Complete trials of one setting. Accuracies in [0, 1], means over the trials."""

    point: Mapping[str, Value]  # without the seed
    trials: tuple[Trial, ...]
    accuracy: float
    test: float | None
    seconds: float | None
    parameters: int

    @property
    def name(self) -> str:
        """The setting for a person."""
        return describe_point(self.point) or _("the base recipe")


@dataclass(frozen=True, slots=True)
class Noise:
    """How far runs of one setting lie apart: standard deviation of the accuracy in [0, 1]."""

    deviation: float
    freedom: int


@dataclass(frozen=True)
class Findings:
    """Everything that is said at the end of a sweep."""

    plan: Plan
    groups: tuple[Group, ...]  # best first
    ended: Mapping[TrialState, int]  # how many trials ended how
    noise: Noise | None  # between seeds, in the better half; None where nothing was repeated
    noise_everywhere: Noise | None

    @property
    def best(self) -> Group | None:
        """The setting with the highest mean validation accuracy."""
        return self.groups[0] if self.groups else None

    def margin(self, one: Group, other: Group) -> float:
        """How far two groups' accuracies must differ to be more than noise, in [0, 1]."""
        shares = (one.accuracy, len(one.trials)), (other.accuracy, len(other.trials))
        return self._margin(*shares, self.noise, len(self.groups) - 1)

    def _margin(
        self,
        one: tuple[float, int],
        other: tuple[float, int],
        noise: Noise | None,
        comparisons: int,
    ) -> float:
        """The same for means of so many trials, as one of so many comparisons."""
        sure = 1 - RISK / max(1, comparisons) / 2
        if noise is not None:
            repeats = 1 / one[1] + 1 / other[1]
            return float(stdtrit(noise.freedom, sure)) * noise.deviation * math.sqrt(repeats)
        images = self._images
        variance = _coin(one[0], one[1] * images) + _coin(other[0], other[1] * images)
        return NormalDist().inv_cdf(sure) * math.sqrt(variance)

    @cached_property
    def ties(self) -> tuple[Group, ...]:
        """Groups that cannot be told from the best, which is not among them."""
        if not self.groups:
            return ()
        best = self.groups[0]
        return tuple(
            each
            for each in self.groups[1:]
            if best.accuracy - each.accuracy <= self.margin(best, each)
        )

    @cached_property
    def balanced(self) -> bool:
        """Every combination of a grid is complete, so that means by parameter are fair."""
        complete = sum(len(group.trials) for group in self.groups)
        return self.plan.method == "grid" and complete == self.plan.size

    @property
    def _images(self) -> int:
        return max(1, self.plan.validated_base.validation_images)

    def means_by_value(self, name: str) -> list[tuple[Value, float, int]]:
        """Each value of a parameter, the mean accuracy and number of its trials; values in order.

        Fair only where `balanced`.
        """
        found: dict[Value, list[float]] = {}
        for group in self.groups:
            accuracies = [trial.value for trial in group.trials if trial.value is not None]
            found.setdefault(group.point[name], []).extend(accuracies)
        values = list(found)
        if PARAMETERS[name].kind != CHOICE:
            values.sort(key=float)
        return [(value, fmean(found[value]), len(found[value])) for value in values]

    def sentences(self) -> list[str]:
        """What was found, most important first; plain text."""
        out = [*self._count()]
        best = self.best
        if best is None:
            return [*out, _("No trial was trained to its end, so there is nothing to compare.")]
        out = [self._verdict(best), *self._edges(best), *self._effects(), self._measure(), *out]
        return [sentence for sentence in out if sentence]

    # -- the sentences ---------------------------------------------------------------------------

    def _verdict(self, best: Group) -> str:
        figures = _("{name}: {accuracy} of the validation images right").format(
            name=best.name, accuracy=percent(best.accuracy)
        )
        if best.test is not None:
            figures += _(", {test} of the test images").format(test=percent(best.test))
        if len(self.groups) == 1:
            return figures + "."
        runner = self.groups[1]
        ahead = _points(best.accuracy - runner.accuracy)
        if not self.ties:
            return _(
                "Best is {figures}. It leads by {ahead}, more than the noise of {noise}."
            ).format(figures=figures, ahead=ahead, noise=_points(self.margin(best, runner)))
        first = _("Too close to call: in front is {figures}, but within the noise of {noise} ")
        first = first.format(figures=figures, noise=_points(self.margin(best, self.ties[0])))
        if len(self.ties) == len(self.groups) - 1:
            first += _("no other setting can be told from it.")
        elif len(self.ties) <= FEW:
            names = _(" or ").join(each.name for each in self.ties)
            first += _("it cannot be told from {names}.").format(names=names)
        else:
            first += _("it cannot be told from {k} of the other {n} settings.").format(
                k=len(self.ties), n=len(self.groups) - 1
            )
        return first + self._cheapest(best)

    def _cheapest(self, best: Group) -> str:
        timed = [each for each in (best, *self.ties) if each.seconds is not None]
        if not timed:
            return ""
        quick = min(timed, key=lambda each: each.seconds or 0.0)
        took = best.seconds or 0.0
        if took - (quick.seconds or 0.0) < max(0.1, 0.1 * took):
            return ""
        return _(
            " The quickest of them is {name}: {seconds:.1f} s instead of {best:.1f} s."
        ).format(name=quick.name, seconds=quick.seconds, best=took)

    def _edges(self, best: Group) -> list[str]:
        """Where all of the best settings lie at one end of what was tried."""
        out = []
        for name in best.point:
            values = [value for value, _mean, _n in self.means_by_value(name)]
            if PARAMETERS[name].kind == CHOICE or len(values) < 3:
                continue
            front = {group.point[name] for group in (best, *self.ties)}
            where = {values[0]: _("smallest"), values[-1]: _("largest")}.get(best.point[name])
            if where and len(front) == 1 and best.point[name] != 0:
                out.append(
                    _("The best value of {name} is the {where} tried: look beyond it.").format(
                        name=label(name), where=where
                    )
                )
        return out

    def _effects(self) -> list[str]:
        """For each parameter of a complete grid: what it changed, against the noise."""
        if not self.balanced:
            return []
        out = []
        for name in self.groups[0].point:
            means = self.means_by_value(name)
            if len(means) < 2:
                continue
            high = max(means, key=lambda each: each[1])
            low = min(means, key=lambda each: each[1])
            effect = high[1] - low[1]
            pairs = len(means) * (len(means) - 1) // 2
            if effect <= self._margin(high[1:], low[1:], self.noise_everywhere, pairs):
                out.append(
                    _("Varying {name} made no difference beyond the noise ({effect}).").format(
                        name=label(name), effect=_points(effect)
                    )
                )
            else:
                out.append(
                    _(
                        "Varying {name} made a difference of {effect}: {high} with {best}, {low} "
                        "with {worst}."
                    ).format(
                        name=label(name),
                        effect=_points(effect),
                        high=percent(high[1]),
                        best=format_value(name, high[0]),
                        low=percent(low[1]),
                        worst=format_value(name, low[0]),
                    )
                )
        return out

    def _measure(self) -> str:
        if self.noise is not None:
            return _(
                "Among the better settings the same one with another seed differs by {noise} "
                "(standard deviation); differences are judged by that, at 95 %."
            ).format(noise=_points(self.noise.deviation))
        return _(
            "Each setting was trained once, so run-to-run noise is unknown; differences are judged "
            "by the {n} validation images, at 95 %. Vary the seed as well to measure it."
        ).format(n=f"{self._images:,}")

    def _count(self) -> list[str]:
        parts = (
            (TrialState.PRUNED, _("{n} stopped early, as others did better")),
            (TrialState.FAILED, _("{n} failed")),
            (TrialState.STOPPED, _("{n} stopped by hand or with the sweep")),
            (TrialState.GONE, _("{n} deleted before the end")),
        )
        said = [text.format(n=self.ended[state]) for state, text in parts if self.ended.get(state)]
        if not said:
            return []
        left = _("Not compared: {list}.").format(list=", ".join(said))
        return [left]


def compare_trials(plan: Plan, trials: Sequence[Trial]) -> Findings:
    """Compare the complete trials of a plan."""
    ended: dict[TrialState, int] = {}
    settings: dict[tuple[tuple[str, Value], ...], list[Trial]] = {}
    for trial in trials:
        ended[trial.state] = ended.get(trial.state, 0) + 1
        if trial.state is TrialState.COMPLETE and trial.value is not None:
            key = tuple((name, value) for name, value in trial.point.items() if name != SEED)
            settings.setdefault(key, []).append(trial)
    groups = [_group(dict(key), found) for key, found in settings.items()]
    groups.sort(key=lambda group: (-group.accuracy, group.seconds or 0.0))
    better = groups[: max(2, math.ceil(len(groups) / 2))]  # bad settings scatter far more
    return Findings(plan, tuple(groups), ended, _noise(better), _noise(groups))


def pareto(points: Sequence[tuple[float, float]]) -> list[int]:
    """Positions of the points (cost, accuracy) that no other beats in both, by rising cost."""
    order = sorted(range(len(points)), key=lambda i: (points[i][0], -points[i][1]))
    front: list[int] = []
    for i in order:
        if not front or points[i][1] > points[front[-1]][1]:
            front.append(i)
    return front


def _group(point: Mapping[str, Value], trials: Sequence[Trial]) -> Group:
    tests = [trial.test for trial in trials if trial.test is not None]
    seconds = [trial.seconds for trial in trials if trial.seconds is not None]
    return Group(
        point=point,
        trials=tuple(trials),
        accuracy=fmean(trial.value or 0.0 for trial in trials),
        test=fmean(tests) if tests else None,
        seconds=fmean(seconds) if seconds else None,
        parameters=trials[0].parameters or 0,
    )


def _noise(groups: Sequence[Group]) -> Noise | None:
    """The variances within groups, pooled."""
    squares, freedom = 0.0, 0
    for group in groups:
        squares += sum(((trial.value or 0.0) - group.accuracy) ** 2 for trial in group.trials)
        freedom += len(group.trials) - 1
    return Noise(math.sqrt(squares / freedom), freedom) if freedom else None


def _coin(share: float, images: int) -> float:
    """Variance of a share of so many images; a perfect one is not certain either."""
    inner = (share * images + 1) / (images + 2)
    return inner * (1 - inner) / images


def _points(share: float) -> str:
    return _("{n} points").format(n=f"{100 * share:.1f}")
