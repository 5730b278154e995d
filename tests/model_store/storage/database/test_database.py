"""Schema, addresses, threads, and a database that is damaged, newer, or cannot be reached."""

import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, func, insert, select, text, update

from model_store import ModelStore, RunDamaged, StoreError
from model_store.recipe.recipe import Recipe
from model_store.storage.database.database import FILE, Database, upgrade
from model_store.storage.database.schema import HEAD, metadata, settings
from model_store.storage.errors import StoreDamaged


def test_migrations_lead_to_the_schema_of_a_new_database(store: ModelStore) -> None:
    """On the database of this test, emptied: the migrations make what `create_all` made."""
    database = store.database
    database.prepare(writing=True)
    with database.write() as connection:
        metadata.drop_all(connection)
        connection.execute(text("DELETE FROM alembic_version"))
        upgrade(connection)
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    assert database.version() == HEAD


def test_a_store_of_a_newer_version_is_left_alone(store: ModelStore, tmp_path: Path) -> None:
    store.create(Recipe())
    with store.database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'newer'"))
    other = ModelStore(store.root, starter=None, address=store.database.address)
    with pytest.raises(StoreError, match="A newer version of Softmax Lab"):
        other.create(Recipe())
    other.close()


@pytest.mark.parametrize("address", ["mysql://x/y", "nonsense", "postgresql+psycopg2://x/y", "://"])
def test_an_address_that_is_none_is_a_sentence(tmp_path: Path, address: str) -> None:
    with pytest.raises(StoreError, match="SOFTMAX_LAB_DATABASE"):
        Database(tmp_path, address)


def test_a_missing_driver_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_given: object, **_options: object) -> None:
        raise ModuleNotFoundError("No module named 'psycopg'")

    monkeypatch.setattr("model_store.storage.database.database.create_engine", missing)
    with pytest.raises(StoreError, match=r"pip install \"psycopg\[binary\]\""):
        Database(tmp_path, "postgresql://me@127.0.0.1/lab")


def test_a_server_that_does_not_answer_is_a_sentence_without_its_password(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    store = ModelStore(tmp_path, address="postgresql://me:secret@127.0.0.1:1/lab")
    with pytest.raises(StoreError, match="cannot be written") as caught:
        store.create(Recipe())
    assert "secret" not in str(caught.value)
    assert {run.shipped for run in store.find().runs} == {True}
    (said,) = store.damaged()
    assert "cannot be read" in str(said)


@pytest.mark.parametrize("damage", ["garbage", "half", "page"])
def test_a_damaged_file_is_a_sentence_with_the_command_that_mends_it(
    tmp_path: Path, damage: str
) -> None:
    store = ModelStore(tmp_path)
    for seed in range(30):
        run = store.create(Recipe(seed=seed))
    store.close()
    path = tmp_path / FILE
    data = bytearray(path.read_bytes())
    if damage == "garbage":
        data[:100] = b"x" * 100
    elif damage == "half":
        del data[len(data) // 2 :]
    else:
        data[4096:] = b"\xff" * (len(data) - 4096)
    path.write_bytes(data)
    store = ModelStore(tmp_path)
    with pytest.raises(StoreDamaged, match="python -m training store rebuild"):
        store.open(run.id)
    with pytest.raises(StoreError, match="store rebuild"):
        store.create(Recipe())
    assert all(run.shipped for run in store.find().runs)
    assert "store rebuild" in str(store.damaged()[0])
    assert run.folder.is_dir()


def test_what_a_transaction_began_is_undone_if_it_fails(store: ModelStore) -> None:
    def fail() -> None:
        with store.database.write() as connection:
            connection.execute(insert(settings).values(name="x", value=1))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    found = store.database.rows(select(settings).where(settings.c.name == "x"))
    assert found == []


def test_many_threads_lose_no_change(store: ModelStore) -> None:
    with store.database.write() as connection:
        connection.execute(insert(settings).values(name="n", value=0))
    one = settings.c.name == "n"

    def count() -> None:
        for _n in range(10):
            with store.database.write(durable=False) as connection:
                asked = select(settings.c.value).where(one).with_for_update()
                value = connection.execute(asked).scalar_one()
                connection.execute(update(settings).where(one).values(value=value + 1))

    threads = [threading.Thread(target=count) for _n in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.database.rows(select(settings.c.value).where(one))[0][0] == 240


def test_two_processes_that_begin_at_once_make_one_schema(tmp_path: Path) -> None:
    stores = [Database(tmp_path / "new") for _n in range(8)]
    threads = [threading.Thread(target=each.prepare, kwargs={"writing": True}) for each in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    versions = stores[0].rows(select(func.count()).select_from(text("alembic_version")))
    assert versions[0][0] == 1


def test_a_store_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file where the folder should be")
    store = ModelStore(tmp_path / "runs")
    with pytest.raises(RunDamaged, match="cannot be read"):
        raise store.damaged()[0]


def test_sqlite_keeps_what_returned_through_a_power_cut(tmp_path: Path) -> None:
    """WAL, and FULL for what is not said to be less durable."""
    database = Database(tmp_path)
    with database.write() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
    with database.write(durable=False) as connection:
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 1
    plain = create_engine(f"sqlite:///{tmp_path / FILE}")
    assert plain.connect().execute(text("PRAGMA integrity_check")).scalar() == "ok"
