"""A run's folder makes a run, or a sentence why not, whatever its files hold."""

import json
from pathlib import Path

import pytest

from model_store import ModelStore, Run, RunDamaged, RunNotFound, RunState
from model_store.recipe.recipe import Recipe
from model_store.runs.events import Chunk, Evaluated, Started, StateChanged
from model_store.runs.label import Label
from model_store.storage import atomic_files, run_folder

RESULT = Evaluated(0.3, 0.9, 0.2, 0.95, 2, 20, 1.5, 5.0)
RUN = "20260101-000000-a-run-abcdef"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The folder of a run that was just accepted."""
    place = tmp_path / RUN
    place.mkdir()
    atomic_files.write_json(place / run_folder.RECIPE, Recipe().to_dict())
    atomic_files.write_json(
        place / run_folder.STATUS, run_folder.first_status(RUN, "me", "ab", "s", "v", 7.0)
    )
    return place


def change(place: Path, **values: object) -> None:
    status = atomic_files.read_json(place / run_folder.STATUS)
    atomic_files.write_json(place / run_folder.STATUS, {**status, **values})


def test_what_was_accepted_is_read(place: Path) -> None:
    assert run_folder.read(RUN, place) == Run(
        *(RUN, place, Recipe(), "me", RunState.QUEUED, "", 7.0), lease="ab", sweep="s", verifies="v"
    )
    assert run_folder.read(RUN, place, shipped=True).shipped


def test_each_event_changes_its_fields(place: Path) -> None:
    for event in (
        Started(8.0, 10, 2),
        Chunk(1, 0.1, 1.0, 0.5, 10.0, 9.0),
        RESULT,
        StateChanged("done", "It is done.", 10.0),
    ):
        change(place, **run_folder.changes(event))
    run = run_folder.read(RUN, place)
    assert (run.state, run.message) == (RunState.DONE, "It is done.")
    assert (run.created, run.started, run.finished) == (7.0, 8.0, 10.0)
    assert run.result["test_accuracy"] == 0.9 and "time" not in run.result
    change(place, **run_folder.changes(StateChanged("queued", "", 11.0)))
    assert run_folder.read(RUN, place).finished is None, "it was resumed"


def test_no_event_changes_a_state_to_one_that_is_none() -> None:
    with pytest.raises(ValueError):
        run_folder.changes(StateChanged("dancing", "", 1.0))


@pytest.mark.parametrize(
    "values",
    [
        {"state": "dancing"},
        {"state": None},
        {"created": "yesterday"},
        {"created": float("nan")},
        {"created": -1},
        {"finished": 1e300},
        {"started": []},
        {"result": {"test_accuracy": 0.9}},
        {"result": [1]},
        {"result": {**run_folder.changes(RESULT)["result"], "test_loss": "low"}},
    ],
)
def test_a_status_that_is_none_is_a_sentence(place: Path, values: dict[str, object]) -> None:
    change(place, **values)
    with pytest.raises(RunDamaged, match=f"{RUN} .* not a readable run: a file is unreadable"):
        run_folder.read(RUN, place)


@pytest.mark.parametrize(
    "name", [run_folder.RECIPE, run_folder.STATUS, "manifest.json", "origin.json"]
)
@pytest.mark.parametrize("content", ["", "{", "null", "[]", "[" * 100_000, "\xff", '{"files": 3}'])
def test_a_file_that_is_none_is_a_sentence(place: Path, name: str, content: str) -> None:
    (place / name).write_text(content, encoding="latin-1")
    with pytest.raises(RunDamaged, match="not a readable run"):
        run_folder.read(RUN, place)


def test_a_recipe_that_cannot_be_trained_says_why(place: Path) -> None:
    atomic_files.write_json(place / run_folder.RECIPE, {"dataset": "cats"})
    with pytest.raises(RunDamaged, match="'cats' is not one of"):
        run_folder.read(RUN, place)


def test_no_folder_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(RunNotFound):
        run_folder.read(RUN, tmp_path / RUN)


def test_a_run_names_its_sweep_and_older_runs_have_none(tmp_path: Path) -> None:
    store = ModelStore(tmp_path)
    trial = store.create(Recipe(), sweep="20260101-000000-abcdef")
    assert store.open(trial.id).sweep == "20260101-000000-abcdef"
    status = json.loads((trial.folder / "run.json").read_text())
    del status["sweep"]
    (trial.folder / "run.json").write_text(json.dumps(status))
    assert store.open(trial.id).sweep == ""


def test_the_stamp_changes_with_all_that_is_read(place: Path) -> None:
    seen = {run_folder.stamp(place)}
    for name in (
        run_folder.RECIPE,
        run_folder.STATUS,
        "manifest.json",
        "label.json",
        "origin.json",
    ):
        atomic_files.write(place / name, Label().to_json())
        seen.add(run_folder.stamp(place))
    assert len(seen) == 6
    atomic_files.write(place / "events.jsonl", b"")
    assert run_folder.stamp(place) in seen
