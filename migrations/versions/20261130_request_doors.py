"""Doors for requests without an account, and what is left there until it is confirmed."""

import sqlalchemy as sa
from alembic import op

revision = "c3f08b9d5e17"
down_revision = "b3d9f04a7e16"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "request_door",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("pin_hash", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("pool_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["account.id"], name=op.f("fk_request_door_made_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_request_door_organisation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_request_door_pool_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_door")),
        sa.UniqueConstraint("organisation_id", name=op.f("uq_request_door_organisation_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_request_door_token_hash")),
    )
    op.create_index(op.f("ix_request_door_pool_id"), "request_door", ["pool_id"])
    op.create_table(
        "unconfirmed_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("door_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("once", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("typed", sa.JSON(), nullable=False),
        sa.Column("wanted", sa.JSON(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("appointment_id", sa.Integer(), nullable=True),
        sa.Column("pool_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
            name=op.f("fk_unconfirmed_request_appointment_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["door_id"], ["request_door.id"], name=op.f("fk_unconfirmed_request_door_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["pool.id"], name=op.f("fk_unconfirmed_request_pool_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_unconfirmed_request_site_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unconfirmed_request")),
        sa.UniqueConstraint("once", name=op.f("uq_unconfirmed_request_once")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_unconfirmed_request_token_hash")),
    )
    for name in ("door_id", "expires_at", "pool_id"):
        op.create_index(op.f(f"ix_unconfirmed_request_{name}"), "unconfirmed_request", [name])
    op.add_column("appointment", sa.Column("door_id", sa.Integer(), nullable=True))
    op.add_column("message", sa.Column("unconfirmed_id", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("message", "unconfirmed_id")
    op.drop_column("appointment", "door_id")
    op.drop_table("unconfirmed_request")
    op.drop_table("request_door")
