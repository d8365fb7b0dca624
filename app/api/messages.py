"""/messages: what left the service or waits to, for coordinators; recipients are masked, links left out."""

import re
from typing import Final
from zoneinfo import ZoneInfo

from flask import Response
from marshmallow import fields
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app import access
from app.access import Rule, allow
from app.api import reading
from app.api.appointment_answer import NamedShape, local
from app.api.appointments import zone_of
from app.api.blueprint import api
from app.api.operation import operation
from app.api.reading import PageQuery
from app.api.values import Count, Shape, Text
from app.models import Channel, Message, MessageStatus

STATUSES = tuple(status.value for status in MessageStatus)
CHANNELS = tuple(channel.value for channel in Channel)
_LINK: Final = re.compile(r"<link_*>")


class MessageQuery(PageQuery):
    """Filters of the list."""

    appointment = Count()
    mediator = Count()
    status = Text(metadata={"enum": list(STATUSES)})
    channel = Text(metadata={"enum": list(CHANNELS)})
    kind = Text()


class MessageOut(Shape):
    """One message. `calendar` is the invite as iCalendar text, a personal link is left out.

    `instead_of` is the failed message that this one takes the place of.
    """

    id = fields.Integer(required=True)
    channel = fields.String(required=True, metadata={"enum": list(CHANNELS)})
    kind = fields.String(required=True)
    status = fields.String(required=True, metadata={"enum": list(STATUSES)})
    recipient = fields.String(required=True)
    mediator = fields.Nested(NamedShape, required=True, allow_none=True)
    appointment = fields.Integer(required=True, allow_none=True)
    offer = fields.Integer(required=True, allow_none=True)
    subject = fields.String(required=True)
    body = fields.String(required=True)
    calendar = fields.String(required=True, allow_none=True)
    instead_of = fields.Integer(required=True, allow_none=True)
    error_code = fields.String(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    due_at = fields.AwareDateTime(required=True)
    sent_at = fields.AwareDateTime(required=True, allow_none=True)


@api.get("/messages")
@operation(MessageOut, query=MessageQuery, listed=True)
@allow(Rule.COORDINATOR)
def list_messages() -> Response:
    """List messages, the newest first."""
    wanted = reading.query(MessageQuery)
    session = access.session()
    rows = select(Message).options(selectinload(Message.mediator)).order_by(Message.id.desc())
    status, channel = reading.choice(wanted, "status", STATUSES), reading.choice(wanted, "channel", CHANNELS)
    if status is not None:
        rows = rows.where(Message.status == MessageStatus(status))
    if channel is not None:
        rows = rows.where(Message.channel == Channel(channel))
    for name, column in (("appointment", Message.appointment_id), ("mediator", Message.mediator_id)):
        if name in wanted:
            rows = rows.where(column == wanted[name])
    if "kind" in wanted:
        rows = rows.where(Message.kind == wanted["kind"])
    zone = zone_of(session)
    return reading.page(session, rows, wanted, lambda message: _message_json(message, zone))


def masked(recipient: str) -> str:
    """Enough to recognise a number or address by, not enough to use it."""
    name, at, domain = recipient.partition("@")
    return f"{name[:1]}…@{domain}" if at else f"{recipient[:3]}…{recipient[-3:]}"


def _message_json(message: Message, zone: ZoneInfo) -> dict[str, object]:
    person = message.mediator
    return {
        "id": message.id,
        "channel": message.channel.value,
        "kind": message.kind,
        "status": message.status.value,
        "recipient": masked(message.recipient),
        "mediator": {"id": person.id, "name": person.name} if person else None,
        "appointment": message.appointment_id,
        "offer": message.offer_id,
        "subject": message.subject,
        "body": _LINK.sub("…", message.body),
        "calendar": _LINK.sub("…", message.calendar) if message.calendar else None,
        "instead_of": message.instead_of_id,
        "error_code": message.error_code,
        "created_at": local(message.created_at, zone),
        "due_at": local(message.due_at, zone),
        "sent_at": local(message.sent_at, zone),
    }
