"""What a check finds in a store, and what it says to do."""

import shutil
from pathlib import Path

import pytest

from model_store import ModelStore, Run, StoreError
from model_store.recipe.recipe import Recipe
from model_store.storage import run_folder
from model_store.storage.maintenance.check import check
from model_store.storage.maintenance.transfer import export_run, import_run
from tests.support.finished_runs import bare_run


@pytest.fixture
def run(store: ModelStore) -> Run:
    return bare_run(store, Recipe(dataset="digits"))


def found(store: ModelStore) -> list[str]:
    return [f"{finding.what} {finding.next_step}" for finding in check(store)]


def test_a_whole_store_has_no_findings(store: ModelStore, run: Run) -> None:
    store.delete(bare_run(store, Recipe()).id)
    store.create(Recipe())
    assert found(store) == []


def test_a_store_that_is_none_has_no_findings(tmp_path: Path) -> None:
    assert found(ModelStore(tmp_path / "none", starter=None)) == []


def test_changed_files_and_lost_folders_are_named(store: ModelStore, run: Run) -> None:
    other = bare_run(store, Recipe())
    (run.folder / "weights.npz").write_bytes(b"changed")
    shutil.rmtree(other.folder)
    sentences = found(store)
    assert len(sentences) == 2
    assert any("weights.npz" in said and "train it again" in said for said in sentences)
    assert any(f"The folder of the run {other.id} is gone" in said for said in sentences)


def test_folders_that_nobody_refers_to_are_named(store: ModelStore, run: Run) -> None:
    shutil.copytree(run.folder, store.root / "20260101-000000-copy-000000")
    bad = shutil.copytree(run.folder, store.root / "20260101-000000-bad-000000")
    (bad / "run.json").write_text("{")
    (store.root / ".gone-0000").mkdir()
    said = " ".join(found(store))
    assert "20260101-000000-copy-000000 is a run that the database does not know" in said
    assert "store import" in said and "delete it if you do not need it" in said
    assert "removes it at its next start" in said


def test_a_run_travels_between_stores(store: ModelStore, run: Run, tmp_path: Path) -> None:
    store.append(run.id, '{"kind": "state", "state": "done", "message": "", "time": 3.0}')
    run = store.open(run.id)
    for name in run_folder.OF_A_MOMENT:
        (run.folder / name).write_bytes(b"of a moment")
    assert found(store) == []
    export_run(store, run.id, tmp_path / "run.zip")
    other = ModelStore(tmp_path / "other", starter=None)
    taken = import_run(other, tmp_path / "run.zip")
    assert (taken.id, taken.recipe, taken.state) == (run.id, run.recipe, run.state)
    other.verify(run.id)
    assert other.events(run.id) == store.events(run.id)
    with pytest.raises(StoreError, match="in this store already"):
        import_run(other, tmp_path / "run.zip")
    third = ModelStore(tmp_path / "third", starter=None)
    copied = import_run(third, run.folder)
    assert copied.id == run.id, "a folder as it is"
    for name in run_folder.OF_A_MOMENT:
        assert not any((each.folder / name).exists() for each in (taken, copied))
    shutil.copytree(run.folder, fourth := tmp_path / "fourth" / run.id)
    inside = ModelStore(tmp_path / "fourth", starter=None)
    inside.database.prepare(writing=True)
    assert inside.find().total == 1 and fourth.is_dir()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no zip", b"{}"])
def test_a_file_that_is_no_run_is_a_sentence(
    store: ModelStore, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "run.zip").write_bytes(content)
    with pytest.raises(StoreError, match="is no run"):
        import_run(store, tmp_path / "run.zip")
    assert store.find().total == 0


def test_a_changed_or_unfinished_run_does_not_travel(
    store: ModelStore, run: Run, tmp_path: Path
) -> None:
    other = ModelStore(tmp_path / "other", starter=None)
    (run.folder / "weights.npz").write_bytes(b"changed")
    with pytest.raises(StoreError, match="changed or damaged"):
        import_run(other, run.folder)
    with pytest.raises(StoreError, match="has not ended"):
        import_run(other, store.create(Recipe()).folder)
    assert other.find().total == 0
    assert [path.name for path in other.root.iterdir() if path.is_dir()] == []
