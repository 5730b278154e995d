"""Names and values of settings as pages show them."""

import pytest

from model_store.analysis.recipe_diff import settings
from model_store.analysis.setting_names import setting_name, setting_value
from model_store.recipe.choices import OPTIMIZERS
from model_store.recipe.recipe import Augment, Hidden, Recipe
from model_store.recipe.spoil import Spoil


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_setting_has_a_name_and_a_value_to_read(optimizer: str) -> None:
    recipe = Recipe(
        hidden=(Hidden(8, "relu", 0.5),),
        optimizer=optimizer,
        validation="split",
        augment=Augment(shift=1.0),
        spoil=Spoil(
            0.5, 0, 9, rare_class=0, rare_share=0.1, noise=0.1, patch=1, where="validation"
        ),
    )
    for name, value in settings(recipe).items():
        assert setting_name(name)[0].isupper()
        assert setting_value(name, value)
    assert (
        setting_value("seed", 12345) == "12345" and setting_value("train_images", 12345) == "12,345"
    )
    assert setting_value("optimizer", "sgd") == "SGD" and setting_value("l1", None) == "–"
