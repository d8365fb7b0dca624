"""What the forms offer to choose from, with its words."""

from collections.abc import Iterable, Sequence

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.journey.request import Place
from app.journey.timing.series_days import RHYTHMS
from app.models import Appointment, AppointmentStatus, Organisation, Site, languages
from app.models.topics import topic_name, topics
from app.web.pages import locale

DURATIONS = (30, 60, 90, 120)
OTHER = "other"
AS_IS = "as_is"
ELSEWHERE = "elsewhere"
EITHER = "either"
RECENT = 3


def recent_languages(session: Session, organisation: Organisation) -> list[tuple[str, str]]:
    """(code, name) of the last languages this organisation asked for, newest first."""
    codes = session.scalars(
        select(Appointment.language)
        .where(
            Appointment.organisation_id == organisation.id,
            # what ended with nobody is not held out again with one tap
            Appointment.status != AppointmentStatus.UNFILLED,
        )
        .order_by(Appointment.created_at.desc(), Appointment.id.desc())
        .limit(50)
    )
    return [(code, languages.name(code, locale())) for code in list(dict.fromkeys(codes))[:RECENT]]


def duration_choices() -> list[tuple[str, str]]:
    """The usual durations, and another one."""
    usual = [(str(one), _("staff.duration.minutes", minutes=one)) for one in DURATIONS]
    return [*usual, (OTHER, _("staff.duration.other"))]


def place_choices(sites: Iterable[Site], present: Place | None = None) -> list[tuple[str, str]]:
    """The organisation's sites, any address, telephone and video; `present` adds the place an appointment has now."""
    on_site = [(f"site:{one.id}", _on_site(one.name, one.street)) for one in sites]
    if present is not None:
        on_site.insert(0, (AS_IS, _on_site(present.name, present.address)))
    elsewhere = (ELSEWHERE, _("staff.mode.elsewhere"))
    return [*on_site, elsewhere, ("phone", _("staff.mode.phone")), ("video", _("staff.mode.video"))]


def _on_site(name: str, street: str) -> str:
    return str(_("staff.mode.on_site_at", place=", ".join(part for part in (name, street) if part)))


def chosen_site(sites: Sequence[Site], value: str) -> Site | None:
    """The site a radio button stands for; None for everything else."""
    return next((one for one in sites if f"site:{one.id}" == value), None)


def member_choices() -> list[tuple[str, str]]:
    """Which of the languages that one word stands for: each of them, or either."""
    members = [code for one in languages.languages() for code in one.members]
    return [*((code, languages.name(code, locale())) for code in members), (EITHER, _("staff.member.either"))]


def topic_choices() -> list[tuple[str, str]]:
    """What it is about, in the order of the table."""
    return [("", _("staff.choose")), *((code, topic_name(code, locale())) for code in topics())]


def rhythm_choices() -> list[tuple[str, str]]:
    """Once, or how the dates of a series follow one another."""
    return [("", _("series.rhythm.single")), *((one, _(f"series.rhythm.{one}")) for one in RHYTHMS)]


def gender_choices() -> list[tuple[str, str]]:
    """Whom the client would rather speak through."""
    return [("", _("staff.gender.any")), ("f", _("staff.gender.f")), ("m", _("staff.gender.m"))]
