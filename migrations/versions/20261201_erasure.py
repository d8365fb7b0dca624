"""When it was forgotten who a mediator was."""

import sqlalchemy as sa
from alembic import op

revision = "8e41c7d02b95"
down_revision = "5b0d93e4a271"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mediator", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("mediator", "erased_at")
