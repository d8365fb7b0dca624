"""What staff see and send."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.models import Appointment, Mediator, MediatorStatus, Organisation, Pool, Role
from app.transaction import transaction
from tests.web.forms import token_in, words_of
from tests.world import World

Browser = Callable[..., FlaskClient]


def typed(**changes: str) -> dict[str, str]:
    """A request as somebody fills it in; None leaves a field out."""
    return {
        "language": "kmr",
        "date": "2026-12-01",
        "time": "10:00",
        "duration": "60",
        "place": "site:1",
        "topic": "school",
        "mediators_needed": "1",
    } | changes


def send(client: FlaskClient, path: str = "/appointments/new", **changes: str) -> TestResponse:
    page = client.get(path).text
    return client.post(path, data=typed(**changes) | {"csrf_token": token_in(page)})


def appointments(town: World) -> list[Any]:
    with town.change() as session:
        columns = (
            Appointment.language,
            Appointment.starts_at,
            Appointment.mode,
            Appointment.place_name,
            Appointment.status,
        )
        return list(session.execute(select(*columns).order_by(Appointment.id)))


def test_a_request_becomes_an_open_appointment_at_the_local_time(town: World, browser: Browser) -> None:
    client = browser()
    answer = send(client)
    assert answer.status_code == 303
    [(language, starts_at, mode, place, status)] = appointments(town)
    assert (language, mode, place, status) == ("kmr", "on_site", "Rathaus", "open")
    assert starts_at.isoformat() == "2026-12-01T09:00:00+00:00"
    page = words_of(client.get(answer.location).text)
    assert "Di., 1. Dezember, 10–11 Uhr" in page
    assert "Wir suchen gerade" in page


def test_the_contact_comes_from_the_account(town: World, browser: Browser) -> None:
    send(browser())
    with town.change() as session:
        found = session.execute(select(Appointment)).scalar_one()
        assert found.contact_name == "Staff Beispiel"
        assert found.contact_email == "staff@beckum.example"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"language": ""}, "Bitte wählen Sie eine Sprache."),
        ({"language": "xxx"}, "Bitte wählen Sie etwas aus der Liste."),
        ({"date": "gestern"}, "Bitte ein Datum angeben"),
        ({"date": "2026-13-45"}, "Bitte ein Datum angeben"),
        ({"date": "2026-11-01"}, "Dieser Zeitpunkt ist schon vorbei"),
        ({"date": "2031-01-01"}, "mehr als ein Jahr in der Zukunft"),
        ({"time": "25:99"}, "Bitte eine Uhrzeit angeben"),
        ({"time": ""}, "Bitte eine Uhrzeit angeben"),
        ({"date": "2027-03-28", "time": "02:30"}, "Die Uhrzeit 02:30 gibt es an diesem Tag nicht"),
        ({"date": "2027-10-31", "time": "02:30"}, "Die Uhrzeit 02:30 gibt es an diesem Tag zweimal"),
        ({"duration": "other", "other_minutes": "lang"}, "Bitte die Dauer in Minuten angeben"),
        ({"duration": "other", "other_minutes": "-5"}, "Das Ende liegt vor dem Anfang"),
        ({"duration": "other", "other_minutes": "9999"}, "von 15 bis 480"),
        ({"duration": "17"}, "Bitte wählen Sie etwas aus der Liste."),
        ({"place": "site:999999999999999999999"}, "Bitte wählen Sie etwas aus der Liste."),
        ({"place": ""}, "Bitte wählen Sie, wo das Gespräch stattfindet."),
        ({"topic": "astrology"}, "Bitte wählen Sie etwas aus der Liste."),
        ({"second_language": "kmr"}, "Das ist dieselbe Sprache wie oben"),
        ({"mediators_needed": "viele"}, "Bitte eine Zahl angeben"),
        ({"mediators_needed": "99999999999999999999"}, "von 1 bis 9"),
        ({"reference": "x" * 61}, "auf 60 Zeichen"),
        ({"note": "x" * 5000}, "auf 1000 Zeichen"),
        ({"mediators_needed": "9" * 5000}, "Bitte eine Zahl angeben"),
    ],
)
def test_what_cannot_be_taken_is_said_at_the_field_and_nothing_typed_is_lost(
    town: World, browser: Browser, changes: dict[str, str], sentence: str
) -> None:
    town.now += timedelta(days=5)
    kept = {"note": "Bitte klingeln"} | changes
    answer = send(browser(), **kept)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert kept["note"] in answer.text
    assert not appointments(town)


def test_the_hour_that_summer_time_skips_is_shown_at_the_time(browser: Browser) -> None:
    page = send(browser(), date="2027-03-28", time="02:30").text
    assert 'id="time-error"' in page
    assert 'id="date-error"' not in page


def test_invisible_characters_do_not_reach_the_database(town: World, browser: Browser) -> None:
    assert send(browser(), note="Ein\x00gang\x1b").status_code == 303
    with town.change() as session:
        assert session.execute(select(Appointment.note)).scalar_one() == "Eingang"


def test_a_telephone_appointment_has_no_place(town: World, browser: Browser) -> None:
    assert send(browser(), place="phone").status_code == 303
    [(_, _, mode, place, _)] = appointments(town)
    assert (mode, place) == ("phone", "")


def test_every_language_but_german_can_be_found_by_its_own_name(browser: Browser) -> None:
    page = browser().get("/appointments/new").text
    assert "Kurmancî" in page
    assert 'value="deu"' not in page


def test_the_form_asks_for_no_names(browser: Browser) -> None:
    assert "Keine Namen und keine Gesundheitsdaten eintragen" in browser().get("/appointments/new").text


def test_the_last_languages_are_offered_first(town: World, browser: Browser) -> None:
    client = browser()
    assert "data-pool-recent" not in client.get("/appointments/new").text
    send(client, language="tir")
    assert 'data-pool-choose="tir"' in client.get("/appointments/new").text


def test_coordinators_say_for_whom_they_ask(town: World, browser: Browser) -> None:
    client = browser(Role.COORDINATOR)
    assert "Für welche Einrichtung" in client.get("/appointments/new").text
    answer = send(client, f"/appointments/new?organisation={town.organisation_id}")
    assert answer.status_code == 303
    assert len(appointments(town)) == 1


def test_the_status_is_a_sentence_from_the_request_to_the_yes(town: World, browser: Browser) -> None:
    amira = town.mediator("Amira", "kmr")
    town.mediator("Berat", "kmr")
    appointment = town.appointment("kmr")
    client = browser()
    path = f"/appointments/{appointment}"
    assert "Wir suchen gerade" in client.get(path).text
    town.work()
    page = client.get(path).text
    assert "Wir fragen gerade 2 Personen. Die erste Antwort erwarten wir bis heute" in page
    assert "Amira" not in page
    phone = town.app.test_client()
    link = town.link(appointment, amira)
    phone.post(link, data={"answer": "accept", "csrf_token": token_in(phone.get(link).text)})
    town.now += timedelta(seconds=10)
    page = client.get(path).text
    assert "Amira kommt. Telefon 0171 39200" in page
    assert 'href="tel:+4917139200' in page
    assert "Amira hat zugesagt." in page
    assert "Berat" not in page


def says_yes(town: World, appointment: int, person: int) -> None:
    phone = town.app.test_client()
    link = town.link(appointment, person)
    assert phone.post(link, data={"answer": "accept", "csrf_token": token_in(phone.get(link).text)}).status_code == 303


@pytest.mark.thorough
def test_until_a_yes_can_no_longer_be_taken_back_nobody_is_promised(town: World, browser: Browser) -> None:
    amira = town.mediator("Amira", "kmr")
    appointment = town.appointment("kmr")
    town.work()
    says_yes(town, appointment, amira)
    staff, coordinator = browser(), browser(Role.COORDINATOR)
    for path in (f"/appointments/{appointment}", "/appointments"):
        page = staff.get(path).text
        assert "Zusage wird gerade bestätigt" in page
        assert "Jemand kommt" not in page
        assert "Amira" not in page
        assert "badge--success" not in page
        assert "alert--success" not in page
    assert "Hat gerade zugesagt: Amira." in coordinator.get("/board").text
    town.now += timedelta(seconds=10)
    assert "Amira kommt. Telefon" in staff.get(f"/appointments/{appointment}").text
    assert "Zusage wird gerade bestätigt" not in coordinator.get("/board").text


def test_a_yes_by_sms_cannot_be_taken_back_with_a_tap_and_is_promised_at_once(town: World, browser: Browser) -> None:
    town.mediator("Amira", "kmr")
    appointment = town.appointment("kmr")
    town.work()
    assert town.write("Amira", "JA") == "accepted"
    assert "Amira kommt. Telefon" in browser().get(f"/appointments/{appointment}").text


@pytest.mark.thorough
def test_the_first_of_two_is_named_while_the_second_yes_is_confirmed(town: World, browser: Browser) -> None:
    people = [town.mediator(name, "kmr") for name in ("Amira", "Berat")]
    appointment = town.appointment("kmr", mediators_needed=2)
    town.work()
    says_yes(town, appointment, people[0])
    town.now += timedelta(seconds=10)
    says_yes(town, appointment, people[1])
    page = browser().get(f"/appointments/{appointment}").text
    assert "1 von 2 kommt: Amira. Eine Zusage ist da." in page
    assert "Berat" not in page


@pytest.mark.thorough
def test_a_slip_of_the_finger_leaves_no_lines_for_whoever_waits(town: World, browser: Browser) -> None:
    amira = town.mediator("Amira", "kmr")
    town.mediator("Berat", "kmr")
    appointment = town.appointment("kmr")
    town.work()
    client = browser()
    before = history_in(client.get(f"/appointments/{appointment}").text)
    town.accept(appointment, amira)
    town.undo(appointment, amira)
    town.decline(appointment, amira)
    town.undo(appointment, amira)
    assert history_in(client.get(f"/appointments/{appointment}").text) == before
    town.accept(appointment, amira)
    town.now += timedelta(seconds=10)
    assert "Amira hat zugesagt." in history_in(client.get(f"/appointments/{appointment}").text)[0]


def history_in(page: str) -> list[str]:
    """The lines of an appointment's history, newest first."""
    return re.findall(r'<time class="pool-history__time"[^>]*>[^<]*</time>([^<]*)', page)


