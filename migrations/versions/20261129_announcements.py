"""Announcements: what coordinators write to many at once."""

import sqlalchemy as sa
from alembic import op

revision = "e41b7d9053fc"
down_revision = "b86f2d40c9a1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "announcement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("sent_by_id", sa.Integer(), nullable=True),
        sa.Column("audience", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("recipients", sa.Integer(), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pool_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sent_by_id"], ["account.id"], name=op.f("fk_announcement_sent_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_announcement_pool_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement")),
        sa.UniqueConstraint("pool_id", "key", name=op.f("uq_announcement_pool_id_key")),
    )
    op.create_index(op.f("ix_announcement_pool_id"), "announcement", ["pool_id"])
    op.add_column("message", sa.Column("announcement_id", sa.Integer(), nullable=True))
    op.create_index(op.f("ix_message_announcement_id"), "message", ["announcement_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_message_announcement_id"), table_name="message")
    op.drop_column("message", "announcement_id")
    op.drop_table("announcement")
