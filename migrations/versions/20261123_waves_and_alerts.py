"""Waves sized by chance, limits and times for texts, calls, alerts, reconfirmation.

Columns are added and dropped one by one, never by copying a table: on SQLite a copy would lose the triggers of
`assignment`, and dropping the old `pool` would delete everything that belongs to it.
"""

import sqlalchemy as sa
from alembic import op

revision = "a41d7c0e9b52"
down_revision = "c2f8b4c663ec"
branch_labels = None
depends_on = None


def instant(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)


def number(name: str, default: int) -> sa.Column[object]:
    return sa.Column(name, sa.Integer(), nullable=False, server_default=str(default))


def switch(name: str, *, on: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.true() if on else sa.false())


def new_columns() -> dict[str, list[sa.Column[object]]]:
    return {
        "appointment": [
            instant("answer_by"),
            instant("look_again_at"),
            sa.Column("chance", sa.Double(), nullable=True),
            sa.Column("missed_by", sa.String(length=10), nullable=True),
        ],
        "assignment": [instant(f"reconfirm{step}_at") for step in ("_asked", "ed", "_alerted")],
        "heartbeat": [switch("rings", on=True), switch("calls")],
        "mediator": [
            sa.Column("text_from_minute", sa.Integer(), nullable=True),
            sa.Column("text_until_minute", sa.Integer(), nullable=True),
            sa.Column("text_weekends", sa.Boolean(), nullable=True),
            switch("prefers_calls"),
            sa.Column("phone_trouble", sa.String(length=20), nullable=True),
        ],
        "message": [
            instant("first_due_at"),
            sa.Column("instead_of_id", sa.Integer(), nullable=True),
            instant("settled_at"),
        ],
        "offer": [sa.Column("chance", sa.Double(), nullable=True), instant("ended_at")],
        "plan_run": [sa.Column("claimed_by", sa.String(length=80), nullable=True)],
        "pool": [
            number("fill_target", 95),
            number("max_texts_per_day", 5),
            number("text_pause_minutes", 15),
            number("text_from_minute", 8 * 60),
            number("text_until_minute", 20 * 60),
            switch("text_weekends"),
            switch("reconfirm"),
            sa.Column("acceptance", sa.JSON(), nullable=True),
            instant("acceptance_at"),
        ],
    }


def upgrade() -> None:
    for table, columns in new_columns().items():
        for column in columns:
            op.add_column(table, column)
    op.drop_column("pool", "alternates_per_seat")
    op.create_index("ix_appointment_look_again_at", "appointment", ["look_again_at"])
    op.create_index("ix_message_first_due_at", "message", ["first_due_at"])
    op.execute("UPDATE message SET first_due_at = due_at")
    # what failed before there was somebody to see to it was seen to by hand
    op.execute("UPDATE message SET settled_at = finished_at WHERE status = 'failed'")
    op.create_table(
        "alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("mediator_id", sa.Integer(), nullable=True),
        sa.Column("appointment_id", sa.Integer(), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pool_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_alert_appointment_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["mediator_id"], ["mediator.id"], name=op.f("fk_alert_mediator_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_alert_pool_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
    )
    for column in ("appointment_id", "mediator_id", "pool_id"):
        op.create_index(f"ix_alert_{column}", "alert", [column])
    still_open = sa.text("resolved_at IS NULL")
    op.create_index(
        "uq_alert_open_subject",
        "alert",
        ["pool_id", "subject"],
        unique=True,
        sqlite_where=still_open,
        postgresql_where=still_open,
    )


def downgrade() -> None:
    op.drop_table("alert")
    op.drop_index("ix_message_first_due_at", "message")
    op.drop_index("ix_appointment_look_again_at", "appointment")
    op.add_column("pool", number("alternates_per_seat", 1))
    for table, columns in new_columns().items():
        for column in reversed(columns):
            op.drop_column(table, column.name)
