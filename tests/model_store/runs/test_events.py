"""Events: round trip through JSON, and refusal of unknown ones."""

import numpy as np
import pytest

from model_store.runs import events
from model_store.runs.events import (
    Batch,
    Chunk,
    EpochEnd,
    Evaluated,
    LearningRate,
    Started,
    StateChanged,
)

ONE_OF_EACH = [
    Started(1.0, 10, 2),
    Chunk(5, 0.5, 2.1, 0.3, 1000.0, 2.0),
    EpochEnd(1, 10, 1.9, 0.4, None, None, 0.5, 0.001, 3.0),
    LearningRate(12, 1.2, 0.01, 4.0),
    Batch(13, 1.3, 1.5, 1.25, 4.5),
    Evaluated(0.3, 0.9, 0.2, 0.95, 2, 20, 1.5, 5.0),
    StateChanged("done", "", 6.0),
]


@pytest.mark.parametrize("event", ONE_OF_EACH, ids=lambda e: type(e).__name__)
def test_round_trip(event: events.Event) -> None:
    assert events.from_json(events.to_json(event)) == event


def test_numpys_numbers_become_pythons() -> None:
    given = Chunk(np.int64(5), 0.5, np.float32(2.5), np.float64(0.5), 1000.0, 2.0)  # type: ignore[arg-type]
    assert events.from_json(events.to_json(given)) == Chunk(5, 0.5, 2.5, 0.5, 1000.0, 2.0)


def test_a_field_of_a_newer_version_is_passed_over() -> None:
    raw = {**events.to_dict(StateChanged("done", "", 6.0)), "colour": "red"}
    assert events.from_dict(raw) == StateChanged("done", "", 6.0)


@pytest.mark.parametrize("raw", [{}, {"kind": "party"}, {"kind": "chunk"}, {"kind": None}])
def test_no_event(raw: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        events.from_dict(raw)
