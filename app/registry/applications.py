"""Who wants to become a mediator: they apply or are invited, and confirm by codes."""

import hmac
import re
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import FieldProblem, Invalid
from app.journey import history
from app.journey.history import Actor
from app.journey.own_links import Reached
from app.legible import is_one_line, says_something
from app.links import Links
from app.models import Application, ApplicationState, Channel
from app.registry.application_data import ApplicationData, check
from app.registry.application_letters import CODES_HELP, send_code, send_invitation
from app.registry.application_rows import WAYS, held, names_there
from app.registry.mediator_data import TEXT_LIMITS, MediatorData, check_values
from notifications.phone import normalise

MOST_TRIES: Final = 5
# how long after each sending the next one may be asked for; then no more are sent
WAITS: Final = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
UNCONFIRMED_KEPT: Final = timedelta(days=1)
INVITATION_KEPT: Final = timedelta(days=14)
_BETWEEN_DIGITS: Final = re.compile(r"[\s-]")


def apply(
    session: Session,
    now: datetime,
    links: Links,
    data: ApplicationData,
    *,
    form_hash: str | None = None,
    silent: Collection[Channel] = (),
) -> Application:
    """Take an application and send its codes, but by none of the `silent` ways. Raises Invalid.

    `form_hash` tells forms apart: sent twice, one gives the application that it has led to already.
    """
    known = session.scalar(select(Application).where(Application.form_hash == form_hash)) if form_hash else None
    if known is not None:
        return known
    _refuse(check(data))
    application = Application(
        state=ApplicationState.PENDING, created_at=now, form_hash=form_hash, phone_tries=0, email_tries=0, codes_sent=0
    )
    _write(application, now, data)
    links.open_application(session, application)
    _send_codes(session, now, links, application, silent)
    return application


def invite(
    session: Session, now: datetime, links: Links, name: str, to: Reached | None, actor: Actor, *, locale: str = "de"
) -> Application:
    """Send somebody the link by which they can come. Raises Invalid, which names who is reached there already."""
    _refuse([*_check_invitation(name, to)])
    application = Application(
        state=ApplicationState.INVITED,
        created_at=now,
        expires_at=now + INVITATION_KEPT,
        name=name.strip(),
        phone=to.at if to and to.channel is Channel.SMS else "",
        email=to.at if to and to.channel is Channel.EMAIL else "",
        locale=locale,
    )
    if names := names_there(session, application):
        _refuse([FieldProblem("reach", "already_mediator", {"names": names})])
    links.open_application(session, application)
    send_invitation(session, now, links, application)
    # without a name: it is forgotten with the invitation
    history.record(session, now, "mediator_invited", actor)
    return application


def _check_invitation(name: str, to: Reached | None) -> Collection[FieldProblem]:
    found = [] if to else [FieldProblem("reach", "required")]
    most = TEXT_LIMITS["name"]
    if not says_something(name):
        found.append(FieldProblem("name", "required"))
    elif not is_one_line(name):
        found.append(FieldProblem("name", "one_line"))
    elif len(name) > most:
        found.append(FieldProblem("name", "too_long", {"most": most, "is": len(name)}))
    return found


def take_up(
    session: Session,
    now: datetime,
    links: Links,
    application_id: int,
    data: ApplicationData,
    *,
    silent: Collection[Channel] = (),
) -> None:
    """Fill in an invitation; the way by which it came counts as confirmed. Sent twice it changes nothing.

    Raises Invalid, NotFound.
    """
    application = held(session, application_id)
    if application.state is not ApplicationState.INVITED:
        return
    _refuse(check(data))
    came_to = (application.phone, application.email)
    _write(application, now, data)
    if application.phone == came_to[0]:
        application.phone_confirmed_at = now
    if application.email.lower() == came_to[1].lower():
        application.email_confirmed_at = now
    application.advance(ApplicationState.PENDING)
    _send_codes(session, now, links, application, silent)


