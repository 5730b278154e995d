"""Recipes: an error message at each invalid field, and round trips."""

import json

import pytest

from model_store.recipe.choices import AUGMENTATIONS
from model_store.recipe.presets import PRESETS
from model_store.recipe.recipe import Augment, Hidden, Recipe, RecipeError
from model_store.recipe.spoil import Spoil, spoil_sentences


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ([], "recipe"),
        (None, "recipe"),
        ({"colour": "red"}, "colour"),
        ({"hidden": "many"}, "hidden"),
        ({"hidden": [{"units": "ten"}]}, "hidden.0.units"),
        ({"hidden": [{"units": 0}]}, "hidden.0.units"),
        ({"hidden": [{"width": 3}]}, "hidden.0"),
        ({"hidden": [{}] * 9}, "hidden"),
        ({"hidden": [{"activation": []}]}, "hidden.0.activation"),
        ({"hidden": [{"dropout": 1.0}]}, "hidden.0.dropout"),
        ({"hidden": [{"dropout": -(10**400)}]}, "hidden.0.dropout"),
        ({"hidden": [{"batch_norm": "yes"}]}, "hidden.0.batch_norm"),
        ({"hidden": [{"batch_norm": 2}]}, "hidden.0.batch_norm"),
        ({"hidden": [{"batch_norm": 1}]}, "hidden.0.batch_norm"),
        ({"hidden": [{"batch_norm": None}]}, "hidden.0.batch_norm"),
        ({"hidden": [{"batch_norm": True}], "batch_size": 1}, "batch_size"),
        ({"dataset": "../etc/passwd"}, "dataset"),
        ({"dataset": {}}, "dataset"),
        ({"learning_rate": float("nan")}, "learning_rate"),
        ({"learning_rate": True}, "learning_rate"),
        ({"learning_rate": 0}, "learning_rate"),
        ({"learning_rate": 10**400}, "learning_rate"),
        ({"batch_size": 32.0}, "batch_size"),
        ({"epochs": 10**9}, "epochs"),
        ({"seed": -1}, "seed"),
        ({"subset": 5}, "subset"),
        ({"name": "x" * 1000}, "name"),
        ({"optimizer_options": {"rho": 0.9}}, "optimizer_options.rho"),
        ({"optimizer_options": {"beta_1": 2}}, "optimizer_options.beta_1"),
        ({"optimizer_options": {"beta_1": 10**400}}, "optimizer_options.beta_1"),
        ({"optimizer_options": 3}, "optimizer_options"),
        ({"loss": "mean_squared_error"}, "labels"),
        ({"labels": "one_hot"}, "labels"),
        ({"dataset": "digits", "subset": 2000}, "subset"),
        ({"dataset": "digits", "batch_size": 2000}, "batch_size"),
        ({"hidden": [{"units": 4096}, {"units": 4096}, {"units": 4096}]}, "hidden"),
        ({"augment": 3}, "augment"),
        ({"augment": None}, "augment"),
        ({"augment": {"flip": 1}}, "augment.flip"),
        ({"augment": {0: 1}}, "augment.0"),
        ({"augment": {"shift": -1}}, "augment.shift"),
        ({"augment": {"shift": 9}}, "augment.shift"),
        ({"augment": {"rotation": float("nan")}}, "augment.rotation"),
        ({"augment": {"rotation": float("inf")}}, "augment.rotation"),
        ({"augment": {"shear": "0.1"}}, "augment.shear"),
        ({"augment": {"scale": [0.1]}}, "augment.scale"),
        ({"augment": {"stroke": True}}, "augment.stroke"),
        ({"augment": {"warp": None}}, "augment.warp"),
        ({"augment": {"warp": 10**400}}, "augment.warp"),
        ({"spoil": 3}, "spoil"),
        ({"spoil": None}, "spoil"),
        ({"spoil": {"colour": 1}}, "spoil.colour"),
        ({"spoil": {0: 1}}, "spoil.0"),
        ({"spoil": {"wrong_labels": 1.1}}, "spoil.wrong_labels"),
        ({"spoil": {"wrong_labels": float("nan")}}, "spoil.wrong_labels"),
        ({"spoil": {"wrong_labels": None}}, "spoil.wrong_labels"),
        ({"spoil": {"wrong_from": 10}}, "spoil.wrong_from"),
        ({"spoil": {"wrong_from": -1}}, "spoil.wrong_from"),
        ({"spoil": {"rare_class": 3.0}}, "spoil.rare_class"),
        ({"spoil": {"rare_class": "3"}}, "spoil.rare_class"),
        ({"spoil": {"rare_class": True}}, "spoil.rare_class"),
        ({"spoil": {"noise": 10**400}}, "spoil.noise"),
        ({"spoil": {"patch": [1]}}, "spoil.patch"),
        ({"spoil": {"where": "test"}}, "spoil.where"),
        ({"spoil": {"where": []}}, "spoil.where"),
        ({"spoil": {"wrong_labels": 0.5, "wrong_from": 3, "wrong_to": 3}}, "spoil.wrong_to"),
    ],
)
def test_refuses_with_a_sentence_at_the_field(raw: object, field: str) -> None:
    with pytest.raises(RecipeError) as caught:
        Recipe.from_dict(raw)
    assert field in caught.value.problems
    assert caught.value.problems[field].endswith(".")