@pytest.mark.thorough
def test_a_page_held_open_hears_of_everything_that_it_shows(town: World, browser: Browser) -> None:
    amira = town.mediator("Amira", "kmr")
    appointment = town.appointment("kmr")
    client = browser()
    seen = ""

    def says_now() -> str:
        nonlocal seen
        answer = client.get(f"/appointments/{appointment}/status?seen={seen}")
        found = re.search(r"seen=([^&\"]+)", answer.text)
        assert found, "the page would stop looking"
        seen = found.group(1)
        assert client.get(f"/appointments/{appointment}/status?seen={seen}").status_code == 204
        return answer.text

    assert "Wir suchen" in says_now()
    town.work()
    assert "Wir fragen gerade" in says_now()
    town.accept(appointment, amira)
    assert "Zusage wird gerade bestätigt" in says_now()
    town.undo(appointment, amira)
    assert "Wir fragen gerade" in says_now()
    town.accept(appointment, amira)
    town.work(seconds=11)
    assert "Amira kommt" in says_now()
    town.edit(appointment, starts_at=town.now + timedelta(hours=5))
    moved = says_now()
    assert "in 5 Stunden" in moved
    assert re.search(r'<h1 id="heading" hx-swap-oob="true">', moved)
    town.now += timedelta(hours=1)
    assert "in 4 Stunden" in says_now()
    town.hand_back(appointment, amira)
    assert "Amira kann doch nicht" in says_now()
    town.work(minutes=1)
    assert "Niemand gefunden" in says_now()
    town.cancel(appointment)
    cancelled = says_now()
    assert "Abgesagt" in cancelled
    assert "Termin absagen" not in cancelled


