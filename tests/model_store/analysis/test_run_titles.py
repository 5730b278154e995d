"""Distinct titles of runs."""

from pathlib import Path

from model_store import Run, RunState
from model_store.analysis.run_titles import display_titles
from model_store.recipe.recipe import Recipe


def run(number: int, owner: str, **settings: object) -> Run:
    recipe = Recipe().with_(**settings)
    return Run(f"run-{number}", Path(), recipe, owner, RunState.DONE, "", 1_767_225_600.0)


def titles(*runs: Run) -> list[str]:
    return list(display_titles(runs, lambda run: run.owner).values())


def test_a_single_title_stays_as_it_is() -> None:
    assert titles(run(1, "Ana"), run(2, "Ben", name="mine")) == ["MNIST 784-128-10 adam", "mine"]


def test_equal_titles_say_what_differs_and_whose_the_run_is() -> None:
    base = "MNIST 784-128-10 adam"
    assert titles(run(1, "Ana"), run(2, "Ben", seed=3, learning_rate=0.01)) == [
        f"{base} · learning rate 0.001 · seed 0 · Ana",
        f"{base} · learning rate 0.01 · seed 3 · Ben",
    ]
    assert titles(run(1, "Ana"), run(2, "Ben")) == [f"{base} · Ana", f"{base} · Ben"]
    assert titles(run(1, "Ana", epochs=1), run(2, "Ana", epochs=2))[1] == f"{base} · epochs 2"


def test_twins_of_one_owner_differ_by_their_start_and_id() -> None:
    one, other = titles(run(1, "Ana"), run(2, "Ana"))
    assert one.startswith("MNIST 784-128-10 adam · 20") and one.endswith(" · 1")
    assert other.endswith(" · 2")
