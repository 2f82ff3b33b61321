"""What receivers have not fetched, and which notices were sent."""

import sqlalchemy as sa
from alembic import op

revision = "0003_sharing"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "deliveries",
        sa.Column("flow", sa.String(63), primary_key=True),
        sa.Column("run", sa.String(32), nullable=False),
        sa.Column("since", sa.String(32), nullable=False),
        sa.Column("batches", sa.Integer, nullable=False),
        sa.Column("read_at", sa.String(32), nullable=False),
    )
    op.create_table(
        "notices",
        sa.Column("notice", sa.String(160), primary_key=True),
        sa.Column("address", sa.String(128), primary_key=True),
        sa.Column("told_at", sa.String(32), nullable=False),
    )
