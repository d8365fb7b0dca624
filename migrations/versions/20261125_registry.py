"""Lines about organisations name them in a column."""

import sqlalchemy as sa
from alembic import op

revision = "5e0d6c81f7a4"
down_revision = "a41d7c0e9b52"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("event") as event:
        event.add_column(sa.Column("organisation_id", sa.Integer(), nullable=True))
        event.create_foreign_key(
            "fk_event_organisation_id", "organisation", ["organisation_id"], ["id"], ondelete="SET NULL"
        )


def downgrade() -> None:
    with op.batch_alter_table("event") as event:
        event.drop_constraint("fk_event_organisation_id", type_="foreignkey")
        event.drop_column("organisation_id")
