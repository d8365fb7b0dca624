"""Forecasts of the coming weeks, kept to be shown and to be looked back on."""

import sqlalchemy as sa
from alembic import op

revision = "3f81c05d9e27"
down_revision = "c7d21e8a4f60"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "forecast_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_by", sa.String(length=80), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("error", sa.String(length=500), nullable=True),
        sa.Column("pool_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_forecast_run_pool_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forecast_run")),
    )
    op.create_index(op.f("ix_forecast_run_pool_id"), "forecast_run", ["pool_id"])
    op.create_index("ix_forecast_run_pool_started", "forecast_run", ["pool_id", "started_at"])
    op.create_index("ix_forecast_run_pool_finished", "forecast_run", ["pool_id", "finished_at"])


def downgrade() -> None:
    op.drop_table("forecast_run")
