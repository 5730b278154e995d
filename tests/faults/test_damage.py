"""Damaged and half-written runs: each costs itself at most, and the page says what is lost.

The database knows a run whatever becomes of its folder. Files are needed where they are used, and
when the database is made anew from the folders.
"""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from model_store import ModelStore, Run, RunDamaged, RunState
from model_store.classroom.display_names import DisplayNames
from model_store.inference.classifier import Classifier
from model_store.runs.label import Label
from model_store.runs.provenance import Provenance
from model_store.storage.database.database import FILE
from model_store.storage.maintenance.check import check
from model_store.storage.maintenance.rebuild import rebuild
from model_store.storage.sweep_store import SweepStore
from pages.ui.services import singletons
from tests.support.compare_page import table
from tests.support.fault_tools import ME, SMALL, content, is_whole, problems, sentences
from tests.support.finished_runs import all_runs, arrays, finished_run
from training.cli.store import main as store_command
from training.engine.engine import Engine

Visit = Callable[..., AppTest]
Fault = Callable[[Path], object]
FILES = (
    "recipe.json",
    "run.json",
    "manifest.json",
    "events.jsonl",
    "weights.npz",
    "model.keras",
    "summary.json",
    "label.json",
    "origin.json",
    "start.npz",
    "checkpoints/epoch-0000.npz",
)
NEEDED = ("recipe.json", "run.json", "manifest.json", "origin.json")  # for a new database
HASHED = ("recipe.json", "weights.npz", "model.keras", "summary.json")  # named by the manifest
SECRET = b"root:x:0:0"


def half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def garbage(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 4)


