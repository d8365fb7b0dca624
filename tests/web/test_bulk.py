"""Many requests from one table: looked at first, errors at their row, sent twice made once, wrong rows handed back."""

import io
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.models import Appointment, Event, Organisation, PlanRun, Role, Site
from app.spreadsheets.requests import MOST_ROWS
from tests.web.forms import send, token_in, words_of
from tests.world import TOWN_HALL, World

Browser = Callable[..., FlaskClient]
PAGE = "/appointments/bulk"
HEAD = "Sprache;Datum;Beginn;Dauer"
GOOD = f"{HEAD};Hinweis\nArabisch;1.12.2026;14:00;30;Raum 1\nKurmanci;1.12.2026;14:30;30;Raum 2\n"
MIXED = f"{HEAD}\nArabisch;1.12.2026;14:00;30\nElbisch;1.12.2026;14:30;30\nDari;1.12.2020;25;30\n"


@pytest.fixture
def staff(browser: Browser) -> FlaskClient:
    return browser()


def paste(client: FlaskClient, text: str, **more: str) -> TestResponse:
    return send(client, PAGE, {"pasted": text, "topic": "school", "fallback_mode": "y"} | more)


def go_on(client: FlaskClient, shown: TestResponse, **more: str) -> TestResponse:
    """Send on the form that brings the table along."""
    page = shown.text
    fields = {
        name: unescape(value) for name, value in re.findall(r'type="hidden" name="([\w-]+)" value="([^"]*)"', page)
    }
    for name, options in re.findall(r'<select [^>]*name="([\w-]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        fields[name] = chosen[1] if chosen else ""
    for name in re.findall(r'name="(fallback_\w+)" value="y" checked', page):
        fields[name] = "y"
    return client.post(PAGE, data=fields | more)


def asked(town: World) -> list[Appointment]:
    with town.change() as session:
        found = list(session.scalars(select(Appointment).order_by(Appointment.starts_at, Appointment.id)))
        session.expunge_all()
        return found


def test_all_rows_are_shown_first_and_then_asked_for_as_shown(town: World, staff: FlaskClient) -> None:
    shown = paste(staff, GOOD)
    page = words_of(shown.text)
    assert shown.status_code == 200
    assert "Di., 1. Dezember, 14 Uhr" in page
    assert "Raum 2" in page
    assert "2 Termine anfragen" in page
    assert asked(town) == []
    sent = go_on(staff, shown, do="send")
    assert (sent.status_code, sent.location) == (303, "/appointments")
    assert "2 Termine sind angefragt." in staff.get("/appointments").text
    first, second = asked(town)
    assert (first.language, first.duration_minutes, first.place_name) == ("ara", 30, TOWN_HALL.name)
    assert (second.language, second.note, second.topic) == ("kmr", "Raum 2", "school")
    assert (first.contact_email, first.fallbacks, first.status.value) == ("staff@beckum.example", ["mode"], "open")
    with town.change() as session:
        events = session.scalars(select(Event).where(Event.kind == "requested")).all()
        assert {(one.appointment_id, one.actor_kind.value) for one in events} == {
            (first.id, "account"),
            (second.id, "account"),
        }
        assert session.scalar(select(func.count()).select_from(PlanRun)) == 1


def test_somebody_is_looked_for_for_each_of_them(town: World, staff: FlaskClient) -> None:
    town.mediator("Amira", "ara")
    town.mediator("Berfin", "kmr")
    go_on(staff, paste(staff, GOOD), do="send")
    town.work()
    assert [town.asked(one.id) for one in asked(town)] == [{"Amira"}, {"Berfin"}]


def test_a_table_sent_twice_is_asked_for_once(town: World, staff: FlaskClient) -> None:
    shown = paste(staff, GOOD)
    go_on(staff, shown, do="send")
    go_on(staff, shown, do="send")
    again = paste(staff, GOOD)
    assert "Alles ist schon angefragt" in again.text
    assert len(asked(town)) == 2
    longer = f"{GOOD}Dari;1.12.2026;15:00;30;\n"
    assert go_on(staff, paste(staff, longer), do="send").status_code == 303
    assert "1 Termin ist angefragt. 2 Zeilen waren schon angefragt." in staff.get("/appointments").text
    assert len(asked(town)) == 3


def test_what_was_cancelled_may_be_asked_for_again(town: World, staff: FlaskClient) -> None:
    go_on(staff, paste(staff, GOOD), do="send")
    town.cancel(asked(town)[0].id)
    go_on(staff, paste(staff, GOOD), do="send")
    assert [one.status.value for one in asked(town) if one.language == "ara"] == ["cancelled", "open"]


def test_with_an_error_nothing_is_asked_for_and_each_stands_at_its_row_and_column(
    town: World, staff: FlaskClient
) -> None:
    shown = paste(staff, MIXED)
    assert shown.status_code == 422
    page = words_of(shown.text)
    assert "2 Zeilen haben Fehler" in page
    assert "Diese Sprache kennen wir nicht: Elbisch." in page
    rows = re.findall(r'data-label="Zeile">(\d+)</th>\s*<td role="cell" data-label="Spalte">(\w+)<', shown.text)
    assert rows == [("3", "Sprache"), ("4", "Beginn")]
    assert go_on(staff, shown, do="send").status_code == 422
    assert asked(town) == []


def test_wrong_rows_are_left_out_if_wished_and_come_back_as_a_file_that_can_be_sent_again(
    town: World, staff: FlaskClient
) -> None:
    sent = go_on(staff, paste(staff, MIXED), do="send", leave_out="y")
    assert sent.status_code == 200
    assert "1 Termin ist angefragt." in sent.text
    assert "2 Zeilen sind weggelassen" in sent.text
    assert len(asked(town)) == 1
    back = go_on(staff, sent, do="csv")
    assert back.mimetype == "text/csv"
    text = back.data.decode("utf-8-sig")
    assert text.splitlines()[0] == "Sprache;Datum;Beginn;Dauer;Was nicht stimmt"
    assert "Elbisch;1.12.2026;14:30;30;Sprache: Diese Sprache kennen wir nicht: Elbisch." in text
    assert len(text.splitlines()) == 3
    mended = text.replace("Elbisch", "Dari").replace("2020", "2026").replace(";25;", ";15;")
    assert go_on(staff, paste(staff, mended), do="send").status_code == 303
    assert len(asked(town)) == 3


def test_a_workbook_comes_back_as_one(staff: FlaskClient) -> None:
    book = go_on(staff, paste(staff, MIXED), do="xlsx")
    assert book.data[:2] == b"PK"
    form = {"file": (io.BytesIO(book.data), "Zeilen.xlsx"), "csrf_token": token_in(staff.get(PAGE).text)}
    assert "2 Zeilen haben Fehler" in staff.post(PAGE, data=form, content_type="multipart/form-data").text


def test_what_looks_odd_is_said_and_forbids_nothing(town: World, staff: FlaskClient) -> None:
    other = town.appointment("ara", town.now + timedelta(days=8, hours=7))
    page = paste(staff, f"{HEAD}\nArabisch;1.12.2026;14:15;30\nDari;6.12.2026;6:00;30\n")
    assert page.status_code == 200
    assert "Für diese Zeit und Sprache haben Sie schon eine Anfrage." in page.text
    assert f"/appointments/{other}" in page.text
    assert "Wochenende oder Feiertag" in page.text
    assert "außerhalb der üblichen Zeiten" in page.text


def test_the_same_row_twice_is_an_error_and_another_room_is_not(staff: FlaskClient) -> None:
    row = "Arabisch;1.12.2026;14:00;30;"
    assert "Das steht schon in Zeile 2." in paste(staff, f"{HEAD};Hinweis\n{row}Raum 1\n{row}Raum 1\n").text
    assert paste(staff, f"{HEAD};Hinweis\n{row}Raum 1\n{row}Raum 2\n").status_code == 200


def test_staff_ask_for_their_own_organisation_alone(town: World, staff: FlaskClient) -> None:
    with town.change() as session:
        session.add(Organisation(name="Jugendamt", email="jugendamt@beckum.example"))
    text = f"Einrichtung;{HEAD}\nJugendamt;Arabisch;1.12.2026;14:00;30\n"
    shown = paste(staff, text)
    assert "nur für Ihre eigene Einrichtung" in shown.text
    assert go_on(staff, shown, do="send", leave_out="y", organisation="2").status_code == 200
    assert asked(town) == []
    assert paste(staff, text.replace("Jugendamt", "Sozialamt")).status_code == 200


def test_coordinators_say_for_whom_in_the_table_or_beside_it(town: World, browser: Browser) -> None:
    client = browser(Role.COORDINATOR)
    assert "Bitte wählen Sie eine Einrichtung" in paste(client, GOOD).text
    shown = paste(client, GOOD, organisation=str(town.organisation_id))
    assert shown.status_code == 200
    named = f"Einrichtung;{HEAD}\nSozialamt;Arabisch;1.12.2026;14:00;30\nNirgends;Dari;1.12.2026;14:00;30\n"
    assert "Diese Einrichtung gibt es im Pool nicht: Nirgends." in paste(client, named).text
    assert go_on(client, shown, do="send").status_code == 303
    assert {one.organisation_id for one in asked(town)} == {town.organisation_id}


def test_the_place_is_chosen_for_all_rows_that_name_none(town: World, staff: FlaskClient) -> None:
    with town.change() as session:
        annexe = Site(organisation_id=town.organisation_id, name="Nebenstelle", lat=51.75, lon=8.05)
        session.add(annexe)
        session.flush()
        number = annexe.id
    text = f"{HEAD};Ort\nArabisch;1.12.2026;14:00;30;\nArabisch;1.12.2026;15:00;30;Rathaus\n"
    go_on(staff, paste(staff, text, place=f"site:{number}"), do="send")
    assert [one.place_name for one in asked(town)] == ["Nebenstelle", "Rathaus"]


def test_columns_nobody_recognises_are_chosen_on_the_page(staff: FlaskClient) -> None:
    shown = paste(staff, "Muttersprache;Datum;Beginn;Dauer\nArabisch;1.12.2026;14:00;30\n")
    assert shown.status_code == 422
    assert "Sprache: Diese Spalte fehlt." in shown.text
    assert go_on(staff, shown, **{"column-0": "language"}).status_code == 200


def test_the_hour_that_summer_time_skips_is_an_error_at_its_row(staff: FlaskClient) -> None:
    shown = paste(staff, f"{HEAD}\nArabisch;28.3.2027;2:30;30\n")
    assert shown.status_code == 422
    assert 'data-label="Spalte">Beginn<' in shown.text


@pytest.mark.parametrize("text", ["", "  ", "nur Worte", HEAD])
def test_what_is_no_table_is_told_and_kept(staff: FlaskClient, text: str) -> None:
    answer = paste(staff, text)
    assert answer.status_code == 422
    assert text.strip() in answer.text


def test_more_rows_than_a_page_takes_are_refused(town: World, staff: FlaskClient) -> None:
    rows = "".join(f"Arabisch;1.12.2026;14:00;30;{one}\n" for one in range(MOST_ROWS + 1))
    answer = paste(staff, f"{HEAD};Hinweis\n{rows}")
    assert answer.status_code == 422
    assert f"Möglich sind {MOST_ROWS} Zeilen" in answer.text


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_the_template_is_read_and_its_example_asks_for_nobody(staff: FlaskClient, form: str) -> None:
    book = staff.get(f"{PAGE}/template.{form}")
    data: dict[str, Any] = {"file": (io.BytesIO(book.data), f"x.{form}"), "csrf_token": token_in(staff.get(PAGE).text)}
    answer = staff.post(PAGE, data=data, content_type="multipart/form-data")
    assert "Eine Spalte ist noch unklar" not in answer.text
    assert re.findall(r'data-label="Spalte">(\w+)<', answer.text) == ["Datum"]


def test_the_form_leads_there_and_the_page_speaks_english(staff: FlaskClient) -> None:
    assert f'href="{PAGE}"' in staff.get("/appointments/new").text
    assert "Ask for several appointments at once" in staff.get(f"{PAGE}?lang=en").text
    english = "Language;Date;Start;Duration (minutes)\nArabic;2026-12-01;14:00;30\n"
    assert "Request 1 appointment" in paste(staff, english).text


def test_an_organisation_that_is_not_active_asks_for_nothing(town: World, staff: FlaskClient) -> None:
    with town.change() as session:
        session.get_one(Organisation, town.organisation_id).active = False
    assert staff.get(PAGE).status_code == 403
    assert staff.post(PAGE, data={"pasted": GOOD}).status_code in {400, 403}
