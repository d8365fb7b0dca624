"""Who can be asked: mediators are entered and kept up to date by coordinators."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.errors import FieldProblem, Invalid, NotFound
from app.journey import announcing, history, running_out
from app.journey.answering import release_person
from app.journey.history import Actor
from app.journey.locks import lock_mediator, request_plan
from app.journey.telling import alerts
from app.journey.timing.clearances import validities
from app.links import Links
from app.models import (
    CLEARANCES,
    MODES,
    Absence,
    Availability,
    Channel,
    Consent,
    Exclusion,
    LinkKind,
    Mediator,
    MediatorStatus,
    Message,
    MessageStatus,
    PoolOwned,
    Skill,
)
from app.registry.mediator_data import DATES, LIMITS, MediatorChanges, MediatorData, check, check_all, data_of
from app.versions import refuse_other
from notifications.phone import normalise

CONSENT_VERSION: Final = "2026-11"
# so many are written by one statement a table
TOGETHER: Final = 1000


def register(
    session: Session,
    now: datetime,
    links: Links,
    data: MediatorData,
    actor: Actor,
    *,
    consented_at: datetime | None = None,
) -> Mediator:
    """Enter a mediator, with the links to their own pages and calendar. Raises Invalid.

    `consented_at` is when they agreed to be written to, where that was before now.
    """
    _refuse(check(session, data))
    mediator = _person(now, data)
    _replace_parts(mediator, data)
    mediator.consents = [Consent(**_consent(consented_at or now))]
    session.add(mediator)
    session.flush()
    for kind in (LinkKind.MEDIATOR, LinkKind.FEED):
        links.issue(session, now, kind, mediator)
    history.record(session, now, "mediator_added", actor, mediator=mediator, name=mediator.name)
    request_plan(session, now, "mediator", mediator.pool_id)
    return mediator


def register_all(
    session: Session,
    now: datetime,
    links: Links,
    data: Sequence[MediatorData],
    actor: Actor,
    progress: Callable[[int], None],
) -> Sequence[Mediator]:
    """Enter many at once, all or none, each with their links and line of history. Raises Invalid.

    `progress` is told how many there are so far.
    """
    _refuse(check_all(session, data))
    entered: list[Mediator] = []
    for start in range(0, len(data), TOGETHER):
        together = data[start : start + TOGETHER]
        made = [_person(now, one) for one in together]
        session.add_all(made)
        session.flush()
        _insert_parts(session, now, list(zip(made, together, strict=True)))
        links.issue_to_all(session, now, (LinkKind.MEDIATOR, LinkKind.FEED), made)
        for mediator in made:
            history.record(session, now, "mediator_added", actor, mediator=mediator, name=mediator.name)
        session.flush()
        entered += made
        progress(len(entered))
    if entered:
        request_plan(session, now, "mediator", entered[0].pool_id)
    return entered


def update(
    session: Session,
    now: datetime,
    links: Links,
    mediator_id: int,
    data: MediatorData,
    actor: Actor,
    *,
    seen: str | None = None,
) -> Mediator:
    """Replace what is known of a mediator; who pauses or leaves is not waited for.

    `seen` marks what whoever changes it had before their eyes. Raises Invalid, NotFound, ChangedMeanwhile.
    """
    mediator = session.scalar(select(Mediator).where(Mediator.id == mediator_id, Mediator.erased_at.is_(None)))
    if mediator is None:
        raise NotFound("mediator_not_found")
    refuse_other(seen, data_of(mediator))
    _refuse(check(session, data))
    reached_at = (mediator.phone, mediator.email)
    counted = set(validities(mediator, mediator.pool))
    for rows in (mediator.skills, mediator.availability, mediator.absences, mediator.exclusions):
        rows.clear()
    # the old rows must be gone before equal ones come
    session.flush()
    _fill(mediator, data)
    _replace_parts(mediator, data)
    session.flush()
    _forward(session, mediator)
    _trust_again(session, now, mediator, *reached_at)
    changed = counted - set(validities(mediator, mediator.pool))
    running_out.take_back(session, now, mediator, {one.kind for one in changed})
    if mediator.status is not MediatorStatus.ACTIVE:
        release_person(session, now, links, mediator, actor)
        announcing.take_back(session, now, mediator)
    if mediator.status is MediatorStatus.LEFT:
        running_out.take_back(session, now, mediator, CLEARANCES)
    history.record(session, now, "mediator_changed", actor, mediator=mediator, name=mediator.name)
    request_plan(session, now, "mediator", mediator.pool_id)
    return mediator


def change(
    session: Session,
    now: datetime,
    links: Links,
    mediator_id: int,
    changes: MediatorChanges,
    actor: Actor,
    *,
    seen: str,
) -> Mediator:
    """Replace some of what is known of a mediator, whatever else was changed meanwhile.

    `seen` marks, as version_of() a tuple in the order of `changes`, what of that was before somebody's eyes. Raises as
    update() does.
    """
    lock_mediator(session, mediator_id)
    before = data_of(session.get_one(Mediator, mediator_id))
    refuse_other(seen, tuple(getattr(before, name) for name in changes))
    return update(session, now, links, mediator_id, replace(before, **changes), actor)


def _person(now: datetime, data: MediatorData) -> Mediator:
    """A new row, without its parts."""
    mediator = Mediator(created_at=now)
    _fill(mediator, data)
    return mediator


def _insert_parts(session: Session, now: datetime, people: Sequence[tuple[Mediator, MediatorData]]) -> None:
    """Write what belongs to people who are there already, a statement a table; as objects it takes twice as long."""
    parts = [(one, _parts(data) | {Consent: [_consent(now)]}) for one, data in people]
    for kind in (Skill, Availability, Absence, Exclusion, Consent):
        rows = [{"pool_id": one.pool_id, "mediator_id": one.id, **values} for one, own in parts for values in own[kind]]
        if rows:
            session.execute(insert(kind), rows)


def _forward(session: Session, mediator: Mediator) -> None:
    """What waits for this person goes to the number and address they have now."""
    waiting = select(Message).where(Message.mediator_id == mediator.id, Message.status == MessageStatus.QUEUED)
    for message in session.scalars(waiting.with_for_update(of=Message)):
        now_at = mediator.email if message.channel is Channel.EMAIL else mediator.phone
        message.recipient = now_at or message.recipient


def _trust_again(session: Session, now: datetime, mediator: Mediator, phone: str, email: str) -> None:
    """With another number or address, what was said of the old one is over."""
    if mediator.phone != phone:
        mediator.phone_trouble = None
        alerts.settle(session, now, mediator.pool_id, f"number_wrong:mediator:{mediator.id}")
    if mediator.email != email:
        alerts.settle(session, now, mediator.pool_id, f"address_wrong:mediator:{mediator.id}")


def _refuse(problems: list[FieldProblem]) -> None:
    if problems:
        raise Invalid(problems)


def _fill(mediator: Mediator, data: MediatorData) -> None:
    mediator.name = data.name.strip()
    mediator.phone = normalise(data.phone)
    mediator.email = data.email.strip()
    mediator.gender = data.gender
    mediator.status = MediatorStatus(data.status)
    mediator.locale = data.locale
    mediator.home_lat, mediator.home_lon = data.home or (None, None)
    mediator.home_district = data.home_district.strip()
    mediator.modes = [mode for mode in MODES if mode in data.modes]
    mediator.excluded_topics = list(data.excluded_topics)
    mediator.urgent_opt_in = data.urgent_opt_in
    mediator.text_from_minute, mediator.text_until_minute = data.text_from, data.text_until
    mediator.text_weekends = data.text_weekends
    mediator.prefers_calls = data.prefers_calls
    for name in (*LIMITS, *DATES):
        setattr(mediator, name, getattr(data, name))


def _replace_parts(mediator: Mediator, data: MediatorData) -> None:
    parts = _parts(data)
    mediator.skills = [Skill(**one) for one in parts[Skill]]
    mediator.availability = [Availability(**one) for one in parts[Availability]]
    mediator.absences = [Absence(**one) for one in parts[Absence]]
    mediator.exclusions = [Exclusion(**one) for one in parts[Exclusion]]


def _parts(data: MediatorData) -> dict[type[PoolOwned], list[dict[str, object]]]:
    """Kind of row -> the values of those that belong to a mediator."""
    return {
        Skill: [{"language": language, "level": level} for language, level in data.skills],
        Availability: [
            {"weekday": weekday, "starts_minute": starts, "ends_minute": ends}
            for weekday, starts, ends in data.availability
        ],
        Absence: [{"first_day": first, "last_day": last} for first, last in data.absences],
        Exclusion: [{"organisation_id": one} for one in data.excluded_organisations],
    }


def _consent(now: datetime) -> dict[str, object]:
    return {"kind": "sms", "version": CONSENT_VERSION, "given_at": now}
