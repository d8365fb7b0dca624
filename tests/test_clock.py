"""The time is the database's, carried on by a clock that never jumps."""

from datetime import UTC, datetime, timedelta

from app.clock import SteadyClock
from app.extensions import database_time, db
from tests.world import World

START = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


class Source:
    """A clock that can be set, be away, and counts who asks."""

    def __init__(self) -> None:
        self.at = START
        self.away = False
        self.asked = 0

    def __call__(self) -> datetime:
        self.asked += 1
        if self.away:
            raise OSError
        return self.at


def test_between_two_looks_the_time_goes_on_by_itself() -> None:
    source, seconds = Source(), [100.0]
    clock = SteadyClock(source, lambda: seconds[0])
    assert clock() == START
    seconds[0] += 4
    assert clock() == START + timedelta(seconds=4)
    assert source.asked == 1


def test_every_few_seconds_the_source_has_its_say() -> None:
    source, seconds = Source(), [100.0]
    clock = SteadyClock(source, lambda: seconds[0])
    clock()
    source.at = START + timedelta(seconds=6)
    seconds[0] += 5
    assert clock() == START + timedelta(seconds=6)


def test_while_the_source_is_away_time_does_not_stand_still() -> None:
    source, seconds = Source(), [100.0]
    clock = SteadyClock(source, lambda: seconds[0])
    clock()
    source.away = True
    for _ in range(10):
        seconds[0] += 6
        clock()
    assert clock() == START + timedelta(seconds=60)
    assert source.asked < 13, "a source that is away is not asked at every call"


def test_before_the_first_answer_the_wall_clock_will_do() -> None:
    source = Source()
    source.away = True
    before = datetime.now(UTC)
    assert before <= SteadyClock(source)() <= datetime.now(UTC)


def test_a_database_tells_the_time_of_its_host(world: World) -> None:
    with world.app.app_context():
        if db.engine.dialect.name != "postgresql":
            return
        said = database_time(db.engine)
    assert said.tzinfo is not None
    assert abs(said - datetime.now(UTC)) < timedelta(minutes=1)
