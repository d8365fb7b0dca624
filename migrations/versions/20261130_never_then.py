"""A question remembers which weekly time went with its no."""

import sqlalchemy as sa
from alembic import op

revision = "b3d9f04a7e16"
down_revision = "e7a2c4915b60"
branch_labels = None
depends_on = None

COLUMNS = ("never_weekday", "never_from_minute", "never_until_minute")


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column("offer", sa.Column(name, sa.Integer(), nullable=True))


def downgrade() -> None:
    for name in reversed(COLUMNS):
        op.drop_column("offer", name)
