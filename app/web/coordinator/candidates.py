"""/board/<id>/candidates: everybody of the language, why or why not, and asking by hand."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import current_app, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import access
from app.access import Rule, allow
from app.errors import AlreadyTaken, Busy, NoLongerOpen, NotFound
from app.insight import explanations
from app.insight.explanations import Candidate
from app.journey import answering, offering
from app.models import SEEKING, Appointment, Mediator, MediatorStatus, OfferStatus, languages
from app.web.coordinator.blueprint import LARGEST_ID, asked_id, own_when, pages
from app.web.coordinator.board_rows import board_row
from app.web.pages import locale, sentence

ONE = f"/board/<int(max={LARGEST_ID}):appointment_id>"
ASKABLE = frozenset({None, OfferStatus.PLANNED.value, OfferStatus.WITHDRAWN.value})
# what the offer already says better than the engine's word for it
SAID_BY_THE_OFFER = frozenset({"declined", "expired", "handed_back"})


@dataclass(frozen=True)
class CandidateRow:
    """One person: whether they fit, in words, what they were asked, and what can be done."""

    id: int
    name: str
    phone: str
    spoken: str
    fits: bool
    reasons: str
    answer: str
    can_ask: bool
    can_assign: bool


@pages.get(f"{ONE}/candidates")
@allow(Rule.COORDINATOR)
def candidates(appointment_id: int) -> str:
    """The people for one appointment, those who fit first."""
    rows = access.session()
    found = access.visible_appointment(rows, access.principal(), appointment_id)
    when = own_when(rows)
    open_now = found.status in SEEKING and found.starts_at > g.now
    shown = [_row(one, found, open_now=open_now) for one in explanations.candidates(rows, g.now, found)]
    return render_template(
        "coordinator/candidates.html", row=board_row(found, when), people=shown, open_now=open_now, appointment=found
    )


@pages.post(f"{ONE}/ask")
@allow(Rule.COORDINATOR)
def ask(appointment_id: int) -> Response:
    """Ask this person now, by SMS."""
    return _act(appointment_id, offering.ask, "coordinator.candidates.asked")


@pages.post(f"{ONE}/assign")
@allow(Rule.COORDINATOR)
def assign(appointment_id: int) -> Response:
    """This person has said yes on the telephone."""
    return _act(appointment_id, answering.assign, "coordinator.candidates.assigned")


def _act(appointment_id: int, step: Callable[..., object], done: str) -> Response:
    who, links = access.principal(), current_app.extensions["pool_links"]
    try:
        with access.change() as session:
            access.visible_appointment(session, who, appointment_id)
            mediator = _mediator(session)
            name = mediator.name
            step(session, g.now, links, appointment_id, mediator, who.actor)
    except (AlreadyTaken, Busy, NoLongerOpen) as error:
        flash(sentence(error.code, dict(error.params)), "error")
    else:
        flash(_(done, name=name), "success")
    return redirect(url_for("coordinator.candidates", appointment_id=appointment_id), 303)


def _mediator(session: Session) -> Mediator:
    found = session.scalar(
        select(Mediator).where(Mediator.id == asked_id("mediator_id"), Mediator.status != MediatorStatus.LEFT)
    )
    if found is None:
        raise NotFound("mediator_not_found")
    return found


def _row(one: Candidate, found: Appointment, *, open_now: bool) -> CandidateRow:
    person = one.mediator
    wanted = (found.language, *found.accepted_languages)
    skills = [skill for skill in person.skills if skill.language in wanted]
    reasons = [
        _(f"coordinator.refusal.{reason}")
        for reason in one.refusals
        if not (reason == "excluded" and one.offer_status in SAID_BY_THE_OFFER)
    ]
    holds = one.offer_status == OfferStatus.ACCEPTED.value
    return CandidateRow(
        id=person.id,
        name=person.name,
        phone=person.phone,
        spoken=", ".join(f"{languages.name(skill.language, locale())} ({level_word(skill.level)})" for skill in skills),
        fits=one.eligible,
        reasons=" · ".join(dict.fromkeys(reasons)),
        answer=_(f"coordinator.offer.{one.offer_status}") if one.offer_status else "",
        can_ask=open_now and one.offer_status in ASKABLE and explanations.OPTED_OUT not in one.refusals,
        can_assign=open_now and not holds,
    )


def level_word(level: str) -> str:
    """C1, or the word for somebody's first language."""
    return str(_("coordinator.level.native")) if level == "native" else level
