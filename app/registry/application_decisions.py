"""Coordinators decide on applications; what is decided or was never confirmed is forgotten in time."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session

from app.errors import AlreadyMediator
from app.gazetteer.finding import Finder
from app.gazetteer.writing import read
from app.journey import history
from app.journey.history import Actor
from app.links import Links
from app.models import UNFINISHED, Application, ApplicationState, LinkKind, Mediator, Message, Pool, Role
from app.registry import mediators
from app.registry.application_letters import send_refusal, send_welcome
from app.registry.application_rows import held, names_there
from app.registry.mediator_data import TEXT_LIMITS, MediatorData
from app.tenancy import bound_to

DECIDED_BY: Final = Role.COORDINATOR
DECIDED_KEPT: Final = timedelta(days=30)


def accept(
    session: Session, now: datetime, links: Links, application_id: int, actor: Actor, *, sure: bool = False
) -> Mediator | None:
    """Make a mediator of whoever applied and send them their link; None, doing nothing, if it is decided already.

    Where somebody is reached there by now it raises AlreadyMediator, unless whoever decides is `sure` that it is
    another person. Raises NotFound, too.
    """
    # held by the pool: two people with one number are accepted one after the other
    session.execute(select(Pool.id).with_for_update(key_share=True, of=Pool).where(Pool.id == bound_to(session)))
    application = held(session, application_id)
    if application.state is not ApplicationState.CONFIRMED:
        return None
    names = names_there(session, application)
    if names and not sure:
        raise AlreadyMediator("already_mediator", names=names)
    data = _mediator_data(session, application)
    mediator = mediators.register(session, now, links, data, actor, consented_at=application.consented_at)
    _decide(now, application, ApplicationState.ACCEPTED)
    application.mediator_id = mediator.id
    link = links.issue(session, now, LinkKind.MEDIATOR, mediator)
    send_welcome(session, now, links, mediator, link)
    history.record(session, now, "application_accepted", actor, mediator=mediator, name=mediator.name)
    return mediator


def decline(session: Session, now: datetime, application_id: int, actor: Actor) -> bool:
    """Tell somebody kindly that the pool cannot take them now; False if it is decided already. Raises NotFound."""
    application = held(session, application_id)
    if application.state is not ApplicationState.CONFIRMED:
        return False
    _decide(now, application, ApplicationState.DECLINED)
    send_refusal(session, now, application)
    history.record(session, now, "application_declined", actor)
    return True


def _decide(now: datetime, application: Application, state: ApplicationState) -> None:
    application.advance(state)
    application.decided_at, application.expires_at = now, now + DECIDED_KEPT


def _mediator_data(session: Session, application: Application) -> MediatorData:
    spot = Finder(session).find(read(application.place)).spot
    return MediatorData(
        name=application.name,
        phone=application.phone,
        email=application.email,
        locale=application.locale,
        skills=tuple((language, level) for language, level in application.skills),
        modes=tuple(application.modes),
        home=(spot.lat, spot.lon) if spot else None,
        home_district=((spot.around if spot else "") or application.place)[: TEXT_LIMITS["home_district"]],
    )


def waiting(session: Session) -> int:
    """How many wait for a decision."""
    confirmed = Application.state == ApplicationState.CONFIRMED
    return session.scalar(select(func.count(Application.id)).where(confirmed)) or 0


def due(session: Session, now: datetime) -> list[int]:
    """What is to be forgotten, once nothing of it is on its way any more."""
    underway = exists().where(Message.application_id == Application.id, Message.status.in_(UNFINISHED))
    over = (Application.expires_at <= now, ~underway)
    return list(session.scalars(select(Application.id).where(*over).order_by(Application.id)))


def forget(session: Session, now: datetime, _links: Links, application_id: int) -> None:
    """Forget an application, with the messages about it; a second time changes nothing."""
    over = select(Application).where(Application.id == application_id, Application.expires_at <= now)
    application = session.scalar(over.with_for_update(of=Application))
    if application is None:
        return
    session.execute(delete(Message).where(Message.application_id == application_id))
    session.delete(application)
