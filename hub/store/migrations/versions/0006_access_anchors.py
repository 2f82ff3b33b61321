"""The access log counts bytes, names the approval, and has a head and anchors, by which a cut end is found."""

import sqlalchemy as sa
from alembic import op

revision = "0006_access_anchors"
down_revision = "0005_guests"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them; the head stands where the log ends."""
    op.add_column("access", sa.Column("bytes", sa.BigInteger))
    op.add_column("access", sa.Column("approval", sa.String(128)))
    op.create_index("ix_access_dataset_at", "access", ["dataset", "at"])
    op.create_table(
        "access_head",
        sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.execute("insert into access_head (one, seq, hash) select 1, seq, hash from access order by seq desc limit 1")
    op.execute("insert into access_head (one, seq, hash) select 1, seq, hash from access order by seq desc limit 1")
    op.create_table(
        "access_anchors",
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("made_at", sa.String(32), nullable=False),
        sa.Column("pruned_at", sa.String(32)),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("access_anchors")
    op.drop_table("access_head")
    op.drop_index("ix_access_dataset_at", "access")
    op.drop_column("access", "approval")
    op.drop_column("access", "bytes")
