"""Everything the page of a question shows, in plain values."""

import math
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flask_babel import format_decimal
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.journey import answering, reconfirming, requesting
from app.journey.confirming import UNDO
from app.journey.offers import asked_anew, is_busy
from app.journey.series_dates import asked_about
from app.journey.timing.availability import is_free
from app.journey.whole_series import hindrances
from app.links import Links
from app.models import Appointment, Assignment, AssignmentState, Event, Link, LinkKind, Mediator, Offer, Pool, languages
from app.models.topics import topic_name
from app.registry import never_then
from app.registry.weekly_times import Span
from app.web.mediator.states import State, state_of
from app.web.pages import locale
from app.web.when import When, hours, minutes
from scheduler.model.travel import Place, Travel, great_circle_km

Fact = tuple[str, str, str | None]


@dataclass(frozen=True)
class OfferPage:
    """A question as its page shows it. `undo_seconds` is 0 when the answer stands."""

    state: State
    heading: str
    deadline: str
    facts: list[Fact]
    reasons: list[str]
    fits: bool
    has_changed: bool
    others: int
    undo_seconds: int
    can_hand_back: bool
    # "Does it stay as agreed?" waits for its answer, or has it
    is_reconfirming: bool
    is_reconfirmed: bool
    contact: list[str]
    contact_phone: str
    note: str
    calendar_url: str
    # the dates that a yes decides, each with what hinders them; empty where it is about one
    dates: list[tuple[str, str]]
    # what "never at this time" would change, and what it has changed, in a sentence each
    never: str
    never_again: str
    # a no to what none of their weekly times holds
    is_outside: bool
    # what else of the same series they come to, each with its page
    also: list[tuple[str, str]]
    # where the same is asked again since it moved
    anew_url: str
    pool_phone: str


def offer_page(session: Session, offer: Offer, now: datetime, links: Links) -> OfferPage:
    """The page for whoever holds the link. Contact and note are for those who come."""
    appointment, mediator = offer.appointment, offer.mediator
    pool = session.get_one(Pool, offer.pool_id)
    when = When.of(pool.timezone, now)
    state = state_of(offer, now)
    comes = state is State.ACCEPTED
    seat = next((one for one in appointment.active_assignments if one.offer_id == offer.id), None)
    question = state in {State.QUESTION, State.LATE}
    anew = asked_anew(offer) if state is State.MOVED else None
    way = way_from_home(pool, mediator, appointment)
    free = _is_free(session, mediator, appointment, when.zone)
    # what they have entered again since is asked for again
    held = never_then.held(mediator, appointment)
    return OfferPage(
        state=state,
        heading=_("offer.series.heading")
        if question and appointment.leads_series
        else _("offer.heading", day=when.weekday(appointment.starts_at)),
        deadline=when.moment(offer.due_at) if offer.due_at else "",
        facts=facts_of(offer, when, way),
        reasons=_reasons(offer, way, free=free),
        fits=free and state is State.QUESTION,
        has_changed=comes and appointment.starts_at > now and _has_changed(session, offer),
        others=appointment.mediators_needed - 1 if comes or state is State.QUESTION else 0,
        undo_seconds=_undo_seconds(offer, now),
        can_hand_back=comes and appointment.starts_at > now,
        is_reconfirming=seat is not None and reconfirming.is_asked(seat, now),
        is_reconfirmed=seat is not None and seat.reconfirmed_at is not None and appointment.starts_at > now,
        contact=contact_of(appointment) if comes else [],
        contact_phone=appointment.contact_phone if comes else "",
        note=appointment.note if comes else "",
        calendar_url=_url(session, links, offer, LinkKind.INVITE) if comes else "",
        dates=_dates(session, offer, when) if question and appointment.leads_series else [],
        never=_never(held) if state is State.QUESTION else "",
        never_again=_never_again(offer) if state is State.DECLINED and held is None else "",
        is_outside=state is State.DECLINED and held is None and never_then.taken(offer) is None,
        also=_also(session, links, offer, when) if comes and appointment.series_id else [],
        anew_url=_url(session, links, anew, LinkKind.OFFER) if anew else "",
        pool_phone=pool.phone,
    )


def _dates(session: Session, offer: Offer, when: When) -> list[tuple[str, str]]:
    dates = asked_about(session, when.now, offer.appointment)
    hindered = hindrances(session, offer.mediator, dates)
    return [
        (when.span(one.starts_at, one.ends_at), _(f"offer.series.{hindered[one.id]}") if one.id in hindered else "")
        for one in dates
    ]


def _never(when: Span | None) -> str:
    return str(_("offer.never.how", day=_adverb(when[0]), hours=hours(when[1], when[2]))) if when else ""


def _never_again(offer: Offer) -> str:
    """What is not asked for any more; who is asked when it is urgent, is so outside their times, too."""
    if (when := never_then.taken(offer)) is None:
        return ""
    key = "offer.never.done_urgent" if offer.mediator.urgent_opt_in else "offer.never.done"
    day = _adverb(when[0])
    return str(_(key, day=day[:1].upper() + day[1:], hours=hours(when[1], when[2])))


