"""The hub's own secret, which blinds the digests of what is masked."""

import sqlalchemy as sa
from alembic import op

revision = "0004_salt"
down_revision = "0003_sharing"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table("salt", sa.Column("id", sa.Integer, primary_key=True), sa.Column("value", sa.String(64), nullable=False))
