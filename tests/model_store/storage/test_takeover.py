"""A store of folders, as versions before the database wrote it, becomes a database once."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

from model_store import ModelStore, Run, RunState
from model_store.classroom.display_names import DisplayNames
from model_store.classroom.drawing_set import DrawingStore
from model_store.classroom.limits import Limits, LimitsStore
from model_store.recipe.recipe import Recipe
from model_store.runs.label import Label
from model_store.storage import takeover
from model_store.storage.database.schema import runs
from model_store.storage.run_query import RunQuery, owner_hash
from model_store.storage.sweep_store import SweepState, SweepStore
from tests.support.databases import OpenStore
from tests.support.drawings import seven
from tests.support.engines import CODE
from tests.support.finished_runs import finished_run

ADA = "ada's unguessable id"
SWEEP = "20260101-000000-abcdef"
RECIPE = Recipe(dataset="digits", epochs=4)


def old_store(tmp_path: Path, root: Path, many: int = 0) -> dict[str, Run]:
    """Runs as folders, sweeps, names, limits and drawings as files; returns the runs by name."""
    maker = ModelStore(tmp_path / "maker", starter=None)
    done = finished_run(maker, RECIPE.with_(name="Done"), ADA)
    maker.describe(done.id, Label.of("Named", "a note", "tag"))
    cut = maker.create(RECIPE.with_(name="Cut"), ADA, lease="0" * 16, sweep=SWEEP)
    maker.set_state(cut.id, RunState.RUNNING)
    gone = finished_run(maker, RECIPE.with_(name="Gone"), ADA)
    bad = finished_run(maker, RECIPE.with_(name="Bad"), ADA)
    found = {"done": maker.open(done.id), "cut": maker.open(cut.id), "gone": gone, "bad": bad}
    maker.close()
    root.mkdir()
    for run in found.values():
        shutil.copytree(run.folder, root / run.id)
    status = json.loads((root / cut.id / "run.json").read_text())
    (root / cut.id / "run.json").write_text(json.dumps({**status, "state": "running"}))
    (root / gone.id).rename(root / f".bin-{gone.id}")
    (root / bad.id / "run.json").write_text("{")
    for number in range(many):
        shutil.copytree(found["done"].folder, root / f"20260101-000000-copy-{number:06}")
    (root / ".people").mkdir()
    (root / ".people" / owner_hash(ADA)).write_text("Ada")
    (root / ".limits.json").write_text('{"epochs": 9, "unfinished": null, "held": true}')
    (root / ".sweeps" / SWEEP).mkdir(parents=True)
    trial = {"number": 0, "point": {"units": 8}, "run": cut.id, "state": "open", "curve": [0.5]}
    sweep = {"format": 1, "id": SWEEP, "owner": ADA, "plan": {"space": []}, "state": "running"}
    (root / ".sweeps" / SWEEP / "sweep.json").write_text(
        json.dumps({**sweep, "lease": "1" * 16, "created": 5.0, "trials": [trial]})
    )
    (root / ".sweeps" / "20260101-000000-bad000").mkdir()
    (root / ".drawings").mkdir()
    raw = {**seven().to_dict(), "owner": ADA}
    (root / ".drawings" / f"{seven().id}.json").write_text(json.dumps(raw))
    (root / ".drawings" / "0000000000000000.json").write_text("[" * 1000)
    (root / ".engines").mkdir()
    return found


def test_everything_is_there(tmp_path: Path, open_store: OpenStore) -> None:
    old = old_store(tmp_path, tmp_path / "runs")
    store = open_store()
    shown = store.find(RunQuery(trials=True))
    assert {run.id for run in shown.runs} == {old["done"].id, old["cut"].id}
    done = store.open(old["done"].id)
    assert done == Run(**{**fields(old["done"]), "folder": done.folder, "owner_name": "Ada"})
    assert done.scores.epochs == 4 and done.label.tags == ("tag",)
    store.verify(done.id)
    cut = store.open(old["cut"].id)
    assert (cut.state, cut.sweep) == (RunState.RUNNING, SWEEP)
    store.interrupt_orphans("The app ended.")
    assert store.open(cut.id).state is RunState.INTERRUPTED
    assert [str(each) for each in store.damaged()] == [
        f"The folder {old['bad'].id} in the store is not a readable run: a file is unreadable."
    ]
    assert [gone.run.id for gone in store.deleted(ADA)] == [old["gone"].id]
    store.verify(store.restore(old["gone"].id).id)
    assert DisplayNames(store.database).name(ADA) == "Ada"
    assert store.find(RunQuery(text="ADA")).total == 2
    assert LimitsStore(store.database).read() == Limits(epochs=9, held=True)
    (sweep,) = SweepStore(store.database).newest(9)
    assert (sweep.state, sweep.lease, sweep.trials[0].curve) == (
        *(SweepState.RUNNING, "1" * 16),
        (0.5,),
    )
    assert DrawingStore(store.database).find(seven().id) is not None
    assert store.progress is None


def fields(run: Run) -> dict[str, object]:
    return {name: getattr(run, name) for name in run.__dataclass_fields__}


def test_it_is_done_once_and_what_it_replaces_is_put_away(
    tmp_path: Path, open_store: OpenStore
) -> None:
    root = tmp_path / "runs"
    old = old_store(tmp_path, root)
    first = open_store()
    first.delete(old["done"].id)
    shutil.copytree(old["done"].folder, root / "20260101-000000-late-000000")
    second = open_store()
    assert {run.id for run in second.find(RunQuery(trials=True)).runs} == {old["cut"].id}
    hidden = {path.name for path in root.iterdir() if path.name.startswith(".")}
    assert hidden == {takeover.DONE}
    assert (root / takeover.DONE / ".limits.json").is_file()


def test_progress_is_told_and_looks_do_not_wait(
    tmp_path: Path, open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever looks meanwhile sees what is there already."""
    old_store(tmp_path, tmp_path / "runs", many=6)
    monkeypatch.setattr(takeover, "BATCH", 2)
    store = open_store()
    told: list[tuple[tuple[int, int] | None, int]] = []
    insert = takeover.insert_found

    def noted(*given: object) -> None:
        told.append((store.progress, store.find().total))
        insert(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(takeover, "insert_found", noted)
    store.find()
    assert [progress for progress, _shown in told] == [(n, 10) for n in range(0, 10, 2)]
    assert [shown for _progress, shown in told] == sorted(shown for _progress, shown in told)


KILLED = """
import os, sys
from pathlib import Path
from model_store import ModelStore
from model_store.storage import takeover
insert, left = takeover.insert_found, int(sys.argv[2])
takeover.BATCH = 2
def dying(*given):
    global left
    if not left:
        os.kill(os.getpid(), 9)
    left -= 1
    insert(*given)
takeover.insert_found = dying
ModelStore(Path(sys.argv[1]), starter=None).find()
"""


@pytest.mark.parametrize("batches", range(5))
def test_a_takeover_that_is_killed_begins_anew_and_leaves_the_folders(
    tmp_path: Path, batches: int
) -> None:
    root = tmp_path / "runs"
    old = old_store(tmp_path, root, many=6)
    before = {p.name for p in root.iterdir() if not p.name.startswith(".bin-")}
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, str(root), str(batches)], cwd=CODE, env=os.environ
    )
    assert ended.returncode == -9
    assert before <= {path.name for path in root.iterdir()}
    store = ModelStore(root, starter=None)
    count = store.database.rows(select(func.count()).select_from(runs))[0][0]
    assert count == 9 and len(store.damaged()) == 1
    assert [gone.run.id for gone in store.deleted()] == [old["gone"].id]
    assert LimitsStore(store.database).read().held
    store.verify(old["done"].id)


def test_what_cannot_be_shown_is_taken_over_harmlessly(
    tmp_path: Path, open_store: OpenStore
) -> None:
    """Text that no version should have stored: a name with half a character."""
    root = tmp_path / "runs"
    old = old_store(tmp_path, root)
    recipe = root / old["done"].id / "recipe.json"
    recipe.write_text(recipe.read_text().replace('"Done"', '"\\ud800\\u0000"'))
    (root / old["done"].id / "label.json").unlink()
    store = open_store()
    title = store.open(old["done"].id).title
    assert title.encode() and "\ud800" not in title
    store.find(RunQuery(text="\ud800"))
