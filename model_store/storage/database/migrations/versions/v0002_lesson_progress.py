"""Progress of learners in the lessons."""

import sqlalchemy as sa
from alembic import op

from model_store.storage.database.schema import Json, Words

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make its table."""
    op.create_table(
        "lesson_progress",
        sa.Column("owner", Words(), nullable=False),
        sa.Column("lesson", Words(), nullable=False),
        sa.Column("changed", sa.Double(), nullable=False),
        sa.Column("progress", Json(), nullable=False),
        sa.PrimaryKeyConstraint("owner", "lesson"),
    )
