"""Alembic's entry: migrates the application's own engine, online only."""

from alembic import context

from app.extensions import db
from app.models import Base
from app.models.base import UtcDateTime


def render_item(kind: str, item: object, _context: object) -> str | bool:
    """Migrations name plain types, so that they still run when the models have moved on."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


def run() -> None:
    """Bring the database to the wanted revision in one transaction."""
    with db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            render_item=render_item,
            compare_type=True,
            transactional_ddl=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


if context.is_offline_mode():
    raise SystemExit("Migrations run against a database: flask db upgrade (without --sql).")
run()
