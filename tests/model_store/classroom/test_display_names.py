"""Display names: kept for a browser, cleaned, and no proof of identity."""

import threading
from pathlib import Path

import pytest

from model_store import ModelStore, StoreError
from model_store.classroom.display_names import FOLDER, MAX_NAME, DisplayNames, short_id

ADA, EVE = "ada's unguessable id", "eve's unguessable id"


def test_a_name_is_kept_for_the_next_server_and_can_be_taken_back(tmp_path: Path) -> None:
    assert DisplayNames(tmp_path).name(ADA) == ""
    assert DisplayNames(tmp_path).rename(ADA, "Ada") == "Ada"
    assert DisplayNames(tmp_path).name(ADA) == "Ada"
    assert (
        DisplayNames(tmp_path).rename(ADA, "Ada L.") == DisplayNames(tmp_path).name(ADA) == "Ada L."
    )
    assert DisplayNames(tmp_path).rename(ADA, "  ") == DisplayNames(tmp_path).name(ADA) == ""
    assert list((tmp_path / FOLDER).iterdir()) == []


def test_the_same_name_leaves_two_people_apart(tmp_path: Path) -> None:
    people = DisplayNames(tmp_path)
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
def test_whatever_is_typed_becomes_a_short_line(tmp_path: Path, given: str, kept: str) -> None:
    DisplayNames(tmp_path).rename(ADA, given)
    assert DisplayNames(tmp_path).name(ADA) == kept


def test_a_name_that_cannot_be_saved_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be saved"):
        DisplayNames(tmp_path).rename(ADA, "a\ud800b")
    assert DisplayNames(tmp_path).name(ADA) == ""


@pytest.mark.parametrize("owner", ["../../etc/passwd", "a/b", "", "x" * 5000, "\ud800", "\x00"])
def test_no_id_leads_out_of_the_folder(tmp_path: Path, owner: str) -> None:
    assert (
        DisplayNames(tmp_path).rename(owner, "Eve") == DisplayNames(tmp_path).name(owner) == "Eve"
    )
    (file,) = (tmp_path / FOLDER).iterdir()
    assert file.name.isalnum() and len(file.name) == 64


def test_a_damaged_file_is_no_more_than_its_clean_text(tmp_path: Path) -> None:
    people = DisplayNames(tmp_path)
    people.rename(ADA, "Ada")
    (file,) = (tmp_path / FOLDER).iterdir()
    file.write_bytes(b"\xff\x00Ev\xe2\x80\xaee" + b"e" * 10**6)
    assert people.name(ADA) == "Evee" + "e" * (MAX_NAME - 4)
    file.unlink()
    file.mkdir()
    assert people.name(ADA) == ""
    with pytest.raises(StoreError, match="cannot be written"):
        people.rename(ADA, "Ada")


def test_names_are_no_runs_and_readers_see_whole_ones(tmp_path: Path) -> None:
    people, wanted = DisplayNames(tmp_path), {"Ada" * 8, "Bob" * 8}
    people.rename(ADA, min(wanted))
    writers = [
        threading.Thread(target=lambda name=name: [people.rename(ADA, name) for _ in range(50)])
        for name in wanted
    ]
    for writer in writers:
        writer.start()
    seen = {people.name(ADA) for _ in range(200)}
    for writer in writers:
        writer.join()
    assert seen <= wanted
    store = ModelStore(tmp_path, starter=None)
    assert (store.list(), store.damaged()) == ([], [])
