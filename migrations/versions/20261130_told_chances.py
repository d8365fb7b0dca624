"""What became of the chances that were told is found without reading appointments that were told none."""

import sqlalchemy as sa
from alembic import op

revision = "f4a81c60d2e9"
down_revision = "8c1f5e27d3a6"
branch_labels = None
depends_on = None

TOLD = sa.text("expected IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_appointment_told_chance",
        "appointment",
        ["pool_id", "starts_at"],
        sqlite_where=TOLD,
        postgresql_where=TOLD,
    )


def downgrade() -> None:
    op.drop_index("ix_appointment_told_chance", table_name="appointment")
