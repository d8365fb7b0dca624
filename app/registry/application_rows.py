"""Applications as they are found: held for a step, and who is reached at their number or mailbox."""

from typing import Final

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models import Application, Channel, Mediator, MediatorStatus

WAYS: Final = (Channel.SMS, Channel.EMAIL)


def held(session: Session, application_id: int) -> Application:
    """The application, as it is once it is held; raises NotFound."""
    found = select(Application).where(Application.id == application_id).with_for_update(of=Application)
    application = session.scalar(found.execution_options(populate_existing=True))
    if application is None:
        raise NotFound("application_not_found")
    return application


def reached_there(application: Application, channel: Channel) -> ColumnElement[bool]:
    """Which mediators are reached by the number or the mailbox of an application."""
    if channel is Channel.EMAIL:
        return func.lower(Mediator.email) == application.email.lower()
    return Mediator.phone == application.phone


def names_there(session: Session, application: Application) -> str:
    """Who of the pool is reached by the number or the mailbox of an application; empty for nobody."""
    ways = [reached_there(application, one) for one in WAYS if _address(application, one)]
    present = (or_(*ways), Mediator.status != MediatorStatus.LEFT)
    return ", ".join(session.scalars(select(Mediator.name).where(*present).order_by(Mediator.name)))


def _address(application: Application, channel: Channel) -> str:
    return application.email if channel is Channel.EMAIL else application.phone
