"""The ladder: another language, mode or time is tried when nobody can come, in time, and nobody is asked twice."""

from datetime import datetime, timedelta

from sqlalchemy import select

from app.models import Appointment, FallbackStep, Offer, OfferStatus, StepState
from tests.world import TOWN_HALL, World

FAR_AWAY = (52.52, 13.405)


def row(world: World, appointment: int) -> Appointment:
    with world.change() as session:
        found = session.get_one(Appointment, appointment)
        session.expunge(found)
    return found


def steps(world: World, appointment: int) -> list[tuple[str, str]]:
    with world.change() as session:
        own = select(FallbackStep).where(FallbackStep.appointment_id == appointment).order_by(FallbackStep.id)
        return [(one.rung.value, one.state.value) for one in session.scalars(own)]


def questions(world: World, appointment: int, mediator: int) -> int:
    """How often somebody was asked about an appointment."""
    with world.change() as session:
        sent = Offer.sent_at.is_not(None)
        mine = (Offer.appointment_id == appointment, Offer.mediator_id == mediator)
        return len(session.scalars(select(Offer.id).where(*mine, sent)).all())


def test_the_second_language_is_tried_when_nobody_speaks_the_first(world: World) -> None:
    world.mediator("Dilan", "tur")
    appointment = world.appointment("tir", fallbacks=("language",), fallback_languages=("tur",))
    world.work()
    assert world.asked(appointment) == {"Dilan"}
    assert steps(world, appointment) == [("language", "running")]
    assert row(world, appointment).accepted_languages == ["tur"]


def test_the_second_language_waits_for_the_first(world: World) -> None:
    first = world.mediator("Selam", "tir")
    world.mediator("Dilan", "tur")
    appointment = world.appointment("tir", fallbacks=("language",), fallback_languages=("tur",))
    world.work()
    assert world.asked(appointment) == {"Selam"}
    world.decline(appointment, first)
    world.work()
    assert world.asked(appointment) == {"Dilan"}


def test_nothing_is_tried_that_nobody_permitted(world: World) -> None:
    world.mediator("Dilan", "tur")
    world.mediator("Selam", "tir", home=FAR_AWAY, max_travel_minutes=30)
    appointment = world.appointment("tir", fallback_languages=("tur",))
    world.work()
    assert world.status(appointment) == "unfilled"
    assert steps(world, appointment) == []
    assert row(world, appointment).mode == "on_site"


def test_nothing_is_tried_that_the_rules_forbid_for_its_topic(world: World) -> None:
    world.set_pool(forbidden_fallbacks={"mode": ["medical"]})
    world.mediator("Selam", "tir", home=FAR_AWAY, max_travel_minutes=30)
    medical = world.appointment("tir", fallbacks=("mode",), topic="medical")
    office = world.appointment("tir", world.now + timedelta(days=2, hours=3), fallbacks=("mode",), topic="office")
    world.work()
    assert (world.status(medical), row(world, medical).mode) == ("unfilled", "on_site")
    assert (world.status(office), row(world, office).mode) == ("offering", "phone")


def test_who_lives_too_far_away_is_asked_for_the_telephone(world: World) -> None:
    world.mediator("Selam", "tir", home=FAR_AWAY, max_travel_minutes=30)
    appointment = world.appointment("tir", fallbacks=("mode",))
    world.work()
    assert world.asked(appointment) == {"Selam"}
    assert "Telefon" in world.texts_to("Selam")[0]


def test_who_said_no_to_a_time_is_not_asked_for_it_by_telephone(world: World) -> None:
    near = world.mediator("Selam", "tir")
    world.mediator("Yonas", "tir", home=FAR_AWAY, max_travel_minutes=30)
    appointment = world.appointment("tir", fallbacks=("mode",))
    world.work()
    world.decline(appointment, near)
    world.work()
    assert row(world, appointment).mode == "phone"
    assert world.asked(appointment) == {"Yonas"}
    assert questions(world, appointment, near) == 1


def test_whoever_is_asked_at_another_time_may_have_said_no_to_the_first(world: World) -> None:
    only = world.mediator("Selam", "tir")
    later = world.now + timedelta(days=2, hours=4)
    appointment = world.appointment("tir", fallbacks=("time",), other_starts=(later,))
    world.work()
    world.decline(appointment, only)
    world.work()
    assert row(world, appointment).starts_at == later
    assert row(world, appointment).other_starts == []
    assert world.asked(appointment) == {"Selam"}
    world.accept(appointment, only)
    assert world.status(appointment) == "filled"


