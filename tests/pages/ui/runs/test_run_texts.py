"""Sentences about how a run ended and how its learning rate changed."""

from dataclasses import replace
from pathlib import Path

from model_store import Run, RunState
from model_store.recipe.recipe import Recipe
from model_store.runs.events import EpochEnd, LearningRate
from model_store.runs.history import History
from pages.ui.runs.run_texts import ending_text, rate_text

RECIPE = Recipe(epochs=20, validation="test", patience=3)
RUN = Run("r", Path(), RECIPE, "ann", RunState.DONE, "", 0.0)
HISTORY = History(epochs=(EpochEnd(1, 100, 1.0, 0.5, 1.0, 0.5, 1.0, 0.0005, 0.0),))


def test_a_run_that_stopped_early_says_when_why_and_what_it_kept() -> None:
    run = replace(RUN, result={"epochs": 7, "kept_epoch": 4, "stopped_early": True})
    assert ending_text(run) == (
        "It stopped after epoch 7 of 20: for 3 epochs the validation loss had not improved. "
        "The model has the weights of epoch 4, where the validation loss was best."
    )
    whole = replace(RUN, result={"epochs": 20, "kept_epoch": 19, "stopped_early": False})
    assert ending_text(whole).startswith("The model has the weights of epoch 19")
    assert ending_text(replace(RUN, result={"epochs": 20})) == "", "of an older run"


def test_a_learning_rate_that_changed_is_described() -> None:
    assert rate_text(RUN, HISTORY) == ""
    cosine = replace(RUN, recipe=RECIPE.with_(schedule="cosine", warmup=1.5))
    assert rate_text(cosine, HISTORY) == (
        "Learning rate schedule: cosine. Warm-up: it grew from 0 over 1.5 epochs. "
        "It was 0.001 at most and 0.0005 in the last step."
    )
    assert rate_text(cosine, History()) == "", "nothing is known of an imported run"
    rates = [LearningRate(1, 1.0, 0.5, 0.0, by) for by in ("plateau", "hand", "plateau")]
    changed = replace(HISTORY, learning_rates=tuple(rates))
    text = rate_text(replace(RUN, recipe=RECIPE.with_(schedule="plateau")), changed)
    assert "It was lowered 2 times on plateau. A person set it to 0.5. It was 0.5 at" in text
