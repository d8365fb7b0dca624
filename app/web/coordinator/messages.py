"""/messages: what left the house, to whom, and how far it got."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import g, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, and_, func, not_, select
from sqlalchemy.orm import Session, selectinload

from app import access
from app.access import Rule, allow
from app.links import CODE
from app.models import Channel, LinkKind, Message, MessageStatus
from app.web.asked import asked_id
from app.web.coordinator.blueprint import own_when, pages
from app.web.error_texts import fault_words
from app.web.stretches import asked_stretch
from app.web.when import When

MOST_PLANNED = 50
BADGES = {
    MessageStatus.QUEUED: "info",
    MessageStatus.SENDING: "info",
    MessageStatus.SENT: "info",
    MessageStatus.UNKNOWN: "warning",
    MessageStatus.DELIVERED: "success",
    MessageStatus.FAILED: "danger",
    MessageStatus.DISCARDED: "warning",
}
_PLACEHOLDER = re.compile(r"<link_*>")
_SHORT = {LinkKind.OFFER: "…/o/…", LinkKind.MEDIATOR: "…/m/…"}
# what stands for a code
_HIDDEN = "••••••"
SHOWN_DIGITS = 3


@dataclass(frozen=True)
class MessageRow:
    """One message as the log shows it."""

    moment: str
    at: str
    channel: str
    name: str
    recipient: str
    subject: str
    body: str
    status: str
    badge: str
    error: str
    why: str
    instead: str
    appointment_id: int | None


@pages.get("/messages")
@allow(Rule.COORDINATOR)
def messages() -> str:
    """The log, newest first; what is for later stands by itself."""
    rows = access.session()
    chosen = _chosen()
    planned = _filtered(chosen).where(_for_later())
    with_link = selectinload(Message.link)
    log = _filtered(chosen).where(not_(_for_later())).options(with_link)
    found = asked_stretch(rows, log, Message, Message.happened_at.expression, newest_first=True)
    later = rows.scalars(planned.options(with_link).order_by(Message.due_at, Message.id).limit(MOST_PLANNED)).all()
    before = _replaced(rows, [*found.rows, *later])
    when = own_when(rows)
    given: dict[str, Any] = {name: value for name, value in chosen.items() if value}
    return render_template(
        "coordinator/messages.html",
        messages=[_row(one, when, before) for one in found.rows],
        planned=[_row(one, when, before) for one in later],
        planned_total=_count(rows, _for_later(), *_wanted(chosen)),
        statuses=[(one.value, _(f"coordinator.message.{one.value}")) for one in MessageStatus],
        channels=[(one.value, _(f"coordinator.channel.{one.value}")) for one in Channel],
        chosen=chosen,
        stretch=found,
        url_for_stretch=lambda **place: url_for("coordinator.messages", **given, **place),
    )


def _for_later() -> ColumnElement[bool]:
    return and_(Message.status == MessageStatus.QUEUED, Message.due_at > g.now)


def _count(rows: Session, *conditions: ColumnElement[bool]) -> int:
    return rows.scalar(select(func.count(Message.id)).where(*conditions)) or 0


def _chosen() -> dict[str, str]:
    status, channel = request.args.get("status", ""), request.args.get("channel", "")
    return {
        "status": status if status in set(MessageStatus) else "",
        "channel": channel if channel in set(Channel) else "",
        "appointment": str(asked_id("appointment") or ""),
    }


def _filtered(chosen: dict[str, str]) -> Select[Message]:
    return select(Message).where(*_wanted(chosen))


def _wanted(chosen: dict[str, str]) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if chosen["status"]:
        found.append(Message.status == MessageStatus(chosen["status"]))
    if chosen["channel"]:
        found.append(Message.channel == Channel(chosen["channel"]))
    if chosen["appointment"]:
        found.append(Message.appointment_id == int(chosen["appointment"]))
    return found


def _replaced(rows: Session, found: Sequence[Message]) -> dict[int, Channel]:
    """Message id -> how it travelled, for those that others take the place of."""
    ids = [one.instead_of_id for one in found if one.instead_of_id is not None]
    chosen = select(Message.id, Message.channel).where(Message.id.in_(ids))
    return {one.id: one.channel for one in rows.execute(chosen)} if ids else {}


def _instead(one: Message, before: Mapping[int, Channel]) -> str:
    """What it takes the place of; nothing if it is the first of its kind."""
    failed = before.get(one.instead_of_id or 0)
    if failed is None:
        return ""
    return str(_(f"coordinator.messages.{'again' if failed is one.channel else f'instead_of_{failed.value}'}"))


def _row(one: Message, when: When, before: Mapping[int, Channel]) -> MessageRow:
    happened = one.sent_at or one.finished_at
    at = happened or one.due_at
    return MessageRow(
        moment=when.moment(at) if happened else str(_("coordinator.messages.due", moment=when.moment(at))),
        at=at.isoformat(),
        channel=_(f"coordinator.channel.{one.channel.value}"),
        name=one.recipient_name,
        recipient=one.recipient if one.channel is Channel.EMAIL else masked(one.recipient),
        subject=one.subject,
        body=_PLACEHOLDER.sub(_short(one), one.body).replace(CODE, _HIDDEN),
        status=_(f"coordinator.message.{one.status.value}"),
        badge=BADGES[one.status],
        error=one.error_code or "",
        why=fault_words(one.error_code) if one.error_code else "",
        instead=_instead(one, before),
        appointment_id=one.appointment_id,
    )


def _short(one: Message) -> str:
    """What stands for its link."""
    if one.link:
        return _SHORT.get(one.link.kind, "…")
    if one.unconfirmed_id:
        return "…/request/confirm/…"
    return "…/r/…" if one.requester_link_id else "…/join/…" if one.application_id else "…"


def masked(number: str) -> str:
    """A telephone number by its last digits."""
    return f"… {number[-SHOWN_DIGITS:]}"
