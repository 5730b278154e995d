"""Limits of a class: kept for the next server, with a sentence for every refusal."""

from pathlib import Path

import pytest

from model_store import StoreError
from model_store.classroom.limits import FILE, Limits, LimitsFile


def test_without_limits_nothing_is_refused(tmp_path: Path) -> None:
    limits = LimitsFile(tmp_path).read()
    assert limits == Limits()
    assert (limits.epochs_problem(10**6), limits.new_run_problem(10**6)) == ("", "")


def test_a_refusal_says_what_the_teacher_allows() -> None:
    limits = Limits(epochs=20, unfinished=2)
    assert limits.epochs_problem(20) == limits.new_run_problem(1) == ""
    assert "at most 20 epochs in a run. This one has 21" in limits.epochs_problem(21)
    assert "at most 2 open runs. You have 2" in limits.new_run_problem(2)


def test_limits_outlive_the_server_and_are_lifted_again(tmp_path: Path) -> None:
    root = tmp_path / "not yet there"
    LimitsFile(root).write(Limits(epochs=20))
    assert LimitsFile(root).read() == Limits(epochs=20)
    LimitsFile(root).write(Limits())
    assert LimitsFile(root).read() == Limits()


@pytest.mark.parametrize("value", [0, -1, 1.5, True, "7", 10**9])
def test_no_limit_at_all(value: object) -> None:
    with pytest.raises(ValueError):
        Limits(epochs=value)  # type: ignore[arg-type]
    with pytest.raises(ValueError):
        Limits(unfinished=value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "7",
        '{"epochs": 0}',
        '{"epochs": "x"}',
        '{"held": 1}',
        '{"other": 1}',
        "[" * 9999,
    ],
)
def test_a_damaged_file_limits_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content)
    assert LimitsFile(tmp_path).read() == Limits()


def test_a_damaged_file_is_logged_once_and_a_replaced_one_counts(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / FILE).write_text("{")
    limits = LimitsFile(tmp_path)
    assert [limits.read() for _each in range(3)] == [Limits()] * 3
    assert caplog.text.count("has no limits") == 1
    LimitsFile(tmp_path).write(Limits(epochs=3))
    assert limits.read() == Limits(epochs=3)


def test_a_failed_write_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(StoreError, match="cannot be written"):
        LimitsFile(tmp_path).write(Limits(epochs=3))
