"""Corrections: what an owner is to mend, opened by a finding or a complaint, closed by a run or a person."""

import sqlalchemy as sa
from alembic import op

revision = "0007_corrections"
down_revision = "0006_access_anchors"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "corrections",
        sa.Column("correction", sa.Integer, primary_key=True),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("dataset", sa.String(63), nullable=False),
        sa.Column("flow", sa.String(63), nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("fields", sa.JSON, nullable=False),
        sa.Column("owner", sa.String(128), nullable=False),
        sa.Column("opened_at", sa.String(32), nullable=False),
        sa.Column("opened_run", sa.String(32)),
        sa.Column("consumer", sa.String(63)),
        sa.Column("agreement", sa.String(63)),
        sa.Column("same", sa.String(64), unique=True),
        sa.Column("key_line", sa.Text),
        sa.Column("note", sa.Text),
        sa.Column("content", sa.String(64)),
        sa.Column("closed_at", sa.String(32)),
        sa.Column("closed_run", sa.String(32)),
        sa.Column("closed_by", sa.String(128)),
        sa.Column("closed_reason", sa.Text),
    )
    op.create_index("ix_corrections_dataset", "corrections", ["dataset"])
    op.create_index("ix_corrections_flow", "corrections", ["flow"])


def downgrade() -> None:
    """Take it away."""
    op.drop_table("corrections")
