"""What was expected of a request when it came, to be held against what became of it."""

import sqlalchemy as sa
from alembic import op

revision = "5d0c7a81b2f4"
down_revision = "d2a95c7e10b8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("appointment", sa.Column("expected", sa.Double(), nullable=True))


def downgrade() -> None:
    op.drop_column("appointment", "expected")
