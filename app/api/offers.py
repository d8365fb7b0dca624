"""Who could come, who was asked, and answers that coordinators enter on somebody's behalf."""

from typing import Final

from flask import Response, g
from marshmallow import fields
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import access, services
from app.access import Rule, allow
from app.api import idempotency, reading
from app.api.appointment_answer import NamedShape, OfferOut, offer_json
from app.api.appointments import zone_of
from app.api.blueprint import ID, api
from app.api.operation import operation
from app.api.reading import PageQuery
from app.api.values import Shape, Text, Whole
from app.errors import FieldProblem, Invalid, NotFound
from app.insight.explanations import Candidate, candidates
from app.journey import answering, offering
from app.models import Mediator, MediatorStatus, Offer, OfferStatus

ANSWERS: Final = ("accept", "decline", "hand_back", "undo")
STATUSES = tuple(status.value for status in OfferStatus)


class CandidateOut(Shape):
    """Somebody who speaks the language; `refusals` name what speaks against them, strongest first."""

    mediator = fields.Nested(NamedShape, required=True)
    eligible = fields.Boolean(required=True)
    refusals = fields.List(fields.String(), required=True)
    offer_status = fields.String(required=True, allow_none=True)


class OfferQuery(PageQuery):
    """Filters of the list."""

    status = Text(metadata={"enum": list(STATUSES)})


class OfferIn(Shape):
    """Whom to ask."""

    mediator = Whole(required=True)


class AnswerIn(Shape):
    """What somebody said on the telephone; undo takes back within ten seconds what was answered by link."""

    answer = Text(required=True, metadata={"enum": list(ANSWERS)})


@api.get(f"/appointments/{ID}/candidates")
@operation(CandidateOut, query=PageQuery, listed=True, errors=(404,))
@allow(Rule.COORDINATOR)
def list_candidates(id_: int) -> Response:
    """List everybody of the language, those who can come first, with the reasons against the others."""
    wanted = reading.query(PageQuery)
    session = access.session()
    appointment = access.visible_appointment(session, access.principal(), id_)
    return reading.page_of(candidates(session, g.now, appointment), wanted, _candidate_json)


@api.get(f"/appointments/{ID}/offers")
@operation(OfferOut, query=OfferQuery, listed=True, errors=(404,))
@allow(Rule.STAFF)
def list_offers(id_: int) -> Response:
    """List who was asked, and who is next in line."""
    wanted = reading.query(OfferQuery)
    session, who = access.session(), access.principal()
    access.visible_appointment(session, who, id_)
    rows = select(Offer).where(Offer.appointment_id == id_).order_by(Offer.round, Offer.rank, Offer.id)
    status = reading.choice(wanted, "status", STATUSES)
    if status is not None:
        rows = rows.where(Offer.status == OfferStatus(status))
    zone = zone_of(session)
    return reading.page(session, rows, wanted, lambda offer: offer_json(offer, who, zone))


@api.post(f"/appointments/{ID}/offers")
@operation(OfferOut, 201, body=OfferIn, errors=(404, 409))
@allow(Rule.COORDINATOR)
def add_offer(id_: int) -> Response:
    """Ask one more person by hand."""
    wanted = reading.body(OfferIn)["mediator"]
    who, links = access.principal(), services.links()

    def make(session: Session) -> dict[str, object]:
        access.visible_appointment(session, who, id_)
        person = session.scalar(select(Mediator).where(Mediator.id == wanted, Mediator.status != MediatorStatus.LEFT))
        if person is None:
            raise Invalid([FieldProblem("mediator", "unknown_mediator", {"value": wanted})])
        offer = offering.ask(session, g.now, links, id_, person, who.actor)
        return offer_json(offer, who, zone_of(session))

    return idempotency.once(make)


@api.post(f"/offers/{ID}/answer")
@operation(OfferOut, body=AnswerIn, errors=(404, 409))
@allow(Rule.COORDINATOR)
def answer_offer(id_: int) -> Response:
    """Enter what a mediator answered; a yes after the deadline counts while a seat is open."""
    sent = reading.body(AnswerIn)
    said = reading.choice(sent, "answer", ANSWERS)
    return idempotency.once(lambda session: _taken(session, id_, str(said)), 200)


def _taken(session: Session, offer_id: int, said: str) -> dict[str, object]:
    who, links = access.principal(), services.links()
    if said == "accept":
        answering.accept(session, g.now, links, offer_id, who.actor, "telephone", late=True)
    elif said == "decline":
        answering.decline(session, g.now, links, offer_id, who.actor, "telephone")
    elif said == "hand_back":
        answering.hand_back(session, g.now, links, offer_id, who.actor)
    else:
        answering.undo(session, g.now, links, offer_id, who.actor)
    session.flush()
    offer = session.scalar(select(Offer).where(Offer.id == offer_id))
    if offer is None:
        raise NotFound("offer_not_found")
    return offer_json(offer, who, zone_of(session))


def _candidate_json(one: Candidate) -> dict[str, object]:
    return {
        "mediator": {"id": one.mediator.id, "name": one.mediator.name},
        "eligible": one.eligible,
        "refusals": list(one.refusals),
        "offer_status": one.offer_status,
    }
