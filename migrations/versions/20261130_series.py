"""Series of appointments: what belongs together, which date waits, and messages that tell of several dates."""

import sqlalchemy as sa
from alembic import op

revision = "b3e90d5f7a16"
down_revision = "5d0c7a81b2f4"
branch_labels = None
depends_on = None

WAITS = sa.text("waits_until IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "series",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.JSON(), nullable=False),
        sa.Column("continuity", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pool_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_series_organisation_id")),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_series_pool_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
    )
    for column in ("organisation_id", "pool_id"):
        op.create_index(op.f(f"ix_series_{column}"), "series", [column])
    op.create_table(
        "joint_date",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=True),
        sa.Column("pool_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_joint_date_message_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_joint_date_appointment_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name=op.f("fk_joint_date_assignment_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_joint_date_pool_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("message_id", "appointment_id", name=op.f("pk_joint_date")),
    )
    for column in ("appointment_id", "assignment_id", "pool_id"):
        op.create_index(op.f(f"ix_joint_date_{column}"), "joint_date", [column])
    # as a statement, for SQLite adds a column with its reference only so, unless the table is written anew
    reference = "CONSTRAINT fk_appointment_series_id REFERENCES series (id)"
    op.execute(f"ALTER TABLE appointment ADD COLUMN series_id INTEGER {reference}")
    op.create_index(op.f("ix_appointment_series_id"), "appointment", ["series_id"])
    op.add_column("appointment", sa.Column("waits_until", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_appointment_waits_until", "appointment", ["waits_until"], sqlite_where=WAITS, postgresql_where=WAITS
    )
    op.add_column("appointment", sa.Column("leads_series", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("appointment", "leads_series")
    op.drop_index("ix_appointment_waits_until", table_name="appointment")
    op.drop_column("appointment", "waits_until")
    op.drop_index(op.f("ix_appointment_series_id"), table_name="appointment")
    op.drop_column("appointment", "series_id")
    op.drop_table("joint_date")
    op.drop_table("series")
