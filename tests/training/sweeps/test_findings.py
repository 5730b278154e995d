"""Findings claim no more than the figures show."""

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from model_store.recipe.recipe import Hidden, Recipe
from model_store.recipe.spoil import Spoil
from model_store.storage.sweep_store import Trial, TrialState
from training.sweeps.findings import Findings, compare_trials, pareto
from training.sweeps.plan import Plan
from training.sweeps.presets import QUESTIONS
from training.sweeps.search_space import Point, Range, Values

BASE = Recipe(dataset="digits", hidden=(Hidden(16),), epochs=2)
SEEDS = ("seed", Values((0, 1, 2)))
WIDTHS = ("units", Values((8, 16, 32)))


def done(plan: Plan, accuracy: Callable[[Point], float], seconds: float = 1.0) -> list[Trial]:
    """Return complete trials of all the plan's points."""
    return [
        Trial(
            number,
            point,
            state=TrialState.COMPLETE,
            curve=(accuracy(point),),
            value=accuracy(point),
            test=accuracy(point) - 0.01,
            seconds=seconds * float(point.get("units", 1)),
            parameters=plan.recipe(point).parameters,
        )
        for number, point in enumerate(plan.points)
    ]


def said(findings: Findings) -> str:
    return " ".join(findings.sentences())


def test_a_clear_winner_is_called_one() -> None:
    plan = Plan(BASE, (WIDTHS, SEEDS))
    gain = {8: 0.6, 16: 0.9, 32: 0.7}
    found = compare_trials(
        plan, done(plan, lambda p: gain[int(p["units"])] + 0.002 * int(p["seed"]))
    )
    assert found.best is not None and found.best.point == {"units": 16}
    assert found.ties == ()
    assert "Best is units 16, with 90.2 % of validation and 89.2 % of test images right" in said(
        found
    )
    assert (
        "Varying units made a difference of 30.0 percentage points: 90.2 % with 16, 60.2 %"
        in said(found)
    )
    assert "look beyond it" not in said(found), "the best one lies inside"


def test_what_works_and_what_fails_comes_before_the_noise() -> None:
    """Two rates fail completely: one stays at chance, the other's runs failed."""
    plan = Plan(BASE, QUESTIONS["learning-rate"].space)
    gain = {0.0001: 0.80, 0.001: 0.90, 0.003: 0.91, 0.01: 0.90, 0.1: 0.11}
    trials = [
        replace(trial, state=TrialState.FAILED, value=None)
        if trial.point["learning_rate"] == 1.0
        else trial
        for trial in done(
            plan, lambda p: gain.get(float(p["learning_rate"]), 0.0) + 0.01 * int(p["seed"])
        )
    ]
    sentences = compare_trials(plan, trials).sentences()
    assert sentences[0] == (
        "4 of 6 settings work: learning rate 0.0001, 0.001, 0.003, 0.01. "
        "These fail completely: learning rate 0.1, 1."
    )
    assert sentences[1].startswith("Best is learning rate 0.003, with 91.5 %")
    assert "Not compared: 2 failed." in sentences


@pytest.mark.parametrize(
    ("accuracy", "sentence"),
    [(0.1, "No setting works"), (0.5, "6 of 9 settings work, the other 3 fail completely")],
)
def test_many_settings_that_fail_are_counted(accuracy: float, sentence: str) -> None:
    plan = Plan(BASE, (WIDTHS, ("batch_size", Values((8, 16, 32)))))
    found = compare_trials(plan, done(plan, lambda p: accuracy if p["units"] != 8 else 0.1))
    assert said(found).startswith(sentence)


def test_the_best_at_an_end_says_look_further() -> None:
    plan = Plan(BASE, (WIDTHS, SEEDS))
    found = compare_trials(
        plan, done(plan, lambda p: 0.5 + int(p["units"]) / 100 + 1e-4 * int(p["seed"]))
    )
    assert "The best value of units is the largest tried: look beyond it." in said(found)


def test_noise_is_rarely_taken_for_a_finding() -> None:
    """At 95 %, about ten of 200 random draws look significant."""
    plan = Plan(BASE, (WIDTHS, SEEDS))
    trials = done(plan, lambda _p: 0.8)
    effects = winners = 0
    for seed in range(200):
        rng = random.Random(seed)
        drawn = [replace(trial, value=0.8 + rng.gauss(0.0, 0.01)) for trial in trials]
        sentences = said(compare_trials(plan, drawn))
        effects += "Varying units made no difference" not in sentences
        winners += "It leads by" in sentences
    assert effects <= 20
    assert winners <= 20


