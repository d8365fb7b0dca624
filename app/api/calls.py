"""A call as it goes: the provider asks what to say, and tells which key was pressed."""

from flask import Response, abort, g, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import services, tenancy
from app.access import Rule, allow
from app.api.webhooks import check_signature, named_message, webhooks
from app.errors import JourneyError
from app.journey import answering
from app.journey.history import mediator_actor
from app.journey.telling.facts import spoken
from app.models import Channel, Message, Offer
from app.outbox import receipts
from app.transaction import transaction
from notifications import calls
from notifications.transports.base import State
from notifications.transports.twilio_webhooks import call_state_of
from notifications.transports.voice_xml import ask, hang_up, tell

YES, NO, REPEAT = "1", "2", "3"


@webhooks.post("/voice")
@allow(Rule.SIGNED)
def voice() -> Response:
    """What the voice says first: the question; to an answering machine nothing."""
    check_signature()
    state, code = call_state_of("in-progress", request.form.get("AnsweredBy", ""))
    with transaction(None) as session, tenancy.across_pools(session):
        message, offer = _called(session)
        if state == "failed":
            _record(session, message, state, code or "")
            return _xml(hang_up())
        return _xml(ask(message.body, action=_action(message), language=spoken(offer.mediator.locale)))


@webhooks.post("/voice/answer")
@allow(Rule.SIGNED)
def voice_answer() -> Response:
    """A key was pressed; any other than yes and no hears the question again."""
    check_signature()
    key = request.form.get("Digits", "")
    with transaction(None) as session, tenancy.across_pools(session):
        message, offer = _called(session)
        said = _understood(session, message, offer, key)
        if key:
            # after the answer, whose locks come first everywhere
            _record(session, message, "delivered", "")
    return _xml(said)


def _understood(session: Session, message: Message, offer: Offer, key: str) -> str:
    """What the voice says to a key."""
    language = spoken(offer.mediator.locale)
    if key not in {YES, NO}:
        sorry = () if key == REPEAT else (calls.call_again(language=language).call,)
        return ask(*sorry, message.body, action=_action(message), language=language)
    try:
        with session.begin_nested():
            said = _answer(session, offer, yes=key == YES)
    except JourneyError:
        said = calls.call_gone(language=language).call
    return tell(said, language=language)


def _answer(session: Session, offer: Offer, *, yes: bool) -> str:
    links, actor, language = services.links(), mediator_actor(offer.mediator), offer.mediator.locale
    if yes:
        answering.accept(session, g.now, links, offer.id, actor, "call", late=True)
        return calls.call_thanks_yes(language=spoken(language)).call
    answering.decline(session, g.now, links, offer.id, actor, "call")
    return calls.call_thanks_no(language=spoken(language)).call


def _record(session: Session, message: Message, state: State, code: str) -> None:
    """Note what the call itself shows; whatever else is said of it, before or after, changes that no more."""
    # another request may have written to it since it was read, and it is not locked before now
    session.expire(message)
    receipts.record_callback(session, g.now, message.id, request.form.get("CallSid", ""), state, code)


def _called(session: Session) -> tuple[Message, Offer]:
    """The message that this call reads, and the question in it; 404 for any other."""
    number = named_message()
    found = session.execute(
        select(Message, Offer)
        .join(Offer, Message.offer_id == Offer.id)
        .where(Message.id == number, Message.channel == Channel.VOICE)
    ).one_or_none()
    if found is None:
        abort(404)
    return found[0], found[1]


def _action(message: Message) -> str:
    return f"{services.config().public_url}{url_for('webhooks.voice_answer', message=message.id)}"


def _xml(text: str) -> Response:
    return Response(text, mimetype="text/xml")
