"""Short ways to write a pool's past in tests."""

from dataclasses import replace
from datetime import date, timedelta

from scheduler.forecast.history import History, PastRequest
from scheduler.model.problem import Appointment
from scheduler.waves.acceptance import Acceptance
from tests.scheduler.build import MONDAY

WEEKS = 20
NOTHING = History(since=MONDAY - timedelta(weeks=WEEKS), acceptance=Acceptance.prior("Europe/Berlin"))


def weekly(
    wanted: Appointment, *, notice: timedelta = timedelta(days=2), filled: bool = True, weeks: int = WEEKS
) -> tuple[PastRequest, ...]:
    """The same request in each of the past weeks; `wanted` lies in the week to come."""
    found = []
    for number in range(1, weeks + 1):
        back = timedelta(weeks=number)
        held = replace(
            wanted, id=f"{wanted.id} {number}", starts=wanted.starts - back, ends=wanted.ends - back, fixed=(), asked=()
        )
        found.append(PastRequest(held, held.starts - notice, filled))
    return tuple(found)


def history(*requests: PastRequest, holidays: frozenset[date] = frozenset()) -> History:
    return replace(NOTHING, requests=requests, holidays=holidays)
