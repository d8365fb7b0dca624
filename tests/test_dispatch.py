"""Who is asked, in which order, and what an answer does."""

from app.journey import answering
from app.journey.history import SERVICE
from tests.world import World


def test_the_planned_and_the_alternates_are_asked_and_nobody_else(world: World) -> None:
    amira = world.mediator("Amira", "kmr")
    world.mediator("Cem", "tur")
    appointment = world.appointment("kmr")
    world.work()
    assert world.asked(appointment) == {"Amira"}
    assert len(world.texts_to("Amira")) == 1
    assert not world.texts_to("Cem")
    with world.change() as session:
        answering.accept(session, world.now, world.links, world.offer(session, appointment, amira).id, SERVICE, "link")
    assert world.status(appointment) == "filled"
