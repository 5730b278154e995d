"""A run's files: which names they have, and how what was left half-written goes away."""

import os
from itertools import pairwise
from pathlib import Path

import pytest

from model_store.storage import atomic_files

NOW = 1_700_000_000.0


@pytest.mark.parametrize(
    "name", ["weights.npz", "model.keras", "label.json", "checkpoints/epoch-0003.npz"]
)
def test_a_run_holds_files_of_these_names(name: str) -> None:
    assert atomic_files.is_name(name)


@pytest.mark.parametrize(
    "name",
    [
        *("../x.npz", "/etc/x.json", "a.py", "checkpoints/../x.npz", "", ".x.npz", "x.npz/"),
        *("checkpoints", "other/x.npz", "checkpoints/checkpoints/x.npz", "x.npz\n", "a\0.npz"),
    ],
)
def test_and_of_no_others(name: str) -> None:
    assert not atomic_files.is_name(name)


def test_only_litter_that_is_old_is_removed(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    kept = [run / "weights.npz", tmp_path / ".new-young", run / ".newer"]
    gone = [tmp_path / ".new-file", run / ".new-weights.npz-00"]
    for path in (*kept, *gone):
        path.write_bytes(b"x")
        os.utime(path, (NOW, NOW))
    os.utime(kept[1], (NOW + 1, NOW + 1))
    begun = tmp_path / ".new-run"
    begun.mkdir()
    (begun / "recipe.json").write_bytes(b"{}")
    os.utime(begun, (NOW, NOW))
    atomic_files.tidy(tmp_path, NOW + atomic_files.LITTER_SECONDS)
    assert all(path.exists() for path in (*kept, *gone, begun)), "a day old, but not older"
    atomic_files.tidy(tmp_path, NOW + atomic_files.LITTER_SECONDS + 1)
    assert all(path.exists() for path in kept)
    assert not any(path.exists() for path in (*gone, begun))
    atomic_files.tidy(tmp_path / "nowhere", NOW)


def test_a_stamp_is_another_one_after_each_change(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    seen = [atomic_files.stamp(path)]
    for content in (b"a", b"b", b"bb"):
        atomic_files.write(path, content)
        seen.append(atomic_files.stamp(path))
    assert seen[0] == (0, 0, 0) and seen[-1] == atomic_files.stamp(path)
    assert all(before != after for before, after in pairwise(seen))
    assert [each.name for each in tmp_path.iterdir()] == ["run.json"]
