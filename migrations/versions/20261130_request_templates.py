"""Templates of requests."""

import sqlalchemy as sa
from alembic import op

revision = "d4a7c19b62e8"
down_revision = "f4a81c60d2e9"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "request_template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("language", sa.String(length=3), nullable=False),
        sa.Column("accepted_languages", sa.JSON(), nullable=False),
        sa.Column("fallback_languages", sa.JSON(), nullable=False),
        sa.Column("topic", sa.String(length=20), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("place_name", sa.String(length=120), nullable=False),
        sa.Column("place_address", sa.String(length=250), nullable=False),
        sa.Column("duration_minutes", sa.Integer(), nullable=False),
        sa.Column("gender", sa.String(length=1), nullable=True),
        sa.Column("mediators_needed", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("fallbacks", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pool_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_request_template_organisation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_request_template_pool_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_request_template_site_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_template")),
        sa.UniqueConstraint("organisation_id", "name", name=op.f("uq_request_template_organisation_id_name")),
    )
    op.create_index(op.f("ix_request_template_pool_id"), "request_template", ["pool_id"])
    op.create_index(op.f("ix_request_template_site_id"), "request_template", ["site_id"])


def downgrade() -> None:
    op.drop_table("request_template")
