"""What the service cannot mend by itself, on the board until somebody has seen to it."""

import re
from collections.abc import Callable
from datetime import timedelta

from flask.testing import FlaskClient

from app.journey.telling import alerts
from app.models import Mediator, Role
from tests.web.forms import token_in
from tests.world import World

Browser = Callable[..., FlaskClient]


def open_alerts(town: World) -> list[int]:
    with town.change() as session:
        return [one.id for one in alerts.unresolved(session)]


def test_an_alert_says_what_happened_and_leads_there(town: World, browser: Browser) -> None:
    amira, filled = town.mediator("Amira", "kmr"), town.appointment("kmr", town.now + timedelta(days=3))
    town.appointment("tir")
    town.ask(filled, amira)
    town.accept(filled, amira)
    town.wrong_number(amira, filled)
    town.work()
    page = browser(Role.COORDINATOR).get("/board").text
    assert "1 Termin und 1 Hinweis." in page
    [line] = re.findall(r'<li [^>]*id="alert-row-.*?</li>', page, re.DOTALL)
    assert "SMS an Amira kommen nicht an" in line
    assert f'href="/mediators/{amira}"' in line
    assert f'href="/appointments/{filled}"' in line


def test_an_alert_about_an_appointment_of_the_list_stands_at_its_line(town: World, browser: Browser) -> None:
    amira, appointment = town.mediator("Amira", "kmr"), town.appointment("tir")
    town.work()
    number = town.wrong_number(amira, appointment)
    page = browser(Role.COORDINATOR).get("/board").text
    [line] = re.findall(rf'<li [^>]*id="row-{appointment}".*?</li>', page, re.DOTALL)
    assert f'id="alert-{number}"' in line
    assert f"/board/alerts/{number}/resolve" in line
    assert "1 Termin." in page
    assert page.count(f'id="alert-{number}"') == 1


def test_whoever_is_to_be_called_has_their_number_in_the_alert(town: World, browser: Browser) -> None:
    amira, berat = town.mediator("Amira", "kmr"), town.mediator("Berat", "kmr")
    town.wrong_number(amira)
    with town.change() as session:
        person, pool_id = session.get_one(Mediator, berat), town.pool_id
        alerts.raise_alert(
            session, town.now, town.links, pool_id, "not_reached", "berat", mediator=person, name="Berat", when="morgen"
        )
    page = browser(Role.COORDINATOR).get("/board").text
    assert 'href="tel:+491713920001"' in page
    assert 'href="tel:+491713920000"' not in page, "a wrong number is none to call"


def test_an_alert_speaks_the_language_of_the_page(town: World, browser: Browser) -> None:
    town.wrong_number(town.mediator("Amira", "kmr"))
    client = browser(Role.COORDINATOR)
    german, english = client.get("/board").text, client.get("/board?lang=en").text
    assert "SMS to Amira do not arrive" in english
    assert "SMS an Amira kommen nicht an" in german
    assert "SMS an Amira" not in english


def test_done_takes_an_alert_off_the_board_without_a_script(town: World, browser: Browser) -> None:
    number = town.wrong_number(town.mediator("Amira", "kmr"))
    client = browser(Role.COORDINATOR)
    token = token_in(client.get("/board?q=AZ").text)
    answer = client.post(f"/board/alerts/{number}/resolve?q=AZ", data={"csrf_token": token})
    assert (answer.status_code, answer.location) == (303, "/board?q=AZ")
    assert "Im Moment ist nichts zu tun." in client.get("/board").text
    assert open_alerts(town) == []


