"""Limits of a class: kept for the next server, with a sentence for every refusal."""

from pathlib import Path

import pytest

from model_store import ModelStore, StoreError
from model_store.classroom.limits import NAME, Limits, LimitsStore
from model_store.storage.database.database import Database
from model_store.storage.database.schema import settings


def test_without_limits_nothing_is_refused(tmp_path: Path) -> None:
    limits = LimitsStore(Database(tmp_path)).read()
    assert limits == Limits()
    assert (limits.epochs_problem(10**6), limits.new_run_problem(10**6)) == ("", "")


def test_a_refusal_says_what_the_teacher_allows() -> None:
    limits = Limits(epochs=20, unfinished=2)
    assert limits.epochs_problem(20) == limits.new_run_problem(1) == ""
    assert "at most 20 epochs in a run. This one has 21" in limits.epochs_problem(21)
    assert "at most 2 open runs. You have 2" in limits.new_run_problem(2)


def test_limits_outlive_the_server_and_are_lifted_again(tmp_path: Path) -> None:
    root = tmp_path / "not yet there"
    LimitsStore(Database(root)).write(Limits(epochs=20))
    assert LimitsStore(Database(root)).read() == Limits(epochs=20)
    LimitsStore(Database(root)).write(Limits())
    assert LimitsStore(Database(root)).read() == Limits()


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
def test_a_damaged_file_from_before_limits_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / ".limits.json").write_text(content)
    assert LimitsStore(ModelStore(tmp_path).database).read() == Limits()


def test_limits_that_make_no_sense_are_none_until_others_are_set(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    database = Database(tmp_path)
    with database.write() as connection:
        connection.execute(settings.insert().values(name=NAME, value={"epochs": "many"}))
    limits = LimitsStore(database)
    assert limits.read() == Limits()
    assert "has no limits" in caplog.text
    LimitsStore(Database(tmp_path)).write(Limits(epochs=3))
    assert limits.read() == Limits(epochs=3)


def test_what_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    limits = LimitsStore(Database(tmp_path / "file"))
    with pytest.raises(StoreError, match="cannot be written"):
        limits.write(Limits(epochs=3))
    assert limits.read() == Limits()
