"""Curves from a run's record."""

from model_store.runs.events import Batch, Chunk, EpochEnd, Started
from model_store.runs.history import History, thin


def chunk(epoch: float, loss: float = 1.0) -> Chunk:
    return Chunk(int(epoch * 100), epoch, loss, 0.5, 100.0, time=epoch * 10)


def end(epoch: int, val: float | None = None) -> EpochEnd:
    return EpochEnd(epoch, epoch * 100, 1.0, 0.5, val, val, 10.0, 0.001, epoch * 10.0)


def test_curves_are_thinned_to_means() -> None:
    x, y = thin([i / 100 for i in range(1, 1001)], [i % 2 for i in range(1, 1001)], points=100)
    assert len(x) == len(y) == 100
    assert x[-1] == 10.0
    assert set(y) == {0.5}


def test_validation_only_where_there_was_any() -> None:
    assert History.from_events([end(1), end(2)]).validation("loss") == ([], [])
    assert History.from_events([end(1, 0.5), end(2, 0.6)]).validation("accuracy") == (
        [1, 2],
        [0.5, 0.6],
    )


def test_a_resumed_run_tells_the_later_story_once() -> None:
    record = [Started(0, 100, 3), chunk(0.5), chunk(1.0), end(1), chunk(1.5, 9.0)]
    record += [Started(50, 100, 3, epoch=1), chunk(1.5, 2.0), chunk(2.0), end(2)]
    history = History.from_events(record)
    assert [c.epoch for c in history.chunks] == [0.5, 1.0, 1.5, 2.0]
    assert history.chunks[2].loss == 2.0
    assert [e.epoch for e in history.epochs] == [1, 2]


def test_single_steps_are_no_part_of_the_curves() -> None:
    record = [Started(0, 100, 3), chunk(0.5), chunk(1.0), end(1)]
    single = [Batch(step, step / 100, 2.0, 1.0, 5.0) for step in (1, 51, 52, 120)]
    with_steps = [record[0], single[0], record[1], *single[1:3], *record[2:], single[3]]
    assert History.from_events(with_steps) == History.from_events(record)
