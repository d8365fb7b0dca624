"""Where a person leaves traces: the rows that name them, and those in whose text they may be named."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.models import Application, Assignment, Mediator, Message, Offer


@dataclass(frozen=True)
class Named:
    """How somebody is called and reached: what must not be found any more once they are forgotten."""

    name: str
    phone: str
    email: str

    @classmethod
    def of(cls, mediator: Mediator) -> "Named":
        """What names this mediator."""
        return cls(mediator.name, mediator.phone, mediator.email)

    def __iter__(self) -> Iterator[str]:
        return (one for one in (self.name, self.phone, self.email) if one)

    def stands_in(self, said: str | None) -> bool:
        """Whether a text names them; a name counts where it stands as whole words."""
        return said is not None and any(_words(one).search(said) for one in self)

    def replaced(self, said: str, by: str) -> str:
        """A text with `by` in the place of their name; number and address are left out."""
        for one in self:
            said = _words(one).sub(by if one == self.name else "", said)
        return said

    def replaced_within(self, value: Any, by: str) -> Any:
        """The same for all texts within a JSON value."""
        if isinstance(value, str):
            return self.replaced(value, by)
        if isinstance(value, dict):
            return {key: self.replaced_within(one, by) for key, one in value.items()}
        if isinstance(value, list):
            return [self.replaced_within(one, by) for one in value]
        return value


def appointment_ids(session: Session, mediator: Mediator) -> Sequence[int]:
    """What they were ever asked about or agreed to."""
    asked = select(Offer.appointment_id).where(Offer.mediator_id == mediator.id)
    agreed = select(Assignment.appointment_id).where(Assignment.mediator_id == mediator.id)
    return session.scalars(asked.union(agreed)).all()


def applications(session: Session, mediator: Mediator) -> Sequence[Application]:
    """Those that made them a mediator, or that give their number or address."""
    same = [Application.mediator_id == mediator.id]
    if mediator.phone:
        same.append(Application.phone == mediator.phone)
    if mediator.email:
        same.append(Application.email == mediator.email)
    return session.scalars(select(Application).where(or_(*same)).order_by(Application.id)).all()


def messages_to(session: Session, mediator: Mediator) -> Sequence[Message]:
    """What was written to them, the oldest first."""
    return session.scalars(select(Message).where(Message.mediator_id == mediator.id).order_by(Message.id)).all()


def _words(said: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(said)}(?!\w)", re.IGNORECASE)
