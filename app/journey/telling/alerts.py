"""What the service cannot mend by itself is told to a coordinator: on the board, and once by e-mail."""

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import outbox
from app.errors import NotFound
from app.journey import history
from app.journey.history import Actor
from app.links import Links
from app.models import Alert, Appointment, Mediator, Message, Pool
from app.outbox.drafts import To, draft
from notifications import texts
from notifications.alerts import alert_words

# An e-mail about these could only leave when they are over.
ON_THE_BOARD_ALONE: Final = frozenset({"mail_account", "mail_outage"})


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
    """Say it once; while the same subject is open already it only says how that now stands, and gives False.

    `data` is what the sentence of the kind names.
    """
    still_open = select(Alert).where(Alert.pool_id == pool_id, Alert.subject == subject, Alert.resolved_at.is_(None))
    # the pool's row is held, so that of two workers who see the same thing one finds the other's alert; not its key,
    # which every new row of the pool has to look at
    pool = session.execute(select(Pool).where(Pool.id == pool_id).with_for_update(key_share=True)).scalar_one()
    if "starts" in data:
        data["zone"] = pool.timezone
    if (known := session.scalar(still_open)) is not None:
        if known.data != data:
            known.data = data
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
    if kind not in ON_THE_BOARD_ALONE:
        _write(session, now, links, pool, alert, appointment)
    return True


def resolve(session: Session, now: datetime, actor: Actor, alert_id: int) -> Alert:
    """A coordinator has seen to it; a second time changes nothing. Raises NotFound."""
    alert = session.scalar(select(Alert).where(Alert.id == alert_id).with_for_update())
    if alert is None:
        raise NotFound("alert_not_found")
    if alert.resolved_at is None:
        _end(session, now, alert)
        appointment = session.get(Appointment, alert.appointment_id) if alert.appointment_id else None
        if appointment is not None:
            history.record(session, now, "alert_resolved", actor, appointment, alert=alert.kind)
    return alert


def settle(session: Session, now: datetime, pool_id: int, subject: str) -> None:
    """The matter has ended by itself."""
    open_ones = select(Alert).where(Alert.pool_id == pool_id, Alert.subject == subject, Alert.resolved_at.is_(None))
    for alert in session.scalars(open_ones):
        _end(session, now, alert)


def _end(session: Session, now: datetime, alert: Alert) -> None:
    alert.resolved_at = now
    if alert.message_id is not None:
        # who reads of it only now would look for what is mended
        outbox.discard(session, now, Message.id == alert.message_id)


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
    message = draft(To.coordinators(pool), appointment or pool, "alert", words, key=f"alert:{alert.id}", now=now)
    outbox.put(session, message)
    alert.message_id = message.id
