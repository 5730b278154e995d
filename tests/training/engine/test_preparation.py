"""What free workers compile ahead: the newest wish, once, and never in a training's way."""

import pytest

from model_store.recipe.recipe import Hidden, Recipe
from training.engine.preparation import (
    MAX_WISHES,
    WAIT_SECONDS,
    WISH_SECONDS,
    Compilation,
    Preparation,
)


def network(units: int) -> Recipe:
    return Recipe(dataset="digits", hidden=(Hidden(units),))


ONE, TWO, THREE = network(1), network(2), network(3)


@pytest.fixture
def ahead() -> Preparation:
    return Preparation()


def compiled(ahead: Preparation, recipe: Recipe, *free: str) -> Compilation:
    """Have one of the free workers compile a recipe."""
    ahead.wish(recipe, 0.0)
    task = ahead.begin(free, WAIT_SECONDS)
    assert task is not None and task.recipe == recipe
    assert ahead.end(task.id, failed=False) == task
    return task


def test_without_a_wish_or_a_free_worker_nothing_is_compiled(ahead: Preparation) -> None:
    assert ahead.begin(["w1"], WAIT_SECONDS) is None
    ahead.wish(ONE, 0.0)
    assert ahead.begin([], WAIT_SECONDS) is None
    assert ahead.begin(["w1"], WAIT_SECONDS + 1.0) is not None, "the wish is still there"


def test_a_wish_waits_however_often_it_is_repeated(ahead: Preparation) -> None:
    """A class that opens a page needs the processors for its pages first."""
    for now in (0.0, 0.4, 0.8):
        ahead.wish(ONE, now)
    assert ahead.begin(["w1"], WAIT_SECONDS - 0.1) is None
    ahead.wish(TWO, WAIT_SECONDS - 0.1)
    task = ahead.begin(["w1"], WAIT_SECONDS)
    assert task is not None and task.recipe == ONE, "the newer one waits"


def test_a_wish_that_is_repeated_after_it_was_forgotten_counts_again(ahead: Preparation) -> None:
    ahead.wish(ONE, 0.0)
    again = WISH_SECONDS + 1.0
    ahead.wish(ONE, again)
    assert ahead.begin(["w1"], again) is None
    assert ahead.begin(["w1"], again + WAIT_SECONDS) is not None


def test_the_newest_wish_wins_and_one_is_compiled_at_a_time(ahead: Preparation) -> None:
    for recipe in (ONE, TWO, THREE, ONE):
        ahead.wish(recipe, 0.0)
    first = ahead.begin(["w1", "w2"], WAIT_SECONDS)
    assert first is not None and first.recipe == ONE
    assert ahead.begin(["w1", "w2"], WAIT_SECONDS) is None
    ahead.end(first.id, failed=False)
    second = ahead.begin(["w1", "w2"], WAIT_SECONDS)
    assert second is not None and (second.recipe, second.worker) == (THREE, "w2")


def test_an_old_wish_is_forgotten(ahead: Preparation) -> None:
    ahead.wish(ONE, 0.0)
    ahead.wish(TWO, 0.0)
    assert ahead.begin(["w1"], WISH_SECONDS + 0.1) is None
    assert ahead.begin(["w1"], WAIT_SECONDS) is None


def test_only_the_last_wishes_of_many_visitors_count(ahead: Preparation) -> None:
    wishes = [network(units) for units in range(1, 200)]
    for recipe in wishes:
        ahead.wish(recipe, 0.0)
    done = []
    while (task := ahead.begin(["w1"], WAIT_SECONDS)) is not None:
        done.append(task.recipe)
        ahead.end(task.id, failed=False)
    assert done == wishes[: -MAX_WISHES - 1 : -1]


def test_a_shape_is_compiled_once_whatever_else_differs(ahead: Preparation) -> None:
    compiled(ahead, ONE, "w1", "w2")
    for same in (ONE.with_(epochs=9, learning_rate=0.5, name="Ada", seed=3), ONE):
        ahead.wish(same, 0.0)
        assert ahead.begin(["w1", "w2"], WAIT_SECONDS) is None
    for other in (ONE.with_(batch_size=9), ONE.with_(dataset="mnist"), ONE.with_(optimizer="sgd")):
        compiled(ahead, other, "w1", "w2")
    ahead.wish(ONE, 0.0)
    task = ahead.begin(["w2"], WAIT_SECONDS)
    assert task is not None, "the worker that has it is busy"


