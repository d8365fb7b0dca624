"""A connection to a server that went away meanwhile is replaced before it is used; one that is busy is not asked."""

import pytest
import sqlalchemy as sa

from app import extensions
from app.extensions import db
from app.models import Pool
from tests.world import World

OTHERS_END = (
    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
on_postgres = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)


def pools(world: World) -> int:
    with world.change() as session:
        return len(session.scalars(sa.select(Pool.id)).all())


@on_postgres
def test_a_connection_that_rested_is_replaced_where_its_server_is_gone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extensions, "RESTED", 0)
    assert pools(world) == 1
    with world.app.app_context():
        outside = sa.create_engine(db.engine.url, poolclass=sa.NullPool)
    with outside.connect() as connection:
        connection.exec_driver_sql(OTHERS_END)
    assert pools(world) == 1


@on_postgres
@pytest.mark.parametrize(("rested", "asks"), [(0.0, 1), (3600.0, 0)])
def test_only_a_connection_that_rested_is_asked(
    world: World, monkeypatch: pytest.MonkeyPatch, rested: float, asks: int
) -> None:
    monkeypatch.setattr(extensions, "RESTED", rested)
    pools(world)
    asked: list[object] = []
    with world.app.app_context():
        dialect = db.engine.dialect
    monkeypatch.setattr(dialect, "do_ping", asked.append)
    pools(world)
    assert len(asked) == asks
