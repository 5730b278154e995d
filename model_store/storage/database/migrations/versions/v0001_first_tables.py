"""The first tables."""

import sqlalchemy as sa
from alembic import op

from model_store.storage.database.schema import Json, Words

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "classes",
        sa.Column("id", Words(), nullable=False),
        sa.Column("code", Words(), nullable=False),
        sa.Column("name", Words(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("closed", sa.Double(), nullable=True),
        sa.Column("settings", Json(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
    )
    op.create_table(
        "drawings",
        sa.Column("id", Words(), nullable=False),
        sa.Column("owner", Words(), nullable=False),
        sa.Column("label", sa.Integer(), nullable=False),
        sa.Column("time", sa.Double(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("drawing", Json(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("drawings_by_change", "drawings", ["changed"], unique=False)
    op.create_index("drawings_of_owner", "drawings", ["owner"], unique=False)
    op.create_table(
        "people",
        sa.Column("owner_hash", Words(), nullable=False),
        sa.Column("name", Words(), nullable=False),
        sa.PrimaryKeyConstraint("owner_hash"),
    )
    op.create_table(
        "processes",
        sa.Column("id", Words(), nullable=False),
        sa.Column("host", Words(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("born", Words(), nullable=False),
        sa.Column("beat", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "runs",
        sa.Column("id", Words(), nullable=False),
        sa.Column("listed", sa.Integer(), nullable=True),
        sa.Column("deleted_at", sa.Double(), nullable=True),
        sa.Column("deleted_bytes", sa.Integer(), nullable=True),
        sa.Column("owner", Words(), nullable=False),
        sa.Column("owner_name", Words(), nullable=False),
        sa.Column("owner_key", Words(), nullable=False),
        sa.Column("state", Words(), nullable=False),
        sa.Column("state_rank", sa.Integer(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("started", sa.Double(), nullable=True),
        sa.Column("finished", sa.Double(), nullable=True),
        sa.Column("lease", Words(), nullable=False),
        sa.Column("sweep", Words(), nullable=False),
        sa.Column("verifies", Words(), nullable=False),
        sa.Column("title_key", Words(), nullable=False),
        sa.Column("search", Words(), nullable=False),
        sa.Column("dataset", Words(), nullable=False),
        sa.Column("network", Words(), nullable=False),
        sa.Column("optimizer", Words(), nullable=False),
        sa.Column("learning_rate", sa.Double(), nullable=False),
        sa.Column("batch_size", sa.Integer(), nullable=False),
        sa.Column("epochs", sa.Integer(), nullable=False),
        sa.Column("hidden_units", sa.Integer(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("parameters", sa.Integer(), nullable=False),
        sa.Column("recipe_hash", Words(), nullable=False),
        sa.Column("has_model", sa.Boolean(), nullable=False),
        sa.Column("drawable", sa.Boolean(), nullable=False),
        sa.Column("epochs_done", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.Column("training_accuracy", sa.Double(), nullable=True),
        sa.Column("last_validation", sa.Double(), nullable=True),
        sa.Column("best_validation", sa.Double(), nullable=True),
        sa.Column("best_epoch", sa.Integer(), nullable=True),
        sa.Column("test_accuracy", sa.Double(), nullable=True),
        sa.Column("test_loss", sa.Double(), nullable=True),
        sa.Column("train_accuracy", sa.Double(), nullable=True),
        sa.Column("message", Words(), nullable=False),
        sa.Column("label", Json(), nullable=False),
        sa.Column("provenance", Json(), nullable=False),
        sa.Column("result", Json(), nullable=False),
        sa.Column("recipe", Words(), nullable=False),
        sa.Column("manifest", Json(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "runs_by_best_validation", "runs", ["listed", "best_validation", "created"], unique=False
    )
    op.create_index("runs_by_dataset", "runs", ["listed", "dataset", "created", "id"], unique=False)
    op.create_index(
        "runs_by_last_validation", "runs", ["listed", "last_validation", "created"], unique=False
    )
    op.create_index(
        "runs_by_model", "runs", ["listed", "has_model", "drawable", "created", "id"], unique=False
    )
    op.create_index("runs_by_owner", "runs", ["listed", "owner", "created", "id"], unique=False)
    op.create_index("runs_by_owner_key", "runs", ["listed", "owner_key", "created"], unique=False)
    op.create_index("runs_by_parameters", "runs", ["listed", "parameters", "created"], unique=False)
    op.create_index("runs_by_seconds", "runs", ["listed", "seconds", "created"], unique=False)
    op.create_index(
        "runs_by_state_rank", "runs", ["listed", "state_rank", "created", "id"], unique=False
    )
    op.create_index(
        "runs_by_test_accuracy", "runs", ["listed", "test_accuracy", "created"], unique=False
    )
    op.create_index(
        "runs_by_text", "runs", ["listed", "created", "id", "search", "owner_key"], unique=False
    )
    op.create_index("runs_by_time", "runs", ["listed", "created", "id"], unique=False)
    op.create_index("runs_by_title_key", "runs", ["listed", "title_key", "created"], unique=False)
    op.create_index(
        "runs_deleted",
        "runs",
        ["deleted_at"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NOT NULL"),
        postgresql_where=sa.text("deleted_at IS NOT NULL"),
    )
    op.create_index("runs_by_id", "runs", ["id", "listed"], unique=False)
    op.create_index("runs_of_sweep", "runs", ["sweep", "recipe_hash"], unique=False)
    op.create_index("runs_unfinished", "runs", ["state", "lease"], unique=False)
    op.create_index("runs_verifying", "runs", ["verifies"], unique=False)
    op.create_table(
        "settings",
        sa.Column("name", Words(), nullable=False),
        sa.Column("value", Json(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "sweeps",
        sa.Column("id", Words(), nullable=False),
        sa.Column("owner", Words(), nullable=False),
        sa.Column("state", Words(), nullable=False),
        sa.Column("message", Words(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("finished", sa.Double(), nullable=True),
        sa.Column("spent", sa.Double(), nullable=False),
        sa.Column("lease", Words(), nullable=False),
        sa.Column("plan", Json(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("sweeps_by_state", "sweeps", ["state"], unique=False)
    op.create_index("sweeps_by_time", "sweeps", ["created", "id"], unique=False)
    op.create_table(
        "unreadable",
        sa.Column("folder", Words(), nullable=False),
        sa.Column("why", Words(), nullable=False),
        sa.PrimaryKeyConstraint("folder"),
    )
    op.create_table(
        "run_tags",
        sa.Column("run", Words(), nullable=False),
        sa.Column("tag", Words(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run", "tag"),
    )
    op.create_index("run_tags_by_tag", "run_tags", ["tag", "run"], unique=False)
    op.create_table(
        "trials",
        sa.Column("sweep", Words(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("trial", Json(), nullable=False),
        sa.ForeignKeyConstraint(["sweep"], ["sweeps.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("sweep", "number"),
    )
