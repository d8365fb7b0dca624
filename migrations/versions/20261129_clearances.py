"""Dates of people that run out, what a pool asks for, and what has been said of it.

Columns are added and dropped one by one: on SQLite a copy of a table loses what refers to it.
"""

import sqlalchemy as sa
from alembic import op

revision = "b86f2d40c9a1"
down_revision = "a61d3f7be802"
branch_labels = None
depends_on = None

KINDS = ("training", "confidentiality", "conduct", "membership")
DATES = (*(f"{kind}_on" for kind in KINDS), "membership_until")


def upgrade() -> None:
    for name in DATES:
        op.add_column("mediator", sa.Column(name, sa.Date(), nullable=True))
    for kind in KINDS:
        op.add_column("pool", sa.Column(f"{kind}_required", sa.Boolean(), server_default=sa.false(), nullable=False))
        op.add_column("pool", sa.Column(f"{kind}_months", sa.Integer(), nullable=True))
    op.create_table(
        "clearance_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mediator_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=True),
        sa.Column("pool_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mediator_id"], ["mediator.id"], name=op.f("fk_clearance_notice_mediator_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alert.id"], name=op.f("fk_clearance_notice_alert_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_clearance_notice_pool_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clearance_notice")),
        sa.UniqueConstraint(
            "mediator_id", "kind", "last_day", name=op.f("uq_clearance_notice_mediator_id_kind_last_day")
        ),
    )
    op.create_index(op.f("ix_clearance_notice_pool_id"), "clearance_notice", ["pool_id"])
    op.create_index(op.f("ix_clearance_notice_alert_id"), "clearance_notice", ["alert_id"])


def downgrade() -> None:
    op.drop_table("clearance_notice")
    for kind in KINDS:
        op.drop_column("pool", f"{kind}_required")
        op.drop_column("pool", f"{kind}_months")
    for name in DATES:
        op.drop_column("mediator", name)
