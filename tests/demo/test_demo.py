"""The demo pools: the figures of real pools, nobody real, and a worker that can go on from there."""

import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import mean, median
from typing import TypeVar
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select

from app import demo, passwords, services, tenancy
from app.extensions import db
from app.models import (
    Account,
    Appointment,
    AppointmentStatus,
    Assignment,
    AssignmentState,
    Base,
    Event,
    InboundMessage,
    Link,
    Mediator,
    MediatorStatus,
    Message,
    MessageStatus,
    Offer,
    OfferStatus,
    Organisation,
    PlanRun,
    PlanRunStatus,
    Pool,
    Role,
    languages,
    with_details,
)
from app.transaction import transaction
from app.worker import jobs
from app.worker.tools import Worker
from notifications.phone import fictional_mobiles
from scheduler.solve import solve
from tests.conftest import application
from tests.world import Ways

pytestmark = pytest.mark.thorough
Row = TypeVar("Row", bound=Base)
NOW = datetime(2026, 11, 24, 8, 20, 17, 250, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
A_DAY = timedelta(days=1)
S = AppointmentStatus
RARE = {"bul", "ron", "kmr", "ckb", "som", "tir", "sqi", "pus", "pol"}


def load(app: Flask, now: datetime) -> list[str]:
    said: list[str] = []
    with app.app_context():
        demo.load(services.of(app).links, now, progress=said.append)
    return said


def rows(app: Flask, kind: type[Row], pool: str | None = None) -> list[Row]:
    with app.app_context(), transaction(None) as session, tenancy.across_pools(session):
        found = select(kind).order_by(kind.__table__.c.id)
        if pool is not None:
            pool_id = session.execute(select(Pool.id).where(Pool.key == pool)).scalar_one()
            found = found.where(kind.__table__.c.pool_id == pool_id)
        if kind is Mediator:
            found = found.options(*with_details())
        read = list(session.scalars(found).unique())
        session.expunge_all()
        return read


def past(appointments: list[Appointment]) -> list[Appointment]:
    return [one for one in appointments if one.starts_at <= NOW]


def shares(values: list[str]) -> dict[str, float]:
    return {value: 100 * number / len(values) for value, number in Counter(values).items()}


@pytest.fixture(scope="module")
def loaded(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The demo as it is on a Tuesday morning; to be read, not changed."""
    path = tmp_path_factory.mktemp("demo") / "demo.sqlite3"
    shutil.copy(sqlite_template, path)
    with application(f"sqlite:///{path}") as app:
        load(app, NOW)
        yield app


@pytest.fixture(scope="module")
def beckum(loaded: Flask) -> list[Appointment]:
    return rows(loaded, Appointment, "beckum")


def test_three_demo_pools_of_the_expected_sizes_are_there(loaded: Flask) -> None:
    assert {pool.key: pool.is_demo for pool in rows(loaded, Pool)} == {"beckum": True, "ahlen": True, "oelde": True}
    assert len(rows(loaded, Mediator, "beckum")) == 75
    for neighbour in ("ahlen", "oelde"):
        assert 12 <= len(rows(loaded, Mediator, neighbour)) <= 20
        assert len(rows(loaded, Appointment, neighbour)) >= 5


def test_beckum_speaks_32_languages_much_arabic_english_and_french_and_little_of_what_is_rare(loaded: Flask) -> None:
    spoken = Counter(skill.language for one in rows(loaded, Mediator, "beckum") for skill in one.skills)
    assert len(spoken) == 32
    assert all(languages.find(code) for code in spoken)
    fewest_of_many = min(spoken[code] for code in ("ara", "eng", "fra"))
    for rare in ("bul", "ron", "kmr", "ckb", "som"):
        assert 1 <= spoken[rare] < fewest_of_many


def test_beckum_has_twenty_requests_a_week_within_office_hours(beckum: list[Appointment]) -> None:
    midnight = NOW.astimezone(BERLIN).replace(hour=0, minute=0, second=0, microsecond=0)
    first = midnight.date() - 13 * A_DAY
    days = [one.starts_at.astimezone(BERLIN).date() for one in beckum]
    assert sum(0 <= (day - first).days < 7 for day in days) == pytest.approx(20, abs=4)
    assert sum(7 <= (day - first).days < 14 for day in days) == pytest.approx(20, abs=4)
    assert sum(14 <= (day - first).days < 28 for day in days) == pytest.approx(40, abs=4)
    for one in beckum:
        starts, ends = one.starts_at.astimezone(BERLIN), one.ends_at.astimezone(BERLIN)
        assert starts.weekday() < 5
        assert starts.hour >= 8
        assert ends <= ends.replace(hour=18, minute=0)
        assert one.created_at < min(NOW, one.starts_at)


@pytest.mark.parametrize(
    ("codes", "share"),
    [
        (("ara",), 27),
        (("ukr", "rus"), 20),
        (("prs", "pes"), 12),
        (("kmr", "ckb"), 9),
        (("tur",), 8),
        (("ron",), 7),
        (("bul",), 6),
        (("sqi",), 2),
        (("tir",), 2),
        (("som",), 2),
    ],
)
def test_languages_are_asked_for_as_in_real_pools(
    beckum: list[Appointment], codes: tuple[str, ...], share: float
) -> None:
    asked = shares([one.language for one in beckum])
    assert sum(asked.get(code, 0) for code in codes) == pytest.approx(share, abs=4)


def test_kurmanji_and_sorani_are_told_apart(beckum: list[Appointment]) -> None:
    asked = {one.language for one in beckum}
    assert {"kmr", "ckb"} <= asked
    assert "kur" not in asked


def test_topics_lengths_and_modes_are_those_of_real_pools(beckum: list[Appointment]) -> None:
    topics = shares([one.topic for one in beckum])
    assert topics["counselling"] == pytest.approx(23, abs=5)
    assert topics["medical"] == pytest.approx(23, abs=5)
    assert topics["office"] == pytest.approx(21, abs=5)
    assert topics["school"] + topics["day_care"] == pytest.approx(12, abs=5)
    lengths = [one.duration_minutes for one in beckum]
    assert median(lengths) == 60
    assert 30 <= min(lengths) <= max(lengths) <= 180
    assert 60 <= mean(lengths) <= 80
    assert shares([one.mode for one in beckum])["on_site"] == pytest.approx(80, abs=5)


def test_past_appointments_were_asked_for_as_early_and_as_late_as_in_real_pools(beckum: list[Appointment]) -> None:
    leads = [(one.starts_at - one.created_at) / A_DAY for one in past(beckum)]
    assert median(leads) == pytest.approx(8, abs=2)
    assert 100 * sum(lead < 3 for lead in leads) / len(leads) == pytest.approx(15, abs=7)


def test_the_past_is_over_four_of_five_filled_and_some_cancelled(beckum: list[Appointment]) -> None:
    over = [one for one in past(beckum) if one.ends_at <= NOW]
    assert {one.status for one in over} == {S.DONE, S.UNFILLED, S.CANCELLED}
    counted = Counter(one.status for one in over)
    assert 100 * counted[S.CANCELLED] / len(over) == pytest.approx(8, abs=4)
    assert 100 * counted[S.DONE] / (counted[S.DONE] + counted[S.UNFILLED]) == pytest.approx(80, abs=7)


def test_failures_sit_in_rare_languages_and_short_lead_times(beckum: list[Appointment]) -> None:
    def hard(one: Appointment) -> bool:
        return one.language in RARE or one.starts_at - one.created_at < 3 * A_DAY

    failed = [hard(one) for one in past(beckum) if one.status is S.UNFILLED]
    went_well = [hard(one) for one in past(beckum) if one.status is S.DONE]
    assert mean(failed) > 1.5 * mean(went_well)


def test_what_a_visitor_wants_to_see_is_open(beckum: list[Appointment], loaded: Flask) -> None:
    waiting = [one for one in beckum if one.status is S.OPEN]
    assert len(waiting) == 12
    spoken = {skill.language for one in rows(loaded, Mediator, "beckum") for skill in one.skills}
    assert any(one.language not in spoken for one in waiting)
    assert any(one.urgent and one.starts_at - NOW < 2 * A_DAY for one in waiting)
    assert any(one.mediators_needed == 2 for one in waiting)
    assert sum(one.status is S.FILLED for one in beckum) >= 15


def test_nobody_is_real(loaded: Flask) -> None:
    people = rows(loaded, Mediator)
    numbers = [
        *(one.phone for one in people),
        *(one.phone for one in rows(loaded, Organisation)),
        *(one.phone for one in rows(loaded, Pool)),
    ]
    assert set(numbers) <= set(fictional_mobiles())
    assert len(set(numbers)) == len(numbers)
    assert len({one.name for one in people}) == len({one.email for one in people}) == len(people)
    assert {one.email.rpartition("@")[2] for one in people} == {"mail.example"}
    written_to = {one.recipient for one in rows(loaded, Message)}
    assert all(one in numbers or one.endswith(".example") for one in written_to)


def test_volunteers_have_day_jobs_limits_and_some_a_pause(loaded: Flask) -> None:
    people = rows(loaded, Mediator)
    for one in people:
        assert one.availability
        assert one.consents
        assert one.max_appointments_per_day == 2
        assert 300 <= (one.max_minutes_per_week or 0) <= 600
        assert one.max_travel_minutes
    assert 1 <= sum(one.status is MediatorStatus.PAUSED for one in people) <= 8
    assert any(one.absences for one in people)
    assert any(one.exclusions for one in people)
    assert len({tuple((free.weekday, free.starts_minute) for free in one.availability) for one in people}) > 10


def test_every_role_of_every_pool_can_log_in(loaded: Flask) -> None:
    accounts = {one.email: one for one in rows(loaded, Account)}
    assert len({one.password_hash for one in accounts.values()}) == 1
    assert passwords.matches(accounts["admin@beckum.example"].password_hash, "demo-demo-demo-demo")
    offices = {one.id: one.name for one in rows(loaded, Organisation)}
    for pool in rows(loaded, Pool):
        for role in Role:
            account = accounts[f"{role.value}@{pool.key}.example"]
            assert (account.role, account.pool_id, account.active) == (role, pool.id, True)
        assert offices[accounts[f"staff@{pool.key}.example"].organisation_id or 0] == "Sozialamt"


def test_nobody_is_in_two_places_at_once(loaded: Flask) -> None:
    held: dict[int, list[tuple[datetime, datetime]]] = {}
    for one in rows(loaded, Assignment):
        if one.state is AssignmentState.ACTIVE:
            held.setdefault(one.mediator_id, []).append((one.starts_at, one.ends_at))
    assert max(len(times) for times in held.values()) > 1
    for times in held.values():
        assert all(first[1] <= second[0] for first, second in pairwise(sorted(times)))


def test_everybody_comes_when_they_are_free_and_speaks_the_language(loaded: Flask) -> None:
    people = {one.id: one for one in rows(loaded, Mediator)}
    for one in rows(loaded, Assignment):
        starts, ends = one.starts_at.astimezone(BERLIN), one.ends_at.astimezone(BERLIN)
        first, last = starts.hour * 60 + starts.minute, ends.hour * 60 + ends.minute
        assert any(
            free.weekday == starts.weekday() and free.starts_minute <= first and last <= free.ends_minute
            for free in people[one.mediator_id].availability
        )
        assert one.language in {skill.language for skill in people[one.mediator_id].skills}


def test_the_history_tells_the_way_of_each_past_appointment_in_order(beckum: list[Appointment], loaded: Flask) -> None:
    told: dict[int, list[Event]] = {}
    for event in rows(loaded, Event, "beckum"):
        assert event.at <= NOW
        if event.appointment_id is not None:
            told.setdefault(event.appointment_id, []).append(event)
    for one in beckum:
        kinds = [event.kind for event in told[one.id]]
        assert kinds[0] == "requested"
        assert [event.at for event in told[one.id]] == sorted(event.at for event in told[one.id])
        if one.status is S.DONE:
            assert kinds.index("wave_sent") < kinds.index("accepted") < kinds.index("done")
    happened = {event.kind for events in told.values() for event in events}
    assert {"declined", "offer_expired", "unfilled", "cancelled"} <= happened


def test_questions_of_the_past_have_every_kind_of_end_and_a_link_of_their_own(loaded: Flask) -> None:
    offers = rows(loaded, Offer)
    ends = {one.status for one in offers}
    assert {OfferStatus.ACCEPTED, OfferStatus.DECLINED, OfferStatus.EXPIRED, OfferStatus.WITHDRAWN} <= ends
    linked = {one.offer_id for one in rows(loaded, Link)}
    assert all(one.id in linked for one in offers if one.sent_at is not None)
    answered = {one.body for one in rows(loaded, InboundMessage)}
    assert any(one.startswith("JA ") for one in answered)
    assert any(one.startswith("NEIN ") for one in answered)


def test_messages_of_the_past_have_arrived_and_only_reminders_wait(loaded: Flask) -> None:
    messages = rows(loaded, Message)
    waiting = [one for one in messages if one.status is MessageStatus.QUEUED]
    assert {one.kind for one in waiting} == {"reminder_day", "reminder_hours"}
    assert all(one.due_at > NOW.replace(microsecond=0) for one in waiting)
    gone = [one for one in messages if one.status in {MessageStatus.DELIVERED, MessageStatus.SENT}]
    assert all(one.sent_at is not None and one.created_at <= one.sent_at for one in gone)
    assert any("<link" in one.body for one in gone if one.kind == "offer")


def test_the_worker_plans_the_demo_and_asks_for_what_is_open(
    loaded: Flask, tmp_path: Path, beckum: list[Appointment]
) -> None:
    waiting = {one.id for one in beckum if one.status is S.OPEN}
    copy = tmp_path / "copy.sqlite3"
    with loaded.app_context(), closing(sqlite3.connect(str(db.engine.url.database))) as connection:
        connection.execute("VACUUM INTO ?", (str(copy),))
    with application(f"sqlite:///{copy}") as app:
        ways = Ways()
        jobs.run_once(Worker("test", app, lambda: NOW, ways, services.of(app).links, solve))
        assert {one.status for one in rows(app, PlanRun)} == {PlanRunStatus.DONE}
        after = {one.id: one.status for one in rows(app, Appointment, "beckum")}
        assert {after[one] for one in waiting} == {S.OFFERING, S.UNFILLED}
        assert sum(after[one] is S.OFFERING for one in waiting) >= 8
        assert {one.kind for one in rows(app, Message) if one.sent_at and one.sent_at >= NOW} == {
            "offer",
            "requester_afterwards",
            "requester_unfilled",
        }
        assert len(ways.sms.sent) >= 16


def test_the_same_instant_gives_the_same_demo(loaded: Flask, sqlite_app: Flask) -> None:
    said = load(sqlite_app, NOW)
    assert len(said) == 3
    for pool in ("beckum", "oelde"):
        first, second = (
            [(one.language, one.starts_at, one.created_at, one.status) for one in rows(app, Appointment, pool)]
            for app in (loaded, sqlite_app)
        )
        assert first == second


@pytest.mark.parametrize(
    "now",
    [
        pytest.param(datetime(2026, 11, 22, 17, 0, tzinfo=UTC), id="a Sunday evening"),
        pytest.param(datetime(2027, 3, 28, 1, 30, tzinfo=UTC), id="just after the hour that summer time skips"),
        pytest.param(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), id="within the hour that its end repeats"),
        pytest.param(datetime(2026, 10, 26, 7, 0, tzinfo=UTC), id="the Monday after"),
        pytest.param(datetime(2028, 2, 29, 11, 0, tzinfo=UTC), id="a leap day"),
    ],
)
def test_the_demo_loads_on_any_day(sqlite_app: Flask, now: datetime) -> None:
    load(sqlite_app, now)
    appointments = rows(sqlite_app, Appointment, "beckum")
    assert len(appointments) == 80
    assert sum(one.status is S.OPEN for one in appointments) == 12
    counted = Counter(one.status for one in appointments if one.ends_at <= now)
    assert 65 <= 100 * counted[S.DONE] / (counted[S.DONE] + counted[S.UNFILLED]) <= 90
    assert all(8 <= one.starts_at.astimezone(BERLIN).hour < 18 for one in appointments)


def test_the_reasons_nobody_came_are_counted_over_those_who_speak_the_language(loaded: Flask) -> None:
    speakers: Counter[tuple[int, str]] = Counter()
    for person in rows(loaded, Mediator):
        speakers.update((person.pool_id, skill.language) for skill in person.skills)
    told = [one for one in rows(loaded, Appointment) if one.explanation]
    assert len(told) > 5
    for one in told:
        assert one.explanation is not None
        assert "language" not in one.explanation
        most = sum(speakers[one.pool_id, code] for code in (one.language, *one.accepted_languages))
        assert sum(one.explanation.values()) <= most
