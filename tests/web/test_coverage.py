"""/coverage: the finding, the map, the gaps in words, and the page of each."""

import csv
import io
import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy import event, select

from app.extensions import db
from app.insight.coverage import Figures
from app.models import Appointment, AppointmentStatus, ForecastRun, Role, languages
from app.web.coordinator import coverage_remedies as remedies
from app.web.coordinator import coverage_words as words
from scheduler.forecast.remedies import Newcomer, Relief
from tests.web.conftest import Browser
from tests.world import World


@pytest.fixture
def lacking(town: World) -> World:
    """Nobody speaks Sorani, which is asked for on the Monday after next at ten."""
    town.mediator("Amira", "kmr")
    town.appointment("ckb", town.now + timedelta(days=7, hours=3))
    town.foresee()
    return town


def test_the_finding_comes_first_and_map_and_list_say_the_same(lacking: World, browser: Browser) -> None:
    page = browser(Role.COORDINATOR).get("/coverage").text
    assert "Am meisten fehlt Sorani" in page
    assert "bleiben voraussichtlich 1 von 1 Anfrage unbesetzt" in page
    assert "1,0 von 1,0 Anfragen unbesetzt" in page
    assert "Niemand spricht Sorani" in page
    assert "1 Lücke" in page
    assert page.count('href="/coverage/ckb/mon/10:00"') == 4, "both tables, the list, and its button"


def test_before_the_first_forecast_the_page_says_so_and_shows_what_finds_nobody(town: World, browser: Browser) -> None:
    appointment = town.appointment("ckb", town.now + timedelta(days=7, hours=3))
    with town.change() as session:
        session.get_one(Appointment, appointment).status = AppointmentStatus.UNFILLED
    page = browser(Role.COORDINATOR).get("/coverage").text
    assert "Die erste Vorschau wird gerade gerechnet" in page
    assert f'href="/board/{appointment}/candidates"' in page


def test_what_finds_nobody_now_is_marked_and_leads_to_whom_to_ask(lacking: World, browser: Browser) -> None:
    client = browser(Role.COORDINATOR)
    assert "findet sich jetzt niemand" not in client.get("/coverage").text.partition("</ul>")[2].partition("<dl")[0]
    with lacking.change() as session:
        row = session.execute(select(Appointment)).scalar_one()
        row.status, appointment = AppointmentStatus.UNFILLED, row.id
    page = client.get("/coverage").text
    assert "für 1 Termin findet sich jetzt niemand" in page
    assert f'href="/board/{appointment}/candidates"' in page


def test_a_pool_without_gaps_says_so(town: World, browser: Browser) -> None:
    amira = town.mediator("Amira", "kmr")
    appointment = town.appointment("kmr")
    town.ask(appointment, amira)
    town.accept(appointment, amira)
    town.foresee()
    client = browser(Role.COORDINATOR)
    page = client.get("/coverage").text
    assert "Zurzeit ist keine größere Lücke zu erwarten." in page
    assert "Keine Sprache hat eine Lücke." in page
    assert '<th scope="row">Kurmandschi' not in page
    assert "gedeckt, 1,0 Anfragen" in client.get("/coverage?all=1").text


@pytest.mark.parametrize("path", ["/coverage", "/coverage?view=free", "/coverage?view=past", "/coverage?period=past"])
def test_an_empty_pool_has_a_page_that_makes_sense(town: World, browser: Browser, path: str) -> None:
    client = browser(Role.COORDINATOR)
    assert client.get(path).status_code == 200
    town.foresee()
    assert "In diesem Zeitraum fragt niemand." in client.get(path).text


def test_who_is_free_is_another_view(lacking: World, browser: Browser) -> None:
    lacking.mediator("Berat", "ckb")
    page = browser(Role.COORDINATOR).get("/coverage?view=free").text
    assert "Sorani (Zentralkurdisch), montags" in page
    assert "1 Person frei" in page
    assert "pool-lack--short" not in page.partition("</ul>")[2].partition("<table")[2]


def test_the_past_says_what_was(town: World, browser: Browser) -> None:
    town.past("ckb", town.now - timedelta(days=7, hours=-3), AppointmentStatus.UNFILLED)
    town.past("ckb", town.now - timedelta(days=14, hours=-3))
    page = browser(Role.COORDINATOR).get("/coverage?view=past").text
    assert "1 von 2 Anfragen blieb" in page
    assert "bleiben voraussichtlich" not in page


