"""/mediators/applications: who wants to become a mediator; and the invitation that a coordinator sends."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import Form, SelectField, StringField

from app import access, services
from app.access import Rule, allow
from app.errors import AlreadyMediator, Invalid, NotFound
from app.journey.own_links import reach
from app.models import Application, ApplicationState, Mediator, MediatorStatus, languages
from app.models.locales import MEDIATOR_LOCALES
from app.registry import application_decisions, applications
from app.web import once
from app.web.coordinator.blueprint import own_when, pages
from app.web.coordinator.candidates import level_word
from app.web.inputs import clean, show
from app.web.pages import locale
from app.web.when import When

Answer = Response | tuple[str, int]
# more than these are shown once these are decided
MOST_SHOWN: Final = 50


class InviteForm(Form):  # type: ignore[misc] # WTForms ships no types
    """Whom to invite, by which way and in which language."""

    name = StringField(_l("coordinator.field.name"), filters=[clean])
    reach = StringField(
        _l("applications.invite.reach"), filters=[clean], description=_l("applications.invite.reach.hint")
    )
    locale = SelectField(
        _l("applications.invite.locale"), validate_choice=False, description=_l("applications.invite.locale.hint")
    )


@dataclass(frozen=True)
class Row:
    """One application as coordinators read it; `known` names who of the pool is reached there already."""

    id: int
    name: str
    phone: str
    email: str
    skills: str
    modes: str
    place: str
    since: str
    known: str


@pages.get("/mediators/applications")
@allow(Rule(application_decisions.DECIDED_BY))
def application_list() -> Answer:
    """Those that are confirmed, the oldest first."""
    return _page()


@pages.post("/mediators/applications/<row:application_id>")
@allow(Rule(application_decisions.DECIDED_BY))
def decide_application(application_id: int) -> Answer:
    """Accept (`decision=accept`, `sure` although somebody is known there already) or decline."""
    name = access.session().scalar(select(Application.name).where(Application.id == application_id))
    if name is None:
        raise NotFound("application_not_found")
    accepts = request.form.get("decision") == "accept"
    try:
        said = _accept(application_id) if accepts else _decline(application_id, name)
    except AlreadyMediator as known:
        flash(_("applications.known_now", names=known.params["names"]), "warning")
        return _page(409)
    for words, kind in said or [(str(_("applications.decided")), "warning")]:
        flash(words, kind)
    return redirect(url_for("coordinator.application_list"), 303)


@pages.route("/mediators/invite", methods=["GET", "POST"])
@allow(Rule(application_decisions.DECIDED_BY))
def invite_mediator() -> Answer:
    """Send somebody the link by which they can register."""
    form = InviteForm(request.form or None)
    form.locale.choices = [(one, _(f"coordinator.locale.{one}")) for one in MEDIATOR_LOCALES]
    status = 200
    if request.method == "POST":
        try:
            once.once(lambda session: _invite(session, form))
        except Invalid as invalid:
            status = 422
            show(form, invalid.problems, {})
        else:
            flash(_("applications.invited", name=form.name.data), "success")
            return redirect(url_for("coordinator.mediators"), 303)
    mark = request.form.get(once.FIELD) or once.mark()
    return render_template("coordinator/invite.html", form=form, once=mark), status


def _invite(session: Session, form: InviteForm) -> int:
    wanted = form.locale.data if form.locale.data in MEDIATOR_LOCALES else "de"
    to, who = reach(form.reach.data or ""), access.principal().actor
    return applications.invite(session, g.now, services.links(), form.name.data or "", to, who, locale=wanted).id


def _accept(application_id: int) -> list[tuple[str, str]]:
    """Gives what there is to say, each with its kind; nothing if it was decided already."""
    sure = request.form.get("sure") == "1"
    with access.change() as session:
        mediator = application_decisions.accept(
            session, g.now, services.links(), application_id, access.principal().actor, sure=sure
        )
        if mediator is None:
            return []
        said = [(str(_("applications.accepted", name=mediator.name)), "success")]
        if mediator.home_lat is None:
            said.append((str(_("applications.accepted_lost", place=mediator.home_district)), "warning"))
        return said


def _decline(application_id: int, name: str) -> list[tuple[str, str]]:
    with access.change() as session:
        if not application_decisions.decline(session, g.now, application_id, access.principal().actor):
            return []
    return [(str(_("applications.declined", name=name)), "success")]


def _page(status: int = 200) -> tuple[str, int]:
    rows = access.session()
    found = rows.scalars(
        select(Application)
        .where(Application.state == ApplicationState.CONFIRMED)
        .order_by(Application.id)
        .limit(MOST_SHOWN)
    ).all()
    known, when = _Known(rows, found), own_when(rows)
    page = render_template(
        "coordinator/applications.html",
        rows=[_row(one, known, when) for one in found],
        total=application_decisions.waiting(rows),
    )
    return page, status


class _Known:
    """Who of the pool is reached by the numbers and mailboxes of some applications, read at once."""

    def __init__(self, rows: Session, found: Sequence[Application]) -> None:
        numbers, mails = {one.phone for one in found}, {one.email.lower() for one in found}
        there = Mediator.phone.in_(numbers) | func.lower(Mediator.email).in_(mails)
        people = select(Mediator.name, Mediator.phone, Mediator.email).where(
            there, Mediator.status != MediatorStatus.LEFT
        )
        self._people = rows.execute(people.order_by(Mediator.name)).all()

    def names(self, one: Application) -> str:
        """Those of one application; empty for nobody."""
        mail = one.email.lower()
        return ", ".join(name for name, phone, email in self._people if phone == one.phone or email.lower() == mail)


def _row(one: Application, known: _Known, when: When) -> Row:
    return Row(
        id=one.id,
        name=one.name,
        phone=one.phone,
        email=one.email,
        skills=", ".join(
            f"{languages.name(language, locale())} ({level_word(level)})" for language, level in one.skills
        ),
        modes=", ".join(str(_(f"coordinator.mode.{mode}")) for mode in one.modes),
        place=one.place,
        since=str(_("applications.since", moment=when.moment(one.confirmed_at or one.created_at))),
        known=known.names(one),
    )
