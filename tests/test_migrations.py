"""The migrations make what the models say, and can be taken back."""

import flask_migrate
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import delete, inspect, select

from app.extensions import db
from app.journey import answering
from app.journey.history import SERVICE
from app.models import Base, Mediator, Message, Pool
from app.transaction import transaction
from tests.world import World


# an index over an expression is compared on PostgreSQL alone, for SQLite tells only its name
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index ix_me")
@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
def test_the_migrated_database_is_what_the_models_say(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


@pytest.mark.thorough
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
            assert sorted(name for (name,) in triggers) == ["assignment"] * 2 + ["device_loan"] * 2


@pytest.mark.thorough
def test_messages_are_told_which_assignment_they_are_about_by_their_old_keys(world: World) -> None:
    amira, appointment = world.mediator("Amira", "kmr"), world.appointment("kmr")
    with world.change() as session:
        mediator = session.get_one(Mediator, amira)
        one = answering.assign(session, world.now, world.links, appointment, mediator, SERVICE).id
        session.execute(delete(Message))
    about = {
        f"sms:confirmation:assignment:{one}:0": one,
        f"mail:requester:{appointment}:confirmation:assignment:{one}::0": one,
        f"mail:requester:{appointment}:handed_back:{one}:1": one,
        "sms:confirmation:assignment:4711:0": None,
        f"offer:{one}:wave:1": None,
        f"mail:requester:{appointment}:changed:2": None,
    }
    with world.change() as session:
        rows = [old_message(world, key) for key in about]
        session.add_all(rows)
        session.flush()
        # said again, and again by mail: about the same
        session.add(again := old_message(world, "instead:1", instead_of_id=rows[0].id))
        session.flush()
        session.add(old_message(world, "instead:2", instead_of_id=again.id, channel="email", error_code="550"))
    with world.app.app_context():
        db.session.remove()
        flask_migrate.downgrade(revision="a41d7c0e9b52")
        flask_migrate.upgrade()
    found = {one.dedupe_key: one for one in world.messages()}
    expected = about | {"instead:1": one, "instead:2": one}
    assert {key: row.assignment_id for key, row in found.items()} == expected
    assert found["instead:2"].error_code == "mail_recipient:550"


def old_message(world: World, key: str, **values: object) -> Message:
    known = {"channel": "sms", "kind": "confirmation", "recipient": "+491713920000", "body": "Text", **values}
    return Message(**known, dedupe_key=key, created_at=world.now, due_at=world.now)