def test_the_past_can_be_narrowed_and_each_link_keeps_the_filters(town: World, browser: Browser) -> None:
    town.past("ckb", town.now - timedelta(days=7, hours=-3), AppointmentStatus.UNFILLED, topic="medical")
    town.past("tir", town.now - timedelta(days=7, hours=-3), AppointmentStatus.UNFILLED, topic="school")
    page = browser(Role.COORDINATOR).get("/coverage?view=past&topic=medical&mode=phone").text
    gaps = page.partition('id="gaps"')[2]
    assert "Sorani" in gaps
    assert "Tigrinya" not in gaps
    assert "Filtern</b> <span>Arztbesuch" in page or "am Telefon</span>" in page
    assert 'href="/coverage.csv?topic=medical&amp;mode=phone&amp;view=past"' in page
    assert 'href="/coverage?topic=medical&amp;mode=phone"' in page, "the other views"
    assert 'href="/coverage?view=past"' in page, "without filters"


def test_map_list_figures_table_and_cell_are_narrowed_alike(lacking: World, browser: Browser) -> None:
    lacking.appointment("ckb", lacking.now + timedelta(days=7, hours=3), mode="phone", topic="school")
    lacking.appointment("tir", lacking.now + timedelta(days=7, hours=3), mode="phone", topic="medical")
    lacking.foresee()
    client = browser(Role.COORDINATOR)
    assert "bleiben voraussichtlich 3 von 3 Anfragen unbesetzt" in client.get("/coverage").text
    page = client.get("/coverage?mode=phone&topic=school").text
    assert "bleiben voraussichtlich 1 von 1 Anfrage unbesetzt" in page
    assert "1,0 von 1,0 Anfragen unbesetzt" in page
    assert "1 Lücke" in page
    assert "Tigrinya" not in page.partition('id="map"')[2]
    assert "Gezählt sind nur Anfragen, auf die alle Filter passen." in page
    assert page.count('href="/coverage/ckb/mon/10:00?topic=school&amp;mode=phone"') == 4
    [_head, line] = client.get("/coverage.csv?mode=phone&topic=school").text.splitlines()
    assert ";1,0;1,0;" in line
    whole, narrowed = (client.get(f"/coverage/ckb/mon/10:00{query}").text for query in ("", "?mode=phone&topic=school"))
    assert "2,0" in whole.partition("<dl")[2].partition("</dl>")[0]
    assert "2,0" not in narrowed.partition("<dl")[2].partition("</dl>")[0]
    assert "Gezählt sind nur Anfragen mit: Schule" in narrowed or "nur Anfragen mit: " in narrowed
    assert "Gezählt sind nur" not in whole


def test_what_would_help_is_told_of_what_is_looked_at(lacking: World, browser: Browser) -> None:
    lacking.mediator("Zara", "ckb", modes=("phone",))
    there = lacking.now + timedelta(days=7, hours=3)
    lacking.appointment("ckb", there, topic="school")
    lacking.foresee(200)
    client = browser(Role.COORDINATOR)
    assert "am Telefon" in client.get("/coverage?mode=on_site").text.partition('id="gaps"')[2]
    assert 'id="gaps"' not in client.get("/coverage?mode=video").text


def test_an_older_forecast_says_what_it_cannot_tell_apart(lacking: World, browser: Browser) -> None:
    with lacking.change() as session:
        run = session.scalars(select(ForecastRun)).one()
        run.result = (run.result or {}) | {"outcomes": None}
    client = browser(Role.COORDINATOR)
    page = client.get("/coverage?language=ckb").text
    assert "Sorani (Zentralkurdisch) fehlt" in page or "Es fehlt jemand mit Sorani" in page
    assert "trennt noch nicht nach" not in page
    page = client.get("/coverage?language=ckb&mode=phone").text
    assert "Diese Vorschau trennt noch nicht nach Ortsteil, Thema, Art und gewünschter Person" in page
    assert "bleiben voraussichtlich 1 von 1" in page
    assert 'href="/coverage?language=ckb&amp;mode=phone&amp;view=past"' in page
    nobody = client.get("/coverage?language=tur").text
    assert "bleiben voraussichtlich 0 von 0" in nobody
    assert "Mit diesen Filtern fragt in diesem Zeitraum niemand." in nobody


