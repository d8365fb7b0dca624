"""The migrations make what the models say, and can be taken back."""

import flask_migrate
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import inspect, select

from app.extensions import db
from app.models import Base, Mediator, Pool
from app.transaction import transaction
from tests.world import World


def test_the_migrated_database_is_what_the_models_say(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_every_migration_can_be_taken_back_and_made_again(app: Flask) -> None:
    with app.app_context():
        flask_migrate.downgrade(revision="base")
        assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
        flask_migrate.upgrade()
        assert "assignment" in inspect(db.engine).get_table_names()


def test_the_newest_migration_loses_no_row_and_no_rule(world: World) -> None:
    amira = world.mediator("Amira", "kmr")
    with world.app.app_context():
        db.session.remove()
        flask_migrate.downgrade()
        flask_migrate.upgrade()
        with transaction(world.pool_id) as session:
            assert session.execute(select(Mediator.id)).scalar_one() == amira
            assert session.execute(select(Pool.fill_target)).scalar_one() == 95
        if db.engine.dialect.name == "sqlite":
            with db.engine.connect() as connection:
                triggers = connection.exec_driver_sql("SELECT tbl_name FROM sqlite_master WHERE type = 'trigger'").all()
            assert [name for (name,) in triggers] == ["assignment", "assignment"]
