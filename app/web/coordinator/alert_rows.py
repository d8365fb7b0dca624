"""What the service cannot mend by itself, as the board shows it until a coordinator has seen to it."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.journey import alerts
from app.journey.occasions import spoken
from app.web.pages import locale
from app.web.when import When
from notifications.alerts import alert_words

# more than these are folded away: a wall of warnings is read by nobody
MOST_SHOWN = 5


@dataclass(frozen=True)
class AlertRow:
    """One matter in the language of the request, and where to see to it."""

    id: int
    headline: str
    advice: str
    moment: str
    at: str
    appointment_id: int | None
    mediator_id: int | None


def alert_rows(rows: Session, when: When) -> list[AlertRow]:
    """Everything that waits, the newest first."""
    found = []
    for alert in alerts.unresolved(rows):
        words = alert_words(alert.kind, alert.data, language=spoken(locale()))
        found.append(
            AlertRow(
                id=alert.id,
                headline=words.headline,
                advice=words.advice,
                moment=when.moment(alert.created_at),
                at=alert.created_at.isoformat(),
                appointment_id=alert.appointment_id,
                mediator_id=alert.mediator_id,
            )
        )
    return found
