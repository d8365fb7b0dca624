"""The fallback ladder: what is permitted, what is tried until when, and what a pool forbids.

Columns are added and dropped one by one: on SQLite a copy of a table loses what refers to it.
"""

import sqlalchemy as sa
from alembic import op

revision = "7d30f5a1c84e"
down_revision = "e41b7d9053fc"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("fallbacks", "fallback_languages"):
        op.add_column("appointment", sa.Column(name, sa.JSON(), server_default=sa.text("'[]'"), nullable=False))
    op.add_column("appointment", sa.Column("fall_back_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("appointment", sa.Column("first_round", sa.Integer(), server_default=sa.text("1"), nullable=False))
    # before, every move began anew
    op.execute(sa.text("UPDATE appointment SET first_round = round WHERE round > 1"))
    op.add_column("pool", sa.Column("forbidden_fallbacks", sa.JSON(), server_default=sa.text("'{}'"), nullable=False))
    op.create_table(
        "fallback_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("rung", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=True),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("mode_before", sa.String(length=10), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("starts_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pool_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_fallback_step_appointment_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_fallback_step_pool_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fallback_step")),
    )
    op.create_index(op.f("ix_fallback_step_appointment_id"), "fallback_step", ["appointment_id"])
    op.create_index(op.f("ix_fallback_step_pool_id"), "fallback_step", ["pool_id"])


def downgrade() -> None:
    op.drop_table("fallback_step")
    op.drop_column("pool", "forbidden_fallbacks")
    for name in ("first_round", "fall_back_at", "fallback_languages", "fallbacks"):
        op.drop_column("appointment", name)