def test_done_by_script_brings_the_board_without_the_alert(town: World, browser: Browser) -> None:
    first = town.wrong_number(town.mediator("Amira", "kmr"))
    second = town.wrong_number(town.mediator("Berat", "kmr"))
    client = browser(Role.COORDINATOR)
    data = {"csrf_token": token_in(client.get("/board").text)}
    answer = client.post(f"/board/alerts/{first}/resolve", data=data, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith('<div id="board"')
    assert f'id="alert-{second}"' in answer.text
    assert f'id="alert-{first}"' not in answer.text
    assert "Der Hinweis ist erledigt." in answer.text
    assert open_alerts(town) == [second]


def test_an_alert_is_for_coordinators_of_its_pool_alone(town: World, browser: Browser) -> None:
    number = town.wrong_number(town.mediator("Amira", "kmr"))
    World.build(town.app, town.now, key="hagen")
    for client, status in ((browser(Role.STAFF), 403), (browser(Role.COORDINATOR, key="hagen"), 404)):
        data = {"csrf_token": token_in(client.get("/appointments/new").text)}
        assert client.post(f"/board/alerts/{number}/resolve", data=data).status_code == status
    assert open_alerts(town) == [number]


def test_more_than_five_alerts_are_folded_away_the_newest_first(town: World, browser: Browser) -> None:
    numbers = []
    for name in ("Amira", "Berat", "Ciwan", "Dilan", "Evin", "Ferhat", "Gule"):
        numbers.append(town.wrong_number(town.mediator(name, "kmr")))
        town.now += timedelta(minutes=1)
    page = browser(Role.COORDINATOR).get("/board").text
    assert "2 weitere Hinweise" in page
    shown, folded = page.split("2 weitere Hinweise")
    order = [f'id="alert-{number}"' for number in numbers[::-1]]
    assert all(one in shown for one in order[:5])
    assert all(one in folded for one in order[5:])
    assert shown.index(order[0]) < shown.index(order[1])


def test_polling_swaps_when_an_alert_comes_and_is_silent_while_nothing_changes(town: World, browser: Browser) -> None:
    number = town.wrong_number(town.mediator("Amira", "kmr"))
    client = browser(Role.COORDINATOR)
    poll = client.get("/board").text.split('id="board"')[1].split('hx-get="')[1].split('"')[0].replace("&amp;", "&")
    town.now += timedelta(seconds=10)
    assert client.get(poll).status_code == 204, "the forms' tokens are no change"
    with town.change() as session:
        alerts.resolve(session, town.now, town.staff(session, Role.COORDINATOR), number)
    assert client.get(poll).status_code == 200


def test_another_number_settles_the_alert_and_the_flag(town: World, browser: Browser) -> None:
    amira = town.mediator("Amira", "kmr")
    town.wrong_number(amira)
    with town.change() as session:
        session.get_one(Mediator, amira).phone_trouble = "30005"
    client = browser(Role.COORDINATOR)
    page = client.get(f"/mediators/{amira}").text
    assert "Diese Nummer hat zuletzt keine SMS bekommen (30005)" in page
    assert "Nummer prüfen" in client.get("/mediators").text
    form = {
        "name": "Amira", "phone": "+491713920000", "status": "active", "locale": "de", "modes": ["phone"],
        "skills-0-language": "kmr", "skills-0-level": "C1",
    }  # fmt: skip
    same = client.post(f"/mediators/{amira}", data=form | {"csrf_token": token_in(page)})
    assert same.status_code == 303
    assert len(open_alerts(town)) == 1, "the number is the same"
    changed = client.post(f"/mediators/{amira}", data=form | {"csrf_token": token_in(page), "phone": "0171 3920099"})
    assert changed.status_code == 303
    assert open_alerts(town) == []
    assert "keine SMS bekommen" not in client.get(f"/mediators/{amira}").text
    assert "Nummer prüfen" not in client.get("/mediators").text


def test_candidates_show_whose_number_is_wrong(town: World, browser: Browser) -> None:
    amira, appointment = town.mediator("Amira", "kmr"), town.appointment("kmr")
    with town.change() as session:
        session.get_one(Mediator, amira).phone_trouble = "30005"
    assert "Nummer prüfen" in browser(Role.COORDINATOR).get(f"/board/{appointment}/candidates").text
