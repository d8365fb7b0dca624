"""The pages by which tables come in and go out."""

import io
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.models import DEAD_AFTER, Appointment, Heartbeat, Mediator, Organisation, Role, TableImport
from app.registry.past_appointments import OUTCOMES
from app.spreadsheets.imports import AT_ONCE
from app.worker import jobs
from app.worker.importing import take_in_tables
from tests.web.forms import send as forms_send
from tests.web.forms import token_in, words_of
from tests.world import World

Browser = Callable[..., FlaskClient]
Send = Callable[..., TestResponse]
PEOPLE = "Name;Handy;Sprachen\nAmira;0171 3920001;Kurmanci C1\nBerat;0171/3920002;Türkisch (Muttersprache)\n"


@pytest.fixture
def send(browser: Browser) -> Send:
    """Send a file, as a coordinator does."""
    client = browser(Role.COORDINATOR)

    def sent(text: str | bytes, kind: str = "mediators", name: str = "Liste.csv") -> TestResponse:
        path = f"/{kind}/import"
        content = text.encode() if isinstance(text, str) else text
        form = {"csrf_token": token_in(client.get(path).text), "file": (io.BytesIO(content), name)}
        return client.post(path, data=form, content_type="multipart/form-data")

    return sent


@pytest.fixture
def go_on(browser: Browser) -> Callable[..., TestResponse]:
    """Send on the form of the page that shows what was found, with some fields otherwise."""
    client = browser(Role.COORDINATOR)

    def sent(shown: TestResponse, kind: str = "mediators", **changes: str) -> TestResponse:
        data = hidden(shown.text) | {"csrf_token": token_in(client.get("/mediators/import").text)} | changes
        return client.post(f"/{kind}/import", data=data)

    return sent


