"""A month of a pool: placing each request at once covers as much as planning everything anew at each request."""

import random
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import JourneyError
from app.journey import matching
from app.journey.matching import Snapshot
from app.models import Assignment, AssignmentState, Offer, OfferStatus
from app.worker import jobs, placing
from tests.conftest import application, migrated
from tests.soak.busy_towns import any_language, fill
from tests.soak.conftest import Figures
from tests.soak.scale import SOAK, scaled
from tests.world import World

PEOPLE, REQUESTS, DAYS = scaled(12, 40), scaled(6, 400), scaled(1, 30)
# days ahead at most
AHEAD = scaled(2, 14)
STEP = timedelta(minutes=scaled(60, 30))
MONDAY = datetime(2026, 11, 2, 7, 0, tzinfo=UTC)
WITHIN = 0.01


@dataclass(frozen=True)
class Wanted:
    """A request: when it comes in, and for when."""

    number: int
    arrives: datetime
    starts: datetime
    language: str


def month(now: datetime) -> list[Wanted]:
    """What is requested, most of it for the busy hours of the morning, a day to two weeks ahead."""
    dice = random.Random(20261125)
    found = []
    for number in range(REQUESTS):
        day = dice.randrange(DAYS)
        arrives = now + timedelta(days=day, minutes=30 * dice.randrange(18))
        ahead = min(AHEAD, 1 + int(dice.expovariate(0.25)))
        starts = now + timedelta(days=day + ahead, hours=dice.choice((1, 1, 2, 2, 3, 3, 5, 7)))
        found.append(Wanted(number, arrives, starts, any_language(dice)))
    return sorted(found, key=lambda one: (one.arrives, one.number))


@pytest.mark.soak
@pytest.mark.thorough
def test_placing_at_once_covers_as_much_as_planning_everything_anew(tmp_path: Path, figures: Figures) -> None:
    covered = {}
    for name, prepare in (("at once", None), ("everything anew", _anew), ("first come, first served", _first_come)):
        with pytest.MonkeyPatch.context() as patch:
            if prepare:
                prepare(patch)
            covered[name] = _covered(f"sqlite:///{tmp_path / name.replace(' ', '-')}.sqlite3")
        figures(f"covered, {name}", f"{covered[name]} of {REQUESTS}")
    assert covered["at once"] > 0
    if SOAK:
        assert covered["at once"] >= (1 - WITHIN) * covered["everything anew"]


def _anew(patch: pytest.MonkeyPatch) -> None:
    """Each request is a reason to plan the whole pool at once, and nothing else."""
    patch.setattr(placing, "_place", lambda worker, claim: placing.leave_to_plan(worker, claim, claim.appointments))


def _first_come(patch: pytest.MonkeyPatch) -> None:
    """Each request takes whom it likes best of those who are free, whoever else may want them."""
    around = matching.snapshots_around

    def alone(session: Session, now: datetime, sought: Mapping[int, Collection[int]]) -> dict[int, Snapshot]:
        found = around(session, now, sought)
        return {pool: _without_others(one, {str(own) for own in sought[pool]}) for pool, one in found.items()}

    patch.setattr(matching, "snapshots_around", alone)
    patch.setattr(jobs, "JOBS", tuple(job for job in jobs.JOBS if job.run.__name__ not in {"plan", "wish_for_plans"}))


def _without_others(taken: Snapshot, wanted: Collection[str]) -> Snapshot:
    kept = tuple(one for one in taken.problem.appointments if one.id in wanted or one.candidates is not None)
    return replace(taken, problem=replace(taken.problem, appointments=kept))


def _covered(address: str) -> int:
    """How many appointments of the month end with somebody."""
    migrated(address)
    with application(address) as app:
        world = World.build(app, MONDAY)
        fill(world, random.Random(1), people=PEOPLE, searching=0)
        coming = month(world.now)
        ends = world.now + timedelta(days=DAYS + AHEAD + 1)
        answers: dict[int, tuple[datetime, str]] = {}
        keys: dict[int, int] = {}
        while world.now < ends:
            while coming and coming[0].arrives <= world.now:
                one = coming.pop(0)
                keys[world.appointment(one.language, one.starts)] = one.number
            jobs.run_once(world.worker)
            _answer(world, keys, answers)
            world.now += STEP if 6 <= world.now.hour < 17 else timedelta(hours=1)
        with world.change() as session:
            seats = select(func.count(func.distinct(Assignment.appointment_id)))
            return session.scalar(seats.where(Assignment.state == AssignmentState.ACTIVE)) or 0


def _answer(world: World, keys: dict[int, int], answers: dict[int, tuple[datetime, str]]) -> None:
    """Everybody answers as they would in any of the three months: by person and request, not by who was asked when."""
    with world.change() as session:
        out = session.execute(
            select(Offer.id, Offer.appointment_id, Offer.mediator_id).where(Offer.status == OfferStatus.SENT)
        ).all()
    for offer, appointment, mediator in out:
        if offer not in answers:
            dice = random.Random(f"{keys[appointment]}:{mediator}")
            answers[offer] = (
                world.now + timedelta(minutes=dice.choice((5, 30, 60, 120, 300))),
                dice.choices(("yes", "no", "silence"), (6, 3, 1))[0],
            )
        due, answer = answers[offer]
        act: dict[str, Callable[[int, int], None]] = {"yes": world.accept, "no": world.decline}
        if due <= world.now and answer in act:
            try:
                act[answer](appointment, mediator)
            except JourneyError:
                continue  # somebody else was faster, or they are taken
