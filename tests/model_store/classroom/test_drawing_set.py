"""The class's own test set: one of each drawing, room for so many, hostile content."""

import json
import multiprocessing
import random
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update

from model_store import ModelStore
from model_store.classroom.drawing import Drawing, DrawingError
from model_store.classroom.drawing_set import DrawingSet, DrawingStore
from model_store.storage.database.database import Database
from model_store.storage.database.schema import drawings as table
from tests.support.databases import OpenStore
from tests.support.drawings import seven


@pytest.fixture
def drawings(store: ModelStore) -> DrawingStore:
    return DrawingStore(store.database, max_drawings=6, max_per_owner=4, clock=lambda: 1_000.0)


def test_a_drawing_joins_and_is_there_for_every_process(
    drawings: DrawingStore, open_store: OpenStore
) -> None:
    other = DrawingStore(open_store().database)
    assert len(drawings.all()) == len(other.all()) == 0
    kept = drawings.add(seven())
    assert kept == replace(seven(), time=1_000.0)
    assert drawings.all().drawings == other.all().drawings == (kept,)
    assert drawings.all() is drawings.all()
    other.remove(kept.id, kept.owner)
    second = other.add(seven(5))
    assert drawings.all().drawings == (second,)


def test_the_owner_stays_on_the_server(drawings: DrawingStore) -> None:
    kept = drawings.add(seven(owner="a-secret-cookie"))
    assert "a-secret-cookie" not in json.dumps(kept.to_dict())
    assert drawings.all().drawings[0].owner == "a-secret-cookie"


def test_a_drawing_is_kept_once_and_its_owner_can_change_the_label(drawings: DrawingStore) -> None:
    drawings.add(seven(label=1))
    drawings.add(seven(label=7))
    drawings.add(seven(label=7))
    assert [drawing.label for drawing in drawings.all().drawings] == [7]
    with pytest.raises(DrawingError, match="Someone else"):
        drawings.add(seven(label=1, owner="eve"))
    assert drawings.add_all([seven(owner="eve")]).known == 1
    assert [(d.label, d.owner) for d in drawings.all().drawings] == [(7, "ada")]


def test_only_its_owner_removes_a_drawing(drawings: DrawingStore) -> None:
    kept = drawings.add(seven())
    with pytest.raises(DrawingError, match="Only the person"):
        drawings.remove(kept.id, "eve")
    drawings.remove(kept.id, "ada")
    drawings.remove(kept.id, "ada")
    drawings.remove("../../etc/passwd", "ada")
    assert len(drawings.all()) == 0


def test_the_set_and_each_owners_part_are_bounded(drawings: DrawingStore) -> None:
    joined = drawings.add_all(seven(shift) for shift in range(9))
    assert (joined.added, joined.known) == (4, 0)
    assert "the most for one person" in joined.refused
    joined = drawings.add_all(seven(shift, owner="bob") for shift in range(9))
    assert (joined.added, joined.known) == (2, 4)
    assert "full" in joined.refused
    with pytest.raises(DrawingError, match="full"):
        drawings.add(seven(50, owner="eve"))
    drawings.add(seven(0, label=9))  # needs no space
    assert len(drawings.all()) == 6


def test_the_hash_depends_on_drawings_and_labels_alone() -> None:
    one, two = seven(), replace(seven(5), time=3.0)
    base = DrawingSet((one, two)).hash
    assert DrawingSet((replace(two, owner="eve", time=9.0), one)).hash == base
    assert DrawingSet((one,)).hash != base
    assert DrawingSet((one, replace(two, label=1))).hash != base
    assert DrawingSet((one, seven(6))).hash != base


@pytest.mark.parametrize("content", [None, [], {}, "x", {"label": 7}, {"label": [], "pixels": 3}])
def test_a_damaged_drawing_costs_only_itself(
    drawings: DrawingStore, store: ModelStore, content: object
) -> None:
    first, second = drawings.add(seven()), drawings.add(seven(5))
    with store.database.write() as connection:
        one = update(table).where(table.c.id == first.id)
        connection.execute(one.values(drawing=content))
    assert DrawingStore(store.database).all().drawings == (second,)


def test_a_drawing_under_the_id_of_another_is_not_believed(
    drawings: DrawingStore, store: ModelStore
) -> None:
    kept = drawings.add(seven())
    with store.database.write() as connection:
        connection.execute(update(table).values(drawing=seven(5).to_dict()))
    assert DrawingStore(store.database).find(kept.id) is None


def test_a_store_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"a file is in the way")
    drawings = DrawingStore(Database(tmp_path / "file"))
    with pytest.raises(DrawingError, match="cannot be written"):
        drawings.add(seven())
    assert len(drawings.all()) == 0


def test_nothing_is_written_before_something_joins(tmp_path: Path) -> None:
    assert len(DrawingStore(Database(tmp_path / "none")).all()) == 0
    assert not (tmp_path / "none").exists()


def _scribble(root: Path, seed: int) -> None:
    rng, drawings = random.Random(seed), DrawingStore(Database(root))
    for _ in range(40):
        drawing = seven(rng.randrange(8), rng.randrange(10), owner=f"p{rng.randrange(2)}")
        try:
            drawings.add(drawing) if rng.random() < 0.6 else drawings.remove(drawing.id, "p0")
        except DrawingError:
            continue
        assert all(isinstance(kept, Drawing) for kept in drawings.all().drawings)


def test_several_processes_write_and_remove_at_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_scribble, args=(tmp_path, i)) for i in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 4
    found = DrawingStore(Database(tmp_path)).all()
    assert 0 < len(found) == len(found.by_id) <= 8
