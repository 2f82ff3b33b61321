"""The store's first form."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "runs",
        sa.Column("run", sa.String(32), primary_key=True),
        sa.Column("flow", sa.String(63), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("status", sa.String(32)),
        sa.Column("started_at", sa.String(32), nullable=False),
        sa.Column("finished_at", sa.String(32)),
        sa.Column("fence", sa.BigInteger, nullable=False),
        sa.Column("started_by", sa.String(128), nullable=False),
        sa.Column("flow_hash", sa.String(64), nullable=False),
        sa.Column("campus_hash", sa.String(64), nullable=False),
        sa.Column("stage", sa.JSON),
        sa.Column("verdict", sa.JSON),
        sa.Column("held", sa.JSON),
        sa.Column("receipt", sa.JSON),
    )
    op.create_index("ix_runs_flow", "runs", ["flow"])
    op.create_index("ix_runs_started_at", "runs", ["started_at"])
    op.create_table(
        "leases",
        sa.Column("flow", sa.String(63), primary_key=True),
        sa.Column("run", sa.String(32)),
        sa.Column("holder", sa.String(200)),
        sa.Column("fence", sa.BigInteger, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("beat_at", sa.Numeric(20, 6), nullable=False),
    )
    op.create_table(
        "approvals",
        sa.Column("run", sa.String(32), sa.ForeignKey("runs.run"), primary_key=True),
        sa.Column("decision", sa.String(8), nullable=False),
        sa.Column("decided_by", sa.String(128), nullable=False),
        sa.Column("decided_at", sa.String(32), nullable=False),
    )
    op.create_table(
        "pauses",
        sa.Column("flow", sa.String(63), primary_key=True),
        sa.Column("until", sa.String(32)),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("paused_by", sa.String(128), nullable=False),
        sa.Column("paused_at", sa.String(32), nullable=False),
    )
    op.create_table(
        "keys",
        sa.Column("prefix", sa.String(16), primary_key=True),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("consumer", sa.String(63), nullable=False),
        sa.Column("issued_at", sa.String(32), nullable=False),
        sa.Column("issued_by", sa.String(128), nullable=False),
        sa.Column("expires_at", sa.String(32), nullable=False),
        sa.Column("revoked_at", sa.String(32)),
        sa.Column("last_used_at", sa.String(32)),
    )
    op.create_index("ix_keys_consumer", "keys", ["consumer"])
    op.create_table(
        "access",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("who", sa.String(128), nullable=False),
        sa.Column("agreement", sa.String(63)),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("dataset", sa.String(63)),
        sa.Column("columns", sa.JSON, nullable=False),
        sa.Column("conditions", sa.JSON, nullable=False),
        sa.Column("rows", sa.Integer),
        sa.Column("outcome", sa.String(64), nullable=False),
        sa.Column("request", sa.String(64), nullable=False),
        sa.Column("address", sa.String(64)),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False, unique=True),
    )
    op.create_table(
        "issues",
        sa.Column("issue", sa.String(64), primary_key=True),
        sa.Column("edition", sa.String(63), nullable=False),
        sa.Column("period", sa.String(16), nullable=False),
        sa.Column("draft", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("cut_off", sa.String(32), nullable=False),
        sa.Column("built_at", sa.String(32), nullable=False),
        sa.Column("snapshot", sa.String(64), nullable=False),
        sa.Column("folder", sa.Text, nullable=False),
    )
    op.create_table(
        "figures",
        sa.Column("issue", sa.String(64), sa.ForeignKey("issues.issue"), primary_key=True),
        sa.Column("indicator", sa.String(32), primary_key=True),
        sa.Column("unit", sa.String(63), primary_key=True),
        sa.Column("numerator", sa.Numeric(20, 6)),
        sa.Column("denominator", sa.Numeric(20, 6)),
        sa.Column("value", sa.Numeric(20, 6)),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("figures", "issues", "access", "keys", "pauses", "approvals", "leases", "runs"):
        op.drop_table(table)
