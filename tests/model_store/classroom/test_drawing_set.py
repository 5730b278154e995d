"""Class drawings: complete files, no duplicates, a maximum, hostile content."""

import json
import multiprocessing
import os
import random
from dataclasses import replace
from pathlib import Path

import pytest

from model_store.classroom.drawing import Drawing, DrawingError
from model_store.classroom.drawing_set import FOLDER, DrawingSet, DrawingStore
from tests.support.drawings import seven


@pytest.fixture
def drawings(tmp_path: Path) -> DrawingStore:
    return DrawingStore(tmp_path, max_drawings=6, max_per_owner=4, clock=lambda: 1_000.0)


def files(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / FOLDER).iterdir())


def test_an_added_drawing_is_seen_by_every_process(drawings: DrawingStore, tmp_path: Path) -> None:
    assert len(drawings.all()) == 0
    kept = drawings.add(seven())
    assert kept == replace(seven(), time=1_000.0)
    assert drawings.all().drawings == (kept,)
    assert DrawingStore(tmp_path).all().drawings == (kept,)
    assert [path.name for path in files(tmp_path)] == [f"{kept.id}.json"]


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


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"[" * 100_000, b"\xff", b"{}"])
def test_a_damaged_file_costs_its_own_drawing(
    drawings: DrawingStore, tmp_path: Path, content: bytes
) -> None:
    first, second = drawings.add(seven()), drawings.add(seven(5))
    (tmp_path / FOLDER / f"{first.id}.json").write_bytes(content)
    assert drawings.all().drawings == (second,)


def test_files_of_others_are_no_drawings(drawings: DrawingStore, tmp_path: Path) -> None:
    kept = drawings.add(seven())
    text = (tmp_path / FOLDER / f"{kept.id}.json").read_bytes()
    for name in ("0123456789abcdef.json", "notes.txt", ".new-1", f"{kept.id}.json.bak"):
        (tmp_path / FOLDER / name).write_bytes(text)
    (tmp_path / FOLDER / "fedcba9876543210.json").mkdir()
    (tmp_path / FOLDER / "fedcba9876543211.json").symlink_to("/nowhere")
    assert drawings.all().drawings == (kept,), "a name that is not its content's is not believed"


def test_a_store_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / FOLDER).write_bytes(b"a file is in the way")
    with pytest.raises(DrawingError, match="cannot be written"):
        DrawingStore(tmp_path).add(seven())


def test_nothing_is_written_before_the_first_drawing(tmp_path: Path) -> None:
    assert len(DrawingStore(tmp_path / "none").all()) == 0
    assert not (tmp_path / "none").exists()


def test_a_file_that_did_not_change_is_not_read_again(
    drawings: DrawingStore, tmp_path: Path
) -> None:
    kept = drawings.add(seven())
    before = drawings.all()
    assert drawings.all() is before
    (file,) = files(tmp_path)
    was, size = file.stat().st_mtime_ns, file.stat().st_size
    file.write_bytes(b" " * size)
    os.utime(file, ns=(was, was))
    assert drawings.all().drawings == (kept,)


def test_a_folder_that_did_not_change_is_not_listed_again(
    drawings: DrawingStore, tmp_path: Path
) -> None:
    drawings.add(seven())
    os.utime(tmp_path / FOLDER, (1, 1))
    before = drawings.all()
    (file,) = files(tmp_path)
    file.write_bytes(b"damaged in place")
    assert drawings.all() is before
    DrawingStore(tmp_path).add(seven(5))
    assert drawings.all().drawings == (drawings.find(seven(5).id),)
    os.utime(tmp_path / FOLDER, (1, 1))
    assert len(drawings.all()) == 1
    DrawingStore(tmp_path).remove(seven(5).id, "ada")
    assert len(drawings.all()) == 0


def _scribble(root: Path, seed: int) -> None:
    rng, drawings = random.Random(seed), DrawingStore(root)
    for _ in range(60):
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
    assert [path for path in files(tmp_path) if path.name.startswith(".new-")] == []
    assert len(DrawingStore(tmp_path).all()) == len(files(tmp_path))
