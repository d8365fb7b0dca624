"""What the coming weeks would be like if something were otherwise."""

import sqlalchemy as sa
from alembic import op

revision = "c7d15e8a42b9"
down_revision = "9b4e6a1d70c3"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "what_if_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.String(length=80), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("share_done", sa.Double(), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("error", sa.String(length=500), nullable=True),
        sa.Column("pool_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["account.id"], name=op.f("fk_what_if_run_asked_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_what_if_run_pool_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_what_if_run")),
    )
    op.create_index(op.f("ix_what_if_run_pool_id"), "what_if_run", ["pool_id"])
    op.create_index("ix_what_if_run_finished_at", "what_if_run", ["finished_at", "asked_at"])


def downgrade() -> None:
    op.drop_table("what_if_run")
