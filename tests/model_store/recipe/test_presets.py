"""Presets: round trips through files and links, and published figures for a run."""

import json

import pytest

from model_store.recipe.presets import PRESETS, TUTORIALS, find_preset
from model_store.recipe.recipe import Recipe


@pytest.mark.parametrize("name", PRESETS)
def test_presets_survive_dict_json_and_link(name: str) -> None:
    recipe = PRESETS[name].recipe
    assert Recipe.from_dict(json.loads(json.dumps(recipe.to_dict()))) == recipe
    assert Recipe.from_link(recipe.to_link()) == recipe


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("fashion-mlp-5", 101_770),
        ("fashion-dropout", 113_546),
        ("mnist-mlp-512", 669_706),
        ("mnist-softmax-regression", 7_850),
    ],
)
def test_tutorials_have_their_documents_parameters(name: str, parameters: int) -> None:
    assert TUTORIALS[name].recipe.parameters == parameters


@pytest.mark.parametrize("name", TUTORIALS)
def test_a_tutorial_finds_its_own_figures(name: str) -> None:
    assert find_preset(TUTORIALS[name].recipe) is TUTORIALS[name]


def test_presets_with_equal_settings_are_found_by_name() -> None:
    basic = TUTORIALS["tf-basic-classification"]
    assert basic.recipe.hash == TUTORIALS["fashion-mlp-5"].recipe.hash
    found = find_preset(basic.recipe)
    assert found is not None and found.figures["test_accuracy"] == 0.8713


def test_a_recipe_without_a_name_is_found_by_its_settings() -> None:
    recipe = TUTORIALS["mnist-mlp-512"].recipe.with_(name="", seed=7)
    assert find_preset(recipe) is TUTORIALS["mnist-mlp-512"]


def test_other_settings_have_no_published_figures() -> None:
    renamed = Recipe(name=TUTORIALS["fashion-mlp-5"].recipe.name)
    assert find_preset(renamed) is None
    assert find_preset(PRESETS["digits-quick"].recipe) is None
