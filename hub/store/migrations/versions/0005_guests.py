"""What is remembered of receivers that give the hub no schema."""

import sqlalchemy as sa
from alembic import op

revision = "0005_guests"
down_revision = "0004_salt"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "guests",
        sa.Column("flow", sa.String(63), primary_key=True),
        sa.Column("memory", sa.JSON, nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
    )
