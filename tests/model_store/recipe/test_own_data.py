"""Own data sets in recipes: their description travels, and a hostile one gets a sentence."""

from typing import Any

import pytest

from model_store.recipe.own_data import MAX_CLASSES, describe, is_own, to_dict, unnamed
from model_store.recipe.recipe import Recipe, RecipeError

NAME = "own-0123456789abcdef"
DATA = describe("Zoo", ("cat", "dog", "a fish"), 60, 12, "drawn by us; CC0", False)
RECIPE = Recipe(dataset=NAME, own=DATA)


def test_a_link_and_a_file_bring_the_description_with_them() -> None:
    for again in (Recipe.from_link(RECIPE.to_link()), Recipe.from_dict(RECIPE.to_dict())):
        assert again == RECIPE
        assert again.hash == RECIPE.hash
    assert RECIPE.classes == 3
    assert RECIPE.network == "784-128-3"
    assert RECIPE.title == "Zoo 784-128-3 adam"
    assert RECIPE.train_images == 60
    assert RECIPE.with_(own=describe("Zoo", ("a", "b"), 60, 12, "", False)).hash != RECIPE.hash


def test_another_data_set_leaves_the_description_behind() -> None:
    again = RECIPE.with_(dataset="digits")
    assert again.own is None
    assert again == Recipe(dataset="digits")
    assert again.hash == Recipe(dataset="digits").hash


def test_words_of_a_person_are_not_translated() -> None:
    data = describe("MNIST", ("Shirt", "Bag"), 60, 12, "", True)
    assert (data.title, data.names) == ("MNIST", ("Shirt", "Bag"))


@pytest.mark.parametrize("classes", range(2, MAX_CLASSES + 1))
def test_a_network_without_a_data_set_has_a_recipe(classes: int) -> None:
    name, own = unnamed(classes)
    assert Recipe(dataset=name, own=own).classes == classes
    assert is_own(name) == (classes != 10)


@pytest.mark.parametrize(
    "own",
    [
        *(None, 1, "x", [], {}, {"label": "Zoo"}, to_dict(DATA) | {"more": 1}),
        *(
            to_dict(DATA) | {"classes": classes}
            for classes in (None, "ab", ["a"], [1, 2], [[], {}])
        ),
        *(to_dict(DATA) | {"classes": list("abcdefghijk")},),
        *(to_dict(DATA) | {"classes": ["a", "A"]}, to_dict(DATA) | {"classes": ["a", "b" * 1000]}),
        *(to_dict(DATA) | {"train": size} for size in (0, -1, 1e9, 10**30, "60", True, None)),
        *(to_dict(DATA) | {"label": label} for label in ("", 3, None, "a\nb", "x" * 41, "[a](b)")),
        *(to_dict(DATA) | {"licence": text} for text in (None, 1, "x" * 200, "\ud800")),
        *(to_dict(DATA) | {"drawable": value} for value in (None, 1, "yes")),
    ],
)
def test_a_hostile_description_is_refused_with_a_sentence(own: Any) -> None:
    with pytest.raises(RecipeError) as refused:
        Recipe.from_dict({"dataset": NAME, "own": own})
    assert refused.value.problems["dataset"].endswith(".")


@pytest.mark.parametrize("name", ["own-1", "own-0123456789abcdeg", "own-../x", "zoo", 3, None, []])
def test_a_name_that_is_none_is_refused(name: Any) -> None:
    with pytest.raises(RecipeError) as refused:
        Recipe.from_dict({"dataset": name, "own": to_dict(DATA)})
    assert refused.value.problems["dataset"]


def test_more_images_than_it_has_are_refused() -> None:
    for field, value in (("subset", 61), ("batch_size", 61)):
        with pytest.raises(RecipeError) as refused:
            RECIPE.with_(**{field: value})
        assert field in refused.value.problems
