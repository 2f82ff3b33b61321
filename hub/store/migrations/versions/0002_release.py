"""What persons do on the way from a draft to a released report: drafts, acts, objections of the departments."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "drafts",
        sa.Column("issue", sa.String(64), primary_key=True),
        sa.Column("draft", sa.Integer, primary_key=True),
        sa.Column("snapshot", sa.String(64), nullable=False),
        sa.Column("folder", sa.Text, nullable=False),
        sa.Column("built_at", sa.String(32), nullable=False),
        sa.Column("built_by", sa.String(128), nullable=False),
    )
    op.create_table(
        "release_acts",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("issue", sa.String(64), nullable=False),
        sa.Column("draft", sa.Integer, nullable=False),
        sa.Column("act", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("done_by", sa.String(128), nullable=False),
        sa.Column("done_at", sa.String(32), nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("details", sa.JSON, nullable=False),
    )
    op.create_index("ix_release_acts_issue", "release_acts", ["issue"])
    op.create_table(
        "objections",
        sa.Column("objection", sa.Integer, primary_key=True),
        sa.Column("issue", sa.String(64), nullable=False),
        sa.Column("draft", sa.Integer, nullable=False),
        sa.Column("unit", sa.String(63), nullable=False),
        sa.Column("app_id", sa.String(64), nullable=False),
        sa.Column("step_no", sa.Integer),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("read_by", sa.String(128), nullable=False),
        sa.Column("read_at", sa.String(32), nullable=False),
        sa.Column("decision", sa.String(16)),
        sa.Column("decided_by", sa.String(128)),
        sa.Column("decided_at", sa.String(32)),
        sa.Column("decision_reason", sa.Text),
    )
    op.create_index("ix_objections_issue", "objections", ["issue"])


def downgrade() -> None:
    """Drop them."""
    for table in ("objections", "release_acts", "drafts"):
        op.drop_table(table)
