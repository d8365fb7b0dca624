"""Who wants a word: who carries much, may leave, or waits."""

from datetime import timedelta

from sqlalchemy import update

from app.insight.recruiting import MANY_TASKS, MOST_NAMED, SILENT_AFTER, Sign, noticed, recruiting
from app.models import Assignment, AssignmentState, Mediator, Offer, OfferStatus, Pool
from tests.world import World


def signs(world: World) -> dict[str, tuple[Sign, int]]:
    """By name who is noticed, why, and the number it rests on."""
    with world.change() as session:
        return {one.mediator.name: (one.sign, one.number) for one in noticed(session, world.now)}


def answered(world: World, mediator: int, *statuses: OfferStatus) -> None:
    """Questions of the last weeks and what became of them, the oldest first."""
    for number, status in enumerate(statuses):
        sent_at = world.now - timedelta(days=30 - number)
        appointment = world.past("kmr", sent_at + timedelta(days=3))
        with world.change() as session:
            session.add(
                Offer(
                    appointment_id=appointment, mediator_id=mediator, round=1, wave=1, language="kmr", status=status,
                    created_at=sent_at, sent_at=sent_at,
                )
            )  # fmt: skip


def held(world: World, mediator: int, number: int) -> None:
    """So many assignments of the last weeks."""
    for days in range(number):
        starts = world.now - timedelta(days=days + 1)
        appointment = world.past("kmr", starts)
        with world.change() as session:
            offer = Offer(
                appointment_id=appointment, mediator_id=mediator, round=1, wave=1, language="kmr",
                status=OfferStatus.ACCEPTED, created_at=starts, sent_at=starts - timedelta(days=2),
            )  # fmt: skip
            session.add(offer)
            session.flush()
            session.add(
                Assignment(
                    appointment_id=appointment, mediator_id=mediator, offer_id=offer.id, seat=1, language="kmr",
                    state=AssignmentState.ACTIVE, starts_at=starts, ends_at=starts + timedelta(hours=1),
                    created_at=starts - timedelta(days=1),
                )
            )  # fmt: skip


def test_who_has_had_nothing_for_months_waits_and_who_has_just_come_does_not(sqlite_world: World) -> None:
    world = sqlite_world
    world.mediator("Berat", "kmr")
    amira = world.mediator("Amira", "kmr")
    with world.change() as session:
        session.execute(update(Mediator).where(Mediator.id == amira).values(created_at=world.now - timedelta(days=400)))
    assert signs(world) == {"Amira": (Sign.WAITING, 90)}


def test_who_carries_far_more_than_others_is_noticed(sqlite_world: World) -> None:
    world = sqlite_world
    amira, berat = world.mediator("Amira", "kmr"), world.mediator("Berat", "kmr")
    held(world, amira, MANY_TASKS - 1)
    assert signs(world) == {}
    held(world, berat, MANY_TASKS)
    for name in ("Cemal", "Dara", "Emine"):
        world.mediator(name, "kmr")
    assert signs(world) == {"Berat": (Sign.BURDENED, MANY_TASKS)}


def test_who_no_longer_says_yes_may_leave_and_a_yes_ends_the_worry(sqlite_world: World) -> None:
    world = sqlite_world
    amira, berat = world.mediator("Amira", "kmr"), world.mediator("Berat", "kmr")
    nos = [OfferStatus.DECLINED, OfferStatus.EXPIRED] * (SILENT_AFTER // 2)
    answered(world, amira, *nos[:2], OfferStatus.WITHDRAWN, *nos[2:])
    answered(world, berat, *nos, OfferStatus.ACCEPTED, OfferStatus.DECLINED)
    assert signs(world) == {"Amira": (Sign.LEAVING, SILENT_AFTER)}


def test_not_more_are_named_than_anybody_calls(sqlite_world: World) -> None:
    world = sqlite_world
    for number in range(MOST_NAMED + 2):
        world.mediator(f"Person{number}", "kmr")
    with world.change() as session:
        session.execute(update(Mediator).values(created_at=world.now - timedelta(days=400)))
    assert len(signs(world)) == MOST_NAMED


def test_an_empty_pool_needs_nobody(world: World) -> None:
    with world.change() as session:
        assert noticed(session, world.now) == ()
        assert recruiting(session, session.get_one(Pool, world.pool_id)) is None
    world.foresee()
    with world.change() as session:
        found = recruiting(session, session.get_one(Pool, world.pool_id))
    assert found is not None
    assert (found.advice, found.indispensable, found.unfilled) == ((), (), 0)