@pytest.mark.parametrize("text", ["", "nonsense", "[" * 100_000, '{"hidden": [[]]}', "null", "7"])
def test_a_nonsense_link_is_refused(text: str) -> None:
    with pytest.raises(RecipeError):
        Recipe.from_link(text)


def test_a_stored_recipe_that_was_damaged_gets_a_sentence() -> None:
    assert Recipe.stored(AUGMENTED.to_dict()) == AUGMENTED
    with pytest.raises(RecipeError, match="Epochs must be a whole number"):
        Recipe.stored({"epochs": 0})


def test_all_problems_come_at_once() -> None:
    with pytest.raises(RecipeError) as caught:
        Recipe.from_dict({"dataset": "cats", "epochs": 0, "hidden": [{"units": -1}]})
    assert set(caught.value.problems) == {"dataset", "epochs", "hidden.0.units"}


def test_the_hash_follows_settings_not_the_name() -> None:
    assert Recipe(name="a").hash == Recipe(name="b").hash
    assert Recipe(l2=1).hash == Recipe(l2=1.0).hash
    assert Recipe(seed=1).hash != Recipe(seed=2).hash


def test_counts_with_subset_and_split() -> None:
    recipe = Recipe(subset=1000, validation="split", validation_share=0.25, batch_size=32)
    assert (recipe.validation_images, recipe.train_images) == (250, 750)
    assert recipe.steps_per_epoch == 24


def test_summary_lists_dropout_and_adds_up() -> None:
    recipe = Recipe(hidden=(Hidden(8, "tanh", 0.5), Hidden(4)))
    assert [layer.kind for layer in recipe.layers] == [
        *("Flatten", "Dense", "Dropout", "Dense", "Dense")
    ]
    assert recipe.parameters == 785 * 8 + 9 * 4 + 5 * 10
    assert recipe.network == "784-8-4-10"


NORMALISED = Recipe(hidden=(Hidden(8, "tanh", 0.5, True), Hidden(4)))


def test_batch_normalisation_survives_dict_json_and_link() -> None:
    assert NORMALISED.to_dict()["hidden"][0]["batch_norm"] is True
    assert Recipe.from_dict(json.loads(json.dumps(NORMALISED.to_dict()))) == NORMALISED
    assert Recipe.from_link(NORMALISED.to_link()) == NORMALISED


def test_layers_without_batch_normalisation_are_what_they_were_before_it_came() -> None:
    plain = Recipe(hidden=(Hidden(8, "tanh", 0.5), Hidden(4)))
    assert NORMALISED.hash != plain.hash
    assert plain.to_dict()["hidden"] == [
        {"units": 8, "activation": "tanh", "dropout": 0.5},
        {"units": 4, "activation": "relu", "dropout": 0.0},
    ]
    off = {"hidden": [{"units": 8, "activation": "tanh", "dropout": 0.5, "batch_norm": False}]}
    assert Recipe.from_dict(off) == plain.with_(hidden=plain.hidden[:1])


