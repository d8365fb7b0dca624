"""Neighbouring pools lend each other people: agreements, what is asked of whom, and the seats that are borrowed.

Columns are added and dropped one by one: on SQLite a copy of a table loses what refers to it.
"""

import sqlalchemy as sa
from alembic import op

revision = "8e41b6d07c35"
down_revision = "d4a7c19b62e8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lending_agreement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("modes", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("pair_key", sa.String(length=40), nullable=True),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        *_pools("lending_agreement"),
        sa.CheckConstraint("from_pool_id <> to_pool_id", name=op.f("ck_lending_agreement_two_pools")),
        sa.UniqueConstraint("pair_key", name=op.f("uq_lending_agreement_pair_key")),
    )
    op.create_table(
        "lending",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agreement_id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("guest_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("why", sa.String(length=20), nullable=True),
        sa.Column("chance", sa.Double(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        *_pools("lending"),
        _refers("lending", "agreement_id", "lending_agreement.id"),
        _refers("lending", "appointment_id", "appointment.id"),
        _refers("lending", "guest_id", "appointment.id"),
        sa.UniqueConstraint("guest_id", name=op.f("uq_lending_guest_id")),
    )
    op.create_table(
        "borrowed_seat",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lending_id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=3), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        *_pools("borrowed_seat"),
        _refers("borrowed_seat", "lending_id", "lending.id"),
        _refers("borrowed_seat", "appointment_id", "appointment.id"),
        _refers("borrowed_seat", "assignment_id", "assignment.id"),
    )
    _index("lending_agreement", "from_pool_id", "to_pool_id")
    _index("lending", "from_pool_id", "to_pool_id", "agreement_id", "appointment_id", "due_at")
    _index("borrowed_seat", "from_pool_id", "to_pool_id", "lending_id", "appointment_id")
    _one_at_a_time("uq_lending_out", "lending", "appointment_id", "state = 'out'")
    _one_at_a_time("uq_borrowed_seat_active", "borrowed_seat", "assignment_id", "ended_at IS NULL")
    op.add_column("organisation", sa.Column("neighbour_id", sa.Integer(), nullable=True))
    op.create_index("uq_organisation_neighbour", "organisation", ["pool_id", "neighbour_id"], unique=True)
    op.add_column("appointment", sa.Column("borrow_until", sa.DateTime(timezone=True), nullable=True))
    none = sa.text("0")
    op.add_column("appointment", sa.Column("seats_borrowed", sa.Integer(), server_default=none, nullable=False))
    op.add_column("appointment", sa.Column("is_guest", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("fallback_step", sa.Column("neighbour_id", sa.Integer(), nullable=True))
    op.add_column("fallback_step", sa.Column("minutes", sa.Integer(), nullable=True))
    op.add_column("message", sa.Column("borrowed_seat_id", sa.Integer(), nullable=True))


def _pools(table: str) -> tuple[sa.Column[int] | sa.Constraint, ...]:
    return (
        sa.Column("from_pool_id", sa.Integer(), nullable=False),
        sa.Column("to_pool_id", sa.Integer(), nullable=False),
        _refers(table, "from_pool_id", "pool.id"),
        _refers(table, "to_pool_id", "pool.id"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"), ondelete="CASCADE")


def _index(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def _one_at_a_time(name: str, table: str, column: str, where: str) -> None:
    only = sa.text(where)
    op.create_index(name, table, [column], unique=True, sqlite_where=only, postgresql_where=only)


def downgrade() -> None:
    op.drop_column("message", "borrowed_seat_id")
    for name in ("minutes", "neighbour_id"):
        op.drop_column("fallback_step", name)
    for name in ("is_guest", "seats_borrowed", "borrow_until"):
        op.drop_column("appointment", name)
    op.drop_index("uq_organisation_neighbour", "organisation")
    op.drop_column("organisation", "neighbour_id")
    for table in ("borrowed_seat", "lending", "lending_agreement"):
        op.drop_table(table)