def test_what_was_sent_does_not_promise_a_search_that_may_end_before_it_is_read(town: World, browser: Browser) -> None:
    client = browser()
    path = send(client).location
    town.work()
    page = client.get(path).text
    assert "Niemand gefunden" in page
    assert "Ihre Anfrage ist da." in page
    assert "Wir suchen jetzt" not in page


@pytest.mark.thorough
def test_one_of_two_is_named_while_the_second_is_asked_and_when_nobody_is_left(town: World, browser: Browser) -> None:
    people = [town.mediator(name, "kmr") for name in ("Amira", "Berat")]
    appointment = town.appointment("kmr", mediators_needed=2)
    town.work()
    says_yes(town, appointment, people[0])
    town.now += timedelta(seconds=10)
    client = browser()
    for path in (f"/appointments/{appointment}", "/appointments"):
        page = client.get(path).text
        assert "1 von 2 kommt: Amira. Für die zweite Person fragen wir gerade weiter." in page
        assert "kern-badge--danger" not in page
        assert "kern-alert--danger" not in page
    phone = town.app.test_client()
    link = town.link(appointment, people[1])
    phone.post(link, data={"answer": "decline", "csrf_token": token_in(phone.get(link).text)})
    town.work(minutes=1)
    assert town.status(appointment) == "unfilled"
    for path, amber in (
        (f"/appointments/{appointment}", "kern-alert--warning"),
        ("/appointments", "kern-badge--warning"),
    ):
        page = client.get(path).text
        assert "1 von 2 kommt: Amira. Für die zweite Person haben wir noch niemanden." in page
        assert amber in page
        assert "Niemand gefunden" not in page


