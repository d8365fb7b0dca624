"""What coordinators see and do."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app.journey import answering
from app.journey.history import SERVICE
from app.models import (
    Appointment,
    Heartbeat,
    Mediator,
    MediatorStatus,
    Message,
    MessageStatus,
    OfferStatus,
    Organisation,
    PlanRun,
    Pool,
    Role,
    Site,
)
from app.registry import mediator_data
from app.registry.mediator_data import MediatorData
from app.transaction import transaction
from app.web.coordinator.messages import masked
from app.web.coordinator.spreadsheet import cell
from tests.web.forms import mediator_form, send, token_in
from tests.world import World

Browser = Callable[..., FlaskClient]
COORDINATORS = (
    "/board", "/board?all=1", "/board/rows", "/coverage", "/coverage?period=past&gaps=1", "/coverage.csv",
    "/recruiting", "/mediators", "/mediators/new", "/messages", "/statistics", "/statistics.csv", "/settings",
    "/announcements", "/announcements/new",
    "/settings/organisations/new", "/settings/organisations/1", "/settings/organisations/1/sites/1",
)  # fmt: skip


def offer_to(town: World, appointment: int, mediator: int) -> tuple[str, bool]:
    """The status of the question to somebody, and whether it is the only one."""
    with town.change() as session:
        found = session.get_one(Appointment, appointment)
        return town.offer(session, appointment, mediator).status.value, len(found.offers) == 1


@pytest.mark.thorough
def test_coordinators_see_their_pages_staff_do_not_and_guests_are_led_to_the_login(
    town: World, browser: Browser
) -> None:
    town.mediator("Amira", "kmr")
    town.appointment("kmr")
    town.work()
    admin, coordinator, staff = (browser(role) for role in (Role.ADMIN, Role.COORDINATOR, Role.STAFF))
    guest = town.app.test_client()
    for path in COORDINATORS:
        assert (path, coordinator.get(path).status_code, admin.get(path).status_code) == (path, 200, 200)
        assert (path, staff.get(path).status_code) == (path, 403)
        assert (path, guest.get(path).location) == (path, "/login")


def test_coordinators_keep_the_organisations_and_admins_the_rules(town: World, browser: Browser) -> None:
    admin, coordinator = browser(Role.ADMIN), browser(Role.COORDINATOR)
    assert 'name="fill_target"' in admin.get("/settings").text
    shown = coordinator.get("/settings").text
    assert "Sozialamt" in shown
    assert 'name="fill_target"' not in shown
    token = token_in(coordinator.get("/settings/organisations/new").text)
    assert coordinator.post("/settings", data=settings_form() | {"csrf_token": token}).status_code == 403
    with town.change() as session:
        assert session.get_one(Pool, town.pool_id).name != "Pool Beckum"


@pytest.mark.thorough
@pytest.mark.parametrize("language", ["de", "en"])
def test_no_page_shows_the_key_of_a_missing_word(town: World, browser: Browser, language: str) -> None:
    mediator = town.mediator("Amira", "kmr")
    town.mediator("Berat", "kmr", level="native", availability=())
    one, other = town.appointment("kmr", urgent=True), town.appointment("tir", mode="video")
    town.work()
    client = browser(Role.ADMIN)
    pages = (
        *COORDINATORS, f"/board/{one}/candidates", f"/board/{other}/candidates", f"/mediators/{mediator}",
        "/phone", "/settings/organisations/1/sites/new",
    )  # fmt: skip
    for path in pages:
        page = client.get(f"{path}{'&' if '?' in path else '?'}lang={language}").text
        for domain in ("coordinator", "layout", "when", "nav", "error"):
            assert f">{domain}." not in page
            assert f" {domain}." not in page.replace("/coordinator.", "")


# --- the board ---


def test_the_board_says_where_each_appointment_stands(town: World, browser: Browser) -> None:
    amira, _berat = town.mediator("Amira", "kmr"), town.mediator("Berat", "kmr")
    asked = town.appointment("kmr", reference="AZ 17/2026")
    town.appointment("tir", town.now + timedelta(days=2))
    town.work()
    with town.change() as session:
        offer = town.offer(session, asked, amira).id
        answering.decline(session, town.now, town.links, offer, SERVICE, "link")
    page = browser(Role.COORDINATOR).get("/board").text

    assert "2 gefragt, 1 Nein, Antwort bis heute, " in page
    assert "Gefragt: Berat" in page
    assert "Im Pool spricht zurzeit niemand Tigrinya." in page
    assert f"/board/{asked}/candidates" in page
    assert f"/appointments/{asked}" in page


def test_the_board_can_be_narrowed(town: World, browser: Browser) -> None:
    town.appointment("kmr", reference="AZ 100%")
    town.appointment("tir", reference="BZ 1001")
    client = browser(Role.COORDINATOR)

    def shown(**query: str) -> tuple[bool, bool]:
        page = client.get("/board", query_string=query).text
        return "AZ 100%" in page.replace('value="AZ 100%"', ""), "BZ 1001" in page

    assert shown() == (True, True)
    assert shown(language="tir") == (False, True)
    assert shown(organisation="1") == (True, True)
    assert shown(organisation="2") == (False, False)
    assert shown(q="az 100%") == (True, False)
    assert shown(q="00%") == (True, False)
    assert shown(organisation="99999999999999999999", page="-3") == (True, True)


def test_polling_swaps_nothing_until_something_happens(town: World, browser: Browser) -> None:
    client = browser(Role.COORDINATOR)
    page = client.get("/board").text
    poll = page.split('id="board"')[1].split('hx-get="')[1].split('"')[0].replace("&amp;", "&")
    assert client.get(poll).status_code == 204
    town.appointment("kmr")
    answer = client.get(poll)
    assert answer.status_code == 200
    assert "Kurmandschi" in answer.text


def test_a_board_without_a_living_worker_warns(town: World, browser: Browser) -> None:
    client = browser(Role.COORDINATOR)
    assert "Der Versand steht still" in client.get("/board").text
    with town.app.app_context(), transaction(None) as session:
        session.add(Heartbeat(worker="one", started_at=town.now, seen_at=town.now))
    assert "Der Versand steht still" not in client.get("/board").text
    town.now += timedelta(seconds=16)
    assert "Der Versand steht still" in client.get("/board").text


# --- candidates ---


def test_asking_by_hand_sends_a_question_and_a_second_click_says_so(town: World, browser: Browser) -> None:
    mediator = town.mediator("Amira", "kmr", availability=())
    appointment = town.appointment("kmr")
    client, page = browser(Role.COORDINATOR), f"/board/{appointment}/candidates"
    assert "ist dienstags nie frei" in client.get(page).text

    def ask() -> str:
        return client.get(send(client, page, {"mediator_id": mediator}, f"/board/{appointment}/ask").location).text

    assert "Wir fragen Amira per SMS." in ask()
    assert offer_to(town, appointment, mediator) == ("sent", True)
    assert "kern-alert--danger" in ask()
    assert len(town.messages(kind="offer")) == 1


def test_a_yes_by_telephone_fills_the_appointment_and_the_next_is_too_late(town: World, browser: Browser) -> None:
    amira, berat = town.mediator("Amira", "kmr"), town.mediator("Berat", "kmr")
    appointment = town.appointment("kmr")
    client, page = browser(Role.COORDINATOR), f"/board/{appointment}/candidates"
    send(client, page, {"mediator_id": amira}, f"/board/{appointment}/assign")
    assert town.coming(appointment) == {"Amira"}

    answer = send(client, page, {"mediator_id": berat}, f"/board/{appointment}/assign")
    said = client.get(answer.location).text
    assert "kern-alert--danger" in said
    assert "wird niemand mehr gesucht" in said
    assert town.coming(appointment) == {"Amira"}


def test_who_is_busy_is_not_assigned_twice(town: World, browser: Browser) -> None:
    amira = town.mediator("Amira", "kmr")
    first, second = town.appointment("kmr"), town.appointment("kmr")
    client = browser(Role.COORDINATOR)
    for appointment in (first, second):
        send(client, f"/board/{first}/candidates", {"mediator_id": amira}, f"/board/{appointment}/assign")
    assert town.coming(first) == {"Amira"}
    assert town.coming(second) == set()
    assert "hat schon einen anderen Einsatz" in client.get(f"/board/{second}/candidates").text


@pytest.mark.thorough
def test_who_has_said_yes_is_taken_off_and_somebody_else_is_looked_for(town: World, browser: Browser) -> None:
    amira = town.mediator("Amira", "kmr")
    appointment = town.appointment("kmr")
    client, page = browser(Role.COORDINATOR), f"/board/{appointment}/candidates"
    assert "hand-back" not in client.get(page).text
    send(client, page, {"mediator_id": amira}, f"/board/{appointment}/assign")
    assert f"/board/{appointment}/hand-back" in client.get(page).text
    assert page in client.get("/board").text

    answer = send(client, page, {"mediator_id": amira}, f"/board/{appointment}/hand-back")
    assert "Amira ist ausgetragen" in client.get(answer.location).text
    assert town.coming(appointment) == set()
    assert offer_to(town, appointment, amira) == ("handed_back", True)
    assert "Hat zurückgegeben" in client.get(page).text
    again = send(client, page, {"mediator_id": amira}, f"/board/{appointment}/hand-back")
    assert "kern-alert--danger" in client.get(again.location).text


def test_staff_take_nobody_off(town: World, browser: Browser) -> None:
    amira = town.mediator("Amira", "kmr")
    appointment = town.appointment("kmr")
    coordinator, page = browser(Role.COORDINATOR), f"/board/{appointment}/candidates"
    send(coordinator, page, {"mediator_id": amira}, f"/board/{appointment}/assign")
    answer = send(browser(Role.STAFF), "/appointments/new", {"mediator_id": amira}, f"/board/{appointment}/hand-back")
    assert answer.status_code == 403
    assert town.coming(appointment) == {"Amira"}


def test_what_has_begun_is_not_handed_back(town: World, browser: Browser) -> None:
    amira = town.mediator("Amira", "kmr")
    appointment = town.appointment("kmr", town.now + timedelta(days=1))
    client, page = browser(Role.COORDINATOR), f"/board/{appointment}/candidates"
    send(client, page, {"mediator_id": amira}, f"/board/{appointment}/assign")
    town.now += timedelta(days=1)
    client = browser(Role.COORDINATOR)
    assert "hand-back" not in client.get(page).text
    answer = send(client, page, {"mediator_id": amira}, f"/board/{appointment}/hand-back")
    assert "kern-alert--danger" in client.get(answer.location).text
    assert town.coming(appointment) == {"Amira"}


def test_once_filled_who_comes_stands_above_and_the_others_are_folded_away(town: World, browser: Browser) -> None:
    town.mediator("Amira", "kmr")
    zilan = town.mediator("Zilan", "kmr")
    appointment = town.appointment("kmr")
    client, page = browser(Role.COORDINATOR), f"/board/{appointment}/candidates"
    send(client, page, {"mediator_id": zilan}, f"/board/{appointment}/assign")
    text = client.get(page).text
    assert text.index("Zilan") < text.index("Weitere Personen mit dieser Sprache (1)") < text.index("Amira")


@pytest.mark.thorough
@pytest.mark.parametrize(("said", "words"), [("no", "Hat Nein gesagt"), ("nothing", "Hat nicht geantwortet")])
def test_a_no_and_silence_are_the_reason_why_somebody_is_not_asked(
    town: World, browser: Browser, said: str, words: str
) -> None:
    amira = town.mediator("Amira", "kmr")
    appointment = town.appointment("kmr")
    town.work()
    with town.change() as session:
        offer = town.offer(session, appointment, amira)
        if said == "no":
            answering.decline(session, town.now, town.links, offer.id, SERVICE, "link")
        else:
            offer.advance(OfferStatus.EXPIRED)
    page = browser(Role.COORDINATOR).get(f"/board/{appointment}/candidates").text
    assert words in page
    assert "Passt nicht" not in page


@pytest.mark.thorough
def test_an_unknown_mediator_is_not_found(town: World, browser: Browser) -> None:
    appointment = town.appointment("kmr")
    client = browser(Role.COORDINATOR)
    for mediator_id in ("", "0", "7777", "1e3", "-1", "99999999999999999999", "²"):
        for step in ("ask", "assign", "hand-back"):
            answer = send(client, "/mediators/new", {"mediator_id": mediator_id}, f"/board/{appointment}/{step}")
            assert (mediator_id, answer.status_code) == (mediator_id, 404)


def test_rows_of_another_pool_are_not_found(town: World, browser: Browser) -> None:
    other = World.build(town.app, town.now, key="hagen")
    mediator, appointment = other.mediator("Zilan", "kmr"), other.appointment("kmr")
    with other.change() as session:
        organisation = session.execute(select(Organisation.id)).scalar_one()
        site = session.execute(select(Site.id)).scalar_one()
    mine = town.appointment("kmr")
    client = browser(Role.ADMIN)
    for path in (
        f"/board/{appointment}/candidates",
        f"/mediators/{mediator}",
        f"/settings/organisations/{organisation}",
        f"/settings/organisations/{organisation}/sites/new",
        f"/settings/organisations/1/sites/{site}",
    ):
        assert client.get(path).status_code == 404
    token = {"mediator_id": mediator}
    assert send(client, "/mediators/new", token, f"/board/{mine}/assign").status_code == 404
    assert send(client, "/mediators/new", token, f"/board/{appointment}/ask").status_code == 404
    assert "Zilan" not in client.get("/mediators").text


# --- statistics, downloads ---


@given(st.text())
def test_no_text_in_a_csv_cell_begins_a_formula(text: str) -> None:
    written = str(cell(text))
    assert not written.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))
    assert written.endswith(text)


def test_numbers_stay_numbers_in_a_csv_cell() -> None:
    assert [cell(-2), cell(None), cell("=1+1"), cell(" @A1"), cell("Arabisch")] == [
        -2,
        "",
        "'=1+1",
        "' @A1",
        "Arabisch",
    ]


def test_statistics_take_any_period(browser: Browser) -> None:
    client = browser(Role.COORDINATOR)
    for query in ("from=2026-13&to=x", "from=0001-01", "from=9999-12&to=9999-12", "from=2027-01&to=2026-01"):
        assert (query, client.get(f"/statistics?{query}").status_code) == (query, 200)


def test_statistics_show_the_months_in_words(town: World, browser: Browser) -> None:
    town.appointment("kmr")
    page = browser(Role.COORDINATOR).get("/statistics").text
    assert "November 2026" in page
    assert "Kurmandschi" in page
    assert "noch offen" in page


# --- mediators ---


REFUSED_MEDIATORS: tuple[tuple[dict[str, Any], str], ...] = (
    ({"name": ""}, "Bitte ausfüllen."),
    ({"phone": "112"}, "kern-error"),
    ({"email": "amira@"}, "kern-error"),
    ({"skills-0-language": ""}, "Bitte ausfüllen."),
    ({"skills-0-language": "xxx"}, "Bitte aus der Liste wählen."),
    ({"skills-1-language": "kmr", "skills-1-level": "B2"}, "kern-error"),
    ({"availability-0-starts": "26:00"}, "Bitte eine Uhrzeit eingeben"),
    ({"availability-0-starts": "20:00", "availability-0-ends": "08:00"}, "kern-error"),
    ({"availability-0-weekday": "9"}, "Bitte aus der Liste wählen."),
    ({"absences-0-first": "gestern"}, "Bitte ein Datum eingeben"),
    ({"absences-0-last": "2026-12-01"}, "kern-error"),
    ({"home_lat": "nah"}, "Bitte eine Zahl eingeben"),
    ({"home_lat": "nan"}, "Bitte eine Zahl eingeben"),
    ({"home_lat": ""}, "oder keins von beiden"),
    ({"home_lat": "151"}, "kern-error"),
    ({"max_travel_minutes": "viel"}, "Bitte eine ganze Zahl eingeben."),
    ({"max_travel_minutes": "9999"}, "kern-error"),
    ({"modes": []}, "kern-error"),
    ({"modes": ["pigeon"]}, "Bitte aus der Liste wählen."),
    ({"gender": "x"}, "Bitte aus der Liste wählen."),
    ({"status": "king"}, "Bitte aus der Liste wählen."),
    ({"excluded_organisations": ["77"]}, "Bitte aus der Liste wählen."),
)


def data_of(town: World, name: str = "Amira Yıldız") -> MediatorData:
    with town.change() as session:
        return mediator_data.data_of(session.execute(select(Mediator).where(Mediator.name == name)).scalar_one())


def test_a_mediator_is_entered_and_their_page_link_is_shown(town: World, browser: Browser) -> None:
    client = browser(Role.COORDINATOR)
    answer = send(client, "/mediators/new", mediator_form())
    assert answer.status_code == 303
    data = data_of(town)
    assert data.skills == (("kmr", "C1"),)
    assert data.phone == "+491713920001"
    assert data.availability == ((0, 510, 1440),)
    assert data.home == (51.75, 8.04)
    assert (data.max_travel_minutes, data.max_minutes_per_week) == (45, None)
    assert (data.excluded_topics, data.excluded_organisations, data.urgent_opt_in) == (("medical",), (1,), True)
    assert "http://localhost/m/" in client.get(answer.location).text


def test_saving_what_the_page_shows_changes_nothing(town: World, browser: Browser) -> None:
    client = browser(Role.COORDINATOR)
    path = send(client, "/mediators/new", mediator_form()).location
    before = data_of(town)
    shown = mediator_form(**{"availability-0-ends": "00:00"})
    assert 'value="00:00"' in client.get(path).text
    assert send(client, path, shown).status_code == 303
    assert data_of(town) == before


@pytest.mark.thorough
def test_what_cannot_be_taken_is_said_at_its_field_and_nothing_typed_is_lost(town: World, browser: Browser) -> None:
    client = browser(Role.COORDINATOR)
    for changes, said in REFUSED_MEDIATORS:
        answer = send(client, "/mediators/new", mediator_form(home_district="Neubeckum") | changes)
        assert (changes, answer.status_code) == (changes, 422)
        assert said in answer.text, changes
        assert "Neubeckum" in answer.text
    with town.change() as session:
        assert session.scalar(select(Mediator.id)) is None


def test_everything_wrong_is_said_at_once_with_links_to_the_fields(town: World, browser: Browser) -> None:
    wrong = mediator_form(
        phone="112", max_travel_minutes="viel", modes=["pigeon"], excluded_organisations=["x"],
        **{"availability-0-starts": "26:00"},
    )  # fmt: skip
    answer = send(browser(Role.COORDINATOR), "/mediators/new", wrong)
    assert answer.status_code == 422
    for field in ("phone", "max_travel_minutes", "modes", "excluded_organisations", "availability-0-starts"):
        assert f'href="#{field}"' in answer.text
        assert f'id="{field}-error"' in answer.text


def test_a_number_that_somebody_else_has_is_kept_and_warned_about(town: World, browser: Browser) -> None:
    town.mediator("Rojin Sheikho", "kmr", phone="+491713920001", email="")
    client = browser(Role.COORDINATOR)
    page = client.get(send(client, "/mediators/new", mediator_form()).location).text
    assert "Diese Nummer hat auch Rojin Sheikho." in page
    assert data_of(town).phone == "+491713920001"
    other = mediator_form(name="Berat", phone="0171 3920002")
    assert "Diese Nummer" not in client.get(send(client, "/mediators/new", other).location).text


def test_another_row_keeps_everything_typed_and_saves_nothing(town: World, browser: Browser) -> None:
    full = {f"skills-{number}-language": code for number, code in enumerate(("kmr", "tur", "ara"))}
    full |= {f"skills-{number}-level": "B2" for number in range(3)}
    answer = send(browser(Role.COORDINATOR), "/mediators/new", mediator_form(more="skills", name="") | full)
    assert answer.status_code == 200
    assert 'name="skills-3-language"' in answer.text
    assert 'name="skills-4-language"' not in answer.text
    assert answer.text.count('<option selected value="B2">') == 3
    assert "Bitte ausfüllen." not in answer.text
    with town.change() as session:
        assert session.scalar(select(Mediator.id)) is None


# --- messages ---


@pytest.mark.thorough
def test_the_message_log_masks_numbers_and_links(town: World, browser: Browser) -> None:
    town.mediator("Amira", "kmr", phone="+4917139200456")
    appointment = town.appointment("kmr")
    town.work()
    [offer] = town.messages(kind="offer")
    client = browser(Role.COORDINATOR)
    page = client.get(f"/messages?appointment={appointment}&channel=sms&status={offer.status.value}").text
    assert "… 456" in page
    assert "4917139200456" not in page
    assert "…/o/…" in page
    assert "link_" not in page
    assert "Kommen Sie?" not in client.get("/messages?channel=email").text
    assert "Kommen Sie?" not in client.get("/messages?appointment=777").text


@pytest.mark.thorough
def test_what_is_sent_later_stands_by_itself(town: World, browser: Browser) -> None:
    town.mediator("Amira", "kmr")
    town.appointment("kmr")
    town.work()
    client = browser(Role.COORDINATOR)
    assert "Geplant (" not in client.get("/messages?channel=sms").text
    with town.change() as session:
        message = session.execute(select(Message).where(Message.kind == "offer")).scalar_one()
        message.status, message.sent_at, message.due_at = MessageStatus.QUEUED, None, town.now + timedelta(hours=1)
    assert "Geplant (1)" in client.get("/messages?channel=sms").text
    town.now += timedelta(hours=1)
    assert "Geplant (" not in client.get("/messages?channel=sms").text


@pytest.mark.thorough
def test_a_failure_shows_its_code_and_each_status_has_its_word(town: World, browser: Browser) -> None:
    town.mediator("Amira", "kmr")
    town.appointment("kmr")
    town.work()
    client = browser(Role.COORDINATOR)
    for status in MessageStatus:
        with town.change() as session:
            message = session.execute(select(Message).where(Message.kind == "offer")).scalar_one()
            message.status, message.error_code = status, "30003"
        page = client.get(f"/messages?status={status.value}").text
        assert "Fehler 30003" in page
        assert "coordinator.message." not in page


@given(st.text(alphabet="+0123456789", min_size=8))
def test_a_masked_number_keeps_three_digits(number: str) -> None:
    assert masked(number) == f"… {number[-3:]}"


# --- settings ---


def settings_form(**changes: str) -> dict[str, str]:
    """The settings as an admin leaves them."""
    return {
        "name": "Pool Beckum", "email": "pool@beckum.example", "phone": "02521 1", "min_level": "B2",
        "fill_target": "90", "max_texts_per_day": "3", "text_pause_minutes": "30", "text_from": "09:00",
        "text_until": "18:30", "text_weekends": "y", "reconfirm": "y", "base_travel_minutes": "5",
        "minutes_per_km": "1,5", "max_travel_minutes": "90",
    } | changes  # fmt: skip


REFUSED_SETTINGS: tuple[dict[str, str], ...] = (
    {"name": ""},
    {"email": "nobody"},
    {"phone": "0" * 41},
    {"min_level": "Z9"},
    {"fill_target": "100"},
    {"fill_target": "90.5"},
    {"fill_target": "-1"},
    {"max_texts_per_day": "0"},
    {"text_pause_minutes": "241"},
    {"text_from": "8 Uhr"},
    {"text_from": ""},
    {"text_until": "25:00"},
    {"text_from": "18:00", "text_until": "08:00"},
    {"text_from": "08:00", "text_until": "08:00"},
    {"minutes_per_km": "0"},
    {"minutes_per_km": "inf"},
    {"max_travel_minutes": ""},
)


def test_settings_are_kept_and_a_plan_is_wished_for(town: World, browser: Browser) -> None:
    client = browser(Role.ADMIN)
    assert send(client, "/settings", settings_form()).status_code == 303
    with town.change() as session:
        pool = session.get_one(Pool, town.pool_id)
        assert (pool.name, pool.min_level, pool.fill_target) == ("Pool Beckum", "B2", 90)
        assert (pool.max_texts_per_day, pool.text_pause_minutes) == (3, 30)
        assert (pool.text_from_minute, pool.text_until_minute) == (9 * 60, 18 * 60 + 30)
        assert (pool.text_weekends, pool.reconfirm) == (True, True)
        assert (pool.minutes_per_km, pool.max_travel_minutes) == (1.5, 90)
        assert session.scalar(select(PlanRun.trigger)) == "settings"


def test_a_tick_taken_away_is_taken_away_and_midnight_ends_a_day(town: World, browser: Browser) -> None:
    client = browser(Role.ADMIN)
    form = settings_form(text_until="00:00")
    del form["text_weekends"], form["reconfirm"]
    assert send(client, "/settings", form).status_code == 303
    with town.change() as session:
        pool = session.get_one(Pool, town.pool_id)
        assert (pool.text_weekends, pool.reconfirm, pool.text_until_minute) == (False, False, 24 * 60)
    assert send(client, "/settings", form | {"name": "Noch einmal"}).status_code == 303


def test_settings_say_when_chances_were_last_learned(town: World, browser: Browser) -> None:
    client = browser(Role.ADMIN)
    assert "Noch gibt es keine" in client.get("/settings").text
    town.work()
    assert "Zuletzt gelernt: heute, 07:00 Uhr." in client.get("/settings").text


def test_a_range_is_told_with_the_comma_of_the_language(browser: Browser) -> None:
    answer = send(browser(Role.ADMIN), "/settings", settings_form(minutes_per_km="11"))
    assert "0,5" in answer.text
    assert "0.5 bis" not in answer.text


@pytest.mark.thorough
def test_settings_that_make_no_sense_are_refused(town: World, browser: Browser) -> None:
    client = browser(Role.ADMIN)
    for changes in REFUSED_SETTINGS:
        answer = send(client, "/settings", settings_form(**changes))
        assert (changes, answer.status_code) == (changes, 422)
        assert "kern-error" in answer.text
    with town.change() as session:
        assert session.get_one(Pool, town.pool_id).name != "Pool Beckum"


def test_an_organisation_and_its_site_are_added_and_edited(town: World, browser: Browser) -> None:
    client = browser(Role.ADMIN)
    page = send(client, "/settings/organisations/new", {"name": "Grundschule", "active": "y"}).location
    site = {"name": "Haupthaus", "street": "Schulweg 1", "town": "Beckum", "lat": "51,7", "lon": "8,04"}
    assert send(client, f"{page}/sites/new", site).status_code == 303
    assert "Haupthaus" in client.get(page).text
    with town.change() as session:
        [found] = session.scalars(select(Site).where(Site.name == "Haupthaus"))
        assert (found.lat, found.lon, found.organisation.name) == (51.7, 8.04, "Grundschule")
        site_id = found.id
    assert send(client, f"{page}/sites/{site_id}", site | {"lat": "95"}).status_code == 422
    assert send(client, f"{page}/sites/{site_id}", site | {"name": "Anbau"}).status_code == 303
    assert send(client, page, {"name": "Schule"}).status_code == 303
    with town.change() as session:
        school = session.execute(select(Organisation).where(Organisation.name == "Schule")).scalar_one()
        assert (school.active, [one.name for one in school.sites]) == (False, ["Anbau"])


def test_two_organisations_cannot_share_a_name(browser: Browser) -> None:
    answer = send(browser(Role.ADMIN), "/settings/organisations/new", {"name": "Sozialamt"})
    assert answer.status_code == 422
    assert "Diesen Namen gibt es im Pool schon: Sozialamt." in answer.text


@pytest.mark.thorough
def test_whoever_cannot_be_asked_yet_is_not_called_ready(browser: Browser) -> None:
    client = browser(Role.COORDINATOR)
    form = mediator_form()
    without_times = {name: value for name, value in form.items() if not name.startswith("availability")}
    for changes, said, ready in (
        (form, "kann gefragt werden", True),
        (without_times, "Es fehlen ihre freien Zeiten", False),
        (form | {"status": "paused"}, "Solange sie pausiert", False),
    ):
        page = client.get(send(client, "/mediators/new", changes).location).text
        assert said in page
        assert ("kann gefragt werden" in page) is ready


def test_who_has_left_cannot_be_assigned(town: World, browser: Browser) -> None:
    amira, appointment = town.mediator("Amira", "kmr"), town.appointment("kmr")
    with town.change() as session:
        session.get_one(Mediator, amira).status = MediatorStatus.LEFT
    client = browser(Role.COORDINATOR)
    answer = send(client, "/mediators/new", {"mediator_id": amira}, f"/board/{appointment}/assign")
    assert answer.status_code == 404
