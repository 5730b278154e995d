"""Differences between recipes, and between their initial weights in Keras."""

import io
from dataclasses import fields

import numpy as np
import pytest

from model_store.analysis.initial_weights import start_diff
from model_store.analysis.recipe_diff import differences, settings
from model_store.analysis.setting_names import setting_name, setting_value
from model_store.recipe.recipe import Hidden, Recipe
from model_store.recipe.spoil import Spoil

BASE = Recipe(dataset="digits", hidden=(Hidden(16),), seed=5)


def test_only_what_differs_is_listed() -> None:
    found = differences([BASE, BASE.with_(batch_size=64), BASE.with_(batch_size=64, name="x")])
    assert found.differ == {"batch_size": (32, 64, 64)}
    assert found.same["optimizer"] == "adam"
    assert set(found.differ) | set(found.same) == set(settings(BASE))


def test_a_setting_that_one_lacks_differs() -> None:
    deeper = BASE.with_(hidden=(Hidden(16), Hidden(8, "tanh")), optimizer="sgd")
    found = differences([BASE, deeper]).differ
    assert found["hidden.2.activation"] == (None, "tanh")
    assert found["optimizer_options.momentum"] == (None, 0.0)
    assert found["optimizer_options.beta_1"] == (0.9, None)


def test_batch_normalisation_is_listed_where_it_is() -> None:
    normed = BASE.with_(hidden=(Hidden(16, batch_norm=True),))
    found = differences([BASE, normed])
    assert found.differ == {"hidden.1.batch_norm": (None, True)}
    assert settings(BASE).keys() == found.same.keys()
    name, values = next(iter(found.differ.items()))
    assert setting_name(name) == "Hidden layer 1: batch normalisation"
    assert [setting_value(name, value) for value in values] == ["–", "on"]


def test_a_default_that_is_written_out_is_no_difference() -> None:
    assert not differences([BASE, BASE.with_(optimizer_options=(("beta_1", 0.9),))]).differ
    assert not differences([BASE, BASE.with_(subset=BASE.train_images)]).differ
    assert not differences([BASE, BASE.with_(validation_share=0.3)]).differ
    assert "validation_share" in settings(BASE.with_(validation="split"))
    assert not differences([BASE, BASE.with_(watch="loss", kept_weights="last", decay=0.1)]).differ
    assert "decay" in settings(BASE.with_(schedule="step"))
    assert "kept_weights" in settings(BASE.with_(validation="test", patience=1))


def test_no_setting_of_a_recipe_is_forgotten() -> None:
    all_used = BASE.with_(
        validation="split", schedule="plateau", patience=2, pixel_norm="columns", spoil=Spoil(0.1)
    )
    named = {name.partition(".")[0] for name in settings(all_used)}
    assert named - {"train_images"} == {f.name for f in fields(Recipe)} - {"name", "subset", "own"}


def first_weights(recipe: Recipe) -> list[np.ndarray]:
    from training.loop.model import build

    return build(recipe).get_weights()


VARIANTS = [
    ({}, True, ()),
    ({"optimizer": "sgd", "learning_rate": 0.5}, True, ()),
    ({"hidden": (Hidden(16, "tanh", 0.5),), "l2": 0.01, "batch_size": 8}, True, ()),
    ({"dataset": "mnist"}, True, ()),
    ({"seed": 6}, False, ("seed",)),
    ({"kernel_initializer": "he_normal"}, False, ("kernel_initializer",)),
    ({"bias_initializer": "ones"}, False, ("bias_initializer",)),
    ({"hidden": (Hidden(17),)}, False, ("widths",)),
    ({"hidden": (Hidden(16), Hidden(8))}, False, ("widths",)),
    ({"hidden": (Hidden(17),), "seed": 6}, False, ("seed", "widths")),
]


@pytest.mark.parametrize(("changes", "same", "why"), VARIANTS, ids=lambda value: str(value))
def test_start_differences_are_those_of_keras(
    changes: dict[str, object], same: bool, why: tuple[str, ...]
) -> None:
    other = BASE.with_(**changes)
    start = start_diff(BASE, other)
    assert (start.same, start.why) == (same, why)
    ours, theirs = first_weights(BASE), first_weights(other)
    equal = [
        a.shape == b.shape and bool((a == b).all()) for a, b in zip(ours, theirs, strict=False)
    ]
    assert same == (len(ours) == len(theirs) and all(equal))
    kernels = [one and two for one, two in zip(equal[::2], equal[1::2], strict=True)]
    assert start.layers == [*kernels, False].index(False)


def test_seeds_do_not_matter_where_all_weights_are_zero() -> None:
    zeros = BASE.with_(kernel_initializer="zeros")
    assert start_diff(zeros, zeros.with_(seed=9)).same


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({"optimizer": "sgd", "batch_size": 8, "epochs": 9}, True),
        ({"validation": "test"}, True),
        ({"validation": "split"}, False),
        ({"subset": 100}, False),
        ({"subset": 1437}, False),
        ({"shuffle": "once"}, False),
        ({"seed": 6}, False),
    ],
)
def test_the_same_images_in_the_same_order(changes: dict[str, object], same: bool) -> None:
    assert start_diff(BASE, BASE.with_(**changes)).same_order is same


def test_runs_with_equal_starts_have_equal_first_checkpoints() -> None:
    """Another optimizer, the same initial weights, on real runs that are stopped at once."""
    from training.data import datasets
    from training.loop.control import Action, Command, Control
    from training.loop.trainer import train

    found = []
    for recipe in (BASE, BASE.with_(optimizer="sgd", learning_rate=0.1), BASE.with_(seed=6)):
        files: dict[str, bytes] = {}
        control = Control()
        control.send(Command(Action.STOP))
        train(
            recipe,
            datasets.load("digits"),
            emit=lambda event: None,
            control=control,
            save=files.__setitem__,
        )
        with np.load(io.BytesIO(files["checkpoints/epoch-0000.npz"])) as archive:
            found.append({n: archive[n] for n in ("kernel_0", "bias_0", "kernel_1", "bias_1")})
    for name, weights in found[0].items():
        np.testing.assert_array_equal(weights, found[1][name])
    assert not np.array_equal(found[0]["kernel_0"], found[2]["kernel_0"])
