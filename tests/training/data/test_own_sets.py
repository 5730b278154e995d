"""Own data sets in the store: whole or not there, theirs who added them, gone for good."""

import io
import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model_store.recipe.own_data import MAX_CLASS_NAME, MAX_LABEL
from model_store.recipe.recipe import Recipe
from tests.support.fault_tools import content, rights
from tests.support.own_sets import about, made_up_set, own_recipe, stored
from training.data import own_sets
from training.data.datasets import ARRAY_NAMES, DataError
from training.data.own_sets import (
    CARD,
    FILE,
    FOLDER,
    MAX_OF_OWNER,
    DataSetGone,
    OwnSets,
    pack,
    recipe_data,
)


def test_a_set_comes_back_as_it_was_added(tmp_path: Path) -> None:
    arrays = made_up_set(3)
    card = OwnSets(tmp_path).add(arrays, about(3), "ada")
    data = OwnSets(tmp_path).load(card.name)
    for key in ARRAY_NAMES:
        np.testing.assert_array_equal(getattr(data, key), arrays[key])
    assert data.about == card.about == about(3)
    assert data.fingerprint == card.fingerprint
    with np.load(tmp_path / FOLDER / card.name / FILE) as archive:
        assert archive["class_names"].tolist() == ["cat", "dog", "a fish"]
    with pytest.raises(ValueError, match="read-only"):
        data.x_train[0] = 0


def test_the_name_is_a_hash_of_pictures_and_description(tmp_path: Path) -> None:
    sets = OwnSets(tmp_path)
    card = sets.add(made_up_set(3), about(3), "ada")
    assert sets.add(made_up_set(3), about(3), "bob") == card, "once, and hers who came first"
    assert sets.add(made_up_set(3), about(3, label="Zoo"), "ada").name != card.name
    other = made_up_set(3)
    other["x_train"][0, 0, 0] ^= 1
    assert sets.add(other, about(3), "ada").name != card.name
    assert len(sets.cards()) == 3


def test_only_its_owner_or_a_teacher_deletes_a_set(tmp_path: Path) -> None:
    sets = OwnSets(tmp_path)
    card = stored(tmp_path, 3)
    with pytest.raises(DataError, match="Only the person"):
        sets.delete(card.name, "bob")
    sets.delete(card.name, "ada")
    assert content(tmp_path) == {}
    for gone in (sets.open, sets.load, lambda name: sets.delete(name, "ada")):
        with pytest.raises(DataSetGone, match="deleted, or it never was here"):
            gone(card.name)
    sets.delete(stored(tmp_path, 3).name, None)
    assert sets.cards() == []


def test_what_an_owner_added_since_a_time_is_forgotten(tmp_path: Path) -> None:
    times = iter((10.0, 20.0, 30.0))
    sets = OwnSets(tmp_path, clock=lambda: next(times))
    old = sets.add(made_up_set(2), about(2), "ada")
    sets.add(made_up_set(3), about(3), "ada")
    other = sets.add(made_up_set(4), about(4), "bob")
    sets.forget("ada", 15.0)
    assert {card.name for card in sets.cards()} == {old.name, other.name}


def test_a_private_set_is_listed_for_its_owner_alone(tmp_path: Path) -> None:
    sets = OwnSets(tmp_path)
    mine = stored(tmp_path, 3)
    shared = sets.add(made_up_set(4), about(4), "bob", shared=True)
    assert {card.name for card in sets.listed("ada")} == {mine.name, shared.name}
    assert [card.name for card in sets.listed("bob")] == [shared.name]