def _adverb(weekday: int) -> str:
    return str(_(f"coordinator.on.{weekday}"))


def _also(session: Session, links: Links, offer: Offer, when: When) -> list[tuple[str, str]]:
    rows = session.execute(
        select(Assignment.starts_at, Assignment.ends_at, Link)
        .join(Appointment, Assignment.appointment_id == Appointment.id)
        .join(Link, Link.offer_id == Assignment.offer_id)
        .where(
            Appointment.series_id == offer.appointment.series_id,
            Assignment.mediator_id == offer.mediator_id,
            Assignment.state == AssignmentState.ACTIVE,
            Assignment.offer_id != offer.id,
            Assignment.starts_at > when.now,
            Link.kind == LinkKind.OFFER,
            Link.revoked_at.is_(None),
        )
        .order_by(Assignment.starts_at)
    )
    return [(when.span(starts, ends), links.url(link)) for starts, ends, link in rows]


def _undo_seconds(offer: Offer, now: datetime) -> int:
    if offer.answered_at is None or not answering.can_undo(offer, now):
        return 0
    return math.ceil((offer.answered_at + UNDO - now).total_seconds())


def _has_changed(session: Session, offer: Offer) -> bool:
    """Whether time or place are not the ones that were agreed to."""
    if offer.answered_at is None:
        return False
    later = select(Event).where(
        Event.appointment_id == offer.appointment_id, Event.kind == "changed", Event.at > offer.answered_at
    )
    return any(requesting.MOVES.intersection(one.data.get("fields", ())) for one in session.scalars(later))


def facts_of(offer: Offer, when: When, way: str) -> list[Fact]:
    """Language, when, where and what about, each with a detail."""
    appointment = offer.appointment
    language = languages.find(offer.language)
    name = languages.name(offer.language, locale())
    autonym = language.autonym if language and language.autonym != name else None
    length = " · ".join(
        one for one in (minutes(appointment.duration_minutes), when.ahead(appointment.starts_at)) if one
    )
    facts: list[Fact] = [
        (_("offer.fact.language"), _("offer.fact.both_ways", language=name), autonym),
        (_("offer.fact.when"), when.span(appointment.starts_at, appointment.ends_at), length),
    ]
    if appointment.mode == "on_site":
        place = ", ".join(one for one in (appointment.place_name, appointment.place_address) if one)
        facts.append((_("offer.fact.where"), place, way or None))
    else:
        facts.append((_("offer.fact.where"), _(f"offer.mode.{appointment.mode}"), _(f"offer.how.{appointment.mode}")))
    facts.append((_("offer.fact.topic"), topic_name(appointment.topic, locale()), None))
    return facts


def way_from_home(pool: Pool, mediator: Mediator, appointment: Appointment) -> str:
    """How far it is from home; nothing if there is no way, or nobody knows."""
    home, there = (mediator.home_lat, mediator.home_lon), (appointment.place_lat, appointment.place_lon)
    if appointment.mode != "on_site" or None in home or None in there:
        return ""
    places = {"home": Place(*home), "there": Place(*there)}  # type: ignore[arg-type] # neither holds None now
    travel = Travel(minutes_per_km=pool.minutes_per_km, base_minutes=pool.base_travel_minutes)
    km = great_circle_km(places["home"], places["there"])
    took = travel.between("home", "there", places) or 0
    return str(_("offer.way", km=format_decimal(round(km, 1)), minutes=math.ceil(took)))


def _is_free(session: Session, mediator: Mediator, appointment: Appointment, zone: ZoneInfo) -> bool:
    return is_free(mediator, appointment.starts_at, appointment.ends_at, zone) and not is_busy(
        session, mediator.id, appointment
    )


def _reasons(offer: Offer, way: str, *, free: bool) -> list[str]:
    """Why this person is asked."""
    levels = {skill.language: skill.level for skill in offer.mediator.skills}
    name = languages.name(offer.language, locale())
    reasons = []
    if (level := levels.get(offer.language)) is not None:
        reasons.append(
            _("offer.why.native", language=name)
            if level == "native"
            else _("offer.why.language", language=name, level=level)
        )
    if way:
        reasons.append(_("offer.why.way", way=way))
    if free:
        reasons.append(_("offer.why.free"))
    return reasons


def contact_of(appointment: Appointment) -> list[str]:
    """Who awaits them: the person and the organisation, as far as known."""
    parts = (appointment.contact_name, appointment.organisation.name)
    return [part for part in parts if part]


def _url(session: Session, links: Links, offer: Offer, kind: LinkKind) -> str:
    link = session.scalar(select(Link).where(Link.offer_id == offer.id, Link.kind == kind, Link.revoked_at.is_(None)))
    return links.url(link) if link else ""
