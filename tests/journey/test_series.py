"""Series: their days, one question for the whole, one yes for all, and what follows for single dates."""

from datetime import UTC, date, datetime, time, timedelta

import icalendar
import pytest
import vobject
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.errors import Invalid
from app.journey import answering
from app.journey.request import Request
from app.journey.requesting_series import dates_of, request_series
from app.journey.timing.series_days import Rule, days_of
from app.models import Absence, Appointment, Continuity, Mediator, Offer, OfferStatus, Organisation, Pool, Role
from tests.journey.test_undoing_races import at_once
from tests.world import TOWN_HALL, World

WEDNESDAY = date(2026, 12, 2)


def series(world: World, rule: Rule, continuity: Continuity = Continuity.PREFERRED, **values: object) -> list[int]:
    """Ask for a series at ten; gives the ids of its appointments in order."""
    with world.change() as session:
        organisation = session.execute(select(Organisation)).scalar_one()
        pool = session.execute(select(Pool).where(Pool.id == world.pool_id)).scalar_one()
        wanted = Request("kmr", world.now, place=TOWN_HALL, **values)  # type: ignore[arg-type] # the few that tests vary
        dates = dates_of(wanted, rule, time(10), pool)
        made = request_series(session, world.now, organisation, dates, rule, continuity, world.staff(session))
        rows = select(Appointment.id).where(Appointment.series_id == made.id).order_by(Appointment.starts_at)
        return list(session.scalars(rows))


def weekly(count: int, first: date = WEDNESDAY) -> Rule:
    return Rule("weekly", first, count=count)


def test_a_week_later_is_the_same_time_by_the_clock(world: World) -> None:
    world.now = datetime(2027, 3, 1, 8, tzinfo=UTC)
    ids = series(world, weekly(3, date(2027, 3, 24)))
    with world.change() as session:
        starts = [session.get_one(Appointment, one).starts_at for one in ids]
    assert [one.hour for one in starts] == [9, 8, 8]


