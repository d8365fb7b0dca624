"""Steps taken by hand, with what was there before, so that they can be undone; questions put by hand."""

import sqlalchemy as sa
from alembic import op

revision = "5e20c7ab914d"
down_revision = "5e27c8b1f4a9"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "manual_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("mediator_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pool_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_manual_step_appointment_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["mediator_id"], ["mediator.id"], name=op.f("fk_manual_step_mediator_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_manual_step_pool_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manual_step")),
    )
    for column in ("appointment_id", "mediator_id", "at", "pool_id"):
        op.create_index(op.f(f"ix_manual_step_{column}"), "manual_step", [column])
    op.add_column("offer", sa.Column("by_hand", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("offer", "by_hand")
    op.drop_table("manual_step")
