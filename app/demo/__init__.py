"""The demo pools: invented people, figures of real pools, always relative to today."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import passwords
from app.demo import demand, places, supply
from app.demo.calendar_days import Around
from app.demo.data import settings
from app.demo.eligibility import Fitting
from app.demo.lifecycle import Setting
from app.demo.past import Past
from app.demo.people import Names
from app.journey.history import Actor
from app.journey.timing import learning
from app.links import Links
from app.models import ActorKind, PlanRun, PlanRunStatus, Pool
from app.transaction import transaction
from notifications.phone import fictional_mobiles

PASSWORD: Final = "demo-demo-demo-demo"  # noqa: S105 - published in the manual, for invented data alone
SEED: Final = 5
# The past is invented hour by hour as it comes; what would have waited for the morning is not told apart.
PLAYED_AT_ANY_HOUR: Final[dict[str, Any]] = {
    "text_from_minute": 0,
    "text_until_minute": 24 * 60,
    "text_weekends": True,
    "text_pause_minutes": 0,
    "max_texts_per_day": 1000,
}


def load(links: Links, now: datetime, *, progress: Callable[[str], None]) -> None:
    """Fill an empty database with the demo pools: `<role>@<key>.example` logs in with the password above."""
    now = now.replace(microsecond=0)
    numbers = fictional_mobiles()
    names = Names(Random(SEED))  # noqa: S311 - a demo, no secret
    password_hash = passwords.hashed(PASSWORD)
    for index, known in enumerate(settings("pools")["pool"]):
        rng = Random(SEED + index + 10 * Around(now).today.toordinal())  # noqa: S311 - the same
        with transaction(None) as session:
            pool = Pool(
                key=known["key"],
                name=known["name"],
                email=f"sprachmittlerpool@{known['key']}.example",
                phone=next(numbers),
                is_demo=True,
                takes_applications=True,
                created_at=now - timedelta(days=1000),
                **PLAYED_AT_ANY_HOUR,
            )
            session.add(pool)
            session.flush()
            pool_id = pool.id
        with transaction(pool_id) as session:
            done = _fill(session, now, links, rng, known, numbers, names, password_hash)
        progress(f"{known['name']}: {done}")


def _fill(
    session: Session,
    now: datetime,
    links: Links,
    rng: Random,
    known: dict[str, Any],
    numbers: Iterator[str],
    names: Names,
    password_hash: str,
) -> str:
    pool = session.execute(select(Pool).where(Pool.key == known["key"])).scalar_one()
    around = Around(now, pool.timezone)
    coordinator = places.leaders(session, now, pool, password_hash)
    offices = places.offices(session, now, pool, known["town"], known["postcode"], password_hash)
    for office in offices:
        office.organisation.phone = next(numbers)
    actor = Actor(ActorKind.ACCOUNT, coordinator.id)
    people = supply.mediators(session, now, links, rng, pool, offices, numbers, names, known["paused"], actor)
    fitting = Fitting.of(pool, around, people, [(one.site.lat, one.site.lon) for one in offices])
    scenes = settings("scenes")["scene"] if known["scenes"] else []
    needed = demand.Needed(known["appointments"], known["fresh"], fitting.spoken if known["only_spoken"] else None)
    drafts = demand.drafts(rng, around, needed, offices, fitting.able, scenes)
    Past(Setting(session, links, rng, fitting), now).play(drafts)
    _from_now_on(pool)
    learning.learn(lambda: nullcontext(session), now, pool.id)
    _plan_now(session, now)
    return f"{len(people)} mediators, {len(drafts)} appointments"


def _from_now_on(pool: Pool) -> None:
    """The rules of a new pool."""
    for name in PLAYED_AT_ANY_HOUR:
        setattr(pool, name, Pool.__table__.c[name].default.arg)


def _plan_now(session: Session, now: datetime) -> None:
    """Of all the wishes for a plan that came up on the way, one is left: for what is open now."""
    for run in session.scalars(select(PlanRun).where(PlanRun.status == PlanRunStatus.QUEUED)):
        run.trigger, run.requested_at, run.due_at = "requested", now, now
