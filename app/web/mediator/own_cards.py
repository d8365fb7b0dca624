"""What a mediator's own page tells of them: what is asked, what is coming, their week, what they have made possible."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from babel.dates import format_date, get_day_names
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from app.journey import reconfirming
from app.models import (
    Appointment,
    Assignment,
    Mediator,
    Offer,
    OfferStatus,
    Organisation,
    languages,
)
from app.registry.mediator_data import data_of
from app.registry.weekly_times import joined
from app.web.mediator.offer_page import Fact, contact_of, facts_of, way_from_home
from app.web.mediator.states import State, state_of
from app.web.pages import locale
from app.web.when import When, hours


@dataclass(frozen=True)
class Question:
    """An open question, in short; `url` leads to all of it and to the answers."""

    heading: str
    until: str
    facts: list[Fact]
    url: str


@dataclass(frozen=True)
class Coming:
    """What they have agreed to; `day` is weekday, number and month of a leaf of the calendar, `note` what is wanted."""

    day: tuple[str, str, str]
    when: str
    ahead: str
    where: str
    what: str
    phone: str
    note: str
    url: str
    starts_at: datetime


def offers_ahead(rows: Session, mediator: Mediator, now: datetime) -> Sequence[Offer]:
    """What is open or agreed and not over, the next first, with all that the cards tell."""
    return rows.scalars(
        select(Offer)
        .join(Appointment, Offer.appointment_id == Appointment.id)
        .where(
            Offer.mediator_id == mediator.id,
            Offer.status.in_((OfferStatus.SENT, OfferStatus.ACCEPTED)),
            Appointment.ends_at > now,
        )
        .order_by(Appointment.starts_at)
        .options(
            contains_eager(Offer.appointment).options(
                joinedload(Appointment.organisation).lazyload(Organisation.sites),
                # of the others nothing is told but that they are there
                selectinload(Appointment.assignments).lazyload(Assignment.mediator),
            )
        )
    ).all()


def questions(found: Sequence[tuple[Offer, str]], when: When) -> list[Question]:
    """Those that can be answered now."""
    return [_question(one, url, when) for one, url in found if state_of(one, when.now) is State.QUESTION]


def _question(offer: Offer, url: str, when: When) -> Question:
    appointment = offer.appointment
    way = way_from_home(appointment.pool, offer.mediator, appointment)
    return Question(
        heading=_("offer.series.heading")
        if appointment.leads_series
        else _("offer.heading", day=when.weekday(appointment.starts_at)),
        until=when.moment(offer.due_at) if offer.due_at else "",
        facts=facts_of(offer, when, way)[:3],
        url=url,
    )


def coming(found: Sequence[tuple[Offer, str]], when: When) -> list[Coming]:
    """What they have agreed to."""
    return [_coming(one, url, when) for one, url in found if one.status is OfferStatus.ACCEPTED]


def _coming(offer: Offer, url: str, when: When) -> Coming:
    appointment = offer.appointment
    day = when.local(appointment.starts_at).date()
    weekday, number, month = (format_date(day, part, locale=get_locale()) for part in ("EEE", "d", "MMM"))
    place = ", ".join(one for one in (appointment.place_name, appointment.place_address) if one)
    remote = appointment.mode != "on_site"
    with_whom = " · ".join((languages.name(offer.language, locale()), *contact_of(appointment)))
    asked = any(
        reconfirming.is_asked(one, when.now) for one in appointment.active_assignments if one.offer_id == offer.id
    )
    return Coming(
        day=(weekday, number, month),
        when=when.span(appointment.starts_at, appointment.ends_at),
        ahead=when.ahead(appointment.starts_at),
        where=f"{_(f'offer.mode.{appointment.mode}')}. {_(f'offer.how.{appointment.mode}')}" if remote else place,
        what=with_whom,
        phone=appointment.contact_phone,
        note=_("own.reconfirm") if asked else "",
        url=url,
        starts_at=appointment.starts_at,
    )


def summary(asked: Sequence[Question], agreed: Sequence[Coming], when: When) -> str:
    """In a sentence or two, what is open and what comes next."""
    ahead = [one for one in agreed if one.starts_at > when.now]
    words = [ngettext("own.summary.question", "own.summary.questions", len(asked)) if asked else _("own.no_questions")]
    if ahead:
        words.append(_("own.summary.next", when=when.moment(ahead[0].starts_at)))
    return " ".join(map(str, words))


def week_of(mediator: Mediator) -> list[tuple[str, str]]:
    """Weekday -> hours, for those on which they usually have time."""
    names = get_day_names("wide", locale=get_locale())
    found = defaultdict[int, list[str]](list)
    for day, starts, ends in joined(data_of(mediator).availability):
        found[day].append(hours(starts, ends))
    return [(names[day], _("times.exact.hours", hours=", ".join(spans))) for day, spans in found.items()]
