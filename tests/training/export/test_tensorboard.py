"""Event files: TensorBoard reads the run's curves."""

import io
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from tests.training.export.conftest import Trained
from training.export.tensorboard import event_files

ROOT = Path(__file__).resolve().parents[3]


def test_tensorboard_reads_the_event_files(made_up: Trained, tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    run, history = made_up
    with zipfile.ZipFile(io.BytesIO(event_files(run, history))) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path)
    assert "tensorboard --logdir" in (tmp_path / "README.txt").read_text()
    wanted = {
        ("train", "loss"): [(c.step, c.loss) for c in history.chunks],
        ("train", "accuracy"): [(c.step, c.accuracy) for c in history.chunks],
        ("train", "epoch_accuracy"): [(e.step, e.accuracy) for e in history.epochs],
        ("train", "learning_rate"): [(e.step, e.learning_rate) for e in history.epochs],
        ("validation", "epoch_accuracy"): [(e.step, e.val_accuracy) for e in history.epochs],
        ("validation", "epoch_loss"): [(e.step, e.val_loss) for e in history.epochs],
    }
    for (part, tag), points in wanted.items():
        reader = EventAccumulator(str(tmp_path / run.id / part)).Reload()
        read = [(event.step, event.value) for event in reader.Scalars(tag)]
        assert [step for step, _value in read] == [step for step, _value in points]
        assert [value for _step, value in read] == pytest.approx([v for _s, v in points])


def test_without_validation_there_is_no_second_curve(made_up: Trained) -> None:
    run, history = made_up
    epochs = tuple(replace(e, val_loss=None, val_accuracy=None) for e in history.epochs)
    content = event_files(run, replace(history, epochs=epochs))
    with zipfile.ZipFile(io.BytesIO(content)) as files:
        assert not any("validation" in name for name in files.namelist())


def test_making_all_exports_loads_no_tensorflow(made_up: Trained) -> None:
    code = f"""
import sys
from pathlib import Path
from model_store import ModelStore
from model_store.runs.history import History
from training.export import curves, notebook, receipt, script, tensorboard
store = ModelStore(Path({str(made_up[0].folder.parent)!r}), starter=None)
run = store.open({made_up[0].id!r})
history = History.from_events(store.events(run.id))
made = [
    tensorboard.event_files(run, history),
    notebook.notebook(run, history),
    script.script(run, history),
    curves.points_csv(history),
    receipt.Receipt.of(run, history).to_markdown(),
]
assert all(made)
assert not {{"tensorflow", "keras"}} & set(sys.modules)
"""
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
