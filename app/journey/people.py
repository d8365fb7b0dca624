"""Mediators as plain values: as much of them as decides to whom an appointment can go.

A plan, a request that is placed, and a chance in the form look at many people and change none of them: read like this
they cost a fifth of what they do as rows that a session keeps.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Final, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.models import MODES, Absence, Availability, Exclusion, Mediator, MediatorStatus, Skill, absent_until


class Spoken(NamedTuple):
    """A language and how well they speak it: see models.Skill."""

    language: str
    level: str


class Free(NamedTuple):
    """A weekly free time: see models.Availability."""

    weekday: int
    starts_minute: int
    ends_minute: int


class Away(NamedTuple):
    """The first and the last day of an absence: see models.Absence."""

    first_day: date
    last_day: date


class Barred(NamedTuple):
    """An organisation for which they do not work: see models.Exclusion."""

    organisation_id: int


@dataclass(frozen=True, slots=True)
class Person:
    """A mediator who may be asked; all names are those of models.Mediator."""

    id: int
    pool_id: int
    gender: str | None = None
    home_lat: float | None = None
    home_lon: float | None = None
    modes: Sequence[str] = MODES
    max_travel_minutes: int | None = None
    max_appointments_per_day: int | None = None
    max_minutes_per_day: int | None = None
    max_appointments_per_week: int | None = None
    max_minutes_per_week: int | None = None
    excluded_topics: Sequence[str] = ()
    urgent_opt_in: bool = False
    text_from_minute: int | None = None
    text_until_minute: int | None = None
    text_weekends: bool | None = None
    training_on: date | None = None
    confidentiality_on: date | None = None
    conduct_on: date | None = None
    membership_on: date | None = None
    membership_until: date | None = None
    skills: Sequence[Spoken] = ()
    availability: Sequence[Free] = ()
    absences: Sequence[Away] = ()
    exclusions: Sequence[Barred] = ()

    @property
    def has_limited_weeks(self) -> bool:
        """Whether what they do on one day counts for what they may do on another."""
        return self.max_appointments_per_week is not None or self.max_minutes_per_week is not None

    def away_until(self, day: date) -> date | None:
        """The last day of the absence into which a local day falls; None for a day of none."""
        return absent_until(self.absences, day)


_PARTS: Final = ("skills", "availability", "absences", "exclusions")
_OWN: Final = tuple(getattr(Mediator, one.name) for one in fields(Person) if one.name not in _PARTS)

# whom anybody may ask at all
THERE: Final = (Mediator.status == MediatorStatus.ACTIVE, Mediator.opted_out_at.is_(None))

Part = TypeVar("Part", Spoken, Free, Away, Barred)


def read_people(session: Session, *conditions: ColumnElement[bool]) -> list[Person]:
    """Those who may be asked and meet the conditions, in the order of their ids: five statements, however many."""
    own = select(*_OWN).where(*THERE, *conditions).order_by(Mediator.id)
    # once more as a subquery: to take long lists of ids apart costs more than to find people anew
    among = select(Mediator.id).where(*THERE, *conditions)
    skills = _parts(session, among, Spoken, Skill, Skill.id)
    availability = _parts(session, among, Free, Availability, Availability.weekday, Availability.starts_minute)
    absences = _parts(session, among, Away, Absence, Absence.first_day)
    exclusions = _parts(session, among, Barred, Exclusion, Exclusion.id)
    return [
        Person(
            **values,
            skills=skills[values["id"]],
            availability=availability[values["id"]],
            absences=absences[values["id"]],
            exclusions=exclusions[values["id"]],
        )
        for values in session.execute(own).mappings()
    ]


def _parts(
    session: Session,
    among: Select[int],
    kind: type[Part],
    model: type[Skill | Availability | Absence | Exclusion],
    *order: InstrumentedAttribute[Any],
) -> Mapping[int, list[Part]]:
    """Mediator id -> what one table has about each of these people."""
    columns = (getattr(model, name) for name in kind._fields)
    found: defaultdict[int, list[Part]] = defaultdict(list)
    whose = select(model.mediator_id, *columns).where(model.mediator_id.in_(among)).order_by(*order)
    for mediator_id, *values in session.execute(whose):
        found[mediator_id].append(kind(*values))
    return found
