"""What fits a person without a question, and taking it: nobody who was asked is undercut."""

from datetime import timedelta
from functools import partial

import pytest

from app.errors import JourneyError
from app.journey import coming_forward, fitting
from app.journey.history import mediator_actor
from app.models import Absence, Mediator, OfferStatus
from tests.journey.test_series import series, weekly
from tests.journey.test_undoing_races import at_once
from tests.world import World


def shown(world: World, person: int) -> dict[int, bool]:
    """What somebody sees (id), and whether they can take it now."""
    with world.change() as session:
        fits = fitting.fits_of(session, world.now, session.get_one(Mediator, person))
        return {one.appointment.id: one.asked_until is None for one in fits}


def take(world: World, appointment: int, person: int) -> None:
    with world.change() as session:
        actor = mediator_actor(session.get_one(Mediator, person))
        coming_forward.take(session, world.now, world.links, appointment, person, actor)


def test_what_nobody_has_been_asked_about_is_theirs_with_one_yes(world: World) -> None:
    amira, _ = world.mediator("Amira", "kmr"), world.mediator("Bahar", "kmr")
    appointment = world.appointment("kmr", contact_email="amt@stadt.example")
    assert shown(world, amira) == {appointment: True}
    take(world, appointment, amira)
    take(world, appointment, amira)
    world.work(seconds=11)
    assert world.coming(appointment) == {"Amira"}
    assert world.texts_to("Bahar") == []
    assert len(world.texts_to("Amira")) == 1
    assert [one.kind for one in world.messages(recipient="amt@stadt.example")] == ["requester_confirmation"]
    assert shown(world, amira) == {}


def test_whoever_has_been_asked_is_not_undercut(world: World) -> None:
    bahar = world.mediator("Bahar", "kmr")
    appointment = world.appointment("kmr", world.now + timedelta(days=4, hours=3))
    world.work()
    assert world.asked(appointment) == {"Bahar"}
    amira = world.mediator("Amira", "kmr")
    assert shown(world, amira) == {appointment: False}
    with pytest.raises(JourneyError, match="others_are_asked"):
        take(world, appointment, amira)
    world.decline(appointment, bahar)
    assert shown(world, amira) == {appointment: True}
    take(world, appointment, amira)
    assert world.coming(appointment) == {"Amira"}


def test_of_two_seats_the_one_without_a_question_can_be_taken(world: World) -> None:
    world.mediator("Bahar", "kmr")
    appointment = world.appointment("kmr", world.now + timedelta(days=4, hours=3), mediators_needed=2)
    world.work()
    amira, cemile = world.mediator("Amira", "kmr"), world.mediator("Cemile", "kmr")
    assert shown(world, amira) == {appointment: True}
    take(world, appointment, amira)
    assert shown(world, cemile) == {appointment: False}
    assert world.asked(appointment) == {"Bahar"}


@pytest.mark.parametrize("why", ["language", "level", "excluded", "away", "no time", "busy", "said no", "over"])
def test_what_does_not_fit_is_not_shown_and_cannot_be_taken(world: World, why: str) -> None:
    starts = world.now + timedelta(days=1, hours=3)
    values: dict[str, object] = {"availability": ((4, 480, 500),)} if why == "no time" else {}
    level = "B1" if why == "level" else "C1"
    person = world.mediator("Amira", "tur" if why == "language" else "kmr", level=level, **values)
    with world.change() as session:
        mediator = session.get_one(Mediator, person)
        if why == "excluded":
            mediator.excluded_topics = ["school"]
        if why == "away":
            session.add(Absence(mediator_id=person, first_day=starts.date(), last_day=starts.date()))
    if why == "busy":
        take(world, world.appointment("kmr", starts + timedelta(minutes=30)), person)
    appointment = world.appointment("kmr", starts, topic="school", min_level="B2")
    if why == "said no":
        world.work()
        world.decline(appointment, person)
    if why == "over":
        world.now = starts + timedelta(minutes=1)
    assert shown(world, person) == {}
    with pytest.raises(JourneyError):
        take(world, appointment, person)
    assert world.coming(appointment) == set()


def test_in_the_first_hours_it_is_for_those_who_have_had_nothing_to_do(world: World) -> None:
    idle, busy = world.mediator("Amira", "kmr"), world.mediator("Bahar", "kmr")
    take(world, world.appointment("kmr", world.now + timedelta(days=2)), busy)
    appointment = world.appointment("kmr", world.now + timedelta(days=7, hours=2))
    assert shown(world, idle) == {appointment: True}
    assert shown(world, busy) == {}
    with pytest.raises(JourneyError, match="does_not_fit"):
        take(world, appointment, busy)
    world.now += fitting.HEAD_START
    assert shown(world, busy) == {appointment: True}


def test_taken_back_within_ten_seconds_nobody_hears_of_it_and_they_are_not_asked(world: World) -> None:
    amira = world.mediator("Amira", "kmr")
    appointment = world.appointment("kmr")
    take(world, appointment, amira)
    world.undo(appointment, amira)
    world.work(seconds=11)
    assert world.coming(appointment) == set()
    assert world.texts_to("Amira") == []
    assert world.status(appointment) == "unfilled"
    with world.change() as session:
        assert world.offer(session, appointment, amira).status is OfferStatus.DECLINED
    with pytest.raises(JourneyError, match="undo_over"):
        world.undo(appointment, amira)


def test_a_yes_to_the_date_that_leads_a_series_is_one_to_all(world: World) -> None:
    amira = world.mediator("Amira", "kmr")
    ids = series(world, weekly(4))
    assert shown(world, amira) == {ids[0]: True}
    take(world, ids[0], amira)
    world.work(seconds=11)
    assert [world.coming(one) for one in ids] == [{"Amira"}] * 4


def test_of_two_at_once_one_has_it_and_the_other_is_told(world: World) -> None:
    people = [world.mediator(name, "kmr") for name in ("Amira", "Bahar")]
    appointment = world.appointment("kmr")
    said = at_once(*(partial(take, world, appointment, one) for one in people))
    assert sorted(map(str, said)) == ["None", "already_taken"]
    assert len(world.coming(appointment)) == 1


def test_one_person_who_takes_two_at_one_time_has_one(world: World) -> None:
    amira = world.mediator("Amira", "kmr")
    both = [world.appointment("kmr"), world.appointment("kmr")]
    said = at_once(*(partial(take, world, one, amira) for one in both))
    assert [one is None for one in said].count(True) == 1
    assert [len(world.coming(one)) for one in both].count(1) == 1


def test_nothing_of_another_pool_is_shown_or_taken(world: World) -> None:
    amira = world.mediator("Amira", "kmr")
    other = World.build(world.app, world.now, "hagen")
    appointment = other.appointment("kmr")
    assert shown(world, amira) == {}
    with pytest.raises(JourneyError, match="appointment_not_found"):
        take(world, appointment, amira)
    assert other.coming(appointment) == set()


def test_another_language_than_that_of_whoever_comes_already_is_of_no_use(world: World) -> None:
    bahar, amira = world.mediator("Bahar", "kmr"), world.mediator("Amira", "tur")
    appointment = world.appointment("kmr", mediators_needed=2, accepted_languages=("tur",))
    take(world, appointment, bahar)
    assert shown(world, amira) == {}