@pytest.mark.thorough
def test_two_who_come_are_both_named(town: World, browser: Browser) -> None:
    people = [town.mediator(name, "kmr") for name in ("Amira", "Berat")]
    appointment = town.appointment("kmr", mediators_needed=2)
    town.work()
    for person in people:
        says_yes(town, appointment, person)
    town.now += timedelta(seconds=10)
    page = browser().get(f"/appointments/{appointment}").text
    assert "Beide kommen" in page
    assert "Amira und Berat kommen." in page


@pytest.mark.thorough
def test_where_nobody_was_found_the_page_says_what_can_be_done(town: World, browser: Browser) -> None:
    with town.change() as session:
        session.get_one(Pool, town.pool_id).phone = "+49252129123"
    appointment = town.appointment("kmr")
    client = browser()
    page = client.get(f"/appointments/{appointment}").text
    assert "Andere Zeit wählen" not in page
    town.work()
    page = client.get(f"/appointments/{appointment}").text
    edit = f"/appointments/{appointment}/edit"
    # the telephone is offered with one press
    assert 'name="rung" value="mode"' in page
    for place in ("date", "second_language"):
        assert f'href="{edit}#{place}"' in page
        assert f'id="{place}"' in client.get(edit).text
    assert "Sobald jemand Neues infrage kommt, fragen wir." in page
    assert '<a href="tel:+49252129123" dir="ltr">02521 29123</a>' in page


def languages_of(town: World) -> list[tuple[str, list[str]]]:
    with town.change() as session:
        found = session.scalars(select(Appointment).order_by(Appointment.id))
        return [(one.language, one.accepted_languages) for one in found]


@pytest.mark.thorough
def test_a_word_for_several_languages_is_asked_about(town: World, browser: Browser) -> None:
    client = browser()
    answer = send(client, language="kur", note="Bitte klingeln")
    assert answer.status_code == 422
    assert "Bitte wählen Sie: Kurmandschi (Nordkurdisch) oder Sorani (Zentralkurdisch)?" in answer.text
    assert "Bitte klingeln" in answer.text
    assert not appointments(town)
    assert send(client, language="kur", member="tur").status_code == 422
    assert send(client, language="kur", member="ckb").status_code == 303
    assert send(client, language="kur", member="either", second_language="ara", time="12:00").status_code == 303
    # somebody chose Kurdish first and then another language: the question is not asked any more
    assert send(client, language="tir", member="ckb").status_code == 303
    assert languages_of(town) == [("ckb", []), ("kmr", ["ckb", "ara"]), ("tir", [])]


def test_languages_that_nobody_speaks_are_marked(town: World, browser: Browser) -> None:
    town.mediator("Amira", "kmr")
    gone = town.mediator("Berat", "tir")
    with town.change() as session:
        session.get_one(Mediator, gone).status = MediatorStatus.PAUSED
    page = browser().get("/appointments/new").text
    for name, marked in (("Kurmandschi (Nordkurdisch)", False), ("Kurdisch (ohne nähere Angabe)", False)):
        assert (f"{name} – spricht zurzeit niemand im Pool" in page) is marked
        assert name in page
    for name in ("Tigrinya", "Sorani (Zentralkurdisch)"):
        assert f"{name} – spricht zurzeit niemand im Pool</option>" in page


def test_what_ended_with_nobody_is_not_held_out_again(town: World, browser: Browser) -> None:
    town.appointment("tir")
    town.work()
    town.appointment("kmr")
    page = browser().get("/appointments/new").text
    assert 'data-pool-choose="kmr"' in page
    assert 'data-pool-choose="tir"' not in page


