"""A run's folder makes a run, or a sentence why not, whatever its files hold."""

from dataclasses import replace
from pathlib import Path

import pytest

from model_store import Run, RunDamaged, RunNotFound, RunState
from model_store.recipe.recipe import Recipe
from model_store.runs import events
from model_store.runs.events import Batch, Chunk, EpochEnd, Evaluated, Event, Started, StateChanged
from model_store.storage import atomic_files, event_log, run_folder

RESULT = Evaluated(0.3, 0.9, 0.2, 0.95, 2, 20, 1.5, 5.0)
RUN = "20260101-000000-a-run-abcdef"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The folder of a run that was just accepted."""
    place = tmp_path / RUN
    place.mkdir()
    atomic_files.write_json(place / run_folder.RECIPE, Recipe().to_dict())
    run_folder.write(accepted(place), place)
    return place


def accepted(place: Path) -> Run:
    queued = (RUN, place, Recipe(), "me", RunState.QUEUED, "", 7.0)
    return Run(*queued, lease="ab", sweep="s", verifies="v")


def change(place: Path, **values: object) -> None:
    status = atomic_files.read_json(place / run_folder.STATUS)
    atomic_files.write_json(place / run_folder.STATUS, {**status, **values})


def test_what_was_accepted_is_read(place: Path) -> None:
    assert run_folder.read(RUN, place) == accepted(place)
    assert run_folder.read(RUN, place, shipped=True).shipped


def told(place: Path, *said: Event) -> Run:
    """The run as a new database takes it in, after these events."""
    for event in said:
        event_log.add(place / event_log.FILE, events.to_json(event))
    return run_folder.recovered(run_folder.read(RUN, place), run_folder.record(place))


def epoch(number: int, accuracy: float) -> EpochEnd:
    return EpochEnd(number, 9 * number, 0.5, 0.9, 0.4, accuracy, 2.0, 0.001, 5.0)


def test_a_run_is_what_its_record_says(place: Path) -> None:
    run = told(
        place,
        Started(8.0, 10, 2),
        Chunk(1, 0.1, 1.0, 0.5, 10.0, 9.0),
        epoch(1, 0.7),
        Batch(10, 1.1, 2.0, 1.0, 9.5),
        epoch(2, 0.6),
        RESULT,
        StateChanged("done", "It is done.", 10.0),
    )
    assert (run.state, run.message) == (RunState.DONE, "It is done.")
    assert (run.created, run.started, run.finished) == (7.0, 8.0, 10.0)
    assert run.result["test_accuracy"] == 0.9 and "time" not in run.result
    assert (run.scores.epochs, run.scores.best, run.scores.last) == (2, 0.7, 0.6)
    run = told(place, StateChanged("queued", "", 11.0))
    assert run.finished is None, "it was resumed"


def test_an_end_that_the_record_lost_is_that_of_the_status(place: Path) -> None:
    ended = replace(accepted(place), state=RunState.STOPPED, message="why", finished=9.0)
    run_folder.write(ended, place, deleted=12.0)
    assert told(place, StateChanged("running", "", 8.0)) == ended
    assert run_folder.deleted_at(place) == 12.0


@pytest.mark.parametrize(("epochs", "state"), [(5, RunState.DONE), (2, RunState.STOPPED)])
def test_a_complete_run_has_ended_whatever_is_lost(
    place: Path, epochs: int, state: RunState
) -> None:
    result = {**events.to_dict(RESULT), "epochs": epochs}
    del result["kind"], result["time"]
    atomic_files.write_json(place / "manifest.json", {"result": result, "files": {}})
    run = told(place)
    assert (run.state, run.result["epochs"]) == (state, epochs)


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
        {"result": {**events.to_dict(RESULT), "test_loss": "low"}},
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


def test_an_older_run_has_no_sweep(place: Path) -> None:
    status = atomic_files.read_json(place / run_folder.STATUS)
    del status["sweep"], status["verifies"]
    atomic_files.write_json(place / run_folder.STATUS, status)
    run = run_folder.read(RUN, place)
    assert (run.sweep, run.verifies) == ("", "")


@pytest.mark.parametrize("text", ["{", "[]", '{"name": 3}', '{"name": "x"}', "\xff", "[" * 10_000])
def test_a_damaged_label_costs_only_itself(place: Path, text: str) -> None:
    (place / "label.json").write_text(text, encoding="latin-1")
    assert run_folder.read(RUN, place).label.name == ""
