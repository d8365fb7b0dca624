"""When and how somebody is asked: their own hours, what the board and the appointment say while nobody is asked."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.journey import answering
from app.models import Appointment, Mediator, Pool, Role
from tests.web.forms import token_in, words_of
from tests.world import World

Browser = Callable[..., FlaskClient]


def form(**changes: Any) -> dict[str, Any]:
    """Amira as a coordinator leaves her."""
    weekdays = {f"availability-{day}-weekday": str(day) for day in range(5)}
    times = {
        f"availability-{day}-{end}": at for day in range(5) for end, at in (("starts", "07:00"), ("ends", "19:00"))
    }
    return {
        "name": "Amira", "phone": "+491713920000", "email": "amira@mail.example", "status": "active", "locale": "de",
        "modes": ["on_site", "phone", "video"], "skills-0-language": "kmr", "skills-0-level": "C1",
    } | weekdays | times | changes  # fmt: skip


def save(client: FlaskClient, mediator: int, **changes: Any) -> int:
    page = client.get(f"/mediators/{mediator}").text
    return client.post(f"/mediators/{mediator}", data=form(**changes) | {"csrf_token": token_in(page)}).status_code


def hours(town: World, first: int, last: int) -> None:
    """Let the pool ask between these hours only, and not at weekends."""
    with town.change() as session:
        pool = session.get_one(Pool, town.pool_id)
        pool.text_from_minute, pool.text_until_minute, pool.text_weekends = first * 60, last * 60, False


def test_own_hours_are_kept_and_shown_again(town: World, browser: Browser) -> None:
    amira, client = town.mediator("Amira", "kmr"), browser(Role.COORDINATOR)
    own = {"text_from": "17:30", "text_until": "00:00", "text_weekends": "yes", "prefers_calls": "y"}
    assert save(client, amira, **own) == 303
    with town.change() as session:
        found = session.get_one(Mediator, amira)
        assert (found.text_from_minute, found.text_until_minute) == (17 * 60 + 30, 24 * 60)
        assert (found.text_weekends, found.prefers_calls) == (True, True)
    page = client.get(f"/mediators/{amira}").text
    assert 'value="17:30"' in page
    assert '<option selected value="yes">' in page
    assert save(client, amira, text_weekends="no") == 303
    with town.change() as session:
        found = session.get_one(Mediator, amira)
        assert (found.text_from_minute, found.text_until_minute, found.text_weekends) == (None, None, False)
    assert save(client, amira) == 303
    with town.change() as session:
        assert session.get_one(Mediator, amira).text_weekends is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"text_from": "08:00"}, "Bitte geben Sie beide Zeiten an oder keine."),
        ({"text_until": "08:00"}, "Bitte geben Sie beide Zeiten an oder keine."),
        ({"text_from": "20:00", "text_until": "08:00"}, "Das Ende liegt vor dem Anfang."),
        ({"text_from": "acht", "text_until": "20:00"}, "Uhrzeit"),
        ({"text_weekends": "vielleicht"}, "Bitte aus der Liste wählen."),
    ],
)
def test_hours_that_make_no_sense_are_refused_at_their_field(
    town: World, browser: Browser, changes: dict[str, str], said: str
) -> None:
    amira, client = town.mediator("Amira", "kmr"), browser(Role.COORDINATOR)
    page = client.get(f"/mediators/{amira}").text
    answer = client.post(f"/mediators/{amira}", data=form(**changes) | {"csrf_token": token_in(page)})
    assert answer.status_code == 422
    assert said in answer.text
    with town.change() as session:
        assert session.get_one(Mediator, amira).text_from_minute is None


def agreed(town: World) -> tuple[int, int]:
    """Amira, and tomorrow's appointment that she has agreed to by her link."""
    amira, appointment = town.mediator("Amira", "kmr"), town.appointment("kmr")
    town.work()
    with town.change() as session:
        offer = town.offer(session, appointment, amira)
        answering.accept(session, town.now, town.links, offer.id, town.staff(session), "link")
    return amira, appointment


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"status": "paused"}, "in Pause"),
        ({"absences-0-first": "2026-11-20", "absences-0-last": "2026-11-24"}, "abwesend"),
        ({"availability-1-starts": "12:00"}, "außerhalb der freien Zeiten"),
        ({"modes": ["phone"]}, "Art des Gesprächs nicht mehr angeboten"),
        ({"excluded_organisations": ["1"]}, "Einrichtung ausgeschlossen"),
        ({"excluded_topics": ["other"]}, "Thema ausgeschlossen"),
        ({"skills-0-language": "ara"}, "Sprache nicht mehr eingetragen"),
    ],
)
def test_who_can_no_longer_come_to_what_they_agreed_to_is_told_to_the_coordinator(
    town: World, browser: Browser, changes: dict[str, Any], why: str
) -> None:
    amira, appointment = agreed(town)
    client = browser(Role.COORDINATOR)
    assert "passt nicht mehr" not in client.get(f"/mediators/{amira}").text
    assert save(client, amira, **changes) == 303
    page = words_of(client.get(f"/mediators/{amira}").text)
    assert "Ein vereinbarter Einsatz passt nicht mehr" in page
    assert why in page
    assert f'href="/appointments/{appointment}"' in page
    assert f'href="/board/{appointment}/candidates"' in page
    assert town.coming(appointment) == {"Amira"}, "the coordinator arranges it with her"