@pytest.mark.parametrize("view", ["", "&view=free", "&view=past"])
def test_values_that_there_are_not_are_named_and_left_out(lacking: World, browser: Browser, view: str) -> None:
    assert lacking.pool_id
    wrong = "?language=klingon&district=Atlantis&topic=%3Cb%3E&mode=fax&gender=x" + view
    answer = browser(Role.COORDINATOR).get(f"/coverage{wrong}")
    assert answer.status_code == 200
    for name, value in (("Sprache", "klingon"), ("Ortsteil", "Atlantis"), ("Thema", "&lt;b&gt;"), ("Art", "fax")):
        assert f"Beim Filter „{name}“ gibt es „{value}“ nicht." in answer.text
    assert answer.text.count("Wir zeigen alles ohne diesen Filter.") == 5
    assert "trennt noch nicht nach" not in answer.text
    assert browser(Role.COORDINATOR).get(f"/coverage.csv{wrong}").status_code == 200


def test_figures_stand_beside_those_of_the_same_weeks_a_year_before(lacking: World, browser: Browser) -> None:
    client = browser(Role.COORDINATOR)
    assert "Aus denselben Wochen des Vorjahres sind keine Anfragen bekannt." in client.get("/coverage").text
    for weeks, status in (
        (-51, AppointmentStatus.UNFILLED),
        (-50, AppointmentStatus.DONE),
        (-54, AppointmentStatus.DONE),
    ):
        lacking.past("ckb", lacking.now + timedelta(weeks=weeks), status)
    page = client.get("/coverage").text
    assert "wahrscheinlich 1, im Vorjahr 1<" in page
    assert "schon gestellt, im Vorjahr 2<" in page
    assert re.search(r"in den letzten vier Wochen –, im Vorjahr 50\s%<", page)
    past = client.get("/coverage?view=past").text
    assert "wurden angefragt, im Vorjahr 1<" in past
    assert "keine Anfragen bekannt" in client.get("/coverage?language=tur").text


def test_neither_filters_nor_long_lists_cost_statements(town: World, browser: Browser) -> None:
    client = browser(Role.COORDINATOR)
    town.past("ckb", town.now - timedelta(days=7))
    town.foresee()
    client.get("/coverage")
    few = statements(town, client, "/coverage?view=past")
    for number in range(30):
        town.past(("tir", "som", "tur")[number % 3], town.now - timedelta(days=1 + number % 20, hours=number % 5))
    assert statements(town, client, "/coverage?view=past") == few
    assert statements(town, client, "/coverage?view=past&language=tir&mode=phone&topic=other") == few


def statements(town: World, client: FlaskClient, path: str) -> int:
    """How many statements a page takes."""
    seen = []
    with town.app.app_context():
        engine = db.engine

    def note(*_: object) -> None:
        seen.append(1)

    event.listen(engine, "before_cursor_execute", note)
    client.get(path)
    event.remove(engine, "before_cursor_execute", note)
    return len(seen)


def test_an_old_forecast_is_looked_back_on(lacking: World, browser: Browser) -> None:
    lacking.now += timedelta(days=29)
    lacking.foresee()
    page = browser(Role.COORDINATOR).get("/coverage").text
    assert "Die Vorschau vor vier Wochen sagte 1, es war 1." in page


def test_the_map_as_csv_has_the_same_numbers(lacking: World, browser: Browser) -> None:
    answer = browser(Role.COORDINATOR).get("/coverage.csv")
    assert answer.mimetype == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    head, sorani = csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";")
    assert dict(zip(head, sorani, strict=True)) == {
        "Sprache": "Sorani (Zentralkurdisch)", "Wochentag": "Montag", "Uhrzeit": "10–12 Uhr",
        "Anfragen": "1,0", "davon unbesetzt": "1,0", "freie Personen": "0,0",
    }  # fmt: skip


def test_the_map_as_a_workbook_has_numbers_to_reckon_with(lacking: World, browser: Browser) -> None:
    answer = browser(Role.COORDINATOR).get("/coverage.xlsx")
    assert answer.headers["Content-Disposition"].endswith('.xlsx"')
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0)
    assert sheet.to_python() == [
        ["Sprache", "Wochentag", "Uhrzeit", "Anfragen", "davon unbesetzt", "freie Personen"],
        ["Sorani (Zentralkurdisch)", "Montag", "10–12 Uhr", 1.0, 1.0, 0.0],
    ]


