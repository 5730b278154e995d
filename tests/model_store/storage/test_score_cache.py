"""The few figures of a run that the table shows."""

import os
from pathlib import Path

from model_store import ModelStore
from model_store.recipe.recipe import Recipe
from model_store.runs.events import Chunk, EpochEnd, Started
from model_store.storage.score_cache import ScoreBook, Scores


def end(epoch: int, val: float | None, accuracy: float = 0.5) -> EpochEnd:
    return EpochEnd(epoch, epoch * 10, 1.0, accuracy, val, val, 2.0, 0.001, 0.0)


def record(tmp_path: Path, *events: Started | EpochEnd | Chunk) -> tuple[ModelStore, str]:
    store = ModelStore(tmp_path / "runs", starter=None)
    run = store.create(Recipe())
    for event in events:
        store.append(run.id, event)
    return store, run.id


def test_best_and_last(tmp_path: Path) -> None:
    epochs = [end(n, val) for n, val in enumerate((0.5, 0.9, 0.9, 0.7), 1)]
    store, run_id = record(tmp_path, Started(0, 10, 4), Chunk(5, 0.5, 1, 1, 1, 1), *epochs)
    scores = ScoreBook().of(store.root / run_id)
    assert scores == Scores(4, 8.0, 0.5, 0.7, 0.9, 2)


def test_without_validation_there_is_training_alone(tmp_path: Path) -> None:
    store, run_id = record(tmp_path, end(1, None, 0.6))
    assert ScoreBook().of(store.root / run_id) == Scores(1, 2.0, 0.6, None, None, None)


def test_what_a_resumed_run_repeats_counts_once(tmp_path: Path) -> None:
    events = [Started(0, 10, 3), end(1, 0.5), end(2, 0.99), Started(9, 10, 3, epoch=1), end(2, 0.6)]
    store, run_id = record(tmp_path, *events)
    scores = ScoreBook().of(store.root / run_id)
    assert (scores.epochs, scores.best, scores.best_epoch) == (2, 0.6, 2)


def test_a_damaged_record_costs_its_lines(tmp_path: Path) -> None:
    lines = (b'{"kind": "epoch", "epo', b'{"kind": "epoch"}', b"\xff\xfe", b"")
    assert Scores.of(lines) == Scores()
    assert ScoreBook().of(tmp_path / "nowhere") == Scores()


def test_only_a_changed_record_is_read_again(tmp_path: Path) -> None:
    store, run_id = record(tmp_path, end(1, 0.5))
    book, path = ScoreBook(), store.root / run_id / "events.jsonl"
    assert book.of(path.parent).best == 0.5
    stat = path.stat()
    path.write_bytes(path.read_bytes().replace(b"0.5", b"0.7"))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert book.of(path.parent).best == 0.5, "same size and time: taken as read"
    store.append(run_id, end(2, 0.8))
    assert book.of(path.parent).best == 0.8
    book.keep([])
    assert book.of(path.parent).best == 0.8
