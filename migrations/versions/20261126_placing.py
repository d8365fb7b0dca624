"""When an appointment is to be placed: at once where somebody is wanted anew."""

import sqlalchemy as sa
from alembic import op

revision = "7c2e91b8d4a6"
down_revision = "d5b0a7f3c614"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("appointment", sa.Column("place_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_appointment_place_at"), "appointment", ["place_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_appointment_place_at"), table_name="appointment")
    op.drop_column("appointment", "place_at")
