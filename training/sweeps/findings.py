"""Findings of a sweep, in figures and in sentences that claim no more than the figures. Pure.

Trials of one setting with different seeds form a group; groups are compared by their mean
validation accuracy. Noise is measured between seeds where settings were repeated, else estimated
from the number of validation images. Tests are at 95 %, corrected for the number of comparisons.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist, fmean

from scipy.special import stdtrit

from model_store.recipe.text import percent
from model_store.storage.sweep_store import Trial, TrialState
from model_store.text import _
from training.sweeps import search_space
from training.sweeps.plan import Plan
from training.sweeps.search_space import CHOICE, PARAMETERS, Point, Value, format_value, label

RISK = 0.05  # of calling a difference real that is none
FAILED = 2.0  # times chance, or half way from chance to 1: accuracy of what learns nothing
SEED = "seed"
WRONG_LABELS = "wrong_labels"
BEARABLE = 0.05  # loss of accuracy of a training that stands its wrong labels
FEW = 3  # settings that a sentence names, not counts
MAX_NAMED = 6  # the same for the sentence on what works
Mean = tuple[float, int]  # an accuracy in [0, 1], of so many trials


@dataclass(frozen=True, slots=True)
class Group:
    """Complete trials of one setting. Accuracies in [0, 1], means over the trials."""

    point: Point  # without the seed
    trials: tuple[Trial, ...]
    accuracy: float
    test: float | None
    seconds: float | None
    parameters: int

    @property
    def name(self) -> str:
        """The setting for a person."""
        return search_space.describe_point(self.point) or _("the base recipe")


@dataclass(frozen=True, slots=True)
class Noise:
    """Standard deviation of the accuracy in [0, 1] between runs of one setting."""

    deviation: float
    freedom: int


@dataclass(frozen=True)
class Findings:
    """Everything that is said at the end of a sweep."""

    plan: Plan
    groups: tuple[Group, ...]  # best first
    broken: tuple[Point, ...]  # settings with only failed trials
    ended: Mapping[TrialState, int]  # how many trials ended how

    @property
    def best(self) -> Group | None:
        """The setting with the highest mean validation accuracy."""
        return self.groups[0] if self.groups else None

    @cached_property
    def noise(self) -> Noise | None:
        """Noise between seeds in the better half, where it is smaller; None without repetition."""
        return _noise(self.groups[: max(2, math.ceil(len(self.groups) / 2))])

    @cached_property
    def ties(self) -> tuple[Group, ...]:
        """Groups that are not clearly worse than the best, which is not among them."""
        if (best := self.best) is None:
            return ()
        gaps = ((each, best.accuracy - each.accuracy) for each in self.groups[1:])
        return tuple(each for each, gap in gaps if gap <= self._noise_of(best, each))

    @cached_property
    def balanced(self) -> bool:
        """True if every combination of a grid is complete: means by parameter are then fair."""
        complete = sum(len(group.trials) for group in self.groups)
        return self.plan.method == "grid" and complete == self.plan.size

    def means_by_value(self, name: str) -> list[tuple[Value, float, int]]:
        """Return a parameter's values, mean accuracies, numbers of trials; fair if `balanced`."""
        found: dict[Value, list[float]] = {}
        for group in self.groups:
            accuracies = [trial.value for trial in group.trials if trial.value is not None]
            found.setdefault(group.point[name], []).extend(accuracies)
        values = _sorted(name, list(found))
        return [(value, fmean(found[value]), len(found[value])) for value in values]

    def sentences(self) -> list[str]:
        """Return what was found, most important first, as plain text."""
        if (best := self.best) is None:
            nothing = _("No trial was trained to its end, so there is nothing to compare.")
            out = [self._left_out(), nothing]
        else:
            out = [self._working(), self._verdict(best), *self._edges(best), *self._effects()]
            out += [self._endurance()]
            out += [self._measure(), self._left_out()]
        return [sentence for sentence in out if sentence]

    def _working(self) -> str:
        """Say which settings work and which fail; "" if none fails."""
        chance = 1 / self.plan.base.classes
        least = min(FAILED * chance, (1 + chance) / 2)
        failing = [each.point for each in self.groups if each.accuracy <= least] + [*self.broken]
        working = [each.point for each in self.groups if each.accuracy > least]
        if not failing:
            return ""
        if not working:
            return _("No setting works: the network only guesses, or its training breaks off.")
        k, n = len(working), len(working) + len(failing)
        if n > MAX_NAMED:
            sentence = _("{k} of {n} settings work, the other {failed} fail completely.")
            return sentence.format(k=k, n=n, failed=n - k)
        sentence = _("{k} of {n} settings work: {names}. These fail completely: {failing}.")
        return sentence.format(k=k, n=n, names=_names(working), failing=_names(failing))

    def _verdict(self, best: Group) -> str:
        figures = _("{name}, with {accuracy} of validation images right")
        if best.test is not None:
            figures = _("{name}, with {accuracy} of validation and {test} of test images right")
        words = {"name": best.name, "accuracy": percent(best.accuracy)}
        words["figures"] = figures.format(**words, test=percent(best.test or 0.0))
        if len(self.groups) == 1:
            sentence = _("The result: {figures}.")
        elif not self.ties:
            second = self.groups[1]
            words["ahead"] = _points(best.accuracy - second.accuracy)
            words["noise"] = _points(self._noise_of(best, second))
            sentence = _("Best is {figures}. It leads by {ahead}, more than the noise of {noise}.")
        else:
            words["noise"] = _points(self._noise_of(best, self.ties[0]))
            words["names"] = self._tie_names()
            sentence = _("Best is {figures}. Within the noise of {noise}, {names} may be as good.")
        return sentence.format(**words) + self._quickest(best)

    def _tie_names(self) -> str:
        if len(self.ties) == len(self.groups) - 1:
            return _("every other setting")
        names = _(" or ").join(each.name for each in self.ties)
        return names if len(self.ties) <= FEW else _("{n} others").format(n=len(self.ties))

    def _quickest(self, best: Group) -> str:
        took = best.seconds or 0.0
        timed = [(each.seconds, each.name) for each in self.ties if each.seconds]
        seconds, name = min(timed, default=(took, ""))
        if took - seconds < max(0.1, 0.1 * took):
            return ""
        sentence = _(" The quickest of them is {name}: {seconds:.1f} s instead of {best:.1f} s.")
        return sentence.format(name=name, seconds=seconds, best=took)

    def _edges(self, best: Group) -> list[str]:
        """Say where all of the best settings lie at one end of what was tried."""
        out = []
        for name, value in best.point.items():
            values = [each for each, _mean, _n in self.means_by_value(name)]
            if PARAMETERS[name].kind == CHOICE or len(values) < 3:
                continue
            same = all(group.point[name] == value for group in self.ties)
            where = {values[0]: _("smallest"), values[-1]: _("largest")}.get(value)
            if where and same and value != 0:
                sentence = _("The best value of {name} is the {where} tried: look beyond it.")
                out.append(sentence.format(name=label(name), where=where))
        return out

    def _effects(self) -> list[str]:
        """Say what each parameter of a complete grid changed, against the noise."""
        out, noise = [], _noise(self.groups)
        for name in self.groups[0].point if self.balanced else ():
            means = self.means_by_value(name)
            high = max(means, key=lambda each: each[1])
            low = min(means, key=lambda each: each[1])
            effect, pairs = high[1] - low[1], len(means) * (len(means) - 1) // 2
            if not pairs:
                continue
            sentence = _("Varying {name} made no difference beyond the noise ({effect}).")
            if effect > self._margin(high[1:], low[1:], noise, pairs):
                sentence = _(
                    "Varying {name} made a difference of {effect}: {high} with {best}, {low} with "
                    "{worst}."
                )
            figures = {"effect": _points(effect), "high": percent(high[1]), "low": percent(low[1])}
            best, worst = format_value(name, high[0]), format_value(name, low[0])
            out.append(sentence.format(name=label(name), best=best, worst=worst, **figures))
        return out

    def _endurance(self) -> str:
        """Say up to which share of wrong labels the accuracy stays near that without any."""
        if not self.balanced or WRONG_LABELS not in self.groups[0].point:
            return ""
        if self.plan.base.spoil.where == "validation":  # whose accuracy then says little
            return ""
        (first, best, _n), *more = self.means_by_value(WRONG_LABELS)
        if first != 0 or not more:
            return ""
        stood = [(0.0, best)]
        for share, accuracy, _n in more:
            if accuracy < best - BEARABLE:
                break
            stood.append((float(share), accuracy))
        words = {"lost": _points(BEARABLE), "share": percent(stood[-1][0], 0)}
        words |= {"right": percent(stood[-1][1]), "best": percent(best)}
        if len(stood) == 1:
            sentence = _("It stands none of these shares of wrong labels: each costs over {lost}.")
        else:
            sentence = _(
                "It stands {share} wrong labels: then {right} of validation images are right "
                "instead of {best}, less than {lost} lost."
            )
        return sentence.format(**words)

    def _measure(self) -> str:
        if self.noise is not None:
            return _(
                "Among the better settings, another seed changes the accuracy by {noise} (standard "
                "deviation). Differences are judged by that, at 95 %."
            ).format(noise=_points(self.noise.deviation))
        return _(
            "Each setting was trained once, so the noise between seeds is unknown. Differences are "
            "judged by the {n} validation images, at 95 %. Vary the seed as well to measure it."
        ).format(n=f"{self.plan.validated_base.validation_images:,}")

    def _left_out(self) -> str:
        parts = {
            TrialState.PRUNED: _("{n} stopped early, as others did better"),
            TrialState.FAILED: _("{n} failed"),
            TrialState.STOPPED: _("{n} stopped by hand or with the sweep"),
            TrialState.GONE: _("{n} deleted before the end"),
        }
        said = [text.format(n=self.ended[key]) for key, text in parts.items() if self.ended[key]]
        return _("Not compared: {list}.").format(list=", ".join(said)) if said else ""

    def _noise_of(self, one: Group, other: Group) -> float:
        first, second = ((each.accuracy, len(each.trials)) for each in (one, other))
        return self._margin(first, second, self.noise, len(self.groups) - 1)

    def _margin(self, one: Mean, other: Mean, noise: Noise | None, comparisons: int) -> float:
        """Return the difference in [0, 1] that two means of so many trials have by noise alone."""
        sure = 1 - RISK / max(1, comparisons) / 2
        if noise is not None:
            repeats = 1 / one[1] + 1 / other[1]
            return float(stdtrit(noise.freedom, sure)) * noise.deviation * math.sqrt(repeats)
        images = max(1, self.plan.validated_base.validation_images)
        variance = sum(_variance(mean, trials * images) for mean, trials in (one, other))
        return NormalDist().inv_cdf(sure) * math.sqrt(variance)


