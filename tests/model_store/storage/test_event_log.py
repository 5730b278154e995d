"""A record is followed: only what is new is read, and half a line waits for its end."""

import os
from pathlib import Path

import pytest

from model_store.runs import events
from model_store.runs.events import Chunk, Event, Started
from model_store.storage import event_log
from model_store.storage.event_log import REMEMBERED, Records

FIRST = Started(1.0, 10, 2)


def chunk(step: int) -> Chunk:
    return Chunk(step, step / 10, 1.0, 0.5, 10.0, 2.0)


def said(path: Path, *given: Event) -> Path:
    for event in given:
        event_log.add(path, events.to_json(event))
    return path


def test_what_was_appended_since_is_read(tmp_path: Path) -> None:
    records, path = Records(), said(tmp_path / "a.jsonl", FIRST)
    assert records.events(path) == [FIRST]
    said(path, chunk(1), chunk(2))
    assert records.events(path) == [FIRST, chunk(1), chunk(2)]


def test_half_a_line_waits_and_a_damaged_one_costs_only_itself(tmp_path: Path) -> None:
    records, path = Records(), said(tmp_path / "a.jsonl", FIRST)
    with path.open("a") as file:
        file.write('{"kind": "chu')
    assert records.events(path) == [FIRST]
    with path.open("a") as file:
        file.write('nk", "broken": true}\nnot json\n[]\n' + "[" * 100_000 + "\n")
    said(path, chunk(1))
    assert records.events(path) == Records().events(path) == [FIRST, chunk(1)]


def test_another_file_in_its_place_is_read_from_its_beginning(tmp_path: Path) -> None:
    records, path = Records(), said(tmp_path / "a.jsonl", FIRST, chunk(1))
    assert len(records.events(path)) == 2
    os.replace(said(tmp_path / "b.jsonl", chunk(2), chunk(3), chunk(4)), path)
    assert records.events(path) == [chunk(2), chunk(3), chunk(4)]
    path.write_bytes(b"")
    assert records.events(path) == []


def test_the_list_is_the_callers_own(tmp_path: Path) -> None:
    records, path = Records(), said(tmp_path / "a.jsonl", FIRST)
    records.events(path).clear()
    assert records.events(path) == [FIRST]


def test_few_are_kept_in_memory_and_all_can_be_read(tmp_path: Path) -> None:
    records = Records()
    paths = [said(tmp_path / f"{n}.jsonl", FIRST) for n in range(REMEMBERED + 8)]
    for _twice in range(2):
        assert all(records.events(path) == [FIRST] for path in paths)
    assert list(records._tails) == paths[-REMEMBERED:]
    records.events(paths[8])
    records.events(paths[0])
    assert paths[8] in records._tails and paths[9] not in records._tails
    said(paths[0], chunk(1))
    assert records.events(paths[0]) == [FIRST, chunk(1)]
    records.forget(paths[0])
    records.forget(paths[0])
    assert paths[0] not in records._tails


def test_a_record_that_is_not_there_is_the_callers_to_explain(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Records().events(tmp_path / "a.jsonl")
    with pytest.raises(FileNotFoundError):
        event_log.add(tmp_path / "gone" / "a.jsonl", events.to_json(FIRST))
