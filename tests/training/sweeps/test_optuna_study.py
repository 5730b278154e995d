"""Adapter of Optuna: points, pruning, importance; no network, no TensorFlow."""

import math
import subprocess
import sys
from dataclasses import replace

import pytest

from model_store.recipe.recipe import Hidden, Recipe
from model_store.storage.sweep_store import Trial, TrialState
from tests.support.engines import CODE
from training.sweeps.optuna_study import Study, importances
from training.sweeps.plan import Plan
from training.sweeps.search_space import Point, Range, Values

BASE = Recipe(dataset="digits", hidden=(Hidden(16),), epochs=9)
SPACE = (("learning_rate", Range(1e-4, 1.0, log=True)), ("units", Range(4, 64, log=True)))
OUTBOUND = """
import socket, sys
def refuse(*args, **kwargs): raise AssertionError("a call leaves the machine")
socket.socket.connect = socket.getaddrinfo = refuse
from tests.training.sweeps.test_optuna_study import PLAN, complete, importances, Study
study = Study(PLAN)
for number in range(8):
    point = study.ask(set())
    study.add(number, point)
    study.tell(complete(number, point, 0.1 * number))
print(sorted(name for name in ("tensorflow", "keras", "torch") if name in sys.modules))
"""
PLAN = Plan(BASE, SPACE, method="bayes", trials=24)


def complete(number: int, point: Point, value: float) -> Trial:
    return Trial(number, point, state=TrialState.COMPLETE, curve=(value,), value=value)


def quality(point: Point) -> float:
    """Return the quality of a point: best at a rate of 0.01, for any width."""
    return 1 - 0.2 * abs(math.log10(float(point["learning_rate"])) + 2)


def test_a_search_goes_where_it_went_well() -> None:
    study, trials = Study(PLAN), []
    for number in range(24):
        point = study.ask({PLAN.recipe(trial.point).hash for trial in trials})
        assert point is not None
        assert PLAN.recipe(point)
        study.add(number, point)
        trials.append(complete(number, point, quality(point)))
        study.tell(trials[-1])
    late = [quality(trial.point) for trial in trials[12:]]
    early = [quality(trial.point) for trial in trials[:8]]
    assert sum(late) / len(late) > sum(early) / len(early)
    assert max(late) > 0.9
    assert len({PLAN.recipe(trial.point).hash for trial in trials}) == 24


def test_a_study_that_is_built_again_goes_on() -> None:
    points = [{"learning_rate": 0.001 * n, "units": 8} for n in range(1, 7)]
    trials = [complete(n, point, quality(point)) for n, point in enumerate(points)]
    trials.append(Trial(6, {"learning_rate": 0.5, "units": 9}, curve=(0.1, 0.2)))
    study = Study(PLAN, trials)
    assert study.ask(set()) is not None
    further = replace(trials[6], curve=(0.1, 0.2, 0.3))
    assert study.report(further) is False, "no pruning was asked for"
    study.tell(complete(6, trials[6].point, 0.3))


def test_when_all_is_tried_there_is_nothing_left() -> None:
    plan = Plan(BASE, (("units", Values((4, 8))),), method="bayes", trials=9)
    seen = {plan.recipe({"units": units}).hash for units in (4, 8)}
    assert Study(plan).ask(seen) is None
    other = Study(plan).ask({plan.recipe({"units": 4}).hash})
    assert other is not None and other["units"] == 8


@pytest.mark.parametrize("pruning", ["median", "hyperband", "none"])
def test_pruning_stops_the_hopeless_and_spares_the_best(pruning: str) -> None:
    plan = Plan(BASE, (("seed", Range(0, 49)),), method="random", trials=20, pruning=pruning)
    study = Study(plan)
    stopped: dict[int, bool] = {}
    for number, point in enumerate(plan.points):
        level = 0.1 if number % 5 == 4 else 0.8 + 0.001 * number
        study.add(number, point)
        curve = tuple(level + 0.001 * epoch for epoch in range(1, 10))
        trial = Trial(number, point)
        stopped[number] = any(
            study.report(replace(trial, curve=curve[:epoch])) for epoch in range(1, 10)
        )
        state = TrialState.PRUNED if stopped[number] else TrialState.COMPLETE
        value = None if stopped[number] else level + 0.009
        study.tell(Trial(number, point, state=state, curve=(level,) * 9, value=value))
    hopeless = [stopped[number] for number in stopped if number % 5 == 4]
    assert any(hopeless) == (pruning != "none")
    if pruning == "median":
        assert all(hopeless)
        assert not any(stopped[number] for number in stopped if number % 5 != 4)


def test_no_trial_is_judged_by_its_first_epoch() -> None:
    plan = Plan(BASE, (("seed", Range(0, 49)),), method="random", trials=8, pruning="median")
    study = Study(plan)
    for number, point in enumerate(plan.points[:5]):
        study.add(number, point)
        study.report(Trial(number, point, curve=(0.9,) * 9))
        study.tell(complete(number, point, 0.9))
    last = Trial(5, plan.points[5])
    study.add(5, last.point)
    assert study.report(replace(last, curve=(0.1,))) is False
    assert study.report(replace(last, curve=(0.1, 0.1))) is True


def test_importance_finds_what_matters() -> None:
    grid = Plan(
        BASE, (("learning_rate", Values((0.001, 0.01, 0.1))), ("units", Values((4, 8, 16))))
    )
    trials = [complete(n, point, quality(point)) for n, point in enumerate(grid.points)]
    shares = importances(grid, trials)
    assert list(shares) == ["learning_rate", "units"]
    assert shares["learning_rate"] > 0.9
    assert sum(shares.values()) == pytest.approx(1.0)


def test_importance_is_not_made_up() -> None:
    one = Plan(BASE, (("units", Values((4, 8, 16, 32))),))
    many = [complete(n, point, 0.1 * n) for n, point in enumerate(one.points)]
    assert importances(one, many) == {}
    two = Plan(BASE, (("units", Values((4, 8))), ("seed", Values((0, 1)))))
    trials = [complete(n, point, 0.1 * n) for n, point in enumerate(two.points)]
    assert importances(two, trials[:3]) == {}, "too few"
    assert importances(two, [complete(t.number, t.point, 0.5) for t in trials]) == {}, "all alike"
    assert importances(two, [Trial(t.number, t.point) for t in trials]) == {}
    assert importances(two, trials)


def test_optuna_uses_no_network_and_no_tensorflow() -> None:
    found = subprocess.run(
        [sys.executable, "-c", OUTBOUND], cwd=CODE, capture_output=True, text=True, timeout=120
    )
    assert found.stdout.strip() == "[]", found.stderr
