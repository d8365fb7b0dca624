"""Templates of an organisation: saved, renamed and deleted by its own staff."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import FieldProblem, Invalid, NotFound
from app.journey import history
from app.journey.history import Actor
from app.journey.request import LIMITS
from app.legible import is_one_line, says_something
from app.models import RequestTemplate, Role

WRITTEN_BY: Final = Role.STAFF
LONGEST_NAME: Final = 60
# more of them nobody finds anything in
MOST: Final = 50


@dataclass(frozen=True)
class TemplateData:
    """What is kept of a request, in plain values named as in RequestTemplate; an empty topic is chosen each time."""

    language: str
    duration_minutes: int
    mode: str
    topic: str = ""
    accepted_languages: tuple[str, ...] = ()
    fallback_languages: tuple[str, ...] = ()
    site_id: int | None = None
    place_name: str = ""
    place_address: str = ""
    gender: str | None = None
    mediators_needed: int = 1
    note: str = ""
    fallbacks: tuple[str, ...] = ()


def save(
    session: Session, now: datetime, organisation_id: int, name: str, data: TemplateData, actor: Actor
) -> RequestTemplate:
    """Keep a template; the same once more under the same name is the one that is there. Raises Invalid."""
    name = _checked(name)
    for field, text in (("note", data.note), ("place_name", data.place_name), ("place_address", data.place_address)):
        if len(text) > LIMITS[field]:
            raise Invalid([FieldProblem(field, "too_long", {"most": LIMITS[field], "is": len(text)})])
    values = {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(data).items()}
    of_name = (RequestTemplate.organisation_id == organisation_id, RequestTemplate.name == name)
    known = session.scalar(select(RequestTemplate).where(*of_name))
    if known is not None:
        if all(getattr(known, key) == value for key, value in values.items()):
            return known
        raise _taken(name)
    own = RequestTemplate.organisation_id == organisation_id
    if (session.scalar(select(func.count()).select_from(RequestTemplate).where(own)) or 0) >= MOST:
        raise Invalid([FieldProblem("template_name", "templates_most", {"most": MOST})])
    made = RequestTemplate(organisation_id=organisation_id, name=name, created_at=now, **values)
    session.add(made)
    _flush(session, name)
    history.record(session, now, "template_saved", actor, organisation_id=organisation_id, name=name)
    return made


def rename(session: Session, now: datetime, template_id: int, name: str, actor: Actor) -> RequestTemplate:
    """Give it another name. Raises Invalid, NotFound."""
    found, name = _held(session, template_id), _checked(name)
    if found.name != name:
        found.name = name
        _flush(session, name)
        history.record(session, now, "template_renamed", actor, organisation_id=found.organisation_id, name=name)
    return found


def delete(session: Session, now: datetime, template_id: int, actor: Actor) -> None:
    """Keep it no longer; what was asked for with it stays. Raises NotFound."""
    found = _held(session, template_id)
    history.record(session, now, "template_deleted", actor, organisation_id=found.organisation_id, name=found.name)
    session.delete(found)


def of_organisation(session: Session, organisation_id: int) -> Sequence[RequestTemplate]:
    """Those of one organisation, by name."""
    own = select(RequestTemplate).where(RequestTemplate.organisation_id == organisation_id)
    return session.scalars(own.order_by(RequestTemplate.name, RequestTemplate.id)).all()


def _held(session: Session, template_id: int) -> RequestTemplate:
    own = select(RequestTemplate).where(RequestTemplate.id == template_id)
    found = session.scalar(own.with_for_update(of=RequestTemplate))
    if found is None:
        raise NotFound("template_not_found")
    return found


def _checked(name: str) -> str:
    name = name.strip()
    problem = None
    if not says_something(name):
        problem = FieldProblem("template_name", "required")
    elif len(name) > LONGEST_NAME:
        problem = FieldProblem("template_name", "too_long", {"most": LONGEST_NAME, "is": len(name)})
    elif not is_one_line(name):
        problem = FieldProblem("template_name", "one_line")
    if problem is not None:
        raise Invalid([problem])
    return name


def _flush(session: Session, name: str) -> None:
    try:
        session.flush()
    except IntegrityError as error:
        # asked of the database alone: a name that was free a moment ago may be taken now
        raise _taken(name) from error


def _taken(name: str) -> Invalid:
    return Invalid([FieldProblem("template_name", "name_taken", {"value": name})])
