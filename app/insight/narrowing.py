"""Which requests are looked at: those of a language, a district, a topic, a mode, or that wish for a gender."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, literal, select, union
from sqlalchemy.orm import Session

from app.models import Appointment, Site
from scheduler.forecast.outcomes import Kind


@dataclass(frozen=True)
class Narrowing:
    """What requests have in common; whatever is empty does not matter."""

    language: str = ""
    district: str = ""
    topic: str = ""
    mode: str = ""
    gender: str = ""

    def conditions(self) -> list[ColumnElement[bool]]:
        """The same as conditions on appointments."""
        columns = {
            Appointment.language: self.language,
            Appointment.place_district: self.district,
            Appointment.topic: self.topic,
            Appointment.mode: self.mode,
            Appointment.gender: self.gender,
        }
        return [column == value for column, value in columns.items() if value]

    @property
    def is_beyond_language(self) -> bool:
        """Whether it asks for more than a language."""
        return bool(self.district or self.topic or self.mode or self.gender)

    def holds(self, one: Kind) -> bool:
        """The same of what is forecast."""
        said = (one.language, one.district, one.topic, one.mode, one.gender)
        return all(wanted in {"", each} for wanted, each in zip(astuple(self), said, strict=True))


EVERYTHING: Final = Narrowing()


def asked_for(session: Session, since: datetime, until: datetime) -> Mapping[str, list[str]]:
    """What there is to narrow by: the `language`s of what starts between these, and its `district`s and the sites'."""
    within = (Appointment.starts_at >= since, Appointment.starts_at < until)
    found: defaultdict[str, list[str]] = defaultdict(list)
    rows = union(
        select(literal("language").label("kind"), Appointment.language.label("value")).where(*within),
        select(literal("district"), Appointment.place_district).where(*within),
        select(literal("district"), Site.district),
    )
    for kind, value in session.execute(rows):
        if value:
            found[kind].append(value)
    return found
