"""What goes out comes in again as it was, in both formats and both languages."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from app.journey.history import SERVICE
from app.journey.request import Place, Request
from app.models import GENDERS, LEVELS, MODES, Appointment, Mediator, Organisation, Pool, languages
from app.models.languages import plain
from app.models.locales import MEDIATOR_LOCALES
from app.models.topics import topics
from app.registry import mediators, organisations, past_appointments
from app.registry.mediator_data import DATES, EARLIEST, LATEST, LIMITS, MediatorData
from app.registry.organisations import OrganisationData, SiteData
from app.registry.past_appointments import OUTCOMES, PastAppointment
from app.spreadsheets.files import file
from app.spreadsheets.findings import Options, Reading, nobody
from app.spreadsheets.kinds import FORMATS, KINDS, take_in, written
from app.spreadsheets.meaning import columns
from notifications.phone import fictional_mobiles
from tests.world import World

PHONES = sorted(fictional_mobiles())
CODES = sorted(one.code for one in languages.languages() if not one.members and one.code != "deu")
LETTERS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Cn", "Co"))
LINE = st.text(LETTERS | st.sampled_from("=+-@|%';,\" "), min_size=1, max_size=30).map(str.strip)
NAME = LINE.filter(lambda text: any(one.isalnum() for one in text))
TEXT = st.none().map(lambda _: "") | LINE
HOME = st.tuples(st.floats(-90, 90), st.floats(-180, 180))
HOURS = st.tuples(st.integers(0, 1438), st.integers(1, 1440)).filter(lambda pair: pair[0] < pair[1])
FREE = st.dictionaries(st.tuples(st.integers(0, 6), st.integers(0, 1439)), st.integers(1, 1440), max_size=6).map(
    lambda found: tuple(sorted((day, starts, ends) for (day, starts), ends in found.items() if starts < ends))
)
DAYS = st.tuples(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 60)).map(
    lambda pair: (pair[0], pair[0] + timedelta(days=pair[1]))
)
SECONDS = st.datetimes(datetime(2025, 1, 1), datetime(2026, 10, 31), timezones=st.just(UTC)).map(  # noqa: DTZ001 - bounds
    lambda moment: moment.replace(microsecond=0)
)
THOROUGH = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def some(values: Any) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(st.sampled_from(list(values)), unique=True, min_size=1, max_size=3).map(tuple)


def limits(draw: st.DrawFn) -> dict[str, Any]:
    return {name: draw(st.none() | st.integers(*bounds)) for name, bounds in LIMITS.items()}


def dates(draw: st.DrawFn) -> dict[str, Any]:
    """The days of clearances; a membership ends after it began."""
    found = {name: draw(st.none() | st.dates(EARLIEST, LATEST - timedelta(days=1))) for name in DATES}
    first, last = found["membership_on"], found["membership_until"]
    return (
        found | {"membership_on": min(first, last), "membership_until": max(first, last)} if first and last else found
    )


@st.composite
def people(draw: st.DrawFn) -> list[MediatorData]:
    """People whom nobody would take for one another: each has a number of their own."""
    return [
        MediatorData(
            name=draw(NAME),
            phone=phone,
            email=draw(st.sampled_from(("", "a@mail.example", "b@mail.example"))),
            gender=draw(st.sampled_from((None, *GENDERS))),
            status=draw(st.sampled_from(("active", "paused", "left"))),
            locale=draw(st.sampled_from(tuple(MEDIATOR_LOCALES))),
            skills=tuple((code, draw(st.sampled_from(LEVELS))) for code in draw(some([*CODES, "deu"]))),
            home=draw(st.none() | HOME),
            home_district=draw(TEXT),
            modes=tuple(mode for mode in MODES if mode in draw(some(MODES))) or MODES,
            availability=draw(FREE),
            absences=tuple(sorted(set(draw(st.lists(DAYS, max_size=3))))),
            excluded_topics=draw(st.just(()) | some(topics())),
            urgent_opt_in=draw(st.booleans()),
            text_from=(hours := draw(st.just((None, None)) | HOURS))[0],
            text_until=hours[1],
            text_weekends=draw(st.none() | st.booleans()),
            prefers_calls=draw(st.booleans()),
            **limits(draw),
            **dates(draw),
        )
        for phone in draw(st.lists(st.sampled_from(PHONES), unique=True, min_size=1, max_size=3))
    ]  # fmt: skip


@st.composite
def offices(draw: st.DrawFn) -> list[OrganisationData]:
    site = st.builds(SiteData, NAME, st.floats(-90, 90), st.floats(-180, 180), TEXT, st.just("59269"), TEXT, TEXT)
    sites = st.lists(site, max_size=3, unique_by=lambda one: (plain(one.name), plain(one.street))).map(tuple)
    email = st.sampled_from(("", "amt@mail.example"))
    return draw(
        st.lists(
            st.builds(OrganisationData, NAME, email, TEXT, st.booleans(), sites),
            min_size=1, max_size=3, unique_by=lambda one: plain(one.name),
        )
    )  # fmt: skip


@st.composite
def past(draw: st.DrawFn, organisation_id: int) -> list[PastAppointment]:
    found = []
    for code in draw(st.lists(st.sampled_from(CODES), unique=True, min_size=1, max_size=3)):
        mode = draw(st.sampled_from(MODES))
        place = Place(draw(NAME), *draw(HOME), address=draw(TEXT), district=draw(TEXT))
        # not in the hour that the end of summer time repeats, which no form takes
        starts = draw(SECONDS).replace(hour=draw(st.integers(4, 20)), second=0)
        request = Request(
            code,
            starts,
            draw(st.integers(15, 480)),
            mode,
            place if mode == "on_site" or draw(st.booleans()) else None,
            draw(st.sampled_from(topics())),
            accepted_languages=tuple(one for one in draw(some(CODES)) if one != code),
            min_level=draw(st.none() | st.sampled_from(LEVELS)),
            gender=draw(st.none() | st.sampled_from(GENDERS)),
            mediators_needed=draw(st.integers(1, 9)),
            urgent=draw(st.booleans()),
            reference=draw(TEXT),
            note="\n".join(draw(st.lists(NAME, max_size=3))),
            contact_name=draw(TEXT),
            contact_email=draw(st.sampled_from(("", "amt@mail.example"))),
            contact_phone=draw(TEXT),
        )
        outcome, asked = draw(st.sampled_from(list(OUTCOMES))), draw(SECONDS)
        filled, cancelled = draw(st.none() | SECONDS), draw(st.none() | SECONDS)
        found.append(PastAppointment(organisation_id, request, outcome, asked, None, filled, cancelled))
    return found


def written_out(world: World, name: str, form: str, locale: str) -> tuple[bytes, list[tuple[str, ...]]]:
    """A kind of table as a file, and its lines."""
    with world.change() as session:
        pool = session.get_one(Pool, world.pool_id)
        lines = [tuple(one) for one in KINDS[name].lines(session, pool, world.now, locale)]
    return written(iter(lines), form), lines


def taken_in(world: World, name: str, content: bytes) -> None:
    sheet = file.read(content, lambda head: bool(columns.field_of(name, head)))
    fields = columns.guess(name, sheet.heads)
    assert "" not in fields
    reading = Reading(world.now, "Europe/Berlin", sheet, fields, Options(similar=True))
    with world.change() as session:
        found = take_in(session, world.pool_id, KINDS[name], reading, world.links, SERVICE)
    assert found.problems == ()


def goes_round(
    world: World, name: str, form: str, locale: str, kind: type[Any], enter: Callable[[Any], object]
) -> None:
    """Enter, write, forget, take in, write again: the same."""
    with world.change() as session:
        session.execute(delete(kind))
        enter(session)
    content, before = written_out(world, name, form, locale)
    with world.change() as session:
        session.execute(delete(kind))
    taken_in(world, name, content)
    assert written_out(world, name, form, locale)[1] == before


WAYS = pytest.mark.parametrize(("form", "locale"), [(form, locale) for form in FORMATS for locale in ("de", "en")])


@WAYS
@THOROUGH
@given(data=people())
def test_people_go_round(sqlite_world: World, form: str, locale: str, data: list[MediatorData]) -> None:
    world = sqlite_world
    goes_round(
        world, "mediators", form, locale, Mediator,
        lambda session: mediators.register_all(session, world.now, world.links, data, SERVICE, nobody),
    )  # fmt: skip


@WAYS
@THOROUGH
@given(data=offices())
def test_organisations_go_round(sqlite_world: World, form: str, locale: str, data: list[OrganisationData]) -> None:
    world = sqlite_world
    with world.change() as session:
        session.execute(delete(Organisation))
    goes_round(
        world, "organisations", form, locale, Organisation,
        lambda session: organisations.add_all(session, world.now, data, SERVICE),
    )  # fmt: skip


@WAYS
@THOROUGH
@given(choose=st.data())
def test_past_appointments_go_round(sqlite_world: World, form: str, locale: str, choose: st.DataObject) -> None:
    world = sqlite_world
    data = choose.draw(past(world.organisation_id))
    goes_round(
        world, "appointments", form, locale, Appointment,
        lambda session: past_appointments.add_all(session, world.now, data, SERVICE, nobody),
    )  # fmt: skip
