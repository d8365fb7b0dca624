"""Links to mediators' own pages expire, and are asked for by e-mail address."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "e7a2c4915b60"
down_revision = "8e41b6d07c35"
branch_labels = None
depends_on = None

OPEN_FOR = timedelta(days=180)


def upgrade() -> None:
    op.add_column("link", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
    # those that are out there get as long as a new one
    until = datetime.now(UTC) + OPEN_FOR
    if op.get_bind().dialect.name == "sqlite":
        until = until.replace(tzinfo=None)
    link = sa.table("link", sa.column("kind", sa.String), sa.column("expires_at", sa.DateTime(timezone=True)))
    op.execute(link.update().where(link.c.kind == "mediator").values(expires_at=until))
    op.create_index("ix_mediator_email", "mediator", [sa.text("lower(email)")])


def downgrade() -> None:
    op.drop_index("ix_mediator_email", "mediator")
    op.drop_column("link", "expires_at")
