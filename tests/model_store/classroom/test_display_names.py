"""Display names: kept for a browser, cleaned, and no proof of identity."""

import threading

import pytest

from model_store import ModelStore, StoreError
from model_store.classroom.display_names import MAX_NAME, DisplayNames, short_id
from model_store.recipe.recipe import Recipe
from model_store.storage.database.database import Database
from model_store.storage.run_query import Column, RunQuery

ADA, EVE = "ada's unguessable id", "eve's unguessable id"


@pytest.fixture
def database(store: ModelStore) -> Database:
    return store.database


def test_a_name_is_kept_for_the_next_server_and_can_be_taken_back(database: Database) -> None:
    names = DisplayNames(database)
    assert names.name(ADA) == ""
    assert names.rename(ADA, "Ada") == "Ada"
    assert DisplayNames(database).name(ADA) == "Ada"
    assert names.rename(ADA, "Ada L.") == DisplayNames(database).name(ADA) == "Ada L."
    assert names.rename(ADA, "  ") == DisplayNames(database).name(ADA) == ""


def test_runs_are_found_and_ordered_by_the_names_of_their_owners(store: ModelStore) -> None:
    names = DisplayNames(store.database)
    names.rename(ADA, "Ada")
    hers, other = store.create(Recipe(), ADA), store.create(Recipe(), EVE)
    names.rename(EVE, "Ève")
    assert [run.id for run in store.find(RunQuery(text="ÈVE")).runs] == [other.id]
    assert [run.id for run in store.find(sort=Column.OWNER).runs] == [hers.id, other.id]
    names.rename(EVE, "")
    assert store.find(RunQuery(text="ève")).total == 0


def test_the_same_name_leaves_two_people_apart(database: Database) -> None:
    people = DisplayNames(database)
    people.rename(ADA, "Ada")
    people.rename(EVE, "Ada")
    people.rename(EVE, "")
    assert people.name(ADA) == "Ada"
    assert short_id(ADA) != short_id(EVE)
    assert short_id(ADA) not in ADA


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("", ""),
        ("\x00\x07\u200b\u2066", ""),
        ("Ada\nLovelace\t", "Ada Lovelace"),
        ("\u202egnp.exe", "gnp.exe"),
        ("Ada\u2028\x85\u061c\xadL", "Ada L"),
        ("<script>alert(1)</script>", "<script>alert(1)</script"),
        ("A" * 10_000, "A" * MAX_NAME),
        ("\u200b" * 10_000 + "A", ""),
        ("Zoë 李 דנה", "Zoë 李 דנה"),
        ("😀" * 100, "😀" * MAX_NAME),
    ],
)
def test_whatever_is_typed_becomes_a_short_line(database: Database, given: str, kept: str) -> None:
    DisplayNames(database).rename(ADA, given)
    assert DisplayNames(database).name(ADA) == kept


def test_a_name_that_cannot_be_saved_is_refused(database: Database) -> None:
    with pytest.raises(StoreError, match="cannot be saved"):
        DisplayNames(database).rename(ADA, "a\ud800b")
    assert DisplayNames(database).name(ADA) == ""


@pytest.mark.parametrize("owner", ["../../etc/passwd", "a/b", "", "x" * 5000, "\ud800", "\x00"])
def test_any_id_has_its_own_name(database: Database, owner: str) -> None:
    names = DisplayNames(database)
    names.rename(ADA, "Ada")
    assert names.rename(owner, "Eve") == names.name(owner) == "Eve"
    assert names.name(ADA) == "Ada"


def test_readers_see_whole_names(database: Database) -> None:
    names, wanted = DisplayNames(database), {"Ada" * 8, "Bob" * 8}
    names.rename(ADA, min(wanted))
    writers = [
        threading.Thread(target=lambda name=name: [names.rename(ADA, name) for _ in range(20)])
        for name in wanted
    ]
    for writer in writers:
        writer.start()
    seen = {names.name(ADA) for _ in range(200)}
    for writer in writers:
        writer.join()
    assert seen <= wanted