def test_batch_normalisation_adds_four_numbers_a_unit_two_of_which_are_trained() -> None:
    assert [layer.kind for layer in NORMALISED.layers] == [
        *("Flatten", "Dense", "BatchNormalization", "Activation", "Dropout", "Dense", "Dense")
    ]
    assert NORMALISED.parameters == 785 * 8 + 4 * 8 + 9 * 4 + 5 * 10
    assert NORMALISED.parameters == sum(layer.parameters for layer in NORMALISED.layers)
    assert NORMALISED.trained_parameters == NORMALISED.parameters - 2 * 8
    assert NORMALISED.network == "784-8-4-10"


AUGMENTED = Recipe(augment=Augment(shift=1, rotation=10, stroke=0.5))


def test_augmentation_survives_dict_json_and_link() -> None:
    assert AUGMENTED.to_dict()["augment"] == {"shift": 1.0, "rotation": 10.0, "stroke": 0.5}
    assert Recipe.from_dict(json.loads(json.dumps(AUGMENTED.to_dict()))) == AUGMENTED
    assert Recipe.from_link(AUGMENTED.to_link()) == AUGMENTED


def test_recipes_without_augmentation_are_what_they_were_before_it_came() -> None:
    assert "augment" not in Recipe().to_dict()
    assert Recipe.from_dict({"augment": {}}) == Recipe.from_dict({"augment": {"shift": 0}})
    assert Recipe.from_dict({"augment": {}}).hash == Recipe().hash
    assert PRESETS["mnist-mlp-128"].recipe.hash == "5f8f20b10ccd"  # from its built-in model


SCHEDULED = Recipe(
    epochs=9,
    validation="test",
    schedule="plateau",
    warmup=1,
    decay=0.3,
    decay_epochs=1,
    lowest_rate=0.1,
    watch="val_accuracy",
    min_delta=0.001,
    patience=4,
    kept_weights="last",
    loss="categorical_crossentropy",
    labels="one_hot",
    label_smoothing=0.1,
)


def test_schedules_and_stopping_survive_dict_json_and_link() -> None:
    assert Recipe.from_dict(json.loads(json.dumps(SCHEDULED.to_dict()))) == SCHEDULED
    assert Recipe.from_link(SCHEDULED.to_link()) == SCHEDULED
    assert "schedule" not in Recipe().to_dict() and "patience" not in Recipe().to_dict()
    assert Recipe.from_dict({"schedule": "constant", "patience": 0}).hash == Recipe().hash
    alone = {"schedule": "cosine", "warmup": 0.5, "decay": 0.9, "watch": "loss"}
    assert len({Recipe(**{n: v}).hash for n, v in alone.items()} | {Recipe().hash}) == 5  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("raw", "field", "words"),
    [
        ({"schedule": "rising"}, "schedule", "not one of"),
        ({"warmup": 5, "epochs": 5}, "warmup", "shorter than the 5 epochs"),
        ({"warmup": -1}, "warmup", "from 0 to 200"),
        ({"decay": 1}, "decay", "from 0.001 to 0.999"),
        ({"decay_epochs": 1.5}, "decay_epochs", "whole number"),
        ({"patience": True}, "patience", "whole number"),
        ({"min_delta": float("nan")}, "min_delta", "from 0 to 10"),
        ({"patience": 2}, "watch", "no validation loss"),
        ({"schedule": "plateau", "watch": "val_accuracy"}, "watch", "no validation accuracy"),
        ({"label_smoothing": 0.1}, "label_smoothing", "one-hot labels"),
        (
            {"optimizer_options": {"clipnorm": 1, "clipvalue": 1, "global_clipnorm": 0}},
            "optimizer_options.clipvalue",
            "clipnorm, clipvalue",
        ),
        ({"optimizer_options": {"weight_decay": -1}}, "optimizer_options.weight_decay", "from 0"),
    ],
)
def test_what_does_not_go_together_is_a_sentence(
    raw: dict[str, object], field: str, words: str
) -> None:
    with pytest.raises(RecipeError) as caught:
        Recipe.from_dict(raw)
    assert list(caught.value.problems) == [field]
    assert words in caught.value.problems[field]


