"""Who may do what: the one place where roles and pools are enforced, for pages and API alike.

Every view says its rule with @allow; a request to a view without one is refused, and a test walks the URL map.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from flask import Flask, abort, current_app, g, request
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.journey import answering
from app.journey.history import Actor
from app.models import Appointment, Assignment, Role
from app.transaction import reading, transaction

View = TypeVar("View", bound=Callable[..., Any])
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Rule(StrEnum):
    """What opens a view: nothing, a personal link, a provider's signature, or a role; higher include lower."""

    PUBLIC = "public"
    LINK = "link"
    SIGNED = "signed"
    STAFF = "staff"
    COORDINATOR = "coordinator"
    ADMIN = "admin"


ROLES: dict[Rule, frozenset[Role]] = {
    Rule.STAFF: frozenset(Role),
    Rule.COORDINATOR: frozenset({Role.COORDINATOR, Role.ADMIN}),
    Rule.ADMIN: frozenset({Role.ADMIN}),
}


@dataclass(frozen=True)
class Principal:
    """Who is asking, however they proved it."""

    pool_id: int
    role: Role
    actor: Actor
    organisation_id: int | None
    name: str
    locale: str = "de"

    @property
    def coordinates(self) -> bool:
        """Whether they see the whole pool, not only their organisation."""
        return self.role in ROLES[Rule.COORDINATOR]


def allow(rule: Rule) -> Callable[[View], View]:
    """Put a rule on a view, or on a method of a view class."""

    def mark(view: View) -> View:
        view.access_rule = rule  # type: ignore[attr-defined]
        return view

    return mark


def rule_of(app: Flask, endpoint: str, method: str) -> Rule | None:
    """The rule of a view; None if it has none, which keeps everybody out."""
    view = app.view_functions[endpoint]
    view_class = getattr(view, "view_class", None)
    if view_class is not None:
        view = getattr(view_class, ("get" if method == "HEAD" else method.lower()), None) or view_class
    rule = getattr(view, "access_rule", None)
    return rule if isinstance(rule, Rule) else None


def unattended(view: View) -> View:
    """Mark a view that an open page asks for by itself, again and again: it is no sign that somebody is there."""
    view.is_unattended = True  # type: ignore[attr-defined]
    return view


def aside(view: View) -> View:
    """Mark what is fetched beside a form that somebody fills in: it leads nobody away from there."""
    view.is_aside = True  # type: ignore[attr-defined]
    return view


def is_aside(app: Flask, endpoint: str | None) -> bool:
    """Whether this is fetched beside a form."""
    return endpoint is not None and bool(getattr(app.view_functions[endpoint], "is_aside", False))


def is_unattended(app: Flask, endpoint: str) -> bool:
    """Whether pages ask for this view by themselves."""
    return bool(getattr(app.view_functions[endpoint], "is_unattended", False))


def takes(most: int) -> Callable[[View], View]:
    """Let a view be sent more than others, such as files: so many bytes."""

    def mark(view: View) -> View:
        view.most_bytes = most  # type: ignore[attr-defined]
        return view

    return mark


def most_bytes(app: Flask, endpoint: str | None) -> int | None:
    """How much a view may be sent, where that is more than elsewhere."""
    found = getattr(app.view_functions.get(endpoint or ""), "most_bytes", None)
    return found if isinstance(found, int) else None


def enforce(principal: Principal | None) -> None:
    """Let the present request pass or abort it: 401 for nobody, 403 for the wrong role or a view without a rule."""
    g.principal = principal
    if request.endpoint is None or request.method == "OPTIONS":
        return  # no such page: Flask answers itself
    rule = rule_of(current_app, request.endpoint, request.method)
    if rule is None:
        abort(403)
    if rule in ROLES:
        if principal is None:
            abort(401)
        if principal.role not in ROLES[rule]:
            abort(403)


def principal() -> Principal:
    """Who is asking; only for views whose rule is a role."""
    found: Principal | None = g.get("principal")
    if found is None:
        abort(401)
    return found


def session() -> Session:
    """A session bound to the pool of whoever asks, that can only read."""
    return reading(principal().pool_id)


def change() -> AbstractContextManager[Session]:
    """A transaction bound to the pool of whoever asks: `with access.change() as session:`."""
    return transaction(principal().pool_id)


def visible_appointments(who: Principal) -> Select[Appointment]:
    """Staff see what their organisation requested, coordinators everything of the pool."""
    statement = select(Appointment)
    if not who.coordinates:
        statement = statement.where(Appointment.organisation_id == who.organisation_id)
    return statement


def visible_appointment(session: Session, who: Principal, appointment_id: int) -> Appointment:
    """One of them; raises NotFound for one that is not theirs, as if it did not exist."""
    found = session.scalar(visible_appointments(who).where(Appointment.id == appointment_id))
    if found is None:
        raise NotFound("appointment_not_found")
    return found


def phone_of(who: Principal, assignment: Assignment, now: datetime) -> str | None:
    """The number of whoever has agreed to come, for those who may call them; None for everybody else.

    Coordinators may at any time. Staff may from when the yes stands until it is over: not who handed it back, was
    cancelled, or came last year.
    """
    coming = assignment.ends_at > now and assignment in answering.settled(assignment.appointment, now)
    return assignment.mediator.phone if who.coordinates or coming else None
