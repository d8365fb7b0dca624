"""What looks odd about a request, and what does not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.insight.sense_checks import Hint, Oddity, hints
from app.journey.request import Place, Request
from app.models import Organisation, Pool
from tests.world import TOWN_HALL, World

TUESDAY_TEN = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
MUNICH = Place("Rathaus", 48.137, 11.575)


def found(world: World, starts: datetime = TUESDAY_TEN, language: str = "kmr", **values: Any) -> list[Hint]:
    values.setdefault("place", TOWN_HALL)
    with world.change() as session:
        pool = session.get_one(Pool, world.pool_id)
        return hints(session, world.now, pool, world.organisation_id, Request(language, starts, **values))


def test_an_ordinary_request_is_asked_nothing(world: World) -> None:
    world.mediator("Amira", "kmr")
    assert found(world) == []


@pytest.mark.parametrize(
    ("starts", "oddities"),
    [
        (datetime(2026, 11, 29, 2, 0, tzinfo=UTC), [Oddity.DAY, Oddity.HOUR]),
        (datetime(2026, 12, 25, 9, 0, tzinfo=UTC), [Oddity.DAY]),
        (datetime(2026, 11, 24, 5, 59, tzinfo=UTC), [Oddity.HOUR]),
        (datetime(2026, 11, 24, 6, 0, tzinfo=UTC), []),
        (datetime(2026, 11, 24, 18, 0, tzinfo=UTC), []),
        (datetime(2026, 11, 24, 18, 15, tzinfo=UTC), [Oddity.HOUR]),
        (datetime(2026, 11, 24, 22, 30, tzinfo=UTC), [Oddity.HOUR]),
    ],
)
def test_nights_weekends_and_holidays(world: World, starts: datetime, oddities: list[Oddity]) -> None:
    assert [one.oddity for one in found(world, starts)] == oddities


def test_the_same_again_is_asked_about_while_it_is_open(world: World) -> None:
    first = world.appointment("kmr", TUESDAY_TEN)
    twice = [Hint(Oddity.TWICE, first)]
    assert found(world) == twice
    assert found(world, TUESDAY_TEN + timedelta(minutes=59)) == twice
    assert found(world, language="tur", accepted_languages=("kmr",)) == twice
    assert found(world, TUESDAY_TEN + timedelta(hours=1)) == []
    assert found(world, TUESDAY_TEN - timedelta(hours=1)) == []
    assert found(world, language="tur") == []
    world.cancel(first)
    assert found(world) == []


def test_another_organisations_request_is_none_of_ours(world: World) -> None:
    world.appointment("kmr", TUESDAY_TEN)
    with world.change() as session:
        other = Organisation(name="Jobcenter", email="jobcenter@beckum.example")
        session.add(other)
        session.flush()
        pool = session.get_one(Pool, world.pool_id)
        wanted = Request("kmr", TUESDAY_TEN, place=TOWN_HALL)
        assert hints(session, world.now, pool, other.id, wanted) == []


def test_a_place_is_far_if_most_would_not_go_there(world: World) -> None:
    assert found(world, place=MUNICH) == [], "nobody is known who would have to travel"
    world.mediator("Amira", "kmr")
    assert found(world, place=MUNICH) == [Hint(Oddity.FAR)]
    assert found(world, place=None, mode="phone") == []
    world.mediator("Berat", "tur", home=(MUNICH.lat, MUNICH.lon))
    assert found(world, place=MUNICH) == []
