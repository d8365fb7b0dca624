"""How far a plan is, and the wish to end its search."""

import sqlalchemy as sa
from alembic import op

revision = "a61d3f7be802"
down_revision = "5e20c7ab914d"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("plan_run", sa.Column("phase", sa.String(length=20), nullable=True))
    op.add_column("plan_run", sa.Column("coverage", sa.Double(), nullable=True))
    op.add_column("plan_run", sa.Column("coverage_bound", sa.Double(), nullable=True))
    op.add_column("plan_run", sa.Column("stop_wished_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for column in ("stop_wished_at", "coverage_bound", "coverage", "phase"):
        op.drop_column("plan_run", column)
