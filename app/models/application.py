"""An application: somebody who wants to become a mediator, or was invited to, until a coordinator has decided."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, PoolOwned, enum_column
from app.models.status import Transitions


class ApplicationState(StrEnum):
    """Where an application stands; `pending` waits for its codes, `confirmed` for a coordinator."""

    INVITED = "invited"
    PENDING = "pending"
    CONFIRMED = "confirmed"
    ACCEPTED = "accepted"
    DECLINED = "declined"


_S = ApplicationState
APPLICATION_TRANSITIONS = Transitions(
    "application",
    {
        _S.INVITED: frozenset({_S.PENDING}),
        _S.PENDING: frozenset({_S.CONFIRMED}),
        _S.CONFIRMED: frozenset({_S.ACCEPTED, _S.DECLINED}),
        _S.ACCEPTED: frozenset(),
        _S.DECLINED: frozenset(),
    },
)


class Application(PoolOwned, Base):
    """What somebody said of themselves, in plain values; forgotten at `expires_at`, None while it waits for a decision.

    Of its link only the SHA-256 of the token is kept, of its codes nothing at all: both are derived (see app/links.py).
    """

    __tablename__ = "application"
    __table_args__ = (Index("ix_application_pool_state", "pool_id", "state", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[ApplicationState] = mapped_column(enum_column(ApplicationState))
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    # of the form it came with, which may be sent twice
    form_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    phone: Mapped[str] = mapped_column(String(20), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    locale: Mapped[str] = mapped_column(String(5), default="de")
    # [language (ISO 639-3), level], …
    skills: Mapped[list[Any]] = mapped_column(JSON, default=list)
    modes: Mapped[list[str]] = mapped_column(default=list)
    place: Mapped[str] = mapped_column(String(80), default="")
    consented_at: Mapped[datetime | None]
    phone_confirmed_at: Mapped[datetime | None]
    email_confirmed_at: Mapped[datetime | None]
    # wrong codes since the last ones were sent, and how often some were
    phone_tries: Mapped[int] = mapped_column(default=0)
    email_tries: Mapped[int] = mapped_column(default=0)
    codes_sent: Mapped[int] = mapped_column(default=0)
    codes_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None] = mapped_column(index=True)
    mediator_id: Mapped[int | None] = mapped_column(ForeignKey("mediator.id", ondelete="SET NULL"), index=True)

    def advance(self, state: ApplicationState) -> None:
        """Move to another state; an impossible step raises IllegalTransition."""
        APPLICATION_TRANSITIONS.check(self.state, state)
        self.state = state