def compare_trials(plan: Plan, trials: Sequence[Trial]) -> Findings:
    """Compare the complete trials of a plan."""
    settings: dict[tuple[tuple[str, Value], ...], list[Trial]] = {}
    for trial in trials:
        key = tuple((name, value) for name, value in trial.point.items() if name != SEED)
        settings.setdefault(key, []).append(trial)
    groups, broken = [], []
    for key, found in settings.items():
        complete = [t for t in found if t.state is TrialState.COMPLETE and t.value is not None]
        if complete:
            groups.append(_group(dict(key), complete))
        elif all(trial.state is TrialState.FAILED for trial in found):
            broken.append(dict(key))
    groups.sort(key=lambda group: (-group.accuracy, group.seconds or 0.0))
    ended = Counter(trial.state for trial in trials)
    return Findings(plan, tuple(groups), tuple(broken), ended)


def pareto(points: Sequence[tuple[float, float]]) -> list[int]:
    """Return positions of the points (cost, accuracy) that no other beats in both, by cost."""
    front: list[int] = []
    for i in sorted(range(len(points)), key=lambda i: (points[i][0], -points[i][1])):
        if not front or points[i][1] > points[front[-1]][1]:
            front.append(i)
    return front


def _group(point: Point, trials: Sequence[Trial]) -> Group:
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
    """Pool the variances within groups."""
    gaps = [(trial.value or 0.0) - group.accuracy for group in groups for trial in group.trials]
    freedom = len(gaps) - len(groups)
    return Noise(math.sqrt(sum(gap**2 for gap in gaps) / freedom), freedom) if freedom else None


def _variance(accuracy: float, images: int) -> float:
    """Return the variance of an accuracy on so many images; a perfect one is not certain either."""
    inner = (accuracy * images + 1) / (images + 2)
    return inner * (1 - inner) / images


def _sorted(name: str, values: list[Value]) -> list[Value]:
    return values if PARAMETERS[name].kind == CHOICE else sorted(values, key=float)


def _names(points: Sequence[Point]) -> str:
    """Name settings; those that differ in one parameter by its values."""
    name, *others = points[0]
    if others:
        return "; ".join(map(search_space.describe_point, points))
    values = _sorted(name, [point[name] for point in points])
    return f"{label(name)} {', '.join(format_value(name, value) for value in values)}"


def _points(share: float) -> str:
    return _("{n} percentage points").format(n=f"{100 * share:.1f}")