def test_a_cell_says_what_each_change_would_leave_unfilled(town: World, browser: Browser) -> None:
    town.mediator("Amira", "ckb", availability=((0, 8 * 60, 10 * 60),))
    town.appointment("ckb", town.now + timedelta(days=7, hours=3))
    town.foresee(periods=200)
    client = browser(Role.COORDINATOR)
    page = client.get("/coverage/ckb/mon/10:00").text
    at_once = page.partition("Was sofort helfen würde")[2].partition("Was auf Dauer helfen würde")[0]
    long_run = page.partition("Was auf Dauer helfen würde")[2]
    assert "Eine Stunde früher" in at_once
    assert re.search(r"dann bleiben <b>0,[67]</b> statt 1,0 unbesetzt", at_once), "she says yes once in three times"
    assert "Kaum etwas ändern würde: eine Stunde später, am Telefon statt vor Ort." in at_once
    assert "Eine Person mehr mit Sorani (Zentralkurdisch)" in long_run
    assert re.search(r"dann bleiben <b>0,[67]</b> statt 1,0 unbesetzt", long_run)
    assert "Sofort hilft: eine Stunde früher" in client.get("/coverage").text


def test_what_was_kept_before_changes_were_reckoned_says_nothing_of_them(lacking: World, browser: Browser) -> None:
    with lacking.change() as session:
        run = session.execute(select(ForecastRun)).scalar_one()
        run.result = {key: value for key, value in (run.result or {}).items() if key != "relief"}
    page = browser(Role.COORDINATOR).get("/coverage/ckb/mon/10:00").text
    assert "Kaum etwas ändern würde" not in page
    assert "Anfragen mehr im Jahr besetzt" in page
    assert "Anfragen mehr im Jahr besetzt" in browser(Role.COORDINATOR).get("/coverage").text


def test_a_cell_has_a_page_with_its_people_its_appointments_and_what_helps(lacking: World, browser: Browser) -> None:
    client = browser(Role.COORDINATOR)
    page = client.get("/coverage/ckb/mon/10:00").text
    assert "Sorani (Zentralkurdisch), montags" in page
    assert "Die meisten Anfragen bleiben unbesetzt." in page
    assert "Niemand spricht Sorani" in page
    assert "Anfragen mehr im Jahr besetzt" in page
    lacking.mediator("Berat", "ckb", availability=((0, 9 * 60, 12 * 60 + 30),))
    lacking.mediator("Cemal", "ckb", availability=((1, 9 * 60, 12 * 60),))
    page = client.get("/coverage/ckb/mon/10").text
    assert page.index("Berat") < page.index("Cemal"), "who is free first"
    assert "9–12:30 Uhr" in page
    assert "nicht frei" in page


@pytest.mark.parametrize(
    "path",
    ["xxx/mon/10:00", "ckb/monday/10:00", "ckb/mon/11:00", "ckb/mon/24:00", "ckb/mon/10:30", "ckb/mon/²"],
)
def test_a_cell_that_there_is_not_is_not_found(browser: Browser, path: str) -> None:
    assert browser(Role.COORDINATOR).get(f"/coverage/{path}").status_code == 404


@pytest.mark.usefixtures("lacking")
def test_staff_see_neither(browser: Browser) -> None:
    client = browser(Role.STAFF)
    assert client.get("/coverage").status_code == 403
    assert client.get("/coverage/ckb/mon/10:00").status_code == 403


def test_a_run_that_failed_leaves_the_page_as_it_was(lacking: World, browser: Browser) -> None:
    with lacking.change() as session:
        at = lacking.now + timedelta(minutes=1)
        session.add(ForecastRun(started_at=at, finished_at=at, claimed_by="here:1", error="CutOff"))
    assert "Am meisten fehlt Sorani" in browser(Role.COORDINATOR).get("/coverage").text


