"""Indexes for pools with years behind them: each is one that a page, a job or a cascade looked for in vain."""

import sqlalchemy as sa
from alembic import op

revision = "c7d21e8a4f60"
down_revision = "7c2e91b8d4a6"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_assignment_appointment_id", "assignment", ("appointment_id",)),
    ("ix_assignment_pool_starts", "assignment", ("pool_id", "starts_at")),
    ("ix_assignment_mediator_starts", "assignment", ("mediator_id", "starts_at")),
    ("ix_offer_pool_sent", "offer", ("pool_id", "sent_at")),
    ("ix_appointment_pool_starts", "appointment", ("pool_id", "starts_at")),
    ("ix_appointment_pool_ends", "appointment", ("pool_id", "ends_at")),
    ("ix_appointment_status_starts", "appointment", ("status", "starts_at")),
    ("ix_plan_run_requested_at", "plan_run", ("requested_at",)),
    ("ix_plan_run_pool_finished", "plan_run", ("pool_id", "finished_at")),
    ("ix_message_pool_happened", "message", ("pool_id", sa.text("coalesce(sent_at, finished_at, due_at)"), "id")),
    ("ix_message_mediator", "message", ("mediator_id", "id")),
    ("ix_message_pool_channel", "message", ("pool_id", "channel", "kind")),
    ("ix_appointment_organisation_starts", "appointment", ("organisation_id", "starts_at")),
    ("ix_inbound_message_sender", "inbound_message", ("sender", "id")),
)
# those of which another is the beginning
SHORTER = (
    ("ix_message_mediator_id", "message", ("mediator_id",)),
    ("ix_assignment_mediator_id", "assignment", ("mediator_id",)),
    ("ix_appointment_organisation_id", "appointment", ("organisation_id",)),
)
UNCONFIRMED = sa.text("reconfirm_asked_at IS NOT NULL AND reconfirmed_at IS NULL AND reconfirm_alerted_at IS NULL")


def upgrade() -> None:
    for name, table, columns in INDEXES:
        op.create_index(name, table, list(columns))
    partly = {"sqlite_where": UNCONFIRMED, "postgresql_where": UNCONFIRMED}
    op.create_index("ix_assignment_unconfirmed", "assignment", ["starts_at"], **partly)
    doubtful = {"sqlite_where": sa.text("unknown_outcomes > 0"), "postgresql_where": sa.text("unknown_outcomes > 0")}
    op.create_index("ix_message_unknown_outcomes", "message", ["unknown_outcomes"], **doubtful)
    for name, table, _ in SHORTER:
        op.drop_index(name, table_name=table)


def downgrade() -> None:
    for name, table, columns in SHORTER:
        op.create_index(name, table, list(columns))
    op.drop_index("ix_message_unknown_outcomes", table_name="message")
    op.drop_index("ix_assignment_unconfirmed", table_name="assignment")
    for name, table, _ in reversed(INDEXES):
        op.drop_index(name, table_name=table)
