"""Where houses stand: what is taken in of a land survey's file."""

import sqlalchemy as sa
from alembic import op

revision = "5e27c8b1f4a9"
down_revision = "c7d15e8a42b9"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "house_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("houses", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_house_file")),
    )
    op.create_table(
        "street",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("town", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("town_title", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("district", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["house_file.id"], name=op.f("fk_street_file_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_street")),
    )
    op.create_index("ix_street_town_name", "street", ["town", "name"])
    op.create_index("ix_street_name", "street", ["name"])
    op.create_table(
        "house",
        sa.Column("street_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("suffix", sa.String(length=8), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["street_id"], ["street.id"], name=op.f("fk_house_street_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("street_id", "number", "suffix", name=op.f("pk_house")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("house")
    op.drop_table("street")
    op.drop_table("house_file")