def test_of_very_many_gaps_the_largest_are_told_and_all_are_counted(town: World, browser: Browser) -> None:
    codes = [one.code for one in languages.languages() if one.code != "deu" and not one.members]
    for number in range(60):
        town.past(codes[number % len(codes)], town.now - timedelta(days=1 + number // 4), AppointmentStatus.UNFILLED)
    page = browser(Role.COORDINATOR).get("/coverage?view=past").text
    assert re.search(r"\d+ Lücken, die größte zuerst", page)
    assert page.count('<li>\n    <div class="pool-steps__what">') == 8
    assert "40 kleinere Lücken zeigen" in page
    assert "die Karte und die CSV-Datei zeigen alle" in page
    rows = page.partition("<tbody>")[2].partition("</tbody>")[0].count("<tr>")
    everything = browser(Role.COORDINATOR).get("/coverage?view=past&all=1").text
    all_rows = everything.partition("<tbody>")[2].partition("</tbody>")[0].count("<tr>")
    assert rows == 20
    assert f"In {all_rows - rows} weiteren Sprachen fehlt weniger." in page


def test_recruiting_says_whom_to_look_for_with_words_for_a_notice(lacking: World, browser: Browser) -> None:
    client = browser(Role.COORDINATOR)
    page = client.get("/recruiting").text
    assert "1 neue Person würde im Jahr" in page
    assert "Sprechen Sie Sorani (Zentralkurdisch) und Deutsch?" in page
    assert "Zurzeit fällt niemand auf." in page
    assert lacking.pool_id
    assert browser(Role.STAFF).get("/recruiting").status_code == 403


def test_recruiting_before_the_first_forecast_says_so(town: World, browser: Browser) -> None:
    assert town.pool_id
    assert "Die erste Vorschau wird gerade gerechnet" in browser(Role.COORDINATOR).get("/recruiting").text


# --- words ---


@pytest.mark.parametrize(
    ("requests", "unfilled", "sentence"),
    [
        (6.0, 4.1, "Etwa 2 von 3 Anfragen bleiben unbesetzt."),
        (3.0, 2.3, "Etwa 3 von 4 Anfragen bleiben unbesetzt."),
        (4.0, 3.9, "Fast alle Anfragen bleiben unbesetzt."),
        (9.0, 0.5, "Wenige Anfragen bleiben unbesetzt."),
        (2.0, 1.0, "Etwa jede zweite Anfrage bleibt unbesetzt."),
        (1.5, 1.4, "Die meisten Anfragen bleiben unbesetzt."),
        (1.5, 0.3, "Manche Anfrage bleibt unbesetzt."),
        (0.9, 0.8, "Etwa eine Anfrage im Monat, meist unbesetzt."),
        (0.5, 0.2, "Etwa alle zwei Monate eine Anfrage, oft unbesetzt."),
        (0.2, 0.02, "Nur wenige Anfragen im Jahr, manchmal unbesetzt."),
    ],
)
def test_a_sentence_is_no_surer_than_its_numbers(town: World, requests: float, unfilled: float, sentence: str) -> None:
    with town.app.test_request_context(headers={"Accept-Language": "de"}):
        assert words.unfilled(Figures(requests, unfilled), past=False) == sentence


def test_people_are_told_with_who_is_free(town: World) -> None:
    with town.app.test_request_context(headers={"Accept-Language": "de"}):
        assert words.people("tir", 0, 0.0) == "Niemand spricht Tigrinya."
        assert words.people("tir", 1, 0.2) == "1 Person spricht Tigrinya, dann ist niemand frei."
        assert words.people("tir", 2, 0.5) == "2 Personen sprechen Tigrinya, dann ist meist 1 frei."
        assert words.people("tir", 9, 2.5) == "9 Personen sprechen Tigrinya, dann sind meist 3 frei."


def test_a_change_is_told_only_if_its_number_is_another_one(town: World) -> None:
    relief = Relief("tir", 0, 10, one_more=0.5, by_phone=0.04, earlier=0.0, later=0.06)
    with town.app.test_request_context(headers={"Accept-Language": "de"}):
        figures = Figures(2.0, 1.0)
        assert [(one.kind, one.left, one.width) for one in remedies.at_once(figures, relief)] == [("later", "0,9", 94)]
        assert remedies.without_effect(figures, relief) == ["eine Stunde früher", "am Telefon statt vor Ort"]
        [more] = remedies.in_the_long_run(figures, relief)
        assert (more.left, more.width) == ("0,5", 50)
        told = remedies.best(figures, relief)
        assert told is not None
        assert told[0] == "Auf Dauer hilft: eine Person mehr", "a twentieth at once is not enough"
        told = remedies.best(Figures(1.0, 0.2), relief)
        assert told is not None
        assert told[0] == "Sofort hilft: eine Stunde später", "a third at once is"
        assert remedies.best(figures, None) is None


def test_what_one_more_person_brings_is_told_by_the_year(town: World) -> None:
    with town.app.test_request_context(headers={"Accept-Language": "de"}):
        said = words.helps(Newcomer("tir", None, None, (0, 2), 12, 18, 0.5)).replace("\xa0", " ").replace("\u2060", "")
        assert said == "Eine Person mehr, montags und mittwochs 12–18 Uhr: etwa 6 Anfragen mehr im Jahr besetzt"
        assert "etwa 1 Anfrage mehr" in words.helps(Newcomer("tir", None, None, (0,), 8, 13, 0.01))
