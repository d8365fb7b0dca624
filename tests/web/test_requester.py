"""The page on which whoever requested an appointment says how it was, by link and without a login."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.journey import answering, reporting
from app.journey.history import SERVICE
from app.journey.reporting import Report
from app.models import Appointment, LinkKind, Mediator, Reporter, RequesterLink
from tests.web.forms import send, words_of
from tests.web.test_mediator import own_link
from tests.world import World


@pytest.fixture
def outside(town: World) -> FlaskClient:
    """A browser in which nobody is logged in."""
    return town.app.test_client()


def agreed(town: World, name: str = "Amira", **values: Any) -> int:
    person, appointment = town.mediator(name, "kmr"), town.appointment("kmr", **values)
    with town.change() as session:
        found = session.get_one(Mediator, person)
        answering.assign(session, town.now, town.links, appointment, found, SERVICE)
    return appointment


def links_of(town: World) -> list[str]:
    """The paths of all links, in the order of their appointments."""
    with town.change() as session:
        rows = session.scalars(select(RequesterLink).order_by(RequesterLink.appointment_id))
        return [town.links.url(one).removeprefix(town.links.public_url) for one in rows]


@pytest.fixture
def link(town: World) -> str:
    """The link to an appointment that ended some hours ago, as the e-mail holds it."""
    agreed(town)
    town.work(days=1, hours=5)
    mail = next(one for one in town.ways.mail.sent if "Wie war Ihr Termin?" in one.subject)
    [found] = re.findall(rf"{re.escape(town.links.public_url)}(/r/\S+)", mail.text)
    assert [found] == links_of(town)
    return str(found)


def say(outside: FlaskClient, link: str, said: str = "took_place", **more: str) -> TestResponse:
    return send(outside, link, {"said": said, "thanks": "none"} | more)


def known(town: World) -> Report | None:
    with town.change() as session:
        return reporting.said_of(session.scalars(select(Appointment).order_by(Appointment.id)).first())  # type: ignore[arg-type]


def test_the_page_says_what_it_is_about_and_looking_changes_nothing(
    town: World, outside: FlaskClient, link: str
) -> None:
    answer = outside.get(link)
    page = words_of(answer.text)
    assert "Wie war Ihr Termin?" in page
    assert "Di., 24. November, 10–11 Uhr" in page
    assert "Amira" in page
    assert "Di., 8. Dezember" in page
    assert "Set-Cookie" not in answer.headers
    assert outside.head(link).status_code == 200
    assert known(town) is None


def test_what_is_said_is_kept_shown_and_can_be_changed(town: World, outside: FlaskClient, link: str) -> None:
    answer = say(outside, link, "late", minutes="75", thanks="help", words="Bis bald!")
    assert (answer.status_code, answer.location) == (303, f"{link}?kept=1")
    page = words_of(outside.get(answer.location).text)
    assert "Danke, das ist eingetragen" in page
    assert "Er dauerte 75 Minuten." in page
    assert known(town) == Report(came_late=True, lasted_minutes=75)
    assert say(outside, link, "client").status_code == 303
    assert known(town) == Report(missed_by="client")


def test_a_form_of_another_page_is_refused_and_nothing_is_lost(town: World, outside: FlaskClient, link: str) -> None:
    answer = outside.post(link, data={"said": "late", "minutes": "75", "csrf_token": "guessed"})
    assert answer.status_code == 400
    assert 'value="75"' in answer.text
    assert known(town) is None


def test_what_the_coordination_recorded_stands_and_thanks_still_pass(
    town: World, outside: FlaskClient, link: str
) -> None:
    opened = outside.get(link).text
    with town.change() as session:
        number = session.execute(select(Appointment.id)).scalar_one()
        where = (session, town.now, town.links, number, SERVICE, Reporter.COORDINATION)
        reporting.report(*where, Report(came_late=True))
    answer = say(outside, link, thanks="calm")
    assert answer.status_code == 303
    page = words_of(outside.get(link).text)
    assert "Eingetragen von der Koordination" in page
    assert "Danke für Ihre Ruhe und Geduld." in page
    assert 'name="said"' not in page
    assert 'name="said"' in opened
    assert known(town) == Report(came_late=True)


def test_after_two_weeks_the_page_says_so_and_shows_nothing_else(town: World, outside: FlaskClient, link: str) -> None:
    filled_in = outside.get(link).text
    town.now += timedelta(days=14)
    answer = outside.get(link)
    assert answer.status_code == 410
    assert "Die Zeit für Rückmeldungen ist vorbei" in answer.text
    assert "Amira" not in answer.text
    found = re.search(r'name="csrf_token" value="([^"]+)"', filled_in)
    assert found is not None
    late = outside.post(link, data={"csrf_token": found.group(1), "said": "late", "thanks": "none"})
    assert late.status_code == 410
    assert known(town) is None


def test_a_link_after_a_cancellation_says_so(town: World, outside: FlaskClient, link: str) -> None:
    with town.change() as session:
        session.execute(select(Appointment)).scalar_one().status = "cancelled"  # type: ignore[assignment]
    answer = outside.get(link)
    assert answer.status_code == 410
    assert "Dieser Termin ist abgesagt" in answer.text


def test_guessed_links_open_nothing_and_are_slowed_down(outside: FlaskClient, link: str) -> None:
    answers = [outside.get(f"/r/{'x' * 21}{number % 10}").status_code for number in range(31)]
    assert answers[0] == 404
    assert answers[-1] == 429
    assert outside.get(link).status_code == 200, "who has the right link is never kept out"


def test_the_link_of_a_mediator_opens_no_page_of_a_requester(town: World, outside: FlaskClient, link: str) -> None:
    with town.change() as session:
        amira = session.execute(select(Mediator.id)).scalar_one()
    own = own_link(town, amira, LinkKind.MEDIATOR)
    assert outside.get(own.replace("/m/", "/r/")).status_code == 404
    assert outside.get(link.replace("/r/", "/m/")).status_code == 404


def test_one_page_leads_to_the_other_appointments_of_the_same_address(town: World, outside: FlaskClient) -> None:
    for name in ("Amira", "Berfin"):
        agreed(town, name, contact_email="eins@schule.example")
    agreed(town, "Cem", contact_email="zwei@schule.example")
    town.work(days=1, hours=5)
    first, second, foreign = links_of(town)
    page = outside.get(first).text
    assert second in page
    assert foreign not in page
    say(outside, second)
    assert second not in outside.get(first).text


def test_thanks_stand_on_the_page_of_the_mediator(town: World, outside: FlaskClient, link: str) -> None:
    say(outside, link, thanks="help", words="<b>Bis</b> bald!")
    with town.change() as session:
        amira = session.execute(select(Mediator.id)).scalar_one()
    page = outside.get(own_link(town, amira, LinkKind.MEDIATOR)).text
    assert "Danke, das war eine große Hilfe. &lt;b&gt;Bis&lt;/b&gt; bald!" in page
    assert "Sozialamt" in page


def test_the_page_speaks_english(outside: FlaskClient, link: str) -> None:
    page = words_of(outside.get(f"{link}?lang=en").text)
    assert "How was your appointment?" in page
    assert "Thank you, that was a great help." in page