def test_at_another_time_it_is_on_site_again(world: World) -> None:
    near = world.mediator("Selam", "tir")
    far = world.mediator("Yonas", "tir", home=FAR_AWAY, max_travel_minutes=30)
    later = world.now + timedelta(days=2, hours=4)
    appointment = world.appointment("tir", fallbacks=("mode", "time"), other_starts=(later,))
    world.work()
    world.decline(appointment, near)
    world.work()
    world.decline(appointment, far)
    world.work()
    found = row(world, appointment)
    assert (found.mode, found.starts_at, found.place_name) == ("on_site", later, TOWN_HALL.name)
    assert world.asked(appointment) == {"Selam"}
    world.decline(appointment, near)
    world.work()
    # the telephone is another question at another time
    assert (row(world, appointment).mode, world.asked(appointment)) == ("phone", {"Yonas"})
    world.decline(appointment, far)
    world.work()
    assert world.status(appointment) == "unfilled"
    assert steps(world, appointment) == [("mode", "over"), ("time", "over"), ("mode", "over")]


def test_a_rung_that_finds_nobody_changes_nothing(world: World) -> None:
    appointment = world.appointment("tir", fallbacks=("language", "mode"), fallback_languages=("tur",))
    world.work()
    found = row(world, appointment)
    assert world.status(appointment) == "unfilled"
    assert (found.mode, found.accepted_languages, found.round) == ("on_site", [], 1)
    assert steps(world, appointment) == [("language", "skipped"), ("mode", "skipped")]


def test_the_next_rung_begins_in_time_although_nobody_answers(world: World) -> None:
    for name in ("Abel", "Biniam", "Dawit", "Eyob"):
        world.mediator(name, "tir")
    world.mediator("Dilan", "tur")
    start = world.now + timedelta(hours=6)
    appointment = world.appointment("tir", start, fallbacks=("language",), fallback_languages=("tur",))
    world.work()
    assert row(world, appointment).fall_back_at is not None
    asked_at = _until_asked(world, appointment, "Dilan")
    assert asked_at <= start - timedelta(hours=2)


def test_what_is_permitted_later_is_tried_at_once(world: World) -> None:
    world.mediator("Selam", "tir", home=FAR_AWAY, max_travel_minutes=30)
    appointment = world.appointment("tir")
    world.work()
    assert world.status(appointment) == "unfilled"
    world.edit(appointment, fallbacks=("mode",))
    assert world.status(appointment) == "open"
    world.work()
    assert world.asked(appointment) == {"Selam"}


def test_what_was_skipped_is_looked_at_again_when_staff_permit_more(world: World) -> None:
    appointment = world.appointment("tir", fallbacks=("language",), fallback_languages=("tur",))
    world.work()
    assert steps(world, appointment) == [("language", StepState.SKIPPED)]
    world.mediator("Dilan", "tur")
    world.edit(appointment, fallbacks=("language", "mode"))
    world.work()
    assert world.asked(appointment) == {"Dilan"}


def test_another_second_language_that_staff_name_later_is_tried_too(world: World) -> None:
    turkish = world.mediator("Dilan", "tur")
    world.mediator("Amal", "ara")
    appointment = world.appointment("tir", fallbacks=("language",), fallback_languages=("tur",))
    world.work()
    world.decline(appointment, turkish)
    world.work()
    assert world.status(appointment) == "unfilled"
    world.edit(appointment, fallback_languages=("tur", "ara"))
    world.work()
    assert world.asked(appointment) == {"Amal"}
    assert steps(world, appointment) == [("language", "over"), ("language", "running")]


def test_a_move_by_staff_begins_the_ladder_anew(world: World) -> None:
    world.mediator("Selam", "tir", home=FAR_AWAY, max_travel_minutes=30)
    appointment = world.appointment("tir", fallbacks=("mode",))
    world.work()
    world.edit(appointment, starts_at=world.now + timedelta(days=3, hours=3), mode="on_site", place=TOWN_HALL)
    assert steps(world, appointment) == []
    world.work()
    assert steps(world, appointment) == [("mode", "running")]


def test_whoever_has_said_yes_keeps_time_and_mode(world: World) -> None:
    near = world.mediator("Selam", "tir")
    world.mediator("Yonas", "tir", home=FAR_AWAY, max_travel_minutes=30)
    later = world.now + timedelta(days=2, hours=4)
    appointment = world.appointment(
        "tir", mediators_needed=2, fallbacks=("language", "mode", "time"), other_starts=(later,)
    )
    world.work()
    world.accept(appointment, near)
    world.work()
    assert world.status(appointment) == "unfilled"
    assert world.coming(appointment) == {"Selam"}
    assert row(world, appointment).mode == "on_site"


def test_the_requester_is_told_of_nobody_only_at_the_end(world: World) -> None:
    far = world.mediator("Yonas", "tir", home=FAR_AWAY, max_travel_minutes=30)
    appointment = world.appointment("tir", fallbacks=("mode",))
    world.work()
    assert world.messages(kind="requester_unfilled") == []
    world.decline(appointment, far)
    world.work()
    assert len(world.messages(kind="requester_unfilled")) == 1


def _until_asked(world: World, appointment: int, name: str) -> datetime:
    """Let time go by in silence until somebody is asked."""
    for _ in range(60):
        if name in world.asked(appointment):
            return world.now
        world.work(minutes=5)
    with world.change() as session:
        out = session.scalars(select(Offer).where(Offer.status == OfferStatus.SENT)).all()
        raise AssertionError(f"{name} was not asked by {world.now}: {out}")
