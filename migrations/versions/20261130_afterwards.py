"""How an appointment was, said afterwards by whoever requested it; the links for that, and thanks to mediators.

Columns are added and dropped one by one: on SQLite a copy of a table loses what refers to it.
"""

import sqlalchemy as sa
from alembic import op

revision = "8c1f5e27d3a6"
down_revision = "b3e90d5f7a16"
branch_labels = None
depends_on = None

TO_ASK = sa.text("ask_afterwards_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("appointment", sa.Column("came_late", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("appointment", sa.Column("lasted_minutes", sa.Integer(), nullable=True))
    op.add_column("appointment", sa.Column("reported_by", sa.String(length=20), nullable=True))
    op.add_column("appointment", sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("appointment", sa.Column("ask_afterwards_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_appointment_ask_afterwards",
        "appointment",
        ["ask_afterwards_at"],
        sqlite_where=TO_ASK,
        postgresql_where=TO_ASK,
    )
    op.create_table(
        "requester_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pool_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_requester_link_appointment_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_requester_link_pool_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requester_link")),
        sa.UniqueConstraint("appointment_id", "kind", name=op.f("uq_requester_link_appointment_id_kind")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_requester_link_token_hash")),
    )
    op.create_index(op.f("ix_requester_link_pool_id"), "requester_link", ["pool_id"])
    op.add_column("message", sa.Column("requester_link_id", sa.Integer(), nullable=True))
    op.create_table(
        "thanks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("choice", sa.String(length=20), nullable=False),
        sa.Column("words", sa.String(length=140), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pool_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name=op.f("fk_thanks_assignment_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_thanks_pool_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thanks")),
        sa.UniqueConstraint("assignment_id", name=op.f("uq_thanks_assignment_id")),
    )
    op.create_index(op.f("ix_thanks_pool_id"), "thanks", ["pool_id"])


def downgrade() -> None:
    op.drop_table("thanks")
    op.drop_column("message", "requester_link_id")
    op.drop_table("requester_link")
    op.drop_index("ix_appointment_ask_afterwards", "appointment")
    for name in ("ask_afterwards_at", "reported_at", "reported_by", "lasted_minutes", "came_late"):
        op.drop_column("appointment", name)