def flipped(path: Path) -> None:
    """Change a byte in the middle, as a failing disk does."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x40
    path.write_bytes(data)


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def leads_out(path: Path) -> None:
    """Replace a path by a link that leads out of the store."""
    path.unlink()
    path.symlink_to(path.parents[2 if path.parent.name == "checkpoints" else 1] / "secret")


def leads_nowhere(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.with_name("nowhere"))


FAULTS: tuple[Fault, ...] = (
    half,
    garbage,
    flipped,
    lambda path: path.write_bytes(b""),
    lambda path: path.write_bytes(b"null"),
    lambda path: path.write_bytes(b"[" * 100_000),
    Path.unlink,
    folder,
    leads_out,
    leads_nowhere,
)
WORDS = ("half", "garbage", "flipped", "empty", "null", "deep", "gone", "folder", "out", "nowhere")


def full(store: ModelStore, name: str) -> Run:
    """Add a finished run with every file that a run can have."""
    run = finished_run(store, SMALL.with_(name=name), ME)
    store.save(run.id, "start.npz", arrays(SMALL))
    store.save(run.id, "origin.json", Provenance("x", "X", "0" * 64).to_json())
    return store.describe(run.id, Label.of(name, "a note", "a tag"))


@pytest.fixture
def good(store: ModelStore) -> Run:
    store.root.mkdir()
    (store.root / "secret").write_bytes(SECRET)
    return full(store, "Good")


@pytest.mark.parametrize("fault", FAULTS, ids=WORDS)
def test_any_damage_to_any_file_is_a_sentence_or_harmless(
    store: ModelStore, good: Run, fault: Fault
) -> None:
    """For a store that knew the runs before, for another, and for a database made anew."""
    bad = {file: full(store, f"Bad {file}") for file in FILES}
    for file, run in bad.items():
        store.events(run.id)
        fault(run.folder / file)
    everything = {good.id, *(run.id for run in bad.values())}
    for each in (store, ModelStore(store.root, starter=None)):
        assert {run.id for run in all_runs(each)} == everything
        assert each.damaged() == []
        assert is_whole(each, good)
        for file, run in bad.items():
            each.events(run.id)
            assert list(each.checkpoints(run.id)) in ([0], []), file
            asked(each, run.id)
            if file in HASHED:
                with pytest.raises(RunDamaged):
                    each.verify(run.id)
    for file, run in bad.items():
        before = content(run.folder)
        store.delete(run.id)
        after = content(store.restore(run.id).folder)
        assert {**after, "run.json": ""} == {**before, "run.json": ""}, file
    if not (bad["run.json"].folder / "run.json").is_dir():
        fault(bad["run.json"].folder / "run.json")
    store.close()
    rebuild(store.root)
    again = ModelStore(store.root, starter=None)
    said = [str(damaged) for damaged in again.damaged()]
    assert all("not a readable run" in sentence for sentence in said)
    lost = {file for file, run in bad.items() if any(run.id in sentence for sentence in said)}
    assert len(lost) == len(said) and lost <= set(NEEDED)
    assert {run.id for run in all_runs(again)} == everything - {bad[file].id for file in lost}
    assert is_whole(again, good)
    assert (store.root / "secret").read_bytes() == SECRET


@pytest.mark.parametrize(
    ("file", "key", "value"),
    [
        ("run.json", "created", "NaN"),
        ("run.json", "created", "1e99"),
        ("run.json", "finished", "-1"),
        ("run.json", "started", "1" + "0" * 400),
        ("run.json", "result", "0"),
        ("run.json", "result", '"good"'),
        ("run.json", "result", '{"test_accuracy": 0.9}'),
        ("run.json", "state", "[]"),
        ("manifest.json", "files", "[]"),
    ],
)
def test_what_can_be_read_and_makes_no_sense_is_damage_for_a_new_database(
    store: ModelStore, good: Run, file: str, key: str, value: str
) -> None:
    whole = json.loads((good.folder / file).read_text())
    parts = {name: json.dumps(part) for name, part in whole.items()} | {key: value}
    text = ", ".join(f'"{name}": {part}' for name, part in parts.items())
    (good.folder / file).write_text(f"{{{text}}}")
    assert store.open(good.id).id == good.id
    store.close()
    rebuild(store.root)
    again = ModelStore(store.root, starter=None)
    assert all_runs(again) == []
    assert [good.id in str(damaged) for damaged in again.damaged()] == [True]


def asked(store: ModelStore, run_id: str) -> None:
    """Let the run answer; expect advice to train again in any error."""
    said = "Train it again"
    try:
        Classifier.load(store.open(run_id))
    except RunDamaged as error:
        said = str(error)
    assert "Train it again" in said


def test_all_of_them_at_once_leave_the_others_on_every_page(visit: Visit, good: Run) -> None:
    """A folder for each file and kind of damage, for a new database: in the table or named."""
    root = singletons.store().root
    bad = full(singletons.store(), "Bad")
    copies = []
    for file in FILES:
        for fault, word in zip(FAULTS, WORDS, strict=True):
            copy = root / f"20260101-000000-{Path(file).stem}-{word}"
            shutil.copytree(bad.folder, copy)
            for path in copy.rglob("*.json"):
                path.write_text(path.read_text().replace(bad.id, copy.name))
            fault(copy / file)
            copies.append(copy.name)
    singletons.store().close()
    rebuild(root)
    at = visit("compare", page="1")
    named = [name for name in copies if name in problems(at)]
    shown = [run.id for run in all_runs(singletons.store()) if not run.shipped]
    assert sorted(named + shown) == sorted([good.id, bad.id, *copies])
    assert len(named) > 20 and "Other runs are fine" in problems(at)
    assert table(at)["rows"][0]["id"] in (good.id, bad.id)
    for page in ("home", "data", "sweep", "train", "draw", "evaluate"):
        at = visit(page, run=good.id, view="weights", dataset="digits")
        assert problems(at) == ""


def test_text_that_cannot_be_encoded_breaks_no_page(visit: Visit, tmp_path: Path) -> None:
    """Older versions stored such names; every file that has a name is tested."""
    root = singletons.store().root
    run = full(ModelStore(tmp_path / "made", starter=None), "Bad")
    for name, key in (("recipe.json", "name"), ("label.json", "note"), ("origin.json", "title")):
        raw = json.loads((run.folder / name).read_text())
        (run.folder / name).write_text(json.dumps({**raw, key: "a\ud800b"}))
    label = json.loads((run.folder / "label.json").read_text())
    (run.folder / "label.json").write_text(json.dumps({**label, "name": "", "tags": ["\ud800"]}))
    shutil.copytree(run.folder, root / run.id)
    assert singletons.store().open(run.id).title == "a?b"
    for page in ("home", "train", "draw", "evaluate", "compare", "sweep"):
        at = visit(page, run=run.id)
        assert not at.exception and problems(at) == ""
    assert "a?b" in sentences(visit("train", run=run.id))
    link = json.dumps({"dataset": "digits", "epochs": 1, "name": "\ud800"})
    assert "cannot be saved" in problems(visit("train", recipe=link))


@pytest.mark.parametrize("file", FILES)
def test_the_page_of_a_damaged_run_says_what_is_lost(visit: Visit, good: Run, file: str) -> None:
    half(good.folder / file)
    at = visit("train", run=good.id)
    said = problems(at)
    assert said.count("cannot be read") == (file == "weights.npz") and (not said or "again" in said)
    assert ("Part of this run's record is lost" in sentences(at)) == (file == "events.jsonl")


def test_a_damaged_model_is_not_asked(visit: Visit, good: Run) -> None:
    folder(good.folder / "weights.npz")
    for page in ("draw", "evaluate"):
        said = problems(visit(page, run=good.id, view="weights"))
        assert "rain it again" in said and "hoose another" in said


@pytest.mark.parametrize("damage", ["garbage", "half", "gone"])
def test_a_damaged_database_is_named_on_pages_and_made_anew(
    visit: Visit, good: Run, damage: str
) -> None:
    """What is in folders is all there again, and of the rest what can still be read."""
    store = singletons.store()
    sweep = SweepStore(store.database).create({"space": [], "name": "asked"}, ME, "")
    DisplayNames(store.database).rename(ME, "Ada")
    others = [finished_run(store, SMALL.with_(seed=seed), ME) for seed in range(8)]
    store.delete(others[0].id)
    for each in (store, ModelStore(store.root)):
        each.close()
    path = store.root / FILE
    for wal in store.root.glob(f"{FILE}-*"):
        wal.unlink()
    if damage == "garbage":
        path.write_bytes(b"not a database" + path.read_bytes()[14:])
    elif damage == "half":
        half(path)
    else:
        path.unlink()
    singletons.store.cache_clear() if hasattr(singletons.store, "cache_clear") else None
    if damage != "gone":
        for page in ("home", "draw", "train", "sweep"):
            assert "Traceback" not in problems(visit(page))
        said = problems(visit("compare"))
        assert "is damaged" in said and "python -m training store rebuild" in said
    store.close()
    assert store_command(["--store", str(store.root), "rebuild"]) == 0
    again = ModelStore(store.root, starter=None)
    assert {run.id for run in all_runs(again)} == {good.id, *(run.id for run in others[1:])}
    assert all(is_whole(again, run) for run in (good, *others[1:]))
    assert [gone.run.id for gone in again.deleted()] == [others[0].id]
    assert list(check(again)) == []
    if damage == "half":
        found = [sweep.id for sweep in SweepStore(again.database).newest(9)]
        assert found in ([], [sweep.id]), "what can still be read"


def test_damage_beside_a_chosen_run_leaves_its_card(visit: Visit, good: Run) -> None:
    """Without weights and record, the card shows the rest."""
    bad = full(singletons.store(), "Bad")
    for file in ("weights.npz", "events.jsonl", "checkpoints/epoch-0000.npz", "model.keras"):
        folder(bad.folder / file)
    at = visit("compare", run=[good.id, bad.id])
    assert problems(at) == ""
    assert "the curve has 0 of 4 epochs" in sentences(at)


def test_half_a_run_is_no_model(visit: Visit, store: ModelStore, good: Run) -> None:
    """Every state in which a killed process can leave a run's folder, for a new database."""
    whole = full(store, "Whole")
    order = ("recipe.json", "run.json", "events.jsonl", "checkpoints/epoch-0000.npz")
    order += ("weights.npz", "model.keras", "summary.json")
    for number in range(len(order)):
        name = f"20260101-000000-half-{number:06}"
        begun = store.root / (f".new-{name}" if number < 3 else name)
        (begun / "checkpoints").mkdir(parents=True)
        for file in order[: number + 1]:
            shutil.copy(whole.folder / file, begun / file)
        if number >= 3:
            (begun / f".new-weights.npz-{number:08}").write_bytes(b"PK\x03\x04")
    store.close()
    rebuild(store.root)
    store = ModelStore(store.root, starter=None)
    shown = {run.id: run.has_model for run in all_runs(store)}
    assert shown.pop(good.id) and shown.pop(whole.id)
    assert len(shown) == 4 and not any(shown.values())
    assert store.damaged() == []
    assert problems(visit("draw", run=good.id)) == ""
    said = problems(visit("draw", run=next(iter(shown))))
    assert "left no model" in said and "Another model answers below" in said