@pytest.mark.thorough
def test_another_language_is_another_appointment_for_those_who_were_asked(town: World, browser: Browser) -> None:
    amira, cem = town.mediator("Amira", "kmr"), town.mediator("Cem", "tir")
    appointment = town.appointment("kmr", accepted_languages=("tur", "ara"))
    town.work()
    town.accept(appointment, amira)
    town.work(seconds=11)
    client, path = browser(), f"/appointments/{appointment}/edit"
    page = client.get(path).text
    assert re.search(r'<option value="kmr"[^>]* selected', page)
    answer = send(client, path, language="tir", second_language="tur", date="2026-11-24", place="as_is")
    assert answer.status_code == 303
    assert languages_of(town) == [("tir", ["tur", "ara"])]
    town.work(seconds=11)
    assert town.texts_to("Amira")[-1].startswith("Abgesagt")
    assert town.asked(appointment) == {"Cem"}
    assert cem


def test_a_second_language_can_be_given_later_and_taken_back(town: World, browser: Browser) -> None:
    appointment = town.appointment("kmr", accepted_languages=("tur", "ara"))
    client = browser()
    for wanted, expected in (("ckb", ["ckb", "ara"]), ("", ["ara"])):
        path = f"/appointments/{appointment}/edit"
        assert send(client, path, place="as_is", second_language=wanted).status_code == 303
        with town.change() as session:
            assert session.get_one(Appointment, appointment).accepted_languages == expected
    assert send(client, path, place="as_is", second_language="kmr").status_code == 422


def test_a_talk_until_midnight_ends_at_24(town: World, browser: Browser) -> None:
    client = browser()
    page = client.get(send(client, time="23:00", place="phone", sure="hour:").location).text
    assert "23–24 Uhr" in words_of(page)
    assert "Bitte rufen Sie die Sprachmittlerin oder den Sprachmittler zur vereinbarten Zeit an." in page


def test_the_list_keeps_the_hours_in_one_piece(town: World, browser: Browser) -> None:
    town.appointment("kmr")
    assert "10\u2060–\u206011\u00a0Uhr" in browser().get("/appointments").text


@pytest.mark.thorough
def test_who_declined_is_not_named(town: World, browser: Browser) -> None:
    amira = town.mediator("Amira", "kmr")
    appointment = town.appointment("kmr")
    town.work()
    phone = town.app.test_client()
    link = town.link(appointment, amira)
    phone.post(link, data={"answer": "decline", "csrf_token": token_in(phone.get(link).text)})
    town.work()
    page = browser().get(f"/appointments/{appointment}").text
    assert "Eine Person kann nicht." in page
    assert "Leider kann niemand kommen." in page
    assert "Amira" not in page


def test_the_live_part_answers_only_when_there_is_something_new(town: World, browser: Browser) -> None:
    town.mediator("Amira", "kmr")
    appointment = town.appointment("kmr")
    client = browser()
    page = client.get(f"/appointments/{appointment}").text
    url = page.split('hx-get="')[1].split('"')[0].replace("&amp;", "&")
    assert client.get(url).status_code == 204
    town.work()
    changed = client.get(url)
    assert changed.status_code == 200
    assert "Wir fragen gerade eine Person" in changed.text


def test_a_cancelled_appointment_says_so(town: World, browser: Browser) -> None:
    appointment = town.appointment("kmr")
    client = browser()
    path = f"/appointments/{appointment}"
    answer = client.post(f"{path}/cancel", data={"csrf_token": token_in(client.get(path).text)})
    assert answer.status_code == 303
    assert town.status(appointment) == "cancelled"
    assert "Der Termin ist abgesagt." in client.get(path).text


def test_cancelling_needs_the_form_of_the_page(town: World, browser: Browser) -> None:
    appointment = town.appointment("kmr")
    assert browser().post(f"/appointments/{appointment}/cancel").status_code == 400
    assert town.status(appointment) == "open"


def test_an_appointment_moves_to_another_time(town: World, browser: Browser) -> None:
    appointment = town.appointment("kmr")
    path = f"/appointments/{appointment}/edit"
    answer = send(browser(), path, place="as_is", date="2026-12-03", time="14:30", note="Zimmer 4")
    assert answer.status_code == 303
    [(_, starts_at, _, place, _)] = appointments(town)
    assert starts_at.isoformat() == "2026-12-03T13:30:00+00:00"
    assert place == "Rathaus"


