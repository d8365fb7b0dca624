"""/board/<id>/candidates: everybody of the language, why or why not, and asking by hand."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import access, services
from app.access import Rule, allow
from app.errors import AlreadyTaken, Busy, NoLongerOpen, NotFound
from app.insight import explanations, remedies
from app.insight.explanations import Candidate
from app.journey import answering, by_hand
from app.journey.history import Actor
from app.links import Links
from app.models import (
    SEEKING,
    Appointment,
    AppointmentStatus,
    Assignment,
    AssignmentState,
    ManualStep,
    Mediator,
    MediatorStatus,
    OfferStatus,
    Skill,
    languages,
)
from app.web.asked import asked_id, asked_ids
from app.web.coordinator.blueprint import own_when, pages
from app.web.coordinator.board_rows import board_row
from app.web.coordinator.refusal_words import refusal_words
from app.web.coordinator.remedy_words import what_helps
from app.web.pages import locale, sentence
from app.web.undo_banner import undo_banner
from app.web.when import When

ONE = "/board/<row:appointment_id>"
# as many as are shown before everybody is asked for: hundreds may speak a language
SHOWN = {"fitting": 20, "unfit": 5}
# what the offer already says better than the engine's word for it
SAID_BY_THE_OFFER = frozenset({"declined", "expired", "handed_back"})


@dataclass(frozen=True)
class CandidateRow:
    """One person: where they stand, in words, what they were asked, and what can be done."""

    id: int
    name: str
    phone: str
    phone_trouble: bool
    spoken: str
    comes: bool
    fits: bool
    standing: str
    badge: str
    reasons: str
    answer: str
    # in steps of five per cent, for it is no more certain than that
    chance: int
    way: str
    needed: str
    can_ask: bool
    can_withdraw: bool
    can_assign: bool
    can_hand_back: bool


@pages.get(f"{ONE}/candidates")
@allow(Rule.COORDINATOR)
def candidates(appointment_id: int) -> str:
    """The people for one appointment: who comes, then those who fit; `?all=1` shows everybody."""
    rows = access.session()
    found = access.visible_appointment(rows, access.principal(), appointment_id)
    when = own_when(rows)
    open_now = found.status in SEEKING and found.starts_at > g.now
    circle = explanations.circle_around(rows, g.now, found) if open_now else None
    people = explanations.candidates(rows, g.now, found, circle)
    shown = [_row(one, found, when, open_now=open_now) for one in people]
    others = [one for one in shown if not one.comes]
    helps = what_helps(g.now, found, when, circle, people) if circle else None
    return render_template(
        "coordinator/candidates.html",
        row=board_row(found, when),
        undo=undo_banner(rows, appointment_id),
        coming=[one for one in shown if one.comes],
        others=others,
        fitting=[one for one in others if one.fits and one.can_ask],
        asked=[one for one in others if not one.can_ask],
        unfit=[one for one in others if not one.fits and one.can_ask],
        most={"fitting": len(others), "unfit": len(others)} if request.args.get("all") == "1" else SHOWN,
        all_url=url_for("coordinator.candidates", appointment_id=appointment_id, all=1),
        open_now=open_now,
        together=helps.together if helps else None,
        helps=helps.helps if helps else (),
        contact=found,
    )


@pages.post(f"{ONE}/ask")
@allow(Rule.COORDINATOR)
def ask(appointment_id: int) -> Response:
    """Ask this person now, by SMS."""
    return _act(appointment_id, by_hand.ask)


@pages.post(f"{ONE}/ask-together")
@allow(Rule.COORDINATOR)
def ask_together(appointment_id: int) -> Response:
    """Ask these people now; whoever says yes first comes."""
    who, links, steps = access.principal(), services.links(), list[int]()
    try:
        with access.change() as session:
            access.visible_appointment(session, who, appointment_id)
            people = [_mediator(session, one) for one in asked_ids("mediator_id")[: remedies.TOGETHER]]
            steps = [by_hand.ask(session, g.now, links, appointment_id, one, who.actor).id for one in people]
    except (AlreadyTaken, Busy, NoLongerOpen) as error:
        steps = []
        flash(sentence(error.code, dict(error.params)), "error")
    return redirect(url_for("coordinator.candidates", appointment_id=appointment_id, step=steps), 303)


@pages.post(f"{ONE}/withdraw")
@allow(Rule.COORDINATOR)
def withdraw(appointment_id: int) -> Response:
    """This person is not asked after all."""
    return _act(appointment_id, by_hand.withdraw)


@pages.post(f"{ONE}/assign")
@allow(Rule.COORDINATOR)
def assign(appointment_id: int) -> Response:
    """This person has said yes on the telephone."""
    return _act(appointment_id, by_hand.assign)


@pages.post(f"{ONE}/hand-back")
@allow(Rule.COORDINATOR)
def hand_back(appointment_id: int) -> Response:
    """This person has said on the telephone that they cannot come after all."""
    return _act(appointment_id, _take_off, "coordinator.candidates.given_back")


def _take_off(
    session: Session, now: datetime, links: Links, appointment_id: int, mediator: Mediator, actor: Actor
) -> None:
    offer_id = session.scalar(
        select(Assignment.offer_id).where(
            Assignment.appointment_id == appointment_id,
            Assignment.mediator_id == mediator.id,
            Assignment.state == AssignmentState.ACTIVE,
        )
    )
    if offer_id is None:
        raise NoLongerOpen("offer_handed_back")
    answering.hand_back(session, now, links, offer_id, actor)


def _act(appointment_id: int, step: Callable[..., ManualStep | None], done: str = "") -> Response:
    """Take a step about a person; the page says what was done by a banner that takes it back, or else by `done`."""
    who, links, taken = access.principal(), services.links(), None
    try:
        with access.change() as session:
            access.visible_appointment(session, who, appointment_id)
            mediator = _mediator(session, asked_id("mediator_id"))
            name = mediator.name
            found = step(session, g.now, links, appointment_id, mediator, who.actor)
            taken = found.id if found else None
    except (AlreadyTaken, Busy, NoLongerOpen) as error:
        flash(sentence(error.code, dict(error.params)), "error")
    else:
        if done:
            flash(_(done, name=name), "success")
    return redirect(url_for("coordinator.candidates", appointment_id=appointment_id, step=taken), 303)


def _mediator(session: Session, mediator_id: int | None) -> Mediator:
    found = session.scalar(select(Mediator).where(Mediator.id == mediator_id, Mediator.status != MediatorStatus.LEFT))
    if found is None:
        raise NotFound("mediator_not_found")
    return found


def _row(one: Candidate, found: Appointment, when: When, *, open_now: bool) -> CandidateRow:
    person = one.mediator
    wanted = (found.language, *found.accepted_languages)
    skills = [skill for skill in person.skills if skill.language in wanted]
    comes = person.id in {assignment.mediator_id for assignment in found.active_assignments}
    answered = one.offer_status in SAID_BY_THE_OFFER
    reasons = [
        refusal_words(reason, one, found, when)
        for reason in one.refusals
        if not (comes or (reason == "excluded" and answered))
    ]
    standing, badge = _standing(one, comes=comes)
    return CandidateRow(
        id=person.id,
        name=person.name,
        phone=person.phone,
        phone_trouble=person.phone_trouble is not None,
        spoken=", ".join(skill_words(skill) for skill in skills),
        comes=comes,
        fits=one.eligible,
        standing=standing,
        badge=badge,
        reasons=" · ".join(dict.fromkeys(reasons)),
        answer=_(f"coordinator.offer.{one.offer_status}") if one.offer_status and not answered else "",
        chance=5 * round(20 * one.chance),
        way=str(_("coordinator.candidates.minutes", minutes=one.minutes)) if one.minutes is not None else "",
        needed=_needed(one, when),
        can_ask=open_now and one.offer_status in remedies.STILL_FREE and explanations.OPTED_OUT not in one.refusals,
        can_withdraw=open_now and one.offer_status == OfferStatus.SENT.value,
        can_assign=open_now and not comes,
        can_hand_back=comes and found.status in SEEKING | {AppointmentStatus.FILLED} and found.starts_at > g.now,
    )


def _needed(one: Candidate, when: When) -> str:
    """What asking this person costs other appointments."""
    if one.needed is None:
        return str(_("coordinator.candidates.free"))
    language = languages.name(one.needed.language, locale())
    return str(_("coordinator.candidates.needed", moment=when.from_then(one.needed.starts_at), language=language))


def _standing(one: Candidate, *, comes: bool) -> tuple[str, str]:
    """The word for where somebody stands, and its badge: what they said weighs more than whether they would fit."""
    if comes:
        return str(_("coordinator.candidates.comes")), "success"
    if one.offer_status in SAID_BY_THE_OFFER:
        return str(_(f"coordinator.candidates.{one.offer_status}")), "warning"
    if one.eligible:
        return str(_("coordinator.candidates.yes")), "success"
    return str(_("coordinator.candidates.no")), "warning"


def skill_words(skill: Skill) -> str:
    """Arabisch (C1)."""
    return f"{languages.name(skill.language, locale())} ({level_word(skill.level)})"


def level_word(level: str) -> str:
    """C1, or the word for somebody's first language."""
    return str(_("coordinator.level.native")) if level == "native" else level
