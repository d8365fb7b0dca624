"""Translation devices and their loans, and the rule that nobody is promised a device that somebody else has."""

import sqlalchemy as sa
from alembic import op

revision = "2c94e6b80d17"
down_revision = "7d30f5a1c84e"
branch_labels = None
depends_on = None

HOLDS = "state IN ('reserved', 'handed_out')"
OVERLAP = f"""
    SELECT RAISE(ABORT, 'device lent twice') WHERE EXISTS (
        SELECT 1 FROM device_loan AS other
        WHERE other.device_id = NEW.device_id AND other.id IS NOT NEW.id AND other.{HOLDS}
          AND other.starts_at < NEW.ends_at AND NEW.starts_at < other.ends_at);
"""


def upgrade() -> None:
    op.create_table(
        "translation_device",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("owner", sa.String(length=120), nullable=False),
        sa.Column("place", sa.String(length=250), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pool_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["pool.id"], name=op.f("fk_translation_device_pool_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_translation_device")),
        sa.UniqueConstraint("pool_id", "name", name=op.f("uq_translation_device_pool_id_name")),
    )
    op.create_index(op.f("ix_translation_device_pool_id"), "translation_device", ["pool_id"])
    op.create_table(
        "device_loan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handed_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("helped", sa.Boolean(), nullable=True),
        sa.Column("pool_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_device_loan_times")),
        sa.ForeignKeyConstraint(
            ["device_id"], ["translation_device.id"], name=op.f("fk_device_loan_device_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_device_loan_appointment_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_device_loan_pool_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_loan")),
    )
    op.create_index(op.f("ix_device_loan_pool_id"), "device_loan", ["pool_id"])
    op.create_index(op.f("ix_device_loan_appointment_id"), "device_loan", ["appointment_id"])
    op.create_index("ix_device_loan_device_starts", "device_loan", ["device_id", "starts_at"])
    _refuse_two_at_once()


def _refuse_two_at_once() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "ALTER TABLE device_loan ADD CONSTRAINT ex_device_loan_twice EXCLUDE USING gist ("
            " int8range(device_id, device_id, '[]') WITH &&, tstzrange(starts_at, ends_at) WITH &&"
            f") WHERE ({HOLDS})"
        )
        return
    for event in ("INSERT", "UPDATE"):
        op.execute(
            f"CREATE TRIGGER device_loan_twice_{event.lower()} BEFORE {event} ON device_loan"
            f" WHEN NEW.{HOLDS} BEGIN {OVERLAP} END"
        )


def downgrade() -> None:
    op.drop_table("device_loan")
    op.drop_table("translation_device")
