"""What the service cannot mend by itself is told to a coordinator: on the board, and once by e-mail."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import outbox
from app.errors import NotFound
from app.journey import history
from app.journey.history import Actor
from app.links import Links
from app.models import Alert, Appointment, Mediator, Pool
from app.outbox.drafts import To, draft
from notifications import texts
from notifications.alerts import alert_words


def raise_alert(
    session: Session,
    now: datetime,
    links: Links,
    pool_id: int,
    kind: str,
    subject: str,
    *,
    appointment: Appointment | None = None,
    mediator: Mediator | None = None,
    **data: object,
) -> bool:
    """Say it once; False while the same subject is open already. `data` is what the sentence of the kind names."""
    still_open = select(Alert.id).where(Alert.pool_id == pool_id, Alert.subject == subject, Alert.resolved_at.is_(None))
    # the pool's row is held, so that of two workers who see the same thing one finds the other's alert; not its key,
    # which every new row of the pool has to look at
    pool = session.execute(select(Pool).where(Pool.id == pool_id).with_for_update(key_share=True)).scalar_one()
    if session.scalar(still_open) is not None:
        return False
    alert = Alert(
        pool_id=pool_id,
        kind=kind,
        subject=subject,
        appointment_id=appointment.id if appointment else None,
        mediator_id=mediator.id if mediator else None,
        data=data,
        created_at=now,
    )
    session.add(alert)
    session.flush()
    _write(session, now, links, pool, alert, appointment)
    return True


def resolve(session: Session, now: datetime, actor: Actor, alert_id: int) -> Alert:
    """A coordinator has seen to it; a second time changes nothing. Raises NotFound."""
    alert = session.scalar(select(Alert).where(Alert.id == alert_id).with_for_update())
    if alert is None:
        raise NotFound("alert_not_found")
    if alert.resolved_at is None:
        alert.resolved_at = now
        appointment = session.get(Appointment, alert.appointment_id) if alert.appointment_id else None
        if appointment is not None:
            history.record(session, now, "alert_resolved", actor, appointment, alert=alert.kind)
    return alert


def settle(session: Session, now: datetime, pool_id: int, subject: str) -> None:
    """The matter has ended by itself."""
    open_ones = select(Alert).where(Alert.pool_id == pool_id, Alert.subject == subject, Alert.resolved_at.is_(None))
    for alert in session.scalars(open_ones):
        alert.resolved_at = now


def unresolved(session: Session) -> list[Alert]:
    """What waits for a coordinator, the newest first."""
    return list(
        session.scalars(
            select(Alert).where(Alert.resolved_at.is_(None)).order_by(Alert.created_at.desc(), Alert.id.desc())
        )
    )


def _write(
    session: Session, now: datetime, links: Links, pool: Pool, alert: Alert, appointment: Appointment | None
) -> None:
    said = alert_words(alert.kind, alert.data)
    words = texts.alert_coordinator(
        headline=said.headline, details=(said.advice,), link=f"{links.public_url}/board", pool_name=pool.name
    )
    about = appointment or pool
    outbox.put(session, draft(To.coordinators(pool), about, "alert", words, key=f"alert:{alert.id}", now=now))
