"""The store's database: SQLite in the store's folder, or PostgreSQL by an address.

Any thread, several processes. A write is one short transaction; in SQLite one process writes at a
time and readers never wait (WAL). A transaction that returned is on the disk: `synchronous=FULL`
costs one fsync each, and a run's record is written in few of them. Those with `durable=False`
survive the death of a process, and a power cut only once the next durable one has returned.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Executable,
    MetaData,
    Row,
    String,
    Table,
    create_engine,
    event,
    exc,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import ConnectionPoolEntry

from model_store.storage.database import schema
from model_store.storage.errors import (
    RunDamaged,
    StoreError,
    cannot_read,
    cannot_write,
    database_damaged,
)
from model_store.text import _

FILE = "store.sqlite3"
PATIENCE = 30.0  # seconds that a write waits for those of others
POOL, OVERFLOW = 5, 11  # connections that are kept, and those beyond
_MIGRATING = 0x50F7  # PostgreSQL's lock for who changes the schema
_version = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))


def default_address() -> str:
    """Return `SOFTMAX_LAB_DATABASE`; "" is a file in the store's folder."""
    return os.environ.get("SOFTMAX_LAB_DATABASE", "").strip()


class Database:
    """Connections to one database, which is made when something is first written."""

    def __init__(
        self,
        root: Path,
        address: str = "",
        *,
        found_folders: Callable[[], bool] = lambda: False,
        on_new: Callable[[Database], object] = lambda _database: None,
    ) -> None:
        """`root` is the store's folder, `address` a URL; no file is touched.

        `on_new` is called once a new database has its tables. A look makes a database only where
        `found_folders` says that there is something to put into it.

        Raises:
            StoreError: if the address cannot be used.
        """
        self.root, self.address = root, address
        self._found_folders, self._on_new = found_folders, on_new
        self._lock = threading.Lock()
        self._ready = False
        self._url = _url(address) if address else URL.create("sqlite", database=str(root / FILE))
        self.path = Path(self._url.database or "") if self.is_sqlite else None
        self._writers = threading.Lock() if self.is_sqlite else nullcontext()
        self._engine = self._connections()

    @property
    def is_sqlite(self) -> bool:
        """True if the database is a file."""
        return self._url.get_backend_name() == "sqlite"

    @property
    def where(self) -> str:
        """The place of the database for a person, without a password."""
        return str(self.root) if self.is_sqlite else self._url.render_as_string()

    def close(self) -> None:
        """Close idle connections; the next query opens new ones."""
        self._engine.dispose()

    # -- asking and writing ----------------------------------------------------------------------

    def rows(self, statement: Executable) -> Sequence[Row[Any]]:
        """Return the rows of a SELECT; none where there is no database yet.

        Raises:
            RunDamaged: if the database cannot be read.
        """
        with self._explained(cannot_read):
            if not self.prepare(writing=False):
                return []
            with self._engine.connect() as connection:
                return connection.execute(statement).all()

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[Connection]:
        """Open a transaction; it is written when the block ends, and undone if it raises.

        Raises:
            StoreError: if it cannot be written.
        """
        with self._explained(cannot_write):
            self.prepare(writing=True)
            with self._writers, self._engine.connect() as connection:
                if self.is_sqlite:
                    level = "FULL" if durable else "NORMAL"
                    cursor = connection.connection.cursor()
                    cursor.execute(f"PRAGMA synchronous={level}")
                    cursor.close()
                connection = connection.execution_options(writes=True)
                with connection.begin():
                    if not self.is_sqlite and not durable:
                        connection.execute(text("SET LOCAL synchronous_commit TO OFF"))
                    yield connection

    def scrub(self) -> None:
        """Write the file, or each table of a PostgreSQL server, anew without deleted rows.

        This takes as long as copying it; other writers wait. On a server copies stay where only its
        administrator can delete them: in its log (WAL), planner statistics, replicas and backups.

        Raises:
            StoreError: if it cannot be written.
        """
        if self._is_missing():
            return
        if not self.is_sqlite:
            with self._explained(cannot_write), self._engine.connect() as server:
                server = server.execution_options(isolation_level="AUTOCOMMIT")
                for table in schema.metadata.sorted_tables:
                    server.execute(text(f"VACUUM (FULL, ANALYZE) {table.name}"))
            return
        with (
            self._explained(cannot_write),
            self._writers,
            self._engine.connect() as connection,
            closing(connection.connection.cursor()) as cursor,
        ):
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def insert(self, table: Table) -> Any:
        """An INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update`."""
        return (sqlite if self.is_sqlite else postgresql).insert(table)

    # -- schema ----------------------------------------------------------------------------------

    def prepare(self, *, writing: bool) -> bool:
        """Bring the schema up to date; False if there is no database and none is needed.

        Raises:
            StoreError: if it was written by a newer version.
        """
        if self._ready:
            return True
        with self._explained(cannot_write if writing else cannot_read), self._lock:
            if self._ready:
                return True
            is_new = self._is_missing()
            if is_new and not (writing or self._found_folders()):
                return False
            if is_new and self.path is not None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self.path.touch()
            if self.version() != schema.HEAD:
                self._migrate()
            self._ready = True
        try:
            self._on_new(self)
        except StoreError:
            if writing:  # a look shows what is there
                self._ready = False
                raise
        return True

    def version(self) -> str | None:
        """Return the version of the schema; None for an empty database."""
        with self._engine.connect() as connection:
            if not inspect(connection).has_table(_version.name):
                return None
            return connection.execute(select(_version.c.version_num)).scalar()

    def _is_missing(self) -> bool:
        return self.path is not None and not self.path.exists()

    def _migrate(self) -> None:
        """Make the tables, or change older ones; of several processes one does it."""
        if self.is_sqlite:
            self._log_ahead()
        writing = self._engine.execution_options(writes=True)
        with writing.begin() as connection:
            if not self.is_sqlite:
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATING})"))
            if not inspect(connection).has_table(_version.name):
                schema.metadata.create_all(connection)
                _version.create(connection)
                connection.execute(insert(_version).values(version_num=schema.HEAD))
            elif connection.execute(select(_version.c.version_num)).scalar() != schema.HEAD:
                upgrade(connection)

    def _log_ahead(self) -> None:
        """Switch the file to WAL; SQLite does not wait for others who begin at the same time."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                with self._engine.connect() as connection:
                    connection.connection.cursor().execute("PRAGMA journal_mode=WAL")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise
            time.sleep(0.01)

    # -- connections -----------------------------------------------------------------------------

    def _connections(self) -> Engine:
        options: dict[str, Any] = {"pool_size": POOL, "max_overflow": OVERFLOW}
        if not self.is_sqlite:
            more = {"connect_timeout": 5}
            try:
                return create_engine(self._url, pool_pre_ping=True, connect_args=more, **options)
            except ModuleNotFoundError:
                raise StoreError(
                    _(
                        "SOFTMAX_LAB_DATABASE names a PostgreSQL server, and its driver is not "
                        'installed. Run: pip install "psycopg[binary]"'
                    )
                ) from None
        engine = create_engine(self._url, creator=self._open_file, **options)

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            if connection.get_execution_options().get("writes"):  # a single SELECT needs none
                connection.exec_driver_sql("BEGIN IMMEDIATE")

        @event.listens_for(engine, "checkin")
        def checkin(connection: object, record: ConnectionPoolEntry) -> None:
            if isinstance(connection, _AsItIs):  # the next look may be able to write
                record.invalidate()

        return engine

    def _open_file(self) -> sqlite3.Connection:
        """Open the file to be written or, where that cannot be, as it is."""
        assert self.path is not None
        file = self.path.absolute().as_uri()
        try:
            return _opened(f"{file}?mode=rw")
        except sqlite3.OperationalError as refusal:
            for mode in ("mode=ro", "mode=ro&immutable=1"):
                with suppress(sqlite3.OperationalError):
                    return _opened(f"{file}?{mode}", _AsItIs)
            raise refusal

    @contextmanager
    def _explained(self, sentence: Callable[[object, object], StoreError]) -> Iterator[None]:
        """Turn what the database says into a sentence for a person."""
        try:
            yield
        except OSError as error:
            raise sentence(self.where, error.strerror or error) from None
        except sqlite3.DatabaseError as error:
            raise self._sentence(error, sentence) from None
        except exc.DBAPIError as error:
            raise self._sentence(error.orig, sentence) from None
        except exc.TimeoutError as error:
            raise sentence(self.where, error) from None

    def _sentence(
        self, error: BaseException | None, sentence: Callable[[object, object], StoreError]
    ) -> StoreError:
        why = str(error).strip().split("\n")[0]
        if getattr(error, "sqlite_errorname", "") in DAMAGED or why.startswith(LOST):
            return database_damaged(self.where)
        return sentence(self.where, why)


class _AsItIs(sqlite3.Connection):
    """A connection to a file that cannot be written."""


def _opened(uri: str, factory: type[sqlite3.Connection] = sqlite3.Connection) -> sqlite3.Connection:
    connection = sqlite3.connect(
        uri,
        uri=True,
        factory=factory,
        timeout=PATIENCE,
        isolation_level=None,  # transactions begin where the engine says so
        check_same_thread=False,  # a connection of the pool has one user at a time
    )
    try:
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1")
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection


LOST = ("no such table", "no such column")
DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_CORRUPT_INDEX")


def upgrade(connection: Connection) -> None:
    """Change an older schema to the present one.

    Raises:
        RunDamaged: if it is of a newer version.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError:
        raise RunDamaged(
            _("A newer version of Softmax Lab has written this store. Update this one.")
        ) from None


def _url(address: str) -> URL:
    """Read `SOFTMAX_LAB_DATABASE`."""
    try:
        url = make_url(address)
    except exc.ArgumentError:
        url = None
    if url is not None and url.drivername in ("postgresql", "postgres"):
        url = url.set(drivername="postgresql+psycopg")
    if url is None or url.drivername not in ("sqlite", "postgresql+psycopg"):
        raise StoreError(
            _(
                "SOFTMAX_LAB_DATABASE is no address that Softmax Lab knows. Use "
                "postgresql+psycopg://user:password@host/database, or leave it empty."
            )
        )
    return url
