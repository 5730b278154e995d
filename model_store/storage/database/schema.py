"""Tables of the store's database, the same for SQLite and PostgreSQL.

`HEAD` names the newest migration in `migrations/versions`. A new database is made from these tables
directly; an older one is migrated. A test holds both ways to the same result.
"""

import json
from typing import Any

from sqlalchemy import Boolean, Column, Double, ForeignKey, Index, Integer, MetaData, Table, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from model_store.recipe.text import printable

HEAD = "0003"
# Values of `runs.listed`; NULL is a deleted run.
RUN, TRIAL = 1, 2


def storable(text: str) -> str:
    """Return the text without what no database takes: lone surrogates and NUL."""
    return printable(text).replace("\x00", "")


class Words(TypeDecorator[str]):
    """Text that any string can be bound to, compared by code points in every database."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """PostgreSQL would order by the server's language."""
        return dialect.type_descriptor(Text(collation="C" if dialect.name != "sqlite" else None))

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        """Clean what is stored or asked for."""
        return None if value is None else storable(value)


class Json(TypeDecorator[Any]):
    """A JSON value as text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: Dialect) -> str:
        """Write the value."""
        return storable(json.dumps(value, ensure_ascii=False, separators=(",", ":")))

    def process_result_value(self, value: str | None, _dialect: Dialect) -> Any:
        """Read the value."""
        return None if value is None else json.loads(value)


metadata = MetaData()

runs = Table(
    "runs",
    metadata,
    Column("id", Words, primary_key=True),
    Column("listed", Integer),
    Column("deleted_at", Double),  # unix seconds, like all times
    Column("deleted_bytes", Integer),
    Column("owner", Words, nullable=False),
    Column("owner_name", Words, nullable=False),  # that the owner chose, "" for none
    Column("owner_key", Words, nullable=False),  # the same case-folded
    Column("state", Words, nullable=False),
    Column("state_rank", Integer, nullable=False),  # place among `RunState`
    Column("created", Double, nullable=False),
    Column("started", Double),
    Column("finished", Double),
    Column("lease", Words, nullable=False),
    Column("sweep", Words, nullable=False),
    Column("verifies", Words, nullable=False),
    Column("title_key", Words, nullable=False),  # case-folded, to order by
    Column("search", Words, nullable=False),  # case-folded, to look for words in
    Column("dataset", Words, nullable=False),
    Column("network", Words, nullable=False),
    Column("optimizer", Words, nullable=False),
    Column("learning_rate", Double, nullable=False),
    Column("batch_size", Integer, nullable=False),
    Column("epochs", Integer, nullable=False),
    Column("hidden_units", Integer, nullable=False),
    Column("seed", Integer, nullable=False),
    Column("parameters", Integer, nullable=False),
    Column("recipe_hash", Words, nullable=False),
    Column("has_model", Boolean, nullable=False),
    Column("drawable", Boolean, nullable=False),
    Column("epochs_done", Integer, nullable=False),
    Column("seconds", Double),  # of training; NULL before the first epoch has ended
    Column("training_accuracy", Double),  # accuracies in [0, 1]
    Column("last_validation", Double),
    Column("best_validation", Double),
    Column("best_epoch", Integer),
    Column("test_accuracy", Double),
    Column("test_loss", Double),
    Column("train_accuracy", Double),
    Column("message", Words, nullable=False),
    Column("label", Json, nullable=False),
    Column("provenance", Json, nullable=False),  # null: random weights
    Column("result", Json, nullable=False),
    Column("recipe", Words, nullable=False),  # as JSON
    Column("manifest", Json, nullable=False),
)
# One for each order of the table and each filter: `listed` comes first, since every look has it.
Index("runs_by_time", runs.c.listed, runs.c.created, runs.c.id)
_SEARCHED = (runs.c.search, runs.c.owner_key)
Index("runs_by_text", runs.c.listed, runs.c.created, runs.c.id, *_SEARCHED)
_NEWEST = (runs.c.created, runs.c.id)  # all of the order: else a scan by time looks cheaper
Index("runs_by_model", runs.c.listed, runs.c.has_model, runs.c.drawable, *_NEWEST)
for _name in ("owner", "dataset", "state_rank"):
    Index(f"runs_by_{_name}", runs.c.listed, runs.c[_name], *_NEWEST)
for _name in (
    *("title_key", "owner_key", "test_accuracy", "best_validation", "last_validation"),
    *("seconds", "parameters"),
):
    Index(f"runs_by_{_name}", runs.c.listed, runs.c[_name], runs.c.created)
Index("runs_by_id", runs.c.id, runs.c.listed)  # counts the runs of a tag without their rows
Index("runs_unfinished", runs.c.state, runs.c.lease)
Index("runs_of_sweep", runs.c.sweep, runs.c.recipe_hash)
Index("runs_verifying", runs.c.verifies)
_DELETED = runs.c.deleted_at.is_not(None)  # few: of all others the index is no help
Index("runs_deleted", runs.c.deleted_at, sqlite_where=_DELETED, postgresql_where=_DELETED)

run_tags = Table(
    "run_tags",
    metadata,
    Column("run", Words, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("tag", Words, primary_key=True),
    Index("run_tags_by_tag", "tag", "run"),
)

processes = Table(
    "processes",
    metadata,
    Column("id", Words, primary_key=True),  # the lease that runs and sweeps name
    Column("host", Words, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("born", Words, nullable=False),  # tells a process from a later one of the same number
    Column("beat", Integer, nullable=False),  # counted up while the process lives
)

sweeps = Table(
    "sweeps",
    metadata,
    Column("id", Words, primary_key=True),
    Column("owner", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("message", Words, nullable=False),
    Column("created", Double, nullable=False),
    Column("finished", Double),
    Column("spent", Double, nullable=False),  # seconds at work
    Column("lease", Words, nullable=False),
    Column("plan", Json, nullable=False),
    Index("sweeps_by_time", "created", "id"),
    Index("sweeps_by_state", "state"),
)

trials = Table(
    "trials",
    metadata,
    Column("sweep", Words, ForeignKey("sweeps.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("trial", Json, nullable=False),
)

people = Table(
    "people",
    metadata,
    Column("owner_hash", Words, primary_key=True),
    Column("name", Words, nullable=False),
)

drawings = Table(
    "drawings",
    metadata,
    Column("id", Words, primary_key=True),
    Column("owner", Words, nullable=False),
    Column("label", Integer, nullable=False),
    Column("time", Double, nullable=False),
    Column("changed", Integer, nullable=False),  # the set's revision that brought it
    Column("drawing", Json, nullable=False),
    Index("drawings_of_owner", "owner"),
    Index("drawings_by_change", "changed"),
)

classes = Table(
    "classes",
    metadata,
    Column("id", Words, primary_key=True),
    Column("code", Words, nullable=False, unique=True),
    Column("name", Words, nullable=False),
    Column("created", Double, nullable=False),
    Column("closed", Double),
    Column("settings", Json, nullable=False),
    Column("owner", Words, nullable=False, server_default=""),  # the visitor who opened it
)

members = Table(
    "members",
    metadata,
    Column("class", Words, ForeignKey("classes.id", ondelete="CASCADE"), primary_key=True),
    Column("id", Words, primary_key=True),  # shown to everybody
    Column("visitor", Words, nullable=False),  # shown to nobody
    Column("personal_code", Words, nullable=False),  # shown to its member
    Column("nickname", Words, nullable=False),
    Column("joined", Double, nullable=False),
    Column("is_hidden", Boolean, nullable=False),
    Index("members_by_visitor", "class", "visitor", unique=True),
    Index("members_by_code", "class", "personal_code", unique=True),
)

activities = Table(
    "activities",
    metadata,
    Column("id", Words, primary_key=True),
    Column("class", Words, ForeignKey("classes.id", ondelete="CASCADE"), nullable=False),
    Column("kind", Words, nullable=False),
    Column("settings", Json, nullable=False),
    Column("started", Double, nullable=False),
    Column("ends", Double),  # NULL: until the teacher ends it
    Column("ended", Double),
    Column("is_revealed", Boolean, nullable=False),
    Index("activities_of_class", "class", "started"),
)

entries = Table(
    "entries",
    metadata,
    Column("activity", Words, ForeignKey("activities.id", ondelete="CASCADE"), primary_key=True),
    Column("member", Words, primary_key=True),
    Column("slot", Words, primary_key=True),
    Column("changed", Double, nullable=False),
    Column("content", Json, nullable=False),
    Index("entries_by_change", "activity", "changed"),
)

lesson_progress = Table(
    "lesson_progress",
    metadata,
    Column("owner", Words, primary_key=True),
    Column("lesson", Words, primary_key=True),
    Column("changed", Double, nullable=False),
    Column("progress", Json, nullable=False),
)

settings = Table(
    "settings",
    metadata,
    Column("name", Words, primary_key=True),
    Column("value", Json, nullable=False),
)

unreadable = Table(
    "unreadable",
    metadata,
    Column("folder", Words, primary_key=True),
    Column("why", Words, nullable=False),
)
