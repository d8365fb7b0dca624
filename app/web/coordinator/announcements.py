"""/announcements: one text to many people or organisations; looked at first, then sent, and what was sent before."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload
from werkzeug.wrappers import Response

from app import access
from app.access import Rule, allow
from app.errors import ChangedMeanwhile
from app.journey import announcing
from app.journey.telling.recipients import AUDIENCES, Wish, reach
from app.models import UNFINISHED, Announcement, Mediator, MediatorStatus, Message, MessageStatus, Skill, languages
from app.web.coordinator.announcement_form import CARRIED, AnnouncementForm, number_words, part_words, preview_of
from app.web.coordinator.blueprint import own_pool, own_when, pages
from app.web.inputs import show
from app.web.pages import locale
from app.web.when import When

MOST_SHOWN = 50
KEY_LENGTH = 40
# how a message ends that reaches nobody
_ENDED: Final = {MessageStatus.FAILED: "failed", MessageStatus.DISCARDED: "taken_back"}


@dataclass(frozen=True)
class AnnouncementRow:
    """One that was sent: when, by whom, to how many, and how far it got."""

    moment: str
    at: str
    sender: str
    subject: str
    text: str
    reached: str
    waiting: int
    failed: int
    taken_back: int


@pages.get("/announcements")
@allow(Rule.COORDINATOR)
def announcements() -> str:
    """What was sent, the newest first."""
    rows = access.session()
    newest = select(Announcement).order_by(Announcement.created_at.desc(), Announcement.id.desc()).limit(MOST_SHOWN)
    found = rows.scalars(newest.options(joinedload(Announcement.sent_by))).all()
    states, when = _states(rows, [one.id for one in found]), own_when(rows)
    return render_template("coordinator/announcements.html", rows=[_row(one, states, when) for one in found])


@pages.route("/announcements/new", methods=["GET", "POST"])
@allow(Rule.COORDINATOR)
def new_announcement() -> Response | tuple[str, int]:
    """The form; sent with `step=look` what it would be, with `step=send` it leaves."""
    rows = access.session()
    asked = request.args.get("to", "")
    given = {"audience": asked if asked in AUDIENCES else AUDIENCES[0], "way": "mail"}
    form = AnnouncementForm(request.form or None, data=given)
    form.offer_choices(_spoken(rows), _districts(rows))
    step = request.form.get("step", "")
    if request.method != "POST" or step == "edit":
        return _page(form), 200
    valid, wish = form.validate(), form.wish()
    problems = list(announcing.check(wish))
    if not valid or problems:
        show(form, problems, {})
        return _page(form), 422
    return _send(form, wish) if step == "send" else (_looked_at(rows, form, wish), 200)


def _send(form: AnnouncementForm, wish: Wish) -> Response | tuple[str, int]:
    who, key = access.principal(), request.form.get("key", "")[:KEY_LENGTH]
    try:
        with access.change() as session:
            seen = request.form.get("seen", "")
            sent = announcing.send(session, g.now, who.pool_id, wish, key, who.actor, seen=seen)
            said = [_("announcements.sent", who=number_words(sent.audience, sent.recipients))]
            if sent.segments:
                said.append(_("announcements.sent.texts"))
    except ChangedMeanwhile:
        return _looked_at(access.session(), form, wish, stale=True), 409
    flash(" ".join(said), "success")
    return redirect(url_for("coordinator.announcements"), 303)


def _looked_at(rows: Session, form: AnnouncementForm, wish: Wish, *, stale: bool = False) -> str:
    found = reach(rows, own_pool(rows), wish)
    return render_template(
        "coordinator/announcement_preview.html",
        form=form,
        carried=[(name, getattr(wish, name)) for name in CARRIED],
        lists=[(name, value) for name in ("languages", "districts") for value in getattr(wish, name)],
        preview=preview_of(wish, found),
        seen=announcing.mark_of(wish, found),
        # whoever presses twice sends the same key twice
        key=request.form.get("key") or secrets.token_urlsafe(16),
        stale=stale,
    )


def _page(form: AnnouncementForm) -> str:
    return render_template("coordinator/announcement.html", form=form, longest=announcing.LONGEST)


def _spoken(rows: Session) -> list[tuple[str, str]]:
    there = select(Skill.language).join(Mediator, Skill.mediator_id == Mediator.id)
    codes = rows.scalars(there.where(Mediator.status != MediatorStatus.LEFT).distinct())
    return sorted(((one, languages.name(one, locale())) for one in codes), key=lambda pair: languages.plain(pair[1]))


def _districts(rows: Session) -> list[str]:
    there = select(Mediator.home_district).where(Mediator.status != MediatorStatus.LEFT, Mediator.home_district != "")
    return sorted(rows.scalars(there.distinct()), key=languages.plain)


def _states(rows: Session, ids: list[int]) -> Mapping[tuple[int, str], int]:
    """Announcement id and "waiting", "failed" or "taken_back" -> so many of its messages."""
    counted = rows.execute(
        select(Message.announcement_id, Message.status, func.count())
        .where(Message.announcement_id.in_(ids), Message.status.in_((*UNFINISHED, *_ENDED)))
        .group_by(Message.announcement_id, Message.status)
    )
    found: dict[tuple[int, str], int] = {}
    for announcement_id, status, number in counted:
        key = announcement_id or 0, _ENDED.get(status, "waiting")
        found[key] = found.get(key, 0) + number
    return found


def _row(one: Announcement, states: Mapping[tuple[int, str], int], when: When) -> AnnouncementRow:
    parts = part_words(one.segments) if one.segments else ""
    return AnnouncementRow(
        moment=when.moment(one.created_at),
        at=one.created_at.isoformat(),
        sender=one.sent_by.name if one.sent_by else str(_("announcements.somebody")),
        subject=one.subject,
        text=one.text,
        reached=", ".join(word for word in (number_words(one.audience, one.recipients), parts) if word),
        waiting=states.get((one.id, "waiting"), 0),
        failed=states.get((one.id, "failed"), 0),
        taken_back=states.get((one.id, "taken_back"), 0),
    )
