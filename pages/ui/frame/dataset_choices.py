"""Data sets that this visitor can choose from: the app's, their own, and shared ones.

Script thread.
"""

from collections.abc import Mapping
from dataclasses import replace

from model_store.recipe.choices import DATASETS, Dataset
from model_store.recipe.recipe import Recipe
from pages.ui.services import singletons
from pages.ui.state import visitor


def dataset_choices(recipe: Recipe | None = None) -> dict[str, Dataset]:
    """Return the data sets by name, that of `recipe` among them; no two have one title.

    The titles are those to show: another data set with a known title has a number behind it.
    """
    own = {card.name: card.about for card in singletons.own_sets().listed(visitor.visitor_id())}
    if recipe is not None and recipe.own is not None:
        own[recipe.dataset] = recipe.own
    found, titles = dict(DATASETS), {data.title for data in DATASETS.values()}
    for name, data in own.items():
        title, number = data.title, 1
        while title in titles:
            number += 1
            title = f"{data.title} ({number})"
        titles.add(title)
        found[name] = replace(data, label=title)
    return found


def own_dataset(name: str, recipe: Recipe | None = None) -> Dataset | None:
    """Return the description of an own data set as recipes have it; None for any other.

    Raises:
        DataError: if it is gone, and `recipe` does not describe it.
    """
    if name in DATASETS:
        return None
    if recipe is not None and recipe.dataset == name:
        return recipe.own
    return singletons.own_sets().open(name).about


def titles(choices: Mapping[str, Dataset]) -> dict[str, str]:
    """Return the titles by name."""
    return {name: data.title for name, data in choices.items()}