def test_without_repetition_the_images_are_the_measure() -> None:
    plan = Plan(BASE, (WIDTHS,))
    gain = {8: 0.90, 16: 0.91, 32: 0.50}
    found = compare_trials(plan, done(plan, lambda p: gain[int(p["units"])]))
    assert found.noise is None
    assert [group.point["units"] for group in found.ties] == [8]
    assert "units 8 may be as good" in said(found)
    assert "Each setting was trained once" in said(found)
    assert "The quickest of them is units 8: 8.0 s instead of 16.0 s." in said(found)


def test_perfect_accuracies_are_not_certain() -> None:
    plan = Plan(BASE, (WIDTHS,))
    found = compare_trials(plan, done(plan, lambda _p: 1.0))
    assert len(found.ties) == 2
    assert "every other setting may be as good" in said(found)


def test_what_was_left_out_is_counted() -> None:
    plan = Plan(BASE, (WIDTHS, SEEDS))
    trials = done(plan, lambda p: 0.8)
    states = (TrialState.PRUNED, TrialState.FAILED, TrialState.STOPPED, TrialState.GONE)
    for number, state in enumerate(states):
        trials[number] = Trial(number, trials[number].point, state=state)
    found = compare_trials(plan, trials)
    assert not found.balanced
    assert "Varying" not in said(found), "means over an unbalanced grid would mislead"
    for words in ("1 stopped early", "1 failed", "1 stopped by hand", "1 deleted"):
        assert words in said(found)


@pytest.mark.parametrize("count", [0, 1])
def test_hardly_anything_done_is_said_so(count: int) -> None:
    plan = Plan(BASE, (WIDTHS,))
    found = compare_trials(plan, done(plan, lambda _p: 0.8)[:count])
    if count:
        assert said(found).startswith("The result: units 8, with 80.0 %")
    else:
        assert said(found) == "No trial was trained to its end, so there is nothing to compare."
        assert found.best is None and found.ties == ()


def test_one_setting_with_several_seeds_is_one_setting() -> None:
    plan = Plan(BASE, (SEEDS,))
    found = compare_trials(plan, done(plan, lambda p: 0.8 + 0.01 * int(p["seed"])))
    assert len(found.groups) == 1
    assert said(found).startswith("The result: the base recipe, with 81.0 %")


def test_a_search_is_compared_but_has_no_means() -> None:
    plan = Plan(BASE, (("learning_rate", Range(0.001, 0.1)),), method="random", trials=6)
    found = compare_trials(plan, done(plan, lambda p: float(p["learning_rate"])))
    assert found.best is not None
    assert found.best.accuracy == max(float(p["learning_rate"]) for p in plan.points)
    assert not found.balanced


@pytest.mark.parametrize(
    ("points", "front"),
    [
        ([], []),
        ([(1.0, 0.5)], [0]),
        ([(2.0, 0.9), (1.0, 0.5), (3.0, 0.8)], [1, 0]),
        ([(1.0, 0.5), (1.0, 0.6), (2.0, 0.6)], [1]),
        ([(3.0, 0.1), (2.0, 0.2), (1.0, 0.3)], [2]),
    ],
)
def test_the_front_is_what_nothing_beats_in_both(
    points: list[tuple[float, float]], front: list[int]
) -> None:
    assert pareto(points) == front


@pytest.mark.parametrize(
    ("accuracies", "sentence"),
    [
        (
            {0.0: 0.97, 0.2: 0.96, 0.4: 0.93, 0.6: 0.8, 0.8: 0.4},
            "It stands 40 % wrong labels: then 93.0 % of validation images are right instead of "
            "97.0 %",
        ),
        ({0.0: 0.9, 0.2: 0.7, 0.4: 0.89, 0.6: 0.3, 0.8: 0.1}, "It stands none of these shares"),
        ({0.0: 0.9, 0.2: 0.9, 0.4: 0.9, 0.6: 0.9, 0.8: 0.9}, "It stands 80 % wrong labels"),
    ],
)
def test_how_many_wrong_labels_it_stands(accuracies: dict[float, float], sentence: str) -> None:
    plan = Plan(BASE, QUESTIONS["wrong-labels"].space)
    trials = done(plan, lambda p: accuracies[float(p["wrong_labels"])])
    assert sentence in said(compare_trials(plan, trials))
    assert "It stands" not in said(compare_trials(plan, trials[:-1])), "the grid is not complete"
    spoiled = Plan(BASE.with_(spoil=Spoil(noise=0.1, where="validation")), plan.space)
    assert "It stands" not in said(compare_trials(spoiled, trials)), "validation is spoiled too"
