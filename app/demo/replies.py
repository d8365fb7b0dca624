"""Answers that came by SMS."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.models import InboundMessage, Offer


def by_sms(session: Session, at: datetime, offer: Offer, *, yes: bool) -> None:
    """Keep the answer to an offer as it came in: JA 42 or NEIN 42."""
    session.add(
        InboundMessage(
            provider_id=f"demo-answer-{offer.id}-{offer.wave}",
            sender=offer.mediator.phone,
            body=f"{'JA' if yes else 'NEIN'} {offer.id}",
            received_at=at,
            outcome="accepted" if yes else "declined",
        )
    )
