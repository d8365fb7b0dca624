"""What the service cannot mend by itself: on the board until a coordinator has seen to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from app.journey.telling.facts import spoken
from app.models import Alert, Appointment, Mediator, languages
from app.web.live import by_the_clock
from app.web.pages import locale
from app.web.when import When
from notifications.alerts import alert_words

# about several people, whom the list shows
OF_SEVERAL = frozenset({"clearances"})
# a number that is wrong is none to call
UNREACHED = frozenset({"number_wrong"})


@dataclass(frozen=True)
class AlertRow:
    """One matter in the language of the request, and where to see to it.

    `starts`, `when`, `ahead` and `language` are of the appointment that it concerns; None and empty where that has
    begun or there is none. `moment` and `at` say since when.
    """

    id: int
    headline: str
    advice: str
    moment: str
    at: str
    appointment_id: int | None
    starts: datetime | None
    when: str
    ahead: str
    language: str
    mediator_id: int | None
    name: str
    several: bool
    # what helps is a call more often than not
    phone: str


class Waiting(NamedTuple):
    """An alert that nobody has seen to, with its person and its appointment, if any."""

    alert: Alert
    mediator: Mediator | None
    appointment: Appointment | None


def alert_rows(rows: Session, when: When) -> list[AlertRow]:
    """All that wait for a coordinator, the newest first."""
    newest_first = _waiting().order_by(Alert.created_at.desc(), Alert.id.desc())
    return [_row(Waiting(*one), when) for one in rows.execute(newest_first)]


def alert_marks(rows: Session, when: When) -> Sequence[object]:
    """All that these rows say, as far as it is known before they are drawn; see app/web/live.py."""
    columns = (
        Alert.id, Alert.kind, Alert.data, Alert.created_at, Alert.appointment_id, Mediator.id, Mediator.name,
        Mediator.phone, Appointment.starts_at, Appointment.ends_at, Appointment.language,
    )  # fmt: skip
    said = rows.execute(_waiting().with_only_columns(*columns).order_by(Alert.id)).all()
    return [(tuple(one), _clock_of(one, when)) for one in said]


def _clock_of(one: Row[*tuple[object, ...]], when: When) -> object:
    return by_the_clock(when, one.starts_at, one.ends_at, None) if one.starts_at else None


def _waiting() -> Select[Alert, Mediator | None, Appointment | None]:
    joined = select(Alert, Mediator, Appointment).outerjoin(Mediator, Alert.mediator_id == Mediator.id)
    return joined.outerjoin(Appointment, Alert.appointment_id == Appointment.id).where(Alert.resolved_at.is_(None))


def _row(waiting: Waiting, when: When) -> AlertRow:
    alert, mediator, about = waiting
    words = alert_words(alert.kind, alert.data, language=spoken(locale()))
    ahead = about if about is not None and about.starts_at > when.now else None
    return AlertRow(
        id=alert.id,
        headline=words.headline,
        advice=words.advice,
        moment=when.moment(alert.created_at),
        at=alert.created_at.isoformat(),
        appointment_id=alert.appointment_id,
        starts=ahead.starts_at if ahead else None,
        when=when.span(ahead.starts_at, ahead.ends_at) if ahead else "",
        ahead=when.ahead(ahead.starts_at) if ahead else "",
        language=languages.name(about.language, locale()) if about else "",
        mediator_id=alert.mediator_id,
        name=mediator.name if mediator else "",
        several=alert.kind in OF_SEVERAL,
        phone=mediator.phone if mediator and alert.kind not in UNREACHED else "",
    )
