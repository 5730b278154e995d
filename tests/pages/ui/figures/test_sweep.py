"""A sweep's figures, from plain data."""

import pytest

from model_store.recipe.recipe import Hidden, Recipe
from model_store.storage.sweep_store import Trial, TrialState
from pages.ui.figures import sweep
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
