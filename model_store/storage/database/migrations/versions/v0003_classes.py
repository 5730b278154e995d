"""Classes: who opened them, their members, activities and entries."""

import sqlalchemy as sa
from alembic import op

from model_store.storage.database.schema import Json, Words

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the owner and the tables."""
    op.add_column("classes", sa.Column("owner", Words(), nullable=False, server_default=""))
    op.create_table(
        "members",
        sa.Column("class", Words(), nullable=False),
        sa.Column("id", Words(), nullable=False),
        sa.Column("visitor", Words(), nullable=False),
        sa.Column("personal_code", Words(), nullable=False),
        sa.Column("nickname", Words(), nullable=False),
        sa.Column("joined", sa.Double(), nullable=False),
        sa.Column("is_hidden", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["class"], ["classes.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("class", "id"),
    )
    op.create_index("members_by_visitor", "members", ["class", "visitor"], unique=True)
    op.create_index("members_by_code", "members", ["class", "personal_code"], unique=True)
    op.create_table(
        "activities",
        sa.Column("id", Words(), nullable=False),
        sa.Column("class", Words(), nullable=False),
        sa.Column("kind", Words(), nullable=False),
        sa.Column("settings", Json(), nullable=False),
        sa.Column("started", sa.Double(), nullable=False),
        sa.Column("ends", sa.Double(), nullable=True),
        sa.Column("ended", sa.Double(), nullable=True),
        sa.Column("is_revealed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["class"], ["classes.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("activities_of_class", "activities", ["class", "started"])
    op.create_table(
        "entries",
        sa.Column("activity", Words(), nullable=False),
        sa.Column("member", Words(), nullable=False),
        sa.Column("slot", Words(), nullable=False),
        sa.Column("changed", sa.Double(), nullable=False),
        sa.Column("content", Json(), nullable=False),
        sa.ForeignKeyConstraint(["activity"], ["activities.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("activity", "member", "slot"),
    )
    op.create_index("entries_by_change", "entries", ["activity", "changed"])
