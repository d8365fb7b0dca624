"""A pool's own rules: its name and senders, when and how often people are asked, and how long ways take."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.addresses import is_email
from app.errors import FieldProblem, Invalid
from app.journey import history
from app.journey.history import Actor
from app.journey.locks import request_plan
from app.legible import is_one_line, says_something
from app.models import CLEARANCES, LEVELS, RUNGS, Pool, Role
from app.models.topics import topics
from app.versions import refuse_other

WRITTEN_BY: Final = Role.ADMIN
LIMITS: Final[Mapping[str, int]] = {"name": 120, "email": 254, "phone": 40}
# as people write it on paper: 02521 29-1234, +49 (0) 2521 29 12 34
PHONE: Final = re.compile(r"\+?[\d ()/.-]*\d[\d ()/.-]*\d[\d ()/.-]*\d[\d ()/.-]*")
# field -> least and most
RANGES: Final[Mapping[str, tuple[float, float]]] = {
    "fill_target": (50, 99),
    "max_texts_per_day": (1, 20),
    "text_pause_minutes": (0, 240),
    "base_travel_minutes": (0, 60),
    "max_travel_minutes": (5, 240),
    "minutes_per_km": (0.5, 10),
}

# the same for those that may be left open
MONTHS: Final[Mapping[str, tuple[int, int]]] = {f"{kind}_months": (1, 120) for kind in CLEARANCES}


@dataclass(frozen=True)
class PoolRules:
    """The rules in plain values, as somebody may have typed them, named as the columns of Pool."""

    name: str
    email: str
    phone: str
    min_level: str | None
    fill_target: int
    max_texts_per_day: int
    text_pause_minutes: int
    text_from_minute: int
    text_until_minute: int
    text_weekends: bool
    reconfirm: bool
    takes_applications: bool
    training_required: bool
    training_months: int | None
    confidentiality_required: bool
    confidentiality_months: int | None
    conduct_required: bool
    conduct_months: int | None
    membership_required: bool
    membership_months: int | None
    minutes_per_km: float
    base_travel_minutes: int
    max_travel_minutes: int
    # rung of the fallback ladder -> topics for which it is never tried; only those that forbid something
    forbidden_fallbacks: Mapping[str, list[str]]


def rules_of(pool: Pool) -> PoolRules:
    """The rules as they stand."""
    return PoolRules(**{one.name: getattr(pool, one.name) for one in fields(PoolRules)})


def change(
    session: Session, now: datetime, pool_id: int, rules: PoolRules, actor: Actor, *, seen: str | None = None
) -> Pool:
    """Replace the rules and plan anew by them; nothing happens where nothing has changed.

    `seen` marks what whoever changes them had before their eyes. Raises Invalid, ChangedMeanwhile.
    """
    problems = list(check(rules))
    if problems:
        raise Invalid(problems)
    pool = session.execute(select(Pool).where(Pool.id == pool_id).with_for_update(key_share=True)).scalar_one()
    before = rules_of(pool)
    refuse_other(seen, before)
    changed = [one.name for one in fields(PoolRules) if getattr(rules, one.name) != getattr(before, one.name)]
    for name in changed:
        setattr(pool, name, getattr(rules, name))
    if changed:
        history.record(session, now, "pool_rules_changed", actor, fields=changed)
        request_plan(session, now, "settings", pool_id)
    return pool


def check(rules: PoolRules) -> Iterable[FieldProblem]:
    """Everything that is wrong, field by field."""
    yield from _check_texts(rules)
    if rules.email.strip() and not is_email(rules.email):
        yield FieldProblem("email", "email")
    if rules.min_level is not None and rules.min_level not in LEVELS:
        yield FieldProblem("min_level", "unknown_choice", {"value": rules.min_level, "choices": ", ".join(LEVELS)})
    for name, (least, most) in {**RANGES, **MONTHS}.items():
        value = getattr(rules, name)
        if not (value is None and name in MONTHS) and not least <= value <= most:
            yield FieldProblem(name, "out_of_range", {"least": least, "most": most})
    for rung, forbidden in rules.forbidden_fallbacks.items():
        for value, choices in ((rung, RUNGS), *((topic, topics()) for topic in forbidden)):
            if value not in choices:
                said = {"value": value, "choices": ", ".join(choices)}
                yield FieldProblem(f"forbidden_{rung}", "unknown_choice", said)
    if not 0 <= rules.text_from_minute < rules.text_until_minute <= 24 * 60:
        yield FieldProblem("text_until_minute", "ends_before_start")


def _check_texts(rules: PoolRules) -> Iterable[FieldProblem]:
    for name, longest in LIMITS.items():
        value: str = getattr(rules, name)
        if len(value) > longest:
            yield FieldProblem(name, "too_long", {"most": longest, "is": len(value)})
        elif name != "phone" and not says_something(value):
            yield FieldProblem(name, "required")
        elif not is_one_line(value):
            yield FieldProblem(name, "one_line")
    if rules.phone.strip() and not PHONE.fullmatch(rules.phone.strip()):
        yield FieldProblem("phone", "phone_shape")
