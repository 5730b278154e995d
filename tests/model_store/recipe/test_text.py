"""Text that cannot be encoded: refused, and shown safely if already stored."""

import json
import shutil
from pathlib import Path

import pytest

from model_store import ModelStore
from model_store.recipe.recipe import Recipe, RecipeError
from model_store.recipe.text import (
    fill,
    number,
    one_line,
    percent,
    printable,
    text_problem,
    visible,
)
from model_store.runs import label
from model_store.runs.label import Label, LabelError
from tests.support.finished_runs import all_runs


def test_only_text_that_can_be_saved_has_no_problem() -> None:
    assert text_problem() == text_problem("", "Zoë 李 😀\n") == ""
    assert text_problem("fine", "a\ud800b").endswith("type it again.")


def test_text_is_made_harmless() -> None:
    assert printable("Zoë 李 😀") == "Zoë 李 😀"
    assert printable("a\ud800b\udfff") == "a?b?"
    assert visible("a\u202eb\x00\n c") == "ab\n c"
    assert one_line(" a\n\tb\u200b ") == "a b"


def test_numbers_are_short() -> None:
    assert [number(n) for n in (0.012345, 14.567, 20_340.4)] == ["0.0123", "14.6", "20,340"]
    assert (percent(0.9776), percent(0.25, 0)) == ("97.8 %", "25 %")
    assert fill("{a} of {b}", "{b:,}", a=1, b=2000) == ("1 of 2000", "2,000")


def test_a_link_with_a_name_that_cannot_be_saved_is_refused() -> None:
    with pytest.raises(RecipeError) as caught:
        Recipe.from_link('{"dataset":"digits","epochs":1,"name":"\\ud800"}')
    assert list(caught.value.problems) == ["name"]


@pytest.mark.parametrize("field", ["name", "note", "tags"])
def test_a_label_that_cannot_be_saved_is_refused(field: str) -> None:
    with pytest.raises(LabelError, match="cannot be saved"):
        Label.of(**{field: "a\ud800"})


def test_names_that_are_stored_already_are_shown_harmlessly(tmp_path: Path) -> None:
    """In the folders of a store from before the database."""
    made = ModelStore(tmp_path / "made", starter=None).create(Recipe())
    raw = {**Recipe().to_dict(), "name": "\ud800"}
    (made.folder / "recipe.json").write_text(json.dumps(raw))
    for count, name in enumerate(("", "\ud800")):
        stored = {"name": name, "note": "b\ud800", "tags": ["c\ud800"]}
        (made.folder / label.FILE).write_text(json.dumps(stored))
        shutil.copytree(made.folder, tmp_path / "runs" / f"20260101-000000-old-{count}")
    found = all_runs(ModelStore(tmp_path / "runs", starter=None))
    assert [run.title for run in found] == ["?", "?"]
    assert found[0].label == Label("?", "b?", ("c?",))
