"""A mediator enters days away by their own link, and says what becomes of what they have agreed to."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.journey.history import SERVICE
from app.models import Assignment, Mediator, PlanRun
from app.registry import mediators
from app.registry.mediator_data import data_of
from app.versions import version_of
from tests.web.forms import token_in, words_of
from tests.web.test_times import page_of as times_page
from tests.web.test_times import seen_in
from tests.world import World

CHRISTMAS = (date(2026, 12, 21), date(2027, 1, 3))


@pytest.fixture
def phone(world: World) -> FlaskClient:
    """A phone without a login."""
    return world.app.test_client()


def page_of(world: World, person: int) -> str:
    return times_page(world, person).removesuffix("/times") + "/away"


def away(world: World, person: int) -> tuple[tuple[date, date], ...]:
    with world.change() as session:
        return data_of(session.get_one(Mediator, person)).absences


def enter(phone: FlaskClient, page: str, text: str = "", **typed: Any) -> TestResponse:
    text = text or phone.get(page).text
    return phone.post(page, data={"csrf_token": token_in(text), "seen": seen_in(text), **typed})


def entered_by_others(world: World, person: int, *days: tuple[date, date]) -> None:
    with world.change() as session:
        seen = version_of((data_of(session.get_one(Mediator, person)).absences,))
        mediators.change(session, world.now, world.links, person, {"absences": days}, SERVICE, seen=seen)


def seats(world: World, person: int) -> dict[int, int]:
    """Appointment -> the assignment of somebody who is expected there."""
    with world.change() as session:
        theirs = select(Assignment).where(Assignment.mediator_id == person)
        return {one.appointment_id: one.id for one in session.scalars(theirs) if one.holds_seat}


def agreed(world: World, person: int, *days: int) -> list[int]:
    """Appointments in so many days, which somebody alone can take and has taken."""
    made = [world.appointment(starts=world.now + timedelta(days=day, hours=3)) for day in days]
    world.work()
    for one in made:
        world.accept(one, person)
    return made


def test_days_away_are_entered_and_taken_out(world: World, phone: FlaskClient) -> None:
    amira = world.mediator("Amira", "kmr")
    page = page_of(world, amira)
    assert enter(phone, page, first="2026-12-21", last="3.1.2027").status_code == 303
    assert away(world, amira) == (CHRISTMAS,)
    said = words_of(phone.get(page).text)
    assert "Mo., 21. Dez. bis So., 3. Jan. 2027" in said
    assert "Mo., 21. Dez. bis So., 3. Jan. 2027" in words_of(phone.get(times_page(world, amira)).text)
    assert enter(phone, page, remove="2026-12-21/2027-01-03").status_code == 303
    assert away(world, amira) == ()
    with world.change() as session:
        assert session.scalars(select(PlanRun.trigger)).all() == ["mediator"]


def test_a_pause_is_an_absence_from_today(world: World, phone: FlaskClient) -> None:
    amira = world.mediator("Amira", "kmr")
    page, today = page_of(world, amira), world.now.date()
    assert enter(phone, page, pause="week").status_code == 303
    assert away(world, amira) == ((today, today + timedelta(days=7)),)
    later = today + timedelta(days=20)
    assert enter(phone, page, pause="until", until=later.isoformat()).status_code == 303
    assert (today, later) in away(world, amira)
    refused = enter(phone, page, pause="until", until="")
    assert refused.status_code == 422
    assert 'id="until-error"' in refused.text


@pytest.mark.parametrize(
    ("first", "last", "at"),
    [
        ("2026-12-21", "2026-12-20", "last"),
        ("2020-01-01", "2027-01-03", "first"),
        ("2026-12-21", "2032-01-01", "last"),
        ("", "2026-12-20", "first"),
        ("bald", "2026-12-20", "first"),
        ("2026-12-21", "30.2.2027", "last"),
        ("9999-12-31", "9999-12-31", "last"),
        ("2026-12-22", "2026-12-23", "first"),
    ],
)
def test_what_cannot_be_taken_is_named_at_its_field_and_stays_typed(
    sqlite_world: World, first: str, last: str, at: str
) -> None:
    amira = sqlite_world.mediator("Amira", "kmr", absences=(CHRISTMAS,))
    answer = enter(sqlite_world.app.test_client(), page_of(sqlite_world, amira), first=first, last=last)
    assert answer.status_code == 422
    assert f'id="{at}-error"' in answer.text
    assert f'name="first" value="{first}"' in answer.text
    assert f'name="last" value="{last}"' in answer.text
    assert away(sqlite_world, amira) == (CHRISTMAS,)


def test_what_they_have_agreed_to_is_asked_about_and_then_kept_or_given_back(world: World, phone: FlaskClient) -> None:
    amira = world.mediator("Amira", "kmr")
    given, kept = agreed(world, amira, 1, 2)
    seat = seats(world, amira)
    page = page_of(world, amira)
    days = {"first": world.now.date().isoformat(), "last": (world.now + timedelta(days=9)).date().isoformat()}
    question = enter(phone, page, **days)
    assert question.status_code == 200
    assert question.text.count('type="radio"') == 4
    half = {**days, "asked": "1", f"a-{seat[kept]}": "keep"}
    again = enter(phone, page, question.text, **half)
    assert again.status_code == 422
    assert f'id="a-{seat[given]}-error"' in again.text
    assert again.text.count(" checked") == 1, "what was chosen is still chosen"
    assert (away(world, amira), set(seats(world, amira))) == ((), {given, kept}), "nothing is done by halves"
    for _press in "twice":
        assert enter(phone, page, again.text, **half, **{f"a-{seat[given]}": "give_back"}).status_code == 303
    assert len(away(world, amira)) == 1
    assert set(seats(world, amira)) == {kept}
    world.mediator("Berat", "kmr")
    world.work()
    assert world.asked(given) == {"Berat"}, "somebody else is asked"
    assert world.asked(kept) == set()


def test_a_page_held_open_overwrites_nothing_unseen(world: World, phone: FlaskClient) -> None:
    amira = world.mediator("Amira", "kmr")
    [appointment] = agreed(world, amira, 1)
    seat, page = seats(world, amira)[appointment], page_of(world, amira)
    held = phone.get(page).text
    entered_by_others(world, amira, CHRISTMAS)
    today = world.now.date()
    typed = {"first": today.isoformat(), "last": (today + timedelta(days=3)).isoformat(), f"a-{seat}": "give_back"}
    answer = enter(phone, page, held, **typed)
    assert answer.status_code == 409
    assert typed["first"] in answer.text
    assert (away(world, amira), set(seats(world, amira))) == ((CHRISTMAS,), {appointment}), "nor is anything given back"
    assert enter(phone, page, answer.text, **typed).status_code == 303, "now it was seen"
    assert len(away(world, amira)) == 2
    assert seats(world, amira) == {}
    assert enter(phone, page, held, remove="2026-12-21/2027-01-03").status_code == 409


def test_what_is_agreed_to_while_the_question_is_open_is_asked_about_too(world: World, phone: FlaskClient) -> None:
    amira = world.mediator("Amira", "kmr")
    page = page_of(world, amira)
    days = {"first": world.now.date().isoformat(), "last": (world.now + timedelta(days=9)).date().isoformat()}
    [first] = agreed(world, amira, 1)
    question = enter(phone, page, **days)
    [second] = agreed(world, amira, 2)
    chosen = {f"a-{seats(world, amira)[first]}": "give_back"}
    again = enter(phone, page, question.text, **days, asked="1", **chosen)
    assert again.status_code == 422
    assert f'id="a-{seats(world, amira)[second]}-error"' in again.text
    assert set(seats(world, amira)) == {first, second}


@pytest.mark.parametrize("sent", [{"remove": "x"}, {"remove": "2026-12-21/2027-01-03/1"}, {"remove": "1/2"}])
def test_hostile_input_removes_nothing(sqlite_world: World, sent: dict[str, str]) -> None:
    amira = sqlite_world.mediator("Amira", "kmr", absences=(CHRISTMAS,))
    assert enter(sqlite_world.app.test_client(), page_of(sqlite_world, amira), **sent).status_code == 422
    assert away(sqlite_world, amira) == (CHRISTMAS,)


def test_what_is_over_is_not_shown_and_not_lost(sqlite_world: World) -> None:
    phone, over = sqlite_world.app.test_client(), (date(2026, 1, 1), date(2026, 1, 2))
    amira = sqlite_world.mediator("Amira", "kmr", absences=(over,))
    page = page_of(sqlite_world, amira)
    assert "Es ist nichts eingetragen" in phone.get(page).text
    assert enter(phone, page, first="2026-12-21", last="2027-01-03").status_code == 303
    assert away(sqlite_world, amira) == (over, CHRISTMAS)


def test_the_token_of_another_changes_nothing(sqlite_world: World) -> None:
    phone = sqlite_world.app.test_client()
    amira, berat = (sqlite_world.mediator(name, "kmr") for name in ("Amira", "Berat"))
    mine = phone.get(page_of(sqlite_world, berat)).text
    assert enter(phone, page_of(sqlite_world, amira), mine, pause="week").status_code == 400
    assert phone.post("/m/wrong/away").status_code == phone.get("/m/wrong/away").status_code == 404
    assert away(sqlite_world, amira) == ()
