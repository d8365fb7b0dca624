"""No pool sees another's rows, and no query runs without saying whose rows it wants."""

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import aliased

from app import tenancy
from app.errors import ForeignRow, NoPool
from app.models import Base, BetweenPools, Mediator, Offer, Organisation, Pool, PoolOwned, Skill
from app.transaction import transaction
from tests.world import World


@pytest.fixture
def neighbour(world: World) -> World:
    return World.build(world.app, world.now, key="ahlen")


def test_a_query_sees_its_own_pool_alone(world: World, neighbour: World) -> None:
    world.mediator("Amira", "kmr")
    neighbour.mediator("Berat", "kmr")
    with world.change() as session:
        assert session.scalars(select(Mediator.name)).all() == ["Amira"]
        assert session.scalar(select(func.count()).select_from(Mediator)) == 1
        other = aliased(Mediator)
        assert session.scalars(select(other.name)).all() == ["Amira"]
        joined = select(Mediator.name).join(Skill, Skill.mediator_id == Mediator.id).where(Skill.language == "kmr")
        assert session.scalars(joined).all() == ["Amira"]
        assert session.scalars(select(Organisation).where(Organisation.id == neighbour.organisation_id)).all() == []


def test_a_foreign_id_is_not_found(world: World, neighbour: World) -> None:
    foreign = neighbour.mediator("Berat", "kmr")
    with world.change() as session:
        assert session.get(Mediator, foreign) is None


def test_updates_and_deletes_reach_no_foreign_row(world: World, neighbour: World) -> None:
    neighbour.mediator("Berat", "kmr")
    with world.change() as session:
        session.execute(update(Mediator).values(name="changed"))
        session.execute(delete(Skill))
    with neighbour.change() as session:
        assert session.scalars(select(Mediator.name)).all() == ["Berat"]
        assert session.scalars(select(Skill.language)).all() == ["kmr"]


def test_a_query_without_a_pool_fails(world: World) -> None:
    with world.app.app_context(), transaction(None) as session:
        for statement in (select(Mediator), select(Offer.id), select(func.count()).select_from(Mediator)):
            with pytest.raises(NoPool):
                session.execute(statement)
        with pytest.raises(NoPool):
            session.execute(update(Mediator).values(name="changed"))
        assert session.scalars(select(Pool.key)).all() == ["beckum"]


def test_a_row_of_another_pool_cannot_be_written(world: World, neighbour: World) -> None:
    with pytest.raises(ForeignRow), world.change() as session:
        session.add(Organisation(pool_id=neighbour.pool_id, name="Schmuggel"))


def test_binding_to_another_pool_forgets_what_was_loaded(world: World, neighbour: World) -> None:
    mine = world.mediator("Amira", "kmr")
    with world.change() as session:
        assert session.get(Mediator, mine) is not None
        tenancy.bind(session, neighbour.pool_id)
        assert session.get(Mediator, mine) is None


def test_every_table_but_the_installations_own_carries_a_pool() -> None:
    owned = {
        str(mapper.local_table)
        for mapper in Base.registry.mappers
        if issubclass(mapper.class_, (PoolOwned, BetweenPools))
    }
    shared = {"pool", "heartbeat", "inbound_message", "installation", "guesses", "house_file", "street", "house"}
    assert set(Base.metadata.tables) - owned == shared