def test_litter_is_swept_up_once_it_is_old(store: ModelStore, good: Run) -> None:
    old, young = store.root / ".new-old", store.root / ".new-young"
    for path in (old, young):
        path.mkdir()
    torn = good.folder / "checkpoints" / ".new-epoch-0001.npz-00000000"
    torn.write_bytes(b"PK")
    gone = store.root / ".gone-0000"
    gone.mkdir()
    for path in (old, torn):
        os.utime(path, (0, 0))
    before = content(good.folder)
    store.tidy()
    assert (old.exists(), torn.exists(), gone.exists(), young.exists()) == (False,) * 3 + (True,)
    before.pop("checkpoints/.new-epoch-0001.npz-00000000")
    assert content(good.folder) == before


def test_a_link_in_place_of_a_run_costs_nothing_outside(store: ModelStore, tmp_path: Path) -> None:
    """Deleting, restoring and purging keep the link's target."""
    elsewhere = ModelStore(tmp_path / "elsewhere", starter=None)
    run = finished_run(elsewhere, SMALL, ME)
    before = content(run.folder)
    before.pop("run.json")
    store.root.mkdir()
    (store.root / run.id).symlink_to(run.folder)
    assert is_whole(store, store.open(run.id)), "it was taken over"
    store.delete(run.id)
    assert is_whole(store, store.restore(run.id))
    store.delete(run.id)
    store.forget(run.id)
    assert not (store.root / run.id).exists()
    after = content(run.folder)
    after.pop("run.json")
    assert after == before


def test_a_run_damaged_while_it_waits_goes_on(store: ModelStore) -> None:
    engine = Engine(store, workers=1, address="")
    bad, good = (engine.submit(SMALL.with_(seed=seed), ME) for seed in (1, 2))
    garbage(bad.folder / "run.json")
    engine.close()
    assert [store.open(run.id).state for run in (bad, good)] == [RunState.INTERRUPTED] * 2
