"""Gaps that are reported: what no mediator can close."""

import sqlalchemy as sa
from alembic import op

revision = "9b4e6a1d70c3"
down_revision = "3f81c05d9e27"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reported_gap",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("reported_by_id", sa.Integer(), nullable=True),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("answer", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pool_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_reported_gap_organisation_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["reported_by_id"], ["account.id"], name=op.f("fk_reported_gap_reported_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_reported_gap_pool_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reported_gap")),
    )
    op.create_index(op.f("ix_reported_gap_pool_id"), "reported_gap", ["pool_id"])
    op.create_index(op.f("ix_reported_gap_organisation_id"), "reported_gap", ["organisation_id"])


def downgrade() -> None:
    op.drop_table("reported_gap")
