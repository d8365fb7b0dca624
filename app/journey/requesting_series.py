"""Staff ask for a series: every date is a request of its own, and all are made in one transaction."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time
from itertools import pairwise

from sqlalchemy.orm import Session

from app.errors import FieldProblem, Invalid
from app.journey import confirming, leading, requesting
from app.journey.history import Actor
from app.journey.request import Request, check
from app.journey.timing.local_time import instant
from app.journey.timing.series_days import Day, Rule, days_of
from app.links import Links
from app.models import SEEKING, AppointmentStatus, Continuity, Organisation, Pool, Series, Site


def dates_of(wanted: Request, rule: Rule, clock: time, pool: Pool) -> list[tuple[Day, Request]]:
    """Each day of a series with the request for it, at the same time by the clock. Raises Invalid."""
    return [
        # a second choice is one of the first date; of a series it would mean nothing
        (one, replace(wanted, starts_at=instant(one.day, clock, pool.timezone, "time"), other_starts=()))
        for one in days_of(rule)
    ]


def refuse_wrong(
    session: Session, now: datetime, organisation: Organisation, dates: Sequence[tuple[Day, Request]], rule: Rule
) -> None:
    """Raise Invalid with all that stands in the way of a series; what is wrong with its days stands where it ends."""
    held = [wanted for one, wanted in dates if not one.omitted]
    requesting.refuse_wrong(session, now, organisation, held[0])
    if any(earlier.starts_at == later.starts_at for earlier, later in pairwise(held)):
        raise Invalid([FieldProblem("own_days", "twice")])
    end = "own_days" if rule.rhythm == "own" else "count" if rule.count is not None else "until"
    for wanted in (held[-1], *held):
        if problems := check(session, now, wanted):
            raise Invalid([replace(one, field=end) if one.field == "starts_at" else one for one in problems])


def request_series(
    session: Session,
    now: datetime,
    organisation: Organisation,
    dates: Sequence[tuple[Day, Request]],
    rule: Rule,
    continuity: Continuity,
    actor: Actor,
    *,
    site: Site | None = None,
    expected: float | None = None,
) -> Series:
    """Take a request for all dates that are not left out. Where the same person is wished for, the first one leads."""
    refuse_wrong(session, now, organisation, dates, rule)
    series = Series(organisation_id=organisation.id, rule=_shown(rule, dates), continuity=continuity, created_at=now)
    session.add(series)
    session.flush()
    made = []
    for one, wanted in dates:
        if one.omitted:
            continue
        appointment = requesting.request(session, now, organisation, wanted, actor, site=site, expected=expected)
        appointment.series_id = series.id
        made.append(appointment)
    if continuity is Continuity.PREFERRED:
        made[0].leads_series = True
        for appointment in made[1:]:
            leading.wait(now, appointment)
    session.flush()
    return series


def cancel_coming(session: Session, now: datetime, links: Links, series_id: int, actor: Actor) -> int:
    """Cancel every date that has not begun; each person is told of all of theirs at once. Gives how many there were."""
    open_or_filled = SEEKING | {AppointmentStatus.FILLED}
    dates = [
        one for one in leading.lock_series(session, series_id) if one.starts_at > now and one.status in open_or_filled
    ]
    if not dates:
        return 0
    for one in dates:
        requesting.void_questions(session, now, one)
        one.invite_sequence += 1
    confirming.announce_cancellations(session, now, links, dates)
    for one in dates:
        one.leads_series = False
        requesting.call_off(session, now, one, actor)
    return len(dates)


def _shown(rule: Rule, dates: Sequence[tuple[Day, Request]]) -> dict[str, object]:
    return {
        "rhythm": rule.rhythm,
        "omitted": [[one.day.isoformat(), one.omitted] for one, _ in dates if one.omitted],
    }