def hidden(page: str) -> dict[str, str]:
    """The fields that carry the table along, and what its columns are taken for."""
    found = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    for name, options in re.findall(r'<select [^>]*name="(column-\d+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    return found


def count(town: World, kind: type[Any]) -> int:
    with town.change() as session:
        return session.scalar(select(func.count()).select_from(kind)) or 0


def test_a_table_is_looked_at_and_saved_when_the_coordinator_agrees(
    town: World, send: Send, go_on: Callable[..., TestResponse], browser: Browser
) -> None:
    shown = send(PEOPLE)
    assert shown.status_code == 200
    assert "2 Personen übernehmen" in shown.text
    assert count(town, Mediator) == 0
    saved = go_on(shown, do="save")
    assert (saved.status_code, saved.location) == (303, "/mediators")
    assert count(town, Mediator) == 2
    again = send(PEOPLE)
    assert "Alles ist schon da" in again.text
    assert 'value="save"' not in again.text


def test_errors_are_shown_by_row_and_column_and_keep_everything_out(
    town: World, send: Send, go_on: Callable[..., TestResponse]
) -> None:
    shown = send(f"{PEOPLE}Cem;0171 3920003;Klingonisch C1\n")
    assert shown.status_code == 422
    assert re.search(r'data-label="Zeile">4</th>\s*<td [^>]*>Sprachen</td>', shown.text)
    assert "Diese Sprache kennen wir nicht: Klingonisch" in shown.text
    assert 'value="save"' not in shown.text
    assert go_on(shown, do="save").status_code == 422
    assert count(town, Mediator) == 0


def test_what_a_column_holds_can_be_said_on_the_page(
    town: World, send: Send, go_on: Callable[..., TestResponse]
) -> None:
    shown = send(PEOPLE.replace("Handy", "Draht").replace(" C1", ""))
    assert shown.status_code == 422
    assert "Telefon: Diese Spalte fehlt" in words_of(shown.text)
    mended = go_on(shown, **{"column-1": "phone", "level": "B2"})
    assert mended.status_code == 200
    assert go_on(mended, do="save", level="B2").status_code == 303
    with town.change() as session:
        amira = session.scalars(select(Mediator).where(Mediator.name == "Amira")).one()
        assert [(one.language, one.level) for one in amira.skills] == [("kmr", "B2")]


def test_who_resembles_somebody_is_taken_in_if_the_coordinator_says_so(
    town: World, send: Send, go_on: Callable[..., TestResponse]
) -> None:
    town.mediator("Zara", "kmr", phone="+491713920001")
    shown = send(PEOPLE)
    assert "im Pool schon jemand mit anderem Namen" in shown.text
    assert go_on(shown, do="save", similar="y").status_code == 303
    assert count(town, Mediator) == 3


def test_no_file_and_a_strange_one_are_answered_at_the_field(town: World, send: Send) -> None:
    for content, name, said in (
        ("", "", "Bitte wählen Sie eine Datei"),
        (b"<html><table>", "liste.xlsx", "Internetseite"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "liste.xls", "alten Excel"),
    ):
        answer = send(content, name=name)
        assert answer.status_code == 422
        assert said in answer.text
        assert 'aria-describedby="file-hint file-error"' in answer.text


def test_a_file_that_is_too_large_is_refused_by_its_size(town: World, browser: Browser) -> None:
    kind = "multipart/form-data; boundary=x"
    answer = browser(Role.COORDINATOR).post("/mediators/import", data=b"x" * 20_000_000, content_type=kind)
    assert answer.status_code == 413
    assert "Die Datei ist zu groß" in answer.text


@pytest.mark.parametrize("table", ["", "x", "eJwDAAAAAAE=", "eJyLjgUAARUAuQ=="])
def test_a_table_that_was_tampered_with_on_its_way_is_refused(
    town: World, send: Send, go_on: Callable[..., TestResponse], table: str
) -> None:
    assert go_on(send(PEOPLE), table=table, do="save").status_code == 422
    assert count(town, Mediator) == 0


def test_organisations_and_past_appointments_come_in_and_go_out(
    town: World, send: Send, go_on: Callable[..., TestResponse], browser: Browser
) -> None:
    tables = {
        "organisations": "Einrichtung;Ort;Koordinaten\nSchule;Haus A;51.7, 8.0\n",
        "appointments": "Einrichtung;Sprache;Datum;Von;Bis;Ergebnis\nSchule;Dari;1.10.2026;10;11;besetzt\n",
    }
    for kind, text in tables.items():
        assert go_on(send(text, kind), kind, do="save").status_code == 303
    assert (count(town, Organisation), count(town, Appointment)) == (2, 1)
    client = browser(Role.COORDINATOR)
    for kind in tables:
        for form in ("csv", "xlsx"):
            content = client.get(f"/{kind}/export.{form}").data
            assert "Alles ist schon da" in send(content, kind, f"x.{form}").text


@pytest.mark.parametrize("outcome", list(OUTCOMES))
def test_a_past_appointment_has_its_page_and_asks_for_nothing(
    town: World, send: Send, go_on: Callable[..., TestResponse], browser: Browser, outcome: str
) -> None:
    text = f"Einrichtung;Sprache;Datum;Von;Bis;Ergebnis\nSozialamt;Dari;1.10.2026;10;11;{outcome}\n"
    assert go_on(send(text, "appointments"), "appointments", do="save").status_code == 303
    client = browser(Role.COORDINATOR)
    page = client.get("/appointments/1")
    assert page.status_code == 200
    assert "Aus einer Tabelle übernommen." in page.text
    assert "Im Moment ist nichts zu tun" in client.get("/board").text


def many(number: int) -> str:
    rows = "".join(f"Person {one};0151 2{one:07d};Dari C1\n" for one in range(number))
    return f"Name;Handy;Sprachen\n{rows}"


def test_a_long_table_is_left_to_a_worker_and_seen_on_its_way(
    town: World, send: Send, go_on: Callable[..., TestResponse], browser: Browser
) -> None:
    client, rows = browser(Role.COORDINATOR), AT_ONCE + 1
    left = go_on(send(many(rows)), do="save")
    assert left.status_code == 303
    where = left.location
    assert go_on(send(many(rows)), do="save").location == where, "pressed twice, taken in once"
    page = client.get(where).text
    assert "Der Rechner meldet sich gerade nicht. Gespeichert ist noch nichts" in page
    assert f'hx-get="{where}/state"' in page
    assert "Stand ansehen" in page
    jobs.beat(town.worker)
    assert f"Wartet, bis der Rechner frei ist … {rows} Zeilen" in client.get(where).text
    with town.change() as session:
        # the clock below goes on by minutes, in which nobody beats
        session.scalars(select(Heartbeat)).one().seen_at = town.now + timedelta(days=1)
    seen = list[str]()

    with ThreadPoolExecutor(1) as somebody_else:

        def clock() -> datetime:
            town.now += timedelta(seconds=1)
            seen.append(somebody_else.submit(client.get, f"{where}/state").result().text)
            return town.now

        assert take_in_tables(replace(town.worker, clock=clock)) == 1
    assert any(f"200 von {rows} Zeilen sind gelesen" in one and 'value="66"' in one for one in seen)
    saving = next(one for one in seen if "werden jetzt zusammen gespeichert" in one)
    assert "Abbrechen" not in saving
    assert "value=" not in saving.partition("<progress")[2].partition("</progress>")[0]
    done = client.get(f"{where}/state").text
    assert f"{rows} Personen sind übernommen." in done
    assert "hx-get" not in done, "nothing changes any more"
    listed = client.get("/mediators/import").text
    assert f'href="{where}"' in listed, "who has left the page finds it again"
    assert f"{rows} Personen sind übernommen." in listed
    assert where not in client.get("/organisations/import").text
    assert count(town, Mediator) == rows
    with town.change() as session:
        assert session.scalars(select(TableImport.table)).all() == [None]


def test_a_worker_that_was_killed_is_said_and_that_it_begins_anew(
    town: World, send: Send, go_on: Callable[..., TestResponse], browser: Browser
) -> None:
    client = browser(Role.COORDINATOR)
    where = go_on(send(many(AT_ONCE + 1)), do="save").location
    jobs.beat(town.worker)
    with town.change() as session:
        run = session.scalars(select(TableImport)).one()
        run.started_at = run.seen_at = town.now
        run.claimed_by, run.tries, run.rows_done = town.worker.name, 1, 40
    assert "40 von 301 Zeilen sind gelesen" in client.get(where).text
    town.now += DEAD_AFTER
    page = client.get(where).text
    assert "Der Rechner meldet sich gerade nicht. Gespeichert ist noch nichts" in page
    assert "von vorn" not in page
    seen = list[str]()
    with ThreadPoolExecutor(1) as somebody_else:

        def looked(*_: object) -> None:
            jobs.beat(replace(town.worker, name="other"))
            seen.append(somebody_else.submit(client.get, f"{where}/state").result().text)

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("app.worker.importing._looked_through", looked)
            take_in_tables(replace(town.worker, name="other"))
    assert "Die Tabelle wird von vorn gelesen." in seen[0]


def test_who_looks_on_can_stop_it_and_reads_that_nothing_is_saved(
    town: World, send: Send, go_on: Callable[..., TestResponse], browser: Browser
) -> None:
    client = browser(Role.COORDINATOR)
    where = go_on(send(many(AT_ONCE + 1)), do="save").location
    assert "Abbrechen" in client.get(where).text
    assert forms_send(client, where, {}, f"{where}/cancel").status_code == 303
    assert "Abgebrochen. Gespeichert wurde nichts." in client.get(where).text
    assert take_in_tables(town.worker) == 0
    assert count(town, Mediator) == 0


@pytest.mark.parametrize(
    ("ended", "said"),
    [({"problems": 3}, "3 Fehler. Gespeichert wurde nichts."), ({"error": "MemoryError"}, "Das hat nicht geklappt.")],
)
def test_what_could_not_be_taken_in_is_said(
    town: World, send: Send, go_on: Callable[..., TestResponse], browser: Browser, ended: dict[str, Any], said: str
) -> None:
    where = go_on(send(many(AT_ONCE + 1)), do="save").location
    with town.change() as session:
        for name, value in {**ended, "finished_at": town.now}.items():
            setattr(session.scalars(select(TableImport)).one(), name, value)
    assert said in browser(Role.COORDINATOR).get(where).text


def test_another_pools_table_is_not_there_and_staff_see_none(
    town: World, send: Send, go_on: Callable[..., TestResponse], browser: Browser
) -> None:
    where = go_on(send(many(AT_ONCE + 1)), do="save").location
    World.build(town.app, town.now, "hagen")
    other = browser(Role.COORDINATOR, "hagen")
    for path in (where, f"{where}/state"):
        assert other.get(path).status_code == 404
        assert browser(Role.STAFF).get(path).status_code == 403
    assert forms_send(other, "/mediators/import", {}, f"{where}/cancel").status_code == 404


@pytest.mark.parametrize("path", ["/mediators/import", "/organisations/import", "/mediators/export.csv"])
def test_staff_see_none_of_it(town: World, browser: Browser, path: str) -> None:
    assert browser(Role.STAFF).get(path).status_code == 403


@pytest.mark.parametrize("page", ["/mediators", "/settings", "/statistics"])
def test_the_lists_lead_there(town: World, browser: Browser, page: str) -> None:
    assert "/import" in browser(Role.COORDINATOR).get(page).text
