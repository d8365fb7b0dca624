"""A message: an SMS or e-mail in the outbox, with its delivery state; and what comes in."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, String, Text, func, text
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from app.models.application import Application
from app.models.base import Base, PoolOwned, enum_column
from app.models.link import Link
from app.models.mediator import Mediator
from app.models.request_door import UnconfirmedRequest
from app.models.requester_link import RequesterLink
from app.models.status import Transitions


class Channel(StrEnum):
    """How a message travels; `voice` is a call that reads it aloud."""

    SMS = "sms"
    EMAIL = "email"
    VOICE = "voice"


class MessageStatus(StrEnum):
    """`unknown`: the provider was called and nobody can say whether it took the message."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    DELIVERED = "delivered"
    FAILED = "failed"
    DISCARDED = "discarded"


_S = MessageStatus
MESSAGE_TRANSITIONS = Transitions(
    "message",
    {
        _S.QUEUED: frozenset({_S.SENDING, _S.DISCARDED}),
        # back to queued: the provider said that it did not take it; delivered: its callback was faster than its answer
        _S.SENDING: frozenset({_S.QUEUED, _S.SENT, _S.DELIVERED, _S.UNKNOWN, _S.FAILED}),
        # back to queued: looked for at the provider, not found, so sent once more
        _S.UNKNOWN: frozenset({_S.QUEUED, _S.SENT, _S.DELIVERED, _S.FAILED}),
        _S.SENT: frozenset({_S.DELIVERED, _S.FAILED}),
        _S.DELIVERED: frozenset(),
        _S.FAILED: frozenset(),
        _S.DISCARDED: frozenset(),
    },
)

# On its way: nobody can say yet whether it arrives.
UNFINISHED = frozenset({_S.QUEUED, _S.SENDING, _S.UNKNOWN})


def _first_due(context: Any) -> datetime | None:
    due: datetime | None = context.get_current_parameters().get("due_at")
    return due


class Message(PoolOwned, Base):
    """One message. The body holds a placeholder where the personal link goes, never the link (see app/links.py).

    `mediator_id` says who reads it, the other ids what it is about; app/outbox/drafts.py fills them.
    """

    __tablename__ = "message"
    __table_args__ = (
        Index("ix_message_status_due", "status", "due_at"),
        # the log, by when something happened to each; a batch migration of this table on SQLite has to make it again
        Index("ix_message_pool_happened", "pool_id", text("coalesce(sent_at, finished_at, due_at)"), "id"),
        Index("ix_message_mediator", "mediator_id", "id"),
        Index(
            "ix_message_application",
            "application_id",
            sqlite_where=text("application_id IS NOT NULL"),
            postgresql_where=text("application_id IS NOT NULL"),
        ),
        Index("ix_message_pool_channel", "pool_id", "channel", "kind"),
        Index(
            "ix_message_unknown_outcomes",
            "unknown_outcomes",
            sqlite_where=text("unknown_outcomes > 0"),
            postgresql_where=text("unknown_outcomes > 0"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[Channel] = mapped_column(enum_column(Channel))
    kind: Mapped[str] = mapped_column(String(40))
    # For uniqueness alone: a second message that says the same is refused by the database.
    dedupe_key: Mapped[str] = mapped_column(String(120), unique=True)
    recipient: Mapped[str] = mapped_column(String(254))
    recipient_name: Mapped[str] = mapped_column(String(120), default="")
    mediator_id: Mapped[int | None] = mapped_column(ForeignKey("mediator.id", ondelete="SET NULL"))
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id", ondelete="CASCADE"), index=True)
    offer_id: Mapped[int | None] = mapped_column(ForeignKey("offer.id", ondelete="CASCADE"), index=True)
    assignment_id: Mapped[int | None] = mapped_column(ForeignKey("assignment.id", ondelete="CASCADE"), index=True)
    announcement_id: Mapped[int | None] = mapped_column(index=True)
    borrowed_seat_id: Mapped[int | None]
    link_id: Mapped[int | None] = mapped_column(ForeignKey("link.id", ondelete="SET NULL"))
    # of the appointment, with which both go
    requester_link_id: Mapped[int | None]
    # which it asks to confirm; that is forgotten only after the message helps nobody any more
    unconfirmed_id: Mapped[int | None]
    # with which it is forgotten
    application_id: Mapped[int | None]
    sender: Mapped[str] = mapped_column(String(254), default="")
    sender_name: Mapped[str] = mapped_column(String(120), default="", server_default="")
    subject: Mapped[str] = mapped_column(String(200), default="")
    body: Mapped[str] = mapped_column(Text)
    calendar: Mapped[str | None] = mapped_column(Text)
    calendar_method: Mapped[str | None] = mapped_column(String(10))
    status: Mapped[MessageStatus] = mapped_column(enum_column(MessageStatus), default=MessageStatus.QUEUED)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    # When it should have left; `due_at` moves with every further attempt.
    first_due_at: Mapped[datetime | None] = mapped_column(default=_first_due, index=True)
    # After this instant it helps nobody: discarded unsent.
    expires_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    lookups: Mapped[int] = mapped_column(default=0)
    unknown_outcomes: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(String(80))
    claimed_at: Mapped[datetime | None]
    provider_id: Mapped[str | None] = mapped_column(String(80), index=True)
    error_code: Mapped[str | None] = mapped_column(String(40))
    sent_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    # A failed message, which this one takes the place of: the same once more, or by another channel.
    instead_of_id: Mapped[int | None]
    # When somebody saw to it that it failed; until then a sweep does.
    settled_at: Mapped[datetime | None]

    mediator: Mapped[Mediator | None] = relationship()
    link: Mapped[Link | None] = relationship()
    requester_link: Mapped[RequesterLink | None] = relationship(
        primaryjoin=lambda: foreign(Message.requester_link_id) == RequesterLink.id, viewonly=True
    )
    unconfirmed: Mapped[UnconfirmedRequest | None] = relationship(
        primaryjoin=lambda: foreign(Message.unconfirmed_id) == UnconfirmedRequest.id, viewonly=True
    )
    application: Mapped[Application | None] = relationship(
        primaryjoin=lambda: foreign(Message.application_id) == Application.id, viewonly=True
    )

    @hybrid_property
    def happened_at(self) -> datetime:
        """When something happened to it last: it left, it failed or was discarded, or it is due."""
        return self.sent_at or self.finished_at or self.due_at

    @happened_at.inplace.expression
    @classmethod
    def _happened_at(cls) -> ColumnElement[datetime]:
        return func.coalesce(cls.sent_at, cls.finished_at, cls.due_at)

    def advance(self, status: MessageStatus) -> None:
        """Move to another state; an impossible step raises IllegalTransition."""
        MESSAGE_TRANSITIONS.check(self.status, status)
        self.status = status


class InboundMessage(Base):
    """An SMS that came in. Belongs to no pool before its sender is recognised, so it carries none."""

    __tablename__ = "inbound_message"
    __table_args__ = (Index("ix_inbound_message_sender", "sender", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[str] = mapped_column(String(80), unique=True)
    sender: Mapped[str] = mapped_column(String(40))
    body: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(40), default="")