def test_a_form_that_somebody_else_has_overtaken_changes_nothing_and_keeps_what_was_typed(
    town: World, browser: Browser
) -> None:
    appointment = town.appointment("kmr")
    path = f"/appointments/{appointment}/edit"
    client = browser()
    page = client.get(path).text
    fields = {"seen": re.findall(r'name="seen" value="(\w+)"', page)[0], "csrf_token": token_in(page)}
    sent = typed(place="as_is", note="Zimmer 4") | fields
    town.edit(appointment, starts_at=town.now + timedelta(days=3, hours=8))
    answer = client.post(path, data=sent)
    assert answer.status_code == 409
    assert "wurde inzwischen geändert" in answer.text
    assert "15–16 Uhr" in answer.text.replace("\u2060", "").replace("\xa0", " ")
    assert "Zimmer 4" in answer.text
    [(_, starts_at, *_)] = appointments(town)
    assert starts_at == town.now + timedelta(days=3, hours=8)
    again = sent | {"seen": re.findall(r'name="seen" value="(\w+)"', answer.text)[0]}
    assert client.post(path, data=again).status_code == 303, "told, and sent once more"


def test_a_move_into_the_past_is_refused_at_the_date(town: World, browser: Browser) -> None:
    appointment = town.appointment("kmr")
    answer = send(browser(), f"/appointments/{appointment}/edit", place="as_is", date="2026-11-01", note="Zimmer 4")
    assert answer.status_code == 422
    assert 'id="date-error"' in answer.text
    assert "Zimmer 4" in answer.text


def test_an_appointment_moves_to_the_telephone(town: World, browser: Browser) -> None:
    appointment = town.appointment("kmr")
    assert send(browser(), f"/appointments/{appointment}/edit", place="phone").status_code == 303
    [(_, _, mode, place, _)] = appointments(town)
    assert (mode, place) == ("phone", "")


def test_what_has_begun_is_not_changed_any_more(town: World, browser: Browser) -> None:
    appointment = town.appointment("kmr")
    town.now += timedelta(days=2)
    assert browser().get(f"/appointments/{appointment}/edit").status_code == 303


@pytest.mark.parametrize("path", ["", "/status", "/edit"])
def test_staff_do_not_see_what_others_asked_for(town: World, browser: Browser, path: str) -> None:
    appointment = town.appointment("kmr")
    with town.app.app_context(), transaction(town.pool_id) as session:
        other = Organisation(name="Kita Sonnenschein")
        session.add(other)
        session.flush()
        session.execute(select(Appointment)).scalar_one().organisation_id = other.id
    assert browser().get(f"/appointments/{appointment}{path}").status_code == 404
    assert browser(Role.COORDINATOR).get(f"/appointments/{appointment}{path}").status_code == 200


@pytest.mark.parametrize("path", ["/appointments/999999999999999999999", "/appointments/77"])
def test_an_appointment_that_does_not_exist_is_not_found(browser: Browser, path: str) -> None:
    assert browser().get(path).status_code == 404


def test_the_list_shows_what_comes_first_and_keeps_the_past_apart(town: World, browser: Browser) -> None:
    town.appointment("kmr", town.now + timedelta(days=9))
    town.appointment("tir", town.now + timedelta(days=2))
    client = browser()
    page = client.get("/appointments").text
    assert page.index("Tigrinya") < page.index("Kurmandschi")
    assert "Tigrinya" not in client.get("/appointments?show=past").text
    town.now += timedelta(days=4)
    client = browser()
    assert "Tigrinya" not in client.get("/appointments").text
    assert "Tigrinya" in client.get("/appointments?show=past").text


@pytest.mark.thorough
def test_the_list_has_pages(town: World, browser: Browser) -> None:
    for number in range(51):
        town.appointment("kmr", town.now + timedelta(days=1, hours=number))
    client = browser()
    assert client.get("/appointments").text.count("pool-board__row") == 50
    assert client.get("/appointments?after=50").text.count("pool-board__row") == 1
    assert client.get("/appointments?after=abc").status_code == 200
    assert client.get("/appointments?before=-99999999999999999999999").status_code == 200


def test_guests_are_led_to_the_login(town: World) -> None:
    answer = town.app.test_client().get("/appointments/new")
    assert answer.status_code == 302
    assert answer.location.endswith("/login")


@pytest.mark.thorough
def test_the_only_person_who_speaks_a_language_is_not_counted(town: World, browser: Browser) -> None:
    town.mediator("Ana", "ron", availability=())
    appointment = town.appointment("ron")
    town.work()
    page = browser().get(f"/appointments/{appointment}").text
    assert "Die einzige Person, die Rumänisch spricht, hat zu dieser Zeit nicht frei." in page