def test_what_is_watched_without_validation_is_a_training_figure() -> None:
    assert Recipe(patience=2, watch="loss").watches
    assert Recipe(schedule="plateau", watch="accuracy").watches
    assert not Recipe(watch="val_accuracy").watches


def test_options_that_are_off_are_no_arguments_of_keras() -> None:
    off = tuple((name, 0.0) for name in ("clipnorm", "clipvalue", "global_clipnorm"))
    assert Recipe(optimizer_options=(*off, ("weight_decay", 0.0))).optimizer_arguments == {}
    nesterov = Recipe(optimizer="sgd", optimizer_options=(("nesterov", 1.0), ("clipnorm", 2)))
    assert nesterov.optimizer_arguments == {"nesterov": True, "clipnorm": 2.0}
    assert Recipe(optimizer_options=(("beta_1", 0.9),)).optimizer_arguments == {"beta_1": 0.9}


def test_the_hash_follows_augmentation() -> None:
    assert AUGMENTED.hash != Recipe().hash
    assert Recipe(augment=Augment(shift=1)).hash == Recipe(augment=Augment(shift=1.0)).hash
    assert len({Recipe(augment=Augment(**{n: 0.5})).hash for n in AUGMENTATIONS}) == len(
        AUGMENTATIONS
    )


SPOILED = Recipe(spoil=Spoil(0.3, 4, 9, rare_class=0, noise=0.2, where="validation"))


def test_spoiling_survives_dict_json_and_link() -> None:
    assert SPOILED.to_dict()["spoil"] == {
        "wrong_labels": 0.3,
        "wrong_from": 4,
        "wrong_to": 9,
        "rare_class": 0,
        "noise": 0.2,
        "where": "validation",
    }
    assert Recipe.from_dict(json.loads(json.dumps(SPOILED.to_dict()))) == SPOILED
    assert Recipe.from_link(SPOILED.to_link()) == SPOILED


@pytest.mark.parametrize(
    "nothing",
    [
        {},
        {"wrong_labels": 0, "wrong_from": 3, "wrong_to": 4},
        {"rare_class": 5, "rare_share": 1},
        {"rare_share": 0.5},
        {"where": "validation"},
    ],
)
def test_what_spoils_nothing_is_the_recipe_of_before(nothing: dict[str, object]) -> None:
    recipe = Recipe.from_dict({"spoil": nothing})
    assert recipe == Recipe() and recipe.hash == Recipe().hash
    assert "spoil" not in recipe.to_dict()


def test_the_hash_follows_what_is_spoiled() -> None:
    each = [Spoil(0.5), Spoil(0.5, 0), Spoil(0.5, None, 0), Spoil(rare_class=0), Spoil(noise=0.5)]
    each += [Spoil(rare_class=0, rare_share=0.5), Spoil(patch=0.5), Spoil(0.5, where="validation")]
    assert len({Recipe(spoil=spoil).hash for spoil in [Spoil(), *each]}) == len(each) + 1
    assert Recipe(spoil=Spoil(1)).hash == Recipe(spoil=Spoil(1.0)).hash


def test_what_is_spoiled_in_sentences() -> None:
    names = Recipe(dataset="fashion_mnist").data.names
    assert spoil_sentences(SPOILED.spoil, names) == [
        "30 % of the images of Coat are labelled Ankle boot.",
        "There is no image of T-shirt/top.",
        "Each pixel has noise of strength 0.2, where white is 1.",
    ]
    assert spoil_sentences(Spoil(0.2, rare_class=3, rare_share=0.005, patch=1), names) == [
        "20 % of the labels are wrong, chosen at random.",
        "Only 0.5 % of the images of Dress are kept.",
        "100 % of the images have a dot whose place tells the label.",
    ]
    assert spoil_sentences(Spoil(), names) == []
