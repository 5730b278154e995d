"""A sweep's figures and cards, from plain data."""

from collections.abc import Sequence

import pytest

from model_store.recipe.recipe import Hidden, Recipe
from model_store.storage.sweep_store import Trial, TrialState
from pages.ui.figures import sweep, theme, trial_cards
from training.sweeps.findings import compare_trials
from training.sweeps.plan import Plan
from training.sweeps.search_space import Values

BASE = Recipe(dataset="digits", hidden=(Hidden(16),), epochs=3)
PLAN = Plan(
    BASE,
    (
        ("learning_rate", Values((0.001, 0.01))),
        ("optimizer", Values(("adam", "sgd"))),
        ("dropout", Values((0.0, 0.5))),
    ),
)


def done(plan: Plan) -> list[Trial]:
    return [
        Trial(
            *(number, point, "hash", f"run-{number}", TrialState.COMPLETE),
            curve=(0.2, 0.5 + number / 100),
            value=0.5 + number / 100,
            test=0.5,
            seconds=1.0 + number,
            parameters=100,
        )
        for number, point in enumerate(plan.points)
    ]


def test_parallel_coordinates_have_every_setting_on_its_scale() -> None:
    trials = [*done(PLAN), Trial(8, PLAN.points[0], state=TrialState.PRUNED)]
    (lines,) = sweep.parallel_coordinates(list(PLAN.dimensions), trials).data
    axes = {axis.label: axis for axis in lines.dimensions}
    assert list(axes) == ["learning rate", "optimizer", "dropout", "accuracy"]
    assert all(len(axis["values"]) == 8 for axis in lines.dimensions), "complete trials alone"
    assert set(axes["learning rate"]["values"]) == {-3.0, -2.0}
    assert list(axes["learning rate"].ticktext) == ["0.001", "0.01"]
    assert list(axes["optimizer"].ticktext) == ["Adam", "SGD"]
    assert set(axes["dropout"]["values"]) == {0.0, 0.5}


@pytest.mark.parametrize("name", PLAN.dimensions)
def test_the_effect_of_each_setting(name: str) -> None:
    dots, means = sweep.setting_effect(compare_trials(PLAN, done(PLAN)), name).data
    assert len(dots.x) == 8
    assert len(means.x) == 2


def test_means_are_drawn_for_a_complete_grid_alone() -> None:
    assert len(sweep.setting_effect(compare_trials(PLAN, done(PLAN)[:-1]), "dropout").data) == 1


@pytest.mark.parametrize("cost", ["seconds", "parameters"])
def test_what_accuracy_costs(cost: str) -> None:
    settings, front = sweep.cost_tradeoff(compare_trials(PLAN, done(PLAN)), cost).data
    assert len(settings.x) == 8
    assert len(front.x) == (8 if cost == "seconds" else 1)


@pytest.mark.parametrize("trials", [[], [Trial(0, {"units": 8})]])
def test_nothing_yet_draws_an_empty_figure(trials: Sequence[Trial]) -> None:
    assert len(sweep.trial_curves(trials, None, 3).data) == 0
    assert trial_cards.cards(trials, None).count("listitem") == len(trials)


def test_many_long_curves_stay_small() -> None:
    trials = [Trial(n, {"seed": n}, curve=tuple(i / 200 for i in range(200))) for n in range(200)]
    figure = sweep.trial_curves(trials, 7, 200)
    assert sum(len(trace.x) for trace in figure.data) <= sweep.POINTS
    assert figure.data[-1].line.color == theme.ORANGE, "the best is drawn on top"
    assert len(trial_cards.cards(trials[:24], 7)) < 40_000


@pytest.mark.parametrize("count", [1, 2, 39, 40, 41, 200])
def test_thinning_keeps_both_ends(count: int) -> None:
    curve = [float(i) for i in range(count)]
    kept = trial_cards.thinned(curve, 40)
    assert len(kept) == min(count, 40)
    assert kept[0] == (1, 0.0) and kept[-1] == (count, count - 1.0)


def test_cards_escape_what_they_say() -> None:
    trial = Trial(0, {"optimizer": "<b>"}, run='"><script>', message="<i>why</i>")
    html = trial_cards.cards([trial], None)
    assert "<script>" not in html and "<b><" not in html and "<i>" not in html
    assert "&lt;i&gt;why" in html


def test_trials_in_work_come_first_then_the_best() -> None:
    trials = [
        Trial(0, {}, state=TrialState.FAILED),
        Trial(1, {}, state=TrialState.COMPLETE, value=0.5),
        Trial(2, {}, state=TrialState.PRUNED, curve=(0.9,)),
        Trial(3, {}, state=TrialState.COMPLETE, value=0.7),
        Trial(4, {}),
    ]
    assert [trial.number for trial in trial_cards.ranked(trials)] == [4, 3, 1, 2, 0]