def test_a_network_too_large_to_be_kept_is_not_compiled(ahead: Preparation) -> None:
    ahead.wish(Recipe(hidden=(Hidden(4000), Hidden(4000))), 0.0)
    assert ahead.begin(["w1"], WAIT_SECONDS) is None


def test_what_a_worker_failed_at_is_not_tried_again(ahead: Preparation) -> None:
    ahead.wish(ONE, 0.0)
    task = ahead.begin(["w1"], WAIT_SECONDS)
    assert task is not None and ahead.end(task.id, failed=True) == task
    ahead.wish(ONE, 0.0)
    assert ahead.begin(["w1", "w2"], WAIT_SECONDS) is None
    compiled(ahead, TWO, "w1")


def test_a_training_goes_to_the_worker_where_it_starts_first(ahead: Preparation) -> None:
    compiled(ahead, ONE, "w2", "w3")
    assert ahead.choose(["w1", "w2", "w3"], ONE) == "w2"
    assert ahead.choose(["w1", "w2", "w3"], TWO) == "w1"
    assert ahead.choose(["w1", "w3"], ONE) == "w1"
    ahead.wish(TWO, 0.0)
    now = ahead.begin(["w1", "w2"], WAIT_SECONDS)
    assert now is not None and now.worker == "w1"
    assert ahead.choose(["w1", "w2"], TWO) == "w1", "it has begun already"
    assert ahead.choose(["w1", "w2"], THREE) == "w2", "the other one does not wait"
    assert ahead.choose(["w1"], THREE) == "w1"


def test_only_what_is_in_the_way_of_the_training_is_stopped(ahead: Preparation) -> None:
    ahead.wish(ONE, 0.0)
    task = ahead.begin(["w1", "w2"], WAIT_SECONDS)
    assert task is not None
    assert ahead.assign("w2", TWO) is None
    assert ahead.assign("w1", TWO) == task.id
    ahead.end(task.id, failed=False)
    ahead.keep(["w2"])
    assert ahead.choose(["w1", "w2"], TWO) == "w2", "trained there"


def test_what_was_stopped_is_not_compiled(ahead: Preparation) -> None:
    ahead.wish(ONE, 0.0)
    task = ahead.begin(["w1"], WAIT_SECONDS)
    assert task is not None and ahead.assign("w1", TWO) == task.id
    ahead.end(task.id, failed=False)
    compiled(ahead, ONE, "w1")


def test_workers_that_are_gone_are_forgotten(ahead: Preparation) -> None:
    compiled(ahead, ONE, "w1")
    ahead.wish(TWO, 0.0)
    task = ahead.begin(["w1"], WAIT_SECONDS)
    assert task is not None and ahead.is_compiling("w1")
    ahead.keep(["w2"])
    assert not ahead.is_compiling("w1")
    assert ahead.end(task.id, failed=True) is None, "its end comes too late"
    compiled(ahead, ONE, "w1")
    compiled(ahead, TWO, "w1")


def test_an_unknown_end_means_nothing(ahead: Preparation) -> None:
    assert ahead.end("prepare-0", failed=True) is None
    ahead.wish(ONE, 0.0)
    task = ahead.begin(["w1"], WAIT_SECONDS)
    assert ahead.end("another", failed=True) is None
    assert ahead.current == task


def test_a_worker_keeps_only_as_many_programs_as_it_can(ahead: Preparation) -> None:
    for units in range(1, 10):
        compiled(ahead, network(units), "w1")
    compiled(ahead, network(1), "w1")
    large = Recipe(hidden=(Hidden(3000), Hidden(2000)))
    compiled(ahead, large, "w1")
    compiled(ahead, large.with_(batch_size=64), "w1")
    compiled(ahead, large, "w1")