def _write(application: Application, now: datetime, data: ApplicationData) -> None:
    application.name = data.name.strip()
    application.phone = normalise(data.phone)
    application.email = data.email.strip()
    application.locale = data.locale
    application.skills = [list(one) for one in data.skills]
    application.modes = list(data.modes)
    application.place = data.place.strip()
    application.consented_at = now
    application.expires_at = now + UNCONFIRMED_KEPT


def unconfirmed(application: Application) -> list[Channel]:
    """The ways whose codes are still wanted."""
    done = {Channel.SMS: application.phone_confirmed_at, Channel.EMAIL: application.email_confirmed_at}
    return [one for one in WAYS if done[one] is None]


def codes_again_at(application: Application) -> datetime | None:
    """From when on new codes may be asked for; None if no more are sent."""
    if application.codes_at is None or application.codes_sent > len(WAITS):
        return None
    return application.codes_at + WAITS[application.codes_sent - 1]


def is_time_for_codes(application: Application, now: datetime) -> bool:
    """Whether new codes may be asked for."""
    again = codes_again_at(application)
    return application.state is ApplicationState.PENDING and again is not None and again <= now


def check_reach(phone: str, email: str) -> None:
    """Refuse a number or an address that nothing can be sent to. Raises Invalid."""
    _refuse([one for one in check_values(MediatorData("-", phone, email)) if one.field in {"phone", "email"}])


def send_codes_again(
    session: Session,
    now: datetime,
    links: Links,
    application_id: int,
    *,
    phone: str,
    email: str,
    silent: Collection[Channel] = (),
) -> bool:
    """Send new codes, which end the old ones, to what is not confirmed yet and may have been corrected.

    False, doing nothing, before it is time. Raises Invalid, NotFound.
    """
    check_reach(phone, email)
    application = held(session, application_id)
    if not is_time_for_codes(application, now):
        return False
    if application.phone_confirmed_at is None:
        application.phone = normalise(phone)
    if application.email_confirmed_at is None:
        application.email = email.strip()
    _send_codes(session, now, links, application, silent)
    return True


def _send_codes(
    session: Session, now: datetime, links: Links, application: Application, silent: Collection[Channel]
) -> None:
    application.codes_sent += 1
    application.codes_at = now
    application.phone_tries = application.email_tries = 0
    for channel in unconfirmed(application):
        if channel not in silent:
            send_code(session, now, links, application, channel)


def enter_codes(
    session: Session, now: datetime, links: Links, application_id: int, typed: Mapping[Channel, str]
) -> Mapping[Channel, str]:
    """Take codes as they were typed, empty ones are left for later; gives what is wrong with them. Raises NotFound.

    A way is `code_wrong`, `code_spent` (after five wrong ones) or `code_over` (ten minutes after they were sent).
    """
    application = held(session, application_id)
    if application.state is not ApplicationState.PENDING:
        return {}
    given = {one: typed[one] for one in unconfirmed(application) if typed.get(one)}
    found = {one: _try(now, links, application, one, text) for one, text in given.items()}
    if not unconfirmed(application):
        application.advance(ApplicationState.CONFIRMED)
        application.confirmed_at, application.expires_at = now, None
    return {one: problem for one, problem in found.items() if problem}


def _try(now: datetime, links: Links, application: Application, channel: Channel, typed: str) -> str:
    prefix = "email" if channel is Channel.EMAIL else "phone"
    tries: int = getattr(application, f"{prefix}_tries")
    if tries >= MOST_TRIES:
        return "code_spent"
    if application.codes_at is None or now >= application.codes_at + CODES_HELP:
        return "code_over"
    wanted = links.code(application, channel)
    if hmac.compare_digest(wanted.encode(), _BETWEEN_DIGITS.sub("", typed).encode()):
        setattr(application, f"{prefix}_confirmed_at", now)
        return ""
    setattr(application, f"{prefix}_tries", tries + 1)
    return "code_spent" if tries + 1 >= MOST_TRIES else "code_wrong"


def _refuse(problems: Collection[FieldProblem]) -> None:
    if problems:
        raise Invalid([*problems])
