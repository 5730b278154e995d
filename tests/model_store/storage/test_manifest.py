"""The manifest: there is one only for a run that is complete, and it knows the run's files."""

import json
from pathlib import Path

import pytest

from model_store import ModelStore, Run, RunDamaged
from model_store.recipe.recipe import Hidden, Recipe
from model_store.storage import manifest, run_folder
from model_store.storage.manifest import FILE, HASHED
from tests.support.finished_runs import finished_run

RECIPE = Recipe(dataset="digits", hidden=(Hidden(4),), seed=5)


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "runs", starter=None)


@pytest.fixture
def complete(store: ModelStore) -> Run:
    return finished_run(store, RECIPE, "me", facts={"versions": {"keras": "3"}})


def test_a_complete_run_names_its_files_and_what_it_depends_on(complete: Run) -> None:
    manifest.verify(complete)
    assert set(complete.manifest["files"]) == set(HASHED)
    assert complete.manifest["result"] == complete.result
    assert complete.manifest["seed"] == 5
    assert complete.manifest["recipe_hash"] == RECIPE.hash
    assert complete.manifest["versions"] == {"keras": "3"}
    assert manifest.read(complete.folder) == complete.manifest


@pytest.mark.parametrize("name", HASHED)
def test_no_manifest_without_every_file(store: ModelStore, complete: Run, name: str) -> None:
    (complete.folder / FILE).unlink()
    (complete.folder / name).unlink()
    with pytest.raises(RunDamaged, match=name):
        manifest.write(complete, {})
    assert manifest.read(complete.folder) == {}


@pytest.mark.parametrize("name", HASHED)
def test_a_changed_or_lost_file_does_not_verify(complete: Run, name: str) -> None:
    path = complete.folder / name
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(RunDamaged, match=f"{name} of run {complete.id} was changed or damaged"):
        manifest.verify(complete)
    path.unlink()
    with pytest.raises(RunDamaged, match=name):
        manifest.verify(complete)


@pytest.mark.parametrize("name", ["../secret.json", "/etc/passwd", "events.jsonl"])
def test_a_manifest_looks_at_nothing_else(store: ModelStore, complete: Run, name: str) -> None:
    (store.root / "secret.json").write_text("secret")
    raw = json.loads((complete.folder / FILE).read_text())
    raw["files"][name] = "0" * 64
    (complete.folder / FILE).write_text(json.dumps(raw))
    with pytest.raises(RunDamaged, match="changed or damaged"):
        manifest.verify(run_folder.read(complete.id, complete.folder))


def test_without_a_manifest_there_is_nothing_to_verify(store: ModelStore) -> None:
    with pytest.raises(RunDamaged, match="no finished model yet"):
        manifest.verify(store.create(RECIPE))


def test_an_old_run_without_new_fields_in_the_manifest_is_readable(
    store: ModelStore, complete: Run
) -> None:
    (complete.folder / FILE).write_text(json.dumps({"format": 1}))
    assert store.open(complete.id).has_model


@pytest.mark.parametrize("content", ["half", "[]", '{"files": []}', "[" * 100_000])
def test_a_manifest_that_is_none(complete: Run, content: str) -> None:
    (complete.folder / FILE).write_text(content)
    with pytest.raises((ValueError, RecursionError)):
        manifest.read(complete.folder)
