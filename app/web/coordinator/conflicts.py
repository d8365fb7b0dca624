"""What somebody has agreed to and no longer fits, in words: a coordinator has to arrange it."""

from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.insight import conflicts as insight
from app.models import Mediator, languages
from app.web.pages import locale
from app.web.when import When


@dataclass(frozen=True)
class Conflict:
    """An assignment that no longer fits, and why, in words."""

    appointment_id: int
    when: str
    language: str
    why: str


def conflicts(rows: Session, mediator: Mediator, when: When) -> list[Conflict]:
    """What app/insight/conflicts.py finds, as the page shows it."""
    return [
        Conflict(
            appointment_id=one.appointment_id,
            when=when.span(one.starts_at, one.ends_at),
            language=languages.name(one.language, locale()),
            why=", ".join(_(f"coordinator.conflict.{reason}") for reason in reasons),
        )
        for one, reasons in insight.conflicts(rows, when.now, mediator, when.zone)
    ]
