"""A door for requests without an account: an organisation's own link with a PIN, and what was left there."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.appointment import Appointment
from app.models.base import Base, PoolOwned
from app.models.organisation import Organisation


class DoorLinkKind(StrEnum):
    """What a token opens: the page that asks for the PIN, or the one on which a request is confirmed."""

    DOOR = "request_door"
    CONFIRM = "request_confirm"


class RequestDoor(PoolOwned, Base):
    """The link of an organisation; of its token only the SHA-256 is kept, of its PIN what is kept of a password."""

    __tablename__ = "request_door"

    kind: ClassVar[DoorLinkKind] = DoorLinkKind.DOOR

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"), unique=True)
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    pin_hash: Mapped[str] = mapped_column(String(200))
    # goes up with every new PIN and link: who came in before has to say the PIN again
    version: Mapped[int] = mapped_column(default=1)
    active: Mapped[bool] = mapped_column(default=True)
    # of the present link
    created_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))

    organisation: Mapped[Organisation] = relationship()

    @property
    def is_open(self) -> bool:
        """Whether somebody may request through it."""
        return self.active and self.organisation.active


class UnconfirmedRequest(PoolOwned, Base):
    """What was left at a door: a request only once the link in its e-mail was opened and its button pressed."""

    __tablename__ = "unconfirmed_request"

    kind: ClassVar[DoorLinkKind] = DoorLinkKind.CONFIRM

    id: Mapped[int] = mapped_column(primary_key=True)
    door_id: Mapped[int] = mapped_column(ForeignKey("request_door.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    # of the form it came by, so that one that is sent twice is one request
    once: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str] = mapped_column(String(254))
    # the fields as they were typed, for a form that is to be mended, and what they mean
    typed: Mapped[dict[str, Any]]
    wanted: Mapped[dict[str, Any]]
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    confirmed_at: Mapped[datetime | None]
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id", ondelete="SET NULL"))

    door: Mapped[RequestDoor] = relationship()
    appointment: Mapped[Appointment | None] = relationship()