def test_days_left_out_do_not_count() -> None:
    rule = Rule("weekly", date(2026, 12, 16), count=3, left_out=(date(2027, 1, 13),), without_school_holidays=True)
    found = [(one.day.isoformat(), one.omitted) for one in days_of(rule)]
    assert found == [
        ("2026-12-16", ""), ("2026-12-23", "school"), ("2026-12-30", "school"), ("2027-01-06", "school"),
        ("2027-01-13", "wish"), ("2027-01-20", ""), ("2027-01-27", ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        (Rule("weekly", WEDNESDAY, until=WEDNESDAY - timedelta(days=1)), "until"),
        (Rule("weekly", WEDNESDAY, until=WEDNESDAY + timedelta(days=800)), "until"),
        (Rule("weekly", WEDNESDAY, until=WEDNESDAY), "until"),
        (Rule("weekly", WEDNESDAY, count=500), "count"),
        (Rule("weekly", WEDNESDAY, count=0), "count"),
        (Rule("weekly", WEDNESDAY, count=3, until=date(2027, 1, 1)), "count"),
        (Rule("weekly", WEDNESDAY), "until"),
        (Rule("fortnightly", WEDNESDAY, count=40), "count"),
        (Rule("own", WEDNESDAY), "own_days"),
        (Rule("weekly", WEDNESDAY, count=3, left_out=(date(2026, 12, 3),)), "left_out"),
        (Rule("own", WEDNESDAY, own=(date(2026, 12, 9),), left_out=(date(2026, 12, 9),)), "own_days"),
    ],
)
def test_what_makes_no_sense_is_said_at_its_field(rule: Rule, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        days_of(rule)
    assert [one.field for one in refused.value.problems] == [field]


def test_one_question_and_one_yes_are_about_the_whole(world: World) -> None:
    amira = world.mediator("Amira", "kmr")
    ids = series(world, weekly(6))
    world.work()
    [question] = world.texts_to("Amira")
    assert "6 Termine" in question
    assert "jede Woche ab Mi 02.12. 10:00" in question
    world.accept(ids[0], amira)
    world.work(seconds=11)
    assert {tuple(world.coming(one)) for one in ids} == {("Amira",)}
    [_, confirmed] = world.texts_to("Amira")
    assert "Ihre 6 Einsätze" in confirmed
    mails = [one for one in world.ways.mail.sent if one.to[1] == "amira@mail.example" or "amira" in str(one.to)]
    [mail] = mails
    assert mail.text.count("\n- ") == 6


def test_dates_on_which_they_cannot_come_are_sought_for_by_themselves(world: World) -> None:
    amira, bahar = world.mediator("Amira", "kmr"), world.mediator("Bahar", "kmr", availability=((2, 480, 720),))
    with world.change() as session:
        session.add(Absence(mediator_id=amira, first_day=date(2026, 12, 9), last_day=date(2026, 12, 9)))
        session.add(Absence(mediator_id=bahar, first_day=date(2026, 12, 1), last_day=date(2026, 12, 4)))
    ids = series(world, weekly(4))
    world.work()
    world.accept(ids[0], amira)
    world.work(seconds=11)
    assert [world.coming(one) for one in ids] == [{"Amira"}, set(), {"Amira"}, {"Amira"}]
    assert world.asked(ids[1]) == {"Bahar"}


def test_a_yes_taken_back_within_ten_seconds_takes_all_back(world: World) -> None:
    amira = world.mediator("Amira", "kmr")
    ids = series(world, weekly(4))
    world.work()
    world.accept(ids[0], amira)
    world.undo(ids[0], amira)
    world.work(seconds=11)
    assert [world.coming(one) for one in ids] == [set()] * 4
    assert len(world.texts_to("Amira")) == 1
    world.accept(ids[0], amira)
    world.work(seconds=11)
    assert [world.coming(one) for one in ids] == [{"Amira"}] * 4


def test_a_second_yes_comes_too_late_for_every_date(world: World) -> None:
    amira, bahar = world.mediator("Amira", "kmr"), world.mediator("Bahar", "kmr")
    ids = series(world, weekly(4))
    world.work()
    with world.change() as session:
        [lead] = session.scalars(select(Appointment.id).where(Appointment.leads_series))
    world.ask(lead, *({amira, bahar} - {amira if "Amira" in world.asked(lead) else bahar}))
    world.accept(lead, bahar)
    with pytest.raises(Exception, match="already_taken"):
        world.accept(lead, amira)
    assert [world.coming(one) for one in ids] == [{"Bahar"}] * 4


def test_nobody_is_asked_about_dates_that_wait_and_when_the_first_is_cancelled_the_next_leads(world: World) -> None:
    world.mediator("Amira", "kmr")
    ids = series(world, weekly(4))
    world.work()
    assert [world.asked(one) for one in ids] == [{"Amira"}, set(), set(), set()]
    world.cancel(ids[0])
    world.work()
    assert world.asked(ids[1]) == {"Amira"}
    assert "3 Termine" in world.texts_to("Amira")[-1]


def test_a_date_waits_no_longer_than_a_week_before(world: World) -> None:
    ids = series(world, weekly(3, date(2027, 1, 13)))
    world.work()
    assert [world.status(one) for one in ids] == ["unfilled", "open", "open"]
    world.now = datetime(2027, 1, 13, 9, 30, tzinfo=UTC)
    world.work()
    assert [world.status(one) for one in ids] == ["unfilled", "unfilled", "open"]


def test_yes_by_sms_means_the_whole(world: World) -> None:
    world.mediator("Amira", "kmr")
    ids = series(world, weekly(3))
    world.work()
    assert world.write("Amira", "JA") == "accepted"
    assert [world.coming(one) for one in ids] == [{"Amira"}] * 3


def test_calendar_readers_agree_about_exceptions_a_move_and_two_cancellations(world: World) -> None:
    amira = world.mediator("Amira", "kmr")
    rule = Rule("weekly", WEDNESDAY, count=20, left_out=(date(2026, 12, 9), date(2027, 1, 13), date(2027, 2, 3)))
    ids = series(world, rule)
    world.work()
    world.accept(ids[0], amira)
    world.work(seconds=11)
    with world.change() as session:
        moved = session.get_one(Appointment, ids[4]).starts_at + timedelta(hours=2)
    world.edit(ids[4], starts_at=moved)
    world.cancel(ids[7])
    world.cancel(ids[9])
    world.work(seconds=60)
    calendars = [one.calendar for one in world.messages(mediator_id=amira, channel="email") if one.calendar]
    read: list[dict[str, tuple[datetime, int, str]]] = [{}, {}]
    for text in calendars:
        for event in icalendar.Calendar.from_ical(text).walk("VEVENT"):
            uid = str(event["UID"])
            read[0][uid] = (event.decoded("DTSTART"), int(str(event["SEQUENCE"])), str(event["STATUS"]))
        for event in vobject.readOne(text).vevent_list:
            known = (event.dtstart.value, int(event.sequence.value), event.status.value)
            read[1][event.uid.value] = known
    assert read[0] == read[1]
    assert len(read[0]) == 20
    assert [one[2] for one in read[0].values()].count("CANCELLED") == 2
    assert sorted(one[0] for one in read[0].values())[4] == moved


def test_two_yeses_at_once_leave_one_person_at_each_date(world: World) -> None:
    people = [world.mediator(name, "kmr") for name in ("Amira", "Bahar")]
    ids = series(world, weekly(5))
    world.work()
    world.ask(ids[0], *(one for one in people if one not in _asked(world, ids[0])))
    said = at_once(*(lambda one=one: world.accept(ids[0], one) for one in people))
    assert sorted(map(str, said)) == ["None", "already_taken"]
    coming = [world.coming(one) for one in ids]
    assert len(coming[0]) == 1
    assert coming == [coming[0]] * 5


def test_two_series_at_the_same_hours_are_never_one_persons(world: World) -> None:
    amira = world.mediator("Amira", "kmr")
    first, second = series(world, weekly(4)), series(world, weekly(4))
    world.work()
    for ids in (first, second):
        if amira not in _asked(world, ids[0]):
            world.ask(ids[0], amira)
    said = at_once(lambda: world.accept(first[0], amira), lambda: world.accept(second[0], amira))
    assert sum(one is None for one in said) == 1
    taken = [bool(world.coming(one)) for one in (*first, *second)]
    assert taken.count(True) == 4


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(busy=st.sets(st.integers(1, 5)), away=st.sets(st.integers(1, 5)))
def test_a_yes_takes_just_the_dates_that_are_free(world: World, busy: set[int], away: set[int]) -> None:
    amira = world.mediator("Amira", "kmr")
    first = WEDNESDAY
    with world.change() as session:
        for one in away:
            day = first + timedelta(weeks=one)
            session.add(Absence(mediator_id=amira, first_day=day, last_day=day))
    for one in busy:
        starts = datetime.combine(first + timedelta(weeks=one), time(9, 30), UTC)
        other = world.appointment("kmr", starts)
        with world.change() as session:
            person = session.get_one(Mediator, amira)
            answering.assign(session, world.now, world.links, other, person, world.staff(session, Role.COORDINATOR))
    ids = series(world, weekly(6, first))
    world.ask(ids[0], amira)
    world.accept(ids[0], amira)
    assert [bool(world.coming(one)) for one in ids] == [one not in busy | away for one in range(6)]


def _asked(world: World, appointment: int) -> set[int]:
    with world.change() as session:
        rows = select(Offer.mediator_id).where(Offer.appointment_id == appointment, Offer.status == OfferStatus.SENT)
        return set(session.scalars(rows))
