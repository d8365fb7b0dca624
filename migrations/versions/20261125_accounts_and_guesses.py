"""Wrong guesses counted in the database; tokens that have a name and expire."""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

revision = "d5b0a7f3c614"
down_revision = "5b0e7f3a91d4"
branch_labels = None
depends_on = None

# tokens from before are given the year that new ones get
LASTING = timedelta(days=365)
TOKENS = sa.table(
    "api_token",
    sa.column("id", sa.Integer()),
    sa.column("created_at", sa.DateTime(timezone=True)),
    sa.column("expires_at", sa.DateTime(timezone=True)),
)


def upgrade() -> None:
    op.create_table(
        "guesses",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_guesses")),
    )
    op.create_index(op.f("ix_guesses_ends_at"), "guesses", ["ends_at"])
    op.add_column("api_token", sa.Column("name", sa.String(length=120), nullable=False, server_default=""))
    op.add_column("api_token", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
    connection = op.get_bind()
    for id_, created_at in connection.execute(sa.select(TOKENS.c.id, TOKENS.c.created_at)).all():
        expires = sa.update(TOKENS).where(TOKENS.c.id == id_).values(expires_at=created_at + LASTING)
        connection.execute(expires)
    # a copy of the table is no loss here: it has no triggers, and nothing refers to it
    with op.batch_alter_table("api_token") as table:
        table.alter_column("expires_at", existing_type=sa.DateTime(timezone=True), nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("api_token") as table:
        table.drop_column("expires_at")
        table.drop_column("name")
    op.drop_index(op.f("ix_guesses_ends_at"), table_name="guesses")
    op.drop_table("guesses")
