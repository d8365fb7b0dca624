"""/m/<token>/record: what they were there for, a certificate of it, and all that is kept of them, to take along."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from flask import Response, g, render_template, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.access import Rule, allow
from app.insight.service_record import Given, given_in, talks
from app.models import Assignment, Mediator, Pool, languages
from app.privacy.record import record
from app.web.mediator.blueprint import pages
from app.web.mediator.opening import opened_own, way_back
from app.web.pages import error_page, locale
from app.web.when import When

# certificates are read by authorities
OF_AUTHORITIES = "de"


@dataclass(frozen=True)
class Talk:
    """One of them in a line."""

    when: str
    language: str
    organisation: str


@dataclass(frozen=True)
class Year:
    """A year's talks, the latest first, how much that was, and where its certificate is."""

    number: int
    given: Given
    talks: list[Talk]
    certificate_url: str


@pages.get("/m/<token>/record")
@allow(Rule.LINK)
def own_record(token: str) -> str | tuple[str, int]:
    """All years, the latest first."""
    link = opened_own(token)
    if link is None:
        return way_back()
    rows = link.rows()
    mediator, when = rows.get_one(Mediator, link.mediator_id), When.of(rows.get_one(Pool, link.pool_id).timezone, g.now)
    return render_template(
        "mediator/record.html",
        years=_years(rows, mediator, when, token),
        data_url=url_for("mediator.own_data", token=token),
        own_token=token,
    )


@pages.get("/m/<token>/record/<int:year>")
@allow(Rule.LINK)
def certificate(token: str, year: int) -> str | tuple[str, int]:
    """One year's certificate, to print and have signed; 404 for a year in which there was nothing."""
    link = opened_own(token)
    if link is None:
        return way_back()
    rows = link.rows()
    mediator, pool = rows.get_one(Mediator, link.mediator_id), rows.get_one(Pool, link.pool_id)
    when = When.of(pool.timezone, g.now)
    given = given_in(rows, mediator, year, g.now) if year in _begun(rows, mediator, when) else Given(0, 0)
    if given.talks == 0:
        return error_page("error_page.404", 404, way=(url_for("mediator.own_record", token=token), _("record.title")))
    spoken = [languages.name(one.language, OF_AUTHORITIES) for one in mediator.skills]
    with force_locale(OF_AUTHORITIES):
        return render_template(
            "certificate.html",
            name=mediator.name,
            pool=pool,
            given=given,
            spoken=", ".join(spoken),
            year=year,
            is_over=year < when.local(g.now).year,
            today=when.brief(g.now),
            back_url=url_for("mediator.own_record", token=token),
        )


@pages.get("/m/<token>/data")
@allow(Rule.LINK)
def own_data(token: str) -> Response | tuple[str, int]:
    """All that is kept of them, as a file."""
    link = opened_own(token)
    if link is None:
        return way_back()
    rows = link.rows()
    kept = record(rows, g.now, rows.get_one(Mediator, link.mediator_id))
    answer = Response(json.dumps(kept, ensure_ascii=False, indent=2), mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="{_("data.file")}.json"'
    return answer


def _begun(rows: Session, mediator: Mediator, when: When) -> list[int]:
    """The years in which something was, the latest first."""
    return sorted({when.local(one.starts_at).year for one in talks(rows, mediator, g.now)}, reverse=True)


def _years(rows: Session, mediator: Mediator, when: When, token: str) -> list[Year]:
    by_year = groupby(talks(rows, mediator, g.now), key=lambda one: when.local(one.starts_at).year)
    return [
        Year(
            number,
            given_in(rows, mediator, number, g.now),
            _lines(list(those), when),
            url_for("mediator.certificate", token=token, year=number),
        )
        for number, those in by_year
    ]


def _lines(those: Sequence[Assignment], when: When) -> list[Talk]:
    return [
        Talk(
            when.span(one.starts_at, one.ends_at),
            languages.name(one.language, locale()),
            one.appointment.organisation.name,
        )
        for one in those
    ]
