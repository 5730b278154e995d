"""Learning rates over a training; that they are Keras' own: `tests/training/loop`."""

import pytest

from model_store.recipe.rates import planned_rates
from model_store.recipe.recipe import Recipe

BASE = Recipe(dataset="digits", epochs=4, learning_rate=0.01)


def test_a_constant_rate_is_no_plan_and_a_plateau_starts_flat() -> None:
    assert planned_rates(BASE) == []
    assert planned_rates(BASE.with_(schedule="plateau", validation="test")) == [
        (0.0, 0.01),
        (4.0, 0.01),
    ]


@pytest.mark.parametrize("recipe", [BASE, BASE.with_(dataset="mnist", epochs=200, batch_size=1)])
def test_a_plan_goes_from_the_first_step_to_the_last_with_few_points(recipe: Recipe) -> None:
    plan = planned_rates(recipe.with_(schedule="cosine", warmup=1.3))
    epochs, rates = zip(*plan, strict=True)
    assert list(epochs) == sorted(epochs)
    assert (epochs[0], epochs[-1]) == (0.0, recipe.epochs)
    assert len(plan) <= 202
    assert max(rates) == pytest.approx(0.01, rel=1e-6), "the end of the warm-up is among them"
    assert (rates[0], rates[-1]) == (0.0, pytest.approx(0.0, abs=1e-5))
