"""Free people, counted at once, are those that one finds by looking at every person on every day."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.insight.free_people import Cell, free_people, slots
from app.journey.timing.availability import windows
from app.models import (
    LEVELS,
    Absence,
    Appointment,
    AppointmentStatus,
    Assignment,
    Availability,
    Mediator,
    MediatorStatus,
    Offer,
    OfferStatus,
    Organisation,
    Skill,
)
from tests.effort import examples
from tests.world import World

HOURS, LENGTH = (8, 10, 12, 14, 16), 2
# two weeks about the end of summer time, with the weekend between
DAYS = [day for number in range(12) if (day := date(2026, 10, 21) + timedelta(days=number)).weekday() < 5]
BERLIN = ZoneInfo("Europe/Berlin")

person = st.fixed_dictionaries(
    {
        "status": st.sampled_from([MediatorStatus.ACTIVE, MediatorStatus.ACTIVE, MediatorStatus.PAUSED]),
        "skills": st.dictionaries(st.sampled_from(["kmr", "tur", "tir"]), st.sampled_from(["B1", "C1"]), min_size=1),
        "week": st.lists(st.tuples(st.integers(0, 6), st.integers(0, 20), st.integers(1, 24)), max_size=6),
        "absences": st.lists(st.tuples(st.integers(-3, 12), st.integers(0, 4)), max_size=2),
        # day, quarter of an hour, quarters it lasts, language of the request
        "seats": st.lists(
            st.tuples(
                st.integers(0, 11), st.integers(24, 80), st.integers(1, 32), st.sampled_from(["kmr", "tur", "som"])
            ),
            max_size=6,
        ),
    }
)


def enter(session: Session, number: int, wanted: dict[str, Any]) -> None:
    """One person with all they have agreed to; what overlaps cannot be."""
    mediator = Mediator(
        name=f"P{number}", phone=f"+49171392{number:04d}", status=wanted["status"], created_at=datetime.now(UTC),
        skills=[Skill(language=one, level=level) for one, level in wanted["skills"].items()],
        availability=[
            Availability(weekday=day, starts_minute=begins * 60, ends_minute=ends * 60)
            for day, begins, ends in wanted["week"] if begins < ends
        ],
        absences=[
            Absence(first_day=(first := DAYS[0] + timedelta(days=begins)), last_day=first + timedelta(days=length))
            for begins, length in wanted["absences"]
        ],
    )  # fmt: skip
    session.add(mediator)
    free_from = datetime(2000, 1, 1, tzinfo=UTC)
    for day, quarter, length, language in sorted(wanted["seats"]):
        starts = datetime.combine(DAYS[0] + timedelta(days=day), time(), BERLIN).astimezone(UTC)
        starts += timedelta(minutes=15 * quarter)
        ends = starts + timedelta(minutes=15 * length)
        if starts < free_from:
            continue
        free_from = ends
        seat(session, mediator, starts, ends, language)


def seat(session: Session, mediator: Mediator, starts: datetime, ends: datetime, language: str) -> None:
    organisation = session.execute(select(Organisation)).scalar_one()
    held = Appointment(
        organisation_id=organisation.id, language=language, starts_at=starts, ends_at=ends, mode="phone",
        status=AppointmentStatus.FILLED, created_at=starts,
    )  # fmt: skip
    offer = Offer(
        appointment=held, mediator=mediator, round=1, language=language, status=OfferStatus.ACCEPTED, created_at=starts
    )
    session.add(
        Assignment(
            appointment=held,
            mediator=mediator,
            offer=offer,
            seat=1,
            language=language,
            starts_at=starts,
            ends_at=ends,
            created_at=starts,
        )
    )


def by_looking(session: Session, wanted: set[str], min_level: str | None) -> Counter[tuple[str, Cell]]:
    found: Counter[tuple[str, Cell]] = Counter()
    for one in session.scalars(select(Mediator).where(Mediator.status == MediatorStatus.ACTIVE)):
        seats = session.scalars(select(Assignment).where(Assignment.mediator_id == one.id)).all()
        for day in DAYS:
            free = windows(one, [day], BERLIN)
            for hour in HOURS:
                begins, ends, over = (
                    datetime.combine(day, time(at), BERLIN).astimezone(UTC) for at in (hour, hour + 1, hour + LENGTH)
                )
                if not any(first <= begins and ends <= last for first, last in free):
                    continue
                clashing = [held for held in seats if held.starts_at < ends and held.ends_at > begins]
                for skill in one.skills:
                    fits = min_level is None or LEVELS.index(skill.level) >= LEVELS.index(min_level)
                    own = all(
                        held.appointment.language == skill.language and begins <= held.starts_at < over
                        for held in clashing
                    )
                    if skill.language in wanted and fits and own:
                        found[skill.language, (day.weekday(), hour)] += 1
    return found


@pytest.mark.parametrize("min_level", [None, "B2"])
@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=st.lists(person, min_size=1, max_size=4))
def test_counting_is_looking(world: World, people: list[dict[str, Any]], min_level: str | None) -> None:
    with world.change() as session:
        for number, wanted in enumerate(people):
            enter(session, number, wanted)
        session.flush()
        shown = slots(DAYS, HOURS, LENGTH, BERLIN)
        counted = free_people(session, shown, {"kmr", "tur"}, min_level)
        looked = by_looking(session, {"kmr", "tur"}, min_level)
        session.rollback()
    assert +counted == looked
