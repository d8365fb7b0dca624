"""An event: one line of an appointment's history and of the audit trail. Rows are added, never changed."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, PoolOwned, enum_column


class ActorKind(StrEnum):
    """Who did it; `service` is the dispatch itself, `requester` whoever holds the link to an appointment."""

    ACCOUNT = "account"
    MEDIATOR = "mediator"
    API = "api"
    SERVICE = "service"
    REQUESTER = "requester"


class Event(PoolOwned, Base):
    """Who did what when; `kind` has its sentence in the catalogues (`event.<kind>`), `data` what the sentence names."""

    __tablename__ = "event"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor_kind: Mapped[ActorKind] = mapped_column(enum_column(ActorKind))
    actor_id: Mapped[int | None]
    kind: Mapped[str] = mapped_column(String(40))
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id", ondelete="CASCADE"), index=True)
    mediator_id: Mapped[int | None] = mapped_column(ForeignKey("mediator.id", ondelete="SET NULL"))
    # of a line about master data
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id", ondelete="SET NULL"))
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