@pytest.mark.thorough
def test_an_absence_on_other_days_and_a_yes_by_telephone_collide_with_nothing(town: World, browser: Browser) -> None:
    amira, _ = agreed(town)
    client = browser(Role.COORDINATOR)
    assert save(client, amira, **{"absences-0-first": "2026-11-25", "absences-0-last": "2026-11-26"}) == 303
    evening = town.appointment("kmr", town.now + timedelta(days=1, hours=15))
    with town.change() as session:
        person = session.get_one(Mediator, amira)
        answering.assign(session, town.now, town.links, evening, person, town.staff(session, Role.COORDINATOR))
    assert "mehr</h2>" not in client.get(f"/mediators/{amira}").text


def test_a_row_says_how_likely_it_is_filled(town: World, browser: Browser) -> None:
    town.mediator("Amira", "kmr")
    appointment = town.appointment("kmr")
    client = browser(Role.COORDINATOR)
    assert "Chance" not in client.get("/board").text
    town.work()
    with town.change() as session:
        session.get_one(Appointment, appointment).chance = 0.834
    page = client.get("/board").text
    assert "Chance 83 %" in page
    assert "Die Chance, dass rechtzeitig jemand zusagt, ist 83 Prozent." in page


def test_a_row_says_when_the_next_are_asked(town: World, browser: Browser) -> None:
    town.mediator("Amira", "kmr")
    appointment = town.appointment("kmr")
    town.work()
    with town.change() as session:
        session.get_one(Appointment, appointment).look_again_at = town.now + timedelta(hours=7, minutes=10)
    client = browser(Role.COORDINATOR)
    assert "nächste Anfrage heute um 14:10 Uhr" in words_of(client.get("/board").text)
    town.now += timedelta(hours=8)
    assert "nächste Anfrage" not in client.get("/board").text


@pytest.mark.thorough
def test_while_nobody_may_be_asked_board_and_appointment_say_until_when(town: World, browser: Browser) -> None:
    hours(town, 8, 20)
    town.mediator("Amira", "kmr")
    appointment = town.appointment("kmr", town.now + timedelta(days=3))
    town.work()
    assert "Anfragen ruhen bis heute um 8 Uhr" in words_of(browser(Role.COORDINATOR).get("/board").text)
    staff = browser()
    page = words_of(staff.get(f"/appointments/{appointment}").text)
    assert "Ab heute um 8 Uhr fragen wir weiter; bis dahin ruhen die SMS." in page
    town.work(hours=1)
    page = words_of(staff.get(f"/appointments/{appointment}").text)
    assert "Wir fragen gerade eine Person." in page
    assert "ruhen" not in page


def test_over_a_weekend_the_day_is_named(town: World, browser: Browser) -> None:
    town.now += timedelta(days=4, hours=14)  # Friday, 21:00
    hours(town, 8, 20)
    town.mediator("Amira", "kmr")
    appointment = town.appointment("kmr", town.now + timedelta(days=3, hours=13))
    town.work()
    page = words_of(browser().get(f"/appointments/{appointment}").text)
    assert "Ab Montag um 8 Uhr fragen wir weiter; bis dahin ruhen die SMS." in page