@pytest.mark.parametrize(
    "name",
    ["", "mnist", "own-", "../../etc", "own-../../../../x", "own-0123456789ABCDEF", "own-\0"],
)
def test_no_name_leads_elsewhere(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataSetGone):
        OwnSets(tmp_path).load(name)
    assert OwnSets(tmp_path).content(name) is None


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"class_names": ("cat",)}, "2 to 10 classes; this one has 1"),
        ({"class_names": tuple("abcdefghijk")}, "2 to 10 classes; this one has 11"),
        ({"class_names": ("cat", "Cat", "dog")}, "Two classes have the same name"),
        ({"class_names": ("cat", "", "dog")}, "name of a class"),
        ({"class_names": ("cat", " dog", "x")}, "name of a class"),
        ({"class_names": ("cat", "do\u202eg", "x")}, "name of a class"),
        ({"class_names": ("cat", 3, "x")}, "name of a class"),
        ({"class_names": ("a", "b", "x" * (MAX_CLASS_NAME + 1))}, "name of a class"),
        ({"class_names": ("a", "b", "![x](//evil)")}, "none of"),
        ({"label": ""}, "name of a data set"),
        ({"label": "x" * (MAX_LABEL + 1)}, "name of a data set"),
        ({"label": "[link](x)"}, "none of"),
        ({"label": "\ud800"}, "name of a data set"),
        ({"licence": "`code`"}, "Source and licence"),
        ({"train": 0}, "at most 70,000 images"),
        ({"train": True}, "at most 70,000 images"),
        ({"train": 69_999}, "at most 70,000 images"),
        ({"train": 59}, "do not fit"),
    ],
)
def test_what_is_no_data_set_gets_a_sentence_and_leaves_nothing(
    tmp_path: Path, changes: dict[str, object], sentence: str
) -> None:
    with pytest.raises(DataError, match=sentence):
        OwnSets(tmp_path).add(made_up_set(3), replace(about(3), **changes), "ada")  # type: ignore[arg-type]
    assert content(tmp_path) == {}


def test_a_label_above_the_classes_gets_a_sentence(tmp_path: Path) -> None:
    arrays = made_up_set(3)
    arrays["y_test"][0] = 3
    with pytest.raises(DataError, match="none of its classes"):
        OwnSets(tmp_path).add(arrays, about(3), "ada")


def test_a_damaged_file_is_not_used(tmp_path: Path) -> None:
    sets, card = OwnSets(tmp_path), stored(tmp_path, 3)
    path = tmp_path / FOLDER / card.name / FILE
    whole = path.read_bytes()
    for damaged in (b"", whole[:-100], b"x" * 100, pack(made_up_set(4), about(4))):
        path.write_bytes(damaged)
        with pytest.raises(DataError, match="damaged"):
            sets.load(card.name)
    path.write_bytes(whole)
    assert sets.load(card.name).about == card.about


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"about": {"label": 1}}', "[" * 100_000])
def test_a_damaged_card_is_no_data_set(tmp_path: Path, text: str) -> None:
    sets, card = OwnSets(tmp_path), stored(tmp_path, 3)
    (tmp_path / FOLDER / card.name / CARD).write_text(text)
    assert sets.cards() == []
    with pytest.raises(DataSetGone):
        sets.load(card.name)


def test_an_owner_has_a_limited_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_sets, "MAX_OF_OWNER", 2)
    for classes in (2, 3):
        stored(tmp_path, classes)
    with pytest.raises(DataError, match="2 data sets already"):
        stored(tmp_path, 4)
    assert stored(tmp_path, 4, "bob").about.class_names[3] == "horse"
    assert MAX_OF_OWNER > 2


def test_a_full_store_takes_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stored(tmp_path, 2)
    monkeypatch.setattr(own_sets, "MAX_BYTES", 100)
    with pytest.raises(DataError, match="no more room"):
        stored(tmp_path, 3)


@pytest.mark.skipif(os.name == "nt", reason="POSIX rights")
def test_a_store_that_cannot_be_written_has_no_half_of_a_set(tmp_path: Path) -> None:
    with rights(tmp_path, 0o555), pytest.raises(DataError, match="cannot be saved"):
        stored(tmp_path, 3)
    assert content(tmp_path) == {}


def test_a_recipe_finds_its_data_set_and_only_the_one_it_describes(tmp_path: Path) -> None:
    recipe = own_recipe(tmp_path, 3)
    assert recipe_data(recipe, tmp_path).about.class_names == ("cat", "dog", "a fish")
    other = replace(recipe.data, class_names=("dog", "cat", "a fish"))
    with pytest.raises(DataError, match="another data set"):
        recipe_data(recipe.with_(own=other), tmp_path)
    with pytest.raises(DataSetGone):
        recipe_data(recipe, tmp_path / "elsewhere")


def test_the_same_pictures_give_the_same_file(tmp_path: Path) -> None:
    one, other = (pack(made_up_set(3), about(3)) for _ in range(2))
    with np.load(io.BytesIO(one)) as first, np.load(io.BytesIO(other)) as second:
        assert first.files == second.files
    assert json.loads((tmp_path / FOLDER / stored(tmp_path, 3).name / CARD).read_text())
    assert Recipe().own is None
