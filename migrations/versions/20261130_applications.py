"""Applications of those who want to become mediators, and messages about them."""

import sqlalchemy as sa
from alembic import op

revision = "5b0d93e4a271"
down_revision = "c3f08b9d5e17"
branch_labels = None
depends_on = None

ABOUT_ONE = sa.text("application_id IS NOT NULL")


def _moment(name: str, *, needed: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=not needed)


def upgrade() -> None:
    op.add_column("pool", sa.Column("takes_applications", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("message", sa.Column("application_id", sa.Integer(), nullable=True))
    op.create_index(
        "ix_message_application", "message", ["application_id"], sqlite_where=ABOUT_ONE, postgresql_where=ABOUT_ONE
    )
    op.create_table(
        "application",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("form_hash", sa.String(length=64), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("locale", sa.String(length=5), nullable=False),
        sa.Column("skills", sa.JSON(), nullable=False),
        sa.Column("modes", sa.JSON(), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        _moment("consented_at"),
        _moment("phone_confirmed_at"),
        _moment("email_confirmed_at"),
        sa.Column("phone_tries", sa.Integer(), nullable=False),
        sa.Column("email_tries", sa.Integer(), nullable=False),
        sa.Column("codes_sent", sa.Integer(), nullable=False),
        _moment("codes_at"),
        _moment("created_at", needed=True),
        _moment("confirmed_at"),
        _moment("decided_at"),
        _moment("expires_at"),
        sa.Column("mediator_id", sa.Integer(), nullable=True),
        sa.Column("pool_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mediator_id"], ["mediator.id"], name=op.f("fk_application_mediator_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_application_pool_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_application_token_hash")),
        sa.UniqueConstraint("form_hash", name=op.f("uq_application_form_hash")),
    )
    op.create_index(op.f("ix_application_pool_id"), "application", ["pool_id"])
    op.create_index(op.f("ix_application_expires_at"), "application", ["expires_at"])
    op.create_index(op.f("ix_application_mediator_id"), "application", ["mediator_id"])
    op.create_index("ix_application_pool_state", "application", ["pool_id", "state", "id"])


def downgrade() -> None:
    op.drop_table("application")
    op.drop_index("ix_message_application", "message")
    op.drop_column("message", "application_id")
    op.drop_column("pool", "takes_applications")
